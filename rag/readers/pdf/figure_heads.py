"""Rows of tables of figures with the names of their columns, which are in the head of the table.

``Purchases of equipment [Millions; Years ended December 31; 2018] (1,577) [2017] (1,373)``: a
figure alone says nothing, and the row is what is cited. What is put in stands on the page too, and
its place in the row is recorded. A name is centred over its column, over several, or over a rule
that is as wide as they are. Names in several lines are read from top to bottom.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import mean

from rag.readers.pdf.figures import (
    FURTHEST,
    Cell,
    Edges,
    Groups,
    Row,
    column_of,
    columns_of_figures,
    edges_of_labels,
    is_broken,
    is_text,
    over_columns,
    row_of,
    tables_of,
)
from rag.readers.pdf.lines import Line, Rule

# "(in millions)", and whatever else is said in brackets alone above a table.
_UNIT = re.compile(r"\([^()]{2,160}\)")

_LONGEST_LABEL = 3  # lines
_NEAR = 2.5  # times the font size: a title is no further above
_MOST_ABOVE = 3  # lines above a table that goes on from the page before
_LONGEST_GROUP = 60  # characters

_MOST_LINES = 14
_LONGEST_NAME = 160  # characters; what is longer is text

# Lines of one name are no further apart, in units of the font size.
_CLOSE = 1.5

# So much larger than the head is a title above it.
_LARGER = 1.12

# Of the distance between columns: names are no further from the middle of what they name.
# It is over one column rather than over several if it is nearer to its middle by so much.
_OFF, _BETTER = 0.3, 0.1


@dataclass(slots=True)
class Head:
    """The ``names`` of each column of figures, from top to bottom, and those ``shared`` by all.

    ``common`` are the unit and the name of the labels, ``texts`` the names of columns of text.
    """

    names: list[list[str]]
    shared: list[str] = field(default_factory=list)
    common: list[str] = field(default_factory=list)
    texts: list[Cell] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FigureTable:
    """The lines ``[first, end)`` of a column of a page that are a table of figures, as ``lines``.

    Rows of figures are lines with ``row`` set, whose names of columns are ``carried``; the label of
    a row that is broken over lines is put into one with it.
    """

    first: int
    end: int
    lines: Sequence[Line]
    columns: Sequence[Edges]
    head: Head


def with_headings(
    lines: Sequence[Line], rules: Sequence[Rule] = (), above: FigureTable | None = None
) -> Iterator[FigureTable]:
    """The tables of figures among ``lines`` whose columns have names.

    ``rules`` are drawn on the page. ``above`` is the table that ends the page before: one without a
    head that begins this page, and has its columns, goes on with it.
    """
    rows = [row_of(line) for line in lines]
    done = 0
    for first, end in tables_of(rows):
        table = rows[first:end]
        columns, labels = columns_of_figures(table), edges_of_labels(table)
        if not columns:
            continue
        top = _top_of_head(rows, first, columns, floor=done)
        head = _head_of(rows[top:first], rows[first], labels, columns, rules)
        if head is None and above and first <= _MOST_ABOVE and _alike(columns, above.columns):
            top, columns, head = first, list(above.columns), above.head
        if (
            head is None
            and first > done
            and (title := _title(rows[first - 1], rows[first], labels))
        ):
            top, head = first, Head([[] for _ in columns], common=[title])
        if head is None:
            continue
        begin = first
        while begin > top and _names_group(rows[begin - 1], labels, columns):
            begin -= 1
        made = [replace(row.line, row=True) for row in rows[top:begin]]
        made += _headed(rows[begin:end], columns, head, Groups(table, columns, rules))
        yield FigureTable(top, end, made, columns, head)
        done = end


def _title(above: Row, first: Row, labels: Edges) -> str:
    """The line right above a table without a head, if it says what the figures are."""
    line, below = above.line, first.line
    beside = line.left < labels[0] + line.size
    near = beside and line.baseline - below.baseline < _NEAR * max(line.size, below.size)
    told = len(line.runs) == 1 and "(" in line.text and not line.text.endswith((".", ":"))
    return line.text if near and told and len(line.text) <= _LONGEST_GROUP else ""


def _names_group(row: Row, labels: Edges, columns: Sequence[Edges]) -> bool:
    """Whether a line between the head and the first row is the name of a group of rows."""
    return not over_columns(row, labels, columns) and not _UNIT.fullmatch(row.line.text)


def _alike(columns: Sequence[Edges], others: Sequence[Edges]) -> bool:
    """Whether columns stand where others do."""
    return len(columns) == len(others) and all(
        one[0] < other[1] and other[0] < one[1] for one, other in zip(columns, others, strict=True)
    )


def _headed(
    rows: Sequence[Row], columns: Sequence[Edges], head: Head, groups: Groups
) -> Iterator[Line]:
    """The rows with their names, and between them the lines that are names of groups."""
    waiting: list[Line] = []
    for row in rows:
        if not row.figures:
            waiting.append(row.line)
            continue
        broken: list[Line] = []
        label = row.label[0].text if row.label else ""
        while waiting and len(broken) < _LONGEST_LABEL and is_broken(waiting[-1], label):
            broken.insert(0, waiting.pop())
            label = f"{broken[0].text} {label}".strip()
        yield from (replace(line, row=True) for line in waiting)
        whole = replace(
            row.line,
            left=min(line.left for line in (*broken, row.line)),
            runs=(*(run for line in broken for run in line.runs), *row.line.runs),
            row=True,
        )
        group = groups.name_of(whole, (*broken, row.line)[0].baseline, after=waiting)
        text, carried = _with_names(row, label, columns, head, group)
        yield replace(whole, text=text, carried=carried)
        waiting = []
    yield from (replace(line, row=True) for line in waiting)


def _with_names(
    row: Row, label: str, columns: Sequence[Edges], head: Head, group: str
) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The text of a row with the names before its cells, and where in it they stand.

    What all columns have in common is said once, before the first.
    """
    text = label
    carried: list[tuple[int, int]] = []

    def add(told: str, cell: Cell) -> None:
        nonlocal text
        if told:
            text += " " if text else ""
            carried.append((len(text), len(text) + len(told)))
            text += told
        text += f" {cell.text}" if text else cell.text

    for cell in row.label[1:]:
        add(_told([each.text for each in head.texts if _overlap(each, cell)]), cell)
    first = [group] if len(group) <= _LONGEST_GROUP else []
    first += head.common
    shared: Sequence[str] = head.shared
    places = [column_of(cell, columns) for cell in row.figures]
    for cell, at in zip(row.figures, places, strict=True):
        if at is None or places.count(at) > 1:  # which of two it is cannot be said
            add("", cell)
            continue
        add(_told([*first, " ".join([*shared, *head.names[at]])]), cell)
        first, shared = [], ()
    return text, tuple(carried)


def _overlap(one: Cell, other: Cell) -> bool:
    return one.left < other.right and other.left < one.right


def _told(names: Sequence[str]) -> str:
    """Names in brackets, without brackets of their own and without what has been said."""
    plain = [name.strip("[] :;,") for name in names]
    plain = [name[1:-1] if _UNIT.fullmatch(name) else name for name in plain]
    kept = [name for name in dict.fromkeys(plain) if name]
    return f"[{'; '.join(kept)}]" if kept else ""


# Heads.


def _top_of_head(rows: Sequence[Row], first: int, columns: Sequence[Edges], *, floor: int) -> int:
    """The first line of the head of the table whose first row is ``first``."""
    top = at = first
    labels = edges_of_labels(rows[first : first + _MOST_LINES])
    while at > max(floor, first - _MOST_LINES) and columns:
        line, below = rows[at - 1], rows[at].line
        apart = line.line.baseline - below.baseline > FURTHEST * max(below.size, line.line.size)
        mark = len(line.label) == 2 and line.label[0].is_figure  # of a note
        if not line.figures and not mark and line.has_figures:
            return first  # what is below it are broken cells of a row
        larger = top < first and line.line.size > _LARGER * rows[top].line.size
        is_title = larger and not _is_unit(line.line.text)
        if mark or apart or is_title or line.figures or is_text(line, labels, columns):
            break
        at -= 1
        if over_columns(line, labels, columns):
            top = at
    while top > at and _is_unit(rows[top - 1].line.text):
        top -= 1
    return top


def _is_unit(text: str) -> bool:
    """Whether a line is in brackets, or the beginning of what is."""
    return _UNIT.fullmatch(text) is not None or (text.startswith("(") and ")" not in text)


def _head_of(
    lines: Sequence[Row], first: Row, labels: Edges, columns: Sequence[Edges], rules: Sequence[Rule]
) -> Head | None:
    """What the ``lines`` above the ``first`` row say; None where that names no column."""
    head = Head([[] for _ in columns])
    before = ""
    places = _places(lines, labels, columns)
    for row, below in pairwise([*lines, first]):
        over = over_columns(row, labels, columns)
        spans = _named_by(over, row, below, places, rules)
        ruled = any(_ruled(over, row, below, places, rules))
        if len(over) == 1 and spans != [(0, len(columns))] and not ruled:
            far = row.line.baseline - below.line.baseline > _CLOSE * row.line.size
            begin, end = spans[0]
            over = [] if (far and below is not first) or end - begin > 1 else over  # a title
        elif (
            spans == [(0, len(columns))]
            and below is not first
            and not _names_all(over_columns(below, labels, columns), places)
        ):
            # The first line of a name that is broken over lines, and not one over all of them.
            spans = _overlapping(over, [None], places)
        # The unit may be centred over several columns; over the first or last it is theirs alone.
        if _UNIT.fullmatch(row.line.text) and spans not in (
            [(0, 1)],
            [(len(columns) - 1, len(columns))],
        ):
            head.common.append(row.line.text)
        elif over:
            for cell, (begin, end) in zip(over, spans, strict=True):
                shared = end - begin == len(columns) > 1
                for names in [head.shared] if shared else head.names[begin:end]:
                    names.append(cell.text)
            beside = [cell for cell in row.label if cell not in over]
            # A unit may be broken over lines.
            head.common += [f"{before} {cell.text}".strip() for cell in beside[:1]]
            head.texts += beside[1:]
        open_ = row.line.text.count("(") > row.line.text.count(")")
        before = row.line.text if open_ and not over else ""
    if not head.shared and 2 * sum(map(bool, head.names)) < len(columns):
        head = Head([[] for _ in columns], common=head.common)
    told = [*head.shared, *head.common, *(" ".join(names) for names in head.names)]
    return head if any(told) and max(map(len, told)) <= _LONGEST_NAME else None


def _places(lines: Sequence[Row], labels: Edges, columns: Sequence[Edges]) -> Sequence[Edges]:
    """Where names of columns are centred: where those of a line stand that names each, if any."""
    for row in reversed(lines):
        over = over_columns(row, labels, columns)
        if len(over) == len(columns):
            return [(cell.left, cell.right) for cell in over]
    return columns


def _named_by(
    over: Sequence[Cell],
    row: Row,
    below: Row,
    columns: Sequence[Edges],
    rules: Sequence[Rule],
) -> list[tuple[int, int]]:
    """For each name in a line of the head the columns ``[first, end)`` that it names."""
    if len(over) == len(columns):
        return [(at, at + 1) for at in range(len(columns))]
    ruled = _ruled(over, row, below, columns, rules)
    shares = [] if all(ruled) else _shares(over, columns)
    return shares or _overlapping(over, ruled, columns)


def _names_all(over: Sequence[Cell], columns: Sequence[Edges]) -> bool:
    return len(over) == len(columns) or bool(_shares(over, columns))


def _overlapping(
    over: Sequence[Cell], ruled: Sequence[Edges | None], columns: Sequence[Edges]
) -> list[tuple[int, int]]:
    """The columns that each name, or the rule under it, stands over."""
    found: list[tuple[int, int]] = []
    for cell, edges in zip(over, ruled, strict=True):
        left, right = edges or (cell.left, cell.right)
        held = [at for at, column in enumerate(columns) if left < column[1] and column[0] < right]
        if not held:
            held = [
                min(range(len(columns)), key=lambda at: abs(_middle(columns[at]) - cell.middle))
            ]
        middle = _middle((columns[held[0]][0], columns[held[-1]][1]))
        if len(held) > 1 and not edges and abs(middle - cell.middle) > _OFF * _apart(columns):
            held = []  # a title, over anything
        done = found[-1][1] if found else 0
        first = max(done, held[0]) if held else done
        found.append((first, max(first, held[-1] + 1 if held else 0)))
    return found


def _middle(edges: Edges) -> float:
    return sum(edges) / 2


def _apart(columns: Sequence[Edges]) -> float:
    """The usual distance of columns, of which there are two at least."""
    return mean(_middle(right) - _middle(left) for left, right in pairwise(columns))


def _shares(over: Sequence[Cell], columns: Sequence[Edges]) -> list[tuple[int, int]]:
    """The columns parted among fewer names, each over the middle of its own; none if it is not."""
    if not 0 < len(over) < len(columns):
        return []
    apart = _apart(columns)
    found: list[tuple[int, int]] = []
    first = 0
    for number, cell in enumerate(over, start=1):
        left = len(over) - number  # each of the names that follow has one column at least
        ends = range(first + 1, len(columns) - left + 1) if left else [len(columns)]
        off, end = min(
            (abs(_middle((columns[first][0], columns[end - 1][1])) - cell.middle), end)
            for end in ends
        )
        alone = min(abs(_middle(column) - cell.middle) for column in columns)
        if off > _OFF * apart or off > alone + _BETTER * apart:
            return []
        found.append((first, end))
        first = end
    return found


def _ruled(
    over: Sequence[Cell], row: Row, below: Row, columns: Sequence[Edges], rules: Sequence[Rule]
) -> list[Edges | None]:
    """For each name the edges of the rule that is drawn under it.

    A rule under one column alone, where others have one without a name, is not that of the name.
    """
    level = sorted(
        (rule.left, rule.right)
        for rule in rules
        if below.line.baseline < rule.height < row.line.baseline
    )
    drawn: list[Edges] = []
    for left, right in level:
        if drawn and left <= drawn[-1][1] + 1:
            drawn[-1] = drawn[-1][0], max(drawn[-1][1], right)
        else:
            drawn.append((left, right))
    held = [sum(left < each[1] and each[0] < right for each in columns) for left, right in drawn]
    spare = sum(map(bool, held)) > len(over)
    found: list[Edges | None] = []
    for cell in over:
        fit = (
            edges
            for edges, count in zip(drawn, held, strict=True)
            if edges[0] <= cell.left + 1 and cell.right - 1 <= edges[1] and count > spare
        )
        found.append(next(fit, None))
    return [edges if found.count(edges) == 1 else None for edges in found]

"""Rows of tables of figures with the names of their columns, in square brackets.

``Purchases of equipment [Millions; Years ended December 31; 2018] (1,577) [2017] (1,373)``: a
figure alone says nothing, and the row is what is cited. What is put in stands on the page too, in
the head of the table, and its place in the row is recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from rag.readers.blocks import split_where
from rag.readers.pdf.figure_heads import UNIT, Head, head_of, top_of_head
from rag.readers.pdf.figures import (
    Cell,
    Edges,
    Row,
    column_of,
    columns_of_figures,
    edges_of_labels,
    over_columns,
    row_of,
    tables_of,
)
from rag.readers.pdf.lines import Line
from rag.readers.pdf.page_content import Rule

# A label that is set in stands so much further right, in units of the font size.
_INSET = 0.4

# So many times the usual distance of rows: what follows is not in the same group.
_WIDER = 1.4

_LONGEST_LABEL = 3  # lines
_NEAR = 2.5  # times the font size: a title is no further above
_MOST_ABOVE = 3  # lines above a table that goes on from the page before
_LONGEST_GROUP = 60  # characters


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
        top = top_of_head(rows, first, columns, floor=done)
        head = head_of(rows[top:first], rows[first], labels, columns, rules)
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
        made += _headed(rows[begin:end], columns, head, _Groups(table, columns, rules))
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
    return not over_columns(row, labels, columns) and not UNIT.fullmatch(row.line.text)


def _alike(columns: Sequence[Edges], others: Sequence[Edges]) -> bool:
    """Whether columns stand where others do."""
    return len(columns) == len(others) and all(
        one[0] < other[1] and other[0] < one[1] for one, other in zip(columns, others, strict=True)
    )


def _headed(
    rows: Sequence[Row], columns: Sequence[Edges], head: Head, groups: _Groups
) -> Iterator[Line]:
    """The rows with their names, and between them the lines that are names of groups."""
    waiting: list[Line] = []
    for row in rows:
        if not row.figures:
            waiting.append(row.line)
            continue
        broken: list[Line] = []
        label = row.label[0].text if row.label else ""
        while waiting and len(broken) < _LONGEST_LABEL and _is_broken(waiting[-1], label):
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


def _is_broken(line: Line, rest: str) -> bool:
    """Whether a line is the beginning of a label that goes on with ``rest``."""
    if not rest:
        return not line.text.endswith(":")
    return rest.lstrip("(")[:1].islower() and line.text[-1] not in ".:;"


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
    plain = [name[1:-1] if UNIT.fullmatch(name) else name for name in plain]
    kept = [name for name in dict.fromkeys(plain) if name]
    return f"[{'; '.join(kept)}]" if kept else ""


# Groups of rows.


@dataclass(slots=True)
class _Group:
    """The name of a group of rows, how far those are set in, and whether its total has come."""

    line: Line
    inset: float | None = None
    ended: bool = False


class _Groups:
    """The names that rows stand under, such as ``Earnings per share`` above ``Basic``.

    Rows that are set in further than a name are under it, until its total; so are rows that are not
    set in. A total has a rule over its figures or is set in further still.
    """

    def __init__(
        self, rows: Sequence[Row], columns: Sequence[Edges], rules: Sequence[Rule]
    ) -> None:
        self._columns, self._rules = columns, rules
        self._usual = median(
            [one.line.baseline - other.line.baseline for one, other in pairwise(rows)] or [0.0]
        )
        self._groups: list[_Group] = []
        self._last: Line | None = None

    def name_of(self, row: Line, top: float, *, after: Sequence[Line]) -> str:
        """The name that ``row``, which begins at height ``top``, is under; "" where there is none.

        ``after`` are the lines between it and the row before.
        """
        for name in _whole(after):
            self._leave(name.left - _INSET * name.size)
            self._groups.append(_Group(name))
        is_total = not after and self._is_total(row, top)
        self._last = row
        self._leave(row.left + _INSET * row.size)
        if not self._groups:
            return ""
        group = self._groups[-1]
        if group.inset is None:
            group.inset = row.left
        is_outside = abs(row.left - group.inset) > _INSET * row.size
        inside = not is_outside and not group.ended
        group.ended |= is_total or is_outside
        is_level = group.line.left > row.left - _INSET * row.size
        return group.line.text if inside and not (is_level and is_total) else ""

    def _leave(self, edge: float) -> None:
        """Leave the groups whose names stand no further left than ``edge``."""
        self._groups = [each for each in self._groups if each.line.left < edge]

    def _is_total(self, row: Line, top: float) -> bool:
        """Whether a row is the total of those above it, or stands apart from them."""
        last = self._last
        if last is None:
            return False
        if last.baseline - top > _WIDER * self._usual or (row.bold and not last.bold):
            return True
        left, right = self._columns[-1]
        edge = self._columns[0][0] - 3 * row.size
        drawn = [rule for rule in self._rules if row.baseline < rule.height < last.baseline]
        beside = [rule.height for rule in drawn if rule.left < edge]  # over the whole row
        return any(
            rule.left < right and left < rule.right
            for rule in drawn
            if not any(abs(rule.height - height) < 1 for height in beside)
        )


def _whole(lines: Sequence[Line]) -> Iterator[Line]:
    """Names of groups, with those that are broken over lines put together."""
    for part in split_where(lines, lambda part, line: not _is_broken(part[-1], line.text)):
        yield replace(part[0], text=" ".join(line.text for line in part))

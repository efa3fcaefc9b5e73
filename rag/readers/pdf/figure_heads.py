"""Rows of tables of figures with the names of their columns, which are in the head of the table.

``Purchases of equipment [Millions; Years ended December 31; 2018] (1,577) [2017] (1,373)``: a
figure alone says nothing, and the row is what is cited. What is put in stands on the page too, and
its place in the row is recorded. A name is centred over its column, over several, or over a rule
that is as wide as they are. Names in several lines are read from top to bottom.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

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
from rag.readers.pdf.head_names import LONGEST_NAME, UNIT, Head, head_of
from rag.readers.pdf.lines import Line, Rule

_LONGEST_LABEL = 3  # lines
_NEAR = 2.5  # times the font size: a title is no further above
_MOST_ABOVE = 3  # lines above a table that goes on from the page before
_LONGEST_TITLE = 60  # characters
_GROUP_END = re.compile(r":\s*(?:\(\w{1,3}\))?$")  # after it a name may be longer

_MOST_LINES = 14

# So much larger than the head is a title above it.
_LARGER = 1.12


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
        made += _headed(rows[begin:end], columns, head, Groups(table, columns, rules))
        yield FigureTable(top, end, made, columns, head)
        done = end


def _title(above: Row, first: Row, labels: Edges) -> str:
    """The line right above a table without a head, if it says what the figures are."""
    line, below = above.line, first.line
    beside = line.left < labels[0] + line.size
    near = beside and line.baseline - below.baseline < _NEAR * max(line.size, below.size)
    told = len(line.runs) == 1 and "(" in line.text and not line.text.endswith((".", ":"))
    return line.text if near and told and len(line.text) <= _LONGEST_TITLE else ""


def _names_group(row: Row, labels: Edges, columns: Sequence[Edges]) -> bool:
    """Whether a line between the head and the first row is the name of a group of rows."""
    return not over_columns(row, labels, columns) and not UNIT.fullmatch(row.line.text)


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
    first = [group] if _is_whole_name(group) else []
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


def _is_whole_name(group: str) -> bool:
    """Whether the name of a group is one, and not the beginning of a label that is broken."""
    ends = _GROUP_END.search(group) is not None
    return len(group) <= (LONGEST_NAME if ends else _LONGEST_TITLE)


def _overlap(one: Cell, other: Cell) -> bool:
    return one.left < other.right and other.left < one.right


def _told(names: Sequence[str]) -> str:
    """Names in brackets, without brackets of their own and without what has been said."""
    plain = [name.strip("[] :;,") for name in names]
    plain = [name[1:-1] if UNIT.fullmatch(name) else name for name in plain]
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
    return UNIT.fullmatch(text) is not None or (text.startswith("(") and ")" not in text)

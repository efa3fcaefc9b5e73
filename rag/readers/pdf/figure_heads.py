"""The heads of tables of figures: the names of their columns, and the unit.

A name is centred over its column, over several, or over a rule that is as wide as they are. Names
in several lines are read from top to bottom: ``Years ended December 31`` over ``2018``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import mean

from rag.readers.pdf.figures import (
    FURTHEST,
    Cell,
    Edges,
    Row,
    edges_of_labels,
    is_text,
    over_columns,
)
from rag.readers.pdf.page_content import Rule

UNIT = re.compile(r"\([^()]{2,160}\)")
"""``(in millions)``, and whatever else is said in brackets alone above a table."""

_MOST_LINES = 8
_LONGEST_NAME = 160  # characters; what is longer is text

# Of the distance between columns: names are no further from the middle of what they name.
_OFF = 0.35


@dataclass(slots=True)
class Head:
    """The ``names`` of each column of figures, from top to bottom, and those ``shared`` by all.

    ``common`` are the unit and the name of the labels, ``texts`` the names of columns of text.
    """

    names: list[list[str]]
    shared: list[str] = field(default_factory=list)
    common: list[str] = field(default_factory=list)
    texts: list[Cell] = field(default_factory=list)


def top_of_head(rows: Sequence[Row], first: int, columns: Sequence[Edges], *, floor: int) -> int:
    """The first line of the head of the table whose first row is ``first``."""
    top = at = first
    labels = edges_of_labels(rows[first : first + _MOST_LINES])
    while at > max(floor, first - _MOST_LINES) and columns:
        line, below = rows[at - 1], rows[at].line
        apart = line.line.baseline - below.baseline > FURTHEST * max(below.size, line.line.size)
        mark = len(line.label) == 2 and line.label[0].is_figure  # of a note
        if not line.figures and not mark and any(cell.is_figure for cell in line.label):
            return first  # what is below it are broken cells of a row
        if mark or apart or line.figures or is_text(line, labels, columns):
            break
        at -= 1
        if over_columns(line, labels, columns):
            top = at
    while top > at and UNIT.fullmatch(rows[top - 1].line.text):
        top -= 1
    return top


def head_of(
    lines: Sequence[Row], first: Row, labels: Edges, columns: Sequence[Edges], rules: Sequence[Rule]
) -> Head | None:
    """What the ``lines`` above the ``first`` row say; None where that names no column."""
    head = Head([[] for _ in columns])
    for row, below in pairwise([*lines, first]):
        over = over_columns(row, labels, columns)
        spans = _named_by(over, row, below.line.baseline, columns, rules)
        # The unit may be centred over several columns; over the first or last it is theirs alone.
        if UNIT.fullmatch(row.line.text) and spans not in (
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
            head.common += [cell.text for cell in beside[:1]]
            head.texts += beside[1:]
    if not head.shared and 2 * sum(map(bool, head.names)) < len(columns):
        head = Head([[] for _ in columns], common=head.common)
    told = [*head.shared, *head.common, *(" ".join(names) for names in head.names)]
    return head if any(told) and max(map(len, told)) <= _LONGEST_NAME else None


def _named_by(
    over: Sequence[Cell],
    row: Row,
    below: float,
    columns: Sequence[Edges],
    rules: Sequence[Rule],
) -> list[tuple[int, int]]:
    """For each name in a line of the head the columns ``[first, end)`` that it names."""
    if len(over) == len(columns):
        return [(at, at + 1) for at in range(len(columns))]
    ruled = _ruled(over, row, below, columns, rules)
    if not all(ruled) and (shares := _shares(over, columns)):
        return shares
    found: list[tuple[int, int]] = []
    for cell, edges in zip(over, ruled, strict=True):
        left, right = edges or (cell.left, cell.right)
        held = [at for at, column in enumerate(columns) if left < column[1] and column[0] < right]
        if not held:
            held = [
                min(range(len(columns)), key=lambda at: abs(_middle(columns[at]) - cell.middle))
            ]
        first = max(found[-1][1] if found else 0, held[0])
        found.append((first, max(first, held[-1] + 1)))
    return found


def _middle(edges: Edges) -> float:
    return sum(edges) / 2


def _shares(over: Sequence[Cell], columns: Sequence[Edges]) -> list[tuple[int, int]]:
    """The columns parted among fewer names, each over the middle of its own; none if it is not."""
    if not 0 < len(over) < len(columns):
        return []
    apart = mean(_middle(right) - _middle(left) for left, right in pairwise(columns))
    found: list[tuple[int, int]] = []
    first = 0
    for number, cell in enumerate(over, start=1):
        left = len(over) - number  # each of the names that follow has one column at least
        ends = range(first + 1, len(columns) - left + 1) if left else [len(columns)]
        off, end = min(
            (abs(_middle((columns[first][0], columns[end - 1][1])) - cell.middle), end)
            for end in ends
        )
        if off > _OFF * apart:
            return []
        found.append((first, end))
        first = end
    return found


def _ruled(
    over: Sequence[Cell], row: Row, below: float, columns: Sequence[Edges], rules: Sequence[Rule]
) -> list[Edges | None]:
    """For each name the edges of the rule that is drawn under it.

    A rule under one column alone, where others have one without a name, is not that of the name.
    """
    level = sorted(
        (rule.left, rule.right) for rule in rules if below < rule.height < row.line.baseline
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
    return found

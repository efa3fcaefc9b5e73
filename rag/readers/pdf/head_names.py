"""The names of columns in the lines above the first row of a table of figures.

A name is centred over its column, over several, or over a rule that is as wide as they are. Names
in several lines are read from top to bottom.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import mean

from rag.readers.pdf.figures import Cell, Edges, Row, over_columns
from rag.readers.pdf.lines import Rule

# "(in millions)", and whatever else is said in brackets alone above a table.
UNIT = re.compile(r"\([^()]{2,160}\)")

LONGEST_NAME = 160
"""Characters; what is longer is text and no name."""

# Lines of one name are no further apart, in units of the font size.
_CLOSE = 1.5

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


def head_of(
    lines: Sequence[Row], first: Row, labels: Edges, columns: Sequence[Edges], rules: Sequence[Rule]
) -> Head | None:
    """What the ``lines`` above the ``first`` row say; None where that names no column."""
    head = Head([[] for _ in columns])
    before = ""
    places = _places(lines, labels, columns)
    for row, below in pairwise([*lines, first]):
        over = _over(row, labels, columns)
        spans = _named_by(over, row, below, places, rules)
        ruled = any(_ruled(over, row, below, places, rules))
        if len(over) == 1 and spans != [(0, len(columns))] and not ruled:
            far = row.line.baseline - below.line.baseline > _CLOSE * row.line.size
            begin, end = spans[0]
            if far and below is not first:  # a title; what is above it names no column either
                over, head = [], Head([[] for _ in columns], common=head.common)
            elif end - begin > 1:
                over = []
        elif (
            spans == [(0, len(columns))]
            and below is not first
            and not _names_all(over_columns(below, labels, columns), places)
        ):
            # The first line of a name that is broken over lines, and not one over all of them.
            spans = _overlapping(over, [None], places)
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
            named = over_columns(row, labels, columns)
            beside = [cell for cell in row.label if cell not in named]
            # A unit may be broken over lines.
            head.common += [f"{before} {cell.text}".strip() for cell in beside[:1]]
            head.texts += beside[1:]
        open_ = row.line.text.count("(") > row.line.text.count(")")
        before = row.line.text if open_ and not over else ""
    if not head.shared and 2 * sum(map(bool, head.names)) < len(columns):
        head = Head([[] for _ in columns], common=head.common)
    told = [*head.shared, *head.common, *(" ".join(names) for names in head.names)]
    return head if any(told) and max(map(len, told)) <= LONGEST_NAME else None


def _places(lines: Sequence[Row], labels: Edges, columns: Sequence[Edges]) -> Sequence[Edges]:
    """Where names of columns are centred: where those of a line stand that names each, if any."""
    for row in reversed(lines):
        over = _over(row, labels, columns)
        if len(over) == len(columns):
            return [(cell.left, cell.right) for cell in over]
    return columns


def _over(row: Row, labels: Edges, columns: Sequence[Edges]) -> list[Cell]:
    """The cells of a line that are over columns, those apart that are printed as one."""
    return [part for cell in over_columns(row, labels, columns) for part in _parted(cell, columns)]


def _parted(cell: Cell, columns: Sequence[Edges]) -> list[Cell]:
    """The names in a cell, if it has one alike for each column below: ``Year 2019 Year 2018``."""
    below = [each for each in columns if each[0] < cell.right and cell.left < each[1]]
    words = cell.text.split()
    each, rest = divmod(len(words), max(1, len(below)))
    if len(below) < 2 or rest or each < 2:
        return [cell]
    parts = [words[at : at + each] for at in range(0, len(words), each)]
    if len({part[0] for part in parts}) > 1 or len({part[-1] for part in parts}) < len(parts):
        return [cell]
    return [
        replace(cell, text=" ".join(part), left=left, right=right)
        for part, (left, right) in zip(parts, below, strict=True)
    ]


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

"""Tables of web pages, Markdown and word processors: rows that say what their figures are.

``Oromia | [Region; Thousands; Deaths, 2018] 41 | [Deaths, 2019] 17``: what stands in square
brackets is carried there from the names of the columns, of the group of rows, and from the unit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from rag.readers.column_names import (
    MOST_HEADING_ROWS,
    YEAR,
    is_figure,
    joined_names,
    may_name,
    most,
)
from rag.readers.row_groups import groups_of

TABLES = count(1)
"""Numbers that no other table has, see :class:`GridRow`."""

Spans = tuple[tuple[int, int], ...]
"""Where in a text something stands that was carried there."""

_LONGEST_MARKED_NAME = 160

_UNIT = re.compile(r"\(([^()\d]{2,60})\)[\s:]*$")

# So many of the rows below the names have figures, where nothing marks them as names.
_MOST = 0.6

# Titles and units above the names take no more rows.
_MOST_ABOVE = 3

# Names that are repeated in each row could make gigabytes of a small file.
_MOST_CARRIED = 20_000_000


@dataclass(frozen=True, slots=True)
class GridRow:
    """A row of a table, with a cell for each column.

    ``merged`` are the columns whose cell is the one to the left of them as well. ``heads`` says
    that the file marks the row as one that names the columns, ``bold`` that all its words are bold.
    Rows with the same ``table``, if it is not 0, are of one table, even if text is between them.
    """

    cells: tuple[str, ...]
    merged: frozenset[int] = frozenset()
    heads: bool = False
    bold: bool = False
    table: int = 0

    @property
    def filled(self) -> int:
        """How many cells have text."""
        return sum(bool(text) for at, text in enumerate(self.cells) if at not in self.merged)

    @property
    def has_figures(self) -> bool:
        """Whether it has a number that is no year."""
        return any(map(is_figure, self.cells))


def unit_of(text: str) -> str:
    """What stands in brackets at the end of the line above a table: ``in millions of birr``."""
    match = _UNIT.search(text)
    return match[1].strip() if match else ""


def text_of(cells: Sequence[str], told: Sequence[str] = ()) -> tuple[str, Spans]:
    """``a | b``, with what is ``told`` of each cell before it, and where that stands."""
    text = ""
    spans: list[tuple[int, int]] = []
    for at, cell in enumerate(cells):
        text += (" |" if text else "|") if at else ""
        if cell and told and told[at]:
            text += " " if text else ""
            spans.append((len(text), len(text) + len(told[at])))
            text += told[at]
        text += f" {cell}" if text and cell else cell
    return text, tuple(spans)


def rows_with_names(rows: Sequence[GridRow], unit: str = "") -> list[tuple[str, Spans]]:
    """The texts of the rows of a table with the names of their columns; none if it has no names.

    The rows that name the columns stay as they are. ``unit`` is that of all figures.
    """
    found = heading_of(rows)
    if found is None:
        return []
    first, end = found
    heading, body = rows[first:end], rows[end:]
    columns = _columns(rows, heading[-1])
    shared, names = _names(heading, columns)
    is_marked = heading[0].heads or heading[0].bold
    below = [_cells(row, columns) for row in body]
    if not _fit(names, below, is_marked=is_marked):
        return []
    told_above = [unit_of(" ".join(row.cells)) for row in rows[:first] if row.filled == 1]
    told_below = [_in_brackets(row.cells[0]) for row in body[:1] if row.filled == 1]
    units = [unit, *told_above, _in_brackets(names[0]), *told_below]
    unit = next((each for each in reversed(units) if each), "")
    if _in_brackets(names[0]) or (len(columns) == 2 and not heading[0].heads):
        names[0] = ""
    texts = [text_of(_cells(row, columns)) for row in rows[:end]]
    carried = 0
    for row, cells, group in zip(body, below, groups_of(below), strict=True):
        told = [""] * len(cells)
        if row.filled > 1:
            told = ["", *(_told([name]) for name in names[1:])]
            for at in [at for at, cell in enumerate(cells) if cell and at][:1]:
                own = ", ".join(filter(None, (shared, names[at])))
                told[at] = _told([group, unit, names[0] if cells[0] else "", own])
        carried += sum(map(len, told))
        texts.append(text_of(cells, told if carried < _MOST_CARRIED else ()))
    return texts


def _told(names: Sequence[str]) -> str:
    """Names in square brackets, without brackets of their own."""
    plain = [name.strip("[] :;") for name in names]
    kept = list(dict.fromkeys(filter(None, plain)))
    return f"[{'; '.join(kept)}]" if kept else ""


# Where the names are.


def heading_of(rows: Sequence[GridRow]) -> tuple[int, int] | None:
    """The rows ``[first, end)`` that name the columns, below a title or a unit; None if none do."""
    first = 0
    while first < min(_MOST_ABOVE, len(rows)) and not _may_name(rows[first]):
        first += 1
    if first == len(rows):
        return None
    end = first
    while end < len(rows) and rows[end].heads and _may_name(rows[end]):
        end += 1
    if end == first:
        end += _bold_rows(rows[first:])
    if end == first:
        return _heading_by_figures(rows, first)
    # The names of groups may be marked and those of their columns not.
    while end < len(rows) and end - first < MOST_HEADING_ROWS and _goes_on(rows[first], rows[end]):
        end += 1
    return (first, end) if end < len(rows) else None


def _may_name(row: GridRow) -> bool:
    """Whether a row has several texts, or one that is over the columns and not over the labels."""
    return row.filled > 1 or (row.filled == 1 and not row.cells[0])


def _goes_on(first: GridRow, row: GridRow) -> bool:
    """Whether a row below a marked one names columns too, of the groups that those are."""
    leaves_columns = first.filled < len(first.cells) - (not first.cells[0])
    named = row.cells[0] in ("", first.cells[0]) or (not first.cells[0] and leaves_columns)
    return named and _may_name(row) and not row.has_figures


def _bold_rows(rows: Sequence[GridRow]) -> int:
    """How many of the first rows are bold and have no figures; 0 if the row below is bold too."""
    end = 0
    while end < len(rows) and rows[end].bold and _may_name(rows[end]) and not rows[end].has_figures:
        end += 1
    below = next((row.bold for row in rows[end:] if row.filled > 1), True)
    return 0 if below or end > MOST_HEADING_ROWS else end


def _heading_by_figures(rows: Sequence[GridRow], first: int) -> tuple[int, int] | None:
    """The first rows without figures, if most others have some."""
    end = first
    while end < len(rows) and _may_name(rows[end]) and not rows[end].has_figures:
        end += 1
    below = [row for row in rows[end:] if row.filled > 1]
    figures = sum(row.has_figures for row in below)
    fits = 0 < end - first <= MOST_HEADING_ROWS and rows[end - 1].filled > 1
    return (first, end) if fits and figures > _MOST * len(below) else None


def _in_brackets(text: str) -> str:
    return unit_of(text) if text.startswith("(") else ""


# Columns: several of the grid are one where they stand under one name.

_Columns = Sequence[Sequence[int]]


def _columns(rows: Sequence[GridRow], lowest: GridRow) -> _Columns:
    """The columns of the grid that are one, since the ``lowest`` name is over all of them.

    So are signs in a column of their own with the figures that they belong to. What is empty in
    all rows is left out.
    """
    width = max(len(row.cells) for row in rows)
    found: list[list[int]] = []
    signs: list[int] = []
    for at in range(width):
        own = (row for row in rows if at < len(row.cells) and at not in row.merged)
        texts = [row.cells[at] for row in own if row.cells[at]]
        if at in lowest.merged and found:
            found[-1] += [*signs, at]
            signs = []
        elif texts and found and not any(any(map(str.isalnum, each)) for each in texts):
            if all(each in (")", "%", "]", ")%") for each in texts):
                found[-1] += [*signs, at]
                signs = []
            else:
                signs.append(at)
        elif texts or at == 0:
            found.append([*signs, at])
            signs = []
    if signs and found:
        found[-1] += signs
    return found


def _cells(row: GridRow, columns: _Columns) -> list[str]:
    """The texts of a row, one for each column."""
    texts: list[str] = []
    for column in columns:
        text = ""
        for place, at in enumerate(column):
            cell = row.cells[at] if at < len(row.cells) else ""
            if not cell or (place and at in row.merged):
                continue
            apart = any(map(str.isalnum, text)) and any(map(str.isalnum, cell))
            text += " | " if apart else " " if text and cell[0] not in ")%]" else ""
            text += cell
        texts.append(text)
    while texts and not texts[-1] and len(row.cells) <= columns[len(texts) - 1][0]:
        texts.pop()
    return texts


def _names(heading: Sequence[GridRow], columns: _Columns) -> tuple[str, list[str]]:
    """What all columns but the first are called, and the rest of each name: ``Deaths, 2018``."""
    width = len(columns)
    lines = [[*_cells(row, columns), *[""] * width][:width] for row in heading]
    lines = [[text.rstrip(" ,:;") for text in line] for line in lines]
    shared = [line for line in lines if width > 2 and len(set(line[1:])) == 1]
    own = [line for line in lines if line not in shared]
    shared, own = (shared, own) if own else ([], lines)
    joined = joined_names(own) if own and not any(row.merged for row in heading) else None
    if joined is not None and joined[0] == len(own):
        names = [*joined[1], *[""] * width][:width]
    else:
        for line in own[:-1]:
            _fill(line, own[-1])
        names = [", ".join(dict.fromkeys(filter(None, each))) for each in zip(*own, strict=True)]
    return ", ".join(filter(None, (line[1] for line in shared))), names


def _fill(line: list[str], below: Sequence[str]) -> None:
    """Let names of groups go on to the right over years: ``Deaths`` over 2018 and 2019."""
    for at in range(2, len(line)):
        if not line[at] and YEAR.match(below[at]) and YEAR.match(below[at - 1]):
            line[at] = line[at - 1]


def _fit(names: Sequence[str], body: Sequence[Sequence[str]], *, is_marked: bool) -> bool:
    """Whether these may be names; where nothing marks them, one at least has figures below it."""
    if not any(names[1:]):
        return False
    if is_marked:
        return max(map(len, names)) <= _LONGEST_MARKED_NAME
    return any(name and most(is_figure, body, at) for at, name in enumerate(names)) and all(
        may_name(name, body, at) for at, name in enumerate(names) if name
    )

"""Tables as text: a row is a citable unit, "Country: Ethiopia; Year: 2019".

The same for spreadsheets and for CSV: cells come as text, and blocks go out, one for each row, each
with its own place to cite.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from rag.errors import LimitExceeded
from rag.readers.blocks import Block, PageStart, assemble, clean, hidden_parts, split_where
from rag.schema import Metadata, Reading

Merged = tuple[int, int, int, int]
"""Cells that are one: first row, first column, last row, last column, all inclusive."""

MOST_ROWS = 100_000
"""More rows with text make no document: each becomes a place to cite, and a passage or so."""

# The names of columns, repeated in each row, could make gigabytes of a small file.
_MOST_CHARACTERS = 200_000_000

# A header stands among the first rows that are not blank.
_HEADER_WITHIN = 20

_MOST_HEADER_ROWS = 3

# So many of the columns that are in use must have a name.
_MOST_NAMED = 0.6

_LONGEST_NAME = 80
_LONGEST_VALUE_OF_ONE = 80
_YEAR = re.compile(r"(?:19|20)\d\d$")
_NUMBER = re.compile(r"[-+(]?[^\w\s]?\s?\d[\d.,'\s\u00a0/:-]*[%)]?$")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its ``rows`` with their numbers, as a spreadsheet shows them, and texts of cells.

    ``name`` is None for a file that is one table, as CSV is.
    """

    name: str | None
    rows: Sequence[tuple[int, Sequence[str]]]
    is_hidden: bool = False


def read_sheets(sheets: Sequence[Sheet], file: str, metadata: Metadata | None = None) -> Reading:
    """A reading with one block for each row that is not blank; ``file`` is named in messages.

    The row that names the columns is not a block of its own, unless it is all there is. Rows above
    it, such as a title, are blocks. A warning names hidden sheets, which are read as well.

    Raises:
        LimitExceeded: there are more rows than :data:`MOST_ROWS`, or their text is too long.
    """
    hidden = [sheet.name or "" for sheet in sheets if sheet.is_hidden and sheet.rows]
    return assemble(
        _blocks(sheets, file),
        metadata=metadata,
        warnings=hidden_parts("the sheet", hidden, "in the file"),
        spoken=False,
    )


def with_merged(
    rows: Sequence[tuple[int, Sequence[str]]], merged: Iterable[Merged]
) -> list[tuple[int, Sequence[str]]]:
    """``rows`` with the value of merged cells in each of them; columns count from 0.

    A title that is merged over all that its row holds stays as it is.
    """
    filled = {number: list(cells) for number, cells in rows}
    characters = 0
    for top, left, bottom, right in merged:
        own = filled.get(top, [])
        value = own[left] if left < len(own) else ""
        is_title = top == bottom and not any((*own[:left], *own[right + 1 :]))
        if not value or is_title:
            continue
        for number in range(top, bottom + 1):
            cells = filled.get(number)
            if cells is None or (number > top and not any(cells)):
                continue  # a value alone makes no row
            cells += [""] * (right + 1 - len(cells))
            for column in range(left, right + 1):
                cells[column] = cells[column] or value
            characters += len(value) * (right - left + 1)
            if characters > _MOST_CHARACTERS:
                return list(rows)
    return list(filled.items())


def _blocks(sheets: Sequence[Sheet], file: str) -> list[Block]:
    blocks: list[Block] = []
    characters = 0
    for sheet in sheets:
        texts: list[tuple[int, str]] = []
        for number, text in _texts(_without_blanks(sheet.rows)):
            texts.append((number, text))
            characters += len(text)
            if len(blocks) + len(texts) > MOST_ROWS or characters > _MOST_CHARACTERS:
                raise LimitExceeded(
                    f"{file}: more than {MOST_ROWS:,} rows, or {_MOST_CHARACTERS:,} characters: "
                    "split the table into several files"
                )
        starts = [(PageStart("row", _label(sheet.name, number)),) for number, _ in texts]
        if sheet.name is not None and texts:  # the name stands on the place of its first row
            blocks.append(Block(sheet.name, 1, starts=starts[0]))
            blocks.append(Block(texts.pop(0)[1]))
            starts = starts[1:]
        blocks += [
            Block(text, starts=start) for start, (_, text) in zip(starts, texts, strict=True)
        ]
    return blocks


def _label(sheet: str | None, number: int) -> str:
    return f"row {number}" if sheet is None else f"{clean(sheet)}, row {number}"


_Row = tuple[int, list[str]]


def _without_blanks(rows: Sequence[tuple[int, Sequence[str]]]) -> list[_Row]:
    """The rows that hold anything, each as long as the last of its cells that does."""
    found: list[_Row] = []
    for number, row in rows:
        cells = [clean(cell) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            found.append((number, cells))
    return found


def _texts(rows: list[_Row]) -> Iterator[tuple[int, str]]:
    """Number and text of each row; after blank rows another table may begin."""
    names: list[str] = []
    widest = max((_filled(cells) for _, cells in rows), default=0)
    for part in _parts(rows):
        width = max(_filled(cells) for _, cells in part)
        found = _header(part, width if names else widest, strict=bool(names))
        if found is not None:
            at, deep, names = found
            for number, cells in part[:at]:
                yield number, _plain(cells)
            if at + deep == len(part):  # a header over nothing
                for number, cells in part[at:]:
                    yield number, _plain(cells)
                names = []
            part = part[at + deep :]
        elif width < _MOST_NAMED * _filled(names) or max(len(c) for _, c in part) > len(names):
            names = []
        for number, cells in part:
            yield number, _named(names, cells) if names else _plain(cells)


def _parts(rows: list[_Row]) -> Iterator[list[_Row]]:
    """Runs of rows with no blank row between them; a title, or a header alone, is no run."""
    return split_where(rows, lambda part, row: row[0] > part[-1][0] + 1 and _is_table(part))


def _is_table(rows: list[_Row]) -> bool:
    wide = [cells for _, cells in rows if _filled(cells) > 1]
    values = [cell for cells in wide for cell in cells]
    return len(wide) > 1 or any(_NUMBER.match(each) and not _YEAR.match(each) for each in values)


def _filled(cells: Sequence[str]) -> int:
    return sum(map(bool, cells))


def _header(rows: list[_Row], width: int, *, strict: bool) -> tuple[int, int, list[str]] | None:
    """Where in ``rows`` the names of the columns are, in how many rows, and the names.

    The table has ``width`` columns in use. Names are short texts, or years, and different. With
    ``strict``, where a table may simply go on after a blank row, something below them has to be a
    number as well.
    """
    if width < 2:
        return None
    for at, (_, first) in enumerate(rows[:_HEADER_WITHIN]):
        joined = _joined_names([cells for _, cells in rows[at : at + _MOST_HEADER_ROWS]])
        deep, cells = joined or (1, first)
        if _filled(cells) < max(2, _MOST_NAMED * width):
            continue
        below = [row for _, row in rows[at + deep :]]
        numeric = [
            column for column, name in enumerate(cells) if name and _most(_NUMBER, below, column)
        ]
        fits = _are_names(cells, below) and (numeric or not strict)
        return (at, deep, cells) if fits else None
    return None


def _joined_names(rows: Sequence[Sequence[str]]) -> tuple[int, list[str]] | None:
    """The number of header rows, if more than one, and their names joined: ``2017, Men``.

    A row names groups of columns if what is below it tells the columns of each group apart, and
    repeats itself from group to group or leaves a column to the row above.
    """
    names = list(rows[0])
    deep = 1
    for below in rows[1:]:
        groups = _groups(names, below)
        if groups is None:
            break
        names = [
            ", ".join(dict.fromkeys(filter(None, (group, name))))
            for group, name in zip(groups, [*below, *[""] * len(groups)], strict=False)
        ]
        deep += 1
    return (deep, names) if deep > 1 else None


def _groups(names: Sequence[str], below: Sequence[str]) -> list[str] | None:
    """For each column its group, if ``names`` names groups of the columns of ``below``."""
    width = max(len(names), len(below))
    upper = [*names, *[""] * (width - len(names))]
    lower = [*below, *[""] * (width - len(below))]
    if any(_NUMBER.match(name) and not _YEAR.match(name) for name in (*upper, *lower)):
        return None
    groups: list[str] = []
    for own, name in zip(upper, lower, strict=True):
        goes_on = not own and bool(name) and bool(groups)
        groups.append(groups[-1] if goes_on else own)
    spans = [
        [lower[at] for at in span]
        for group, span in (
            (group, list(at)) for group, at in groupby(range(width), key=groups.__getitem__)
        )
        if group and len(span) > 1
    ]
    leaves = [name for span in spans for name in span]
    told_apart = all(map(_is_name, leaves)) and all(len({*span}) == len(span) for span in spans)
    if not spans or not told_apart or len(set(zip(groups, lower, strict=True))) < width:
        return None
    corner = next(at for at in range(width) if upper[at] or lower[at])
    under_a_name = upper[corner] and lower[corner] in ("", upper[corner]) and lower[corner + 1 :]
    repeats = len(set(leaves)) < len(leaves)
    merged = not upper[corner] and any(one and one == two for one, two in pairwise(upper))
    return groups if under_a_name or repeats or merged else None


def _is_name(text: str) -> bool:
    return any(map(str.isalnum, text)) and len(text) <= _LONGEST_NAME


def _are_names(cells: Sequence[str], below: list[list[str]]) -> bool:
    names = [name for name in cells if name]
    words = [name for name in names if not _NUMBER.match(name)]
    if not words or len(set(names)) <= len(names) // 2:
        return False
    for column, name in enumerate(cells):
        if len(name) > _LONGEST_NAME or (name.endswith((".", ";")) and " " in name):
            return False
        if name and not any(map(str.isalnum, name)):
            return False
        if _NUMBER.match(name) and (not _YEAR.match(name) or _most(_YEAR, below, column)):
            return False
    return True


def _most(pattern: re.Pattern[str], rows: list[list[str]], column: int) -> bool:
    """Whether most values of a column, of which the first 200 rows are looked at, are such."""
    values = [row[column] for row in rows[:200] if column < len(row) and row[column]]
    return 2 * sum(pattern.match(value) is not None for value in values) > len(values)


def _plain(cells: Sequence[str]) -> str:
    return " | ".join(cell for cell in cells if cell)


def _named(names: Sequence[str], cells: Sequence[str]) -> str:
    """``Country: Ethiopia; Year: 2019``, without the columns that are empty in this row."""
    if len(names) > 2 and _filled(cells) == 1 and _is_remark(cells[-1]):
        return cells[-1]
    parts = []
    for column, cell in enumerate(cells):
        name = names[column].rstrip(" :") if column < len(names) else ""
        if cell:
            parts.append(f"{name}: {cell}" if name else cell)
    return "; ".join(parts)


def _is_remark(value: str) -> bool:
    """Whether the only value in a row is a note below the table and not an entry of it."""
    return len(value) > _LONGEST_VALUE_OF_ONE or value.endswith(".") or ": " in value

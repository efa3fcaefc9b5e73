"""Tables as text: a row is a citable unit, "Country: Ethiopia; Year: 2019".

The same for spreadsheets and for CSV: cells come as text, and blocks go out, one for each row, each
with its own place to cite.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rag.errors import LimitExceeded
from rag.readers.blocks import Block, PageStart, assemble, clean, hidden_parts
from rag.readers.column_names import (
    MOST_HEADING_ROWS,
    YEAR,
    are_names,
    is_number,
    joined_names,
    most,
)
from rag.readers.metadata.fields import date_or_year
from rag.schema import Metadata, Reading

Merged = tuple[int, int, int, int]
"""Cells that are one: first row, first column, last row, last column, all inclusive."""

MOST_ROWS = 100_000
"""More rows with text make no document: each becomes a place to cite, and a passage or so."""

# The names of columns, repeated in each row, could make gigabytes of a small file.
_MOST_CHARACTERS = 200_000_000

# A header stands among the first rows that are not blank.
_HEADER_WITHIN = 20

# So many of the columns that are in use must have a name.
_MOST_NAMED = 0.6

_LONGEST_VALUE_OF_ONE = 80
_LONGEST_DATE = 40


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its ``rows`` with their numbers, as a spreadsheet shows them, and texts of cells.

    ``name`` is None for a file that is one table, as CSV is.
    """

    name: str | None
    rows: Sequence[tuple[int, Sequence[str]]]
    is_hidden: bool = False


def read_sheets(
    sheets: Sequence[Sheet],
    file: str,
    metadata: Metadata | None = None,
    *,
    warnings: tuple[str, ...] = (),
) -> Reading:
    """A reading with one block for each row that is not blank; ``file`` is named in messages.

    The row that names the columns is not a block of its own, unless it is all there is. Rows above
    it, such as a title, are blocks. A warning names hidden sheets, which are read as well, and
    follows ``warnings``.

    Raises:
        LimitExceeded: there are more rows than :data:`MOST_ROWS`, or their text is too long.
    """
    hidden = [sheet.name or "" for sheet in sheets if sheet.is_hidden and sheet.rows]
    return assemble(
        _blocks(sheets, file),
        metadata=metadata,
        warnings=(*warnings, *hidden_parts("the sheet", hidden, "in the file")),
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
        texts: list[_Text] = []
        for each in _texts(_without_blanks(sheet.rows)):
            texts.append(each)
            characters += len(each.text)
            if len(blocks) + len(texts) > MOST_ROWS or characters > _MOST_CHARACTERS:
                raise LimitExceeded(
                    f"{file}: more than {MOST_ROWS:,} rows, or {_MOST_CHARACTERS:,} characters: "
                    "split the table into several files"
                )
        starts = [
            (PageStart("row", _label(sheet.name, each.number), date=each.date),) for each in texts
        ]
        if sheet.name is not None and texts:  # the name stands on the place of its first row
            blocks.append(Block(sheet.name, 1, starts=starts[0]))
            blocks.append(Block(texts.pop(0).text))
            starts = starts[1:]
        blocks += [
            Block(each.text, starts=start) for start, each in zip(starts, texts, strict=True)
        ]
    return blocks


def _label(sheet: str | None, number: int) -> str:
    return f"row {number}" if sheet is None else f"{clean(sheet)}, row {number}"


_Row = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class _Text:
    """The text of a row, its number, and when it was, if a column of dates says so."""

    number: int
    text: str
    date: str | None = None


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


def _texts(rows: list[_Row]) -> Iterator[_Text]:
    """The texts of the rows; after blank rows another table may begin."""
    names: list[str] = []
    widest = max((_filled(cells) for _, cells in rows), default=0)
    for part in _parts(rows):
        width = max(_filled(cells) for _, cells in part)
        found = _header(part, width if names else widest, strict=bool(names))
        if found is not None:
            at, deep, names = found
            for number, cells in part[:at]:
                yield _Text(number, _plain(cells))
            if at + deep == len(part):  # a header over nothing
                for number, cells in part[at:]:
                    yield _Text(number, _plain(cells))
                names = []
            part = part[at + deep :]
        elif width < _MOST_NAMED * _filled(names) or max(len(c) for _, c in part) > len(names):
            names = []
        dated = _dated([cells for _, cells in part])
        for number, cells in part:
            date = next(filter(None, (_date(cells[at]) for at in dated if at < len(cells))), None)
            yield _Text(number, _named(names, cells) if names else _plain(cells), date)


def _dated(rows: list[list[str]]) -> list[int]:
    """The columns most of whose values are dates or years."""
    width = max(map(len, rows), default=0)
    return [column for column in range(width) if most(_date, rows, column)]


def _date(value: str) -> str | None:
    """The date that a cell holds and nothing else, or its year."""
    if len(value) > _LONGEST_DATE or (value.isdecimal() and not YEAR.match(value)):
        return None
    return date_or_year(value)


def _parts(rows: list[_Row]) -> Iterator[list[_Row]]:
    """Runs of rows with no blank row between them; a title, or a header alone, is no run."""
    part: list[_Row] = []
    wide, has_value = 0, False
    for row in rows:
        if part and row[0] > part[-1][0] + 1 and (wide > 1 or has_value):
            yield part
            part, wide, has_value = [], 0, False
        part.append(row)
        if _filled(row[1]) > 1:
            wide += 1
            has_value = has_value or any(map(_is_value, row[1]))
    if part:
        yield part


def _is_value(cell: str) -> bool:
    return is_number(cell) and not YEAR.match(cell)


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
        joined = joined_names([cells for _, cells in rows[at : at + MOST_HEADING_ROWS]])
        deep, cells = joined or (1, first)
        if _filled(cells) < max(2, _MOST_NAMED * width):
            continue
        below = [row for _, row in rows[at + deep :]]
        numeric = [at for at, name in enumerate(cells) if name and most(is_number, below, at)]
        fits = are_names(cells, below) and (numeric or not strict)
        return (at, deep, cells) if fits else None
    return None


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

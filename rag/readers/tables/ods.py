"""OpenDocument spreadsheets (ODS), with their values as they were shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml import etree

from rag.errors import LimitExceeded
from rag.readers.containers import open_container
from rag.readers.limits import Limits
from rag.readers.office.odf_xml import (
    OFFICE,
    TABLE,
    StyleBook,
    body_of,
    cell_text,
    properties_of,
)
from rag.readers.tables.rows import MOST_ROWS, Merged, Sheet, read_sheets, with_merged
from rag.schema import Reading

# No program has more columns; cells and rows that claim to be repeated without end are an attack.
_MOST_COLUMNS = 16_384
_MOST_CELLS = 20_000_000


def read_ods(content: bytes, name: str, limits: Limits) -> Reading:
    """Read an OpenDocument spreadsheet; hidden sheets, too, and a warning names them.

    Raises:
        DamagedFile: damaged, truncated or encrypted.
        LimitExceeded: too many rows, or it would expand beyond ``limits``.
    """
    with open_container(content, name, limits) as container:
        styles = StyleBook(container)
        sheets: list[Sheet] = []
        for table in body_of(container, "spreadsheet").findall(f"{TABLE}table"):
            style = table.get(f"{TABLE}style-name")
            is_hidden = styles.property_of(style, "table", f"{TABLE}display") == "false"
            title = table.get(f"{TABLE}name") or "Sheet"
            sheets.append(Sheet(title, _rows(table, styles, name), is_hidden))
        metadata = properties_of(container)
    return read_sheets(sheets, name, metadata)


def _rows(table: etree._Element, styles: StyleBook, name: str) -> list[tuple[int, Sequence[str]]]:
    merged: list[Merged] = []
    rows = list(_filled_rows(table, styles, name, merged))
    return with_merged(rows, merged)


def _filled_rows(
    table: etree._Element, styles: StyleBook, name: str, merged: list[Merged]
) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each row that is not blank; ``merged`` gets the merged cells."""
    number = 0
    filled = size = 0
    for row in table.iter(f"{TABLE}table-row"):
        times = _repeated(row, "rows")
        cells = _cells(row, styles, name)
        if any(cells):
            merged += _merged(row, number + 1)
            filled += times
            size += times * len(cells)
            if filled > MOST_ROWS or size > _MOST_CELLS:
                raise LimitExceeded(
                    f"{name}: more than {MOST_ROWS:,} rows or {_MOST_CELLS:,} cells: split the "
                    "table into several files"
                )
            for at in range(times):
                yield number + at + 1, cells
        number += times


def _cells(row: etree._Element, styles: StyleBook, name: str) -> list[str]:
    cells: list[str] = []
    blank = 0
    for cell in row:
        if cell.tag not in (f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
            continue
        times = _repeated(cell, "columns")
        # What a merged cell covers keeps its value, but is not shown.
        text = _value(cell, styles) if cell.tag == f"{TABLE}table-cell" else ""
        if not text:
            blank += times  # rows end in thousands of these
            continue
        if len(cells) + blank + times > _MOST_COLUMNS:
            raise LimitExceeded(f"{name}: more than {_MOST_COLUMNS:,} columns: split the table")
        cells += [""] * blank + [text] * times
        blank = 0
    return cells


def _merged(row: etree._Element, number: int) -> Iterator[Merged]:
    column = 0
    for cell in row.iterchildren(f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
        down, right = _times(cell, "number-rows-spanned"), _times(cell, "number-columns-spanned")
        if down > 1 or right > 1:
            yield number, column, number + down - 1, min(column + right, _MOST_COLUMNS) - 1
        column += _repeated(cell, "columns")


def _repeated(element: etree._Element, what: str) -> int:
    return _times(element, f"number-{what}-repeated")


def _times(element: etree._Element, attribute: str) -> int:
    times = element.get(f"{TABLE}{attribute}", "1")
    return int(times) if times.isdecimal() and 0 < len(times) < 10 else 1


def _value(cell: etree._Element, styles: StyleBook) -> str:
    kinds = ("string-value", "date-value", "time-value", "boolean-value", "value")
    kept = (cell.get(f"{OFFICE}{kind}") for kind in kinds)
    return cell_text(cell, styles) or next((value for value in kept if value), "")

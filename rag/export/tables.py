"""Rows as a table for a spreadsheet program: CSV or XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Literal

from rag.errors import QueryError
from rag.language.words import well_formed

Row = Sequence[str | int | float | None]
TableFormat = Literal["csv", "xlsx"]
TABLE_TYPES: Final[dict[TableFormat, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_WIDEST: Final = 60
_LONGEST_CELL: Final = 32_767  # characters that Excel takes
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def table_format_of(path: Path) -> TableFormat:
    """The format that a file's name asks for.

    Raises:
        QueryError: it is neither.
    """
    match path.suffix.lower():
        case ".csv":
            return "csv"
        case ".xlsx":
            return "xlsx"
    raise QueryError(f"{path}: name a file that ends with .csv or .xlsx")


def write_table(columns: Sequence[str], rows: Iterable[Row], *, format_: TableFormat) -> bytes:
    """The table as a file.

    No cell is a formula, whatever it begins with: text out of a document must not be calculated.
    In a cell that begins with ``https://`` or ``http://`` the address is a link.
    """
    return _xlsx(columns, rows) if format_ == "xlsx" else _csv(columns, rows)


def _csv(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """With a byte order mark, without which Excel takes the letters for those of another code."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: str | float | None) -> str | float:
    """An apostrophe keeps a spreadsheet program from reading the text as a formula."""
    if not isinstance(cell, str):
        return "" if cell is None else cell
    text = well_formed(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _xlsx(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    import xlsxwriter

    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    sheet = book.add_worksheet()
    top = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.write_row(0, 0, columns, book.add_format({"bold": True}))
    sheet.freeze_panes(1, 0)
    widths = [len(each) for each in columns]
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if cell is None:
                continue
            if not isinstance(cell, str):
                sheet.write_number(number, column, cell, top)
                continue
            if cell.startswith(("http://", "https://")) and len(cell) < 2_000:
                sheet.write_url(number, column, cell)
            else:
                sheet.write_string(number, column, cell[:_LONGEST_CELL], top)
            widths[column] = max(widths[column], min(len(cell), _WIDEST))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width + 2)
    book.close()
    return content.getvalue()

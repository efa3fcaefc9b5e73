"""Excel workbooks of before 2007 (XLS), with xlrd: a row is a place to cite.

Not with calamine, which reads them, too: a single wrong bit can make it ask for more memory than
there is, and that ends the whole process.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag.readers.blocks import assemble, hidden_parts
from rag.readers.containers import encrypted
from rag.readers.limits import Limits
from rag.readers.signatures import kind_of
from rag.readers.tables.rows import Sheet, blocks_of_sheets
from rag.readers.tables.xlsx import damaged_workbook, read_excel, shown
from rag.schema import Reading

if TYPE_CHECKING:
    from xlrd import Book
    from xlrd.sheet import Cell
    from xlrd.sheet import Sheet as OldSheet

__all__ = ["read_xls"]


def read_xls(content: bytes, name: str, limits: Limits) -> Reading:
    """Read an old workbook, or a new one under an old name, which is frequent.

    Raises:
        DamagedFile: damaged, truncated or encrypted.
        LimitExceeded: there are more rows than a document may have.
    """
    import xlrd

    if kind_of(content) == ".xlsx":
        return read_excel(content, name, limits)
    try:
        with xlrd.open_workbook(
            file_contents=content, logfile=io.StringIO(), ragged_rows=True
        ) as book:
            sheets = [Sheet(sheet.name, list(_rows(book, sheet))) for sheet in book.sheets()]
            filled = zip(sheets, book.sheets(), strict=True)
            hidden = [old.name for sheet, old in filled if sheet.rows and old.visibility]
    except MemoryError:
        raise
    except Exception as error:  # xlrd takes much on trust, and fails in many ways
        if "encrypted" in str(error):
            raise encrypted(name) from None
        raise damaged_workbook(name) from error
    return assemble(
        blocks_of_sheets(sheets, name),
        warnings=hidden_parts("the sheet", hidden, "in the file"),
        spoken=False,
    )


def _rows(book: Book, sheet: OldSheet) -> Iterator[tuple[int, list[str]]]:
    for number in range(sheet.nrows):
        cells = [_text(book, cell) for cell in sheet.row(number)]
        if any(cells):
            yield number + 1, cells


def _text(book: Book, cell: Cell) -> str:
    from xlrd import XL_CELL_BOOLEAN, XL_CELL_DATE, XL_CELL_ERROR, XLDateError, xldate

    if cell.ctype == XL_CELL_ERROR:
        return ""
    if cell.ctype == XL_CELL_BOOLEAN:
        return shown(bool(cell.value))
    if cell.ctype == XL_CELL_DATE:
        try:
            moment = xldate.xldate_as_datetime(cell.value, book.datemode)
        except (XLDateError, OverflowError, ValueError):
            return shown(cell.value)
        return shown(moment.time() if 0 <= cell.value < 1 else moment)
    return shown(cell.value)

"""Excel workbooks: of today (XLSX) with calamine, and of before 2007 (XLS) with xlrd.

Values are those that the file keeps, also of formulas. Excel's number formats are not applied: 45 %
is the number 0.45.

calamine reads XLS, too, but a single wrong bit there can make it ask for more memory than there is,
and that ends the whole process.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from rag.errors import DamagedFile, LimitExceeded
from rag.readers.containers import Container, encrypted, open_container
from rag.readers.limits import Limits
from rag.readers.office.ooxml import Package
from rag.readers.signatures import kind_of
from rag.readers.tables.rows import Sheet, read_sheets, with_merged
from rag.schema import Reading

if TYPE_CHECKING:
    from python_calamine import CalamineSheet
    from xlrd import Book
    from xlrd.sheet import Cell

# The cells of a sheet lie in memory as a rectangle, however few of them are filled.
_MOST_CELLS = 20_000_000
_FILLED_CELL = re.compile(
    rb'<(?:\w+:)?c\b(?>[^<>]*?\br="([A-Z]{1,3})(\d{1,7})")[^<>]*+(?<!/)>\s*+'
    rb"<(?:\w+:)?(?:v|is|f)\b"
)

# A formula in a cell without its result, as a program leaves it that only writes files.
_WITHOUT_RESULT = re.compile(
    rb"<(?:\w+:)?f\b(?:[^<>]*+/>|[^<>]*+>[^<]*+</(?:\w+:)?f>)\s*+"
    rb"(?:<(?:\w+:)?v\s*+/>|<(?:\w+:)?v>\s*+</(?:\w+:)?v>)?\s*+</(?:\w+:)?c>"
)


def read_xlsx(content: bytes, name: str, limits: Limits) -> Reading:
    """Read an Excel workbook; hidden sheets, too, and a warning names them.

    Another tells of formulas whose results are not in the file.

    Raises:
        DamagedFile: damaged, truncated or encrypted.
        LimitExceeded: too many rows, or it would expand beyond ``limits``.
    """
    from python_calamine import CalamineError, PasswordError

    with open_container(content, name, limits) as container:
        warnings = _check_worksheets(container)
        metadata = Package(container).properties()
    try:
        sheets = list(_sheets(content))
    except PasswordError as error:
        raise encrypted(name) from error
    except BaseException as error:
        # A failed assertion in Rust arrives as an exception that is no Exception.
        known = isinstance(error, CalamineError | OSError | ValueError)
        if not known and type(error).__name__ != "PanicException":
            raise
        raise _damaged(name) from error
    return read_sheets(sheets, name, metadata, warnings=warnings)


def read_xls(content: bytes, name: str, limits: Limits) -> Reading:
    """Read an old workbook, or a new one under an old name, which is frequent.

    Raises:
        DamagedFile: damaged, truncated or encrypted.
        LimitExceeded: there are more rows than a document may have.
    """
    import xlrd

    if kind_of(content) == ".xlsx":
        return read_xlsx(content, name, limits)
    try:
        with xlrd.open_workbook(
            file_contents=content, logfile=io.StringIO(), ragged_rows=True, formatting_info=True
        ) as book:
            sheets = [
                Sheet(
                    sheet.name,
                    with_merged(
                        _numbered(
                            [_old_text(book, cell) for cell in row] for row in sheet.get_rows()
                        ),
                        [
                            (top + 1, left, bottom, right - 1)
                            for top, bottom, left, right in sheet.merged_cells
                        ],
                    ),
                    is_hidden=bool(sheet.visibility),
                )
                for sheet in book.sheets()
            ]
    except MemoryError:
        raise
    except Exception as error:  # xlrd takes much on trust, and fails in many ways
        if "encrypted" in str(error):
            raise encrypted(name) from None
        raise _damaged(name) from error
    return read_sheets(sheets, name)


def _damaged(name: str) -> DamagedFile:
    return DamagedFile(
        f"{name}: the workbook is damaged and cannot be read; save it anew or download it again"
    )


def _numbered(rows: Iterable[list[str]], first: int = 1) -> list[tuple[int, list[str]]]:
    """The rows that are not blank, with their numbers from ``first``."""
    return [(number, cells) for number, cells in enumerate(rows, start=first) if any(cells)]


def _check_worksheets(container: Container) -> tuple[str, ...]:
    """Warnings about cells that are empty because nothing has computed them.

    Raises:
        LimitExceeded: a cell is so far out that a few bytes would take gigabytes of memory.
    """
    missing = 0
    for path in container.paths:
        if "worksheets/" not in path.lower() or not path.lower().endswith(".xml"):
            continue
        content = container.read(path)
        row = column = 0
        for match in _FILLED_CELL.finditer(content):
            column, row = max(column, _column(match[1])), max(row, int(match[2]))
        if row * column > _MOST_CELLS:
            raise LimitExceeded(
                f"{container.name}: a sheet reaches as far as row {row:,}, column {column:,}: "
                "delete the cells beside the table, or split it"
            )
        missing += sum(1 for _ in _WITHOUT_RESULT.finditer(content))
    if not missing:
        return ()
    which = "a cell has a formula" if missing == 1 else f"{missing:,} cells have formulas"
    whose = "whose result is" if missing == 1 else "whose results are"
    return (
        f"{which} {whose} not in the file; open it in its program, save it and ingest it again",
    )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _sheets(content: bytes) -> Iterator[Sheet]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    with CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook:
        for each in workbook.sheets_metadata:
            if each.typ == SheetTypeEnum.WorkSheet:
                rows = _rows(workbook.get_sheet_by_name(each.name))
                yield Sheet(each.name, rows, each.visible != SheetVisibleEnum.Visible)


def _rows(sheet: CalamineSheet) -> list[tuple[int, Sequence[str]]]:
    if sheet.start is None:
        return []
    above, before = sheet.start
    values = sheet.to_python(skip_empty_area=True)
    rows = _numbered(([_shown(value) for value in row] for row in values), above + 1)
    merged = [
        (first[0] + 1, first[1] - before, last[0] + 1, last[1] - before)
        for first, last in sheet.merged_cell_ranges or ()
        if first[1] >= before
    ]
    return with_merged(rows, merged)


def _old_text(book: Book, cell: Cell) -> str:
    from xlrd import XL_CELL_BOOLEAN, XL_CELL_DATE, XL_CELL_ERROR, XLDateError, xldate

    if cell.ctype == XL_CELL_ERROR:
        return ""
    if cell.ctype == XL_CELL_BOOLEAN:
        return _shown(bool(cell.value))
    if cell.ctype == XL_CELL_DATE:
        try:
            moment = xldate.xldate_as_datetime(cell.value, book.datemode)
        except (XLDateError, OverflowError, ValueError):
            return _shown(cell.value)
        return _shown(moment.time() if 0 <= cell.value < 1 else moment)
    return _shown(cell.value)


def _shown(value: object) -> str:
    """A value of a cell as people write it; numbers with the 15 digits that Excel has."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, datetime):
        if value.time() == time():
            return value.date().isoformat()
        return value.replace(microsecond=0).isoformat(sep=" ").removesuffix(":00")
    if isinstance(value, time):
        return value.replace(microsecond=0).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return str(value)

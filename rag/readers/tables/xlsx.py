"""Excel workbooks, with calamine: a row is a place to cite.

Values are those that the file keeps, also of formulas. Excel's number formats are not applied: 45 %
is the number 0.45.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from rag.errors import DamagedFile, LimitExceeded
from rag.readers.blocks import assemble, hidden_parts
from rag.readers.containers import Container, encrypted, open_container
from rag.readers.limits import Limits
from rag.readers.office.ooxml import Package
from rag.readers.tables.rows import Sheet, blocks_of_sheets
from rag.schema import Reading

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

__all__ = ["damaged_workbook", "read_excel", "shown"]

# The cells of a sheet lie in memory as a rectangle, however few of them are filled.
_MOST_CELLS = 20_000_000
_FILLED_CELL = re.compile(
    rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*(?<!/)>\s*<(?:\w+:)?(?:v|is|f)\b'
)


def read_excel(content: bytes, name: str, limits: Limits) -> Reading:
    """Read an Excel workbook; hidden sheets, too, and a warning names them.

    Raises:
        DamagedFile: damaged, truncated or encrypted.
        LimitExceeded: too many rows, or it would expand beyond ``limits``.
    """
    with open_container(content, name, limits) as container:
        _check_extent(container)
        metadata = Package(container).properties()
    sheets, hidden = _guarded(lambda: _sheets(content), name)
    blocks = blocks_of_sheets(sheets, name)
    return assemble(
        blocks,
        metadata=metadata,
        warnings=hidden_parts("the sheet", hidden, "in the file"),
        spoken=False,
    )


def _guarded(
    read: Callable[[], tuple[list[Sheet], list[str]]], name: str
) -> tuple[list[Sheet], list[str]]:
    from python_calamine import CalamineError, PasswordError

    try:
        return read()
    except PasswordError as error:
        raise encrypted(name) from error
    except BaseException as error:
        # A failed assertion in Rust arrives as an exception that is no Exception.
        known = isinstance(error, CalamineError | OSError | ValueError)
        if not known and type(error).__name__ != "PanicException":
            raise
        raise damaged_workbook(name) from error


def damaged_workbook(name: str) -> DamagedFile:
    """The error for a workbook that its library cannot read."""
    return DamagedFile(
        f"{name}: the workbook is damaged and cannot be read; save it anew or download it again"
    )


def _check_extent(container: Container) -> None:
    """A cell far out makes a few bytes take gigabytes of memory."""
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


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _sheets(content: bytes) -> tuple[list[Sheet], list[str]]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    with CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook:
        about = [each for each in workbook.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
        sheets = [
            Sheet(each.name, list(_rows(workbook.get_sheet_by_name(each.name)))) for each in about
        ]
    filled = {sheet.name for sheet in sheets if sheet.rows}
    hidden = [
        each.name
        for each in about
        if each.visible != SheetVisibleEnum.Visible and each.name in filled
    ]
    return sheets, hidden


def _rows(sheet: CalamineSheet) -> Iterator[tuple[int, list[str]]]:
    if sheet.start is None:
        return
    first_row, _ = sheet.start
    for at, row in enumerate(sheet.to_python(skip_empty_area=True), start=1):
        cells = [shown(value) for value in row]
        if any(cells):
            yield first_row + at, cells


def shown(value: object) -> str:
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

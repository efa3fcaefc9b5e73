"""Excel workbooks: headers of several rows, and formulas that nothing has computed."""

from __future__ import annotations

import io
from collections.abc import Sequence

import openpyxl
from office_support import pages_of, reading_of


def workbook(rows: Sequence[Sequence[object]]) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_a_header_of_three_rows_names_each_column() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    rows: list[list[str | int | None]] = [
        ["Patients by ward, year and age"],
        ["Ward", "2021", None, None, None, "2022"],
        [None, "Adults", None, "Children", None, "Adults", None, "Children"],
        [None, "Ill", "Well", "Ill", "Well", "Ill", "Well", "Ill", "Well"],
        ["East", 11, 12, 13, 14, 15, 16, 17, 18],
        ["West", 21, 22, 23, 24, 25, 26, 27, 28],
    ]
    for row in rows:
        sheet.append(row)
    for cells in ("A1:I1", "A2:A4", "B2:E2", "F2:I2", "B3:C3", "D3:E3", "F3:G3", "H3:I3"):
        sheet.merge_cells(cells)
    target = io.BytesIO()
    book.save(target)
    texts = [
        text.split("\n\n")[-1] for _, text in pages_of(reading_of(target.getvalue(), "a.xlsx"))
    ]
    assert texts[0] == "Patients by ward, year and age"
    assert texts[1].startswith("Ward: East; 2021, Adults, Ill: 11; 2021, Adults, Well: 12; ")
    assert texts[2].endswith("2022, Children, Ill: 27; 2022, Children, Well: 28")


def test_formulas_that_nothing_has_computed_are_told() -> None:
    rows: list[list[object]] = [["Ward", "Beds"], ["East", 4], ["West", 5], ["All", "=SUM(B2:B3)"]]
    (warning,) = reading_of(workbook(rows), "a.xlsx").warnings
    assert warning.startswith("a cell has a formula whose result is not in the file; open it")
    assert not reading_of(workbook(rows[:3]), "a.xlsx").warnings

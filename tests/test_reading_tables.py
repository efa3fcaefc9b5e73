"""Spreadsheets and CSV: every row is a place to cite, and says what its values are."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import openpyxl
import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st
from office_support import headings_of, open_document, pages_of, reading_of, zipped

from rag.errors import DamagedFile, LimitExceeded
from rag.readers.blocks import clean
from rag.readers.limits import Limits
from rag.readers.tables.rows import MOST_ROWS
from rag.schema import Metadata


def workbook(sheets: dict[str, Sequence[Sequence[object]]], *, hidden: Sequence[str] = ()) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        if name in hidden:
            sheet.sheet_state = "hidden"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_a_workbook() -> None:
    found = reading_of(
        workbook(
            {
                "Deaths": [
                    ["Deaths in custody, 2010–2019"],
                    [],
                    [None, "Country", "Year", "Share", "Found", "Note"],
                    [None, "Ethiopia", 2019, 0.1 + 0.2, date(2019, 3, 13), "He died. It rained."],
                    [None, "Iraq", 2018, None, datetime(2018, 1, 2, 3, 4), " two\nlines "],
                    [],
                    [None, "Source: the ministry"],
                ],
                "Empty": [],
                "Hidden one": [["A", "B"], [time(3, 4), timedelta(hours=30)], [True, 12345678901]],
            },
            hidden=["Hidden one"],
        ),
        "a.xlsx",
    )
    assert pages_of(found) == [
        ("Deaths, row 1", "Deaths\n\nDeaths in custody, 2010–2019"),
        (
            "Deaths, row 4",
            "Country: Ethiopia; Year: 2019; Share: 0.3; Found: 2019-03-13; "
            "Note: He died. It rained.",
        ),
        ("Deaths, row 5", "Country: Iraq; Year: 2018; Found: 2018-01-02 03:04; Note: two lines"),
        ("Deaths, row 7", "Source: the ministry"),
        ("Hidden one, row 2", "Hidden one\n\nA: 03:04:00; B: 30:00:00"),
        ("Hidden one, row 3", "A: TRUE; B: 12345678901"),
    ]
    assert headings_of(found) == [(1, "Deaths"), (1, "Hidden one")]
    assert {page.kind for page in found.pages} == {"row"}
    assert "Hidden one is hidden" in found.warnings[0]
    assert found.turns == ()


def test_an_old_workbook() -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Deaths")
    for column, name in enumerate(("Country", "Killed", "When", "At", "Known")):
        sheet.write(0, column, name)
    day, hour = (xlwt.easyxf(num_format_str=form) for form in ("YYYY-MM-DD", "hh:mm:ss"))
    sheet.write(3, 0, "Côte d’Ivoire")
    sheet.write(3, 1, 12)
    sheet.write(3, 2, date(2019, 3, 13), day)
    sheet.write(3, 3, time(3, 4), hour)
    sheet.write(3, 4, True)
    book.add_sheet("Hidden one").write(0, 0, "x")
    book.get_sheet(1).visibility = 1
    target = io.BytesIO()
    book.save(target)
    found = reading_of(target.getvalue(), "a.xls")
    assert pages_of(found) == [
        (
            "Deaths, row 4",
            "Deaths\n\nCountry: Côte d’Ivoire; Killed: 12; When: 2019-03-13; At: 03:04:00; "
            "Known: TRUE",
        ),
        ("Hidden one, row 1", "Hidden one\n\nx"),
    ]
    assert "Hidden one is hidden" in found.warnings[0]


def csv_pages(text: str, *, name: str = "a.csv") -> list[tuple[str | None, str]]:
    return pages_of(reading_of(text.encode(), name))


def test_names_in_capitals_do_not_speak() -> None:
    found = reading_of(b"MR KOZAK,QUESTION\nyes,no\nno,yes\n", "a.csv")
    assert found.turns == ()
    assert found.text.startswith("MR KOZAK: yes; QUESTION: no")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Country,Killed\nIraq,12\n", "Country: Iraq; Killed: 12"),
        ("Country;Killed\nIraq, north;1,5\n", "Country: Iraq, north; Killed: 1,5"),
        ("Country\tKilled\nIraq, north\t12\n", "Country: Iraq, north; Killed: 12"),
        ("Country|Killed\nIraq|12\n", "Country: Iraq; Killed: 12"),
        ("sep=;\nCountry;Killed\nIraq;12\n", "Country: Iraq; Killed: 12"),
        ("\ufeffCountry,Killed\r\nIraq,12\r\n", "Country: Iraq; Killed: 12"),
        ('Country,Note\nIraq,"One, ""two"".\nThree."\n', 'Country: Iraq; Note: One, "two". Three.'),
        ("Country:,2018,2019\nIraq,12,13\n", "Country: Iraq; 2018: 12; 2019: 13"),
        ("Iraq,2018,12\nIran,2019,13\nOman,2019,14\n", "Iraq | 2018 | 12"),
        (",A,B\nIraq,,12\n", "Iraq; B: 12"),
        ("A sentence, with commas.\nAnother, also.\n", "A sentence | with commas."),
        ("Only one column\nof text\n", "Only one column"),
        ("Country,Killed\n", "Country | Killed"),
        ("Country,Killed\n\nIraq,12\n", "Country: Iraq; Killed: 12"),
        ("Country,2018,2019\n\nIraq,12,13\n", "Country: Iraq; 2018: 12; 2019: 13"),
        ("Source:,OHCHR\n\nA,B,C,D\n1,2,3,4\n", "Source: | OHCHR"),
    ],
)
def test_delimiters_and_headers(text: str, first: str) -> None:
    assert csv_pages(text)[0][1] == first


def test_rows_have_the_numbers_that_a_spreadsheet_shows() -> None:
    assert csv_pages('A,B\n1,"x\ny"\n\n2,z\n') == [
        ("row 2", "A: 1; B: x y"),
        ("row 4", "A: 2; B: z"),
    ]
    assert csv_pages("sep=,\nA,B\n1,x\n")[0][0] == "row 3"


def test_a_second_table_has_its_own_names() -> None:
    assert [
        text
        for _, text in csv_pages(
            "Country,Killed,Wounded\nIraq,1,2\n\nIran,3,4\n\nCity,Men,Women\nBasra,5,6\n\nSee,note\n"
        )
    ] == [
        "Country: Iraq; Killed: 1; Wounded: 2",
        "Country: Iran; Killed: 3; Wounded: 4",
        "City: Basra; Men: 5; Women: 6",
        "City: See; Men: note",
    ]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "Name,Ort\nÇelik,Ankara"),
        ("utf-8-sig", "Name,Ort\nÇelik,Ankara"),
        ("utf-16", "Name,Ort\nÇelik,Ankara"),
        ("utf-16-le", "Name,Place\nCelik,Ankara in Turkey"),
        ("utf-32", "Name,Ort\nÇelik,Ankara"),
        ("windows-1252", "Name,Ort\nMüller,Köln"),
        ("windows-1251", "Имя,Город\n" + "Иванов Пётр Сергеевич,Москва\n" * 5),
    ],
)
def test_encodings(encoding: str, text: str) -> None:
    found = reading_of(text.encode(encoding), "a.csv")
    names, values = (line.split(",") for line in text.splitlines()[:2])
    assert found.text.split("\n\n")[0] == "; ".join(
        f"{name}: {value}" for name, value in zip(names, values, strict=True)
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('A,B\n1,"x\n2,y\n', "does not end; check the quotes"),
        ('A,B\n1,"x" y\n', "line 2"),
        ('A,B\n1,"' + "x" * 200_000 + '"\n', "131,072 characters"),
    ],
)
def test_quotes_that_do_not_fit_are_named(text: str, says: str) -> None:
    with pytest.raises(DamagedFile, match=says):
        csv_pages(text)


def test_tabs_are_the_delimiter_of_tsv() -> None:
    assert csv_pages("A, B\tC\n1\t2\n", name="a.tsv") == [("row 2", "A, B: 1; C: 2")]


# Rows of different lengths with other delimiters in their cells can be read in more than one way.
CELLS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=";|"), max_size=12
)


@settings(deadline=None)
@given(st.lists(st.lists(CELLS, max_size=4), min_size=1, max_size=12))
def test_no_value_is_lost(rows: list[list[str]]) -> None:
    rows = [["Country", "Year", "Place"], *(["Iraq", *cells] for cells in rows)]
    target = io.StringIO()
    csv.writer(target).writerows(rows)
    found = reading_of(target.getvalue().encode(), "a.csv")
    for row, cells in enumerate(rows[1:], start=2):
        texts = [clean(cell) for cell in cells]
        page = next((text for label, text in pages_of(found) if label == f"row {row}"), "")
        assert all(text in page for text in texts)


def test_an_open_document_spreadsheet_as_it_was_shown() -> None:
    def cell(text: str, attributes: str = "") -> str:
        return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"

    found = reading_of(
        open_document(
            "spreadsheet",
            '<table:table table:name="Deaths"><table:table-header-rows><table:table-row>'
            + cell("Country")
            + cell("Share")
            + cell("Ever")
            + "</table:table-row></table:table-header-rows>"
            '<table:table-row table:number-rows-repeated="2"><table:table-cell '
            'table:number-columns-repeated="3"/></table:table-row><table:table-row>'
            + cell("Iraq")
            + cell("45 %", 'office:value="0.45"')
            + '<table:table-cell office:value="7"/>'
            '<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'
            '<table:table-row table:number-rows-repeated="2">'
            + cell("Iran")
            + "<table:covered-table-cell><text:p>no</text:p></table:covered-table-cell>"
            + "</table:table-row>"
            '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/>'
            "</table:table-row></table:table>",
            meta="<dc:title>Figures of the ministry</dc:title>",
        ),
        "a.ods",
    )
    assert pages_of(found) == [
        ("Deaths, row 4", "Deaths\n\nCountry: Iraq; Share: 45 %; Ever: 7"),
        ("Deaths, row 5", "Country: Iran"),
        ("Deaths, row 6", "Country: Iran"),
    ]
    assert found.metadata == Metadata(title="Figures of the ministry")


@pytest.mark.parametrize(
    "row",
    [
        '<table:table-row table:number-rows-repeated="999999999"><table:table-cell>'
        "<text:p>x</text:p></table:table-cell></table:table-row>",
        '<table:table-row><table:table-cell table:number-columns-repeated="999999999">'
        "<text:p>x</text:p></table:table-cell></table:table-row>",
    ],
)
def test_cells_repeated_without_end(row: str) -> None:
    content = open_document("spreadsheet", f"<table:table>{row}</table:table>")
    with pytest.raises(LimitExceeded, match="split"):
        reading_of(content, "a.ods")


def test_a_cell_far_out_takes_no_memory() -> None:
    content = workbook({"Sheet": [["a"]]})
    with_far_cell = _with_cell(content, "XFD1048576", "<v>1</v>")
    with pytest.raises(LimitExceeded, match="row 1,048,576, column 16,384"):
        reading_of(with_far_cell, "a.xlsx")
    # Formatted to the last row, as spreadsheets often are, is nothing to refuse.
    assert reading_of(_with_cell(content, "XFD1048576", ""), "a.xlsx").text == "Sheet\n\na"


def _with_cell(content: bytes, place: str, inside: str) -> bytes:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {path: archive.read(path) for path in archive.namelist()}
    row = f'<row r="{place.lstrip("XFD")}"><c r="{place}">{inside}</c></row></sheetData>'
    sheet = "xl/worksheets/sheet1.xml"
    files[sheet] = files[sheet].replace(b"</sheetData>", row.encode())
    return zipped(files)


def test_too_many_rows() -> None:
    content = b"a,b\n" * (MOST_ROWS + 2)
    with pytest.raises(LimitExceeded, match="100,000 rows"):
        reading_of(content, "a.csv", Limits())


@pytest.mark.parametrize("suffix", ["csv", "tsv"])
def test_a_column_of_dates_does_not_date_the_file(suffix: str) -> None:
    between = {"csv": ",", "tsv": "\t"}[suffix]
    rows = ["Date Author Shots", "2012-04-01 Kolm 3", "2017-06-09 Varn 11"]
    text = "\n".join(row.replace(" ", between) for row in rows)
    found = reading_of(text.encode(), f"log.{suffix}")
    assert (found.metadata.date, found.metadata.author) == (None, None)
    assert pages_of(found)[1] == ("row 3", "Date: 2017-06-09; Author: Varn; Shots: 11")


_MERGED: list[list[str | int]] = [
    ["Prisons of the north"],
    ["Region", "Dead", "", "Freed", ""],
    ["", "Men", "Women", "Men", "Women"],
    ["Ost", 1, 2, 3, 4],
    ["Ost, new", "none", "", 7, 8],
    ["", 9, 10, 11, 12],
]
_MERGED_PAGES = [
    "Prisons of the north",
    "Region: Ost; Dead, Men: 1; Dead, Women: 2; Freed, Men: 3; Freed, Women: 4",
    "Region: Ost, new; Dead, Men: none; Dead, Women: none; Freed, Men: 7; Freed, Women: 8",
    "Region: Ost, new; Dead, Men: 9; Dead, Women: 10; Freed, Men: 11; Freed, Women: 12",
]
# First row, first column, last row, last column, from 0.
_MERGED_CELLS = [(0, 0, 0, 4), (1, 0, 2, 0), (1, 1, 1, 2), (1, 3, 1, 4), (4, 0, 5, 0), (4, 1, 4, 2)]


def test_merged_cells_have_their_value_in_each_row_and_column() -> None:
    new = openpyxl.Workbook()
    assert new.active is not None
    old = xlwt.Workbook()
    sheet = old.add_sheet("Sheet")
    for values in _MERGED:
        new.active.append([value if value != "" else None for value in values])
    covered = {
        (row, column)
        for top, left, bottom, right in _MERGED_CELLS
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    }
    for top, left, bottom, right in _MERGED_CELLS:
        new.active.merge_cells(
            start_row=top + 1, start_column=left + 1, end_row=bottom + 1, end_column=right + 1
        )
        sheet.write_merge(top, bottom, left, right, _MERGED[top][left])
    for at, cells in enumerate(_MERGED):
        for column, cell in enumerate(cells):
            if (at, column) not in covered:
                sheet.write(at, column, cell)
    for book, name in ((new, "a.xlsx"), (old, "a.xls")):
        target = io.BytesIO()
        book.save(target)
        texts = [
            text.split("\n\n")[-1] for _, text in pages_of(reading_of(target.getvalue(), name))
        ]
        assert texts == _MERGED_PAGES, name


def test_merged_cells_of_an_open_document() -> None:
    def cells(row: int) -> str:
        spans = {
            (top, left): (bottom - top + 1, right - left + 1)
            for top, left, bottom, right in _MERGED_CELLS
        }
        inside = {
            (down, right)
            for top, left, bottom, last in _MERGED_CELLS
            for down in range(top, bottom + 1)
            for right in range(left, last + 1)
        } - set(spans)
        made = ""
        for column, value in enumerate(_MERGED[row]):
            if (row, column) in inside:
                made += "<table:covered-table-cell/>"
                continue
            down, wide = spans.get((row, column), (1, 1))
            made += (
                f'<table:table-cell table:number-rows-spanned="{down}" '
                f'table:number-columns-spanned="{wide}"><text:p>{value}</text:p></table:table-cell>'
            )
        return f"<table:table-row>{made}</table:table-row>"

    rows = "".join(map(cells, range(len(_MERGED))))
    sheet = f'<table:table table:name="T">{rows}</table:table>'
    found = reading_of(open_document("spreadsheet", sheet), "a.ods")
    assert [text.split("\n\n")[-1] for _, text in pages_of(found)] == _MERGED_PAGES


def test_a_header_of_two_rows_in_text() -> None:
    text = "Region,Dead,,Freed,\n,Men,Women,Men,Women\nOst,1,2,3,4\n"
    assert csv_pages(text) == [
        ("row 3", "Region: Ost; Dead, Men: 1; Dead, Women: 2; Freed, Men: 3; Freed, Women: 4")
    ]
    # A row of words below a header whose last column has no name is an entry.
    assert csv_pages("Name,Role,\nAda,guard,night\nBo,cook,day\n")[0][0] == "row 2"

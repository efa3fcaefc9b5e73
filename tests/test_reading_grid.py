"""A cell of a table in a web page, Word, OpenDocument, RTF, slides or Markdown has its headings."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import docx
import pptx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ingestion_support import SETTINGS
from office_support import open_document, paragraph, reading_of, word
from pptx.util import Inches

from rag.answer import Chatbot
from rag.ingest.pipeline import ingest
from rag.quotes.lookup import check_quotation
from rag.readers.blocks import Block, assemble, table_row
from rag.readers.passages import cut_passages
from rag.schema import Document
from rag.store import Index

# A text, and over how many rows and columns it goes.
Cell = tuple[str, int, int]


def cells(row: str) -> list[Cell]:
    """Cells such as ``Camp:2x1|Deaths:1x2``, which go over two rows, or over two columns."""
    found = []
    for text in row.split("|"):
        match = re.fullmatch(r"(.*):(\d)x(\d)", text)
        found.append((match[1], int(match[2]), int(match[3])) if match else (text, 1, 1))
    return found


def html(rows: Sequence[str], *, head: int) -> bytes:
    lines = []
    for at, row in enumerate(rows):
        tag = "th" if at < head else "td"
        inside = "".join(
            f"<{tag} rowspan={down} colspan={wide}>{text}</{tag}>"
            for text, down, wide in cells(row)
        )
        lines.append(f"<tr>{inside}</tr>")
    return f"<p>Camps (in hundreds)</p><table>{''.join(lines)}</table><p>End.</p>".encode()


def placed(rows: Sequence[str]) -> list[list[Cell | None]]:
    """The cells of each row, with None in each place that another one covers."""
    width = max(sum(wide for _, _, wide in cells(row)) for row in rows)
    covered: set[tuple[int, int]] = set()
    found: list[list[Cell | None]] = []
    for at, row in enumerate(rows):
        own, line = iter(cells(row)), list[Cell | None]()
        for column in range(width):
            if (at, column) in covered:
                line.append(None)
                continue
            cell = next(own, ("", 1, 1))
            _, down, wide = cell
            covered |= {(at + y, column + x) for y in range(down) for x in range(wide)}
            line.append(cell)
        found.append(line)
    return found


def word_file(rows: Sequence[str], *, head: int) -> bytes:
    grid = placed(rows)
    document, content = docx.Document(), io.BytesIO()
    document.add_paragraph("Camps (in hundreds)")
    table = document.add_table(len(rows), len(grid[0]))
    for at, line in enumerate(grid):
        for column, cell in enumerate(line):
            if cell is None:
                continue
            text, down, wide = cell
            place = table.cell(at, column)
            if down > 1 or wide > 1:
                place = place.merge(table.cell(at + down - 1, column + wide - 1))
            place.paragraphs[0].add_run(text).bold = at < head
    document.add_paragraph("End.")
    document.save(content)
    return content.getvalue()


def slides(rows: Sequence[str], *, head: int) -> bytes:
    """Slides mark no more than the first row, and that by default."""
    del head
    grid = placed(rows)
    deck, content = pptx.Presentation(), io.BytesIO()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    slide.shapes.add_textbox(0, 0, 1, 1).text_frame.text = "Camps (in hundreds)"
    size = (0, 0, Inches(4), Inches(3))
    table = slide.shapes.add_table(len(rows), len(grid[0]), *size).table
    for at, line in enumerate(grid):
        for column, cell in enumerate(line):
            if cell is not None:
                text, down, wide = cell
                table.cell(at, column).text = text
                if down > 1 or wide > 1:
                    table.cell(at, column).merge(table.cell(at + down - 1, column + wide - 1))
    slide.shapes.add_textbox(0, 0, 1, 1).text_frame.text = "End."
    deck.save(content)
    return content.getvalue()


def open_text(rows: Sequence[str], *, head: int) -> bytes:
    lines = []
    for line in placed(rows):
        inside = "".join(
            "<table:covered-table-cell/>"
            if cell is None
            else f'<table:table-cell table:number-rows-spanned="{cell[1]}" '
            f'table:number-columns-spanned="{cell[2]}"><text:p>{cell[0]}</text:p>'
            "</table:table-cell>"
            for cell in line
        )
        lines.append(f"<table:table-row>{inside}</table:table-row>")
    above = "".join(lines[:head])
    return open_document(
        "text",
        "<text:p>Camps (in hundreds)</text:p><table:table>"
        f"<table:table-header-rows>{above}</table:table-header-rows>{''.join(lines[head:])}"
        "</table:table><text:p>End.</text:p>",
    )


def rtf(rows: Sequence[str], *, head: int) -> bytes:
    found = []
    grid = placed(rows)
    for at, line in enumerate(grid):
        shape, texts = r"\trowd" + (r"\trhdr" if at < head else ""), ""
        to_come = 0
        for column, cell in enumerate(line):
            if cell is None and to_come:
                to_come -= 1  # the cell to the left is wider
                continue
            text, down, wide = cell or ("", 1, 1)
            to_come = wide - 1
            shape += r"\clvmgf" if down > 1 else r"\clvmrg" if cell is None else ""
            shape += rf"\cellx{1000 * (column + wide)}"
            texts += rf"{text}\cell "
        found.append(rf"{shape}\pard\intbl {texts}\row")
    return (r"{\rtf1 Camps (in hundreds)\par " + "".join(found) + r"\pard End.\par}").encode(
        "cp1252"
    )


TABLE = [
    "Camp:2x1|Detained:1x2|Died:2x1",
    "2018|2019",
    "Northern district:1x4",
    "Kelm|41|56|3",
    "Orsha:2x1|12|17|0",
    "9|none:1x2",
    "Southern district:1x4",
    "Vint|8|5|–",
]
WRITERS = {"a.html": html, "a.docx": word_file, "a.pptx": slides, "a.odt": open_text, "a.rtf": rtf}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("head", [2, 0])
def test_merged_cells_two_rows_of_names_a_unit_and_groups(name: str, head: int) -> None:
    found = reading_of(WRITERS[name](TABLE, head=head), name)
    north, south = "Northern district; in hundreds", "Southern district; in hundreds"
    assert found.text.split("\n\n")[-10:] == [
        "Camps (in hundreds)",
        "Camp | Detained | Detained | Died",
        "Camp | 2018 | 2019 | Died",
        "Northern district",
        f"Kelm | [{north}; Camp; Detained, 2018] 41 | [Detained, 2019] 56 | [Died] 3",
        f"Orsha | [{north}; Camp; Detained, 2018] 12 | [Detained, 2019] 17 | [Died] 0",
        f"Orsha | [{north}; Camp; Detained, 2018] 9 | [Detained, 2019] none | [Died] none",
        "Southern district",
        f"Vint | [{south}; Camp; Detained, 2018] 8 | [Detained, 2019] 5 | [Died] –",
        "End.",
    ]
    assert found.tables == ()


def test_markdown() -> None:
    found = reading_of(
        b"Camps (in hundreds):\n\n| | Detained | | Died |\n|---|--:|--:|--:|\n"
        b"| Camp | 2018 | 2019 | 2019 |\n| Kelm | 41 | 56 | none |\n| Orsha | 12 | | 7 |\n",
        "a.md",
    )
    assert found.text.split("\n\n")[3:] == [
        "Kelm | [in hundreds; Camp; Detained, 2018] 41 | [Detained, 2019] 56 | [Died, 2019] none",
        "Orsha | [in hundreds; Camp; Detained, 2018] 12 | | [Died, 2019] 7",
    ]


def table(*rows: str) -> list[str]:
    return assemble([table_row(row.split("|")) for row in rows]).text.split("\n\n")


def test_a_group_ends_with_its_sum_or_the_sum_of_all() -> None:
    found = table(
        "|2018|2017",
        "Net income|100|90",
        "Adjustments:||",
        "Depreciation|20|15",
        "Other|(5)|(6)",
        "Cash from operations|115|99",
        "Purchases of equipment|(30)|(12)",
        "Assets:||",
        "Cash|85.5|87.25",
        "Mines|10|1.75",
        "Total|95.5|89",
        "Employees|12|13",
    )
    groups = [match[1] for row in found[1:] if (match := re.search(r"\| \[([^]]*)\]", row))]
    assert groups == [
        *("2018", "Adjustments; 2018", "Adjustments; 2018", "2018", "2018"),
        *("Assets; 2018", "Assets; 2018", "Assets; 2018", "2018"),
    ]


def test_a_group_that_ends_nowhere_names_nothing() -> None:
    found = table("|2018|2017", "Sales|7|5", "Per share:||", "Basic|4|3", "Shares|9|9")
    assert found[-2:] == ["Basic | [2018] 4 | [2017] 3", "Shares | [2018] 9 | [2017] 9"]


@pytest.mark.parametrize(
    "rows",
    [
        ["Name|Almaz", "Born|1981", "Charge|terrorism"],  # a record, and no names of columns
        ["Almaz|detained", "Bekele|released", "Chaltu|charged"],
        ["Almaz|1981", "Bekele|1975", "Chaltu|1990"],
        ["Oromia|41", "Amhara|17", "Afar|3"],
        ["The court found that he was beaten.|p. 4", "It did not say by whom.|12", "So be it.|13"],
        ["Region|2019"],
    ],
)
def test_what_names_no_columns_is_carried_nowhere(rows: list[str]) -> None:
    assert table(*rows) == [" | ".join(row.split("|")) for row in rows]


def test_a_row_may_hold_a_list_and_the_table_goes_on_after_it() -> None:
    found = reading_of(
        b"<table><tr><th>Prison</th><th>Beds</th><th>Held</th></tr>"
        b"<tr><td>Kelm</td><td>40</td><td>95</td></tr>"
        b"<tr><td>Orsha</td><td><ul><li>men: 20</li><li>women: 12</li></ul></td><td>61</td></tr>"
        b"<tr><td>Vint</td><td>15</td><td>31</td></tr></table>"
        b"<table><tr><td>Dasko</td><td>9</td><td>8</td></tr></table>",
        "a.html",
    )
    assert "Vint | [Prison; Beds] 15 | [Held] 31\n\nDasko | 9 | 8" in found.text


def test_a_title_over_a_table_in_word_breaks_no_row() -> None:
    def row(*texts: str, wide: str = "") -> str:
        inside = "".join(f"<w:tc><w:tcPr>{wide}</w:tcPr>{paragraph(each)}</w:tc>" for each in texts)
        return f"<w:tr>{inside}</w:tr>"

    over = '<w:gridSpan w:val="3"/>'
    body = row("Camp", "2018", "2019") + row("North", wide=over) + row("Kelm", "41", "56")
    body += row("Orsha", "7", "9") + row("South", wide=over) + row("Vint", "3", "4")
    found = reading_of(word(f"<w:tbl>{body}</w:tbl>"), "a.docx")
    assert found.text.split("\n\n")[1:] == [
        "North",
        "Kelm | [North; Camp; 2018] 41 | [2019] 56",
        "Orsha | [North; Camp; 2018] 7 | [2019] 9",
        "South",
        "Vint | [South; Camp; 2018] 3 | [2019] 4",
    ]


REPORT = """<table>
<tr><td colspan=3></td><td colspan=3></td><td colspan=9>Years ended December 31,</td></tr>
<tr><td colspan=3>(in millions)</td><td colspan=3></td><td colspan=3>2018</td><td colspan=3></td>
<td colspan=3>2017</td></tr>
<tr><td colspan=3>Sales of copper</td><td colspan=3></td><td>$</td><td>10,073</td><td></td>
<td colspan=3></td><td>$</td><td>3,033</td><td></td></tr>
<tr><td colspan=3>Purchases of mines</td><td colspan=3></td><td colspan=2>(13,427</td><td>)</td>
<td colspan=3></td><td colspan=2>(11,955</td><td>)</td></tr></table>"""


def test_signs_in_columns_of_their_own_stand_with_their_figures() -> None:
    found = reading_of(REPORT.encode(), "a.html")
    assert found.text.split("\n\n")[-2:] == [
        "Sales of copper | [in millions; Years ended December 31, 2018] $ 10,073 | [2017] $ 3,033",
        "Purchases of mines | [in millions; Years ended December 31, 2018] (13,427) "
        "| [2017] (11,955)",
    ]


_text = st.text("abc 1()[]|.", max_size=6)
_rows = st.lists(st.lists(_text, min_size=1, max_size=4), min_size=1, max_size=7)


@given(_rows, st.lists(st.booleans(), min_size=7, max_size=7))
@example([["", "1"], [""], ["", "", "[", ")"]], [True] + 6 * [False])
@settings(deadline=None)
def test_what_is_printed_stays_as_it_is(rows: list[list[str]], heads: list[bool]) -> None:
    blocks = [
        table_row(cells, heads=head) if head else table_row(cells)
        for cells, head in zip(rows, heads, strict=False)
    ]
    found = assemble([Block("Above."), *blocks, Block("Below.")])
    document = Document("d", "a", found.text, found.metadata, "", carried=found.carried)
    letters = "".join(document.printed(0, len(found.text)).split()).replace("|", "")
    given_cells = "".join(cell for row in rows for cell in row)
    assert letters == f"Above.{given_cells}Below.".replace(" ", "").replace("|", "")
    for each in found.carried:
        assert found.text[each.start] + found.text[each.end - 1] == "[]"


@pytest.mark.parametrize("name", ["a.docx", "a.html"])
def test_a_figure_is_found_by_its_headings_and_quoted_with_them(
    name: str, open_index: Callable[..., Index], tmp_path: Path
) -> None:
    names = ("Kelmar", "Orsha", "Vintola", "Dasko", "Ruben", "Tilmond", "Quess", "Hadrony", "Bilk")
    camps = [f"{name}|{7 * at}|{7 * at + 3}|{at}" for at, name in enumerate(names)]
    other = ["School|Pupils|Teachers|Rooms", *(row.replace("|", "1|") for row in camps)]
    folder = tmp_path / "given"
    folder.mkdir()
    for stem, rows in (("camps", [*TABLE[:2], *camps]), ("schools", other)):
        (folder / f"{stem}{name[1:]}").write_bytes(WRITERS[name](rows, head=2 - (stem != "camps")))
    index = open_index()
    assert not ingest(index, [folder], settings=SETTINGS).failed
    *_, answer = Chatbot(index, SETTINGS).ask("How many were detained in the camp Quess in 2019?")
    assert not answer.abstained
    quote = answer.citations[0].quote
    assert "Quess" in quote
    assert "[Detained, 2019] 45" in quote
    as_printed = "Quess 42 45 6"
    (match, *_) = check_quotation(index, as_printed).matches
    assert match.citation.quote == quote


def test_a_row_is_one_sentence_whatever_stands_in_its_cells() -> None:
    rows = ["Site|Detained|Died", "1. Kelm. North|41|3", "2. Orsha|17|0"]
    table = [table_row(row.split("|"), heads=not at) for at, row in enumerate(rows)]
    found = assemble([Block("It was cold. They left."), *table, Block("It rained. They stayed.")])
    document = Document("d", "a", found.text, found.metadata, "", carried=found.carried)
    passages = cut_passages(document, count_tokens=lambda texts: [len(each) for each in texts])
    sentences = [passage.words(*each) for passage in passages for each in passage.sentences]
    assert sentences == [
        "It was cold.",
        "They left.",
        "Site | Detained | Died",
        "1. Kelm. North | [Site; Detained] 41 | [Died] 3",
        "2. Orsha | [Site; Detained] 17 | [Died] 0",
        "It rained.",
        "They stayed.",
    ]

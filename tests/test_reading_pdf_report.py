"""A report with everything in it: every sentence comes out once, on its page, with its label."""

from __future__ import annotations

import re
from functools import cache

import pytest
from office_support import headings_of
from pdf_made import (
    FONT,
    NOTES,
    TOP,
    Made,
    Typesetter,
    broken,
    fonts,
    headed,
    made,
    reading,
    report,
    sentence,
)
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, Table

from rag.readers.pdf.furniture import page_labels
from rag.schema import Reading


def paragraphs(draw: object) -> list[str]:
    return reading(made(draw)).text.split("\n\n")  # type: ignore[arg-type]


@cache
def both(*, labelled: bool) -> tuple[Made, Reading]:
    put_in = report(labelled=labelled)
    return put_in, reading(put_in.content)


def page_of(found: Reading, text: str) -> int:
    at = found.text.index(text)
    return next(page.number for page in found.pages if page.start <= at < page.end)


@pytest.mark.parametrize("labelled", [True, False])
def test_every_sentence_comes_out_once_and_on_its_page(labelled: bool) -> None:
    put_in, found = both(labelled=labelled)
    assert len(put_in.sentences) > 180
    for text, page in (put_in.sentences | put_in.notes | put_in.rows).items():
        assert found.text.count(text) == 1, text
        assert page_of(found, text) == page, text


@pytest.mark.parametrize("labelled", [True, False])
def test_labels_are_those_of_the_file_or_those_that_are_printed(labelled: bool) -> None:
    put_in, found = both(labelled=labelled)
    assert [page.label for page in found.pages] == put_in.labels
    assert found.pages[3].start == found.pages[3].end  # a blank page, between iii and v
    assert found.warnings == ()


def test_nothing_else_comes_out() -> None:
    put_in, found = both(labelled=False)
    rest = found.text
    for text in sorted(put_in.sentences | put_in.notes | put_in.rows, key=len, reverse=True):
        rest = rest.replace(text, "")
    assert [part for part in re.split(r"\s{2,}", rest.strip()) if part] == [
        "Unofficial Killings",
        "By Almaz Tesfaye 12 March 2020",
        *("Preface", "Summary", "1. Findings", "2. Figures", "3. More", "4. More", "5. More"),
    ]


def test_notes_and_rows_are_paragraphs_of_their_own() -> None:
    put_in, found = both(labelled=True)
    parts = found.text.split("\n\n")
    assert [part for part in parts if part in put_in.notes] == NOTES
    assert [part for part in parts if part in put_in.rows] == list(put_in.rows)
    for part in parts:  # nothing begins or ends inside a sentence
        assert not re.match(r"[a-z]", part)


def test_headings_are_neither_authors_nor_dates() -> None:
    _, found = both(labelled=True)
    headings = headings_of(found)
    assert headings[:3] == [(1, "Unofficial Killings"), (2, "Preface"), (2, "Summary")]
    assert [text for _, text in headings[3:]] == [
        *("1. Findings", "2. Figures", "3. More", "4. More", "5. More")
    ]


def raised(parts: list[tuple[str, bool]]) -> str:
    """The text that comes out of a line whose parts are raised or not."""

    def draw(canvas: Canvas) -> None:
        fonts()
        line = canvas.beginText(72, 700)
        for text, up in parts:
            line.setFont(FONT, 6 if up else 10)
            line.setRise(4 if up else 0)
            line.textOut(text)
        canvas.drawText(line)

    return reading(made(draw)).text


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ("They were arrested.|12| The trial began.", "They were arrested. The trial began."),
        ("In 2019|4| there were 30 arrests.", "In 2019 there were 30 arrests."),
        ("He denied|3, 4| it.|*", "He denied it."),
        ("It covers 30 km|2| of land.", "It covers 30 km² of land."),
        ("There are 3 × 10|6| people.", "There are 3 × 10⁶ people."),
        ("In the 19|th| century.", "In the 19th century."),
        ("|7| See the annex.", "7 See the annex."),
        ("|7|See the annex.", "7 See the annex."),
        ("He said so|[5]|.", "He said so."),
    ],
)
def test_raised_marks_do_not_get_into_words_and_numbers(parts: str, expected: str) -> None:
    cut = [(part, at % 2 == 1) for at, part in enumerate(parts.split("|")) if part]
    assert raised(cut) == expected


def test_a_page_of_notes_only_between_the_parts_of_a_paragraph() -> None:
    def draw(canvas: Canvas) -> None:
        for size, words in (
            (11, "They were held in the"),
            (7, "1 Letter of May."),
            (11, "old fort."),
        ):
            canvas.setFont("Times-Roman", size)
            for line in range(4):
                canvas.drawString(72, 700 - 14 * line, f"{words} " * 4)
            canvas.showPage()

    found = reading(made(draw))
    assert [page_of(found, words) for words in ("They were", "1 Letter", "old fort")] == [1, 2, 3]


def test_notes_of_three_pages_under_one_paragraph() -> None:
    texts = [sentence(number) for number in range(75)]

    def draw(canvas: Canvas) -> None:
        fonts()
        sheet = Typesetter(canvas, lambda _canvas, _page: None, y=200)
        sheet.notes(NOTES[:1])

        def next_page() -> None:
            sheet.end_page()
            sheet.notes([NOTES[sheet.page - 1]])

        sheet.paragraph(texts, full=next_page)

    found = reading(made(draw))
    assert [text for text in texts if text not in found.text] == []
    parts = found.text.split("\n\n")
    assert [part for part in parts if part in NOTES] == NOTES
    assert [page_of(found, note) for note in NOTES] == [1, 2, 3]


def test_bullets_that_are_drawn() -> None:
    items = [f"{sentence(number)} {sentence(number + 9)}" for number in range(3)]

    def draw(canvas: Canvas) -> None:
        fonts()
        y = 700.0
        for item in items:
            canvas.circle(78, y + 3, 1.8, fill=1)
            canvas.setFont(FONT, 10)
            for line in broken([(word, "") for word in item.split()], 380):
                canvas.drawString(90, y, " ".join(word for word, _ in line))
                y -= 13

    assert paragraphs(draw) == [f"• {item}" for item in items]


def test_a_table_under_two_columns() -> None:
    rows = ["Region|2017|2018|2019", "Oromia|41|12|17", "Amhara and Tigray|17|8|9", "Afar|3|0|2"]
    texts = [[sentence(number) for number in range(at, at + 8)] for at in (0, 10, 20, 30)]

    def draw(canvas: Canvas) -> None:
        fonts()
        sheet = Typesetter(canvas, lambda _canvas, _page: None)
        y = _side_by_side(sheet, texts[:2], TOP) - 20
        canvas.setFont(FONT, 10)
        for row in rows:
            for x, cell in zip((72, 200, 330, 440), row.split("|"), strict=True):
                canvas.drawString(x, y, cell)
            y -= 14
        _side_by_side(sheet, texts[2:], y - 20)

    assert paragraphs(draw) == [
        *(" ".join(text) for text in texts[:2]),
        rows[0].replace("|", " "),
        *(headed(rows[0], row) for row in rows[1:]),
        *(" ".join(text) for text in texts[2:]),
    ]


def _side_by_side(sheet: Typesetter, texts: list[list[str]], top: float) -> float:
    ends = []
    for text, (left, right) in zip(texts, ((72, 285), (310, 523)), strict=True):
        sheet.left, sheet.right, sheet.y = left, right, top
        sheet.paragraph(text)
        ends.append(sheet.y)
    return min(ends)


def test_cells_of_several_lines_in_a_ruled_table() -> None:
    style = getSampleStyleSheet()["BodyText"]
    cells = [
        ["Region", "What was reported", "Number"],
        ["Oromia and the western districts", "Forty-one people were detained " * 4, "41"],
        ["Amhara", "Seventeen students were beaten on the campus " * 3, "17"],
    ]

    def draw(canvas: Canvas) -> None:
        table = Table(
            [[Paragraph(cell, style) for cell in row] for row in cells],
            colWidths=[90, 200, 60],
            style=[("GRID", (0, 0), (-1, -1), 0.5, "black")],
        )
        table.wrapOn(canvas, 400, 500)
        table.drawOn(canvas, 72, 500)

    assert paragraphs(draw) == [" ".join(" ".join(row).split()) for row in cells]


def test_two_cells_in_a_row() -> None:
    rows = [("Name", "Almaz Tesfaye"), ("Born", "3 May 1981"), ("Held at", "Maekelawi")]

    def draw(canvas: Canvas) -> None:
        for at, (name, value) in enumerate(rows):
            canvas.drawString(72, 700 - 16 * at, name)
            canvas.drawString(180, 700 - 16 * at, value)

    assert paragraphs(draw) == [" ".join(row) for row in rows]


@pytest.mark.parametrize(
    ("given", "printed", "expected"),
    [
        ("", "i ii iii iv 1 2 3 4", "i ii iii iv 1 2 3 4"),
        ("", "- i ii iii - 1 2 3", "- i ii iii - 1 2 3"),
        ("", "1 2 - 4 5 6", "1 2 3 4 5 6"),
        ("", "- - 3 4 5 - - 8", "- - 3 4 5 6 7 8"),
        ("", "A-1 A-2 A-3 B-1 B-2 B-3", "A-1 A-2 A-3 B-1 B-2 B-3"),
        ("", "7 2019 41 1999 3 12", "- - - - - -"),
        ("", "I II III IV V VI", "I II III IV V VI"),
        ("1 2 3 4 5 6", "- - 1 2 3 4", "- - 1 2 3 4"),
        ("1 2 3 4 5 6", "1 2 3 4 5 6", "1 2 3 4 5 6"),
        ("1 2 3 4 5 6", "- 2 3 4 5 -", "1 2 3 4 5 6"),
        ("1 2 3 4 5 6", "- - - - - -", "1 2 3 4 5 6"),
        ("i ii 1 2 3 4", "7 8 9 10 11 12", "i ii 1 2 3 4"),
    ],
)
def test_labels_from_what_is_printed(given: str, printed: str, expected: str) -> None:
    def parts(text: str) -> list[str | None]:
        return [None if part == "-" else part for part in text.split()]

    pages = parts(printed)
    found = page_labels(
        parts(given) or [None] * len(pages), [[each] if each else [] for each in pages]
    )
    assert found == parts(expected)


@pytest.mark.parametrize(
    "form", ["{} | Annual report 2019", "Page {} of 40", "- {} -", "Annual report 2019 {}", "[{}]"]
)
def test_forms_of_page_numbers(form: str) -> None:
    def draw(canvas: Canvas) -> None:
        for page in range(6):
            canvas.drawString(72, 700, sentence(page))
            canvas.drawString(72, 40, form.format(page + 11))
            canvas.showPage()

    found = reading(made(draw))
    assert [page.label for page in found.pages] == [str(page + 11) for page in range(6)]
    assert " ".join(found.text.split("\n\n")) == " ".join(map(sentence, range(6)))


def test_annexes_that_count_like_pages_are_no_running_heads() -> None:
    def draw(canvas: Canvas) -> None:
        for page in range(6):
            canvas.setFont("Helvetica-Bold", 16)
            canvas.drawString(72, 760, f"Annex {page + 1}")
            canvas.setFont("Helvetica", 11)
            for line in range(6):
                canvas.drawString(72, 720 - 14 * line, sentence(10 * page + line))
            canvas.showPage()

    found = reading(made(draw))
    assert [found.text.count(f"Annex {number}") for number in range(1, 7)] == [1] * 6
    assert [page.label for page in found.pages] == [None] * 6


def test_names_on_a_title_page_are_no_headings_although_later_ones_look_like_them() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", 24)
        canvas.drawString(72, 700, "The Report")
        canvas.setFont("Helvetica-Bold", 14)
        canvas.drawString(72, 600, "Almaz Tesfaye")
        for page in range(3):
            canvas.showPage()
            canvas.setFont("Helvetica-Bold", 14)
            canvas.drawString(72, 760, ("Killings", "Prisons", "Trials")[page])
            canvas.setFont("Helvetica", 11)
            for line in range(5):
                canvas.drawString(72, 720 - 14 * line, sentence(10 * page + line))

    found = reading(made(draw))
    assert [text for _, text in headings_of(found)] == [
        *("The Report", "Killings", "Prisons", "Trials")
    ]

"""PDF: pages, running heads, paragraphs, headings, and files that cannot be read."""

import threading

import pytest
from office_support import headings_of, pages_of
from pdf_made import made, reading
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from rag.errors import DamagedFile, EmptyDocument
from rag.schema import Reading

WORDS = "the committee noted that officials had detained several journalists without charge and"


def lines_at(
    canvas: Canvas, lines: list[str], *, y: float = 740, x: float = 72, font: str = "Times-Roman"
) -> float:
    """Draw lines of 12 points with a leading of 14; the next free baseline."""
    canvas.setFont(font, 12)
    for line in lines:
        canvas.drawString(x, y, line)
        y -= 14
    return y


def sentence(number: int) -> str:
    return f"In case {number} {WORDS} said so in letter {number} to the ministry."


def wrapped(text: str, width: float = 450) -> list[str]:
    return list(simpleSplit(text, "Times-Roman", 12, width))


def page_text(found: Reading, number: int) -> str:
    page = found.pages[number - 1]
    return found.text[page.start : page.end]


def test_paragraphs_by_spacing_and_by_indentation() -> None:
    first, second, third = (" ".join(map(sentence, range(n, n + 3))) for n in (1, 4, 7))

    def draw(canvas: Canvas) -> None:
        y = lines_at(canvas, wrapped(first))
        y = lines_at(canvas, wrapped(second), y=y - 10)
        opening, *rest = wrapped("xxxxx" + third)
        canvas.drawString(96, y, opening.removeprefix("xxxxx"))
        lines_at(canvas, rest, y=y - 14)

    assert reading(made(draw)).text.split("\n\n") == [first, second, third]


def test_a_sentence_goes_on_over_the_page() -> None:
    text = " ".join(map(sentence, range(6)))
    lines = wrapped(text)

    def draw(canvas: Canvas) -> None:
        lines_at(canvas, lines[:4])
        canvas.showPage()
        lines_at(canvas, lines[4:])

    found = reading(made(draw))
    assert found.text == text
    assert page_text(found, 1) == " ".join(lines[:4]) + " "
    assert page_text(found, 2) == " ".join(lines[4:])
    assert pages_of(found)


def test_notes_at_the_foot_do_not_cut_a_sentence() -> None:
    text = " ".join(map(sentence, range(6)))
    lines = wrapped(text)

    def draw(canvas: Canvas) -> None:
        lines_at(canvas, ["Before."])
        lines_at(canvas, lines[:4], y=700)
        canvas.setFont("Times-Roman", 8)
        canvas.drawString(72, 80, "1 See the letter of the ministry.")
        canvas.showPage()
        lines_at(canvas, lines[4:])

    found = reading(made(draw))
    assert found.text.split("\n\n") == ["Before.", "1 See the letter of the ministry.", text]
    assert pages_of(found)


def test_running_heads_and_page_numbers_are_left_out() -> None:
    def draw(canvas: Canvas) -> None:
        for number in range(1, 7):
            canvas.setFont("Times-Roman", 9)
            canvas.drawString(72, 800, "Annual report 2019" if number % 2 else "The Committee")
            canvas.drawRightString(520, 800, f"Chapter {number}")
            canvas.drawCentredString(300, 40, f"- {number} -")
            lines_at(canvas, wrapped(sentence(number)))
            canvas.showPage()

    assert reading(made(draw)).text.split("\n\n") == [sentence(number) for number in range(1, 7)]


def test_heads_that_change_with_the_chapter_are_known_by_the_page_number() -> None:
    def draw(canvas: Canvas) -> None:
        for number in range(1, 7):
            canvas.setFont("Times-Roman", 12)
            canvas.drawString(72, 800, f"{['Killings', 'Prisons', 'Trials'][number // 3]} {number}")
            lines_at(canvas, wrapped(sentence(number)))
            canvas.showPage()

    assert reading(made(draw)).text.split("\n\n") == [sentence(number) for number in range(1, 7)]


def test_what_is_not_repeated_stays() -> None:
    def draw(canvas: Canvas) -> None:
        for number in range(3):
            lines_at(canvas, [f"Page {'abc'[number]} begins so.", "", sentence(number)])
            canvas.showPage()

    found = reading(made(draw))
    assert [f"Page {letter} begins so." in found.text for letter in "abc"] == [True] * 3


def test_labels_are_those_of_the_file() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.addPageLabel(0, style="ROMAN_LOWER", start=3)
        canvas.addPageLabel(2, style="ARABIC", start=1, prefix="A-")
        for number in range(4):
            lines_at(canvas, [sentence(number)])
            canvas.showPage()

    found = reading(made(draw))
    assert [page.label for page in found.pages] == ["iii", "iv", "A-1", "A-2"]
    assert [page.number for page in found.pages] == [1, 2, 3, 4]
    assert {page.label for page in reading(made(lambda c: c.drawString(9, 9, "One."))).pages} == {
        None
    }


def test_hyphens_at_line_ends() -> None:
    lines = [
        "The government kept an ethnic-based list, and the govern-",
        "ment had a well-being plan; the ethnic-",
        "based list was of long-",
        "term use to the West-",
        "African adminis-",
        "tration of 2018-",
        "2019, and the soft\xad",
        "ened words.",
    ]
    found = reading(made(lambda canvas: lines_at(canvas, lines)))
    assert " ".join(found.text.split()) == (
        "The government kept an ethnic-based list, and the government had a well-being plan; the "
        "ethnic-based list was of long-term use to the West-African administration of 2018-2019, "
        "and the softened words."
    )


def test_without_broken_words_a_hyphen_at_a_line_end_stays() -> None:
    text = " ".join(map(sentence, range(40)))
    lines = wrapped(text)
    lines[10:10] = ["They were accused of superstition-", "driven violence and of other offences."]
    found = reading(made(lambda canvas: lines_at(canvas, lines[:40])))
    assert "superstition-driven violence" in found.text


def test_two_columns_are_read_one_after_the_other() -> None:
    left = " ".join(map(sentence, range(4)))
    right = " ".join(map(sentence, range(10, 14)))

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Times-Bold", 16)
        canvas.drawString(72, 780, "A title over both of the columns of text")
        columns = [wrapped(left, 210), wrapped(right, 210)]
        canvas.setFont("Times-Roman", 12)
        for row in range(max(map(len, columns))):  # the order in which some programs write
            for x, column in zip((72, 310), columns, strict=True):
                if row < len(column):
                    canvas.drawString(x, 740 - 14 * row, column[row])

    found = reading(made(draw))
    assert found.text.replace("\n\n", " ") == (
        f"A title over both of the columns of text {left} {right}"
    )
    assert headings_of(found) == [(1, "A title over both of the columns of text")]


def test_headings_by_size_and_weight() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setTitle("Microsoft Word - report.docx")
        canvas.setAuthor("A. Writer")
        canvas.setFont("Times-Bold", 20)
        canvas.drawString(72, 790, "The Report")
        y = 750.0
        for number in (1, 2):
            canvas.setFont("Times-Bold", 15)
            canvas.drawString(72, y, f"{number}. Chapter")
            y = lines_at(canvas, ["Its section"], y=y - 24, font="Times-Bold")
            y = lines_at(canvas, wrapped(" ".join(map(sentence, range(4)))), y=y - 10) - 20

    found = reading(made(draw))
    assert headings_of(found) == [
        (1, "The Report"),
        (2, "1. Chapter"),
        (3, "Its section"),
        (2, "2. Chapter"),
        (3, "Its section"),
    ]
    assert found.metadata.title == "The Report"
    assert found.metadata.author == "A. Writer"
    assert found.metadata.date is None


def test_headings_from_the_outline() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setTitle("A fine title")
        y = 760.0
        for level, title in enumerate(["Overview", "The details"]):
            canvas.bookmarkPage(title)
            canvas.addOutlineEntry(title, title, level)
            y = lines_at(canvas, [title], y=y)
            y = lines_at(canvas, wrapped(" ".join(map(sentence, range(4)))), y=y - 10) - 10

    found = reading(made(draw))
    assert headings_of(found) == [(1, "Overview"), (2, "The details")]
    assert found.metadata.title == "A fine title"


def test_turned_pages_and_text() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(90)
        canvas.translate(595, 0)
        canvas.rotate(90)
        lines_at(canvas, wrapped(sentence(1), 300), y=500)
        canvas.rotate(-45)
        canvas.drawString(100, 100, "Stamp")

    assert reading(made(draw)).text.split("\n\n") == [sentence(1), "Stamp"]


def test_pages_without_text_are_named() -> None:
    def draw(canvas: Canvas) -> None:
        for number in range(1, 9):
            if number in (1, 2, 8):
                lines_at(canvas, [sentence(number)])
            else:
                canvas.rect(100, 100, 200, 200)
            canvas.showPage()

    found = reading(made(draw))
    assert found.warnings == ("pages 3–7 have no text: scanned?",)
    assert [page.number for page in found.pages if page.start == page.end] == [3, 4, 5, 6, 7]
    assert page_text(found, 8) == sentence(8)
    assert pages_of(found)


def test_a_scan_is_an_empty_document() -> None:
    def draw(canvas: Canvas) -> None:
        for _ in range(3):
            canvas.rect(100, 100, 200, 200)
            canvas.showPage()

    with pytest.raises(EmptyDocument, match="no text on any of 3 pages: a scan"):
        reading(made(draw))


def test_a_file_with_a_password_is_refused() -> None:
    content = made(
        lambda canvas: canvas.drawString(72, 72, "Secret."),
        encrypt=StandardEncryption("password", canPrint=0),
    )
    with pytest.raises(DamagedFile, match=r"a\.pdf: .*password"):
        reading(content)


def test_a_file_that_only_forbids_printing_is_read() -> None:
    content = made(
        lambda canvas: canvas.drawString(72, 72, "Not so secret."),
        encrypt=StandardEncryption("", ownerPassword="owner", canPrint=0),
    )
    assert reading(content).text == "Not so secret."


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_refused(share: float) -> None:
    content = made(lambda canvas: [lines_at(canvas, [sentence(n)]) for n in range(9)])
    with pytest.raises(DamagedFile, match="truncated"):
        reading(content[: int(share * len(content))])


def test_nonsense_in_the_middle_is_refused_or_read_but_never_crashes() -> None:
    with pytest.raises(DamagedFile, match="damaged"):
        reading(b"%PDF-1.7\n" + b"nonsense " * 100 + b"\n%%EOF\n")


def test_threads_may_read_at_once() -> None:
    content = made(
        lambda canvas: lines_at(canvas, wrapped(" ".join(map(sentence, range(9))))) and None
    )
    expected, results = reading(content), []
    threads = [threading.Thread(target=lambda: results.append(reading(content))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 4


def test_justified_lines_are_text_and_aligned_ones_are_rows() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Times-Roman", 12)
        for row, words in enumerate(["the long", "institutions and international", "bodies of"]):
            parts = [*words.split(), "were", "there"]
            step = 300 / (len(parts) - 1)
            for at, word in enumerate(parts[:-1]):
                canvas.drawString(72 + step * at, 740 - 14 * row, word)
            canvas.drawRightString(72 + 300 + 40, 740 - 14 * row, parts[-1])
        for row, cells in enumerate([("Country", "2018", "2019"), ("Fiji", "12", "13")]):
            for x, cell in zip((72, 200, 300), cells, strict=True):
                canvas.drawString(x, 600 - 14 * row, cell)

    assert reading(made(draw)).text.split("\n\n") == [
        "the long were there institutions and international were there bodies of were there",
        "Country 2018 2019",
        "Fiji [Country; 2018] 12 [2019] 13",
    ]


@pytest.mark.parametrize("ruled", [True, False])
def test_columns_of_a_newspaper_may_end_at_any_height(*, ruled: bool) -> None:
    """The second column has what is left over; a headline begins another article below."""
    strike = " ".join(map(sentence, range(5)))
    bridge = " ".join(map(sentence, range(20, 23)))
    beside = " ".join(map(sentence, range(10, 12)))

    def draw(canvas: Canvas) -> None:
        height = 740.0
        for headline, text, last in (("", strike, 3), ("A bridge is closed", bridge, 2)):
            if headline:
                height -= 34
                if ruled:
                    canvas.line(60, height + 18, 370, height + 18)
                canvas.setFont("Times-Bold", 16)
                canvas.drawString(60, height, headline)
                height -= 20
            column = wrapped(text, 140)
            lines_at(canvas, column[-last:], x=220, y=height)
            height = lines_at(canvas, column[:-last], x=60, y=height)
        canvas.setFont("Times-Bold", 14)
        canvas.drawString(380, 738, "Weather")
        lines_at(canvas, wrapped(beside, 140), x=380, y=720)

    found = reading(made(draw))
    assert found.text.split("\n\n") == [strike, "Weather", beside, "A bridge is closed", bridge]
    assert [text for _, text in headings_of(found)] == ["Weather", "A bridge is closed"]


def test_rows_with_long_names_are_no_columns_of_text() -> None:
    rows = [
        ("Amounts paid to the ministry of health", "in May and June"),
        ("Amounts paid to the ministry of public works", "in the same year"),
        ("Fines that were not collected from the mines", ""),
        ("Loans to the owners of the three harbours", ""),
        ("Gifts of land to officers of the guard", ""),
        ("All that was not declared to the parliament", "2,310"),
    ]

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Times-Roman", 11)
        for at, (name, value) in enumerate(rows):
            canvas.drawString(60, 740 - 14 * at, name)
            canvas.drawString(360, 740 - 14 * at, value)

    found = reading(made(draw))
    assert found.text.split("\n\n") == [" ".join(filter(None, row)) for row in rows]

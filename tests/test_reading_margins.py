"""What stands beside the lines of a text: numbers of lines and paragraphs, drop caps."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import pytest
from office_support import blocks_of, reading_of
from pdf_made import FONT, fonts
from reportlab.pdfgen.canvas import Canvas

from rag.schema import Reading

HEARING = [
    [
        "    Q.  Ms. Orr, when did the trucks first come to",
        "the quarry?",
        "    A.  In the second week of June, after the road",
        "had been closed to everybody else.",
        "        MR. VALE:  Objection.",
        "        THE WITNESS:  There were nine of them, I",
        "counted them twice.",
    ],
    [
        "    Q.  And who drove them?",
        "    A.  Men from the brickworks. My cousin was",
        "among them.",
    ],
]
SAID = [
    "Q. Ms. Orr, when did the trucks first come to the quarry?",
    "A. In the second week of June, after the road had been closed to everybody else.",
    "MR. VALE: Objection.",
    "THE WITNESS: There were nine of them, I counted them twice.",
    "Q. And who drove them?",
    "A. Men from the brickworks. My cousin was among them.",
]
TURNS = ["Q.", "THE WITNESS", "MR. VALE", "THE WITNESS", "Q.", "THE WITNESS"]


def drawn(*pages: Callable[[Canvas], None]) -> Reading:
    fonts()
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(595, 842))
    for page in pages:
        page(canvas)
        canvas.showPage()
    canvas.save()
    return reading_of(target.getvalue(), "a.pdf")


def lines(canvas: Canvas, texts: Sequence[str], *, left: float, top: float = 740) -> None:
    for at, text in enumerate(texts):
        canvas.drawString(left, top - 14 * at, text)


def test_the_record_of_a_hearing_is_read_without_its_line_numbers() -> None:
    def page(number: int) -> Callable[[Canvas], None]:
        def draw(canvas: Canvas) -> None:
            canvas.setFont("Courier", 11)
            canvas.drawString(60, 790, f"Orr - Examination {number}")
            for at, line in enumerate(HEARING[number - 40]):
                canvas.drawRightString(92, 740 - 24 * at, str(at + 1))
                canvas.drawString(110, 740 - 24 * at, line)

        return draw

    found = drawn(page(40), page(41))
    said = [block for block in blocks_of(found) if "Examination" not in block]
    assert said == SAID
    assert [turn.speaker for turn in found.turns] == TURNS


def test_pages_of_a_record_that_are_printed_side_by_side_are_read_one_by_one() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Courier", 8)
        for left, said in zip((60, 330), HEARING, strict=True):
            for at, line in enumerate([*said, "    Q.  Thank you."]):
                canvas.drawRightString(left, 700 - 13 * at, str(at + 1))
                canvas.drawString(left + 12, 700 - 13 * at, line.strip())

    thanks = "Q. Thank you."
    assert blocks_of(drawn(draw)) == [*SAID[:4], thanks, *SAID[4:], thanks]


def test_the_times_of_a_recording_stand_in_no_sentence() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Courier", 10)
        for at, line in enumerate(HEARING[0]):
            canvas.drawString(40, 740 - 24 * at, f"14:0{at}:11" if at % 2 else "")
            canvas.drawRightString(110, 740 - 24 * at, str(at + 1))
            canvas.drawString(120, 740 - 24 * at, line)

    assert blocks_of(drawn(draw)) == SAID[:4]


def test_an_extract_of_the_record_has_the_page_before_each_line() -> None:
    text = "\n".join(f"40:{at:02} {line}" for at, line in enumerate(HEARING[0], start=1))
    found = reading_of(text.encode(), "a.txt")
    assert blocks_of(found) == SAID[:4]


def test_the_same_record_as_text() -> None:
    pages = [
        f"{'':>50}{number}\n\n"
        + "\n".join(f"{at:>2}  {line}" for at, line in enumerate(HEARING[number - 40], start=1))
        + "\n\n              Ost Reporting\n\n"
        for number in (40, 41)
    ]
    found = reading_of("".join(pages).encode(), "a.txt")
    assert [block for block in blocks_of(found) if block != "Ost Reporting"] == SAID
    assert [turn.speaker for turn in found.turns] == TURNS
    assert found.metadata.title != "40"


def test_a_list_keeps_its_numbers() -> None:
    text = "\n".join(f"{at}  Village of {name}" for at, name in enumerate("ABCDEFGHI", start=1))
    assert blocks_of(reading_of(text.encode(), "a.txt"))[0] == "1 Village of A"


PARAGRAPHS = [
    [
        "The applicant was taken from his house by four men in uniform, and his",
        "family was not told where.",
    ],
    [
        "The registers of the barracks show no entry for that week, although the",
        "guards remember it well.",
    ],
    [
        "It follows that there was no remedy that he could have been asked to use",
        "before he came to this Court.",
    ],
]


@pytest.mark.parametrize(
    ("number", "left"), [("{}", 60), ("{}", 535), ("({})", 535), ("[{}]", 535), ("§ {}", 535)]
)
def test_numbers_in_the_margin_of_a_judgment_are_in_no_sentence(number: str, left: float) -> None:
    def page(canvas: Canvas) -> None:
        for at, paragraph in enumerate(PARAGRAPHS):
            canvas.setFont(FONT, 7)
            canvas.drawString(left, 740 - 50 * at, number.format(108 + at))
            canvas.setFont(FONT, 11)
            lines(canvas, paragraph, left=100, top=740 - 50 * at)

    assert blocks_of(drawn(page)) == [" ".join(paragraph) for paragraph in PARAGRAPHS]


def test_letters_beside_a_report_of_a_case_are_in_no_sentence() -> None:
    words = "The judge heard the owner of the mill, and the owner denied that the river was dyed."
    said = [
        f"Paper {at} was read to the court by the clerk on the third day. {words}" for at in "stu"
    ]

    def page(canvas: Canvas) -> None:
        canvas.setFont(FONT, 10)
        text = " ".join(said * 4).split()
        rows = [" ".join(text[at : at + 12]) for at in range(0, len(text), 12)]
        lines(canvas, rows, left=110)
        for at, letter in enumerate("ABCD"):
            canvas.drawString(72, 740 - 14 * (3 + 6 * at), letter)

    assert " ".join(blocks_of(drawn(page))) == " ".join(said * 4)


def test_the_numbers_of_the_rows_of_a_table_stay() -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFont(FONT, 10)
        for at, (name, place, sum_of) in enumerate(
            [("Ana Lom Rivera", "Ost", "40"), ("Bo Stern Weiss", "Varn", "50")] * 4
        ):
            y = 700 - 16 * at
            for left, text in ((60, str(at + 1)), (100, name), (260, place), (380, sum_of)):
                canvas.drawString(left, y, text)

    assert "3 Ana Lom Rivera" in drawn(page).text


def test_a_drop_cap_is_the_first_letter_of_its_word() -> None:
    first = ["n the last day of the strike the owners of the mine closed the gates and"]
    rest = [
        "sent for the police. Nobody was hurt, but the leaders of the strike lost",
        "their homes.",
    ]

    def page(cap: str, after: Sequence[str]) -> Callable[[Canvas], None]:
        def draw(canvas: Canvas) -> None:
            canvas.setFont(FONT, 27)
            canvas.drawString(72, 721, cap)
            canvas.setFont(FONT, 10)
            canvas.drawString(95, 735, after[0])
            canvas.drawString(95, 721, after[1])
            canvas.drawString(72, 707, after[2])

        return draw

    assert blocks_of(drawn(page("O", [*first, *rest]))) == ["O" + " ".join([*first, *rest])]
    words = ["village burned, and nobody came. The men of the next village saw the", *rest]
    assert blocks_of(drawn(page("A", words)))[0].startswith("A village burned, and nobody came.")


def test_a_number_in_words_keeps_its_hyphen() -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFont(FONT, 10)
        broken = ["The ministry admits that the libra-", "rians of Varn were dismissed, all forty-"]
        rest = [
            "two of them, with two-",
            "thirds of the archi-",
            "vists, after a thirty-",
            "day trial.",
        ]
        lines(canvas, [*broken, *rest], left=72)

    assert drawn(page).text == (
        "The ministry admits that the librarians of Varn were dismissed, all forty-two of them, "
        "with two-thirds of the archivists, after a thirty-day trial."
    )


def test_covered_and_white_text_is_left_out_and_told() -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFont(FONT, 12)
        canvas.drawString(72, 700, "The order was signed by General Petrus Ohm on Monday.")
        begin = 72 + canvas.stringWidth("The order was signed by ")
        canvas.rect(begin, 697, canvas.stringWidth("General Petrus Ohm"), 14, fill=1, stroke=0)
        canvas.setFillGray(1)
        canvas.drawString(72, 660, "Nobody is to see this line of white text.")
        canvas.setFillGray(0.9)
        canvas.rect(70, 595, 300, 20, fill=1, stroke=0)
        canvas.setFillGray(0)
        canvas.drawString(72, 600, "A line on grey can be seen.")
        canvas.rect(70, 555, 300, 20, fill=1, stroke=0)
        canvas.setFillGray(1)
        canvas.drawString(72, 560, "So can white on black.")

    found = drawn(page)
    assert found.text.split("\n\n") == [
        "The order was signed by █████ on Monday.",
        "A line on grey can be seen.",
        "So can white on black.",
    ]
    assert any(each.startswith("page 1 has covered or invisible text") for each in found.warnings)


def test_a_page_of_nothing_but_white_text_is_read() -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFont(FONT, 12)
        canvas.setFillGray(1)
        canvas.drawString(72, 700, "What a scanner has read of the page before.")

    found = drawn(page)
    assert found.text == "What a scanner has read of the page before."
    assert found.warnings == ()


def test_stamps_and_running_heads_below_a_line_that_differs_are_furniture() -> None:
    def page(number: int) -> Callable[[Canvas], None]:
        def draw(canvas: Canvas) -> None:
            canvas.setFont(FONT, 8)
            canvas.drawString(72, 800, f"printed on {'abcdefgh'[number] * 6} by the registry")
            canvas.drawString(72, 785, "Archive of the district of Varn")
            canvas.drawRightString(520, 30, f"KLM{4711 + number:07}")
            canvas.setFont(FONT, 10)
            lines(canvas, [f"village number {number} was empty"] * 20, left=72)

        return draw

    text = drawn(*map(page, range(8))).text
    assert not any(each in text for each in ("Archive", "printed", "KLM"))
    assert all(f"village number {number} was empty" in text for number in range(8))


def test_words_under_a_thick_line_and_on_a_box_of_their_own_colour_are_left_out() -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFont(FONT, 12)
        canvas.drawString(72, 700, "The lorry was hired by Agnes Rohl for a week.")
        begin = 72 + canvas.stringWidth("The lorry was hired by ")
        canvas.setLineWidth(15)
        canvas.line(begin, 704, begin + canvas.stringWidth("Agnes Rohl"), 704)
        canvas.rect(72, 656, 200, 15, fill=1, stroke=0)
        canvas.drawString(74, 660, "Her brother paid for it.")
        canvas.setFillColorRGB(1, 1, 0)
        canvas.rect(72, 616, 200, 15, fill=1, stroke=0)
        canvas.setFillGray(0)
        canvas.drawString(74, 620, "What is marked in yellow stays.")

    found = drawn(page)
    assert found.text.split("\n\n") == [
        "The lorry was hired by █████ for a week.",
        "█████",
        "What is marked in yellow stays.",
    ]
    assert any(each.startswith("page 1 has covered or invisible text") for each in found.warnings)

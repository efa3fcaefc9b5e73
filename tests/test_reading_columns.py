"""Columns of newspapers and magazines: drop caps, and lines that are spread to the full width."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from textwrap import wrap

from office_support import blocks_of, reading_of
from pdf_made import sentence
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from rag.schema import Reading

LEADING = 12


def drawn(draw: Callable[[Canvas], None]) -> Reading:
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(595, 842))
    draw(canvas)
    canvas.save()
    return reading_of(target.getvalue(), "a.pdf")


def with_cap(cap: str, lines: Sequence[str], *, high: int, beside: int) -> Reading:
    """A paragraph whose first ``beside`` lines make room for a letter that is ``high`` lines."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Times-Roman", high * LEADING * 1.3)
        canvas.drawString(72, 700 - (high - 1) * LEADING, cap)
        room = stringWidth(cap, "Times-Roman", high * LEADING * 1.3) + 4
        canvas.setFont("Times-Roman", 10)
        for at, line in enumerate(lines):
            canvas.drawString(72 + (room if at < beside else 0), 700 - at * LEADING, line)

    return drawn(draw)


def test_a_drop_cap_with_its_quotation_mark_is_in_its_line() -> None:
    lines = [
        "obody knew the boat,” the harbour master of Orle said in his",
        "office. He had asked three times for the list of the owners,",
        "and twice for the names of the crew, but the company did not",
        "answer him.",
    ]
    found = with_cap("“N", lines, high=3, beside=3)
    assert blocks_of(found) == ["“N" + " ".join(lines)]


def test_a_line_below_a_drop_cap_may_still_make_room_for_it() -> None:
    lines = [
        "he boat was found in June by two fishermen from the village",
        "of Orle. There was nobody on it, and the lamp was still on,",
        "which the harbour master took for a sign that the crew had",
        "left it in a hurry.",
    ]
    assert blocks_of(with_cap("T", lines, high=2, beside=3)) == ["T" + " ".join(lines)]


def test_a_word_of_one_letter_stands_apart_where_a_space_follows_it() -> None:
    lines = [
        " fisherman found the boat in June and brought it to the quay",
        "of Orle, where it was seen by the whole village on Sunday,",
        "before the police came for it.",
    ]
    found = with_cap("A", lines, high=2, beside=2)
    assert blocks_of(found)[0].startswith("A fisherman found the boat")


def spread(canvas: Canvas, line: str, left: float, height: float, width: float) -> None:
    """A line whose words are drawn so that it fills the width."""
    words = line.split()
    free = width - sum(stringWidth(word, "Times-Roman", 10) for word in words)
    for word in words:
        canvas.drawString(left, height, word)
        left += stringWidth(word, "Times-Roman", 10) + free / (len(words) - 1)


def test_narrow_columns_are_read_one_after_the_other_however_their_lines_are_spread() -> None:
    ferry = ["The ferry to Orle was late", "on thirty days in May.", "Passengers waited in long"]
    ferry += ["extraordinary rain and", "the company blamed the", "wind for all of it."]
    school = ["The school of Orle will be", "closed after the summer,", "said the council on last"]
    school += ["Monday. Parents were not", "asked. Nineteen teachers", "lose their work there."]

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Times-Roman", 10)
        for left, lines in ((72, ferry), (215, school)):
            for at, line in enumerate(lines):
                spread(canvas, line, left, 700 - at * LEADING, 125)

    text = drawn(draw).text
    assert " ".join(ferry) in text
    assert " ".join(school) in text


def test_an_article_at_the_foot_of_a_column_goes_on_in_the_next() -> None:
    first = wrap(" ".join(map(sentence, range(10))), 46)[:20]
    first.append("and so it ended.")
    mill = [
        "The mill of Orle was sold on Monday to the",
        "brother of the mayor, who paid nothing for",
    ]
    rest = ["it. The council was not told, and nobody was", "asked what the mill was worth."]
    other = wrap(" ".join(map(sentence, range(20, 23))), 46)

    def draw(canvas: Canvas) -> None:
        def column(left: float, top: float, texts: Sequence[str]) -> None:
            canvas.setFont("Times-Roman", 10)
            for at, line in enumerate(texts):
                canvas.drawString(left, top - at * LEADING, line)

        column(72, 700, first)
        canvas.setFont("Times-Bold", 13)
        canvas.drawString(72, 700 - 21 * LEADING - 16, "Mill sold")
        column(72, 700 - 22 * LEADING - 20, mill)
        column(285, 700, [*rest, *other])

    assert " ".join([*mill, *rest]) in drawn(draw).text

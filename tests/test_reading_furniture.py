"""Running heads, feet and stamps of a PDF are left out, and no words of the text with them."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from office_support import reading_of
from reportlab.pdfgen.canvas import Canvas

Foot = Callable[[Canvas, int], None]


def level(text: str) -> Foot:
    """A foot in the middle, far below the text."""
    return lambda canvas, page: canvas.drawCentredString(306, 30, text.format(page))


def upright(canvas: Canvas, page: int) -> None:
    """A stamp that runs up the right edge of the page."""
    canvas.saveState()
    canvas.translate(600, 60)
    canvas.rotate(90)
    canvas.drawString(0, 0, f"TARN{page + 70:07d}")
    canvas.restoreState()


FEET = [
    level("OX-0031.{:03d}"),
    level("TARN_{:08d}"),
    level("OX-{:06d}-TARN"),
    level("TARN 1:18-cv-00123 Document 44 Filed 03/04/19 Page {} of 8"),
    upright,
]


@pytest.mark.parametrize("foot", FEET)
def test_letters_of_one_form_keep_their_words_and_lose_their_stamps(foot: Foot) -> None:
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(612, 792))
    for page in range(1, 9):
        canvas.setFont("Times-Roman", 11)
        lines = [
            "We write to you as the owner of a house in the valley of",
            f"the Tarn. House number {page} is to be pulled down in {2000 + page}.",
            "You have nine days to answer this letter, and no longer.",
        ]
        for at, line in enumerate(lines):
            canvas.drawString(72, 700 - 14 * at, line)
        foot(canvas, page)
        canvas.showPage()
    canvas.save()
    text = reading_of(target.getvalue(), "letters.pdf").text
    assert [text.count(f"House number {page} is") for page in range(1, 9)] == [1] * 8
    assert text.count("You have nine days to answer") == 8
    assert "TARN" not in text
    assert "OX" not in text

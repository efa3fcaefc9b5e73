"""Rectangles of quotations: the ink inside them is the quotation's, and nothing else's."""

from __future__ import annotations

import io
import random
import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pdf_made import FONT, Made, boxes_of, flowing, fonts, made, reading, report
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from rag.errors import DamagedFile
from rag.readers.pdf.file import page_picture
from rag.readers.pdf_view import Box
from rag.schema import Reading

_SENTENCE = re.compile(r"[A-Z“][^.?!\n]{20,300}[.?!]”?(?=\s)")


def letters(text: str) -> str:
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text)).casefold()


def text_under(content: bytes, page: int, boxes: Sequence[Box]) -> str:
    """The text that pdfium finds along the middle of each box of an upright page."""
    document = pdfium.PdfDocument(content)
    sheet = document[page - 1]
    width, height = sheet.get_size()
    left, bottom, *_ = sheet.get_bbox()
    textpage = sheet.get_textpage()
    found = [
        textpage.get_text_bounded(
            left=left + box.left * width,
            right=left + box.right * width,
            top=bottom + height * (1 - 0.65 * box.top - 0.35 * box.bottom),
            bottom=bottom + height * (1 - 0.35 * box.top - 0.65 * box.bottom),
        )
        for box in boxes
    ]
    textpage.close()
    document.close()
    return " ".join(found)


def sentences_by_page(found: Reading) -> list[tuple[int, str, str]]:
    """Each sentence that stands on one page, with that page and the page's text before it."""
    return [
        (page.number, match[0], text[: match.start()])
        for page in found.pages
        for text in [found.text[page.start : page.end]]
        for match in _SENTENCE.finditer(text)
    ]


@cache
def page_of(content: bytes, number: int) -> str:
    found = reading(content)
    page = found.pages[number - 1]
    return found.text[page.start : page.end]


Case = tuple[bytes, list[tuple[int, str, str]]]


@cache
def case(kind: str) -> Case:
    makers: dict[str, Callable[[], Made]] = {
        "report": lambda: report(labelled=True),
        "one column": lambda: flowing(60),
        "two columns": lambda: flowing(90, columns=2),
        "three columns": lambda: flowing(60, columns=3),
    }
    content = makers[kind]().content
    return content, sentences_by_page(reading(content))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["report", "one column", "two columns", "three columns"]), st.randoms())
def test_the_ink_in_the_boxes_of_a_sentence_is_that_sentence(
    kind: str, choice: random.Random
) -> None:
    content, sentences = case(kind)
    page, text, before = choice.choice(sentences)
    boxes = boxes_of(content, page=page, text=text, before=before)
    inside = text_under(content, page, boxes)
    # The mark of a note inside a sentence, set close to a number or apart.
    numbers = [f"(?<={number})[23]" for number in re.findall(r"\d+", text)[:1]]
    raised = re.sub("|".join([*numbers, r"(?<=\r\n)[23](?=\r\n)"]), "", inside)
    assert letters(text) in (letters(inside), letters(raised))
    assert all(0 <= box.left < box.right <= 1 and 0 <= box.top < box.bottom <= 1 for box in boxes)
    assert all(0.005 < box.bottom - box.top < 0.03 for box in boxes)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_a_phrase_that_is_repeated_is_found_where_it_is_meant(data: st.DataObject) -> None:
    content, sentences = case("two columns")
    page = data.draw(st.sampled_from(sorted({number for number, _, _ in sentences})))
    whole = page_of(content, page)
    phrase = data.draw(st.sampled_from(["case", "on several occasions", "the"]))
    places = [match.start() for match in re.finditer(rf"\b{phrase}\b", whole)]
    first, *others = data.draw(
        st.lists(st.sampled_from(places), min_size=2, max_size=4, unique=True)
    )
    boxes = boxes_of(content, page=page, text=phrase, before=whole[:first])
    assert letters(phrase) in letters(text_under(content, page, boxes))
    for other in others:  # each place has boxes of its own
        assert boxes_of(content, page=page, text=phrase, before=whole[:other]) != boxes


def test_a_hundred_sentences_of_a_real_report(shared: Path) -> None:
    content = (shared / "reports" / "ethiopia-2019.pdf").read_bytes()
    sentences = sentences_by_page(reading(content))
    wrong = []
    for page, text, before in random.Random(1).sample(sentences, 100):
        boxes = boxes_of(content, page=page, text=text, before=before)
        if letters(text_under(content, page, boxes)) != letters(text):
            wrong.append((page, text))
    assert wrong == []


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, (50, 300, 545, 500)])
def test_boxes_are_where_the_picture_shows_the_words(
    rotation: int, crop: tuple[int, int, int, int] | None
) -> None:
    def draw(canvas: Canvas) -> None:
        fonts()
        canvas.setPageRotation(rotation)
        if crop:
            canvas.setCropBox(crop)
        canvas.setFont(FONT, 12)
        canvas.setFillColorRGB(1, 0, 0)
        canvas.drawString(100, 400, "Officials denied it.")
        canvas.setFillColorRGB(0, 0, 0)
        canvas.drawString(100, 420, "Witnesses described administrative detention.")
        canvas.drawString(230, 400, "Nobody was charged.")
        canvas.drawString(100, 380, "Lawyers confirmed the findings.")

    content = made(draw)
    (box,) = boxes_of(content, page=1, text="Officials denied it.")
    picture = Image.open(io.BytesIO(page_picture(content, page=1, width_pixels=800)))
    width, height = picture.size
    edges = (box.left * width, box.top * height, box.right * width, box.bottom * height)
    left, top, right, bottom = map(round, edges)
    inside = picture.crop((left, top, right, bottom)).convert("RGB")
    red = _count(picture.convert("RGB"), is_red=True)
    assert red > 300
    assert _count(inside, is_red=True) == red
    assert _count(inside, is_red=False) == 0


def _count(picture: Image.Image, *, is_red: bool) -> int:
    """How many pixels are red, or as good as black."""
    pixels = zip(*[iter(picture.tobytes())] * 3, strict=True)
    if is_red:
        return sum(r > 200 and g < 120 and b < 120 for r, g, b in pixels)
    return sum(r < 100 and g < 100 and b < 100 for r, g, b in pixels)


def test_words_on_their_side_have_boxes() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "The text of the page, and more of it.")
        canvas.rotate(90)
        canvas.drawString(300, -500, "Confidential draft")

    (box,) = boxes_of(made(draw), page=1, text="Confidential draft")
    assert box.bottom - box.top > 3 * (box.right - box.left)
    assert box.left * 595 == pytest.approx(490, abs=3)
    assert (1 - box.bottom) * 842 == pytest.approx(300, abs=1)


def test_a_quotation_over_two_columns_leaves_the_running_head_out() -> None:
    content = case("two columns")[0]
    for page in (1, 2):
        whole = page_of(content, page)
        inside = text_under(content, page, boxes_of(content, page=page, text=whole))
        assert letters(inside) == letters(whole)
        assert "The Commission" in text_under(content, page, [Box(0, 0.02, 1, 0.08)])


def test_a_quotation_with_a_lost_word_is_still_shown() -> None:
    content, sentences = case("one column")
    page, text, before = sentences[4]
    words = text.split()
    damaged = " ".join([*words[:7], *words[8:]])
    inside = text_under(content, page, boxes_of(content, page=page, text=damaged, before=before))
    assert letters(" ".join(words[:6])) in letters(inside)
    assert letters(" ".join(words[9:])) in letters(inside)


@pytest.mark.parametrize("text", ["", " …", "nothing of the kind stands there, not even nearly"])
def test_what_is_not_there_has_no_boxes(text: str) -> None:
    assert boxes_of(case("one column")[0], page=1, text=text) == ()


def test_pictures_are_bounded() -> None:
    content = case("one column")[0]
    small = Image.open(io.BytesIO(page_picture(content, page=1, width_pixels=300)))
    assert small.size == (300, 425)
    large = Image.open(io.BytesIO(page_picture(content, page=1, width_pixels=10**9)))
    assert large.width * large.height < 25_000_000


@pytest.mark.parametrize("page", [0, -1, 99])
def test_a_page_that_is_not_there(page: int) -> None:
    content = case("one column")[0]
    with pytest.raises(DamagedFile, match=f"page {page} "):
        boxes_of(content, page=page, text="case")
    with pytest.raises(DamagedFile, match=f"page {page} "):
        page_picture(content, page=page, width_pixels=100)

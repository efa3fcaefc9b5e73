"""A page of a PDF as it is displayed: its size, its lines of text, and where a quotation stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import pypdfium2 as pdfium

from rag.readers.pdf.boxes import Box, Placed, box_of, boxes_of_text, in_order
from rag.readers.pdf.file import opened, opened_page
from rag.readers.pdf.page_content import PLAIN, Glyph

# In units of the font size: a wider gap in a line begins another piece of text.
_GAP = 0.9

SOFT_HYPHEN = "\u00ad"
"""Ends a line whose last word goes on in the next one."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """Characters that stand side by side, to be selected and copied where they are displayed.

    ``turn`` is their direction in quarter turns clockwise: 0 for level text, 1 for text that runs
    down the page.
    """

    text: str
    box: Box
    turn: int


@dataclass(frozen=True, slots=True)
class PageView:
    """A page as it is displayed: width and height in points (1/72 inch), and what is on it.

    ``boxes`` are where the words stand that were asked for; ``lines`` are all text that can be
    seen, in reading order.
    """

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[TextLine, ...] = ()


def page_view(content: bytes, *, page: int, text: str, before: str = "") -> PageView:
    """The physical ``page`` of a PDF with its lines, and the rectangles, one for each, of ``text``.

    ``text`` is a piece of a document's text that stands on this page alone, and ``before`` the
    document's text from the beginning of the page up to it, which tells repeated phrases apart.
    There are no boxes without ``text``, or where it is not found, as on a page that is a picture.

    Raises:
        DamagedFile: the PDF cannot be opened, or has no such page.
    """
    with (
        opened(content, "the PDF") as document,
        opened_page(document, page, name="the PDF") as shown,
    ):
        width, height = shown.get_size()
        placed = in_order(shown)
        boxes = tuple(boxes_of_text(shown, placed, text, before))
        return PageView(width, height, boxes, tuple(_lines(shown, placed)))


def page_sizes(content: bytes) -> list[tuple[float, float]]:
    """The width and height in points of each page of a PDF, as it is displayed.

    Raises:
        DamagedFile: the PDF cannot be opened.
    """
    with opened(content, "the PDF") as document:
        return [_size(document, number) for number in range(len(document))]


def _size(document: pdfium.PdfDocument, number: int) -> tuple[float, float]:
    try:
        width, height = document.get_page_size(number)
    except pdfium.PdfiumError:  # the others can be shown
        return 0.0, 0.0
    return width, height


def _lines(page: pdfium.PdfPage, placed: Sequence[Placed]) -> Iterator[TextLine]:
    for _, line in groupby(placed, key=lambda each: each.line):
        for glyphs in _side_by_side([each.glyph for each in line]):
            text = "".join(_plain(glyph.text) for glyph in glyphs)
            style, baseline = glyphs[0].style, glyphs[0].baseline
            left, right = min(each.left for each in glyphs), max(each.right for each in glyphs)
            box = box_of(page, [Glyph(text, style, left, right, baseline)])
            if box is not None and text.strip():
                turn = round((page.get_rotation() - style.angle) / 90) % 4
                yield TextLine(text, box, turn)


def _plain(sign: str) -> str:
    """Plain letters; the hyphen of a word that is broken at a line end as a soft one."""
    return SOFT_HYPHEN if sign == "\x02" else PLAIN.get(sign, sign)


def _side_by_side(glyphs: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    """The characters of a line, cut at wide gaps, as they are between the cells of a table."""
    piece: list[Glyph] = []
    for glyph in glyphs:
        if piece:
            last = piece[-1]
            gap = max(glyph.left - last.right, last.left - glyph.right)
            if gap > _GAP * max(last.style.size, glyph.style.size):
                yield piece
                piece = []
        piece.append(glyph)
    if piece:
        yield piece

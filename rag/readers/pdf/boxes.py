"""Where a piece of a document's text stands on the page of its PDF, and what the page looks like.

>>> boxes = boxes_of(content, page=3, text="Impunity remained a problem.", before="Overview")
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from rag.readers.pdf.characters import Glyph, glyphs_of_page, runs_of_page
from rag.readers.pdf.drawings import drawings_of_page
from rag.readers.pdf.file import opened, opened_page
from rag.readers.pdf.layout import columns_of
from rag.readers.pdf.letters import Letters, Placed, spans_of
from rag.readers.pdf.lines import Line, Run
from rag.readers.pdf.marks import MARK, is_raised
from rag.readers.pdf.pictures import page_picture
from rag.readers.pdf.tables import Rule

__all__ = ["Box", "boxes_of", "page_picture", "page_text"]

# How far letters reach over and under their baseline, in units of the font size.
_OVER, _UNDER = 0.80, 0.22

# pdfium answers in whole units: so many to the width and the height of a page.
_UNITS = 1_000_000


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the page as it is displayed: shares of its width and height, from 0 to 1.

    The origin is at the upper left: ``left`` < ``right`` and ``top`` < ``bottom``.
    """

    left: float
    top: float
    right: float
    bottom: float


def boxes_of(content: bytes, *, page: int, text: str, before: str = "") -> tuple[Box, ...]:
    """The rectangles, one for each line, in which ``text`` stands on the physical ``page``.

    ``text`` is a piece of a document's text that stands on this page alone, and ``before`` the
    document's text from the beginning of the page up to it, which tells repeated phrases apart.
    White space, broken words, ligatures and running heads make no difference. Empty where the
    piece is not found, as on a page that is a picture.

    Raises:
        DamagedFile: the PDF cannot be opened, or has no such page.
    """
    with (
        opened(content, "the PDF") as document,
        opened_page(document, page, name="the PDF") as sheet,
    ):
        textpage = sheet.get_textpage()
        try:
            runs = glyphs_of_page(sheet, textpage)
        finally:
            textpage.close()
        placed = _in_order(runs, drawings_of_page(sheet).rules)
        found = _found(placed, text, before)
        lines: dict[tuple[int, int], list[Glyph]] = {}
        for each in found:
            lines.setdefault(each.line, []).append(each.glyph)
        boxes = [_box(sheet, glyphs) for glyphs in lines.values()]
    return tuple(box for box in boxes if box is not None)


def page_text(content: bytes, page: int) -> str:
    """All text of the physical ``page`` line by line, running heads and page number included.

    A blank line stands between columns. Raised marks of notes are left out.

    Raises:
        DamagedFile: the PDF cannot be opened, or has no such page.
    """
    with (
        opened(content, "the PDF") as document,
        opened_page(document, page, name="the PDF") as sheet,
    ):
        found = runs_of_page(sheet)
        columns = columns_of(found.runs, drawings_of_page(sheet).rules)
    parts = [[line.text for line in column.lines] for column in columns]
    return "\n\n".join("\n".join(part) for part in [*parts, found.turned] if part)


def _in_order(runs: Sequence[tuple[Run, list[Glyph]]], rules: Sequence[Rule]) -> list[Placed]:
    """The characters of a page in the order in which they are read, text on its side last."""
    glyphs_of = {id(run): glyphs for run, glyphs in runs}
    upright = [run for run, glyphs in runs if glyphs[0].style.angle == runs[0][1][0].style.angle]
    lines = [line for column in columns_of(upright, rules) for line in column.lines]
    placed = [
        each
        for number, line in enumerate(lines)
        for run in line.runs
        for each in _placed(run, glyphs_of[id(run)], line=line, number=number)
    ]
    for number, (run, glyphs) in enumerate(runs[len(upright) :], start=len(lines)):
        placed += _placed(run, glyphs, line=None, number=number)
    return placed


def _placed(run: Run, glyphs: list[Glyph], *, line: Line | None, number: int) -> list[Placed]:
    """The inked characters of a run; those in one row of a table may stand on several lines."""
    key = (number, round(run.baseline) if line is not None and line.row else 0)
    level, size = (
        (run.baseline, run.size) if line is None or line.row else (line.baseline, line.size)
    )
    placed = []
    apart = True
    for glyph in glyphs:
        if glyph.text.isspace():
            apart = True
            continue
        raised = is_raised(glyph.style.size, glyph.baseline - level, beside=size)
        is_mark = raised and MARK.match(glyph.text) is not None
        placed.append(Placed(glyph, key, begins=apart, mark=is_mark))
        apart = False
    return placed


def _found(placed: Sequence[Placed], text: str, before: str) -> list[Placed]:
    """The characters that are ``text``: without the marks of notes, or else with them."""
    without = Letters.of([each for each in placed if not each.mark])
    complete = Letters.of(placed)
    for letters, exact in ((without, True), (complete, True), (complete, False)):
        spans = spans_of(letters, text, before, exact=exact)
        if spans:
            return [letters.placed[at] for first, last in spans for at in range(first, last)]
    return []


def _box(page: pdfium.PdfPage, glyphs: Sequence[Glyph]) -> Box | None:
    corners = [corner for glyph in glyphs for corner in _corners(glyph)]
    shown = [_shown(page, x, y) for x, y in corners]
    left, right = (min(1.0, max(0.0, edge([x for x, _ in shown]))) for edge in (min, max))
    top, bottom = (min(1.0, max(0.0, edge([y for _, y in shown]))) for edge in (min, max))
    return Box(left, top, right, bottom) if left < right and top < bottom else None


def _corners(glyph: Glyph) -> list[tuple[float, float]]:
    """The corners of a character on the page, which its line may cross in any direction."""
    style = glyph.style
    return [
        (along * style.cosine - across * style.sine, along * style.sine + across * style.cosine)
        for along in (glyph.left, glyph.right)
        for across in (
            glyph.baseline - _UNDER * style.size,
            glyph.baseline + _OVER * style.size,
        )
    ]


def _shown(page: pdfium.PdfPage, x: float, y: float) -> tuple[float, float]:
    """A point of the page where it is displayed, after its rotation and cropping."""
    across, down = ctypes.c_int(), ctypes.c_int()
    raw.FPDF_PageToDevice(page.raw, 0, 0, _UNITS, _UNITS, 0, x, y, across, down)
    return across.value / _UNITS, down.value / _UNITS

"""What pdfium says about the characters of a page, gathered into runs along one baseline.

pdfium is not safe to call from two threads at once: callers hold :data:`PDFIUM`.
"""

from __future__ import annotations

import ctypes
import math
import re
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from rag.readers.pdf.lines import Run
from rag.readers.pdf.marks import Piece, text_of_pieces

__all__ = ["PDFIUM", "Glyph", "PageOfRuns", "glyphs_of_page", "runs_of_page"]

PDFIUM = threading.RLock()
"""Held by whoever calls pdfium, in this process."""

_BOLD_NAME = re.compile(r"bold|black|heavy|demi", re.IGNORECASE)
_BOLD_WEIGHT = 600

_LIGATURES = {
    "ﬀ": "ff",
    "ﬁ": "fi",
    "ﬂ": "fl",
    "ﬃ": "ffi",
    "ﬄ": "ffl",
    "ﬅ": "st",
    "ﬆ": "st",
    "\uf0b7": "•",  # the bullet of the Symbol font
    "\uf0a7": "▪",
    "\x02": "-",  # what pdfium makes of a hyphen at a line end
}
_UNKNOWN = re.compile("[\x00\x01\x03-\x08\x0e-\x1f\ufffd\ue000-\uf8ff]")
_LINE_ENDS = "\r\n"
_SPACES = re.compile("[ \t]+")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")

# In units of the font size: a wider gap, or another baseline, begins another run.
_GAP, _JUMP, _STEP_BACK = 0.9, 0.5, 1.0


@dataclass(frozen=True, slots=True)
class PageOfRuns:
    """The runs of one page as it is read, its main direction turned to the horizontal.

    ``turned`` are the texts of runs in another direction; ``unknown`` is the share of characters
    for which the file does not say what they mean.
    """

    runs: tuple[Run, ...]
    turned: tuple[str, ...]
    unknown: float


@dataclass(slots=True)
class _Style:
    size: float
    bold: bool
    angle: int
    cosine: float
    sine: float


@dataclass(slots=True)
class Glyph:
    """A character as it is printed; ``index`` is pdfium's, ``left`` … along its line."""

    index: int
    text: str
    style: _Style
    left: float
    right: float
    baseline: float


def runs_of_page(page: pdfium.PdfPage) -> PageOfRuns:
    """Read the characters of ``page``, as far as they are within its edges."""
    textpage = page.get_textpage()
    try:
        glyphs = list(_glyphs(textpage.raw))
    finally:
        textpage.close()
    upright, turned = _runs(glyphs, page.get_bbox())
    count = sum(1 for glyph in glyphs if glyph)
    unknown = sum(1 for glyph in glyphs if glyph and _UNKNOWN.match(glyph.text))
    return PageOfRuns(
        tuple(run for run, _ in upright),
        tuple(run.text for run, _ in turned),
        unknown / count if count else 0.0,
    )


def glyphs_of_page(
    page: pdfium.PdfPage, textpage: pdfium.PdfTextPage
) -> list[tuple[Run, list[Glyph]]]:
    """The runs of :func:`runs_of_page`, those in another direction last, with their characters."""
    upright, turned = _runs(list(_glyphs(textpage.raw)), page.get_bbox())
    return upright + turned


_Runs = list[tuple[Run, list[Glyph]]]


def _runs(
    glyphs: list[Glyph | None], edges: tuple[float, float, float, float]
) -> tuple[_Runs, _Runs]:
    """The runs in the main direction of the page, and those in others."""
    angles = Counter(glyph.style.angle for glyph in glyphs if glyph)
    main = angles.most_common(1)[0][0] if angles else 0
    found = [(_run(group), group) for group in _grouped(glyphs)]
    found = [each for each in found if each[0].text]
    seen = [each for each in found if _is_within(each, edges)]
    upright: _Runs = []
    turned: _Runs = []
    # A page all of whose text is outside has wrong edges.
    for each in seen or found:
        (upright if each[1][0].style.angle == main else turned).append(each)
    return upright, turned


def _is_within(found: tuple[Run, list[Glyph]], edges: tuple[float, float, float, float]) -> bool:
    """Whether the middle of a run is within the edges of the page, which the crop box sets."""
    run, glyphs = found
    style = glyphs[0].style
    along, across = (run.left + run.right) / 2, run.baseline
    x = along * style.cosine - across * style.sine
    y = along * style.sine + across * style.cosine
    left, bottom, right, top = edges
    return left - 1 <= x <= right + 1 and bottom - 1 <= y <= top + 1


def _glyphs(handle: raw.FPDF_TEXTPAGE) -> Iterator[Glyph | None]:
    """The characters in the order of the file; None for the end of a line."""
    box = raw.FS_RECTF()
    x, y = ctypes.c_double(), ctypes.c_double()
    fonts: dict[int, bool] = {}
    style, seen = _Style(1.0, False, 0, 1.0, 0.0), 0
    for index in range(raw.FPDFText_CountChars(handle)):
        code = raw.FPDFText_GetUnicode(handle, index)
        text = chr(code) if code < 0x110000 else "\ufffd"
        if text in _LINE_ENDS:
            yield None
            continue
        if not raw.FPDFText_IsGenerated(handle, index):
            item = raw.FPDFText_GetTextObject(handle, index)
            address = ctypes.addressof(item.contents) if item else 0
            if address != seen or not address:
                style, seen = _style(handle, index, item, fonts), address
        raw.FPDFText_GetLooseCharBox(handle, index, box)
        raw.FPDFText_GetCharOrigin(handle, index, x, y)
        yield _placed(index, text, style, box, x.value, y.value)


def _placed(index: int, text: str, style: _Style, box: raw.FS_RECTF, x: float, y: float) -> Glyph:
    """A character with its place along the direction of its line."""
    if style.angle == 0:
        return Glyph(index, text, style, box.left, box.right, y)
    along = [
        corner_x * style.cosine + corner_y * style.sine
        for corner_x in (box.left, box.right)
        for corner_y in (box.bottom, box.top)
    ]
    return Glyph(index, text, style, min(along), max(along), y * style.cosine - x * style.sine)


def _style(
    handle: raw.FPDF_TEXTPAGE, index: int, item: raw.FPDF_PAGEOBJECT, fonts: dict[int, bool]
) -> _Style:
    matrix = raw.FS_MATRIX()
    raw.FPDFText_GetMatrix(handle, index, matrix)
    scale = math.hypot(matrix.c, matrix.d) or 1.0
    angle = round(math.degrees(math.atan2(matrix.b, matrix.a))) % 360
    font = raw.FPDFTextObj_GetFont(item) if item else None
    key = ctypes.addressof(font.contents) if font else 0
    if key not in fonts:
        named = _BOLD_NAME.search(_font_name(font)) is not None if font else False
        fonts[key] = named or raw.FPDFText_GetFontWeight(handle, index) >= _BOLD_WEIGHT
    turn = math.radians(angle)
    size = raw.FPDFText_GetFontSize(handle, index) * scale
    return _Style(size, fonts[key], angle, math.cos(turn), math.sin(turn))


def _font_name(font: raw.FPDF_FONT) -> str:
    buffer = ctypes.create_string_buffer(256)
    raw.FPDFFont_GetBaseFontName(font, buffer, len(buffer))
    return buffer.value.decode("utf-8", "replace")


def _grouped(glyphs: list[Glyph | None]) -> Iterator[list[Glyph]]:
    group: list[Glyph] = []
    last: Glyph | None = None
    for glyph in glyphs:
        if glyph is None or (last is not None and not glyph.text.isspace() and _apart(last, glyph)):
            if group:
                yield group
            group, last = [], None
        if glyph is None:
            continue
        group.append(glyph)
        if not glyph.text.isspace():
            last = glyph
    if group:
        yield group


def _apart(last: Glyph, glyph: Glyph) -> bool:
    size = max(last.style.size, glyph.style.size)
    return (
        last.style.angle != glyph.style.angle
        or abs(last.baseline - glyph.baseline) > _JUMP * size
        or glyph.left - last.right > _GAP * size
        or (glyph.left < last.left - _STEP_BACK * size and glyph.right < last.left)
    )


def _run(group: list[Glyph]) -> Run:
    inked = [glyph for glyph in group if not glyph.text.isspace()] or group
    size = inked[0].style.size
    main = inked[0]
    mark = 0
    if all(glyph.style.size == size for glyph in inked):
        text = _tidy("".join(_LIGATURES.get(glyph.text, glyph.text) for glyph in group))
    else:
        sizes = Counter(round(glyph.style.size, 1) for glyph in inked)
        size = sizes.most_common(1)[0][0]
        main = next(glyph for glyph in inked if round(glyph.style.size, 1) == size)
        pieces = [
            Piece(
                _LIGATURES.get(glyph.text, glyph.text),
                glyph.style.size,
                glyph.baseline - main.baseline,
            )
            for glyph in group
        ]
        text, mark = text_of_pieces(pieces, size=size)
        text = _tidy(text)
    return Run(
        text=text,
        left=min(glyph.left for glyph in inked),
        right=max(glyph.right for glyph in inked),
        baseline=main.baseline,
        size=round(size, 1),
        bold=all(glyph.style.bold for glyph in inked),
        mark=mark,
    )


def _tidy(text: str) -> str:
    return _SPACES.sub(" ", _CONTROLS.sub("", text)).strip()

"""What pdfium says about the characters of a page, gathered into runs along one baseline.

The only module, with :mod:`rag.reading.pdf`, that talks to pdfium. pdfium is not safe to call from
two threads at once: callers hold :data:`PDFIUM`.
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

from rag.reading.pdf_layout import Run

__all__ = ["PDFIUM", "PageOfRuns", "runs_of_page"]

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
_UNKNOWN = re.compile("[\x00\ufffd\ue000-\uf8ff]")
_LINE_ENDS = "\r\n"

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
class _Glyph:
    text: str
    style: _Style
    left: float
    right: float
    baseline: float


def runs_of_page(page: pdfium.PdfPage) -> PageOfRuns:
    """Read the characters of ``page``; the lock is to be held."""
    textpage = page.get_textpage()
    try:
        glyphs = list(_glyphs(textpage.raw))
    finally:
        textpage.close()
    angles = Counter(glyph.style.angle for glyph in glyphs if glyph)
    main = angles.most_common(1)[0][0] if angles else 0
    runs, turned = [], []
    for group in _grouped(glyphs):
        text = _text(group)
        if not text:
            continue
        if group[0].style.angle == main:
            runs.append(_run(text, group))
        else:
            turned.append(text)
    count = sum(angles.values())
    unknown = sum(1 for glyph in glyphs if glyph and _UNKNOWN.match(glyph.text))
    return PageOfRuns(tuple(runs), tuple(turned), unknown / count if count else 0.0)


def _glyphs(handle: raw.FPDF_TEXTPAGE) -> Iterator[_Glyph | None]:
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
        yield _placed(text, style, box, x.value, y.value)


def _placed(text: str, style: _Style, box: raw.FS_RECTF, x: float, y: float) -> _Glyph:
    """A character with its place along the direction of its line."""
    if style.angle == 0:
        return _Glyph(text, style, box.left, box.right, y)
    along = [
        corner_x * style.cosine + corner_y * style.sine
        for corner_x in (box.left, box.right)
        for corner_y in (box.bottom, box.top)
    ]
    return _Glyph(text, style, min(along), max(along), y * style.cosine - x * style.sine)


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


def _grouped(glyphs: list[_Glyph | None]) -> Iterator[list[_Glyph]]:
    group: list[_Glyph] = []
    last: _Glyph | None = None
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


def _apart(last: _Glyph, glyph: _Glyph) -> bool:
    size = max(last.style.size, glyph.style.size)
    return (
        last.style.angle != glyph.style.angle
        or abs(last.baseline - glyph.baseline) > _JUMP * size
        or glyph.left - last.right > _GAP * size
        or (glyph.left < last.left - _STEP_BACK * size and glyph.right < last.left)
    )


def _text(group: list[_Glyph]) -> str:
    text = "".join(_LIGATURES.get(glyph.text, glyph.text) for glyph in group)
    return re.sub(
        "[ \t]+", " ", re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]", "", text)
    ).strip()


def _run(text: str, group: list[_Glyph]) -> Run:
    inked = [glyph for glyph in group if not glyph.text.isspace()]
    sizes = Counter(round(glyph.style.size, 1) for glyph in inked)
    size = sizes.most_common(1)[0][0]
    main = next(glyph for glyph in inked if round(glyph.style.size, 1) == size)
    return Run(
        text=text,
        left=min(glyph.left for glyph in inked),
        right=max(glyph.right for glyph in inked),
        baseline=main.baseline,
        size=size,
        bold=all(glyph.style.bold for glyph in inked),
    )

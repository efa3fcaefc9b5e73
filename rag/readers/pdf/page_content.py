"""What can be seen on a page of a PDF: characters gathered into runs, pictures, rules, dots.

All of this is asked of pdfium: callers hold its lock, as :func:`rag.readers.pdf.file.opened` does.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from rag.readers.pdf.covered import shades, without_hidden
from rag.readers.pdf.drawings import (
    Drawn,
    dots_among,
    drawn_on_page,
    rules_among,
    share_of_picture,
)
from rag.readers.pdf.drop_caps import bullets
from rag.readers.pdf.file import fields_of_page, is_to_be_redacted, notes_of_page, seen_in_grey
from rag.readers.pdf.lines import Box, Glyph, Rule, Run, Style, run_of, runs_of
from rag.readers.pdf.right_to_left import right_to_left_parts

_BOLD_NAME = re.compile(r"bold|black|heavy|demi", re.IGNORECASE)
_BOLD_WEIGHT = 600

_UNKNOWN = re.compile("[\x00\x01\x03-\x08\x0e-\x1f\ufffd\ue000-\uf8ff]")

# More dots that may be bullets are a chart.
_MOST_DOTS = 300
_LOOK = 64  # pixels: enough to see whether there is anything at all
_LIGHT = 245  # text so light may be white on white


@dataclass(frozen=True, slots=True)
class PageContent:
    """What stands on one page, its main direction turned to the horizontal.

    ``turned`` are the texts of runs in another direction; ``unknown`` is the share of characters
    for which the file does not say what they mean; ``picture`` is the largest share of the page
    that one picture covers, from 0 to 1. ``blank`` says that nothing at all shows, ``hidden`` that
    there are characters that cannot be seen; they are in none of the runs. ``notes`` are what
    readers of the file wrote on it; ``to_redact`` says that something is only marked for redaction.
    """

    runs: tuple[Run, ...]
    turned: tuple[str, ...] = ()
    unknown: float = 0.0
    rules: tuple[Rule, ...] = ()
    picture: float = 0.0
    blank: bool = False
    hidden: bool = False
    notes: tuple[str, ...] = ()
    to_redact: bool = False


_GlyphRun = tuple[Run, list[Glyph]]


def content_of_page(page: pdfium.PdfPage) -> PageContent:
    """Read the characters of ``page`` within its edges, and look at its first 50,000 objects."""
    drawn = drawn_on_page(page)
    glyphs, upright, turned, hidden = characters_of_page(page, drawn)
    unknown = sum(_UNKNOWN.match(glyph.text) is not None for glyph in glyphs)
    picture = share_of_picture(page, drawn)
    runs = [run for run, _ in upright]
    dots = dots_among(drawn)
    return PageContent(
        runs=(*runs, *(bullets(dots, runs) if len(dots) <= _MOST_DOTS else ())),
        turned=tuple(run.text for run, _ in turned),
        unknown=unknown / len(glyphs) if glyphs else 0.0,
        rules=rules_among(drawn),
        picture=picture,
        blank=not (upright or turned or picture) and _is_empty(page),
        hidden=hidden,
        notes=tuple(notes_of_page(page)),
        to_redact=is_to_be_redacted(page),
    )


# Characters and runs.


def characters_of_page(
    page: pdfium.PdfPage, drawn: Sequence[Drawn]
) -> tuple[list[Glyph], list[_GlyphRun], list[_GlyphRun], bool]:
    """All characters; the runs with theirs in the main direction of the page, and in others.

    Those that cannot be seen, under what is ``drawn`` or white, are left out, and :data:`COVERED`
    stands for those under a box; the last value says whether there are any.
    """
    textpage = page.get_textpage()
    try:
        found = list(_glyphs(textpage.raw))
    finally:
        textpage.close()
    found, hidden = without_hidden(page, found, drawn)
    glyphs = [glyph for glyph in found if glyph is not None]
    angles = Counter(glyph.style.angle for glyph in glyphs)
    main = angles.most_common(1)[0][0] if angles else 0
    others, parts = right_to_left_parts(found)
    runs = [*runs_of(others), *((run_of(part), part) for part in parts)]
    edges = page.get_bbox()
    # A page all of whose text is outside has wrong edges.
    runs = [each for each in runs if _is_within(*each, edges)] or runs
    upright = [each for each in runs if each[1][0].style.angle == main]
    if main == 0:
        beside = [run for run, _ in upright]
        upright += runs_of(glyph for line in _filled_in(page, beside) for glyph in (*line, None))
    turned = [each for each in runs if each[1][0].style.angle != main]
    return glyphs, upright, turned, hidden


def _filled_in(page: pdfium.PdfPage, runs: Sequence[Run]) -> Iterator[list[Glyph]]:
    """The values of the fields of a form, as if they were printed where the fields are."""
    for field in fields_of_page(page):
        left, bottom, right, top = field.box
        level = [run for run in runs if bottom - 3 <= run.baseline < top]
        height = top - bottom
        lowest = bottom + 0.25 * height
        label = min(level, key=lambda run: abs(run.baseline - lowest), default=None)
        size = label.size if label else max(4.0, min(0.7 * height, 11.0))
        baseline = label.baseline if label else lowest
        lines = field.value.splitlines()
        if len(lines) > 1:
            baseline = top - size
        style = Style(size, bold=False, angle=0, cosine=1.0, sine=0.0)
        for number, line in enumerate(line for line in lines if line.strip()):
            step = min(0.5 * size, (right - left) / len(line))
            places = [left + at * step for at in range(len(line) + 1)]
            height = baseline - 1.2 * size * number
            yield [
                Glyph(sign, style, *edges, height)
                for sign, edges in zip(line, pairwise(places), strict=True)
            ]


def _glyphs(handle: raw.FPDF_TEXTPAGE) -> Iterator[Glyph | None]:
    """The characters in the order of the file; None for the end of a line."""
    box = raw.FS_RECTF()
    x, y = ctypes.c_double(), ctypes.c_double()
    fonts: dict[int, bool] = {}
    style, seen = Style(1.0, False, 0, 1.0, 0.0), 0
    for index in range(raw.FPDFText_CountChars(handle)):
        code = raw.FPDFText_GetUnicode(handle, index)
        text = chr(code) if code < 0x110000 else "\ufffd"
        if text in "\r\n":
            yield None
            continue
        if not raw.FPDFText_IsGenerated(handle, index):
            item = raw.FPDFText_GetTextObject(handle, index)
            address = ctypes.addressof(item.contents) if item else 0
            if address != seen or not address:
                style, seen = _style(handle, index, item, fonts), address
        raw.FPDFText_GetLooseCharBox(handle, index, box)
        raw.FPDFText_GetCharOrigin(handle, index, x, y)
        yield _glyph(text, style, box, x.value, y.value)


def _glyph(text: str, style: Style, box: raw.FS_RECTF, x: float, y: float) -> Glyph:
    """A character with its place along the direction of its line."""
    if style.angle == 0:
        return Glyph(text, style, box.left, box.right, y)
    along = [
        corner_x * style.cosine + corner_y * style.sine
        for corner_x in (box.left, box.right)
        for corner_y in (box.bottom, box.top)
    ]
    return Glyph(text, style, min(along), max(along), y * style.cosine - x * style.sine)


def _style(
    handle: raw.FPDF_TEXTPAGE, index: int, item: raw.FPDF_PAGEOBJECT, fonts: dict[int, bool]
) -> Style:
    """Size and direction of the characters of a text object; ``fonts`` keeps which are bold."""
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
    address = ctypes.addressof(item.contents) if item else 0
    light = _is_light(item)
    return Style(size, fonts[key], angle, math.cos(turn), math.sin(turn), address, light)


def _is_light(item: raw.FPDF_PAGEOBJECT) -> bool:
    """Whether text is drawn in white or nearly so; invisible text, as that of OCR, is not."""
    if not item or raw.FPDFTextObj_GetTextRenderMode(item) != raw.FPDF_TEXTRENDERMODE_FILL:
        return False
    parts = [ctypes.c_uint() for _ in range(4)]
    known = raw.FPDFPageObj_GetFillColor(item, *parts)
    return bool(known) and min(part.value for part in parts[:3]) >= _LIGHT


def _font_name(font: raw.FPDF_FONT) -> str:
    buffer = ctypes.create_string_buffer(256)
    raw.FPDFFont_GetBaseFontName(font, buffer, len(buffer))
    return buffer.value.decode("utf-8", "replace")


def _is_within(run: Run, glyphs: Sequence[Glyph], edges: Box) -> bool:
    """Whether the middle of a run is within the edges of the page, which the crop box sets."""
    x, y = glyphs[0].style.on_page((run.left + run.right) / 2, run.baseline)
    left, bottom, right, top = edges
    return left - 1 <= x <= right + 1 and bottom - 1 <= y <= top + 1


def _is_empty(page: pdfium.PdfPage) -> bool:
    """Whether nothing can be seen of what is drawn."""
    width, height = page.get_size()
    scale = _LOOK / max(1.0, width, height)
    if min(width, height) * scale < 1:
        return True
    darkest, lightest = shades(seen_in_grey(page, scale=scale))
    return darkest == lightest

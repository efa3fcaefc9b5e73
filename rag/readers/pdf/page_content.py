"""What stands on a page of a PDF: characters gathered into runs, pictures, rules, bullets.

All of this is asked of pdfium: callers hold its lock, as :func:`rag.readers.pdf.file.opened` does.
"""

from __future__ import annotations

import ctypes
import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from rag.readers.pdf.annotations import (
    Field,
    fields_of_page,
    is_to_be_redacted,
    notes_of_page,
)
from rag.readers.pdf.lines import Run, is_raised, text_without_marks

_BOLD_NAME = re.compile(r"bold|black|heavy|demi", re.IGNORECASE)
_BOLD_WEIGHT = 600

PLAIN = {
    # What a character of a font is in plain letters.
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
_BULLETS = "•▪◦●○■□"
_UNKNOWN = re.compile("[\x00\x01\x03-\x08\x0e-\x1f\ufffd\ue000-\uf8ff]")
_SPACES = re.compile("[ \t]+")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")

# In units of the font size: a wider gap, or another baseline, begins another run.
_GAP, _JUMP, _STEP_BACK = 0.9, 0.5, 1.0

# A drawn bullet is this large, in points, and about as high as wide. It stands so far from its
# text, in units of the font size, and so high over the baseline. More of them are a chart.
_SMALLEST, _LARGEST, _OBLONG = 1.2, 9.0, 1.7
_NEAREST, _FURTHEST, _LOWEST, _HIGHEST = 0.1, 4.0, 0.05, 0.75
_MOST_BULLETS = 300

_SHORTEST_RULE, _MOST_RULES = 12.0, 5000
_MOST_OBJECTS = 50_000
_LOOK = 64  # pixels: enough to see whether there is anything at all

# Text so light may be white on white. A picture that is larger is the page itself, with the text
# that OCR found in it below. Of hidden text, the pixels differ by no more.
_LIGHT, _LARGEST_COVER, _SAME_COLOUR = 245, 0.5, 12
_SMALLEST_COVER = 3.0  # points
_MOST_WHITE = 0.8  # of a page's characters
_LOOK_CLOSELY = 2.0  # pixels per point
COVERED = "█████"
"""What stands in the text of a page for words under a black box."""

_Box = tuple[float, float, float, float]  # left, bottom, right, top
_Drawing = tuple[int, _Box]


@dataclass(frozen=True, slots=True)
class Rule:
    """A level line that is drawn on the page, ``height`` points over its lower edge."""

    left: float
    right: float
    height: float


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


@dataclass(slots=True)
class _Style:
    """``angle`` is the direction of the line in degrees, from 0 for level text."""

    size: float
    bold: bool
    angle: int
    cosine: float
    sine: float
    item: int = 0  # the text object, as its address
    light: bool = False

    def on_page(self, along: float, across: float) -> tuple[float, float]:
        """The point of the page that is so far along and across the direction of the line."""
        return (
            along * self.cosine - across * self.sine,
            along * self.sine + across * self.cosine,
        )


@dataclass(slots=True)
class Glyph:
    """A character as it is printed; ``left`` and ``right`` are places along its line."""

    text: str
    style: _Style
    left: float
    right: float
    baseline: float


_GlyphRun = tuple[Run, list[Glyph]]


def content_of_page(page: pdfium.PdfPage) -> PageContent:
    """Read the characters of ``page`` within its edges, and look at its first 50,000 objects."""
    glyphs, upright, turned, hidden = characters_of_page(page)
    unknown = sum(_UNKNOWN.match(glyph.text) is not None for glyph in glyphs)
    drawings = _drawings(page)
    picture = _picture(page, drawings)
    runs = [run for run, _ in upright]
    return PageContent(
        runs=(*runs, *_bullets(drawings, runs)),
        turned=tuple(run.text for run, _ in turned),
        unknown=unknown / len(glyphs) if glyphs else 0.0,
        rules=_rules(drawings),
        picture=picture,
        blank=not (runs or turned or picture) and _is_empty(page),
        hidden=hidden,
        notes=tuple(notes_of_page(page)),
        to_redact=is_to_be_redacted(page),
    )


def rules_of_page(page: pdfium.PdfPage) -> tuple[Rule, ...]:
    """Level lines and the edges of boxes that are drawn on ``page``."""
    return _rules(_drawings(page))


# Characters and runs.


def characters_of_page(
    page: pdfium.PdfPage,
) -> tuple[list[Glyph], list[_GlyphRun], list[_GlyphRun], bool]:
    """All characters; the runs with theirs in the main direction of the page, and in others.

    Characters that cannot be seen are left out, :data:`COVERED` stands for those under a box; the
    last value says whether there are any.
    """
    textpage = page.get_textpage()
    try:
        found = list(_glyphs(textpage.raw))
    finally:
        textpage.close()
    found, hidden = _without_hidden(page, found)
    glyphs = [glyph for glyph in found if glyph is not None]
    angles = Counter(glyph.style.angle for glyph in glyphs)
    main = angles.most_common(1)[0][0] if angles else 0
    runs = [(run, group) for group in _grouped(found) if (run := _run(group)).text]
    edges = page.get_bbox()
    # A page all of whose text is outside has wrong edges.
    runs = [each for each in runs if _is_within(*each, edges)] or runs
    upright = [each for each in runs if each[1][0].style.angle == main]
    if main == 0:
        beside = [run for run, _ in upright]
        upright += [(_run(group), group) for group in _filled_in(page, beside)]
    turned = [each for each in runs if each[1][0].style.angle != main]
    return glyphs, upright, turned, hidden


def _filled_in(page: pdfium.PdfPage, runs: Sequence[Run]) -> Iterator[list[Glyph]]:
    """The values of the fields of a form, as if they were printed where the fields are."""
    for field in fields_of_page(page):
        level = [run for run in runs if field.bottom - 3 <= run.baseline < field.top]
        height = field.top - field.bottom
        lowest = field.bottom + 0.25 * height
        label = min(level, key=lambda run: abs(run.baseline - lowest), default=None)
        size = label.size if label else max(4.0, min(0.7 * height, 11.0))
        baseline = label.baseline if label else lowest
        lines = field.value.splitlines()
        if len(lines) > 1:
            baseline = field.top - size
        for number, line in enumerate(line for line in lines if line.strip()):
            yield list(_typed(line, field, size, baseline - 1.2 * size * number))


def _typed(line: str, field: Field, size: float, baseline: float) -> Iterator[Glyph]:
    style = _Style(size, bold=False, angle=0, cosine=1.0, sine=0.0)
    step = min(0.5 * size, (field.right - field.left) / len(line))
    for at, sign in enumerate(line):
        left = field.left + at * step
        yield Glyph(sign, style, left, left + step, baseline)


def _without_hidden(
    page: pdfium.PdfPage, found: list[Glyph | None]
) -> tuple[list[Glyph | None], bool]:
    """The characters that can be seen, and whether there are others.

    What may be hidden, as it is white or a shape is drawn over it, is looked at in a picture of the
    page: there is nothing to be seen in its place, not even its edges.
    """
    covers, order = _covers(page)
    under = _under(covers, order, found) if covers else set()
    doubtful = [
        glyph
        for glyph in found
        if glyph is not None
        and not glyph.text.isspace()
        and (glyph.style.light or id(glyph) in under)
    ]
    if not doubtful:
        return found, False
    hidden = _unseen(page, doubtful)
    white = hidden - under
    inked = sum(glyph is not None and not glyph.text.isspace() for glyph in found)
    if len(white) > _MOST_WHITE * inked:  # the words of a scan, on a page of their own
        hidden -= white
    if not hidden:
        return found, False
    visible: list[Glyph | None] = []
    for glyph in found:
        if glyph is None or id(glyph) not in hidden:
            if glyph is None or id(glyph) not in under or not glyph.text.isspace():
                visible.append(glyph)
        elif id(glyph) in under:
            last = visible[-1] if visible else None
            if last is not None and last.text == f" {COVERED} ":
                last.right = max(last.right, glyph.right)
            else:
                style, left, right = glyph.style, glyph.left, glyph.right
                visible.append(Glyph(f" {COVERED} ", style, left, right, glyph.baseline))
    return visible, True


def _covers(page: pdfium.PdfPage) -> tuple[list[tuple[_Box, int]], dict[int, int]]:
    """What may hide text, with its place in the order of drawing; and that of each text object."""
    left, bottom, right, top = page.get_bbox()
    area = _LARGEST_COVER * max(1.0, (right - left) * (top - bottom))
    covers: list[tuple[_Box, int]] = []
    order: dict[int, int] = {}
    count = min(_MOST_OBJECTS, raw.FPDFPage_CountObjects(page.raw))
    for index in range(count):
        item = raw.FPDFPage_GetObject(page.raw, index)
        kind = raw.FPDFPageObj_GetType(item)
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            order[ctypes.addressof(item.contents)] = index
        elif kind == raw.FPDF_PAGEOBJ_IMAGE or (kind == raw.FPDF_PAGEOBJ_PATH and _is_filled(item)):
            sides = [ctypes.c_float() for _ in range(4)]
            if raw.FPDFPageObj_GetBounds(item, *sides):
                covers.append((_box_of(sides), index))
    rectangle = raw.FS_RECTF()
    for index in range(min(_MOST_BULLETS, raw.FPDFPage_GetAnnotCount(page.raw))):
        note = raw.FPDFPage_GetAnnot(page.raw, index)
        if raw.FPDFAnnot_GetSubtype(note) != raw.FPDF_ANNOT_LINK and raw.FPDFAnnot_GetRect(
            note, rectangle
        ):
            edges = (rectangle.left, rectangle.bottom, rectangle.right, rectangle.top)
            left, bottom, right, top = map(float, edges)
            covers.append(((left, bottom, right, top), count))
        raw.FPDFPage_CloseAnnot(note)
    large = [
        (box, at)
        for box, at in covers
        if box[3] - box[1] > _SMALLEST_COVER
        and box[2] - box[0] > _SMALLEST_COVER
        and (box[2] - box[0]) * (box[3] - box[1]) < area
    ]
    first = min(order.values(), default=0)
    return [each for each in large if each[1] > first][:_MOST_BULLETS], order


def _is_filled(item: raw.FPDF_PAGEOBJECT) -> bool:
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    return bool(raw.FPDFPath_GetDrawMode(item, mode, stroke)) and mode.value != 0


def _box_of(sides: Sequence[ctypes.c_float]) -> _Box:
    return sides[0].value, sides[1].value, sides[2].value, sides[3].value


def _under(
    covers: Sequence[tuple[_Box, int]], order: Mapping[int, int], glyphs: Sequence[Glyph | None]
) -> set[int]:
    """The ids of the characters whose middle is in a cover that is drawn after them."""
    points = []
    for glyph in filter(None, glyphs):
        style = glyph.style
        x, y = style.on_page((glyph.left + glyph.right) / 2, glyph.baseline + 0.25 * style.size)
        points.append((y, x, order.get(style.item, -1), id(glyph)))
    points.sort()  # so that a cover is compared with the lines at its height alone
    found: set[int] = set()
    for (left, bottom, right, top), drawn in covers:
        first, end = bisect_left(points, (bottom,)), bisect_left(points, (top,))
        found.update(
            key for _, x, at, key in points[first:end] if at < drawn and left <= x <= right
        )
    return found


def _unseen(page: pdfium.PdfPage, glyphs: Sequence[Glyph]) -> set[int]:
    """The ids of the characters where a picture of the page has one colour only."""
    bitmap = page.render(scale=_LOOK_CLOSELY, grayscale=True)
    try:
        picture = bitmap.to_pil()
        found: set[int] = set()
        across, down = ctypes.c_int(), ctypes.c_int()
        for glyph in glyphs:
            corners = []
            for along, height in ((glyph.left, 0.0), (glyph.right, 0.5)):
                x, y = glyph.style.on_page(along, glyph.baseline + height * glyph.style.size)
                raw.FPDF_PageToDevice(
                    page.raw, 0, 0, picture.width, picture.height, 0, x, y, across, down
                )
                corners.append((across.value, down.value))
            (left, right), (top, bottom) = (sorted(each) for each in zip(*corners, strict=True))
            darkest, lightest = picture.crop((left, top, right + 1, bottom + 1)).getextrema()
            if lightest - darkest <= _SAME_COLOUR:
                found.add(id(glyph))
        return found
    finally:
        bitmap.close()


def _glyphs(handle: raw.FPDF_TEXTPAGE) -> Iterator[Glyph | None]:
    """The characters in the order of the file; None for the end of a line."""
    box = raw.FS_RECTF()
    x, y = ctypes.c_double(), ctypes.c_double()
    fonts: dict[int, bool] = {}
    style, seen = _Style(1.0, False, 0, 1.0, 0.0), 0
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


def _glyph(text: str, style: _Style, box: raw.FS_RECTF, x: float, y: float) -> Glyph:
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
) -> _Style:
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
    return _Style(size, fonts[key], angle, math.cos(turn), math.sin(turn), address, light)


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


def _grouped(glyphs: Sequence[Glyph | None]) -> Iterator[list[Glyph]]:
    """Characters that follow one another on one baseline without a wide gap."""
    group: list[Glyph] = []
    last: Glyph | None = None  # that is no space
    for glyph in (*glyphs, None):
        inked = glyph is not None and not glyph.text.isspace()
        if group and (glyph is None or (inked and last is not None and _apart(last, glyph))):
            yield group
            group, last = [], None
        if glyph is not None:
            group.append(glyph)
            last = glyph if inked else last


def _apart(last: Glyph, glyph: Glyph) -> bool:
    size = max(last.style.size, glyph.style.size)
    return (
        last.style.angle != glyph.style.angle
        or abs(last.baseline - glyph.baseline) > _JUMP * size
        or glyph.left - last.right > _GAP * size
        or (glyph.left < last.left - _STEP_BACK * size and glyph.right < last.left)
    )


def _run(group: Sequence[Glyph]) -> Run:
    inked = [glyph for glyph in group if not glyph.text.isspace()] or list(group)
    sizes = Counter(round(glyph.style.size, 1) for glyph in inked)
    size = sizes.most_common(1)[0][0]
    main = next(glyph for glyph in inked if round(glyph.style.size, 1) == size)
    text, mark = text_without_marks(
        (
            PLAIN.get(glyph.text, glyph.text),
            is_raised(glyph.style.size, glyph.baseline - main.baseline, beside=size),
        )
        for glyph in group
    )
    return Run(
        text=_SPACES.sub(" ", _CONTROLS.sub("", text)).strip(),
        left=min(glyph.left for glyph in inked),
        right=max(glyph.right for glyph in inked),
        baseline=main.baseline,
        size=size,
        bold=all(glyph.style.bold for glyph in inked),
        mark=mark,
    )


def _is_within(run: Run, glyphs: Sequence[Glyph], edges: _Box) -> bool:
    """Whether the middle of a run is within the edges of the page, which the crop box sets."""
    x, y = glyphs[0].style.on_page((run.left + run.right) / 2, run.baseline)
    left, bottom, right, top = edges
    return left - 1 <= x <= right + 1 and bottom - 1 <= y <= top + 1


# Drawings.


def _drawings(page: pdfium.PdfPage) -> list[_Drawing]:
    """Kind and box of everything on the page but text."""
    found: list[_Drawing] = []
    for index in range(min(_MOST_OBJECTS, raw.FPDFPage_CountObjects(page.raw))):
        item = raw.FPDFPage_GetObject(page.raw, index)
        kind = raw.FPDFPageObj_GetType(item)
        if kind != raw.FPDF_PAGEOBJ_TEXT:
            sides = [ctypes.c_float() for _ in range(4)]
            if raw.FPDFPageObj_GetBounds(item, *sides):
                left, bottom, right, top = (side.value for side in sides)
                found.append((kind, (left, bottom, right, top)))
    return found


def _picture(page: pdfium.PdfPage, drawings: Sequence[_Drawing]) -> float:
    """The largest share of the page that one picture covers."""
    left, bottom, right, top = page.get_bbox()
    area = max(1.0, (right - left) * (top - bottom))
    shares = [
        max(0.0, min(box[2], right) - max(box[0], left))
        * max(0.0, min(box[3], top) - max(box[1], bottom))
        / area
        for kind, box in drawings
        if kind in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_FORM)
    ]
    return min(1.0, max(shares, default=0.0))


def _rules(drawings: Sequence[_Drawing]) -> tuple[Rule, ...]:
    found = [
        Rule(box[0], box[2], height)
        for kind, box in drawings
        if kind == raw.FPDF_PAGEOBJ_PATH and box[2] - box[0] > _SHORTEST_RULE
        for height in {box[1], box[3]}
    ]
    return tuple(found[:_MOST_RULES])


def _bullets(drawings: Sequence[_Drawing], runs: Sequence[Run]) -> list[Run]:
    """A run for each drawn bullet that stands before a line, where there are several."""
    dots = [box for _, box in drawings if _is_dot(box)]
    if not 1 < len(dots) <= _MOST_BULLETS:
        return []
    found = [(box, run) for box in dots if (run := _run_after(box, runs)) is not None]
    return [
        Run("•", box[0], box[2], run.baseline, run.size, run.bold)
        for box, run in found
        if sum(abs(other[0] - box[0]) < 1 for other, _ in found) > 1
    ]


def _is_dot(box: _Box) -> bool:
    low, high = sorted((box[2] - box[0], box[3] - box[1]))
    return low >= _SMALLEST and high <= _LARGEST and high <= _OBLONG * low


def _run_after(box: _Box, runs: Sequence[Run]) -> Run | None:
    """The first run of a line with the dot in front of it and nothing between."""
    middle = (box[1] + box[3]) / 2
    beside = [
        run for run in runs if _LOWEST * run.size < middle - run.baseline < _HIGHEST * run.size
    ]
    first = min(beside, key=lambda run: run.left, default=None)
    if first is None or first.text[:1] in _BULLETS:
        return None
    return first if _NEAREST < (first.left - box[2]) / first.size < _FURTHEST else None


def _is_empty(page: pdfium.PdfPage) -> bool:
    """Whether nothing can be seen of what is drawn."""
    width, height = page.get_size()
    scale = _LOOK / max(1.0, width, height)
    if min(width, height) * scale < 1:
        return True
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        darkest, lightest = bitmap.to_pil().getextrema()
        return bool(darkest == lightest)
    finally:
        bitmap.close()

"""A page of a PDF as it is displayed: its size, its lines of text, and where a quotation stands.

A quotation is found by its letters and digits alone, in one case and without ligatures, so that
white space, broken words and kinds of quotation marks make no difference.
"""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from rag.readers.pdf.drawings import drawn_on_page, rules_among
from rag.readers.pdf.file import opened, opened_page
from rag.readers.pdf.layout import columns_of
from rag.readers.pdf.lines import RAISED_MARK, Glyph, Line, Run, is_raised, plain
from rag.readers.pdf.page_content import characters_of_page

# How far letters reach over and under their baseline, in units of the font size.
_OVER, _UNDER = 0.80, 0.22

# pdfium answers in whole units: so many to the width and the height of a page.
_UNITS = 1_000_000

# Text that does not stand on the page in one piece is looked for in pieces of so many letters;
# so much of it must be found, and gaps so long are closed.
_PIECE, _SHARE, _LONGEST_GAP = 16, 0.6, 24

# In units of the font size: a wider gap in a line begins another piece of text.
_GAP = 0.9

SOFT_HYPHEN = "\u00ad"
"""Ends a line whose last word goes on in the next one."""

_Span = tuple[int, int]
_LineKey = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the page as it is displayed: shares of its width and height, from 0 to 1.

    The origin is at the upper left: ``left`` < ``right`` and ``top`` < ``bottom``.
    """

    left: float
    top: float
    right: float
    bottom: float


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
        placed = _in_order(shown)
        boxes = tuple(_boxes_of_text(shown, placed, text, before))
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


def _lines(page: pdfium.PdfPage, placed: Sequence[_Placed]) -> Iterator[TextLine]:
    for _, line in groupby(placed, key=lambda each: each.line):
        for glyphs in _side_by_side([each.glyph for each in line]):
            text = "".join(
                SOFT_HYPHEN if glyph.text == "\x02" else plain(glyph.text) for glyph in glyphs
            )
            style, baseline = glyphs[0].style, glyphs[0].baseline
            left, right = min(each.left for each in glyphs), max(each.right for each in glyphs)
            box = _box_of(page, [Glyph(text, style, left, right, baseline)])
            if box is not None and text.strip():
                turn = round((page.get_rotation() - style.angle) / 90) % 4
                yield TextLine(text, box, turn)


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


# Where a quotation stands.


def _boxes_of_text(
    page: pdfium.PdfPage, everything: Sequence[_Placed], text: str, before: str
) -> Iterator[Box]:
    """The rectangles, one for each line, of ``text`` among the characters of a page.

    ``before`` is the document's text from the beginning of the page up to it, which tells repeated
    phrases apart. There are none without ``text``, or where it is not found.
    """
    if not _letters(text):
        return
    lines: dict[_LineKey, list[Glyph]] = {}
    inked = [each for each in everything if not each.glyph.text.isspace()]
    for each in _find(inked, text, before):
        lines.setdefault(each.line, []).append(each.glyph)
    yield from filter(None, (_box_of(page, glyphs) for glyphs in lines.values()))


# Characters in reading order.


@dataclass(frozen=True, slots=True)
class _Placed:
    """A character; ``line`` is the same for one line, ``mark`` is set in the mark of a note."""

    glyph: Glyph
    line: _LineKey
    mark: bool


def _in_order(page: pdfium.PdfPage) -> list[_Placed]:
    """The characters of a page in the order in which they are read, text on its side last."""
    drawn = drawn_on_page(page)
    _, upright, turned, _ = characters_of_page(page, drawn)
    glyphs_of = {id(run): glyphs for run, glyphs in upright}
    columns = columns_of([run for run, _ in upright], rules_among(drawn))
    lines = [line for column in columns for line in column.lines]
    placed = [
        each
        for number, line in enumerate(lines)
        for run in line.runs
        for each in _placed(run, glyphs_of[id(run)], line=line, number=number)
    ]
    for number, (run, glyphs) in enumerate(turned, start=len(lines)):
        placed += _placed(run, glyphs, line=run, number=number)
    return placed


def _placed(
    run: Run, glyphs: Sequence[Glyph], *, line: Line | Run, number: int
) -> Iterator[_Placed]:
    """The characters of a run; those in one row of a table may stand on several lines."""
    is_cell = isinstance(line, Line) and line.row
    key = (number, round(run.baseline) if is_cell else 0)
    beside = run if is_cell else line
    for glyph in glyphs:
        height = glyph.baseline - beside.baseline
        raised = is_raised(glyph.style.size, height, beside=beside.size)
        yield _Placed(glyph, key, raised and RAISED_MARK.match(glyph.text) is not None)


# The text among them.


def _letters(text: str) -> str:
    if not text.isascii():  # one by one, as they are on the page
        text = "".join(unicodedata.normalize("NFKC", each) for each in text).casefold()
    return "".join(filter(str.isalnum, text.lower()))


def _find(everything: Sequence[_Placed], text: str, before: str) -> list[_Placed]:
    """The characters that are ``text``, without the marks of notes or else with them.

    Of several places the one that has most of ``before`` before it is meant. Where it does not
    stand in one piece, most of it, in the right order, is enough.
    """
    wanted, left = _letters(text), _letters(before)
    for placed in ([each for each in everything if not each.mark], everything):
        letters = [_letters(each.glyph.text) for each in placed]
        whole = "".join(letters)
        at = [place for place, each in enumerate(letters) for _ in each]
        begin = _best(whole, wanted, left)
        if begin is not None:
            return _with_signs(placed, [(at[begin], at[begin + len(wanted) - 1] + 1)], text)
    pieces = _in_pieces(whole, wanted, len(left))
    spans = [(at[first], at[last - 1] + 1) for first, last in pieces]
    return _with_signs(everything, _closed(everything, spans), text)


def _best(text: str, wanted: str, before: str) -> int | None:
    """Where ``wanted`` begins, after most of ``before``."""
    return max(
        _places(text, wanted),
        key=lambda place: (_alike(text[:place], before), -abs(place - len(before))),
        default=None,
    )


def _places(text: str, wanted: str) -> Iterator[int]:
    place = text.find(wanted)
    while place >= 0:
        yield place
        place = text.find(wanted, place + 1)


def _alike(one: str, other: str) -> int:
    """How many letters at the ends of both are the same."""
    count = 0
    while count < min(len(one), len(other)) and one[-1 - count] == other[-1 - count]:
        count += 1
    return count


def _in_pieces(text: str, wanted: str, expected: int) -> list[_Span]:
    """The places of the pieces of ``wanted``, one after the other; none if too few are there."""
    found: list[_Span] = []
    matched, cursor = 0, 0
    for begin in range(0, len(wanted), _PIECE):
        piece = wanted[begin : begin + _PIECE]
        if len(piece) < _PIECE // 2 and found:
            piece = wanted[-_PIECE:]
        if found:
            place = text.find(piece, cursor)
        else:
            places = _places(text, piece)
            place = min(places, key=lambda each: abs(each - expected), default=-1)
        if place < 0:
            continue
        # What is alike before it belongs to a piece that was not found as a whole.
        missing = min(begin - matched, place - found[-1][1] if found else place)
        more = _alike(text[:place], wanted[max(0, begin - missing) : begin])
        found.append((place - more, place + len(piece)))
        matched, cursor = matched + more + len(piece), place + 1
    return found if matched >= _SHARE * len(wanted) else []


def _closed(placed: Sequence[_Placed], spans: Sequence[_Span]) -> list[_Span]:
    """The spans with short gaps closed, but for lines that have no part in the text.

    Such a line is a running head between the end of one column and the top of the next.
    """
    lines = {placed[at].line for span in spans for at in range(*span)}
    closed = list(spans[:1])
    for first, last in spans[1:]:
        gap = range(closed[-1][1], first)
        if len(gap) <= _LONGEST_GAP:
            closed += [(at, at + 1) for at in gap if placed[at].line in lines]
        closed.append((max(first, closed[-1][1]), last))
    return closed


def _with_signs(placed: Sequence[_Placed], spans: Sequence[_Span], text: str) -> list[_Placed]:
    """The characters of the spans, and the quotation marks and full stops at the text's ends."""
    found = [placed[at] for span in spans for at in range(*span)]
    if not found:
        return []
    signs = ["" if _letters(sign) else sign for sign in "".join(text.split())]
    leading = signs.index("")
    trailing = signs[::-1].index("")
    first, last = spans[0][0], spans[-1][1]
    while leading and first and not _letters(placed[first - 1].glyph.text):
        first, leading = first - 1, leading - 1
    while trailing and last < len(placed) and not _letters(placed[last].glyph.text):
        last, trailing = last + 1, trailing - 1
    return [*placed[first : spans[0][0]], *found, *placed[spans[-1][1] : last]]


# Rectangles.


def _box_of(page: pdfium.PdfPage, glyphs: Sequence[Glyph]) -> Box | None:
    """The rectangle around characters of one line; None where nothing of it is on the page."""
    shown = [_shown(page, *corner) for glyph in glyphs for corner in _corners(glyph)]
    left, right = (min(1.0, max(0.0, edge(x for x, _ in shown))) for edge in (min, max))
    top, bottom = (min(1.0, max(0.0, edge(y for _, y in shown))) for edge in (min, max))
    return Box(left, top, right, bottom) if left < right and top < bottom else None


def _corners(glyph: Glyph) -> Iterator[tuple[float, float]]:
    """The corners of a character on the page, which its line may cross in any direction."""
    for along in (glyph.left, glyph.right):
        for height in (-_UNDER, _OVER):
            yield glyph.style.on_page(along, glyph.baseline + height * glyph.style.size)


def _shown(page: pdfium.PdfPage, x: float, y: float) -> tuple[float, float]:
    """A point of the page where it is displayed, after its rotation and cropping."""
    across, down = ctypes.c_int(), ctypes.c_int()
    raw.FPDF_PageToDevice(page.raw, 0, 0, _UNITS, _UNITS, 0, x, y, across, down)
    return across.value / _UNITS, down.value / _UNITS

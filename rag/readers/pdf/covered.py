"""Which characters of a PDF's page cannot be seen: under a box, white, or dark on a dark box.

All of this is asked of pdfium: callers hold its lock, as :func:`rag.readers.pdf.file.opened` does.
"""

from __future__ import annotations

import ctypes
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import cast

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL.Image import Image

from rag.readers.pdf.drawings import Drawn
from rag.readers.pdf.file import boxes_of_annotations, seen_in_grey
from rag.readers.pdf.lines import Box, Glyph

# A picture that is larger is the page itself, with the text that OCR found in it below. Of hidden
# text, the pixels differ by no more.
_LARGEST_COVER, _SAME_COLOUR = 0.5, 12
_SMALLEST_COVER, _MOST_COVERS = 3.0, 300  # points
_MOST_WHITE = 0.8  # of a page's characters
_LOOK_CLOSELY, _NARROW = 2.0, 5  # pixels per point; pixels
COVERED = "█████"
"""What stands in the text of a page for words under a black box."""
_BLACK = f" {COVERED} "


def without_hidden(
    page: pdfium.PdfPage, found: list[Glyph | None], drawn: Sequence[Drawn]
) -> tuple[list[Glyph | None], bool]:
    """The characters that can be seen, and whether there are others.

    What may be hidden, as it is white, or something is drawn over it, or it is drawn on something
    dark, is looked at in a picture of the page: there is nothing to be seen in its place, not even
    its edges. :data:`COVERED` stands for it where it is under a box or on one.
    """
    glyphs = [glyph for glyph in found if glyph is not None]
    inked = [glyph for glyph in glyphs if not glyph.text.isspace()]
    under = _under(page, drawn, glyphs)
    doubtful = [glyph for glyph in inked if glyph.style.light or id(glyph) in under]
    hidden = _unseen(page, doubtful) if doubtful else set()
    white = hidden - under
    if len(white) > _MOST_WHITE * len(inked):  # the words of a scan, on a page of their own
        hidden -= white
    if not hidden:
        return found, False
    visible: list[Glyph | None] = []
    for glyph in found:
        is_under = glyph is not None and id(glyph) in under
        last = visible[-1] if visible else None
        if glyph is None or id(glyph) not in hidden:
            if glyph is None or not (is_under and glyph.text.isspace()):
                visible.append(glyph)
        elif is_under and last is not None and last.text == _BLACK:
            last.right = max(last.right, glyph.right)
        elif is_under:
            visible.append(replace(glyph, text=_BLACK))
    return visible, True


def _covers(page: pdfium.PdfPage, drawn: Sequence[Drawn]) -> Iterator[tuple[Box, int, bool]]:
    """What may hide text, its place in the order of drawing, and whether it is dark.

    What is dark may hide what is drawn after it as well. Notes are drawn last.
    """
    left, bottom, right, top = page.get_bbox()
    area = _LARGEST_COVER * max(1.0, (right - left) * (top - bottom))
    begun = False
    boxes = [each.box if each.filled else None for each in drawn]
    for at, box in enumerate((*boxes, *boxes_of_annotations(page))):
        begun |= at >= len(drawn) or drawn[at].kind == raw.FPDF_PAGEOBJ_TEXT
        dark = at < len(drawn) and drawn[at].dark
        if (begun or dark) and box is not None:
            width, height = box[2] - box[0], box[3] - box[1]
            if min(width, height) > _SMALLEST_COVER and width * height < area:
                yield box, at, dark


def _under(page: pdfium.PdfPage, drawn: Sequence[Drawn], glyphs: Sequence[Glyph]) -> set[int]:
    """The ids of the characters whose middle is in a cover that is drawn after them.

    Those are also the characters that are dark in a dark one, whichever is drawn first.
    """
    covers = list(islice(_covers(page, drawn), _MOST_COVERS))
    if not covers:
        return set()
    order = {each.address: at for at, each in enumerate(drawn)}
    points = []
    for glyph in glyphs:
        style = glyph.style
        x, y = style.on_page((glyph.left + glyph.right) / 2, glyph.baseline + 0.25 * style.size)
        points.append((y, x, order.get(style.item, -1), style.light, id(glyph)))
    points.sort()  # so that a cover is compared with the lines at its height alone
    found: set[int] = set()
    for (left, bottom, right, top), at, dark in covers:
        first, end = bisect_left(points, (bottom,)), bisect_left(points, (top,))
        found.update(
            key
            for _, x, own, light, key in points[first:end]
            if left <= x <= right and (own < at or (dark and not light))
        )
    return found


def _unseen(page: pdfium.PdfPage, glyphs: Sequence[Glyph]) -> set[int]:
    """The ids of the characters where a picture of the page has one colour only."""
    picture = seen_in_grey(page, scale=_LOOK_CLOSELY)
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
        if right - left >= _NARROW:  # a box may end within the first and the last pixel
            left, right = left + 1, right - 1
        darkest, lightest = shades(picture.crop((left, top, right + 1, bottom + 1)))
        if lightest - darkest <= _SAME_COLOUR:
            found.add(id(glyph))
    return found


def shades(picture: Image) -> tuple[int, int]:
    """The darkest and the lightest pixel, from 0 to 255."""
    return cast("tuple[int, int]", picture.getextrema())

"""What is drawn on a page of a PDF beside its characters: boxes, rules, pictures, dots.

All of this is asked of pdfium: callers hold its lock, as :func:`rag.readers.pdf.file.opened` does.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from rag.readers.pdf.lines import Box, Rule

# A dot that may be a bullet is this large, in points, and about as high as wide.
_SMALLEST, _LARGEST, _OBLONG = 1.2, 9.0, 1.7

_SHORTEST_RULE, _MOST_RULES = 12.0, 5000
_MOST_OBJECTS = 50_000

# A line drawn so thick, in points, is a box; a box so dark, of 255, hides dark text on it as well.
_THICK, _DARK = 3.0, 80


@dataclass(frozen=True, slots=True)
class Drawn:
    """An object on a page, of one of pdfium's kinds; one that is ``filled`` may hide text below it.

    One that is ``dark`` may hide text that is drawn on it. Texts have no box, but an ``address``,
    by which their characters know them.
    """

    kind: int
    box: Box | None
    filled: bool
    address: int
    dark: bool = False


def drawn_on_page(page: pdfium.PdfPage) -> list[Drawn]:
    """The first 50,000 objects of a page in the order in which they are drawn."""
    found: list[Drawn] = []
    sides = [ctypes.c_float() for _ in range(4)]
    for index in range(min(_MOST_OBJECTS, raw.FPDFPage_CountObjects(page.raw))):
        item = raw.FPDFPage_GetObject(page.raw, index)
        kind = raw.FPDFPageObj_GetType(item)
        box = None
        if kind != raw.FPDF_PAGEOBJ_TEXT and raw.FPDFPageObj_GetBounds(item, *sides):
            left, bottom, right, top = (side.value for side in sides)
            box = left, bottom, right, top
        filled = dark = False
        if kind == raw.FPDF_PAGEOBJ_PATH:
            filled, dark = _fill(item)
        else:
            filled = kind in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_FORM)
        found.append(Drawn(kind, box, filled, ctypes.addressof(item.contents), dark))
    return found


def _fill(path: raw.FPDF_PAGEOBJECT) -> tuple[bool, bool]:
    """Whether a path covers what is below it, as a thick line does too, and whether it is dark."""
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    if not raw.FPDFPath_GetDrawMode(path, mode, stroke):
        return False, False
    colour = raw.FPDFPageObj_GetFillColor
    if not mode.value:
        width = ctypes.c_float()
        known = stroke.value and raw.FPDFPageObj_GetStrokeWidth(path, width)
        if not known or width.value <= _THICK:
            return False, False
        colour = raw.FPDFPageObj_GetStrokeColor
    parts = [ctypes.c_uint() for _ in range(4)]
    known = colour(path, *parts)
    return True, bool(known) and max(part.value for part in parts[:3]) <= _DARK


def rules_among(drawn: Sequence[Drawn]) -> tuple[Rule, ...]:
    """Level lines and the edges of boxes."""
    found = (
        Rule(box[0], box[2], height)
        for each in drawn
        if each.kind == raw.FPDF_PAGEOBJ_PATH
        and (box := each.box)
        and box[2] - box[0] > _SHORTEST_RULE
        for height in {box[1], box[3]}
    )
    return tuple(islice(found, _MOST_RULES))


def share_of_picture(page: pdfium.PdfPage, drawn: Sequence[Drawn]) -> float:
    """The largest share of the page that one picture covers, from 0 to 1."""
    left, bottom, right, top = page.get_bbox()
    area = max(1.0, (right - left) * (top - bottom))
    shares = [
        max(0.0, min(box[2], right) - max(box[0], left))
        * max(0.0, min(box[3], top) - max(box[1], bottom))
        / area
        for each in drawn
        if each.kind in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_FORM) and (box := each.box)
    ]
    return min(1.0, max(shares, default=0.0))


def dots_among(drawn: Sequence[Drawn]) -> list[Box]:
    """The drawn dots that may be bullets."""
    return [box for each in drawn if (box := each.box) and _is_dot(box)]


def _is_dot(box: Box) -> bool:
    low, high = sorted((box[2] - box[0], box[3] - box[1]))
    return low >= _SMALLEST and high <= _LARGEST and high <= _OBLONG * low

"""What stands on the page of a PDF besides text: pictures, and bullets that are drawn.

Talks to pdfium: callers hold its lock.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from rag.readers.pdf.lines import Run
from rag.readers.pdf.tables import Rule

__all__ = ["Drawings", "drawings_of_page", "is_blank", "with_bullets"]

_Box = tuple[float, float, float, float]

# A drawn bullet is this large, in points, and about as high as wide.
_SMALLEST, _LARGEST, _OBLONG = 1.2, 9.0, 1.7
# It stands so far from its text, in units of the font size, and so high over the baseline.
_NEAREST, _FURTHEST, _LOWEST, _HIGHEST = 0.1, 4.0, 0.05, 0.75

_SHORTEST_RULE, _MOST_RULES = 12.0, 5000

_MOST_OBJECTS = 50_000
_MOST_DOTS = 300  # more of them are a chart
_LOOK = 64  # pixels: enough to see whether there is anything at all


@dataclass(frozen=True, slots=True)
class Drawings:
    """``picture`` is the largest share of the page that one picture covers, from 0 to 1.

    ``objects`` counts everything but text; ``dots`` are the boxes (left, bottom, right, top; in
    points) of what is as small as a bullet; ``rules`` are level lines and the edges of boxes.
    """

    objects: int
    picture: float
    dots: tuple[_Box, ...]
    rules: tuple[Rule, ...]


def drawings_of_page(page: pdfium.PdfPage) -> Drawings:
    """Look at the objects of ``page``, the first 50,000 at most."""
    left, bottom, right, top = page.get_bbox()
    area = max(1.0, (right - left) * (top - bottom))
    objects, picture = 0, 0.0
    dots: list[_Box] = []
    rules: list[Rule] = []
    for kind, item in _objects(page):
        objects += 1
        box = _box(item)
        if box is None:
            continue
        if kind in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_FORM):
            width = min(box[2], right) - max(box[0], left)
            height = min(box[3], top) - max(box[1], bottom)
            picture = max(picture, max(0.0, width) * max(0.0, height) / area)
        if _is_dot(box):
            dots.append(box)
        elif kind == raw.FPDF_PAGEOBJ_PATH and box[2] - box[0] > _SHORTEST_RULE:
            rules += [Rule(box[0], box[2], height) for height in {box[1], box[3]}]
    return Drawings(objects, min(1.0, picture), tuple(dots), tuple(rules[:_MOST_RULES]))


def _objects(page: pdfium.PdfPage) -> Iterator[tuple[int, raw.FPDF_PAGEOBJECT]]:
    handle = page.raw
    for index in range(min(_MOST_OBJECTS, raw.FPDFPage_CountObjects(handle))):
        item = raw.FPDFPage_GetObject(handle, index)
        kind = raw.FPDFPageObj_GetType(item)
        if kind != raw.FPDF_PAGEOBJ_TEXT:
            yield kind, item


def _box(item: raw.FPDF_PAGEOBJECT) -> _Box | None:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not raw.FPDFPageObj_GetBounds(item, left, bottom, right, top):
        return None
    return left.value, bottom.value, right.value, top.value


def _is_dot(box: _Box) -> bool:
    width, height = box[2] - box[0], box[3] - box[1]
    low, high = sorted((width, height))
    return low >= _SMALLEST and high <= _LARGEST and high <= _OBLONG * low


def is_blank(page: pdfium.PdfPage, drawings: Drawings) -> bool:
    """Whether a page without text shows nothing; pictures are not looked into."""
    if not drawings.objects:
        return True
    if drawings.picture:
        return False
    width, height = page.get_size()
    scale = _LOOK / max(1.0, width, height)
    if min(width, height) * scale < 1:
        return True
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        seen = bytes(bitmap.buffer)
        rows = range(0, bitmap.height * bitmap.stride, bitmap.stride)
        return len({shade for row in rows for shade in seen[row : row + bitmap.width]}) == 1
    finally:
        bitmap.close()


def with_bullets(runs: Sequence[Run], dots: Sequence[_Box]) -> tuple[Run, ...]:
    """``runs`` and a bullet for each dot that stands before a line, where there are several."""
    if not 1 < len(dots) <= _MOST_DOTS:
        return tuple(runs)
    found = [(box, run) for box in dots if (run := _run_after(box, runs)) is not None]
    bullets = [
        Run("•", box[0], box[2], run.baseline, run.size, run.bold)
        for box, run in found
        if sum(abs(other[0] - box[0]) < 1 for other, _ in found) > 1
    ]
    return (*runs, *bullets)


def _run_after(box: _Box, runs: Sequence[Run]) -> Run | None:
    """The first run of a line with the dot in front of it and nothing between."""
    middle = (box[1] + box[3]) / 2
    beside = [
        run for run in runs if _LOWEST * run.size < middle - run.baseline < _HIGHEST * run.size
    ]
    first = min(beside, key=lambda run: run.left, default=None)
    if first is None or first.text[:1] in "•▪◦●○■□":
        return None
    return first if _NEAREST < (first.left - box[2]) / first.size < _FURTHEST else None

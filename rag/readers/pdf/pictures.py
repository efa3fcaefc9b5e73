"""Pages of a PDF as pictures, never larger than a screen or a scanner needs."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

from rag.errors import DamagedFile
from rag.readers.pdf.file import opened, opened_page

__all__ = ["Picture", "page_picture", "picture_for_ocr"]

_MOST_PIXELS, _LONGEST_SIDE = 24_000_000, 10_000
_OCR_PIXELS_PER_POINT = 300 / 72


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG of ``height`` pixels, so many of them for each point of the page."""

    content: bytes
    height: int
    pixels_per_point: float


def page_picture(content: bytes, *, page: int, width_pixels: int = 1200) -> bytes:
    """The physical ``page`` (from 1) of a PDF as a PNG, as it is displayed.

    It is ``width_pixels`` wide, or narrower where the picture would otherwise be too large.

    Raises:
        DamagedFile: the PDF cannot be opened, or has no such page, or the page has no size.
    """
    return _rendered(content, page, name="the PDF", width_pixels=width_pixels).content


def picture_for_ocr(content: bytes, page: int, *, name: str, turn: int = 0) -> Picture:
    """The page in shades of grey, as a scanner would deliver it; turned clockwise by degrees."""
    return _rendered(content, page, name=name, grayscale=True, turn=turn)


def _rendered(
    content: bytes,
    number: int,
    *,
    name: str,
    width_pixels: int | None = None,
    grayscale: bool = False,
    turn: int = 0,
) -> Picture:
    with opened(content, name) as document, opened_page(document, number, name=name) as page:
        width, height = page.get_size()
        if not (0 < width < math.inf and 0 < height < math.inf):
            raise DamagedFile(
                f"{name}: page {number} has no size; open the file in its own program"
            )
        # A little less, as pdfium rounds up.
        wanted = (max(1, width_pixels) - 0.01) / width if width_pixels else _OCR_PIXELS_PER_POINT
        scale = _bounded(wanted, width, height)
        bitmap = page.render(scale=scale, rotation=turn, grayscale=grayscale, rev_byteorder=True)
        try:
            picture = bitmap.to_pil().copy()
        finally:
            bitmap.close()
    png = io.BytesIO()
    picture.save(png, "PNG", compress_level=1 if grayscale else 6)
    return Picture(png.getvalue(), picture.height, scale)


def _bounded(scale: float, width: float, height: float) -> float:
    by_area = math.sqrt(_MOST_PIXELS / (width * height))
    return min(scale, by_area, _LONGEST_SIDE / max(width, height))

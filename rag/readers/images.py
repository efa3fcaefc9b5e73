"""Pictures of pages (PNG, JPEG, TIFF), read by OCR as a scan is, where that is allowed."""

from __future__ import annotations

import io

from PIL import Image, ImageOps, ImageSequence

from rag.errors import DamagedFile, EmptyDocument, LimitExceeded
from rag.readers import ocr
from rag.readers.limits import Limits
from rag.readers.pdf.reader import read_pdf
from rag.schema import Reading

_FORMATS = ("PNG", "JPEG", "TIFF")
_MOST_PIXELS = 100_000_000
_SCANNED, _COARSEST = 300.0, 50.0  # dots an inch: what is assumed, and below which no scan is


def check_is_image(content: bytes, name: str) -> None:
    """Raise :class:`DamagedFile` unless ``content`` begins as a picture of these formats."""
    try:
        Image.open(io.BytesIO(content), formats=_FORMATS).close()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DamagedFile(f"{name}: not a picture that can be read; save it anew") from error


def read_image(content: bytes, name: str, limits: Limits) -> Reading:
    """Read the text in a picture; each picture of a TIFF is a page.

    Raises:
        EmptyDocument: there is no text in it, or OCR is not allowed or not installed.
        LimitExceeded: it has more pages than ``limits`` allow, or too many pixels.
        DamagedFile: it is cut off.
    """
    if not limits.ocr or not ocr.is_installed():
        raise EmptyDocument(
            f"{name}: a picture, whose text is read by OCR: install Tesseract, set RAG_OCR=1, and "
            "ingest it again"
        )
    return read_pdf(_as_pdf(content, name, limits), name, limits)


def _as_pdf(content: bytes, name: str, limits: Limits) -> bytes:
    """The pictures as the pages of a PDF."""
    pages: list[Image.Image] = []
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            resolution = float(picture.info.get("dpi", (_SCANNED,))[0])
            for frame in ImageSequence.Iterator(picture):
                if len(pages) == limits.pages:
                    raise LimitExceeded(f"{name}: more than {limits.pages} pages: split it")
                if frame.width * frame.height > _MOST_PIXELS:
                    raise LimitExceeded(f"{name}: too many pixels: save it smaller")
                # As it is meant to be seen, on white where it is transparent.
                seen = ImageOps.exif_transpose(frame).convert("RGBA")
                white = Image.new("RGBA", seen.size, "white")
                pages.append(Image.alpha_composite(white, seen).convert("L"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DamagedFile(f"{name}: the picture is damaged; save it anew") from error
    target = io.BytesIO()
    dots = resolution if resolution >= _COARSEST else _SCANNED
    pages[0].save(target, "PDF", save_all=True, append_images=pages[1:], resolution=dots)
    return target.getvalue()

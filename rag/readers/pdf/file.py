"""A PDF file: whether it is one and whole, its title and outline, and its pages as pictures.

pdfium is not safe to call from two threads at once: :func:`opened` holds a lock.
"""

from __future__ import annotations

import io
import math
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TypeVar

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from rag.errors import DamagedFile
from rag.readers.attachments import attachment_name, is_document
from rag.readers.blocks import clean
from rag.readers.metadata.properties import metadata_of_properties
from rag.schema import Metadata

_PDFIUM = threading.RLock()

_HEADER, _HEADER_WITHIN = b"%PDF-", 1024
_END = b"%%EOF"
_LINEARISED = re.compile(rb"/Linearized\b[^>]{0,1000}?/L\s+(\d+)")

_MOST_BOOKMARKS, _DEEPEST, _MOST_FILES = 20_000, 8, 10_000

_MOST_PIXELS, _LONGEST_SIDE = 24_000_000, 10_000
_OCR_PIXELS_PER_POINT = 300 / 72

# pypdfium2 decodes strictly, so that damaged text in a file comes up as an error of Unicode.
_DAMAGE = (pdfium.PdfiumError, UnicodeError, ValueError)

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Bookmark:
    """One entry of the outline: ``depth`` from 0, physical ``page`` from 1 if it has one."""

    title: str
    depth: int
    page: int | None


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG of ``height`` pixels, so many of them for each point of the page."""

    content: bytes
    height: int
    pixels_per_point: float


def check_is_pdf(content: bytes, name: str) -> None:
    """Raise :class:`DamagedFile` unless the header of a PDF stands near the beginning."""
    if _HEADER not in content[:_HEADER_WITHIN]:
        raise DamagedFile(f"{name}: not a PDF, although its name says so; download it again")


def check_is_whole(content: bytes, name: str) -> None:
    """Raise :class:`DamagedFile` when the end of the file is missing."""
    linearised = _LINEARISED.search(content[:2048])
    end = content.rfind(_END)
    rest = content[end + len(_END) :].strip(b"\0 \t\r\n\f") if end >= 0 else b""
    cut = linearised is not None and int(linearised[1]) > len(content)
    if cut or end < 0 or b" obj" in rest:
        raise DamagedFile(f"{name}: the PDF is truncated, its end is missing; download it again")


@contextmanager
def opened(content: bytes, name: str) -> Iterator[pdfium.PdfDocument]:
    """The document, open while the lock on pdfium is held.

    Raises:
        DamagedFile: it cannot be opened, or not without a password.
    """
    with _PDFIUM:
        try:
            document = pdfium.PdfDocument(content)
        except pdfium.PdfiumError as error:
            if getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD:
                message = "the PDF is encrypted with a password; save a copy without it"
            else:
                message = "the PDF is damaged and cannot be opened; download it again"
            raise DamagedFile(f"{name}: {message}") from error
        try:
            if document.get_formtype() != raw.FORMTYPE_NONE:
                document.init_forms()  # so that pages have the values of their fields
            yield document
        finally:
            document.close()


@contextmanager
def opened_page(
    document: pdfium.PdfDocument, number: int, *, name: str
) -> Iterator[pdfium.PdfPage]:
    """The page ``number`` (from 1) of an open document.

    Raises:
        DamagedFile: the file has no such page, or it cannot be opened.
    """
    damaged = DamagedFile(f"{name}: page {number} of the PDF is damaged; download it again")
    if not 0 < number <= len(document):
        raise damaged
    try:
        page = document[number - 1]
        try:
            yield page
        finally:
            page.close()
    except pdfium.PdfiumError as error:
        raise damaged from error


def labels(document: pdfium.PdfDocument) -> list[str | None]:
    """The label that the file gives each of its pages, None where it gives none."""
    return [
        clean(_or_else("", partial(document.get_page_label, number))) or None
        for number in range(len(document))
    ]


def bookmarks(document: pdfium.PdfDocument) -> list[Bookmark]:
    """The outline; as much of it as can be read."""
    found: list[Bookmark] = []
    try:
        for entry in islice(document.get_toc(max_depth=_DEEPEST), _MOST_BOOKMARKS):
            title = _or_else("", entry.get_title)
            target = _or_else(None, entry.get_dest)
            page = _or_else(None, target.get_index) if target else None
            found.append(Bookmark(title, entry.level, None if page is None else page + 1))
    except _DAMAGE:  # a damaged outline is no reason to lose the text
        pass
    return found


def info(document: pdfium.PdfDocument) -> Metadata:
    """Title and author; not the creation date, which is that of the file and not of the report."""
    names = {"title": "Title", "creator": "Author", "subject": "Subject", "keywords": "Keywords"}
    return metadata_of_properties(
        (ours, _or_else("", partial(document.get_metadata_value, name)))
        for ours, name in names.items()
    )


def attached_names(document: pdfium.PdfDocument) -> list[str]:
    """The names of the files that are attached to a document as a whole, as in a portfolio."""
    count = min(_MOST_FILES, _or_else(0, document.count_attachments))
    files = map(document.get_attachment, range(count))
    return [attachment_name(_or_else("", each.get_name)) for each in files]


def attached_to_pdf(content: bytes, name: str, number: int) -> bytes | None:
    """The bytes of the readable attachment ``number``, None if there is none.

    Raises:
        DamagedFile: the PDF cannot be opened.
    """
    with opened(content, name) as document:
        names = attached_names(document)
        readable = [at for at, each in enumerate(names) if is_document(each)]
        if not 0 <= number < len(readable):
            return None
        file = document.get_attachment(readable[number])
        return _or_else(None, lambda: bytes(file.get_data()))


def _or_else(otherwise: _Found, ask: Callable[[], _Found]) -> _Found:
    """What ``ask`` gives, or ``otherwise`` where the file is damaged or says nothing."""
    try:
        found = ask()
    except _DAMAGE:
        return otherwise
    return otherwise if found is None else found


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
        by_area = math.sqrt(_MOST_PIXELS / (width * height))
        scale = min(wanted, by_area, _LONGEST_SIDE / max(width, height))
        bitmap = page.render(scale=scale, rotation=turn, grayscale=grayscale, rev_byteorder=True)
        try:
            picture = bitmap.to_pil().copy()
        finally:
            bitmap.close()
    png = io.BytesIO()
    picture.save(png, "PNG", compress_level=1 if grayscale else 6)
    return Picture(png.getvalue(), picture.height, scale)

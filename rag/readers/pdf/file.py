"""A PDF file: its title, outline, attachments and notes, and its pages as pictures.

pdfium is not safe to call from two threads at once: :func:`opened` holds a lock.
"""

from __future__ import annotations

import ctypes
import io
import math
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TypeVar, cast

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL.Image import Image

from rag.errors import DamagedFile
from rag.language.finished_messages import later
from rag.readers.attachments import attachment_name, is_document
from rag.readers.blocks import clean
from rag.readers.metadata.properties import metadata_of_properties
from rag.readers.pdf.lines import Box
from rag.schema import Metadata

_PDFIUM = threading.RLock()

_HEADER, _HEADER_WITHIN = b"%PDF-", 1024
_END = b"%%EOF"
_LINEARISED = re.compile(rb"/Linearized\b[^>]{0,1000}?/L\s+(\d+)")

_MOST_BOOKMARKS, _DEEPEST, _MOST_FILES = 20_000, 8, 10_000

_MOST_PIXELS, _LONGEST_SIDE = 24_000_000, 10_000
_OCR_PIXELS_PER_POINT = 300 / 72

_MOST_NOTES, _LONGEST_NOTE = 2000, 20_000  # characters
_HIDDEN = raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW
_TICKED = (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON)
_VALUED = (
    *(raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX),
)
_PASSWORD = 1 << 13  # of a field: what is typed is not shown
_NO_NOTES = (
    *(raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP, raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_XFAWIDGET),
    *(raw.FPDF_ANNOT_SCREEN, raw.FPDF_ANNOT_MOVIE, raw.FPDF_ANNOT_SOUND, raw.FPDF_ANNOT_REDACT),
)

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
                message = later("the PDF is encrypted with a password; save a copy without it")
            else:
                message = later("the PDF is damaged and cannot be opened; download it again")
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
        picture = _picture(page, scale=scale, turn=turn, grayscale=grayscale)
    png = io.BytesIO()
    picture.save(png, "PNG", compress_level=1 if grayscale else 6)
    return Picture(png.getvalue(), picture.height, scale)


def seen_in_grey(page: pdfium.PdfPage, *, scale: float) -> Image:
    """What can be seen on a page, in shades of grey, at so many pixels per point."""
    return _picture(page, scale=scale, grayscale=True)


def _picture(page: pdfium.PdfPage, *, scale: float, grayscale: bool, turn: int = 0) -> Image:
    bitmap = page.render(scale=scale, rotation=turn, grayscale=grayscale, rev_byteorder=True)
    try:
        return cast("Image", bitmap.to_pil().copy())
    finally:
        bitmap.close()


# What lies on the pages: the values of a form, and the notes that readers added.


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form with its value, ☒ for a ticked box."""

    value: str
    box: Box


def fields_of_page(page: pdfium.PdfPage) -> Iterator[Field]:
    """The fields that are filled in and show, and all boxes to be ticked."""
    if page.formenv is None:
        return
    form = page.formenv.raw
    for note in _annotations(page, raw.FPDF_ANNOT_WIDGET):
        kind = raw.FPDFAnnot_GetFormFieldType(form, note)
        box = _box_of(note)
        if raw.FPDFAnnot_GetFlags(note) & _HIDDEN or box is None:
            continue
        value = ""
        if kind in _TICKED:
            value = "☒" if raw.FPDFAnnot_IsChecked(form, note) else "☐"
        elif kind in _VALUED and not raw.FPDFAnnot_GetFormFieldFlags(form, note) & _PASSWORD:
            value = _text(raw.FPDFAnnot_GetFormFieldValue, form, note)
        if value.strip():
            yield Field(value, box)


def notes_of_page(page: pdfium.PdfPage) -> list[str]:
    """What readers of the file wrote on the page, each with its author if the file has one."""
    found: dict[str, None] = {}
    for note in _annotations(page):
        if raw.FPDFAnnot_GetSubtype(note) in _NO_NOTES:
            continue
        text = clean(_text(raw.FPDFAnnot_GetStringValue, note, b"Contents")[:_LONGEST_NOTE])
        author = clean(_text(raw.FPDFAnnot_GetStringValue, note, b"T"))
        if text:
            found[f"Note by {author}: {text}" if author else f"Note: {text}"] = None
    return list(found)


def boxes_of_annotations(page: pdfium.PdfPage) -> Iterator[Box | None]:
    """Where something lies on the page that may hide what is below it, as a link does not."""
    for note in _annotations(page):
        if raw.FPDFAnnot_GetSubtype(note) != raw.FPDF_ANNOT_LINK:
            yield _box_of(note)


def _box_of(note: raw.FPDF_ANNOTATION) -> Box | None:
    box = raw.FS_RECTF()
    found = raw.FPDFAnnot_GetRect(note, box)
    return (box.left, box.bottom, box.right, box.top) if found else None


def is_to_be_redacted(page: pdfium.PdfPage) -> bool:
    """Whether something is marked to be redacted that the file still has."""
    return any(True for _ in _annotations(page, raw.FPDF_ANNOT_REDACT))


def _annotations(page: pdfium.PdfPage, kind: int | None = None) -> Iterator[raw.FPDF_ANNOTATION]:
    for index in range(min(_MOST_NOTES, raw.FPDFPage_GetAnnotCount(page.raw))):
        note = raw.FPDFPage_GetAnnot(page.raw, index)
        try:
            if note and kind in (None, raw.FPDFAnnot_GetSubtype(note)):
                yield note
        finally:
            if note:
                raw.FPDFPage_CloseAnnot(note)


def _text(ask: Callable[..., int], *given: object) -> str:
    """What a function of pdfium writes as UTF-16 into a buffer that is long enough."""
    size = ask(*given, None, 0)
    buffer = ctypes.create_string_buffer(max(2, min(size, 4 * _LONGEST_NOTE)))
    ask(*given, ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), len(buffer))
    return buffer.raw.decode("utf-16-le", "replace").partition("\0")[0]

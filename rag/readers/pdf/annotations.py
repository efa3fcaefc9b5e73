"""What lies on the pages of a PDF: the values of a form, and the notes that readers added.

All of this is asked of pdfium: callers hold its lock, as :func:`rag.readers.pdf.file.opened` does.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from rag.readers.blocks import clean

_MOST = 2000
_LONGEST = 20_000  # characters
_HIDDEN = raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW
_BOXES = (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON)
_VALUED = (
    *(raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX),
)
_PASSWORD = 1 << 13  # of a field: what is typed is not shown
_NO_NOTES = (
    *(raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP, raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_XFAWIDGET),
    *(raw.FPDF_ANNOT_SCREEN, raw.FPDF_ANNOT_MOVIE, raw.FPDF_ANNOT_SOUND, raw.FPDF_ANNOT_REDACT),
)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form with its value; the box is in points. A ticked box has the value ☒."""

    value: str
    left: float
    bottom: float
    right: float
    top: float


def fields_of_page(page: pdfium.PdfPage) -> Iterator[Field]:
    """The fields that are filled in and show, and all boxes to be ticked."""
    if page.formenv is None:
        return
    form = page.formenv.raw
    box = raw.FS_RECTF()
    for note in _annotations(page, raw.FPDF_ANNOT_WIDGET):
        kind = raw.FPDFAnnot_GetFormFieldType(form, note)
        if raw.FPDFAnnot_GetFlags(note) & _HIDDEN or not raw.FPDFAnnot_GetRect(note, box):
            continue
        value = ""
        if kind in _BOXES:
            value = "☒" if raw.FPDFAnnot_IsChecked(form, note) else "☐"
        elif kind in _VALUED and not raw.FPDFAnnot_GetFormFieldFlags(form, note) & _PASSWORD:
            value = _text(raw.FPDFAnnot_GetFormFieldValue, form, note)
        if value.strip():
            yield Field(value, box.left, box.bottom, box.right, box.top)


def notes_of_page(page: pdfium.PdfPage) -> list[str]:
    """What readers of the file wrote on the page, each with its author if the file has one."""
    found: dict[str, None] = {}
    for note in _annotations(page):
        if raw.FPDFAnnot_GetSubtype(note) in _NO_NOTES:
            continue
        text = clean(_text(raw.FPDFAnnot_GetStringValue, note, b"Contents")[:_LONGEST])
        author = clean(_text(raw.FPDFAnnot_GetStringValue, note, b"T"))
        if text:
            found[f"Note by {author}: {text}" if author else f"Note: {text}"] = None
    return list(found)


def is_to_be_redacted(page: pdfium.PdfPage) -> bool:
    """Whether something is marked to be redacted that the file still has."""
    return any(True for _ in _annotations(page, raw.FPDF_ANNOT_REDACT))


def _annotations(page: pdfium.PdfPage, kind: int | None = None) -> Iterator[raw.FPDF_ANNOTATION]:
    for index in range(min(_MOST, raw.FPDFPage_GetAnnotCount(page.raw))):
        with _annotation(page, index) as note:
            if note and kind in (None, raw.FPDFAnnot_GetSubtype(note)):
                yield note


@contextmanager
def _annotation(page: pdfium.PdfPage, index: int) -> Iterator[raw.FPDF_ANNOTATION]:
    note = raw.FPDFPage_GetAnnot(page.raw, index)
    try:
        yield note
    finally:
        if note:
            raw.FPDFPage_CloseAnnot(note)


def _text(ask: Callable[..., int], *given: object) -> str:
    """What a function of pdfium writes as UTF-16 into a buffer that is long enough."""
    size = ask(*given, None, 0)
    buffer = ctypes.create_string_buffer(max(2, min(size, 4 * _LONGEST)))
    ask(*given, ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), len(buffer))
    return buffer.raw.decode("utf-16-le", "replace").partition("\0")[0]

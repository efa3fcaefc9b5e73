"""PDF, with pdfium: text, pages with their labels, headings and what the file says of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pypdfium2 as pdfium

from rag.errors import LimitExceeded
from rag.readers.limits import Limits
from rag.readers.pdf.characters import PageOfRuns, runs_of_page
from rag.readers.pdf.drawings import Drawings, drawings_of_page, is_blank, with_bullets
from rag.readers.pdf.file import (
    bookmarks,
    check_is_pdf,
    check_is_whole,
    info,
    labels,
    looks_like_pdf,
    opened,
    opened_page,
)
from rag.readers.pdf.furniture import Cleared, without_furniture
from rag.readers.pdf.headings import Bookmark
from rag.readers.pdf.labels import labels_of
from rag.readers.pdf.lines import Run
from rag.readers.pdf.scans import nothing_to_read, recognised, warnings_of
from rag.readers.pdf.text import text_of_pages
from rag.schema import Metadata, Page, Reading

__all__ = ["check_is_pdf", "looks_like_pdf", "read_pdf"]

# A page whose only text is furniture is a scan if a picture covers so much of it.
_COVERED = 0.5

# OCR reads better than the file does where it does not say what most of the characters are.
_UNREADABLE = 0.5


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What stands on one page; ``blank`` when nothing does."""

    text: PageOfRuns
    drawings: Drawings
    blank: bool


@dataclass(frozen=True, slots=True)
class _Contents:
    """What is in the file, before any of it is made sense of."""

    sheets: list[_Sheet]
    labels: list[str | None]
    outline: list[Bookmark]
    info: Metadata


def read_pdf(content: bytes, name: str, limits: Limits) -> Reading:
    """Read a PDF: ``pages`` cover the text without gaps, running heads are left out.

    With ``limits.ocr``, pages that are pictures are read by Tesseract, if it is installed.

    Raises:
        DamagedFile: truncated, damaged, or encrypted with a password.
        EmptyDocument: no page has text, as in a scan that may not or cannot be recognised.
        LimitExceeded: there are more pages than ``limits`` allow.
    """
    check_is_pdf(content, name)
    check_is_whole(content, name)
    found = _contents(content, name, limits)
    texts = [sheet.text for sheet in found.sheets]
    cleared = without_furniture([text.runs for text in texts])
    pictures = _pictures(found.sheets, cleared, ocr=limits.ocr)
    read = recognised(content, pictures, name=name) if limits.ocr else {}
    if read:
        texts = [_recognised(text, read.get(at)) for at, text in enumerate(texts, start=1)]
        cleared = without_furniture([text.runs for text in texts])
    blank = [at for at, sheet in enumerate(found.sheets, start=1) if sheet.blank]
    if not any(text.runs or text.turned for text in texts):
        raise nothing_to_read(name, len(texts), blank=len(blank), ocr=limits.ocr)
    rules = [sheet.drawings.rules for sheet in found.sheets]
    reading = text_of_pages(cleared, texts, rules, outline=found.outline, info=found.info)
    printed = labels_of(found.labels, [page.furniture for page in cleared])
    return replace(
        reading,
        pages=_labelled(reading.pages, printed, read),
        warnings=(
            *reading.warnings,
            *warnings_of(texts, pictures=pictures, read=read, ocr=limits.ocr),
        ),
    )


def _contents(content: bytes, name: str, limits: Limits) -> _Contents:
    with opened(content, name) as document:
        if len(document) > limits.pages:
            raise LimitExceeded(
                f"{name}: {len(document)} pages, more than {limits.pages}: split it, or raise "
                "RAG_MAX_PAGES"
            )
        return _Contents(
            [_sheet(document, number, name) for number in range(1, len(document) + 1)],
            labels(document),
            bookmarks(document),
            info(document),
        )


def _sheet(document: pdfium.PdfDocument, number: int, name: str) -> _Sheet:
    with opened_page(document, number, name=name) as page:
        text = runs_of_page(page)
        drawings = drawings_of_page(page)
        if text.runs and drawings.dots:
            text = replace(text, runs=with_bullets(text.runs, drawings.dots))
        blank = not text.runs and not text.turned and is_blank(page, drawings)
        return _Sheet(text, drawings, blank)


def _pictures(sheets: Sequence[_Sheet], cleared: Sequence[Cleared], *, ocr: bool) -> list[int]:
    """The pages, from 1, that show something but have no text, or only a running head.

    With ``ocr``, also those whose text cannot be made out from the file.
    """
    return [
        number
        for number, (sheet, page) in enumerate(zip(sheets, cleared, strict=True), start=1)
        if _is_picture(sheet, page) or (ocr and sheet.text.unknown > _UNREADABLE)
    ]


def _is_picture(sheet: _Sheet, page: Cleared) -> bool:
    if page.runs or sheet.text.turned or sheet.blank:
        return False
    return not sheet.text.runs or sheet.drawings.picture >= _COVERED


def _recognised(text: PageOfRuns, runs: tuple[Run, ...] | None) -> PageOfRuns:
    return text if runs is None else PageOfRuns(runs, (), 0.0)


def _labelled(
    pages: Sequence[Page], printed: Sequence[str | None], read: Mapping[int, object]
) -> tuple[Page, ...]:
    return tuple(
        replace(page, label=label, ocr=page.number in read)
        for page, label in zip(pages, printed, strict=True)
    )

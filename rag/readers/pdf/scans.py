"""Pages without text: read by OCR where that is allowed and possible, named in any case."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from rag.errors import EmptyDocument
from rag.readers.ocr import is_installed, read_pictures
from rag.readers.pdf.characters import PageOfRuns
from rag.readers.pdf.lines import Run
from rag.readers.pdf.pictures import picture_for_ocr

__all__ = ["nothing_to_read", "recognised", "warnings_of"]

_INSTALL = "install it, as with 'apt-get install tesseract-ocr' or 'brew install tesseract'"

# Where the file does not say what more of a page's characters are, its text is not to be trusted.
_MOST_UNKNOWN = 0.05


def recognised(content: bytes, numbers: Sequence[int], *, name: str) -> dict[int, tuple[Run, ...]]:
    """The runs that OCR finds on the pages ``numbers`` (from 1); pages without any are left out.

    Nothing is found, and nothing fails, where Tesseract is not installed.
    """
    if not numbers or not is_installed():
        return {}
    pages = read_pictures(
        numbers, lambda number, turn: picture_for_ocr(content, number, name=name, turn=turn)
    )
    return {number: runs for number, runs in pages.items() if runs}


def nothing_to_read(name: str, pages: int, *, blank: int, ocr: bool) -> EmptyDocument:
    """The error for a file none of whose pages has text, with what to do about it."""
    if blank == pages:
        return EmptyDocument(
            f"{name}: there is nothing on any of {pages} pages; remove it or replace it"
        )
    if not ocr:
        step = "Set RAG_OCR=1 to read it with Tesseract, or run OCR on it first"
    elif not is_installed():
        step = f"Tesseract, which would read it, is missing: {_INSTALL}"
    else:
        step = "OCR found none either; scan it again with more contrast and upright"
    return EmptyDocument(f"{name}: no text on any of {pages} pages: a scan? {step}")


def warnings_of(
    texts: Sequence[PageOfRuns], *, pictures: Sequence[int], read: Collection[int], ocr: bool
) -> Iterator[str]:
    """What to tell of the pages: ``pictures`` have no text, ``read`` were recognised."""
    unread = [number for number in pictures if number not in read]
    if unread and ocr and not is_installed():
        yield f"{_pages(unread, 'has', 'have')} no text, and Tesseract is missing: {_INSTALL}"
    elif unread and ocr:
        yield f"{_pages(unread, 'has', 'have')} no text, and OCR found none: look at the picture"
    elif unread:
        yield f"{_pages(unread, 'has', 'have')} no text: scanned?"
    if read:
        were = _pages(sorted(read), "was", "were")
        yield f"{were} read by OCR: check quotations against the picture"
    unknown = [n for n, page in enumerate(texts, start=1) if page.unknown > _MOST_UNKNOWN]
    if unknown:
        have = _pages(unknown, "has", "have")
        yield f"{have} characters that the file does not explain: text may be wrong"


def _pages(numbers: Sequence[int], one: str, more: str) -> str:
    """``page 3 has`` or ``pages 3–7, 9 have``."""
    ranges: list[list[int]] = []
    for page in numbers:
        if ranges and page == ranges[-1][-1] + 1:
            ranges[-1][1:] = [page]
        else:
            ranges.append([page])
    listed = ", ".join("–".join(map(str, each)) for each in ranges)
    return f"page {listed} {one}" if len(numbers) == 1 else f"pages {listed} {more}"

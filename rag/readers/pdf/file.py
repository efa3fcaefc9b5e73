"""A PDF opened with pdfium: whether it is one and whole, and what it says of itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import TypeVar

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from rag.errors import DamagedFile
from rag.readers.blocks import clean
from rag.readers.metadata.fields import metadata_from
from rag.readers.pdf.characters import PDFIUM
from rag.readers.pdf.headings import Bookmark
from rag.schema import Metadata

__all__ = ["bookmarks", "check_is_pdf", "check_is_whole", "info", "labels", "looks_like_pdf"]
__all__ += ["opened", "opened_page"]

_HEADER, _HEADER_WITHIN = b"%PDF-", 1024
_END = b"%%EOF"
_LINEARISED = re.compile(rb"/Linearized\b[^>]*?/L\s+(\d+)")
_TITLE_OF_A_FILE = re.compile(
    r"^microsoft (?:word|powerpoint|excel)\b|^untitled|^document\d*$|^slide \d|^https?:|"
    r"^(?:title|no title|none|layout \d*)$|"
    r"\.(?:docx?|pdf|indd|qxd|rtf|odt|pptx?|xlsx?|tex|dvi|html?)$",
    re.IGNORECASE,
)
_MOST_BOOKMARKS, _DEEPEST = 20_000, 8

# pypdfium2 decodes strictly, so that damaged text in a file comes up as an error of Unicode.
_DAMAGE = (pdfium.PdfiumError, UnicodeError, ValueError)

_Found = TypeVar("_Found")


def looks_like_pdf(content: bytes) -> bool:
    """Whether the header of a PDF stands near the beginning, as readers of PDF tolerate."""
    return _HEADER in content[:_HEADER_WITHIN]


def check_is_pdf(content: bytes, name: str) -> None:
    """Raise :class:`DamagedFile` when ``content`` is not a PDF at all."""
    if not looks_like_pdf(content):
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
    with PDFIUM:
        try:
            document = pdfium.PdfDocument(content)
        except pdfium.PdfiumError as error:
            if getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD:
                message = "the PDF is encrypted with a password; save a copy without it"
            else:
                message = "the PDF is damaged and cannot be opened; download it again"
            raise DamagedFile(f"{name}: {message}") from error
        try:
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
    try:
        page = document[number - 1] if number > 0 else None
    except (pdfium.PdfiumError, IndexError):
        page = None
    if page is None:
        raise DamagedFile(f"{name}: page {number} of the PDF is damaged; download it again")
    try:
        yield page
    except pdfium.PdfiumError as error:
        raise DamagedFile(
            f"{name}: page {number} of the PDF is damaged; download it again"
        ) from error
    finally:
        page.close()


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
    given = {
        key: _or_else("", partial(document.get_metadata_value, key))
        for key in ("Title", "Author", "Subject", "Keywords")
    }
    title = clean(given["Title"])
    if _TITLE_OF_A_FILE.search(title) or sum(map(str.isalpha, title)) < 3:
        title = ""
    return metadata_from(
        {
            "title": title,
            "author": given["Author"],
            "subject": given["Subject"],
            "keywords": given["Keywords"],
        }
    )


def _or_else(otherwise: _Found, ask: Callable[[], _Found]) -> _Found:
    """What ``ask`` gives, or ``otherwise`` where the file is damaged or says nothing."""
    try:
        found = ask()
    except _DAMAGE:
        return otherwise
    return otherwise if found is None else found

"""Pages of PDFs to look at: their pictures, and where a quotation stands on them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from rag.errors import SourceNotFound
from rag.ingest.read import Workers
from rag.language.translation import N_, _
from rag.readers.pdf_view import PageView
from rag.schema import Document, Page
from rag.settings import Settings
from rag.store import Store

PDF = "application/pdf"
"""The media type of documents whose pages can be looked at."""
WIDTHS = (800, 1200, 1800, 2600)
"""The widths, in pixels, that pictures are made in."""

_LONGEST_PIECE = 50_000
_CHANGED = N_(
    "The file that this text was read from has changed since: another one is in its place now, and "
    "is not shown. The text is what was read. “rag ingest” reads the file anew."
)
_MISSING = N_(
    "The file that this text was read from is not where it was, and cannot be shown. The text is "
    "what was read. Put the file back, or ingest it from where it is now."
)


class Pages:
    """The pages of an index's PDFs. Safe between threads; close it at the end.

    Files are hostile until proven otherwise: a process of its own opens them, which may crash,
    hang or grow without harm to this one. It starts with the first document that is opened.
    """

    def __init__(self, index: Store, settings: Settings) -> None:
        self._index = index
        self._workers = Workers(settings, most=1, waited_for=True)

    def warm_up(self) -> None:
        """A document has been opened: its pages will be asked for next."""
        with suppress(RuntimeError):  # closed
            self._workers.warm_up()

    def picture(self, document_id: str, *, number: int, width: int) -> bytes:
        """The physical page ``number`` as a PNG, at least ``width`` pixels wide if there is one.

        It has one of :data:`WIDTHS`, or less where the page would become too large.

        Raises:
            SourceNotFound: the file is not there any more, or is another one now.
            ReadingError: the page cannot be drawn.
        """
        wide = next((each for each in WIDTHS if each >= width), WIDTHS[-1])
        content = self._content(document_id)
        return self._workers.draw(content, page=number, width=wide).result()

    def sheet(self, document: Document, *, number: int, start: int, end: int) -> PageView:
        """The physical page with the boxes of those characters ``[start, end)`` that are on it.

        None are found on a page that was recognised in a picture.

        Raises:
            SourceNotFound: the file is not there any more, or is another one now.
            ReadingError: the page cannot be opened.
        """
        content = self._content(document.id)
        text, before = piece_on(document, number=number, start=start, end=end)
        return self._workers.mark(content, page=number, text=text, before=before).result()

    def sizes(self, document_id: str) -> list[tuple[float, float]]:
        """The width and height in points of each page; 0 for one that cannot be opened.

        Raises:
            SourceNotFound: the file is not there any more, or is another one now.
            ReadingError: the file cannot be opened.
        """
        return self._workers.measure(self._content(document_id)).result()

    def original(self, document_id: str) -> bytes:
        """The file that a document was read from, of any format.

        Raises:
            SourceNotFound: it is not there any more, or is another one now.
        """
        return self._content(document_id)

    def close(self) -> None:
        """End the process."""
        self._workers.close()

    def _content(self, document_id: str) -> bytes:
        content = self._index.original(document_id)
        if content is None:
            raise SourceNotFound(_(_CHANGED if self._is_replaced(document_id) else _MISSING))
        return content

    def _is_replaced(self, document_id: str) -> bool:
        """Whether a file is where the document came from; it is not the document's, then."""
        for source in self._index.sources_of(document_id):
            try:
                if Path(source.origin).is_absolute() and Path(source.origin).is_file():
                    return True
            except (OSError, ValueError):  # an address, or a name that this system cannot have
                continue
        return False


def page_numbered(document: Document, number: int) -> Page | None:
    """The page of this number; None if there is none."""
    return next((page for page in document.pages if page.number == number), None)


def piece_on(document: Document, *, number: int, start: int, end: int) -> tuple[str, str]:
    """Of the characters ``[start, end)`` those on a page, and the page's text before them.

    Both are empty where none are on that page, where its text was recognised in a picture, and
    where there is too much to look for.
    """
    page = page_numbered(document, number)
    if page is None or page.ocr:
        return "", ""
    first, last = max(start, page.start), min(end, page.end)
    if first >= last or last - page.start > _LONGEST_PIECE:
        return "", ""
    return document.printed(first, last), document.printed(page.start, first)

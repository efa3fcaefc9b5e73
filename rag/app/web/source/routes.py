"""The routes of the source panel: a document at a place, and pages of PDFs with their pictures."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response

from rag.app.web.shared.places import Place, parse_token
from rag.app.web.shared.responses import fragment, plain
from rag.app.web.source.pdf_view import DRAWN_AS, is_pictured, page_numbered, sheet_html
from rag.app.web.source.view import message_html, source_html
from rag.errors import LimitExceeded, RagError, SourceNotFound
from rag.html import escape

if TYPE_CHECKING:
    from rag.app.library.pdf_pages import Pages
    from rag.app.web.chat.conversation import Chatbot
    from rag.schema import Document

__all__ = ["source_routes"]

_MOST_WAITING = 8
_ONE_DAY = 86_400
_CROWDED = "Too many pages are being drawn at once. Try again in a moment."
_NO_PAGE = "There is no such page in this collection. The document may have been removed."
_NO_DOCUMENT = (
    "The link names a document that is not in this collection. It may have been removed or "
    "replaced since the link was made, or the link was cut short."
)
_NO_PLACE = "The document is in this collection, but it ends before the place in the link."

Number = Annotated[int, Query(ge=1, le=1_000_000)]
Width = Annotated[int, Query(ge=1, le=20_000)]
Answer = Callable[[int, str], Response]


def source_routes(chatbot: Chatbot, pages: Pages) -> APIRouter:
    """``/source/TOKEN``, and of PDFs ``/page/TOKEN`` with its boxes and its picture ``….png``."""
    routes = _Pages(chatbot, pages)
    router = APIRouter()
    router.get("/page/{given}.png")(routes.picture)
    router.get("/page/{given}")(routes.sheet)

    @router.get("/source/{given}")
    def source(given: str, whole: bool = False, around: int | None = None) -> Response:
        """The panel for a place; where there is none, words that say why."""
        place = parse_token(given)
        try:
            document = chatbot.document(place.document_id) if place else None
        except RagError as error:
            return fragment(message_html("The source cannot be read", str(error)), status=500)
        if place is None or document is None:
            return fragment(message_html("Source not found", _NO_DOCUMENT), status=404)
        pictured = is_pictured(document)
        shown = source_html(document, place, whole=whole, around=around, pictured=pictured)
        if shown is None:
            return fragment(message_html("Passage not found", _NO_PLACE), status=404)
        return fragment(shown)

    return router


class _Pages:
    """Pages of PDFs. One is drawn at a time; those who wait must not use up all threads."""

    def __init__(self, chatbot: Chatbot, pages: Pages) -> None:
        self._chatbot = chatbot
        self._pages = pages
        self._waiting = threading.BoundedSemaphore(_MOST_WAITING)

    def picture(
        self, request: Request, given: str, number: Number = 1, width: Width = 1200
    ) -> Response:
        """A page as a PNG; where there is none, words that say why."""
        place = parse_token(given)
        if place is None:
            return plain(_NO_PAGE, status=404)
        # A document's id is made from its bytes, so its pages never look otherwise.
        tag = f'"{place.document_id}-{number}-{width}-{DRAWN_AS}"'.encode("ascii", "replace")
        headers = {
            "etag": tag.decode("ascii").replace("?", "_"),
            "cache-control": f"private, max-age={_ONE_DAY}, immutable",
        }
        if request.headers.get("if-none-match") == headers["etag"]:
            return Response(status_code=304, headers=headers)

        def draw(_document: Document, number: int) -> Response:
            content = self._pages.picture(place.document_id, number=number, width=width)
            return Response(content, media_type="image/png", headers=headers)

        return self._answer(place, number, draw, otherwise=_words)

    def sheet(self, given: str, number: Annotated[int, Query(ge=0, le=1_000_000)] = 0) -> Response:
        """The fragment of a page; the first one of the place if no number is given."""
        place = parse_token(given)
        if place is None:
            return _alert(404, _NO_PAGE)

        def find(document: Document, number: int) -> Response:
            sheet = self._pages.sheet(document, number=number, start=place.start, end=place.end)
            return fragment(sheet_html(document, place, sheet, number=number))

        return self._answer(place, number, find, otherwise=_alert)

    def _answer(
        self,
        place: Place,
        number: int,
        work: Callable[[Document, int], Response],
        *,
        otherwise: Answer,
    ) -> Response:
        """What ``work`` makes of the page, unless there is none, too many wait, or it fails."""
        try:
            document = self._chatbot.document(place.document_id)
        except RagError as error:
            return otherwise(500, str(error))
        if document is None or not is_pictured(document):
            return otherwise(404, _NO_PAGE)
        first = document.page_at(place.start)
        number = number or (first.number if first else 1)
        if not place.start <= place.end <= len(document.text):
            return otherwise(404, _NO_PAGE)
        if page_numbered(document, number) is None:
            return otherwise(404, _NO_PAGE)
        if not self._waiting.acquire(blocking=False):
            return otherwise(503, _CROWDED)
        try:
            return work(document, number)
        except SourceNotFound as error:
            return otherwise(410, str(error))
        except RagError as error:
            status = 413 if isinstance(error, LimitExceeded) else 422
            return otherwise(status, f"The page cannot be drawn: {error}")
        finally:
            self._waiting.release()


def _words(status: int, words: str) -> Response:
    return plain(words, status=status)


def _alert(status: int, words: str) -> Response:
    return fragment(f'<p class="warning" role="alert">{escape(words)}</p>', status=status)

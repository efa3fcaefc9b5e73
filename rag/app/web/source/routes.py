"""The routes of the source panel: a document at a place, and pages of PDFs with their pictures."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response

from rag.answer import Chatbot
from rag.app.library.pdf_pages import Pages, page_numbered
from rag.app.web.shared.http import NOT_KEPT, Refused, error_answer, fragment, json_answer, plain
from rag.app.web.shared.places import parse_token, token
from rag.app.web.source.find import places_of
from rag.app.web.source.view import (
    DRAWN_AS,
    is_pictured,
    message_html,
    pages_html,
    sheet_html,
    source_html,
)
from rag.errors import LimitExceeded, RagError, SourceNotFound
from rag.export.records import Place
from rag.html import escape
from rag.language.finished_messages import in_readers_language
from rag.language.translation import N_, _
from rag.schema import Document

MOST_PLACES: Final = 1_000
"""Places that a search in one document tells."""
_MOST_WAITING = 8
_ONE_DAY = 86_400
_CROWDED = N_("Too many pages are being drawn at once. Try again in a moment.")
_NO_PAGE = N_("There is no such page in this collection. The document may have been removed.")
_NO_DOCUMENT = N_(
    "The link names a document that is not in this collection. It may have been removed or "
    "replaced since the link was made, or the link was cut short."
)
_NO_PLACE = N_("The document is in this collection, but it ends before the place in the link.")

Number = Annotated[int, Query(ge=1, le=1_000_000)]
Width = Annotated[int, Query(ge=1, le=20_000)]


def source_routes(chatbot: Chatbot, pages: Pages) -> APIRouter:
    """``/source/TOKEN``, ``/find/TOKEN`` and ``/original/TOKEN``; of PDFs ``/pages/TOKEN``.

    A page of a PDF is ``/page/TOKEN`` with its boxes and words, and its picture ``….png``.
    """
    router = APIRouter()
    waiting = threading.BoundedSemaphore(_MOST_WAITING)

    @contextmanager
    def drawing() -> Iterator[None]:
        """One page is drawn at a time; those who wait must not use up all threads."""
        if not waiting.acquire(blocking=False):
            raise Refused(503, _(_CROWDED))
        try:
            yield
        except SourceNotFound as error:
            raise Refused(410, in_readers_language(error)) from error
        except RagError as error:
            status = 413 if isinstance(error, LimitExceeded) else 422
            words = _("The page cannot be drawn: {reason}", reason=in_readers_language(error))
            raise Refused(status, words) from error
        finally:
            waiting.release()

    @router.get("/page/{given}.png")
    def picture(request: Request, given: str, number: Number = 1, width: Width = 1200) -> Response:
        """A page as a PNG; where there is none, words that say why."""
        try:
            document, _, number = _page(chatbot, given, number)
            # A document's id is made from its bytes, so its pages never look otherwise.
            headers = {
                "etag": f'"{document.id}-{number}-{width}-{DRAWN_AS}"',
                "cache-control": f"private, max-age={_ONE_DAY}, immutable",
            }
            if request.headers.get("if-none-match") == headers["etag"]:
                return Response(status_code=304, headers=headers)
            with drawing():
                content = pages.picture(document.id, number=number, width=width)
        except Refused as refused:
            return plain(in_readers_language(refused), status=refused.status)
        return Response(content, media_type="image/png", headers=headers)

    @router.get("/pages/{given}")
    def sheets(given: str) -> Response:
        """All pages as empty sheets, to be filled from ``/page`` when they are in sight."""
        try:
            document, place, _ = _page(chatbot, given, 0)
            with drawing():
                sizes = pages.sizes(document.id)
        except Refused as refused:
            return _alert(refused)
        return fragment(pages_html(document, place, sizes))

    @router.get("/original/{given}")
    def original(given: str) -> Response:
        """The file that the document was read from, to be saved: never shown by the browser."""
        place = parse_token(given)
        try:
            document = chatbot.document(place.document_id) if place else None
            if document is None:
                return plain(_(_NO_DOCUMENT), status=404)
            content = pages.original(document.id)
        except RagError as error:
            return plain(
                in_readers_language(error), status=410 if isinstance(error, SourceNotFound) else 500
            )
        name = quote(document.source.replace("\\", "/").rpartition("/")[2] or "document")
        headers = {**NOT_KEPT, "content-disposition": f"attachment; filename*=UTF-8''{name}"}
        return Response(content, media_type="application/octet-stream", headers=headers)

    @router.get("/find/{given}")
    def find(given: str, words: Annotated[str, Query(min_length=1, max_length=400)]) -> Response:
        """Where words stand in the document: ``{"places": [{"token", "start", "end", "page"}]}``.

        ``page`` is null where the document has none; ``more`` says that there are further places.
        """
        place = parse_token(given)
        try:
            document = chatbot.document(place.document_id) if place else None
        except RagError as error:
            return error_answer(500, in_readers_language(error))
        if document is None:
            return error_answer(404, _(_NO_DOCUMENT))
        found = list(islice(places_of(document.text, words), MOST_PLACES + 1))
        shown = [_found(document, start, end) for start, end in found[:MOST_PLACES]]
        return json_answer({"places": shown, "more": len(found) > MOST_PLACES})

    @router.get("/page/{given}")
    def sheet(given: str, number: Annotated[int, Query(ge=0, le=1_000_000)] = 0) -> Response:
        """The fragment of a page; the first one of the place if no number is given."""
        try:
            document, place, number = _page(chatbot, given, number)
            with drawing():
                found = pages.sheet(document, number=number, start=place.start, end=place.end)
        except Refused as refused:
            return _alert(refused)
        return fragment(sheet_html(document, place, found, number=number))

    @router.get("/source/{given}")
    def source(given: str, whole: bool = False, around: int | None = None) -> Response:
        """The panel for a place; where there is none, words that say why."""
        place = parse_token(given)
        try:
            document = chatbot.document(place.document_id) if place else None
        except RagError as error:
            return fragment(
                message_html(_("The source cannot be read"), in_readers_language(error)), status=500
            )
        if place is None or document is None:
            return fragment(message_html(_("Source not found"), _(_NO_DOCUMENT)), status=404)
        pictured = is_pictured(document)
        if pictured:
            pages.warm_up()
        shown = source_html(document, place, whole=whole, around=around, pictured=pictured)
        if shown is None:
            return fragment(message_html(_("Passage not found"), _(_NO_PLACE)), status=404)
        return fragment(shown)

    return router


def _alert(refused: Refused) -> Response:
    alert = f'<p class="warning" role="alert">{escape(refused)}</p>'
    return fragment(alert, status=refused.status)


def _found(document: Document, start: int, end: int) -> dict[str, object]:
    page = document.page_at(start)
    number = page.number if page else None
    return {"token": token(document.id, start, end), "start": start, "end": end, "page": number}


def _page(chatbot: Chatbot, given: str, number: int) -> tuple[Document, Place, int]:
    """The document and place of a token, and the page ``number``, or without it the place's first.

    Raises:
        Refused: there is no such page to be drawn.
    """
    place = parse_token(given)
    try:
        document = chatbot.document(place.document_id) if place else None
    except RagError as error:
        raise Refused(500, in_readers_language(error)) from error
    if place and document and is_pictured(document):
        first = document.page_at(place.start)
        number = number or (first.number if first else 1)
        within = place.start <= place.end <= len(document.text)
        if within and page_numbered(document, number):
            return document, place, number
    raise Refused(404, _(_NO_PAGE))

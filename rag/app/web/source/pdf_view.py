"""The page of a PDF as a picture, with the quotation marked at its boxes: fragments and routes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response

from rag.app.library.pdf_pages import PDF, Sheet, piece_on
from rag.app.web.shared.fragments import escape, fragment
from rag.app.web.shared.places import Place, parse_token, token
from rag.cite import page_words
from rag.errors import LimitExceeded, RagError, SourceNotFound

if TYPE_CHECKING:
    from rag.app.library.pdf_pages import Pages
    from rag.app.web.chat.conversation import Chatbot
    from rag.schema import Document, Page

__all__ = ["is_pictured", "sheet_html", "sheet_routes"]

_MOST_WAITING = 8
_ONE_DAY = 86_400
# Raise it when pages are drawn otherwise, so that browsers ask for their pictures anew.
_DRAWN_AS = 1

log = logging.getLogger(__name__)

_CROWDED = "Too many pages are being drawn at once. Try again in a moment."
_NO_PAGE = "There is no such page in this collection. The document may have been removed."
_NOT_DRAWN = "The page cannot be drawn: "

Number = Annotated[int, Query(ge=1, le=1_000_000)]
Width = Annotated[int, Query(ge=1, le=20_000)]


def is_pictured(document: Document) -> bool:
    """Whether the document has pages that can be shown as pictures."""
    return document.media_type == PDF and bool(document.pages)


def sheet_html(document: Document, place: Place, sheet: Sheet, *, number: int) -> str:
    """A page with its boxes; ``data-picture`` is the address of its picture, but for the width.

    Boxes are given in hundredths of the page's width and height. What a box has to say to those
    who do not see it is in the description of the picture.
    """
    boxes = "".join(
        f'<span class="box" style="left:{100 * box.left:.3f}%;top:{100 * box.top:.3f}%;'
        f"width:{100 * (box.right - box.left):.3f}%;"
        f'height:{100 * (box.bottom - box.top):.3f}%"></span>'
        for box in sheet.boxes
    )
    page = _page(document, number)
    picture = f"page/{document_token(document)}.png?number={number}&v={_DRAWN_AS}"
    return (
        f'<div class="leaf" data-number="{number}" data-last="{_last(document)}" '
        f'data-label="{escape(_label(page))}" data-start="{page.start if page else 0}" '
        f'style="aspect-ratio: {sheet.width:.2f} / {sheet.height:.2f}">'
        f'<img data-picture="{escape(picture)}" draggable="false" '
        f'alt="{escape(_description(document, place, sheet, number))}">{boxes}</div>'
        f'<div class="sheet-notes">{_notes(document, place, sheet, number)}</div>'
    )


def document_token(document: Document) -> str:
    """The token of the document as such, which is the same for all places in it."""
    return token(document.id, 0, 0)


def _page(document: Document, number: int) -> Page | None:
    return next((page for page in document.pages if page.number == number), None)


def _last(document: Document) -> int:
    return max(page.number for page in document.pages)


def _label(page: Page | None) -> str:
    """The label printed on a page, where it is another than its number."""
    label = (page.label or "") if page else ""
    return "" if page is None or label == str(page.number) else label


def pages_of(document: Document, place: Place) -> list[Page]:
    """The pages on which the cited characters stand; those with nothing but white space not."""
    return [
        page
        for page in document.pages
        if document.text[max(place.start, page.start) : min(place.end, page.end)].strip()
    ]


def _description(document: Document, place: Place, sheet: Sheet, number: int) -> str:
    page = _page(document, number)
    named = page_words(number, page.label if page else None)
    words = f"Picture of {named}."
    if sheet.boxes:
        text, _ = piece_on(document, number=number, start=place.start, end=place.end)
        words += f" Marked on it: {' '.join(text.split())}"
    return words


def _notes(document: Document, place: Place, sheet: Sheet, number: int) -> str:
    """What there is to know about the marks on this page, or why there are none."""
    cited = pages_of(document, place)
    here = next((page for page in cited if page.number == number), None)
    notes = []
    if here is None and cited:
        buttons = _buttons(cited)
        notes.append(f"The quotation is not on this page, but on {buttons}.")
    elif here is not None and here.ocr:
        notes.append(
            "The text of this page was recognised in its picture, so the words cannot be marked "
            "on it. Compare the picture with the text."
        )
    elif here is not None and not sheet.boxes:
        notes.append(
            "The words cannot be marked on this picture. In the text they are: choose “Text”."
        )
    if here is not None and len(cited) > 1:
        others = _buttons([page for page in cited if page is not here])
        notes.append(f"The quotation is on more than one page: also on {others}.")
    return "".join(f"<p>{note}</p>" for note in notes)


def _buttons(pages: list[Page]) -> str:
    return ", ".join(
        f'<button type="button" class="link" data-sheet="{page.number}">'
        f"{escape(page_words(page.number, page.label))}</button>"
        for page in pages
    )


# Routes ---------------------------------------------------------------------------------------


def sheet_routes(chatbot: Chatbot, pages: Pages) -> APIRouter:
    """``/page/TOKEN``, a page with the boxes of the place, and ``/page/TOKEN.png``, its picture."""
    return _Routes(chatbot, pages).router


class _Routes:
    def __init__(self, chatbot: Chatbot, pages: Pages) -> None:
        self._chatbot = chatbot
        self._pages = pages
        # One page is drawn at a time; those who wait must not use up all threads of the server.
        self._waiting = threading.BoundedSemaphore(_MOST_WAITING)
        self.router = APIRouter(prefix="/page")
        self.router.get("/{given}.png")(self.picture)
        self.router.get("/{given}")(self.sheet)

    def picture(
        self, request: Request, given: str, number: Number = 1, width: Width = 1200
    ) -> Response:
        """A page as a PNG; where there is none, words that say why."""
        place = parse_token(given)
        if place is None:
            return _words(404, _NO_PAGE)
        # A document's id is made from its bytes, so its pages never look otherwise.
        tag = f'"{place.document_id}-{number}-{width}-{_DRAWN_AS}"'.encode("ascii", "replace")
        headers = {
            "etag": tag.decode("ascii").replace("?", "_"),
            "cache-control": f"private, max-age={_ONE_DAY}, immutable",
        }
        if request.headers.get("if-none-match") == headers["etag"]:
            return Response(status_code=304, headers=headers)

        def draw() -> Response:
            content = self._pages.picture(place.document_id, number=number, width=width)
            return Response(content, media_type="image/png", headers=headers)

        document = self._document(place)
        if isinstance(document, Response):
            return document
        if _page(document, number) is None:
            return _words(404, _NO_PAGE)
        return self._in_line(draw, answer=_words)

    def sheet(self, given: str, number: Annotated[int, Query(ge=0, le=1_000_000)] = 0) -> Response:
        """The fragment of a page; the first one of the place if no number is given."""
        place = parse_token(given)
        document = self._document(place) if place else _words(404, _NO_PAGE)
        if place is None or isinstance(document, Response):
            return _message(404, _NO_PAGE)
        if place.end > len(document.text) or place.start > place.end:
            return _message(404, _NO_PAGE)
        first = document.page_at(place.start)
        wanted = number or (first.number if first else 1)
        if _page(document, wanted) is None:
            return _message(404, _NO_PAGE)

        def find() -> Response:
            sheet = self._pages.sheet(document, number=wanted, start=place.start, end=place.end)
            return fragment(sheet_html(document, place, sheet, number=wanted), status=200)

        return self._in_line(find, answer=_message)

    def _document(self, place: Place) -> Document | Response:
        """The place's document, if it has pages to look at."""
        try:
            document = self._chatbot.document(place.document_id)
        except RagError as error:
            return _words(500, str(error))
        if document is None or not is_pictured(document):
            return _words(404, _NO_PAGE)
        return document

    def _in_line(
        self, work: Callable[[], Response], *, answer: Callable[[int, str], Response]
    ) -> Response:
        """What ``work`` answers, unless too many are waiting or it fails."""
        if not self._waiting.acquire(blocking=False):
            return answer(503, _CROWDED)
        try:
            return work()
        except SourceNotFound as error:
            return answer(410, str(error))
        except LimitExceeded as error:
            return answer(413, _NOT_DRAWN + str(error))
        except RagError as error:
            return answer(422, _NOT_DRAWN + str(error))
        finally:
            self._waiting.release()


def _words(status: int, words: str) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(words, status, headers=headers, media_type="text/plain; charset=utf-8")


def _message(status: int, words: str) -> Response:
    return fragment(f'<p class="warning" role="alert">{escape(words)}</p>', status=status)

"""The routes below ``/api/v1``: to ask, to look up, and to change the library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from rag.app.api.admission import check_may_edit
from rag.app.api.calls import BoundedRoute, errors
from rag.app.api.models import (
    AskAnswer,
    AskRequest,
    CiteAnswer,
    CiteRequest,
    DocumentModel,
    DocumentsAnswer,
    DraftAnswer,
    Filters,
    PeopleAnswer,
    RemovedAnswer,
    SearchAnswer,
    SearchRequest,
    StatementsAnswer,
    TextAnswer,
)
from rag.app.api.streams import EventStream, Growing, event, events_specified
from rag.app.api.tools import (
    LONGEST_RANGE,
    LONGEST_SOURCE,
    LONGEST_WORDS,
    MOST_LISTED,
    DocumentOrder,
    PersonKind,
    PersonOrder,
    Tools,
)
from rag.app.json import answer_object
from rag.app.library.library import Library
from rag.app.web.shared.fair_queue import FairQueue, visitor_of
from rag.app.web.shared.http import json_answer
from rag.cite.answers import Answer

_FURTHEST: Final = 10**9
_EVENTS: Final = (
    'event: draft\ndata: {"answer": "…", "statements": [], "citations": []}\n\n'
    "event: answer\ndata: {…the whole answer…}\n\n"
)

Words = Annotated[str, Query(max_length=LONGEST_WORDS)]
Source = Annotated[str, Query(max_length=LONGEST_SOURCE)]
Where = Annotated[
    Filters, Query(description="Filters; repeat it for several.", examples=["country=Ethiopia"])
]
First = Annotated[int, Query(ge=0, le=_FURTHEST, description="Counted from 0.")]
Count = Annotated[int, Query(ge=1, le=MOST_LISTED)]
DocumentId = Annotated[str, Path(min_length=1, max_length=LONGEST_SOURCE)]
Offset = Annotated[int, Query(ge=0, le=_FURTHEST)]

Result = TypeVar("Result")


def question_routes(tools: Tools, queue: FairQueue, *, seconds: float) -> APIRouter:
    """``/ask``, ``/search`` and ``/cite``."""
    router = APIRouter(route_class=BoundedRoute, tags=["Ask"])

    @router.post("/search", response_model=SearchAnswer, responses=errors(413, 429))
    async def search(asked: SearchRequest, request: Request) -> Response:
        """Find the passages that bear on a query, best first."""
        return await _told(
            queue, request, lambda: tools.search(asked.query, asked.count, asked.where)
        )

    @router.post(
        "/ask",
        response_model=AskAnswer,
        responses={
            **errors(413, 429),
            200: {
                "description": "The answer; with `stream`, events `draft` while it grows, and as "
                "the last one `answer` with the whole, or `error`.",
                "content": events_specified("draft", "answer", "error", example=_EVENTS),
            },
        },
    )
    async def ask(asked: AskRequest, request: Request) -> Response:
        """Answer a question with exact sentences of the reports, or abstain."""
        history = [each.model_dump() for each in asked.history]
        if not asked.stream:
            return await _told(
                queue, request, lambda: tools.ask(asked.question, history, asked.where)
            )
        answers = tools.answers(asked.question, history, asked.where)
        growing = await Growing.begin(
            answers, queue=queue, caller=visitor_of(request), seconds=seconds
        )
        return EventStream(growing, growing.events(_events, _failed))

    @router.post("/cite", response_model=CiteAnswer | DraftAnswer, responses=errors(404, 413, 429))
    async def cite(asked: CiteRequest, request: Request) -> Response:
        """Tell whether a quotation stands in the reports word for word, where, or what differs."""
        return await _told(queue, request, lambda: tools.cite(**asked.model_dump()))

    return router


def library_lists(tools: Tools, queue: FairQueue) -> APIRouter:
    """The documents, statements and people of the collection."""
    router = APIRouter(route_class=BoundedRoute, tags=["Look up"])

    @router.get("/documents", response_model=DocumentsAnswer, responses=errors(429))
    async def documents(
        request: Request,
        text: Words = "",
        where: Where = [],  # noqa: B006 - FastAPI copies it
        sort: DocumentOrder = "title",
        descending: bool = False,
        first: First = 0,
        count: Count = 50,
    ) -> Response:
        """List the documents that have every word of `text`, and meet every filter."""
        return await _told(
            queue, request, lambda: tools.documents(text, where, sort, descending, first, count)
        )

    @router.get("/documents/{document_id}", response_model=DocumentModel, responses=errors(404))
    async def document(document_id: DocumentId) -> Response:
        """One document, as the list has it."""
        return json_answer(await run_in_threadpool(tools.document, document_id))

    @router.get(
        "/documents/{document_id}/text", response_model=TextAnswer, responses=errors(404, 429)
    )
    async def text(
        document_id: DocumentId,
        request: Request,
        start: Offset = 0,
        end: Annotated[
            int | None,
            Query(
                ge=0,
                le=_FURTHEST + LONGEST_RANGE,
                description=f"At most {LONGEST_RANGE:,} after start, which is the default.",
            ),
        ] = None,
    ) -> Response:
        """The characters [start, end) of a document: citations count in the same way."""
        return await _told(queue, request, lambda: tools.text(document_id, start, end))

    @router.get("/statements", response_model=StatementsAnswer, responses=errors(404, 429))
    async def statements(
        request: Request,
        speaker: Words = "",
        about: Words = "",
        where: Where = [],  # noqa: B006 - the same
        source: Source = "",
        first: First = 0,
        count: Count = 50,
    ) -> Response:
        """List who said what: of a `speaker` (name, description or id), with words of `about`."""
        return await _told(
            queue, request, lambda: tools.statements(speaker, about, where, source, first, count)
        )

    @router.get("/people", response_model=PeopleAnswer, responses=errors(404, 429))
    async def people(
        request: Request,
        text: Words = "",
        kind: PersonKind | None = None,
        sort: PersonOrder = "statements",
        first: First = 0,
        count: Count = 50,
    ) -> Response:
        """List who speaks in the reports, how often, and when."""
        return await _told(queue, request, lambda: tools.people(text, kind, sort, first, count))

    return router


def removal_routes(tools: Tools, library: Library) -> APIRouter:
    """Removing documents."""
    router = APIRouter(route_class=BoundedRoute, tags=["Change"])

    @router.delete(
        "/documents/{document_id}", response_model=RemovedAnswer, responses=errors(404, 409)
    )
    async def remove(document_id: DocumentId, request: Request) -> Response:
        """Remove a document from the collection; its file stays where it is."""
        check_may_edit(request)
        await run_in_threadpool(tools.document, document_id)  # or words that fit a program
        removed = await run_in_threadpool(library.remove, [document_id])
        return json_answer({"removed": removed})

    return router


async def _told(queue: FairQueue, request: Request, work: Callable[[], dict[str, Any]]) -> Response:
    """The result of a tool, when it is the caller's turn."""
    return json_answer(await queue.run(visitor_of(request), work))


def _events(answer: Answer) -> Iterator[str]:
    """A snapshot as an event: of one that still grows, what is there of the answer itself."""
    told = answer_object(answer)
    if answer.final:
        yield event(told, name="answer")
    else:
        growing = ("answer", "statements", "citations")
        yield event({name: told[name] for name in growing}, name="draft")


def _failed(error: dict[str, Any]) -> str:
    return event(error, name="error")

"""The routes that give references, and conversations as files.

The conversation comes from the browser, as it is kept there
(:mod:`rag.app.web.chat.saved_conversations`), so only its words and the tokens of its citations are
believed; what a citation has is looked up again.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final, Literal, get_args

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from rag.app.web.shared.places import parse_token
from rag.app.web.shared.requests import Asked, body
from rag.app.web.shared.responses import NOT_KEPT, Refused, plain
from rag.cite import DEFAULT_STYLE, FORMATS, STYLES, ExchangeFormat, exchange, reference
from rag.errors import QueryError, RagError
from rag.export import (
    ClaimedStatement,
    ClaimedTurn,
    ExportFormat,
    Place,
    build_export,
    cite_place,
    media_type,
    without_answer,
    write_export,
)
from rag.schema import NOT_ANSWERED, Support

if TYPE_CHECKING:
    from rag.schema import Citation, Document
    from rag.store import Store

__all__ = ["MOST_TURNS", "export_routes"]

MOST_TURNS: Final = 400
"""Questions of a conversation that can be exported at once."""
_LONGEST_BODY: Final = 4_000_000
_LONGEST_TEXT: Final = 200_000
_MOST_TOKENS: Final = 2_000
_MOST_NOTES: Final = 50
_NO_ANSWER: Final = "No answer was given."
_TOO_LONG: Final = "the conversation is too long to be exported at once"
_MEDIA: Final[dict[ExchangeFormat, str]] = {
    "bib": "application/x-bibtex; charset=utf-8",
    "ris": "application/x-research-info-systems; charset=utf-8",
    "json": "application/vnd.citationstyles.csl+json",
}


def _known_mark(given: object) -> object:
    """The mark of a generated sentence; ``unchecked`` for marks of earlier versions."""
    return given if given in get_args(Support) else "unchecked"


class _Statement(BaseModel):
    """A sentence, and tokens of the places that it cites."""

    model_config = ConfigDict(extra="ignore", strict=True)

    text: str = Field(max_length=_LONGEST_TEXT)
    kind: Literal["quote", "generated"] = "quote"
    support: Annotated[Support, BeforeValidator(_known_mark)] = "not_found"
    fault: str | None = Field(None, max_length=_LONGEST_TEXT)
    citations: list[Annotated[str, Field(max_length=2_000)]] = Field([], max_length=_MOST_TOKENS)


class _Turn(BaseModel):
    """A question and its answer, or why there is none."""

    model_config = ConfigDict(extra="ignore", strict=True)

    question: str = Field(max_length=_LONGEST_TEXT)
    abstained: bool = False
    reason: str | None = Field(None, max_length=_LONGEST_TEXT)
    notes: list[Annotated[str, Field(max_length=_LONGEST_TEXT)]] = Field([], max_length=_MOST_NOTES)
    statements: list[_Statement] = Field([], max_length=_MOST_TOKENS)


class _Conversation(Asked):
    model_config = ConfigDict(extra="ignore")

    turns: list[_Turn] = Field(min_length=1, max_length=MOST_TURNS)
    style: str = Field(DEFAULT_STYLE, max_length=40)


def export_routes(index: Store) -> APIRouter:
    """``POST /export/{format}`` and ``GET /reference/{token}``, with ``.bib``, ``.ris``, ``.json``.

    An export is asked for with ``{"turns": [{"question", "abstained", "reason", "notes",
    "statements": [{"text", "kind", "support", "fault", "citations"}]}], "style"}``, where citations
    are tokens of places (:mod:`rag.app.web.shared.places`).
    """
    router = APIRouter()

    @router.post("/export/{format}")
    async def export(format: str, request: Request) -> Response:  # noqa: A002 - as in the path
        chosen = next((each for each in get_args(ExportFormat) if each == format), None)
        if chosen is None:
            return plain("exports are made as md, docx, html or json", status=404)
        try:
            asked = await body(request, _Conversation, longest=_LONGEST_BODY)
        except Refused as refused:
            words = _TOO_LONG if refused.status == 413 else str(refused)
            return plain(words, status=refused.status)
        try:
            return await run_in_threadpool(_export, index, asked, chosen)
        except QueryError as error:
            return plain(str(error), status=400)
        except RagError as error:
            return plain(str(error), status=500)

    @router.get("/reference/{given}")
    def one_reference(
        given: str, style: Annotated[str, Query(max_length=40)] = DEFAULT_STYLE
    ) -> Response:
        try:
            return _reference(index, given, style)
        except QueryError as error:
            return plain(str(error), status=400)
        except RagError as error:
            return plain(str(error), status=500)

    @router.get("/reference")
    def styles() -> Response:
        offered = [{"name": each.name, "title": each.title} for each in STYLES.values()]
        return Response(json.dumps({"styles": offered}), media_type="application/json")

    return router


def _spoken(turn: _Turn) -> ClaimedTurn:
    said = tuple(map(_said, turn.statements))
    if turn.abstained or not said:
        said = (without_answer(NOT_ANSWERED if turn.abstained else _NO_ANSWER, turn.reason),)
    return ClaimedTurn(turn.question, said, tuple(turn.notes))


def _said(statement: _Statement) -> ClaimedStatement:
    places = tuple(
        Place(each.document_id, each.start, each.end)
        for each in map(parse_token, statement.citations)
        if each
    )
    generated = statement.kind == "generated"
    support = statement.support if generated else None
    fault = statement.fault if generated else None
    return ClaimedStatement(statement.text, statement.kind, places, support, fault)


def _export(index: Store, asked: _Conversation, format: ExportFormat) -> Response:  # noqa: A002
    turns = [_spoken(turn) for turn in asked.turns]
    made = datetime.now(UTC)
    content = write_export(build_export(index, turns, style=asked.style, made=made), format=format)
    name = f"footnote-{made:%Y-%m-%d-%H%M}.{format}"
    headers = {**NOT_KEPT, "content-disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, media_type=media_type(format))


def _reference(index: Store, given: str, style: str) -> Response:
    suffix = next((each for each in FORMATS if given.endswith(f".{each}")), None)
    token = given.removesuffix(f".{suffix}") if suffix else given
    place = parse_token(token)
    if place is None:
        return plain("the link is cut short: it names no place in a document", status=404)
    found = _found(index, Place(place.document_id, place.start, place.end))
    if found is None:
        return plain("the document is not in this collection, or ends before the place", status=404)
    if suffix is not None:
        headers = {**NOT_KEPT, "content-disposition": f'attachment; filename="reference.{suffix}"'}
        made = exchange(*found, format=suffix).encode("utf-8", "replace")
        return Response(made, headers=headers, media_type=_MEDIA[suffix])
    return plain(reference(*found, style=style).text, status=200)


def _found(index: Store, place: Place) -> tuple[Document, Citation | None] | None:
    if place.start < place.end:
        return cite_place(index, place)
    document = index.document(place.document_id)  # an empty span means the document as such
    return None if document is None else (document, None)

"""The routes that give references, and conversations as files.

The conversation comes from the browser, as it is saved there
(:mod:`rag.app.web.chat.saved_conversations`): of its citations only the tokens are used, and
everything else is looked up again.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Final, get_args

from fastapi import APIRouter, Query, Request, Response
from pydantic import ConfigDict, Field

from rag.app.web.chat.saved_conversations import SavedStatement, SavedTurn
from rag.app.web.shared.fair_queue import FairQueue, visitor_of
from rag.app.web.shared.http import NOT_KEPT, Asked, Refused, body, plain
from rag.app.web.shared.places import parse_token
from rag.cite.answers import NOT_ANSWERED
from rag.cite.reference_managers import FORMATS, ExchangeFormat, exchange
from rag.cite.references import reference
from rag.cite.styles import DEFAULT_STYLE, STYLES
from rag.errors import QueryError, RagError
from rag.export.build import build_export, cite_place, without_answer
from rag.export.formats import MEDIA_TYPES, ExportFormat, write_export
from rag.export.records import ClaimedStatement, ClaimedTurn, Place
from rag.language.finished_messages import in_readers_language
from rag.language.translation import ENGLISH, N_, _, reading
from rag.schema import Citation, Document
from rag.store import Store

MOST_TURNS: Final = 400
"""Questions of a conversation that can be exported at once."""
_LONGEST_BODY: Final = 4_000_000
_SECONDS: Final = 30  # for looking up the quotations of an export
_NO_ANSWER: Final = "No answer was given."
_TOO_LONG: Final = N_("the conversation is too long to be exported at once")
_MEDIA: Final[dict[ExchangeFormat, str]] = {
    "bib": "application/x-bibtex; charset=utf-8",
    "ris": "application/x-research-info-systems; charset=utf-8",
    "json": "application/vnd.citationstyles.csl+json",
}


class _Conversation(Asked):
    model_config = ConfigDict(extra="ignore")

    turns: list[SavedTurn] = Field(min_length=1, max_length=MOST_TURNS)
    style: str = Field(DEFAULT_STYLE, max_length=40)


def export_routes(index: Store, queue: FairQueue) -> APIRouter:
    """``POST /export/{format}`` and ``GET /reference/{token}``, with ``.bib``, ``.ris``, ``.json``.

    An export is asked for with ``{"turns": [{"question", "abstained", "heading", "reason", "notes",
    "statements": [{"text", "kind", "support", "fault", "citations"}]}], "style"}``, where citations
    are tokens of places (:mod:`rag.app.web.shared.places`).
    """
    router = APIRouter()

    @router.post("/export/{format}")
    async def export(format: str, request: Request) -> Response:  # noqa: A002 - as in the path
        chosen = next((each for each in get_args(ExportFormat) if each == format), None)
        if chosen is None:
            return plain(_("exports are made as md, docx, html or json"), status=404)
        try:
            asked = await body(request, _Conversation, longest=_LONGEST_BODY)
            return await queue.run(visitor_of(request), lambda: _export(index, asked, chosen))
        except Refused as refused:
            words = _(_TOO_LONG) if refused.status == 413 else in_readers_language(refused)
            return plain(words, status=refused.status)
        except RagError as error:
            return _failed(error)

    @router.get("/reference/{given}")
    def one_reference(
        given: str, style: Annotated[str, Query(max_length=40)] = DEFAULT_STYLE
    ) -> Response:
        try:
            return _reference(index, given, style)
        except RagError as error:
            return _failed(error)

    @router.get("/reference")
    def styles() -> Response:
        offered = [{"name": each.name, "title": each.title} for each in STYLES.values()]
        return Response(json.dumps({"styles": offered}), media_type="application/json")

    return router


def _failed(error: RagError) -> Response:
    return plain(in_readers_language(error), status=400 if isinstance(error, QueryError) else 500)


def _claimed(turn: SavedTurn) -> ClaimedTurn:
    statements = tuple(map(_claimed_statement, turn.statements))
    if turn.abstained or not statements:
        instead = turn.heading or NOT_ANSWERED if turn.abstained else _NO_ANSWER
        statements = (without_answer(instead, turn.reason),)
    return ClaimedTurn(turn.question, statements, turn.notes)


def _claimed_statement(statement: SavedStatement) -> ClaimedStatement:
    places = tuple(filter(None, map(parse_token, statement.citations)))
    if statement.kind == "quote":
        return ClaimedStatement(statement.text, "quote", places)
    support = statement.support or "unchecked"
    return ClaimedStatement(statement.text, "generated", places, support, statement.fault)


def _export(index: Store, asked: _Conversation, format: ExportFormat) -> Response:  # noqa: A002
    made = datetime.now(UTC)
    with reading(ENGLISH):  # a file is for others, and is checked by its words
        turns = [_claimed(turn) for turn in asked.turns]
        built = build_export(index, turns, style=asked.style, made=made, seconds=_SECONDS)
        content = write_export(built, format=format)
    name = f"footnote-{made:%Y-%m-%d-%H%M}.{format}"
    headers = {**NOT_KEPT, "content-disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, media_type=MEDIA_TYPES[format])


def _reference(index: Store, given: str, style: str) -> Response:
    suffix = next((each for each in FORMATS if given.endswith(f".{each}")), None)
    place = parse_token(given.removesuffix(f".{suffix}"))
    if place is None:
        return plain(_("the link is cut short: it names no place in a document"), status=404)
    found = _found(index, place)
    if found is None:
        words = _("the document is not in this collection, or ends before the place")
        return plain(words, status=404)
    if suffix is not None:
        headers = {**NOT_KEPT, "content-disposition": f'attachment; filename="reference.{suffix}"'}
        made = exchange(*found, format=suffix).encode("utf-8", "replace")
        return Response(made, headers=headers, media_type=_MEDIA[suffix])
    with reading(ENGLISH):  # as the styles have it
        return plain(reference(*found, style=style).text, status=200)


def _found(index: Store, place: Place) -> tuple[Document, Citation | None] | None:
    if place.start < place.end:
        return cite_place(index, place)
    document = index.document(place.document_id)  # an empty span means the document as such
    return None if document is None else (document, None)

"""The routes of the Citation lookup tab: what a text has to look up, and each of it looked up."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from rag.app.web.lookup.pieces import How, choose
from rag.app.web.lookup.view import checked_html, unchecked_html
from rag.app.web.shared.requests import Asked, AtOnce, body
from rag.app.web.shared.responses import Refused, json_answer
from rag.errors import QueryError, SourceNotFound
from rag.language.sentences import split_sentences
from rag.quotes import check_quotation

if TYPE_CHECKING:
    from rag.store import Store

__all__ = ["lookup_routes"]

_LONGEST_BODY = 4_000_000
_TRIED = 20  # documents in which an example is looked for


class _Text(Asked):
    text: str
    how: How = "auto"


class _Quotation(Asked):
    text: str = Field(max_length=20_000)
    source: str = Field(default="", max_length=2_000)
    speaker: str = Field(default="", max_length=300)


def lookup_routes(index: Store) -> APIRouter:
    """The routes below ``/lookup``, all of which answer with JSON; they change nothing."""
    router = APIRouter(prefix="/lookup")
    busy = "too many quotations are being checked at once: try again shortly"
    at_once = AtOnce(8, busy)

    @router.get("/example")
    def example() -> Response:
        """A sentence of the reports to try the lookup with; empty if there is none."""
        return json_answer({"text": _example(index)})

    @router.post("/pieces")
    async def pieces(request: Request) -> Response:
        """What is looked up of a text: ``{"pieces": [{"text", "start", "end", "perhaps"}]}``."""
        asked = await body(request, _Text, longest=_LONGEST_BODY)
        chosen = await run_in_threadpool(choose, asked.text, asked.how)
        found = await run_in_threadpool(lambda: index.find(count=1))
        if not found.total:
            raise Refused(409, "the collection is empty: add reports in the Library first")
        return json_answer({"pieces": list(map(asdict, chosen.pieces)), "note": chosen.note})

    @router.post("/check")
    async def check(request: Request) -> Response:
        """One quotation looked up: ``{"status", "html"}``; ``unchecked`` where it is too short."""
        asked = await body(request, _Quotation, longest=_LONGEST_BODY)
        status, html = await at_once.run(lambda: _checked(index, asked))
        return json_answer({"status": status, "html": html})

    return router


def _example(index: Store) -> str:
    for info in index.documents()[:_TRIED]:
        document = index.document(info.id)
        middle = document.text[len(document.text) // 3 :][:4_000] if document else ""
        for start, end in split_sentences(middle)[1:]:
            sentence = middle[start:end]
            if sentence[:1].isupper() and 8 <= len(sentence.split()) <= 40:
                return sentence
    return ""


def _checked(index: Store, asked: _Quotation) -> tuple[str, str]:
    source, speaker = asked.source.strip() or None, asked.speaker.strip() or None
    try:
        result = check_quotation(index, asked.text, source=source, speaker=speaker)
    except QueryError as error:
        return "unchecked", unchecked_html(asked.text, str(error))
    except SourceNotFound as error:
        raise Refused(404, str(error).replace("see 'rag list'", "see the Library")) from error
    return result.status, checked_html(result)

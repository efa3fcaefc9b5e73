"""The routes of the Citation lookup tab: what a text has to look up, and each of it looked up."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from rag.app.web.lookup.pieces import How, choose
from rag.app.web.lookup.view import checked_html, unchecked_html
from rag.app.web.shared.json_requests import Asked, AtOnce, Refused, body, json_answer, worded
from rag.errors import QueryError, SourceNotFound
from rag.language.sentences import split_sentences
from rag.quotes import check_quotation

if TYPE_CHECKING:
    from rag.store import Store

__all__ = ["lookup_routes"]

_LONGEST_BODY = 4_000_000
_AT_ONCE = 8
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
    return _Routes(index).router


class _Routes:
    def __init__(self, index: Store) -> None:
        self._index = index
        self._at_once = AtOnce(
            _AT_ONCE, "too many quotations are being checked at once: try again shortly"
        )
        self.router = APIRouter(prefix="/lookup")
        self.router.get("/example")(self.example)
        self.router.post("/pieces")(worded(self.pieces))
        self.router.post("/check")(worded(self.check))

    def example(self) -> Response:
        """A sentence of the reports to try the lookup with; empty if there is none."""
        for info in self._index.documents()[:_TRIED]:
            document = self._index.document(info.id)
            middle = document.text[len(document.text) // 3 :][:4_000] if document else ""
            for start, end in split_sentences(middle)[1:]:
                sentence = middle[start:end]
                if sentence[:1].isupper() and 8 <= len(sentence.split()) <= 40:
                    return json_answer({"text": sentence})
        return json_answer({"text": ""})

    async def pieces(self, request: Request) -> Response:
        """What is looked up of a text: ``{"pieces": [{"text", "start", "end", "perhaps"}]}``."""
        asked = await body(request, _Text, longest=_LONGEST_BODY)
        chosen = await run_in_threadpool(choose, asked.text, asked.how)
        found = await run_in_threadpool(lambda: self._index.find(count=1))
        if not found.total:
            raise Refused(409, "the collection is empty: add reports in the Library first")
        pieces = [asdict(piece) for piece in chosen.pieces]
        return json_answer({"pieces": pieces, "note": chosen.note})

    async def check(self, request: Request) -> Response:
        """One quotation looked up: ``{"status", "html"}``; ``unchecked`` where it is too short."""
        asked = await body(request, _Quotation, longest=_LONGEST_BODY)
        return await self._at_once.run(lambda: self._checked(asked))

    def _checked(self, asked: _Quotation) -> Response:
        source, speaker = asked.source.strip() or None, asked.speaker.strip() or None
        try:
            result = check_quotation(self._index, asked.text, source=source, speaker=speaker)
        except QueryError as error:
            told = unchecked_html(asked.text, str(error))
            return json_answer({"status": "unchecked", "html": told})
        except SourceNotFound as error:
            words = str(error).replace("see 'rag list'", "see the Library")
            raise Refused(404, words) from error
        return json_answer({"status": result.status, "html": checked_html(result)})

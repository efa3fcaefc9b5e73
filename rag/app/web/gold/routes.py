"""The routes that make gold questions of what users say about answers; they change nothing.

What is kept is in the browser. It sends tokens of places, of which everything that stands in a gold
file is looked up again (:mod:`rag.app.web.gold.file`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from rag.app.web.chat.saved_conversations import kept_turns
from rag.app.web.shared.requests import Asked, AtOnce, body
from rag.app.web.shared.responses import Refused, json_answer

if TYPE_CHECKING:
    from rag.store import Store

__all__ = ["gold_routes"]


class _Turns(Asked):
    turns: list[dict[str, Any]] = Field(min_length=1, max_length=100)


class _Words(Asked):
    text: str = Field("", max_length=20_000)
    token: str = Field("", max_length=2_000)


class _Kept(Asked):
    questions: list[dict[str, Any]] = Field(max_length=5_000)


def gold_routes(index: Store) -> APIRouter:
    """The routes below ``/gold``, all of which take and answer with JSON.

    ``/offer`` takes the turns of a conversation (:mod:`rag.app.web.chat.saved_conversations`) and
    tells what can be said of the last one, ``/find`` where words stand, ``/file`` makes a gold file
    of judgements; see :mod:`rag.app.web.gold.choices` and :mod:`rag.app.web.gold.file`.
    """
    router = APIRouter(prefix="/gold")
    at_once = AtOnce(4, "too much is being looked up at once: try again shortly")

    # What is evaluated is loaded when it is first needed.

    @router.post("/offer")
    async def offer(request: Request) -> Response:
        from rag.app.web.gold import choices
        from rag.app.web.gold.places import Places

        turns = kept_turns((await body(request, _Turns)).turns)
        if not turns:
            raise Refused(422, "there is no question to judge")
        return json_answer(await at_once.run(lambda: choices.offer(turns, Places(index))))

    @router.post("/find")
    async def find(request: Request) -> Response:
        from rag.app.web.gold import choices
        from rag.app.web.gold.places import Places

        words = await body(request, _Words)
        places = Places(index)
        return json_answer(
            await at_once.run(lambda: choices.found_places(words.text, words.token, places))
        )

    @router.post("/file")
    async def file(request: Request) -> Response:
        from rag.app.web.gold.file import gold_file
        from rag.app.web.gold.places import Places

        kept = await body(request, _Kept)
        return json_answer(await at_once.run(lambda: gold_file(kept.questions, Places(index))))

    return router

"""The routes that make gold questions of what users say about answers; they change nothing.

What is kept is in the browser. It sends tokens of places, of which everything that stands in a gold
file is looked up again (:mod:`rag.app.web.gold.file`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Request, Response
from pydantic import Field

from rag.app.web.chat.saved_conversations import kept_turns
from rag.app.web.shared.json_requests import Asked, AtOnce, Refused, body, json_answer, worded

if TYPE_CHECKING:
    from rag.store import Store

__all__ = ["gold_routes"]

_MOST_TURNS: Final = 100
_MOST_QUESTIONS: Final = 5_000
_AT_ONCE: Final = 4


class _Turns(Asked):
    turns: list[dict[str, Any]] = Field(min_length=1, max_length=_MOST_TURNS)


class _Words(Asked):
    text: str = Field("", max_length=20_000)
    token: str = Field("", max_length=2_000)


class _Kept(Asked):
    questions: list[dict[str, Any]] = Field(max_length=_MOST_QUESTIONS)


def gold_routes(index: Store) -> APIRouter:
    """The routes below ``/gold``, all of which take and answer with JSON.

    ``/offer`` takes the turns of a conversation (:mod:`rag.app.web.chat.saved_conversations`) and
    tells what can be said of the last one, ``/find`` where words stand, ``/file`` makes a gold file
    of judgements; see
    :func:`rag.app.web.gold.choices.offer`, :func:`rag.app.web.gold.choices.found_places` and
    :func:`rag.app.web.gold.file.gold_file`.
    """
    return _Routes(index).router


class _Routes:
    def __init__(self, index: Store) -> None:
        self._index = index
        self._at_once = AtOnce(_AT_ONCE, "too much is being looked up at once: try again shortly")
        self.router = APIRouter(prefix="/gold")
        self.router.post("/offer")(worded(self.offer))
        self.router.post("/find")(worded(self.find))
        self.router.post("/file")(worded(self.file))

    # What is evaluated is loaded when it is first needed.

    async def offer(self, request: Request) -> Response:
        """What can be said of the last turn."""
        from rag.app.web.gold.choices import offer
        from rag.app.web.gold.places import Places

        turns = kept_turns((await body(request, _Turns)).turns)
        if not turns:
            raise Refused(422, "there is no question to judge")
        return json_answer(await self._at_once.run(lambda: offer(turns, Places(self._index))))

    async def find(self, request: Request) -> Response:
        """Where words stand."""
        from rag.app.web.gold.choices import found_places
        from rag.app.web.gold.places import Places

        asked = await body(request, _Words)
        places = Places(self._index)
        return json_answer(
            await self._at_once.run(lambda: found_places(asked.text, asked.token, places))
        )

    async def file(self, request: Request) -> Response:
        """The judgements as a gold file."""
        from rag.app.web.gold.file import gold_file
        from rag.app.web.gold.places import Places

        asked = await body(request, _Kept)
        return json_answer(
            await self._at_once.run(lambda: gold_file(asked.questions, Places(self._index)))
        )

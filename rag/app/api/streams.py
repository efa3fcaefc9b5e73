"""Answers that are sent while they grow, as server-sent events."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any, Final

from anyio import CancelScope
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from rag.app.api.errors import WENT_WRONG, error_object
from rag.app.threads import in_threads
from rag.app.web.shared.fair_queue import FairQueue
from rag.app.web.shared.http import NOT_KEPT, status_of
from rag.cite.answers import Answer
from rag.errors import RagError

_STILL_THERE_SECONDS: Final = 15
KEEP_ALIVE: Final = ": still at work\n\n"
"""A comment, which clients skip; it keeps the connection from being taken for dead."""

log = logging.getLogger(__name__)


class Growing:
    """An answer that has begun to grow. It holds a place in the queue until it is closed."""

    def __init__(self, first: Answer, others: AsyncIterator[Answer], place: AsyncExitStack) -> None:
        self._first = first
        self._others = others
        self._place = place

    @classmethod
    async def begin(
        cls, answers: Iterator[Answer], *, queue: FairQueue, caller: str | None, seconds: float
    ) -> Growing:
        """Wait for a place in the queue, and for the first snapshot.

        Raises:
            Refused: too much is waiting already.
            RagError: the question cannot be answered.
        """
        place = AsyncExitStack()
        try:
            await place.enter_async_context(queue.place(caller))
            snapshots = in_threads(answers, seconds)
            return cls(await anext(snapshots), snapshots, place)
        except BaseException:
            await place.aclose()
            raise

    async def snapshots(self) -> AsyncIterator[Answer | None]:
        """The snapshots of the answer; None whenever none came for some seconds."""
        yield self._first
        while True:
            following = asyncio.ensure_future(anext(self._others, None))
            try:
                while not following.done():
                    await asyncio.wait({following}, timeout=_STILL_THERE_SECONDS)
                    if not following.done():
                        yield None
            finally:
                following.cancel()
            answer = following.result()
            if answer is None:
                return
            yield answer

    async def events(
        self, told: Callable[[Answer], Iterator[str]], failed: Callable[[dict[str, Any]], str]
    ) -> AsyncIterator[str]:
        """The events of the answer; what goes wrong on the way is told as the last one."""
        try:
            async for answer in self.snapshots():
                if answer is None:
                    yield KEEP_ALIVE
                    continue
                for event in told(answer):
                    yield event
        except RagError as error:
            yield failed(error_object(status_of(error), str(error)))
        except Exception:
            log.exception("an answer broke off")
            yield failed(error_object(500, WENT_WRONG))

    async def close(self) -> None:
        """Give the place away."""
        await self._place.aclose()


class EventStream(StreamingResponse):
    """The events of an answer as a response; its place is given away when nobody reads any more."""

    def __init__(self, growing: Growing, events: AsyncIterator[str]) -> None:
        headers = {**NOT_KEPT, "x-accel-buffering": "no"}  # which nginx would do
        super().__init__(events, headers=headers, media_type="text/event-stream")
        self._growing = growing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with CancelScope(shield=True):
                await self._growing.close()


def events_specified(*names: str, example: str) -> dict[str, Any]:
    """A stream of events with JSON in them, for the specification: the form of each event."""
    named = {"enum": list(names)} if names else {"const": "message"}
    data = {"type": "string", "contentMediaType": "application/json"}
    schema = {
        "type": "object",
        "required": ["data"],
        "properties": {"event": {"type": "string", **named}, "data": data},
    }
    return {"text/event-stream": {"schema": schema, "example": example}}


def event(value: Any, *, name: str = "") -> str:  # noqa: ANN401 - anything that JSON can hold
    """A server-sent event with a JSON value."""
    named = f"event: {name}\n" if name else ""
    return f"{named}data: {json.dumps(value, ensure_ascii=True)}\n\n"

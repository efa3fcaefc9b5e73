"""A time limit for responses to begin."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rag.app.web.shared.responses import error_answer
from rag.patience import too_long

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["TimeLimit"]


class TimeLimit:
    """Answers 503 where the application has not begun to answer in time.

    The ``seconds`` begin with the last part of the request that arrived, so that a slow upload has
    its time. What works on the request is left behind, because threads cannot be ended.
    """

    def __init__(self, app: ASGIApp, *, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and the response back if it begins in time."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(receive, send)
        answering = asyncio.ensure_future(self._app(scope, exchange.receive, exchange.send))
        answering.add_done_callback(lambda _: exchange.begun.set())
        try:
            if await exchange.begins_within(self._seconds):
                await answering
            else:
                refusal = error_answer(503, str(too_long(scope["path"], self._seconds)))
                await refusal(scope, receive, send)
        except asyncio.CancelledError:
            answering.cancel()
            raise


class _Exchange:
    """A request and its response: when its last part arrived, and whether the answer has begun."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._clock = asyncio.get_running_loop().time
        self._heard = self._clock()
        self._given_up = False
        self.begun = asyncio.Event()

    async def receive(self) -> Message:
        """Pass on the next part of the request."""
        message = await self._receive()
        self._heard = self._clock()
        return message

    async def send(self, message: Message) -> None:
        """Send the next part of the response, unless the request was given up."""
        self.begun.set()
        if not self._given_up:
            await self._send(message)

    async def begins_within(self, seconds: float) -> bool:
        """Whether the response begins within ``seconds`` of the last that came; gives up if not."""
        while not self.begun.is_set() and (left := self._heard + seconds - self._clock()) > 0:
            try:
                await asyncio.wait_for(self.begun.wait(), left)
            except TimeoutError:
                continue
        self._given_up = not self.begun.is_set()
        return self.begun.is_set()

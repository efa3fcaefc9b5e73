"""A time limit for responses to begin."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.app.api.errors import error_response, is_for_programs
from rag.app.web.shared.http import error_answer
from rag.patience import too_long


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
        now = asyncio.get_running_loop().time
        limit = asyncio.timeout(self._seconds)

        async def receive_in_time() -> Message:
            message = await receive()
            if limit.when() is not None and not limit.expired():
                limit.reschedule(now() + self._seconds)
            return message

        async def send_in_time(message: Message) -> None:
            if not limit.expired():
                limit.reschedule(None)
                await send(message)

        answering = asyncio.ensure_future(self._app(scope, receive_in_time, send_in_time))
        try:
            async with limit:
                await asyncio.shield(answering)
        except TimeoutError:
            if not limit.expired():
                raise
            told = error_response if is_for_programs(scope["path"]) else error_answer
            refusal = told(503, str(too_long(scope["path"], self._seconds)))
            await refusal(scope, receive, send)
        except asyncio.CancelledError:
            answering.cancel()
            raise

"""The tools of the Model Context Protocol over streamable HTTP, at ``/mcp``.

Every request stands by itself: the tools only read, and nothing is ever sent unasked, so there are
no sessions to be kept or to be taken over.
"""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from rag.app.api.errors import error_response
from rag.app.api.mcp import build_server, has_mcp, session_manager
from rag.app.api.tools import Tools
from rag.app.web.shared.fair_queue import FairQueue, visitor_of

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

_NOT_HERE: Final = (
    "this server does not speak the Model Context Protocol, because the package mcp is not "
    "installed: whoever runs it can install the extra mcp"
)
_POST_ONLY: Final = "this takes POST only: it keeps no sessions, and sends nothing unasked"

_caller: ContextVar[str | None] = ContextVar("caller of a tool", default=None)


class ToolsOverHttp:
    """An application for one address. What it needs is imported with the first request."""

    def __init__(self, tools: Tools, queue: FairQueue) -> None:
        self._tools = tools
        self._queue = queue
        self._starting: asyncio.Future[StreamableHTTPSessionManager] | None = None
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a message of the protocol."""
        if not has_mcp():
            await error_response(404, _NOT_HERE)(scope, receive, send)
            return
        if scope["method"] != "POST":
            refusal = error_response(405, _POST_ONLY, headers={"allow": "POST"})
            await refusal(scope, receive, send)
            return
        manager = await self._manager()
        before = _caller.set(visitor_of(HTTPConnection(scope)))
        try:
            await manager.handle_request(scope, receive, send)
        finally:
            _caller.reset(before)

    async def _manager(self) -> StreamableHTTPSessionManager:
        """What answers, started by the first request.

        It runs in a task of its own, which ends with the event loop: where the application is
        mounted in another one, nobody tells it when that starts and stops.
        """
        if self._starting is None or self._running is None or self._running.done():
            self._starting = asyncio.get_running_loop().create_future()
            self._running = asyncio.create_task(self._run(self._starting))
        return await asyncio.shield(self._starting)

    async def _run(self, starting: asyncio.Future[Any]) -> None:
        try:
            server = await asyncio.to_thread(
                build_server, self._tools, queue=self._queue, caller=_caller.get
            )
            manager = session_manager(server)
            async with manager.run():
                starting.set_result(manager)
                await asyncio.Event().wait()
        except Exception as error:
            if starting.done():
                raise
            starting.set_exception(error)

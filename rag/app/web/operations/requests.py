"""What is known of a request under way: its id, and the template of its route."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.app.web.operations.health import HEALTHZ, READYZ, Health

_NOTE: Final = "footnote.request"
_ID: Final = re.compile(r"[\w.-]{1,64}", re.ASCII)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_NOWHERE: Final = "other"


@dataclass(slots=True)
class RequestNote:
    """One request: ``route`` is the template of its path, such as ``/source/{token}``.

    ``seconds`` are those until its response was sent whole. ``status`` is 499 if the client went
    away before there was one.
    """

    id: str
    method: str
    route: str = _NOWHERE
    status: int = 0
    seconds: float = 0.0
    began: float = field(default_factory=time.monotonic)


PRESENT: ContextVar[RequestNote | None] = ContextVar("footnote_request", default=None)
"""The request that is being answered."""


def note_routes(app: FastAPI, *, prefix: str = "") -> None:
    """Have the route noted of each request that the application answers.

    ``prefix`` is the template of the path below which the application is mounted.
    """
    # The innermost middleware: those further out may have changed a copy of what they got.
    app.user_middleware.append(Middleware(_RouteNoted, prefix=prefix))


class _RouteNoted:
    def __init__(self, app: ASGIApp, *, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        finally:
            note = scope.get(_NOTE)
            template = getattr(scope.get("route"), "path", None)
            if note is not None and note.route == _NOWHERE and isinstance(template, str):
                note.route = template or "/"
            if note is not None and note.route != _NOWHERE:  # by an application inside as well
                note.route = self._prefix + note.route


class Observed:
    """The outermost application: answers about health, and has each request noted.

    A request keeps the id that a proxy gave it (``X-Request-ID``), or gets one; the response
    carries it. ``observers`` are called once its response has been sent, or has failed.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        health: Health,
        root_path: str = "",
        observers: Sequence[Callable[[RequestNote], None]] = (),
    ) -> None:
        self._app = app
        self._health = health
        self._root_path = root_path.rstrip("/")
        self._observers = observers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(self._root_path)
        if path in (HEALTHZ, READYZ):
            response = await self._health.answer(path, scope["method"])
            await response(scope, receive, send)
            return
        await self._noted(scope, receive, send)

    async def _noted(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = Headers(scope=scope).get("x-request-id", "")
        method = scope["method"] if scope["method"] in _METHODS else _NOWHERE
        note = RequestNote(given if _ID.fullmatch(given) else uuid.uuid4().hex, method)

        async def send_noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                note.status = message["status"]
                message.setdefault("headers", [])
                MutableHeaders(scope=message)["x-request-id"] = note.id
            await send(message)

        before = PRESENT.set(note)
        try:
            await self._app({**scope, _NOTE: note}, receive, send_noted)
        except Exception:
            note.status = 500
            raise
        finally:
            note.status = note.status or 499
            note.seconds = time.monotonic() - note.began
            for observe in self._observers:
                observe(note)
            PRESENT.reset(before)

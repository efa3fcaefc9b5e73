"""The middleware that stands in front of everything and decides who may go on."""

from __future__ import annotations

import json
import re
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from rag.app.access.forwarded import below_root
from rag.app.access.gate import Gate, NotIdentified
from rag.app.access.identity import Identity
from rag.app.access.needs import needed
from rag.app.access.visit import KEY, Visit
from rag.language.translation import _

_COLLECTION: Final = re.compile(r"/c/([a-z0-9][a-z0-9-]*)(/.*)?", re.DOTALL)
_NOT_KEPT: Final = {"cache-control": "no-store"}


class Access:
    """Lets a request pass as a :class:`~rag.app.access.visit.Visit`, or refuses it.

    401 for who has to log in, 404 for who may not know of a collection, as for one that is not
    there, and 403 for who may read but not change it.
    """

    def __init__(self, app: ASGIApp, *, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        scope = {**scope, "headers": list(scope["headers"])}
        connection = HTTPConnection(scope)
        door = self._gate.door
        if door is not None and scope["type"] == "http" and below_root(scope).startswith("/auth/"):
            response, _event, _identity = await door.answer(Request(scope, receive))
            await response(scope, receive, send)
            return
        decided = self._decide(connection)
        if isinstance(decided, Visit):
            scope[KEY] = decided
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(code=1008)(scope, receive, send)
        else:
            await decided(scope, receive, send)

    def _decide(self, connection: HTTPConnection) -> Visit | Response:
        gate = self._gate
        try:
            identity = gate.identify(connection)
        except NotIdentified:
            return self._nobody(connection)
        finally:
            self._strip(connection)
        path = below_root(connection.scope)
        if not gate.collections:
            return self._into(connection, identity, None, path)
        if path == "/":
            return self._at_the_top(identity)
        found = _COLLECTION.fullmatch(path)
        if found is None:
            return _not_there()
        return self._into(connection, identity, found[1], found[2] or "/")

    def _nobody(self, connection: HTTPConnection) -> Response:
        """What is said to who has not logged in: where, if it is somebody who opens the page."""
        opens = "text/html" in connection.headers.get("accept", "")
        if self._gate.door is not None and opens and connection.scope.get("method") == "GET":
            return self._gate.door.to_log_in(connection)
        return refusal(401, _("log in first"))

    def _into(
        self, connection: HTTPConnection, identity: Identity, name: str | None, path: str
    ) -> Visit | Response:
        """The visit to a collection, None being the only one, at a path below it."""
        collection = self._gate.collection(name) if name is not None else None
        if name is not None and collection is None:
            return _not_there()
        visit = self._gate.visit(identity, collection)
        if visit is None:
            return _not_there()
        need = needed(connection.scope.get("method", "WEBSOCKET"), path)
        if visit.role >= need.role:
            return visit
        if not need.is_listed:
            return _not_there()
        return refusal(403, visit.read_only or _("Only administrators may."))

    def _at_the_top(self, identity: Identity) -> Visit | Response:
        """The visit to no collection: the page that leads to the first that one may read."""
        readable = self._gate.readable(identity)
        if not readable:
            words = _("You may read none of the collections here: ask whoever runs this page.")
            return PlainTextResponse(words, 403, _NOT_KEPT)
        visit = self._gate.visit(identity, readable[0])
        return visit or _not_there()

    def _strip(self, connection: HTTPConnection) -> None:
        """Remove the headers that say who somebody is: nothing further in may go by them."""
        headers = MutableHeaders(scope=connection.scope)
        for name in self._gate.identity_headers:
            del headers[name]


def refusal(status: int, words: str) -> Response:
    """An error message for the user, as ``{"error": …}``."""
    body = json.dumps({"error": words}, ensure_ascii=True)
    return Response(body, status, _NOT_KEPT, "application/json")


def _not_there() -> Response:
    return refusal(404, _("there is nothing at this address"))

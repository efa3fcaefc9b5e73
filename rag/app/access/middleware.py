"""The middleware that stands in front of everything and decides who may go on."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from rag.app.access.forwarded import below_root
from rag.app.access.gate import Gate, NotIdentified
from rag.app.access.identity import Identity
from rag.app.access.limits import TooMany
from rag.app.access.needs import Action, needed
from rag.app.access.visit import KEY, NOT_RECORDED, Visit
from rag.app.api.errors import error_response, is_for_programs
from rag.errors import SettingsError
from rag.language.translation import _

if TYPE_CHECKING:
    from rag.app.access.oidc import Door

DOOR: Final = "/auth/"
"""Below which path people log in and out."""

_COLLECTION: Final = re.compile(r"/c/([a-z0-9][a-z0-9-]*)(/.*)?", re.DOTALL)
_NOT_KEPT: Final = {"cache-control": "no-store"}

Passed = tuple[Visit, Action | None]
"""Who may go on, and what they are about to do."""

log = logging.getLogger(__name__)


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
        door, is_http = self._gate.door, scope["type"] == "http"
        if door is not None and is_http and below_root(scope).startswith(DOOR):
            response = await self._at_the_door(door, Request(scope, receive))
            await response(scope, receive, send)
            return
        decided = self._decide(HTTPConnection(scope))
        if isinstance(decided, Response):
            refused = _for_programs(scope, decided) if is_http else WebSocketClose(code=1008)
            await refused(scope, receive, send)
            return
        visit, action = decided
        scope[KEY] = visit
        if action is None or visit.trail is None:
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _noted(scope, send, visit, action))

    async def _at_the_door(self, door: Door, request: Request) -> Response:
        """The response to a request about logging in or out, which the trail gets as well."""
        response, event, identity = await door.answer(request)
        if event and self._gate.trail is not None:
            address = request.client.host if request.client else None
            who = replace(identity or Identity(), address=address)
            try:
                self._gate.trail.note(event, who, status=response.status_code)
            except OSError:
                log.exception("the trail cannot be written")
                return _not_recorded()
        return response

    def _decide(self, connection: HTTPConnection) -> Passed | Response:
        gate = self._gate
        try:
            identity = gate.identify(connection)
        except NotIdentified:
            return self._nobody(connection)
        except SettingsError as error:  # the file of keys
            log.error("%s", error)
            return refusal(503, str(error))
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
    ) -> Passed | Response:
        """The visit to a collection, None being the only one, at a path below it."""
        collection = self._gate.collection(name) if name is not None else None
        if name is not None and collection is None:
            return _not_there()
        method = connection.scope.get("method", "WEBSOCKET")
        visit = self._gate.visit(identity, collection)
        if visit is None:
            return self._refused(_not_there(), identity, name, f"{method} {path}")
        need = needed(method, path)
        if visit.role < need.role:
            if not need.is_listed:
                return _not_there()
            told = refusal(403, visit.read_only or _("Only administrators may."))
            return self._refused(told, identity, name, f"{method} {path}")
        try:
            visit.charge(need.action)
        except TooMany as error:
            told = refusal(429, str(error))
            told.headers["retry-after"] = str(error.seconds)
            return self._refused(told, identity, name, f"{method} {path}")
        if need.action == "open":
            visit.details["subject"] = path.rpartition("/")[2]
        return visit, need.action

    def _refused(
        self, told: Response, identity: Identity, collection: str | None, what: str
    ) -> Response:
        """A refusal, which the trail gets as well."""
        if self._gate.trail is None or not (identity.is_known or told.status_code == 429):
            return told
        try:
            self._gate.trail.note(
                "refused", identity, collection=collection, subject=what, status=told.status_code
            )
        except OSError:
            log.exception("the trail cannot be written")
            return _not_recorded()
        return told

    def _at_the_top(self, identity: Identity) -> Passed | Response:
        """The visit to no collection: the page that leads to the first that one may read."""
        readable = self._gate.readable(identity)
        if not readable:
            words = _("You may read none of the collections here: ask whoever runs this page.")
            return PlainTextResponse(words, 403, _NOT_KEPT)
        visit = self._gate.visit(identity, readable[0])
        return (visit, None) if visit else _not_there()

    def _strip(self, connection: HTTPConnection) -> None:
        """Remove the headers that say who somebody is: nothing further in may go by them."""
        headers = MutableHeaders(scope=connection.scope)
        for name in self._gate.identity_headers:
            del headers[name]


def _noted(scope: Scope, send: Send, visit: Visit, action: Action) -> Send:
    """``send`` for a request that the trail gets: nothing is answered that is not recorded."""
    is_recorded: list[bool] = []

    async def send_noted(message: Message) -> None:
        if message["type"] == "http.response.start":
            try:
                visit.note(action, status=message["status"])
            except OSError:
                log.exception("the trail cannot be written")
                is_recorded.append(False)
                await _not_recorded()(scope, _nothing, send)
            else:
                is_recorded.append(True)
        if is_recorded[:1] != [False]:
            await send(message)

    return send_noted


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


def _not_recorded() -> Response:
    return refusal(503, _(NOT_RECORDED))


def refusal(status: int, words: str) -> Response:
    """An error message for the user, as ``{"error": …}``."""
    body = json.dumps({"error": words}, ensure_ascii=True)
    return Response(body, status, _NOT_KEPT, "application/json")


def _for_programs(scope: Scope, refused: Response) -> Response:
    """A refusal in the shape in which other programs get errors, where it is one of them."""
    if not is_for_programs(scope["path"]) or refused.media_type != "application/json":
        return refused
    kept = {name: refused.headers[name] for name in ("retry-after",) if name in refused.headers}
    if refused.status_code == 401:
        kept["www-authenticate"] = "Bearer"
    words = json.loads(bytes(refused.body))["error"]
    return error_response(refused.status_code, words, headers=kept)


def _not_there() -> Response:
    return refusal(404, _("there is nothing at this address"))

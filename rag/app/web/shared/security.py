"""Security: headers of all responses, routes that are blocked, requests that are forged."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from rag.app.access.forwarded import below_root
from rag.app.access.policy import is_loopback
from rag.app.api.errors import error_response, is_for_programs
from rag.language.translation import _

_POLICY = (
    "default-src 'self'",
    # Gradio's page has inline scripts, and its HTML component compiles its template.
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'self'",
)

HEADERS = {
    "content-security-policy": "; ".join(_POLICY),
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

# Gradio's routes that this page has no use for: they fetch on behalf of anyone, store what they
# are sent, tell about other users, or call functions past the queue.
_BLOCKED = (
    "/gradio_api/api/",
    "/gradio_api/call/",
    "/gradio_api/component_server",
    "/gradio_api/custom_component",
    "/gradio_api/deep_link",
    "/gradio_api/dev/",
    "/gradio_api/file",
    "/gradio_api/openapi.json",
    "/gradio_api/process_recording",
    "/gradio_api/profiling",
    "/gradio_api/proxy=",
    "/gradio_api/run-history",
    "/gradio_api/run/",
    "/gradio_api/stream",
    "/gradio_api/undo-vibe",
    "/gradio_api/upload",
    "/gradio_api/vibe",
    "/monitoring",
    "/openapi.json",
)


_MISDIRECTED = (
    "This page is served to this machine only: open it as http://127.0.0.1 with its port."
)


class Guard:
    """Adds :data:`HEADERS` to every response.

    While the server listens on a loopback address, requests must name it so, or by one of
    ``names``. Otherwise any web site could let its own name lead to this machine and read the page
    (DNS rebinding). Scripts of other sites, of other ports of this machine too, may read nothing:
    those that ask whether they may are told no, and nothing that Gradio would tell them (CORS) gets
    out.
    """

    def __init__(self, app: ASGIApp, *, host: str, names: str = "") -> None:
        self._app = app
        self._local = is_loopback(host)
        self._names = frozenset(names.casefold().replace(",", " ").split())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                for name in [each for each in headers if each.startswith("access-control-")]:
                    del headers[name]
            await send(message)

        refusal = None if scope["type"] == "lifespan" else self._refusal(HTTPConnection(scope))
        if refusal is None:
            await self._app(scope, receive, send_guarded)
        elif scope["type"] == "websocket":
            await WebSocketClose(code=1008)(scope, receive, send)
        else:
            await refusal(scope, receive, send_guarded)

    def _refusal(self, request: HTTPConnection) -> Response | None:
        hosts = request.headers.getlist("host") or [""]
        if self._local and not all(self._is_ours(_without_port(host)) for host in hosts):
            return _refused(request, 421, _MISDIRECTED)
        if "access-control-request-method" in request.headers:
            return _refused(request, 403, "other sites may not use this page")
        return None

    def _is_ours(self, name: str) -> bool:
        return is_loopback(name) or name in self._names


class Blocked:
    """Answers 404 for routes of Gradio that this page has no use for, whoever asks."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http" and below_root(scope).casefold().startswith(_BLOCKED):
            await PlainTextResponse("not found", 404)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _refused(request: HTTPConnection, status: int, words: str) -> Response:
    if is_for_programs(request.scope["path"]):
        return error_response(status, words)
    return PlainTextResponse(words, status)


def names_this_machine(request: HTTPConnection) -> bool:
    """Whether the address that was asked for names this machine as only itself can."""
    hosts = request.headers.getlist("host") or [""]
    return all(is_loopback(_without_port(host)) for host in hosts)


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).casefold()


# Where a request comes from ----------------------------------------------------------------------

MARK = "x-footnote"
"""A header that a page of another site cannot send without asking this server, which says no."""


def forgery(request: Request) -> str | None:
    """Why a request looks as if another site had made the browser send it; None if it does not."""
    if request.headers.get(MARK) != "library":
        return _("the request lacks the header {header}", header=f"{MARK}: library")
    if is_from_another_site(request):
        return _("the request comes from another site")
    return None


def is_from_another_site(request: HTTPConnection) -> bool:
    """Whether a browser says that a page of another site makes it send the request."""
    origins = request.headers.getlist("origin")
    if any(not _is_own(origin, request) for origin in origins):
        return True
    return request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")


def _is_own(origin: str, request: HTTPConnection) -> bool:
    parts = urlsplit(origin)
    host = request.headers.get("host", "").casefold()
    return parts.scheme in ("http", "https") and parts.netloc.casefold() == host

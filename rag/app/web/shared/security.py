"""Security: headers of all responses, routes that are blocked, who may change the library."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from rag.app.api.errors import error_response, is_for_programs
from rag.language.translation import _
from rag.settings import Settings

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


def _is_loopback(host: str) -> bool:
    """Whether a name or address means this machine and can be reached from it alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Guard:
    """Adds :data:`HEADERS` to every response, and answers 404 for what is blocked.

    While the server listens on a loopback address, requests must name it so. Otherwise any web
    site could let its own name lead to this machine and read the page (DNS rebinding). Scripts of
    other sites, of other ports of this machine too, may read nothing: those that ask whether they
    may are told no, and nothing that Gradio would tell them (CORS) gets out.
    """

    def __init__(self, app: ASGIApp, *, host: str) -> None:
        self._app = app
        self._local = _is_loopback(host)

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
        if self._local and not _names_this_machine(request):
            return _refused(request, 421, _MISDIRECTED)
        if "access-control-request-method" in request.headers:
            return _refused(request, 403, "other sites may not use this page")
        if request.scope["path"].casefold().startswith(_BLOCKED):
            return PlainTextResponse("not found", 404)
        return None


def _refused(request: HTTPConnection, status: int, words: str) -> Response:
    if is_for_programs(request.scope["path"]):
        return error_response(status, words)
    return PlainTextResponse(words, status)


def _names_this_machine(request: HTTPConnection) -> bool:
    """Whether the address that was asked for names this machine as only itself can."""
    hosts = request.headers.getlist("host") or [""]
    return all(_is_loopback(_without_port(host)) for host in hosts)


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).casefold()


# Permission ------------------------------------------------------------------------------------

MARK = "x-footnote"
"""A header that a page of another site cannot send without asking this server, which says no."""

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def read_only(request: Request, settings: Settings) -> str | None:
    """Why this visitor may not change the library; None for one who may."""
    if settings.editing == "always":
        return None
    if settings.editing == "never":
        return _(
            "This library is read-only here: it was started with editing switched off "
            "(RAG_EDITING=never)."
        )
    if not _is_loopback(settings.host):
        return _(
            "This library is read-only here, because the page can be reached from other machines. "
            "Whoever runs it can add reports with “rag ingest”, or allow it for everybody with "
            "RAG_EDITING=always."
        )
    if not _is_from_here(request):
        return _(
            "This library can be changed only from the machine that it runs on (RAG_EDITING=local)."
        )
    return None


def is_this_machine(request: HTTPConnection) -> bool:
    """Whether a program on this machine asks, by a name that means this machine alone."""
    return _is_from_here(request) and _names_this_machine(request)


def _is_from_here(request: HTTPConnection) -> bool:
    """Whether the request comes from this machine, and no proxy says that it is another's."""
    peer = request.client.host if request.client else ""
    return _is_loopback(peer) and not any(name in request.headers for name in _FORWARDED)


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

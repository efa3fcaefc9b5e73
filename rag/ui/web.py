"""What every response of the front end carries, and what it never serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["HEADERS", "Guard"]

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

HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", "; ".join(_POLICY).encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)

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


class Guard:
    """Adds :data:`HEADERS` to every response, and answers 404 for what is blocked."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                names = {name for name, _ in HEADERS}
                kept = [pair for pair in message.get("headers", ()) if pair[0] not in names]
                message = {**message, "headers": [*kept, *HEADERS]}
            await send(message)

        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"].casefold().startswith(_BLOCKED):
            await send_guarded({"type": "http.response.start", "status": 404, "headers": []})
            await send_guarded({"type": "http.response.body", "body": b"not found"})
        else:
            await self._app(scope, receive, send_guarded)

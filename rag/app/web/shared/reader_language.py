"""In which language a request is answered, and the page in that language."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator, Callable
from functools import wraps
from inspect import isasyncgenfunction, iscoroutinefunction
from typing import Any, Final

from gradio.context import LocalContext
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.app.access.visit import page_facts
from rag.language.translation import (
    ENGLISH,
    direction,
    language,
    preferred,
    reading,
    script_messages,
)

COOKIE: Final = "footnote-language"
"""The cookie with the language that a user has chosen; ``shared/language.js`` sets it."""


# Gradio would set the language of the page, too.
_KEEP_LANGUAGE: Final = """<script>{
  Object.defineProperty(navigator, "language", { value: "en" });
  const page = document.documentElement, { lang, dir } = page;
  const keep = () => {
    if (page.lang !== lang) page.lang = lang;
    if (page.dir !== dir) page.dir = dir;
  };
  new MutationObserver(keep).observe(page, { attributes: true, attributeFilter: ["lang", "dir"] });
}</script>"""


def language_of(request: HTTPConnection) -> str:
    """The language that a browser has chosen, or else the best of those that it asks for."""
    accepted = request.headers.get("accept-language", "")
    return preferred(request.cookies.get(COOKIE), accepted)


class ReaderLanguage:
    """Answers each request in the language of its reader."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with its language as that of the present reader."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with reading(language_of(HTTPConnection(scope))):
            await self._app(scope, receive, send)


class PageForReader:
    """Makes the page one of its reader: in their language, and with what their visit may see."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; the response is changed if it is the page."""
        if scope["type"] != "http" or scope["path"].rstrip("/") != scope.get("root_path", ""):
            await self._app(scope, receive, send)
            return
        facts = page_facts(HTTPConnection(scope))
        headers = MutableHeaders(scope=scope)
        compressed = "gzip" in headers.get("accept-encoding", "")
        headers["accept-encoding"] = "identity"
        shell = _Shell(language(), send, facts=facts, compressed=compressed)
        await self._app(scope, receive, shell)


class _Shell:
    """The page of Gradio, which is English from left to right, as one of another language."""

    def __init__(self, code: str, send: Send, *, facts: dict[str, Any], compressed: bool) -> None:
        self._code, self._send, self._compressed = code, send, compressed
        self._facts = facts
        self._start: Message | None = None
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        """Keep the parts of the response until all are there; then send them, rewritten."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if headers.get("content-type", "").startswith("text/html"):
                self._start = message
                return
        elif self._start is not None:
            self._body += message.get("body", b"")
            if message.get("more_body"):
                return
            await self._send_page(self._start)
            return
        await self._send(message)

    async def _send_page(self, start: Message) -> None:
        body = bytes(self._body).replace(b'lang="en"', _attributes(self._code).encode(), 1)
        body = body.replace(b"<head>", b"<head>" + _head(self._code, self._facts).encode(), 1)
        # All other addresses on Gradio's page are relative.
        body = body.replace(b'href="/manifest.json"', b'href="./manifest.json"', 1)
        headers = MutableHeaders(scope=start)
        if self._compressed and body:
            body = gzip.compress(body, 6)
            headers["content-encoding"] = "gzip"
        if body:
            headers["content-length"] = str(len(body))
        headers["content-language"] = self._code
        headers["vary"] = "cookie, accept-language, accept-encoding"
        if self._facts:
            headers["cache-control"] = "no-store"
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def _attributes(code: str) -> str:
    return f'lang="{code}" dir="{direction(code)}"'


def _head(code: str, facts: dict[str, Any]) -> str:
    """What the page's scripts need first: their messages, the visit, Gradio's words in English.

    Gradio goes by the language of the browser, and has only some words in each; ``chat.js`` finds
    its buttons by their English names.
    """
    told = {"messages": script_messages(code), "visit": json.dumps(facts)}
    escaped = {name: content.replace("<", "\\u003c") for name, content in told.items()}
    scripts = (
        f'<script type="application/json" id="{name}">{content}</script>'
        for name, content in escaped.items()
    )
    return "".join((*scripts, _KEEP_LANGUAGE))


def in_reader_language(handler: Callable[..., Any]) -> Callable[..., Any]:
    """A function for events of Gradio that answers in the language of the page that sent them.

    Gradio calls it from a queue of its own, which knows nothing of the request but what it hands
    over; a generator is asked for each update anew.
    """
    if isasyncgenfunction(handler):

        @wraps(handler)
        async def updates(*given: object) -> AsyncIterator[object]:
            code, following = _present_language(), handler(*given)
            try:
                while True:
                    with reading(code):
                        try:
                            update = await anext(following)
                        except StopAsyncIteration:
                            return
                    yield update
            finally:
                await following.aclose()

        return updates

    if iscoroutinefunction(handler):

        @wraps(handler)
        async def awaited(*given: object) -> object:
            with reading(_present_language()):
                return await handler(*given)

        return awaited

    @wraps(handler)
    def answer(*given: object) -> object:
        with reading(_present_language()):
            return handler(*given)

    return answer


def _present_language() -> str:
    """The language of the page that sent the event of Gradio that is being handled."""
    request = LocalContext.request.get(None)
    connection = request.request if request is not None else None
    return language_of(connection) if connection is not None else ENGLISH

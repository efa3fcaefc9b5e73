"""The page: its layout and events, the application around it, and the server that runs it."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr
import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response

from rag.errors import RagError, SettingsError
from rag.ui.chat import build_chat
from rag.ui.conversation import Chatbot
from rag.ui.places import parse_token
from rag.ui.source import message_html, source_html
from rag.ui.theme import FAVICON, HEAD, theme
from rag.ui.web import Guard

if TYPE_CHECKING:
    from rag.settings import Settings

__all__ = ["build_app", "serve"]

_HERE = Path(__file__).parent
_HEADER = """
<header class="masthead">
  <h1>Footnote<sup aria-hidden="true">1</sup></h1>
  <p>Answers in the reports’ own words</p>
  <button type="button" class="plain" data-open="collection" aria-expanded="false"
    aria-controls="collection">Collection and filters</button>
</header>
"""
_PANEL = """
<aside class="panel" aria-label="Source" tabindex="-1">
  <div class="panel-bar" role="toolbar" aria-label="Source">
    <button type="button" class="plain" data-step="-1" disabled
      aria-label="Previous citation">←</button>
    <span class="position" aria-live="polite"></span>
    <button type="button" class="plain" data-step="1" disabled
      aria-label="Next citation">→</button>
    <span class="gap"></span>
    <button type="button" class="plain" data-copy="quotation" disabled>Copy quotation</button>
    <button type="button" class="plain" data-copy="link" disabled>Copy link</button>
    <button type="button" class="plain close" data-close="source"
      aria-label="Close the source">×</button>
  </div>
  <div class="panel-body"></div>
  <p class="toast" role="status"></p>
</aside>
"""

log = logging.getLogger(__name__)


def build_app(chatbot: Chatbot, *, settings: Settings) -> FastAPI:
    """The front end as an application: the page at ``/``, sources at ``/source/TOKEN``."""
    # No pages about the interface: their scripts come from elsewhere.
    app = FastAPI(title="Footnote", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard)
    _add_routes(app, chatbot)
    gr.mount_gradio_app(
        app,
        _blocks(chatbot),
        path="/",
        server_name=settings.host,
        server_port=settings.port,
        footer_links=[],
        run_history=False,
        allowed_paths=[],
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=theme(),
        css_paths=_HERE / "page.css",
        head=HEAD,
    )
    return app


def _blocks(chatbot: Chatbot) -> gr.Blocks:
    """Three columns; the source panel and its script stand beside whatever is in the middle."""
    blocks = gr.Blocks(title="Footnote", analytics_enabled=False, fill_width=True)
    with blocks:
        gr.HTML(_HEADER, elem_id="masthead")
        with gr.Row(elem_id="columns", equal_height=False):
            with gr.Column(elem_id="collection", min_width=0):
                collection = gr.Column()
            with gr.Column(elem_id="middle", min_width=0):
                middle = gr.Column()
            with gr.Column(elem_id="source", min_width=0):
                script = (_HERE / "page.js").read_text("utf-8")
                gr.HTML(_PANEL, js_on_load=script, elem_id="panel")
        build_chat(blocks, chatbot, collection=collection, middle=middle)
    blocks.queue(max_size=64, default_concurrency_limit=4, api_open=False)
    return blocks


def _add_routes(app: FastAPI, chatbot: Chatbot) -> None:
    @app.get("/source/{given}", response_class=HTMLResponse)
    def source(given: str, whole: bool = False) -> Response:
        return _source(chatbot, given, whole=whole)

    @app.get("/favicon.ico")
    def favicon() -> Response:
        return Response(FAVICON, media_type="image/svg+xml")


def _source(chatbot: Chatbot, given: str, *, whole: bool) -> Response:
    """The panel for a token: 200, or 404 with words that say what is not there."""
    place = parse_token(given)
    try:
        document = chatbot.document(place.document_id) if place else None
    except RagError as error:
        return _fragment(message_html("The source cannot be read", str(error)), status=500)
    if place is None or document is None:
        words = (
            "The link names a document that is not in this collection. It may have been removed "
            "or replaced since the link was made, or the link was cut short."
        )
        return _fragment(message_html("Source not found", words), status=404)
    shown = source_html(document, place, whole=whole)
    if shown is None:
        words = "The document is in this collection, but it ends before the place in the link."
        return _fragment(message_html("Passage not found", words), status=404)
    return _fragment(shown, status=200)


def _fragment(content: str, *, status: int) -> Response:
    # A text can hold half of a surrogate pair, which has no encoding.
    encoded = content.encode("utf-8", "replace")
    headers = {"cache-control": "no-store"}
    return HTMLResponse(encoded, status_code=status, headers=headers)


class _Server(uvicorn.Server):
    """A server that says when it has begun to listen."""

    def __init__(self, config: uvicorn.Config, *, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._listening()


def serve(settings: Settings, *, announce: Callable[[str], None]) -> None:
    """Open the chatbot and serve the page until interrupted.

    ``announce`` is called once, with the address, when the page can be reached.

    Raises:
        SettingsError: the port is taken, or the host is not an address of this machine.
        RagError: the index cannot be opened.
    """
    # Loading what searches takes seconds; an address that is taken need not wait for it.
    from rag.chatbot import open_chatbot

    with _listen(settings) as listener:
        chatbot = open_chatbot(settings)
        threading.Thread(target=chatbot.warm_up, name="footnote-warm-up", daemon=True).start()
        app = build_app(chatbot, settings=settings)
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2)
        address = _address(settings.host, listener.getsockname()[1])
        _Server(config, listening=lambda: announce(address)).run(sockets=[listener])


def _listen(settings: Settings) -> socket.socket:
    """A socket bound to the settings' host and port."""
    where = f"{settings.host}:{settings.port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise SettingsError(f"{where} is not an address; set RAG_HOST or --host") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"cannot listen on {where} ({error.strerror}); "
            "set RAG_PORT or --port to another port, or 0 for a free one"
        ) from error
    return listener


def _address(host: str, port: int) -> str:
    """The address to open in a browser on this machine."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(host, host)  # noqa: S104
    if ":" in reachable and not reachable.startswith("["):
        reachable = f"[{reachable}]"
    return f"http://{reachable}:{port}/"

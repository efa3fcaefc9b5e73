"""The page: its layout, the application around it, and running it."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr
import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response

from rag.app.api.gradio_endpoints import add_endpoints
from rag.app.api.tools import Tools
from rag.app.library import Library
from rag.app.web.chat.components import Chat
from rag.app.web.chat.conversation import Chatbot
from rag.app.web.chat.export_routes import export_routes
from rag.app.web.evaluation.routes import evaluation_routes
from rag.app.web.evaluation.tab import EVALUATION, EVALUATION_STYLE
from rag.app.web.gold.routes import gold_routes
from rag.app.web.library.routes import library_routes
from rag.app.web.library.tab import LIBRARY
from rag.app.web.lookup.routes import lookup_routes
from rag.app.web.lookup.tab import LOOKUP
from rag.app.web.server import Server, address, listen
from rag.app.web.shared.fragments import fragment
from rag.app.web.shared.places import parse_token
from rag.app.web.shared.scripts import on_load, preloads, script_routes
from rag.app.web.shared.security import Guard
from rag.app.web.shared.tabs import masthead
from rag.app.web.shared.theme import FAVICON, HEAD, theme
from rag.app.web.shared.time_limit import Bounded
from rag.app.web.source.panel import PANEL
from rag.app.web.source.pdf_view import is_pictured, sheet_routes
from rag.app.web.source.view import message_html, source_html
from rag.errors import RagError

if TYPE_CHECKING:
    from rag.settings import Settings
    from rag.store import Store

__all__ = ["build_app", "serve"]

_HERE = Path(__file__).parent
_STYLES = ("shared/page.css", "chat/chat.css", "source/source.css")
# Gradio rewrites the styles it is given, and leaves out what it does not know, such as container
# queries; what is not about its own components goes past it.
_OWN_STYLES = (
    "shared/tabs.css",
    "library/library.css",
    "chat/answers.css",
    "chat/conversations.css",
    "source/pdf_view.css",
    "lookup/lookup.css",
    "gold/gold.css",
)


def build_app(chatbot: Chatbot, library: Library, *, settings: Settings) -> FastAPI:
    """The front end as an application: the page at ``/``, sources at ``/source/TOKEN``.

    The library is closed when the application stops.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        library.close()

    # No pages about the interface: their scripts come from elsewhere.
    app = FastAPI(
        title="Footnote", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan
    )
    app.add_middleware(Bounded, seconds=settings.patience_seconds)
    app.add_middleware(Guard, host=settings.host)
    _add_routes(app, chatbot)
    app.include_router(library_routes(library, settings))
    app.include_router(export_routes(library.index))
    app.include_router(sheet_routes(chatbot, library.pages))
    app.include_router(lookup_routes(library.index))
    app.include_router(evaluation_routes(chatbot, library, settings))
    app.include_router(gold_routes(library.index))
    app.include_router(script_routes())
    gr.mount_gradio_app(
        app,
        _blocks(chatbot, library.index, patience_seconds=settings.patience_seconds),
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
        css_paths=[_HERE / name for name in _STYLES],
        head=f"{HEAD}{preloads()}<style>{_joined(_OWN_STYLES)}{EVALUATION_STYLE}</style>",
    )
    return app


def _blocks(chatbot: Chatbot, index: Store, *, patience_seconds: float) -> gr.Blocks:
    """The tabs, one over the other, and beside them the source panel that they share."""
    blocks = gr.Blocks(title="Footnote", analytics_enabled=False, fill_width=True)
    with blocks:
        tools = Tools(chatbot, index, patience_seconds=patience_seconds)
        add_endpoints(tools)  # first, so that no function of the page has taken their names
        gr.HTML(masthead(), apply_default_css=False, elem_id="masthead")
        with gr.Row(elem_id="columns", equal_height=False):
            with gr.Column(elem_id="tab-chat", elem_classes="tab-panel", min_width=0):
                with gr.Column(elem_id="collection", min_width=0):
                    collection = gr.Column()
                with gr.Column(elem_id="middle", min_width=0):
                    middle = gr.Column()
            with gr.Column(elem_id="tab-lookup", elem_classes="tab-panel", min_width=0):
                gr.HTML(
                    LOOKUP,
                    js_on_load=on_load("lookup"),
                    apply_default_css=False,
                    elem_id="lookup",
                )
            with gr.Column(elem_id="tab-library", elem_classes="tab-panel", min_width=0):
                library = gr.HTML(
                    LIBRARY,
                    js_on_load=on_load("library", "collection_changed"),
                    apply_default_css=False,
                    elem_id="library",
                )
            with gr.Column(elem_id="tab-evaluation", elem_classes="tab-panel", min_width=0):
                gr.HTML(
                    EVALUATION,
                    js_on_load=on_load("evaluation"),
                    apply_default_css=False,
                    elem_id="evaluation",
                )
            with gr.Column(elem_id="source", min_width=0):
                panel = gr.HTML(
                    PANEL, js_on_load=on_load("panel", "ask_unfiltered"), elem_id="panel"
                )
        chat = Chat(
            chatbot,
            collection=collection,
            middle=middle,
            patience_seconds=patience_seconds,
        )
        chat.connect(unfiltered=panel.ask_unfiltered)
        chat.refresh_upon(blocks.load, library.collection_changed)
    blocks.queue(max_size=64, default_concurrency_limit=4, api_open=False)
    return blocks


def _joined(names: Sequence[str]) -> str:
    """The files one after the other."""
    return "\n".join((_HERE / name).read_text("utf-8") for name in names)


def _add_routes(app: FastAPI, chatbot: Chatbot) -> None:
    @app.get("/source/{given}", response_class=HTMLResponse)
    def source(given: str, whole: bool = False, around: int | None = None) -> Response:
        return _source(chatbot, given, whole=whole, around=around)

    @app.get("/favicon.ico")
    def favicon() -> Response:
        return Response(FAVICON, media_type="image/svg+xml")


def _source(chatbot: Chatbot, given: str, *, whole: bool, around: int | None) -> Response:
    """The panel for a token: 200, or 404 with words that say what is not there."""
    place = parse_token(given)
    try:
        document = chatbot.document(place.document_id) if place else None
    except RagError as error:
        return fragment(message_html("The source cannot be read", str(error)), status=500)
    if place is None or document is None:
        words = (
            "The link names a document that is not in this collection. It may have been removed "
            "or replaced since the link was made, or the link was cut short."
        )
        return fragment(message_html("Source not found", words), status=404)
    shown = source_html(document, place, whole=whole, around=around, pictured=is_pictured(document))
    if shown is None:
        words = "The document is in this collection, but it ends before the place in the link."
        return fragment(message_html("Passage not found", words), status=404)
    return fragment(shown, status=200)


def serve(settings: Settings, *, announce: Callable[[str], None]) -> None:
    """Open the chatbot and serve the page until interrupted.

    ``announce`` is called once, with the address, when the page can be reached.

    Raises:
        SettingsError: the port is taken, or the host is not an address of this machine.
        RagError: the index cannot be opened.
    """
    # Loading what searches takes seconds; an address that is taken need not wait for it.
    from rag.answer import open_chatbot

    with listen(settings) as listener:
        # Where reports can be added on the page, an empty collection is a good beginning.
        chatbot = open_chatbot(settings, create=settings.editing != "never")
        threading.Thread(target=chatbot.warm_up, name="footnote-warm-up", daemon=True).start()
        app = build_app(chatbot, Library(chatbot.index, settings), settings=settings)
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2)
        reached = address(settings.host, listener.getsockname()[1])
        Server(config, listening=lambda: announce(reached)).run(sockets=[listener])

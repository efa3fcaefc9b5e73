"""The page: its layout, and the application around it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import gradio as gr
from fastapi import FastAPI, Response
from gradio.events import api

from rag.answer import Chatbot
from rag.app.access.gate import open_gate
from rag.app.access.needs import Action
from rag.app.api.programs import key_holders, program_routes
from rag.app.api.tools import Tools
from rag.app.api.turns import in_turn
from rag.app.library.library import Library
from rag.app.web.chat.components import Chat
from rag.app.web.chat.export_routes import export_routes
from rag.app.web.chat.present import begin_event, present_visitor
from rag.app.web.evaluation.routes import evaluation_routes
from rag.app.web.front import put_in_front
from rag.app.web.gold.routes import gold_routes
from rag.app.web.library.routes import library_html, library_routes
from rag.app.web.lookup.routes import lookup_html, lookup_routes
from rag.app.web.many.routes import many_routes
from rag.app.web.people.routes import people_html, people_routes
from rag.app.web.search.routes import search_html, search_routes
from rag.app.web.shared.fair_queue import FairQueue
from rag.app.web.shared.http import add_error_answers
from rag.app.web.shared.in_languages import BlocksInLanguages
from rag.app.web.shared.reader_language import PageForReader
from rag.app.web.shared.scripts import on_load, preloads, script_routes
from rag.app.web.shared.security import Blocked
from rag.app.web.shared.theme import FAVICON, HEAD, theme
from rag.app.web.shared.time_limit import TimeLimit
from rag.app.web.source.routes import source_routes
from rag.app.web.source.view import panel_html
from rag.evaluation.report import report_style
from rag.html import render
from rag.language.translation import LANGUAGES, N_, _, language
from rag.settings import Settings

_HERE = Path(__file__).parent
_WENT_WRONG = N_(
    "something went wrong: try again, and if it happens again see what the server has logged"
)
# To add a tab: a line here, and in _lay_out what is in it.
_TABS = {
    "chat": N_("Chat"),
    "search": N_("Search"),
    "people": N_("People"),
    "lookup": N_("Citation lookup"),
    "library": N_("Library"),
    "evaluation": N_("Evaluation"),
}
# What the endpoints of other programs are to the trail and the limits.
_ACTIONS: dict[str, Action] = {
    "search": "search",
    "ask": "ask",
    "cite": "check",
    "documents": "search",
    "statements": "search",
}
_STYLES = ("shared/page.css", "chat/chat.css", "source/source.css")
# Gradio rewrites the styles it is given, and leaves out what it does not know, such as container
# queries; what is not about its own components goes past it.
_OWN_STYLES = (
    "shared/direction.css",
    "shared/tabs.css",
    "shared/settings.css",
    "library/library.css",
    "chat/answers.css",
    "chat/conversations.css",
    "source/pdf_view.css",
    "search/search.css",
    "many/many.css",
    "people/people.css",
    "lookup/lookup.css",
    "gold/gold.css",
)


def build_app(
    chatbot: Chatbot, library: Library, *, settings: Settings, queue: FairQueue | None = None
) -> FastAPI:
    """The front end as an application: the page at ``/``, sources at ``/source/TOKEN``.

    With a ``queue`` it is one of several collections that share the queue, and what decides about
    access stands in front of them all; otherwise it is in the application. The library is closed
    when the application stops.

    Raises:
        SettingsError: a setting about access is missing, or cannot be understood.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        library.close()

    # No pages about the interface: their scripts come from elsewhere.
    app = FastAPI(
        title="Footnote", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan
    )
    app.add_middleware(TimeLimit, seconds=settings.patience_seconds)
    app.add_middleware(Blocked)
    app.add_middleware(PageForReader)
    if queue is None:
        put_in_front(app, open_gate(settings, keys=key_holders(settings)))
    add_error_answers(app)
    queue = queue or FairQueue()
    for router in (
        source_routes(chatbot, library.pages),
        library_routes(library, settings),
        people_routes(library, queue),
        export_routes(library.index, queue),
        search_routes(library.index, queue),
        many_routes(chatbot, queue, seconds=settings.patience_seconds),
        lookup_routes(library.index, queue),
        evaluation_routes(chatbot, library, settings),
        gold_routes(library.index, queue),
        script_routes(),
    ):
        app.include_router(router)
    app.router.routes.extend(program_routes(chatbot, library, settings=settings, queue=queue))

    @app.get("/favicon.ico")
    def favicon() -> Response:
        return Response(FAVICON, media_type="image/svg+xml")

    own = [(_HERE / name).read_text("utf-8") for name in _OWN_STYLES]
    styles = (*own, report_style(), (_HERE / "evaluation/evaluation.css").read_text("utf-8"))
    page = BlocksInLanguages(
        lambda blocks: _fill(blocks, chatbot, settings, queue), title="Footnote"
    )
    # Gradio's own queue is first come, first served: it hands on to ours, which is fair.
    page.queue(max_size=None, default_concurrency_limit=None, api_open=False)
    gr.mount_gradio_app(
        app,
        page,
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
        head="".join((HEAD, preloads(), "<style>", *styles, "</style>")),
    )
    return app


def _fill(blocks: gr.Blocks, chatbot: Chatbot, settings: Settings, queue: FairQueue) -> None:
    """Put in the tabs, one over the other, and beside them the source panel that they share."""
    # The endpoints of other programs: first, so that no function of the page takes their names.
    # Gradio makes the interface of an endpoint from the signature.
    tools = Tools(chatbot, patience_seconds=settings.patience_seconds)
    raising = partial(gr.Error, print_exception=False)
    for tool in tools.each(raising):
        turn = in_turn(
            tool,
            queue,
            caller=present_visitor,
            raising=raising,
            went_wrong=lambda: _(_WENT_WRONG),
            begin=partial(begin_event, _ACTIONS[tool.__name__]),
        )
        api(turn, api_name=tool.__name__, concurrency_limit=None)
    masthead = render(
        "app/web/shared/masthead.html", tabs=_TABS, languages=LANGUAGES, present=language()
    )
    gr.HTML(masthead, apply_default_css=False, elem_id="masthead")
    with gr.Row(elem_id="columns", equal_height=False):
        with _tab("chat"):
            with gr.Column(elem_id="collection", min_width=0):
                collection = gr.Column()
            with gr.Column(elem_id="middle", min_width=0):
                middle = gr.Column()
        with _tab("search"):
            _scripted("search", search_html())
        with _tab("people"):
            _scripted("people", people_html())
        with _tab("lookup"):
            _scripted("lookup", lookup_html())
        with _tab("library"):
            library = _scripted("library", library_html(), "collection_changed", "ask_documents")
        with _tab("evaluation"):
            _scripted("evaluation", render("app/web/evaluation/evaluation.html"))
        with gr.Column(elem_id="source", min_width=0):
            panel = gr.HTML(
                panel_html(),
                js_on_load=on_load("panel", "ask_unfiltered", "ask_documents"),
                elem_id="panel",
            )
    chat = Chat(chatbot, queue, collection=collection, middle=middle, settings=settings)
    chat.connect(unfiltered=panel.ask_unfiltered, only=(panel.ask_documents, library.ask_documents))
    chat.refresh_upon(blocks.load, library.collection_changed)


def _tab(name: str) -> gr.Column:
    return gr.Column(elem_id=f"tab-{name}", elem_classes="tab-panel", min_width=0)


def _scripted(name: str, content: str, *events: str) -> gr.HTML:
    script = on_load(name, *events)
    return gr.HTML(content, js_on_load=script, apply_default_css=False, elem_id=name)

"""The interfaces for other programs, put together and mounted beside the page."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from rag import __version__
from rag.answer import Chatbot
from rag.app.access.gate import IdentifyKey
from rag.app.api.admission import Admission
from rag.app.api.calls import add_errors
from rag.app.api.errors import error_response
from rag.app.api.ingest import ingest_routes
from rag.app.api.keys import Keys
from rag.app.api.mcp_http import ToolsOverHttp
from rag.app.api.openai import chat_routes
from rag.app.api.routes import library_lists, question_routes, removal_routes
from rag.app.api.tools import Tools
from rag.app.library.library import Library
from rag.app.web.operations.requests import note_routes
from rag.app.web.shared.fair_queue import FairQueue
from rag.settings import Settings

_ABOUT: Final = (
    "Ask a collection of reports, look up documents, statements and quotations, and add documents. "
    "`document.text[citation.start:citation.end]` is `citation.quote`, for every citation."
)

_NOTHING: Final = "there is nothing at this address itself: see /api/v1/openapi.json"


def program_routes(
    chatbot: Chatbot, library: Library, *, settings: Settings, queue: FairQueue
) -> list[Mount | Route]:
    """``/api/v1`` with its specification, ``/v1`` for OpenAI clients, ``/mcp`` for assistants."""
    has_keys = settings.api_keys is not None
    seconds = settings.patience_seconds
    tools = Tools(chatbot, patience_seconds=seconds)

    def admitted(app: ASGIApp) -> ASGIApp:
        return Admission(app, has_keys=has_keys)

    whole = _application("/api/v1", specification="/openapi.json")
    for router in (
        question_routes(tools, queue, seconds=seconds),
        library_lists(tools, queue),
        ingest_routes(library.adding, settings),
        removal_routes(tools, library),
        chat_routes(tools, queue, seconds=seconds),
    ):
        whole.include_router(router)
    openai = _application("/v1", specification=None)
    openai.include_router(chat_routes(tools, queue, seconds=seconds))
    return [
        Mount("/api/v1", admitted(whole)),
        Mount("/v1", admitted(openai)),
        *(Route(address, error_response(404, _NOTHING)) for address in ("/api/v1", "/v1")),
        Route("/mcp", admitted(ToolsOverHttp(tools, queue))),
    ]


def key_holders(settings: Settings) -> IdentifyKey:
    """Who holds the key that the headers of a request have, by the file that the settings name.

    Raises:
        SettingsError: the file is damaged.
    """
    keys = Keys.of(settings)
    if keys is None:
        return lambda _headers: None
    keys.holders()  # a file that is damaged is told of now
    return keys.identify


def _application(prefix: str, *, specification: str | None) -> FastAPI:
    app = FastAPI(
        title="Footnote",
        description=_ABOUT,
        version=__version__,
        # No pages about the interface: their scripts come from elsewhere.
        docs_url=None,
        redoc_url=None,
        openapi_url=specification,
        redirect_slashes=False,
    )
    add_errors(app)
    note_routes(app, prefix=prefix)

    def specified() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title, version=app.version, description=_ABOUT, routes=app.routes
            )
            bearer = {"type": "http", "scheme": "bearer", "description": "Where keys are set."}
            made.setdefault("components", {})["securitySchemes"] = {"key": bearer}
            made["security"] = [{"key": []}, {}]
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = specified  # type: ignore[method-assign]
    return app

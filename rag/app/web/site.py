"""Several collections in one server: each is an application of its own, below ``/c/NAME/``."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.answer import open_chatbot
from rag.app.access.collections import Collection
from rag.app.access.gate import Gate
from rag.app.access.visit import KEY, Visit, visit_of
from rag.app.library.library import Library
from rag.app.web.front import put_in_front
from rag.app.web.operations.watch import Watch
from rag.app.web.page import build_app
from rag.app.web.shared.fair_queue import FairQueue
from rag.app.web.shared.http import error_answer
from rag.errors import RagError
from rag.language.translation import _
from rag.models.bundle import Models
from rag.settings import Settings

PREFIX: Final = "/c/"
"""Below which path the collections are."""

log = logging.getLogger(__name__)


def build_site(gate: Gate, *, models: Models | None = None, watch: Watch | None = None) -> FastAPI:
    """All collections of a gate as one application.

    The top leads to the first collection that a visitor may read. A collection is opened when
    somebody first comes to it, and is watched from then on. They share the models, which may be
    given, and one queue.
    """
    opened = _Opened(gate.settings, models or Models.of(gate.settings), watch)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await opened.close()

    site = FastAPI(
        title="Footnote", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan
    )
    put_in_front(site, gate)

    @site.get("/")
    def top(request: Request) -> Response:
        first = visit_of(request).readable[0]
        path = request.scope.get("root_path", "") + PREFIX + first.name + "/"
        return RedirectResponse(path, headers={"cache-control": "no-store"})

    site.mount(PREFIX.rstrip("/"), opened)
    return site


class _Opened:
    """The applications of the collections, each made at its first visit."""

    def __init__(self, settings: Settings, models: Models, watch: Watch | None) -> None:
        self._settings = settings
        self._watch = watch
        self._models = models
        self._queue = FairQueue()
        self._opening: dict[str, asyncio.Task[ASGIApp]] = {}
        self._running: list[asyncio.Task[None]] = []
        self._ending = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on to the collection of its visit."""
        visit: Visit = scope[KEY]
        collection = visit.collection
        assert collection is not None  # noqa: S101 - the middleware lets nothing else come here
        root = scope["root_path"] + "/" + collection.name
        if scope["path"] == root:
            await RedirectResponse(root + "/")(scope, receive, send)
            return
        try:
            app = await self._app(collection)
        except (RagError, OSError):
            log.exception("the collection %s cannot be opened", collection.name)
            words = _("this collection cannot be opened now: whoever runs it finds why in its log")
            await error_answer(503, words)(scope, receive, send)
            return
        await app({**scope, "root_path": root}, receive, send)

    async def _app(self, collection: Collection) -> ASGIApp:
        opening = self._opening.get(collection.name)
        if opening is None or (opening.done() and opening.exception() is not None):
            opening = asyncio.create_task(self._open(collection))
            self._opening[collection.name] = opening
        return await asyncio.shield(opening)  # it goes on for others if this visitor goes away

    async def _open(self, collection: Collection) -> ASGIApp:
        app = await run_in_threadpool(self._built, collection)
        begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # What begins an application has to end it, in the same task.
        self._running.append(asyncio.create_task(self._run(app, begun)))
        await begun
        return app

    async def _run(self, app: FastAPI, begun: asyncio.Future[None]) -> None:
        try:
            async with app.router.lifespan_context(app):
                begun.set_result(None)
                await self._ending.wait()
        except Exception as error:
            if begun.done():
                raise
            begun.set_exception(error)

    def _built(self, collection: Collection) -> FastAPI:
        # Never the store of the settings: it is no collection of this file.
        own = {"index": collection.index, "store": collection.store}
        settings = self._settings.model_copy(update=own)
        # Where reports can be added on the page, an empty collection is a good beginning.
        create = settings.editing != "never"
        chatbot = open_chatbot(settings, create=create, models=self._models)
        threading.Thread(target=chatbot.warm_up, name="footnote-warm-up", daemon=True).start()
        library = Library(chatbot.index, settings)
        if self._watch is None:
            return build_app(chatbot, library, settings=settings, queue=self._queue)
        chatbot = self._watch.counting(chatbot)
        app = build_app(chatbot, library, settings=settings, queue=self._queue)
        return self._watch.watch(app, chatbot, collection=collection.name)

    async def close(self) -> None:
        """End all that have been opened."""
        self._ending.set()
        await asyncio.gather(*self._running, return_exceptions=True)

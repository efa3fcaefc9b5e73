"""Health, metrics and logs put together, for the server of the page."""

from __future__ import annotations

import signal
import threading
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp
from uvicorn.config import LOGGING_CONFIG

from rag.app.web.operations.health import Health
from rag.app.web.operations.logs import log_as_json, log_request
from rag.app.web.operations.requests import Observed, note_routes
from rag.errors import IndexProblem, SettingsError
from rag.settings import Settings
from rag.store import Index, Store

if TYPE_CHECKING:
    from rag.answer import Chatbot
    from rag.app.web.operations.metrics import Metrics


class Watch:
    """What the settings ask for; the metrics can be scraped at once.

    Raises:
        SettingsError: the metrics cannot be served.
    """

    def __init__(self, settings: Settings) -> None:
        self.health = Health()
        self._settings = settings
        if settings.log_format == "json":
            log_as_json(settings)
        self._metrics = _open_metrics(settings)

    def counting(self, chatbot: Chatbot) -> Chatbot:
        """The chatbot, with its answers counted where metrics are on."""
        return self._metrics.counting(chatbot) if self._metrics else chatbot

    def watch(self, app: FastAPI, chatbot: Chatbot, *, collection: str = "") -> FastAPI:
        """Watch the store of a chatbot, and the routes of the application around it.

        ``collection`` is its name where there are several, each below ``/c/NAME``.
        """
        self.health.watch(collection, partial(_read, chatbot.index))
        if self._metrics:
            self._metrics.watch(collection, chatbot.index.counts)
        note_routes(app, prefix="/c/{collection}" if collection else "")
        return app

    def server(self, app: ASGIApp) -> uvicorn.Server:
        """A server for the application with all that is watched."""
        as_json = self._settings.log_format == "json"
        observers = []
        if self._metrics:
            observers.append(self._metrics.request)
        if as_json:
            observers.append(log_request)
        root = self._settings.root_path
        observed = Observed(app, health=self.health, root_path=root, observers=observers)
        # What proxies tell is looked at by the application, which knows whom to believe.
        config = uvicorn.Config(
            observed,
            log_config=None if as_json else LOGGING_CONFIG,
            log_level="warning",
            timeout_graceful_shutdown=2,
            proxy_headers=False,
        )
        return _DrainingServer(config, self.health, seconds=self._settings.drain_seconds)


def _read(store: Store) -> None:
    """Read from a store.

    Raises:
        RagError, OSError: it cannot be read.
    """
    if isinstance(store, Index) and store.layout.stamp() is None:
        # Files that are open are there still, but nothing that is written from now on.
        raise IndexProblem(f"the index in {store.folder}/ is gone")
    store.counts()


def _open_metrics(settings: Settings) -> Metrics | None:
    if not settings.metrics_port:
        return None
    try:
        from rag.app.web.operations.metrics import Metrics
    except ModuleNotFoundError as error:
        raise SettingsError(
            "metrics need the extra 'metrics': pip install 'footnote-rag[metrics]', or set "
            "RAG_METRICS_PORT=0"
        ) from error
    metrics = Metrics()
    metrics.serve(settings.metrics_host, settings.metrics_port)
    return metrics


class _DrainingServer(uvicorn.Server):
    """On SIGTERM it says for a while that it is not ready, and works on; then it ends.

    A second signal, or Ctrl-C, ends it at once.
    """

    def __init__(self, config: uvicorn.Config, health: Health, *, seconds: int) -> None:
        super().__init__(config)
        self._health = health
        self._seconds = seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Hear a signal to end."""
        is_first = not self._health.is_draining
        self._health.drain()
        if is_first and sig == signal.SIGTERM and self._seconds:
            end = super().handle_exit
            later = threading.Timer(self._seconds, lambda: end(sig, frame))
            later.daemon = True
            later.start()
        else:
            super().handle_exit(sig, frame)

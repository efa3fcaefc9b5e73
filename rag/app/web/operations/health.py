"""Whether the server can do its work, for balancers and supervisors: ``/healthz``, ``/readyz``.

Both need no log-in, and tell nothing but fixed words: what is wrong in detail is in the log.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from starlette.responses import PlainTextResponse, Response

HEALTHZ: Final = "/healthz"
READYZ: Final = "/readyz"

_DRAINING: Final = "the server is about to end"
_LOADING: Final = "the models are being loaded"
_NO_MODELS: Final = "the models cannot be loaded"
_UNREADABLE: Final = "the store cannot be read"
_SILENT: Final = "the store does not answer"
_KEPT: Final = {"cache-control": "no-store"}
# However often it is asked, the store is looked at no more than once in this time.
_LOOK_SECONDS: Final = 1.0
_ANSWER_SECONDS: Final = 4.0  # balancers give up after five or more

log = logging.getLogger(__name__)


class Health:
    """What is known of the server's health. May be called from any thread."""

    def __init__(self) -> None:
        self._models: str | None = _LOADING
        self._stores: dict[str, Callable[[], object]] = {}
        self._lock = threading.Lock()
        self._look: Future[str | None] | None = None
        self._looked_at = 0.0
        self._told: str | None = _LOADING
        self.is_draining = False
        """Whether the server has been told to end."""

    def load(self, load_models: Callable[[], None]) -> None:
        """Load the models in the background; until that is done the server is not ready."""

        def load() -> None:
            try:
                load_models()
            except Exception:
                log.exception("the models cannot be loaded")
                self._models = _NO_MODELS
            else:
                self._models = None

        threading.Thread(target=load, name="footnote-warm-up", daemon=True).start()

    def watch(self, name: str, read: Callable[[], object]) -> None:
        """From now on the server is ready only if ``read`` raises nothing."""
        with self._lock:
            self._stores[name] = read

    def drain(self) -> None:
        """Say from now on that the server is not ready: it ends soon."""
        self.is_draining = True

    async def answer(self, path: str, method: str) -> Response:
        """The response to a request for one of the two paths."""
        if method not in ("GET", "HEAD"):
            return PlainTextResponse("GET only\n", 405, {**_KEPT, "allow": "GET, HEAD"})
        if path == HEALTHZ:
            return PlainTextResponse("alive\n", 200, _KEPT)
        reason = await self.reason()
        if reason is None:
            return PlainTextResponse("ready\n", 200, _KEPT)
        return PlainTextResponse(f"not ready: {reason}\n", 503, _KEPT)

    async def reason(self) -> str | None:
        """Why the server is not ready; None if it is."""
        reason = (_DRAINING if self.is_draining else None) or self._models or await self._store()
        if reason != self._told:
            self._told = reason
            log.warning("not ready: %s", reason) if reason else log.info("ready")
        return reason

    async def _store(self) -> str | None:
        look = asyncio.wrap_future(self._looking())
        try:
            return await asyncio.wait_for(asyncio.shield(look), _ANSWER_SECONDS)
        except TimeoutError:
            return _SILENT

    def _looking(self) -> Future[str | None]:
        """The look at the stores that is under way, or was a moment ago.

        A store that does not answer keeps one thread waiting, however many requests there are. The
        thread is no part of a pool, because the end of the process would wait for a pool.
        """
        with self._lock:
            old = self._look
            if old is not None and not (
                old.done() and time.monotonic() > self._looked_at + _LOOK_SECONDS
            ):
                return old
            look: Future[str | None] = Future()
            self._look = look
            reads = list(self._stores.items())

        def run() -> None:
            reason = None
            for name, read in reads:
                try:
                    read()
                except Exception:
                    if self._told != _UNREADABLE:
                        log.exception("the store %s cannot be read", name)
                    reason = _UNREADABLE
            self._looked_at = time.monotonic()
            look.set_result(reason)

        threading.Thread(target=run, name="footnote-health", daemon=True).start()
        return look

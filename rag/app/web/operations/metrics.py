"""Metrics for Prometheus, on a port of their own. No texts of questions, no names of users."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from typing import Any, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from rag import __version__
from rag.answer import Chatbot
from rag.app.listeners import LISTENERS
from rag.app.web.operations.requests import RequestNote
from rag.app.web.shared.fair_queue import QUEUES
from rag.cite.answers import Answer, Message
from rag.errors import SettingsError
from rag.schema import Condition

_SECONDS: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)

Counts = Callable[[], tuple[int, int]]
"""How many documents and passages a store has."""

log = logging.getLogger(__name__)


class Metrics:
    """What is counted. May be called from any thread."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "footnote_requests",
            "Requests answered, by the template of their route.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self._request_seconds = Histogram(
            "footnote_request_seconds",
            "Seconds from a request to the end of its response.",
            ["route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._answers = Counter(
            "footnote_answers",
            "Questions by how they ended: answered, abstained, failed, or stopped by who asked.",
            ["outcome"],
            registry=self._registry,
        )
        for outcome in ("answered", "abstained", "failed", "stopped"):
            self._answers.labels(outcome)
        self._wait_seconds = Histogram(
            "footnote_queue_wait_seconds",
            "Seconds that a question, search or export waited for its turn.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._uploads = Counter(
            "footnote_uploads", "Files that were received whole.", registry=self._registry
        )
        self._present = _Present()
        self._registry.register(self._present)
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    def serve(self, host: str, port: int) -> None:
        """Answer scrapes at this address, and count what happens, until the process ends.

        Raises:
            SettingsError: the address cannot be listened on.
        """
        try:
            start_http_server(port, host, self._registry)
        except (OSError, OverflowError) as error:
            raise SettingsError(
                f"metrics cannot be served on {host}:{port} ({error}); set RAG_METRICS_PORT or "
                "RAG_METRICS_HOST"
            ) from error
        LISTENERS.append(self)

    def request(self, note: RequestNote) -> None:
        """Count a request that has been answered."""
        self._requests.labels(note.method, note.route, str(note.status)).inc()
        self._request_seconds.labels(note.route).observe(note.seconds)

    def waited(self, seconds: float) -> None:
        """Count how long a request waited for its turn."""
        self._wait_seconds.observe(seconds)

    def received(self) -> None:
        """Count a file that has arrived."""
        self._uploads.inc()

    def watch(self, name: str, counts: Counts) -> None:
        """Tell from now on how large this collection is."""
        self._present.watch(name, counts)

    def counting(self, chatbot: Chatbot) -> Chatbot:
        """A chatbot like this one, whose answers are counted."""
        return _Counting.of(chatbot, self._answers)


class _Counting(Chatbot):
    """A chatbot whose answers are counted."""

    _answers: Counter

    @classmethod
    def of(cls, chatbot: Chatbot, answers: Counter) -> Chatbot:
        counting = copy(chatbot)
        counting.__class__ = cls
        counting.__dict__["_answers"] = answers
        return counting

    def ask(
        self, question: str, *, history: Sequence[Message] = (), where: Sequence[Condition] = ()
    ) -> Iterator[Answer]:
        outcome = "stopped"
        try:
            for answer in super().ask(question, history=history, where=where):
                # Noted before it is handed on: whoever has the last one asks for no more.
                if answer.final:
                    outcome = "abstained" if answer.abstained else "answered"
                yield answer
        except Exception:
            outcome = "failed"
            raise
        finally:
            self._answers.labels(outcome).inc()


class _Present(Collector):
    """What is looked up at each scrape."""

    def __init__(self) -> None:
        self._counts: dict[str, Counts] = {}
        self._lock = threading.Lock()

    def watch(self, name: str, counts: Counts) -> None:
        with self._lock:
            self._counts[name] = counts

    def collect(self) -> Iterator[Any]:
        yield GaugeMetricFamily(
            "footnote_queue_waiting",
            "Requests that wait for their turn.",
            value=sum(queue.waiting for queue in tuple(QUEUES)),
        )
        version = GaugeMetricFamily("footnote_build_info", "The version.", labels=["version"])
        version.add_metric([__version__], 1)
        yield version
        documents = GaugeMetricFamily(
            "footnote_documents", "Documents of a collection.", labels=["collection"]
        )
        passages = GaugeMetricFamily(
            "footnote_passages", "Passages of a collection.", labels=["collection"]
        )
        readable = GaugeMetricFamily(
            "footnote_store_readable", "Whether it can be read.", labels=["collection"]
        )
        with self._lock:
            watched = list(self._counts.items())
        for name, counts in watched:
            try:
                count_documents, count_passages = counts()
            except Exception:
                log.exception("the store %s cannot be counted", name)
                readable.add_metric([name], 0)
                continue
            readable.add_metric([name], 1)
            documents.add_metric([name], count_documents)
            passages.add_metric([name], count_passages)
        yield from (documents, passages, readable)

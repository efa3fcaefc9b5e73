"""Streams a reply from a server, with a limit on every wait."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from rag.errors import ModelStalled

_WAITING = 64  # pieces that may lie ready before the server is made to wait
_WAITS_IN_ALL = 10  # times the longest single wait that a whole reply may take
_LONGEST_REPLY = 20_000  # characters; a model that repeats itself is cut off there


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a reply. ``alive``: the model is at work, although the text may be empty."""

    text: str
    alive: bool = True


_Item = Piece | Exception | None
"""What the reading thread hands over; None is the end of the reply."""


def watched(
    begin: Callable[[], Iterable[Piece]], *, seconds: float, name: str
) -> Generator[str, None, None]:
    """The words of ``begin()``, each no later than ``seconds`` after the one before.

    The server is read in a thread of its own, so that a wait ends even where the server keeps the
    connection alive without saying anything. When the caller stops early, reading ends with the
    next piece that comes. An error in the thread is raised here.

    Raises:
        ModelStalled: no word came for ``seconds``, or the whole reply took ten times as long.
    """
    pieces: queue.Queue[_Item] = queue.Queue(_WAITING)
    stopped = threading.Event()
    thread = threading.Thread(target=_read, args=(begin, pieces, stopped), daemon=True)
    thread.start()
    try:
        yield from _words(pieces, seconds, name)
    finally:
        stopped.set()


def _words(pieces: queue.Queue[_Item], seconds: float, name: str) -> Iterator[str]:
    began = heard = time.monotonic()
    length = 0
    while length < _LONGEST_REPLY:
        now = time.monotonic()
        left = min(heard + seconds, began + _WAITS_IN_ALL * seconds) - now
        try:
            item = pieces.get(timeout=max(left, 0.001))
        except queue.Empty:
            if now - began > seconds * (_WAITS_IN_ALL - 1):
                raise ModelStalled(
                    f"the language model {name} was not done after {now - began:.0f} seconds: try "
                    "a smaller model, or set RAG_LLM_SECONDS higher"
                ) from None
            raise ModelStalled(
                f"the language model {name} sent no word for {seconds:g} seconds: try again, take "
                "a smaller model, or set RAG_LLM_SECONDS higher"
            ) from None
        if item is None:
            return
        if isinstance(item, Exception):
            raise item
        if item.text or not item.alive:
            heard = time.monotonic() if item.text.strip() else heard
            length += len(item.text)
            yield item.text
        else:
            heard = time.monotonic()


def _read(
    begin: Callable[[], Iterable[Piece]], pieces: queue.Queue[_Item], stopped: threading.Event
) -> None:
    def put(item: _Item) -> None:
        while not stopped.is_set():
            with suppress(queue.Full):
                pieces.put(item, timeout=0.2)
                break

    try:
        for piece in begin():
            put(piece)
            if stopped.is_set():
                return
        put(None)
    except Exception as error:
        put(error)

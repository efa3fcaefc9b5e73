"""One queue for all that takes a while, in which nobody's requests keep those of others waiting."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager
from itertools import count
from typing import Final, TypeVar
from weakref import WeakSet

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from rag.app.access.forwarded import customer_of
from rag.app.access.policy import is_loopback
from rag.app.access.visit import KEY
from rag.app.listeners import tell_waited
from rag.app.web.shared.http import Refused
from rag.language.translation import n_

AT_ONCE: Final = 8
"""Requests that are worked on at once."""
_WAITING: Final = 256
_EACH: Final = 24  # of one visitor, waiting and at work; one page asks for no more than six at once

Result = TypeVar("Result")


def visitor_of(request: HTTPConnection | None) -> str | None:
    """The user who sent a request, or else its network address; None for this machine itself.

    A proxy that is trusted, as one on this machine is, tells for whom it asks
    (``X-Forwarded-For``). Any other one counts as one visitor.
    """
    visit = request.scope.get(KEY) if request is not None else None
    if visit is not None and visit.identity.is_known:
        return f"user {visit.identity.user}"
    host = request.client.host if request is not None and request.client else ""
    return None if is_loopback(host) else customer_of(host) or None


class FairQueue:
    """Places to work in, given to visitors in turn. Safe between threads and event loops.

    A visitor has at most half of the places, so that a free one is left for somebody else, and
    what waits is served visitor by visitor. Requests from this machine itself are bounded all
    together only.
    """

    def __init__(
        self, at_once: int = AT_ONCE, *, waiting: int = _WAITING, each: int = _EACH
    ) -> None:
        self._at_once, self._most_waiting, self._each = at_once, waiting, each
        self._lock = threading.Lock()
        self._working: Counter[str | None] = Counter()
        self._served: dict[str | None, int] = {}  # who is here, and when they last got a place
        self._times = count()
        self._waiting: dict[str | None, deque[Future[None]]] = {}
        QUEUES.add(self)

    @property
    def waiting(self) -> int:
        """How many requests wait for their turn."""
        with self._lock:
            return sum(map(len, self._waiting.values()))

    @asynccontextmanager
    async def place(self, visitor: str | None) -> AsyncIterator[None]:
        """Wait for a place, and have it until the end of the block.

        Raises:
            Refused: this visitor, or all together, have too many requests waiting already.
        """
        turn, began = self._join(visitor), time.monotonic()
        try:
            await asyncio.wrap_future(turn)
            tell_waited(time.monotonic() - began)
            yield
        finally:
            self._leave(visitor, turn)

    async def run(self, visitor: str | None, work: Callable[[], Result]) -> Result:
        """Run the job in a thread when it is its turn, and return its result.

        Raises:
            Refused: too much is waiting already.
        """
        async with self.place(visitor):
            return await run_in_threadpool(work)

    def _join(self, visitor: str | None) -> Future[None]:
        turn: Future[None] = Future()
        with self._lock:
            mine = self._working[visitor] + len(self._waiting.get(visitor, ()))
            if visitor is not None and mine >= self._each:
                raise Refused(
                    429,
                    n_(
                        "{count} of your requests is waiting already, which is the most: wait "
                        "until it is answered, then try again",
                        "{count} of your requests are waiting already, which is the most: wait "
                        "until some are answered, then try again",
                        mine,
                    ),
                )
            if sum(map(len, self._waiting.values())) >= self._most_waiting:
                raise Refused(
                    503,
                    n_(
                        "{count} request is waiting already: try again shortly",
                        "{count} requests are waiting already: try again shortly",
                        self._most_waiting,
                    ),
                )
            self._waiting.setdefault(visitor, deque()).append(turn)
            self._served.setdefault(visitor, -1)
            self._call_next()
        return turn

    def _leave(self, visitor: str | None, turn: Future[None]) -> None:
        with self._lock:
            mine = self._waiting.get(visitor)
            if mine is not None and turn in mine:  # given up before it was its turn
                mine.remove(turn)
                if not mine:
                    del self._waiting[visitor]
            else:
                self._working[visitor] -= 1
            if visitor not in self._waiting and not self._working[visitor]:
                del self._working[visitor], self._served[visitor]
            self._call_next()

    def _call_next(self) -> None:
        """Give free places to those who have the fewest; among equals, who was not served last."""
        while self._working.total() < self._at_once:
            most = max(1, self._at_once // 2)
            ready = [e for e in self._waiting if e is None or self._working[e] < most]
            if not ready:
                return
            visitor = min(ready, key=lambda each: (self._working[each], self._served[each]))
            turn = self._waiting[visitor].popleft()
            if not self._waiting[visitor]:
                del self._waiting[visitor]
            self._working[visitor] += 1
            self._served[visitor] = next(self._times)
            turn.set_result(None)


QUEUES: Final[WeakSet[FairQueue]] = WeakSet()
"""All that there are in this process."""

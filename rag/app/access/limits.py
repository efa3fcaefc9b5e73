"""How often one visitor may ask or upload in a minute."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Final

from rag.app.access.forwarded import customer_of
from rag.app.access.identity import Identity
from rag.app.access.needs import Action
from rag.language.translation import n_
from rag.settings import Settings

_MANY: Final = 10_000


class TooMany(Exception):
    """A visitor has to wait for some ``seconds``; the message says so."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            n_(
                "this is more than may be asked for in a minute: try again in {count} second",
                "this is more than may be asked for in a minute: try again in {count} seconds",
                seconds,
            )
        )
        self.seconds = seconds


class Bucket:
    """Tokens for each visitor: as many as ``each_minute``, which come back over a minute."""

    def __init__(self, each_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = each_minute
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}  # tokens, and when that was
        self._lock = threading.Lock()

    def take(self, visitor: str) -> None:
        """Take a token.

        Raises:
            TooMany: there is none.
        """
        now = self._clock()
        with self._lock:
            left = self._now(visitor, now)
            if left < 1:
                raise TooMany(max(1, math.ceil((1 - left) * 60 / self._most)))
            self._left[visitor] = (left - 1, now)
            if len(self._left) > _MANY:  # who has all tokens is as one who never came
                self._left = {e: v for e, v in self._left.items() if self._now(e, now) < self._most}

    def _now(self, visitor: str, now: float) -> float:
        left, since = self._left.get(visitor, (float(self._most), now))
        return min(float(self._most), left + (now - since) * self._most / 60)


class Limits:
    """The limits of the settings; 0 is none."""

    def __init__(self, settings: Settings) -> None:
        asks = Bucket(settings.asks_per_minute) if settings.asks_per_minute else None
        uploads = Bucket(settings.uploads_per_minute) if settings.uploads_per_minute else None
        self._buckets: dict[Action, Bucket | None] = {
            "ask": asks,
            "evaluate": asks,
            "add": uploads,
        }

    def charge(self, action: Action | None, identity: Identity) -> None:
        """Count an action.

        Raises:
            TooMany: it is one too many.
        """
        bucket = self._buckets.get(action) if action is not None else None
        if bucket is not None:
            bucket.take(_visitor(identity))


def _visitor(identity: Identity) -> str:
    """Whom an action is counted to: the user, or the address without log-in."""
    if identity.user:
        return f"user {identity.user}"
    return customer_of(identity.address or "")

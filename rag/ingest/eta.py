"""How long an ingestion will still take, from what it has taken so far."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

__all__ = ["Pace"]

_Kind = tuple[str, bool]


class Pace:
    """Passages still to come, by the bytes still to read, over the passages embedded each second.

    How many passages a byte comes to is learnt for each kind of file: a PDF has other bytes than a
    text. Of files that the index knows, only as many count as have turned out to be changed.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began: float | None = None
        self._embedded = 0
        self._left: Counter[_Kind] = Counter()
        self._seen: Counter[bool] = Counter()
        self._changed: Counter[bool] = Counter()
        self._read: Counter[str] = Counter()
        self._passages: Counter[str] = Counter()

    def expect(self, name: str, size: int, *, is_known: bool) -> None:
        """There is a file of ``size`` bytes to look at."""
        self._left[_suffix(name), is_known] += size

    def settle(self, name: str, size: int, *, is_known: bool, passages: int | None) -> None:
        """So many of its bytes are done; they came to ``passages``, None if nothing was to do."""
        self._left[_suffix(name), is_known] -= size
        self._seen[is_known] += size
        if passages is not None:
            self._changed[is_known] += size
            self._read[_suffix(name)] += size
            self._passages[_suffix(name)] += passages

    def begin(self) -> None:
        """The first passages are about to be embedded."""
        if self._began is None:
            self._began = self._clock()

    def embed(self, passages: int) -> None:
        """So many passages have been embedded."""
        self._embedded += passages

    def remaining_seconds(self, waiting: int) -> float | None:
        """An estimate, with ``waiting`` passages that are read already; None if there is none."""
        if self._began is None or not self._embedded or not self._read.total():
            return None
        rate = self._embedded / max(self._clock() - self._began, 0.001)
        return (waiting + self._expected()) / rate

    def _expected(self) -> float:
        overall = self._passages.total() / self._read.total()
        expected = 0.0
        for (suffix, is_known), left in self._left.items():
            read = self._read[suffix]
            density = self._passages[suffix] / read if read else overall
            share = self._changed[True] / max(self._seen[True], 1) if is_known else 1.0
            expected += max(left, 0) * density * share
        return expected


def _suffix(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[2].lower()

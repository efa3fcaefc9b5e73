"""The text of a document as it is printed, without what was carried into rows of tables."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from operator import itemgetter

from rag.quotes.places import Place
from rag.schema import Carried, printed_runs


class Printed:
    """A text without what is ``carried``, and where its characters stand in the whole one."""

    def __init__(self, text: str, carried: Sequence[Carried]) -> None:
        self._runs: list[tuple[int, int]] = []  # where each begins here, and in the whole text
        parts: list[str] = []
        length = 0
        for start, end in printed_runs(carried, 0, len(text)):
            self._runs.append((length, start))
            parts.append(text[start:end])
            length += end - start
        self.text = "".join(parts)

    def in_whole(self, place: Place) -> Place:
        """A place of this text as one of the whole text."""
        return Place(tuple((self._at(start), self._at(end - 1) + 1) for start, end in place.spans))

    def _at(self, offset: int) -> int:
        here, there = self._runs[bisect_right(self._runs, offset, key=itemgetter(0)) - 1]
        return there + offset - here

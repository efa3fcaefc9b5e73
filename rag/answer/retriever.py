"""Which passages a query of each kind needs: one search, or one for each side of a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Final

from rag.answer.metadata_match import MetadataMatch
from rag.answer.parts import Parts
from rag.answer.records import Query, Retrieved, Side, numbered
from rag.answer.retrieve import retrieve
from rag.answer.speakers import Speakers
from rag.answer.summary import documents_meant
from rag.schema import Condition, Hit
from rag.store import Store

__all__ = ["Retriever"]

# What having the words of whom they are asked from adds to a passage's score.
_SPEAKS: Final = 0.2


class Retriever:
    """Searches one index for queries. Safe to share between threads."""

    def __init__(
        self, index: Store, metadata: MetadataMatch, speakers: Speakers, parts: Parts
    ) -> None:
        self._index = index
        self._metadata = metadata
        self._speakers = speakers
        self._parts = parts

    def retrieve(self, query: Query, where: Sequence[Condition], *, count: int) -> Retrieved:
        """At most ``count`` passages, best first, on each side half as many.

        Raises:
            QueryError: the question is empty, or a condition cannot be understood.
        """
        if query.sides:
            half = max(2, count // len(query.sides))
            sides = tuple(
                (side, self._search(query, where, count=half, side=side)) for side in query.sides
            )
            rows = zip_longest(*(hits for _, hits in sides))
            together = [hit for row in rows for hit in row if hit is not None]
            return Retrieved(numbered(together), sides)
        hits = self._search(query, where, count=count)
        if query.kind != "summary":
            return Retrieved(hits)
        meant = documents_meant(self._metadata, query, self._index.documents(where))
        return Retrieved(hits, documents=tuple(meant))

    def _search(
        self, query: Query, where: Sequence[Condition], *, count: int, side: Side | None = None
    ) -> tuple[Hit, ...]:
        """The best passages; those of whom the words are asked from are also searched alone."""
        within = None
        if side is not None:
            on_side = [Condition(side.field, "=", value) for value in side.values]
            within = frozenset(self._index.document_ids(on_side))
        spoken = self._speakers.documents(query) if self._parts.speakers else frozenset()
        hits = retrieve(
            self._index,
            self._metadata,
            query,
            count=2 * count,
            where=where,
            within=within,
            also=spoken,
            parts=self._parts,
        )
        if spoken:
            theirs = [
                replace(hit, score=hit.score + _SPEAKS * self._speakers.speaks(query, hit))
                for hit in hits
            ]
            hits = self._speakers.then(query, sorted(theirs, key=lambda hit: -hit.score))
        return numbered(hits[:count])

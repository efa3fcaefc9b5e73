"""Searching where filters leave only some of the documents.

Chroma and Tantivy both take a list of documents to stay within, and both get slow where it is long:
Chroma many times as slow. What is asked for here is the same; how it is found depends on how much
the filters leave.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rag.readers.passages import owner

if TYPE_CHECKING:
    from rag.models.embedding import Vectors
    from rag.store.index_versions import Generation

__all__ = ["Narrowed", "cosines"]

Scored = list[tuple[str, float]]

# So few passages are compared one by one, sooner than an index finds the best of them.
_ONE_BY_ONE = 4000
# So many are asked for at most, in the hope that enough of them are from the right documents.
_MOST = 12_000
# Times as many as are needed if the best were spread evenly over the documents; then once more.
_SPARE, _MORE = 2.0, 4
# Tantivy finds documents of a short list itself.
_SHORT_LIST = 200


def cosines(query: Vectors, rows: Vectors) -> list[float]:
    """Cosine similarity of each row to ``query`` (shape ``(dimension,)``)."""
    return list(map(float, rows @ query / (np.linalg.norm(rows, axis=1) * np.linalg.norm(query))))


class Narrowed:
    """The passages of ``document_ids`` alone, to be searched as often as a question needs it."""

    def __init__(self, stores: Generation, document_ids: Collection[str]) -> None:
        self._stores = stores
        self._allowed = frozenset(document_ids)

    @cached_property
    def _sizes(self) -> Mapping[str, int]:
        """How many passages every document has, met by the filters or not."""
        return self._stores.catalog.sizes()

    @cached_property
    def _left(self) -> int:
        return sum(self._sizes.get(each, 0) for each in self._allowed)

    def nearest(self, query: Vectors, *, count: int) -> Scored:
        """Passage ids with their cosine similarity to ``query``, most similar first.

        Few passages are compared one by one, with the catalog's copies of their vectors. Of many,
        more than ``count`` are looked for everywhere, until enough of them are from the right
        documents; where that does not come about, Chroma looks for them its own way.
        """
        if self._left <= _ONE_BY_ONE:
            return self._one_by_one(query, count=count)
        vectors = self._stores.vectors
        return self._sifted(
            lambda wanted: vectors.nearest(query, count=wanted),
            count=min(count, self._left),
            share=self._left / sum(self._sizes.values()),
        ) or vectors.nearest(query, count=count, document_ids=self._allowed)

    def words(self, query: str, *, count: int) -> Scored:
        """Passage ids with their BM25 score, best first; found as :meth:`nearest` finds them."""
        lexical = self._stores.lexical
        found: Scored = []
        if len(self._allowed) > _SHORT_LIST:
            found = self._sifted(
                lambda wanted: lexical.search(query, count=wanted),
                count=count,
                share=len(self._allowed) / len(self._sizes),
            )
        return found or lexical.search(query, count=count, document_ids=self._allowed)

    def _one_by_one(self, query: Vectors, *, count: int) -> Scored:
        passage_ids, rows = self._stores.catalog.vectors_within(self._allowed)
        if not passage_ids:
            return []
        similar = cosines(query, rows)
        best = sorted(range(len(similar)), key=lambda number: -similar[number])[:count]
        return [(passage_ids[number], similar[number]) for number in best]

    def _sifted(self, search: Callable[[int], Scored], *, count: int, share: float) -> Scored:
        """The first ``count`` that are from the documents; none if too few are found.

        ``share`` is how much of all there is they are expected to be.
        """
        wanted = math.ceil(_SPARE * count / share)
        while wanted <= _MOST:
            found = search(wanted)
            kept = [each for each in found if owner(each[0]) in self._allowed]
            if len(kept) >= count or len(found) < wanted:
                return kept[:count]
            wanted *= _MORE
        return []

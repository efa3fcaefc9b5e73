"""Searching where filters leave only some of the documents.

Tantivy takes a list of documents to stay within, and gets slow where it is long. What is found here
is the same; how depends on how much the filters leave.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from functools import cached_property

import numpy as np

from rag.models.embedding import Vectors, cosines
from rag.readers.passages import owner
from rag.store.folder.index_versions import Generation
from rag.store.protocol import Scored

__all__ = ["FilteredSearch"]

# With so few passages left, comparing all of them is faster than any index, and exact.
_COMPARE_ALL = 4000
# An index is asked for at most so many, in the hope that enough are from the right documents.
_MOST = 12_000
# First for so many times as needed if the best were spread evenly; then for four times as many.
_SPARE, _MORE = 2.0, 4
# Tantivy itself is fast with a list of at most so many documents.
_SHORT_LIST = 200


class FilteredSearch:
    """Searches the passages of ``document_ids`` alone; a :class:`rag.store.Search`."""

    def __init__(self, stores: Generation, document_ids: Collection[str]) -> None:
        self._stores = stores
        self._allowed = frozenset(document_ids)

    @cached_property
    def _left(self) -> int:
        """How many passages the allowed documents have."""
        sizes = self._stores.catalog.sizes()
        return sum(sizes.get(each, 0) for each in self._allowed)

    def dense(self, query: Vectors, *, count: int) -> Scored:
        """Passage ids with their cosine similarity to ``query``, most similar first.

        Few passages are compared with the catalog's copies of their vectors, which need not all be
        in memory then.
        """
        if self._left <= _COMPARE_ALL:
            return self._compare_all(query, count=count)
        return self._stores.nearest(query, count=count, document_ids=self._allowed)

    def words(self, query: str, *, count: int) -> Scored:
        """Passage ids with their BM25 score, best first."""
        lexical = self._stores.lexical
        found: Scored = []
        if len(self._allowed) > _SHORT_LIST:
            found = self._sifted(
                lambda wanted: lexical.search(query, count=wanted),
                count=count,
                share=len(self._allowed) / len(self._stores.catalog.sizes()),
            )
        return found or lexical.search(query, count=count, document_ids=self._allowed)

    def _compare_all(self, query: Vectors, *, count: int) -> Scored:
        stored = self._stores.catalog.vectors_of(*self._allowed)
        if not stored:
            return []
        scored = zip(stored, cosines(query, np.stack(list(stored.values()))), strict=True)
        return sorted(scored, key=lambda each: -each[1])[:count]

    def _sifted(self, search: Callable[[int], Scored], *, count: int, share: float) -> Scored:
        """The first ``count`` that are from the documents; none if too few are found.

        ``share`` is the share of all that is there that they are expected to have.
        """
        wanted = math.ceil(_SPARE * count / share)
        while wanted <= _MOST:
            found = search(wanted)
            kept = [each for each in found if owner(each[0]) in self._allowed]
            if len(kept) >= count or len(found) < wanted:
                return kept[:count]
            wanted *= _MORE
        return []

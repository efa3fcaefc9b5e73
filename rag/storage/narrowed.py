"""Searching where filters leave only some of the documents.

Chroma and Tantivy both take a list of documents to stay within, and both get slow where it is long:
Chroma many times as slow. What is asked for here is the same; how it is found depends on how much
the filters leave.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

import numpy as np

from rag.passages import owner

if TYPE_CHECKING:
    from rag.embedding import Vectors
    from rag.storage.catalog import Catalog
    from rag.storage.lexical import LexicalIndex
    from rag.storage.vectors import VectorStore

__all__ = ["cosines", "nearest_within", "words_within"]

Scored = list[tuple[str, float]]

# So few passages are compared one by one, sooner than an index finds the best of them.
_ONE_BY_ONE = 4000
# So many are asked for at most, in the hope that enough of them are from the right documents.
_MOST = 3000
# Times as many as are needed if the best were spread evenly over the documents; then once more.
_SPARE, _MORE = 2.0, 4
# Tantivy finds documents of a short list itself.
_SHORT_LIST = 200


def cosines(query: Vectors, rows: Vectors) -> list[float]:
    """Cosine similarity of each row to ``query`` (shape ``(dimension,)``)."""
    return list(map(float, rows @ query / (np.linalg.norm(rows, axis=1) * np.linalg.norm(query))))


def nearest_within(
    catalog: Catalog,
    vectors: VectorStore,
    query: Vectors,
    *,
    count: int,
    document_ids: Collection[str],
) -> Scored:
    """Passage ids with their cosine similarity to ``query``, most similar first.

    Few passages are compared one by one, with the catalog's copies of their vectors. Of many, more
    than ``count`` are looked for everywhere, until enough of them are from ``document_ids``; where
    that does not come about, Chroma looks for them its own way.
    """
    left = catalog.passage_count(document_ids)
    if left <= _ONE_BY_ONE:
        return _one_by_one(catalog, query, count=count, document_ids=document_ids)
    _, total = catalog.counts()
    return _sifted(
        lambda wanted: vectors.nearest(query, count=wanted),
        count=min(count, left),
        share=left / total,
        document_ids=document_ids,
    ) or vectors.nearest(query, count=count, document_ids=document_ids)


def words_within(
    catalog: Catalog,
    lexical: LexicalIndex,
    query: str,
    *,
    count: int,
    document_ids: Collection[str],
) -> Scored:
    """Passage ids with their BM25 score, best first; found as in :func:`nearest_within`."""
    found: Scored = []
    if len(document_ids) > _SHORT_LIST:
        documents, _ = catalog.counts()
        found = _sifted(
            lambda wanted: lexical.search(query, count=wanted),
            count=count,
            share=len(document_ids) / documents,
            document_ids=document_ids,
        )
    return found or lexical.search(query, count=count, document_ids=document_ids)


def _one_by_one(
    catalog: Catalog, query: Vectors, *, count: int, document_ids: Collection[str]
) -> Scored:
    passage_ids, rows = catalog.vectors_within(document_ids)
    if not passage_ids:
        return []
    similar = cosines(query, rows)
    best = sorted(range(len(similar)), key=lambda number: -similar[number])[:count]
    return [(passage_ids[number], similar[number]) for number in best]


def _sifted(
    search: Callable[[int], Scored], *, count: int, share: float, document_ids: Collection[str]
) -> Scored:
    """The first ``count`` of what is found that are from the documents; none if these are too few.

    ``share`` is how much of all there is they are expected to be.
    """
    allowed = frozenset(document_ids)
    wanted = math.ceil(_SPARE * count / share)
    while wanted <= _MOST:
        found = search(wanted)
        kept = [each for each in found if owner(each[0]) in allowed]
        if len(kept) >= count or len(found) < wanted:
            return kept[:count]
        wanted *= _MORE
    return []

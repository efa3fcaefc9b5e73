"""Search by comparing a query with every vector, which no collection of passages can mislead.

A graph of neighbours, as Chroma keeps it, loses what it should find where thousands of vectors are
nearly the same: they have no neighbours but one another.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Hashable

import numpy as np

from rag.models.embedding import Vectors
from rag.readers.passages import owner
from rag.store.folder.catalog import Catalog
from rag.store.protocol import Scored

__all__ = ["COMPARE_ALL", "ExactSearch"]

COMPARE_ALL = 20_000
"""Up to so many passages comparing all of them is as fast as Chroma (3 ms for 16,000)."""


class ExactSearch:
    """All vectors of a catalog, read again when it has changed. Safe to share between threads.

    Of passages of one document whose vectors are the same, the first stands for all.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._revision: Hashable = None
        self._ids: list[str] = []
        self._rows: Vectors = np.zeros((0, 0), np.float32)

    def nearest(self, query: Vectors, *, count: int) -> Scored:
        """The ``count`` passages nearest to ``query`` (shape ``(dimension,)``), with the cosine."""
        with self._lock:
            self._read()
            ids, rows = self._ids, self._rows
        if not ids or count < 1:
            return []
        scores = rows @ (query / np.linalg.norm(query))
        best = np.argpartition(-scores, min(count, len(ids)) - 1)[:count]
        ordered = best[np.argsort(-scores[best], kind="stable")]
        return [(ids[at], float(scores[at])) for at in ordered]

    def _read(self) -> None:
        revision = self._catalog.revision()
        if revision == self._revision:
            return
        first: dict[tuple[str, bytes], tuple[str, Vectors]] = {}
        for vectors in self._catalog.all_vectors():
            for passage_id, row in vectors.items():
                # What damage has left of a vector is for 'rag doctor' to find.
                if np.isfinite(row).all() and row.any():
                    first.setdefault((owner(passage_id), row.tobytes()), (passage_id, row))
        ((length, _),) = Counter(len(row) for _, row in first.values()).most_common(1) or [(0, 0)]
        whole = [each for each in first.values() if len(each[1]) == length]
        self._ids = [passage_id for passage_id, _ in whole]
        self._rows = np.array([row for _, row in whole], np.float32).reshape(len(whole), length)
        self._rows /= np.linalg.norm(self._rows, axis=-1, keepdims=True)
        self._revision = revision

"""Search by comparing a query with every vector, which no collection of passages can mislead.

A graph of neighbours, as Chroma keeps it, loses what it should find where thousands of vectors are
nearly the same: they have no neighbours but one another. It may still find as many as were asked
for, so that nobody notices.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from rag.models.embedding import Vectors
from rag.schema import owner, start_of
from rag.store.folder.catalog import Catalog
from rag.store.protocol import Scored

COMPARE_ALL = 250_000
"""Up to so many passages all of them are compared: 40 ms of one processor, and 384 MB."""

_BLOCK = 8192  # vectors read, compared and thrown away together
_SPARE = 2  # times as many are looked at first, as some may be the same


@dataclass(frozen=True, slots=True, eq=False)  # arrays have no one answer to "=="
class _Block:
    """Vectors of unit length as rows, with the ids and the marks of their passages."""

    ids: npt.NDArray[np.object_]
    marks: tuple[bytes, ...]
    rows: Vectors


class ExactSearch:
    """All vectors of a catalog; what has changed there is read again. Safe between threads.

    Of passages of one document whose vectors are the same, the first stands for all.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._revision: Hashable = None
        self._blocks: tuple[_Block, ...] = ()

    def nearest(
        self, query: Vectors, *, count: int, document_ids: Collection[str] | None = None
    ) -> Scored:
        """The ``count`` passages nearest to ``query`` (shape ``(dimension,)``), with the cosine.

        Only of ``document_ids`` where that is given.
        """
        with self._lock:
            self._read()
            blocks = [each for each in self._blocks if each.rows.shape[1] == len(query)]
        if not blocks or count < 1:
            return []
        unit = query / np.linalg.norm(query)
        scores = np.concatenate([each.rows @ unit for each in blocks])
        ids = np.concatenate([each.ids for each in blocks])
        if document_ids is not None:
            allowed = frozenset(document_ids)
            scores[[owner(each) not in allowed for each in ids]] = -np.inf
        wanted = _SPARE * count
        while True:
            best = _first(scores, wanted)
            best = best[np.isfinite(scores[best])]
            found = list(_without_copies(blocks, ids, scores, best))
            if len(found) >= count or len(best) < wanted:
                return found[:count]
            wanted *= 4

    def _read(self) -> None:
        """Bring the blocks in line with the catalog, reading only vectors that are new there."""
        revision = self._catalog.revision()
        if revision == self._revision:
            return
        marks = self._catalog.vector_marks()
        blocks = [kept for each in self._blocks if (kept := _still(each, marks)) is not None]
        for each in blocks:
            for known in each.ids:
                del marks[known]
        # Small blocks of many short ingestions become a large one.
        small = [each for each in blocks if len(each.ids) < _BLOCK // 2]
        if len(small) > 8:
            blocks = [each for each in blocks if each not in small]
            for one in small:
                marks.update(zip(one.ids, one.marks, strict=True))
        names = iter(marks)
        while part := list(islice(names, _BLOCK)):
            blocks += _blocks(self._catalog.stored_vectors(part), marks)
        self._blocks, self._revision = tuple(blocks), revision


def _still(block: _Block, marks: dict[str, bytes]) -> _Block | None:
    """What of a block is in the catalog as it was."""
    pairs = zip(block.ids, block.marks, strict=True)
    kept = np.array([marks.get(each) == mark for each, mark in pairs], bool)
    if kept.all():
        return block
    if not kept.any():
        return None
    left = tuple(mark for mark, is_kept in zip(block.marks, kept, strict=True) if is_kept)
    return _Block(block.ids[kept], left, block.rows[kept])


def _blocks(vectors: dict[str, Vectors], marks: dict[str, bytes]) -> Iterator[_Block]:
    """The vectors by their dimension; what damage has left of one is for 'rag doctor' to find."""
    whole = {each: row for each, row in vectors.items() if np.isfinite(row).all() and row.any()}
    for length in sorted({len(row) for row in whole.values()}):
        ids = sorted(each for each, row in whole.items() if len(row) == length)
        rows = np.array([whole[each] for each in ids], np.float32)
        rows /= np.linalg.norm(rows, axis=-1, keepdims=True)
        yield _Block(np.array(ids, object), tuple(marks[each] for each in ids), rows)


def _first(scores: Vectors, count: int) -> npt.NDArray[np.intp]:
    """The places of the highest scores, the highest first."""
    if count < len(scores):
        best = np.argpartition(-scores, count)[:count]
    else:
        best = np.arange(len(scores))
    ordered: npt.NDArray[np.intp] = best[np.argsort(-scores[best], kind="stable")]
    return ordered


def _without_copies(
    blocks: Sequence[_Block],
    ids: npt.NDArray[np.object_],
    scores: Vectors,
    best: npt.NDArray[np.intp],
) -> Iterator[tuple[str, float]]:
    """Those at the places ``best``, but of equal vectors of one document only the first."""
    starts = np.cumsum([0, *(len(each.ids) for each in blocks)])
    first: dict[tuple[str, bytes], str] = {}
    score: dict[tuple[str, bytes], float] = {}
    for at in best:
        block = int(np.searchsorted(starts, at, side="right")) - 1
        key = (owner(ids[at]), blocks[block].rows[at - starts[block]].tobytes())
        known = first.get(key)
        if known is None:
            score[key] = float(scores[at])
        if known is None or start_of(ids[at]) < start_of(known):
            first[key] = ids[at]
    return ((first[key], score[key]) for key in first)

"""The vectors of the passages, in Chroma. The only module that knows of Chroma."""

from __future__ import annotations

from collections.abc import Collection as AnyOf
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import chromadb
import numpy as np
import numpy.typing as npt
from chromadb import Collection, Where
from chromadb.config import Settings as ChromaSettings

__all__ = ["VectorStore"]

Vectors = npt.NDArray[np.float32]

_COLLECTION = "passages"


class VectorStore:
    """Passage ids and their vectors in a Chroma collection with cosine distance.

    Chroma is never given an embedding function, so it can neither embed nor fetch anything by
    itself, and its telemetry is off.
    """

    def __init__(self, folder: Path) -> None:
        self._client = chromadb.PersistentClient(
            path=str(folder), settings=ChromaSettings(anonymized_telemetry=False)
        )
        self._collection = self._create()

    def _create(self) -> Collection:
        return self._client.get_or_create_collection(
            _COLLECTION,
            embedding_function=None,
            # ef_search well above the number of neighbours asked for: recall before microseconds.
            configuration={"hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 200}},
        )

    def __len__(self) -> int:
        return int(self._collection.count())

    def put(
        self, passage_ids: Sequence[str], document_ids: Sequence[str], vectors: Vectors
    ) -> None:
        """Add passages, or replace those of the same id. ``vectors`` has one row for each id."""
        step = self._client.get_max_batch_size()
        for first in range(0, len(passage_ids), step):
            part = slice(first, first + step)
            self._collection.upsert(
                ids=list(passage_ids[part]),
                embeddings=vectors[part],
                metadatas=[{"document_id": document_id} for document_id in document_ids[part]],
            )

    def remove(self, document_ids: AnyOf[str]) -> None:
        """Forget all passages of some documents; unknown ones are no error."""
        if document_ids:
            self._collection.delete(where=_of(document_ids))

    def clear(self) -> None:
        """Forget everything."""
        self._client.delete_collection(_COLLECTION)
        self._collection = self._create()

    def nearest(
        self, query: Vectors, *, count: int, document_ids: AnyOf[str] | None = None
    ) -> list[tuple[str, float]]:
        """Passage ids with their cosine similarity to ``query`` (shape ``(dimension,)``).

        At most ``count``, most similar first; only of ``document_ids`` where that is given.
        """
        available = len(self)
        if not available or (document_ids is not None and not document_ids):
            return []
        found = self._collection.query(
            query_embeddings=query[None, :],
            n_results=min(count, available),
            where=None if document_ids is None else _of(document_ids),
            include=["distances"],
        )
        return [
            (passage_id, 1.0 - float(distance))
            for passage_id, distance in zip(
                found["ids"][0], (found["distances"] or [[]])[0], strict=True
            )
        ]

    def similarities(self, query: Vectors, *, passage_ids: Sequence[str]) -> dict[str, float]:
        """Cosine similarity to ``query`` of those passages that are stored."""
        if not passage_ids:
            return {}
        found = self._collection.get(ids=list(passage_ids), include=["embeddings"])
        vectors = cast(Vectors, np.asarray(found["embeddings"], np.float32))
        if not len(vectors):
            return {}
        cosines = (vectors @ query) / np.linalg.norm(vectors, axis=1)
        return dict(zip(found["ids"], map(float, cosines), strict=True))

    def passage_ids(self) -> set[str]:
        """The ids of all passages that have a vector."""
        return set(self._collection.get(include=[])["ids"])

    def close(self) -> None:
        """Let go of the files."""
        self._client.close()  # type: ignore[attr-defined]  # not in the type of the client


def _of(document_ids: AnyOf[str]) -> Where:
    """Chroma's way to say: of one of these documents."""
    return cast("Where", {"document_id": {"$in": list(document_ids)}})

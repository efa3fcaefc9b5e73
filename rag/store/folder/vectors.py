"""The vectors of the passages, in Chroma; no other module uses Chroma.

Chroma is made for one process. Another one keeps the part of the index that it has in memory,
answers from it long after it is out of date, and writes it over the newer one on the disk. So
everything here happens under a lock file, and whoever finds that another process has changed
something opens the folder anew before touching it.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Collection as AnyOf
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, cast

import chromadb
import numpy as np
from chromadb import Collection, Where
from chromadb.api import ClientAPI
from chromadb.config import Settings as ChromaSettings
from filelock import FileLock, Timeout

from rag import patience
from rag.errors import IndexBusy
from rag.models.embedding import Vectors
from rag.schema import owner
from rag.store.folder.storage_errors import translating_errors

_COLLECTION = "passages"
_LOCK, _CHANGED = "in-use.lock", "changed"
_BUSY_SECONDS = 60.0
# Chroma puts all of a list into one statement; longer ones go in parts.
_LONGEST_LIST = 500


class VectorStore:
    """Passage ids and their vectors in a Chroma collection with cosine distance.

    All users of a folder in this process share one, see :meth:`open`. Chroma is never given an
    embedding function, so it can neither embed nor fetch anything by itself, and its telemetry is
    off. Every verb raises :class:`rag.errors.IndexProblem` where Chroma fails.
    """

    _shared: ClassVar[dict[Path, VectorStore]] = {}
    _sharing: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, folder: Path, root: Path) -> None:
        self._folder = folder
        self._root = root
        self._users = 0
        self._client: ClientAPI | None = None
        self._collection: Collection | None = None
        self._seen = ""
        self._threads = threading.RLock()
        self._processes = FileLock(folder / _LOCK, timeout=_BUSY_SECONDS)

    @classmethod
    def open(cls, folder: Path, *, root: Path) -> VectorStore:
        """The vectors in a folder, which is made if it is missing; to be closed by every user.

        ``root`` is the folder of the index, for messages.
        """
        with translating_errors(root, "the vector store"):
            folder.mkdir(parents=True, exist_ok=True)
            folder = folder.resolve()
        with cls._sharing:
            store = cls._shared.setdefault(folder, cls(folder, root))
            store._users += 1
            return store

    def close(self) -> None:
        """Let go of the files, once as many have closed them as have opened them."""
        with self._sharing:
            self._users -= 1
            if self._users > 0:
                return
            self._shared.pop(self._folder, None)
        with translating_errors(self._root, "the vector store"), self._threads:
            self._forget()

    @contextmanager
    def _using(self, *, changing: bool = False) -> Iterator[tuple[ClientAPI, Collection]]:
        """Chroma for this thread alone, among all processes; opened anew if another changed it."""
        with translating_errors(self._root, "the vector store"), self._threads:
            try:
                # Found free within milliseconds: readers hold it for as long as a search takes.
                self._processes.acquire(poll_interval=0.005)
            except Timeout as error:
                raise IndexBusy(
                    f"another process has been using {self._folder}/ for more than "
                    f"{_BUSY_SECONDS:.0f} seconds: wait until it is done, then try again"
                ) from error
            try:
                client, collection = self._opened()
                if changing:
                    # Noted before anything changes, in case this process is killed.
                    self._seen = uuid.uuid4().hex
                    (self._folder / _CHANGED).write_text(self._seen, "ascii")
                yield client, collection
                if changing:
                    # Waits for what Chroma does in the background, so that the lock covers it.
                    collection.count()
                patience.progress()
            except BaseException:
                # What is in memory may be ahead of the disk now, or behind it.
                self._forget()
                raise
            finally:
                self._processes.release()

    def _opened(self) -> tuple[ClientAPI, Collection]:
        """Chroma on the folder, opened anew if another process has changed something."""
        try:
            changed = (self._folder / _CHANGED).read_text("ascii", "replace")
        except FileNotFoundError:
            changed = ""
        if self._client is None or self._collection is None or changed != self._seen:
            self._forget()
            self._client = chromadb.PersistentClient(
                path=str(self._folder), settings=ChromaSettings(anonymized_telemetry=False)
            )
            self._collection = self._client.get_or_create_collection(
                _COLLECTION,
                embedding_function=None,
                # ef_search well above the number of neighbours asked for: recall before speed.
                configuration={
                    "hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 200}
                },
            )
            self._seen = changed
        return self._client, self._collection

    def _forget(self) -> None:
        """Close Chroma; it is opened anew at next use."""
        client, self._client, self._collection = self._client, None, None
        if client is not None:
            client.close()  # type: ignore[attr-defined]  # not in the type of the client

    def put(self, vectors: Mapping[str, Vectors]) -> None:
        """Add vectors by passage id, or replace those of the same id.

        Of copies in one document the first is enough, see :func:`first_of_copies`: thousands of
        equal vectors take the graph long to take in, and make it lose others.
        """
        if not vectors:
            return
        ids = list(vectors)
        with self._using(changing=True) as (client, collection):
            for part in _parts(ids, length=client.get_max_batch_size()):
                collection.upsert(
                    ids=part,
                    embeddings=np.stack([vectors[each] for each in part]),
                    metadatas=[{"document_id": owner(each)} for each in part],
                )

    def remove(self, document_ids: AnyOf[str]) -> None:
        """Remove all passages of some documents; unknown ones are no error."""
        if document_ids:
            with self._using(changing=True) as (_, collection):
                for part in _parts(document_ids):
                    collection.delete(where=_of(part))

    def keep(self, document_ids: AnyOf[str], passage_ids: AnyOf[str]) -> None:
        """Remove the passages of some documents that are none of ``passage_ids``."""
        found: set[str] = set()
        with self._using() as (_, collection):
            for part in _parts(document_ids):
                found.update(collection.get(where=_of(part), include=[])["ids"])
        if stale := found.difference(passage_ids):
            with self._using(changing=True) as (_, collection):
                for part in _parts(stale):
                    collection.delete(ids=part)

    def nearest(
        self, query: Vectors, *, count: int, document_ids: AnyOf[str] | None = None
    ) -> list[tuple[str, float]]:
        """Passage ids with their cosine similarity to ``query`` (shape ``(dimension,)``).

        At most ``count``, most similar first; only of ``document_ids`` where that is given.
        """
        if document_ids is not None and not document_ids:
            return []
        with self._using() as (_, collection):
            found = collection.query(
                query_embeddings=query[None, :],
                n_results=count,
                where=None if document_ids is None else _of(document_ids),
                include=["distances"],
            )
        return [
            (passage_id, 1.0 - float(distance))
            for passage_id, distance in zip(
                found["ids"][0], (found["distances"] or [[]])[0], strict=True
            )
        ]

    def vectors(self, passage_ids: AnyOf[str]) -> dict[str, Vectors]:
        """The vectors of those passages that are stored, by id."""
        found: dict[str, Vectors] = {}
        with self._using() as (_, collection):
            for part in _parts(passage_ids):
                stored = collection.get(ids=part, include=["embeddings"])
                rows = np.asarray(stored["embeddings"], np.float32)
                found.update(zip(stored["ids"], rows, strict=True))
        return found

    def passage_ids(self) -> set[str]:
        """The ids of all passages that have a vector."""
        with self._using() as (_, collection):
            return set(collection.get(include=[])["ids"])

    def missing(self, passage_ids: AnyOf[str]) -> set[str]:
        """Those of ``passage_ids`` that have no vector; reads all vectors, not only their names."""
        if not passage_ids:
            self.passage_ids()  # fails as reading would
        return set(passage_ids).difference(self.vectors(passage_ids))


def _parts(names: AnyOf[str], *, length: int = _LONGEST_LIST) -> list[list[str]]:
    ordered = list(names)
    return [ordered[at : at + length] for at in range(0, len(ordered), length)]


def _of(document_ids: AnyOf[str]) -> Where:
    """Chroma's condition for: of one of these documents."""
    return cast("Where", {"document_id": {"$in": list(document_ids)}})

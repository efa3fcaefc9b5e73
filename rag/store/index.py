"""The three stores as one: documents go in whole, passages come out with where they are from."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from rag.errors import IndexMismatch, IndexProblem
from rag.models.embedding import Embedding, Vectors, open_embedding
from rag.models.inference import Options
from rag.readers.passages import PassageSize
from rag.schema import Condition, Document, DocumentInfo, Metadata, Passage
from rag.settings import Settings
from rag.store.catalog import Catalog, Found
from rag.store.creation import begin
from rag.store.filtered_search import Narrowed, cosines
from rag.store.index_versions import Generation, Layout
from rag.store.lexical import LexicalIndex
from rag.store.originals import Originals, digest
from rag.store.vectors import VectorStore
from rag.store.writing import Entry, Writer

__all__ = ["Entry", "Index", "Scored", "Writer"]

Scored = list[tuple[str, float]]
"""Passage ids with a score, best first."""

_FORMAT = "2"
# How long operations may go on that began before another process switched generations.
_RETIRED_SECONDS = 60.0
_SHORTEST_ID = 16


class Index:
    """The index in one folder: many readers, one writer at a time. Safe between threads.

    When another process has built it anew, the next operation is on the new generation.
    """

    def __init__(
        self,
        folder: Path,
        *,
        embedding: Embedding,
        size: PassageSize,
        any_settings: bool = False,
    ) -> None:
        self.folder = folder
        self.embedding = embedding
        self.size = size
        self.layout = Layout(folder)
        self.originals = Originals(folder)
        self._any_settings = any_settings
        self._lock = threading.RLock()
        self._retired: list[tuple[float, Generation]] = []
        self._stamp = self.layout.stamp()
        self._generation = self._open_current()

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        create: bool = False,
        rebuild: bool = False,
        recover: bool = True,
        embedding: Embedding | None = None,
    ) -> Index:
        """Open the index in ``settings.index``.

        With ``create`` an index that is missing is made. With ``rebuild`` the recorded settings
        are not checked, because the caller is about to build everything anew. What a writer that
        was killed left behind is cleared up, unless another one is writing or ``recover`` is off.
        ``embedding`` is the model that the settings name, where it is open already.

        Raises:
            IndexMissing: there is none, and it was not to be created.
            IndexMismatch: it was built with other settings than these.
            IndexProblem: it is damaged, or the folder cannot be used.
        """
        begin(Layout(settings.index), create=create, rebuild=rebuild)
        index = cls(
            settings.index,
            embedding=embedding or open_embedding(settings.embedding_model, Options.of(settings)),
            size=PassageSize(settings.passage_tokens),
            any_settings=rebuild,
        )
        # A writer at work, or a medium that cannot be written, is no reason not to read.
        with suppress(IndexProblem):
            if recover and index.catalog.unfinished():
                with index.writing():
                    pass
        return index

    def built_with(self) -> dict[str, str]:
        """The settings that what is built from now on depends on."""
        return {
            "format": _FORMAT,
            "embedding model": self.embedding.model_name,
            "passage tokens": str(self.size.target),
        }

    def _check_settings(self, catalog: Catalog) -> None:
        recorded, ours = catalog.settings(), self.built_with()
        if not recorded:
            catalog.record_settings(ours)
            return
        for name, value in ours.items():
            if recorded.get(name) != value:
                raise IndexMismatch(
                    f"the index in {self.folder}/ was built with {name} {recorded.get(name)}, but "
                    f"the settings say {value}: change them back, or rebuild it with "
                    f"'rag reindex --index {self.folder}'"
                )

    # Generations.

    def _current(self) -> Generation:
        """The generation that the pointer names; opened anew if the pointer has moved."""
        with self._lock:
            stamp = self.layout.stamp()
            if stamp is not None and stamp != self._stamp:
                opened = self._open_current()
                self._retired.append((time.monotonic(), self._generation))
                self._generation, self._stamp = opened, stamp
            while self._retired and time.monotonic() - self._retired[0][0] > _RETIRED_SECONDS:
                self._retired.pop(0)[1].close()
            return self._generation

    def _open_current(self) -> Generation:
        number = self.layout.current()
        if number is None:
            raise IndexProblem(
                f"the index in {self.folder}/ is damaged: run 'rag doctor --repair --index "
                f"{self.folder}'"
            )
        generation = Generation(self.layout.folder(number), root=self.folder)
        try:
            if not self._any_settings:
                self._check_settings(generation.catalog)
        except BaseException:
            generation.close()
            raise
        return generation

    def accept_rebuilt(self) -> None:
        """From now on the recorded settings must fit, because they are the present ones."""
        self._any_settings = False

    @property
    def generation(self) -> Generation:
        """The three stores, as they are now."""
        return self._current()

    @property
    def catalog(self) -> Catalog:
        """Documents, passages and state: the truth."""
        return self._current().catalog

    @property
    def vectors(self) -> VectorStore:
        """The passages by their vectors."""
        return self._current().vectors

    @property
    def lexical(self) -> LexicalIndex:
        """The passages by their words."""
        return self._current().lexical

    def close(self) -> None:
        """Let go of all files."""
        with self._lock:
            for _, generation in self._retired:
                generation.close()
            self._retired.clear()
            self._generation.close()

    # Reading.

    def document(self, document_id: str) -> Document | None:
        """The document, or None if there is none of that id."""
        return self.catalog.document(document_id)

    def documents(self, where: Sequence[Condition] = ()) -> tuple[DocumentInfo, ...]:
        """All documents that meet every condition, ordered by source."""
        return self.catalog.documents(where)

    def find(
        self,
        text: str = "",
        *,
        where: Sequence[Condition] = (),
        sort: str = "title",
        descending: bool = False,
        first: int = 0,
        count: int = 50,
    ) -> Found:
        """One page of the documents that meet every condition and have every word of ``text``.

        The words are looked for in title, sources, publisher, country, author and speaker,
        without regard to case. ``sort`` is title, source, date, country, publisher, added, pages
        or passages; what is not known sorts last.

        Raises:
            QueryError: ``sort`` is none of these, or a condition cannot be understood.
        """
        return self.catalog.find(
            text, where=where, sort=sort, descending=descending, first=first, count=count
        )

    def original(self, document_id: str) -> bytes | None:
        """The bytes that a document was read from: the index's own copy, or else its file.

        None if there is no copy and no file holds these very bytes any more.
        """
        sha256 = self.catalog.original(document_id)
        content = self.originals.get(document_id, sha256) if sha256 else None
        if content is not None:
            return content
        origins = (Path(source.origin) for source in self.catalog.sources_of(document_id))
        found = (_content(origin, document_id) for origin in origins)
        return next((each for each in found if each is not None), None)

    def passages(self, passage_ids: Collection[str]) -> dict[str, tuple[Passage, str, Metadata]]:
        """Visible passages with source and metadata of their documents, by id."""
        return self.catalog.passages(passage_ids)

    def narrowed(self, document_ids: Collection[str]) -> Narrowed:
        """The passages of these documents alone, for :meth:`dense` and :meth:`words`."""
        return Narrowed(self._current(), document_ids)

    def dense(self, query: Vectors, *, count: int, within: Narrowed | None = None) -> Scored:
        """Passages by cosine similarity to ``query`` (shape ``(dimension,)``)."""
        if within is None:
            return self.vectors.nearest(query, count=count)
        return within.nearest(query, count=count)

    def words(self, query: str, *, count: int, within: Narrowed | None = None) -> Scored:
        """Passages by the words they share with ``query`` (BM25)."""
        if within is None:
            return self.lexical.search(query, count=count)
        return within.words(query, count=count)

    def similarities(self, query: Vectors, passage_ids: Collection[str]) -> dict[str, float]:
        """Cosine similarity to ``query`` (shape ``(dimension,)``) of those passages there are."""
        stored = self.catalog.vectors(passage_ids)
        if not stored:
            return {}
        return dict(zip(stored, cosines(query, np.stack(list(stored.values()))), strict=True))

    # Writing.

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Be the only writer; first clear up what an interrupted one left behind.

        Raises:
            IndexBusy: another process, or another thread, is writing.
            IndexProblem: the folder cannot be written.
        """
        with self.layout.locked():
            self.layout.remove_left_over()
            writer = Writer(self)
            if not self._any_settings:
                writer.recover()
            try:
                yield writer
            finally:
                # A whole file is easier to copy; if it cannot be had now, the log is as good.
                with suppress(IndexProblem):
                    self.catalog.checkpoint()


def _content(origin: Path, document_id: str) -> bytes | None:
    """What is in a file, if a document's id says that it is what the document was read from."""
    try:
        if len(document_id) < _SHORTEST_ID or not origin.is_absolute() or not origin.is_file():
            return None
        with origin.open("rb") as file:
            if not hashlib.file_digest(file, "sha256").hexdigest().startswith(document_id):
                return None
        content = origin.read_bytes()
    except (OSError, ValueError):
        return None
    return content if digest(content).startswith(document_id) else None

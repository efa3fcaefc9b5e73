"""The store in one folder: documents go in whole, passages come out with where they are from."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Collection, Hashable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path

import numpy as np

from rag.errors import IndexMismatch, IndexProblem
from rag.models.embedding import Embedding, Vectors, cosines, open_embedding
from rag.models.inference.model_cache import Options
from rag.readers.passages import PassageSize
from rag.schema import Condition
from rag.settings import Settings
from rag.store.document_writer import first_of_copies
from rag.store.expression import parse_within
from rag.store.files import content_at
from rag.store.folder.catalog import Catalog, FolderCatalogReader
from rag.store.folder.index_versions import Generation, Layout
from rag.store.folder.lexical import LexicalIndex
from rag.store.folder.originals import Originals
from rag.store.folder.rebuild import recover
from rag.store.folder.vectors import VectorStore
from rag.store.folder.writing import FolderWriter
from rag.store.protocol import Resolve, Scored
from rag.store.sifting import SHORT_LIST, sift

# Changes when passages come to be cut, embedded or indexed in another way.
_FORMAT = "3"
# How long operations may go on that began before another process switched generations.
_RETIRED_SECONDS = 60.0

# With so few passages left, comparing all of them is faster than any index, and exact.
_COMPARE_ALL = 4000


class Index(FolderCatalogReader):
    """The index in one folder; a :class:`rag.store.Store`. What the catalog knows it tells, too.

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
        Layout(settings.index).prepare(create=create)
        index = cls(
            settings.index,
            embedding=embedding or open_embedding(settings.embedding_model, Options.of(settings)),
            size=PassageSize(settings.passage_tokens),
            any_settings=rebuild,
        )
        # A writer at work, or a medium that cannot be written, is no reason not to read.
        with suppress(IndexProblem):
            if recover and index.unfinished():
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

    @property
    def generation(self) -> Generation:
        """The generation that the pointer names now; opened anew if the pointer has moved."""
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
    def catalog(self) -> Catalog:
        """Documents, passages and state: the truth."""
        return self.generation.catalog

    @property
    def vectors(self) -> VectorStore:
        """The passages by their vectors."""
        return self.generation.vectors

    @property
    def lexical(self) -> LexicalIndex:
        """The passages by their words."""
        return self.generation.lexical

    @cached_property
    def originals(self) -> Originals:
        """Copies of files that have no lasting place elsewhere."""
        return Originals(self.folder)

    def close(self) -> None:
        """Close all files."""
        with self._lock:
            for _, generation in self._retired:
                generation.close()
            self._retired.clear()
            self._generation.close()

    # Reading.

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[sqlite3.Row]:
        """The rows that a query finds in the catalog."""
        return self.catalog.rows(sql, parameters)

    def revision(self) -> Hashable:
        """A value that changes whenever this or another process has changed the index."""
        generation = self.generation
        return generation.folder, generation.catalog.revision()

    def original(self, document_id: str) -> bytes | None:
        """The bytes that a document was read from: the index's own copy, or else its file.

        None if there is no copy and no file holds these very bytes any more.
        """
        sha256 = self.original_sha256(document_id)
        content = self.originals.get(document_id, sha256) if sha256 else None
        if content is not None:
            return content
        origins = (Path(source.origin) for source in self.sources_of(document_id))
        found = (content_at(origin, document_id) for origin in origins)
        return next((each for each in found if each is not None), None)

    def within(self, document_ids: Collection[str]) -> FilteredSearch:
        """The passages of these documents alone, to be searched like the index."""
        return FilteredSearch(self.generation, document_ids)

    def dense(self, query: Vectors, *, count: int) -> Scored:
        """Passages by cosine similarity to ``query`` (shape ``(dimension,)``)."""
        return self.generation.nearest(query, count=count)

    def words(self, query: str, *, count: int) -> Scored:
        """Passages by the words they share with ``query`` (BM25)."""
        return self.lexical.search(query, count=count)

    def matching(
        self, query: str, *, where: Sequence[Condition] = (), resolve: Resolve, count: int
    ) -> tuple[int, Scored]:
        """How many passages match a query of the query language, and the best (BM25) of them."""
        tree = parse_within(query, where)
        return self.lexical.matching(tree, resolve=resolve, count=count)

    def terms_like(self, term: str) -> list[str]:
        """Terms of the passages that differ by one or two letters, the nearest first."""
        return self.lexical.terms_like(term)

    # Writing.

    @contextmanager
    def writing(self) -> Iterator[FolderWriter]:
        """Hold the write lock; what an interrupted writer left behind is cleared up first.

        Raises:
            IndexBusy: another process, or another thread, is writing.
            IndexProblem: the folder cannot be written.
        """
        with self.layout.locked():
            self.layout.remove_left_over()
            if not self._any_settings:
                recover(self)
            try:
                yield FolderWriter(self)
            finally:
                # Of all that was written, once: who is who depends on all documents.
                with suppress(IndexProblem):
                    self.catalog.tell_people_apart()
                # A whole file is easier to copy; if it cannot be had now, the log is as good.
                with suppress(IndexProblem):
                    self.catalog.checkpoint()


class FilteredSearch:
    """Searches the passages of ``document_ids`` alone; a :class:`rag.store.Search`.

    Tantivy takes a list of documents to stay within, and gets slow where it is long. What is found
    is the same; how depends on how much the filters leave.
    """

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
        if len(self._allowed) > SHORT_LIST:
            found = sift(
                lambda wanted: lexical.search(query, count=wanted),
                self._allowed,
                count=count,
                share=len(self._allowed) / len(self._stores.catalog.sizes()),
            )
        return found or lexical.search(query, count=count, document_ids=self._allowed)

    def _compare_all(self, query: Vectors, *, count: int) -> Scored:
        # As in the index of all: of passages with the same words in one document only the first.
        stored = first_of_copies(self._stores.catalog.vectors_of(*self._allowed))
        if not stored:
            return []
        scored = zip(stored, cosines(query, np.stack(list(stored.values()))), strict=True)
        return sorted(scored, key=lambda each: -each[1])[:count]

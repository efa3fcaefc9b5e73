"""What the rest of the program may ask of a store, whatever it keeps its documents in.

:class:`Store` is what searching, answering, the library and the evaluation use, :class:`Writer`
what ingestion and corrections use. :class:`rag.store.Index` fulfils them with a folder; another
store has to fulfil them too, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol

from rag.models.embedding import Embedding, Vectors
from rag.readers.passages import Cutting
from rag.schema import Carried, Condition, Document, DocumentInfo, Metadata, Passage
from rag.store.metadata_overrides import MetadataLayers

Scored = list[tuple[str, float]]
"""Passage ids with a score, best first."""

Resolve = Callable[[Condition], tuple[Literal["document_id", "passage_id"], Collection[str]]]
"""The ids of the documents, or of the passages, that meet a condition of a query."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a document came from.

    ``source`` is what users see and filter by, ``origin`` the absolute path of the file, and
    ``fingerprint`` changes whenever the file or its metadata do.
    """

    source: str
    origin: str
    fingerprint: str
    document_id: str


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a list of documents; ``total`` is how many there are on all pages."""

    total: int
    documents: tuple[DocumentInfo, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A document on its way into a store, cut into passages, with where it came from.

    ``document.metadata`` is what the reader found, ``given`` what a sidecar or the address says.
    ``original`` are the file's bytes where they have no lasting place elsewhere. ``cut_for`` are
    the metadata that the passages were cut for, those of the document where it is None.
    """

    document: Document
    passages: tuple[Passage, ...]
    origin: str
    fingerprint: str
    given: Metadata = field(default_factory=Metadata)
    original: bytes | None = None
    cut_for: Metadata | None = None

    @property
    def as_source(self) -> Source:
        """The record that leads from the source to the document."""
        return Source(self.document.source, self.origin, self.fingerprint, self.document.id)


class Search(Protocol):
    """Passages to search in: those of a whole store, or of some of its documents."""

    def dense(self, query: Vectors, *, count: int) -> Scored:
        """At most ``count`` passages by cosine similarity to ``query``, shape ``(dimension,)``."""

    def words(self, query: str, *, count: int) -> Scored:
        """At most ``count`` passages by the words they share with ``query`` (BM25)."""


class Store(Search, Protocol):
    """Documents, their passages, vectors and metadata: many readers, one writer at a time.

    Everything may be called from several threads. A document is visible whole or not at all. Every
    method raises :class:`rag.errors.IndexProblem` where the storage fails, and those that take
    conditions raise :class:`rag.errors.QueryError` where one cannot be understood.
    """

    embedding: Embedding
    """The model that queries and passages are embedded with."""

    def revision(self) -> Hashable:
        """A value that changes whenever this or another process has changed anything."""

    def counts(self) -> tuple[int, int]:
        """Number of documents and number of passages."""

    def close(self) -> None:
        """Close all files and connections."""

    # Searching; see Search for the whole store.

    def within(self, document_ids: Collection[str]) -> Search:
        """The passages of some documents alone, to be searched as often as a question needs it."""

    def similarities(self, query: Vectors, passage_ids: Collection[str]) -> dict[str, float]:
        """Cosine similarity of passages to ``query``; those that are not there are left out."""

    def matching(
        self, query: str, *, where: Sequence[Condition] = (), resolve: Resolve, count: int
    ) -> tuple[int, Scored]:
        """How many passages match a query of the query language, and the best (BM25) of them.

        Raises:
            QueryError: the query is not well formed.
        """

    def terms_like(self, term: str) -> list[str]:
        """Terms that differ from ``term`` by one or two letters, the nearest and commonest first.

        They begin with the same letter; at most ten.
        """

    # Passages.

    def passages(self, passage_ids: Collection[str]) -> dict[str, tuple[Passage, str, Metadata]]:
        """Passages with source and metadata of their documents, by passage id.

        Those that are not, or no longer, there are left out.
        """

    def passages_of(self, document_id: str) -> list[Passage]:
        """All passages of a document, in order."""

    def passage_id_at(self, document_id: str, offset: int) -> str | None:
        """The passage in which a character of a document stands, or the last one before it."""

    def vectors_of(self, *document_ids: str) -> dict[str, Vectors]:
        """The vectors of the passages of some documents, by passage id."""

    # Documents.

    def document(self, document_id: str) -> Document | None:
        """A document with its text, or None if there is none of that id."""

    def information(self, document_id: str) -> DocumentInfo | None:
        """A document as a list shows it, or None if there is none of that id."""

    def documents(self, where: Sequence[Condition] = ()) -> tuple[DocumentInfo, ...]:
        """All documents that meet every condition, ordered by source."""

    def document_ids(self, where: Sequence[Condition] = ()) -> list[str]:
        """The ids of all documents that meet every condition, in order."""

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

    def texts(self) -> Iterator[tuple[str, str, tuple[Carried, ...]]]:
        """Id, text and what is carried in it of every document, in the order of the ids."""

    def original(self, document_id: str) -> bytes | None:
        """The bytes that a document was read from, or None if nobody has them any more."""

    # Sources and metadata.

    def sources(self) -> dict[str, Source]:
        """All sources, by name."""

    def source(self, name: str) -> Source | None:
        """One source, or None if it is not known."""

    def sources_of(self, document_id: str) -> list[Source]:
        """The sources that lead to a document, in order."""

    def sources_below(self, name: str) -> list[Source]:
        """The sources that begin with a name and ``/``, as those out of an archive, in order."""

    def layers(self, document_id: str) -> MetadataLayers | None:
        """A document's metadata and where they are from; None if there is none of that id."""

    def values(self, field: str) -> frozenset[str]:
        """All values of one field of the metadata.

        Raises:
            ValueError: there is no such field in :class:`rag.schema.Metadata`.
        """

    def speakers(self) -> Mapping[str, frozenset[str]]:
        """The ids of the documents in which somebody speaks, by the speaker's name."""

    # Writing.

    def writing(self) -> AbstractContextManager[Writer]:
        """Hold the write lock; what an interrupted writer left behind is cleared up first.

        Raises:
            IndexBusy: another process, or another thread, is writing.
            IndexProblem: the storage cannot be written.
        """


class Writer(Protocol):
    """Changes a store; got from :meth:`Store.writing`.

    Each of them is all or nothing for a document, also where the process is killed.
    """

    @property
    def cutting(self) -> Cutting:
        """How the process that reads a file is to cut it.

        Without a tokenizer files are cut by :meth:`cut`, in this process.
        """
        ...

    def cut(self, document: Document) -> tuple[Passage, ...]:
        """Cut a document into passages of the store's size."""

    def add(self, entries: Sequence[Entry]) -> None:
        """Embed, index and publish documents.

        A document that a source led to before is removed once its successor is visible, which
        inherits the corrections made by hand unless it has its own.
        """

    def describe(
        self, document_id: str, given: Metadata, *, sources: Sequence[Source] = ()
    ) -> None:
        """Replace the metadata given with a file, and the fingerprints of the ``sources``.

        Nothing is read again, and only what the passages' titles and sections changed is embedded.

        Raises:
            SourceNotFound: there is no such document.
        """

    def edit(self, document_id: str, changes: Mapping[str, str | None]) -> DocumentInfo:
        """Correct metadata by hand; the corrections outlive new versions of the file.

        None takes a correction back, ``""`` says that the field is known to be unknown. A name
        that is no metadata field makes an extra one. Returns the document as it is then.

        Raises:
            SourceNotFound: there is no such document.
            QueryError: a name is no field's, or a date is not clear; nothing has changed then.
        """

    def lead(self, sources: Sequence[Source]) -> None:
        """Let sources lead to documents that are already in the store.

        What was corrected by hand in the document that a source led to before is taken along,
        unless the other document has corrections of its own.
        """

    def remove(self, sources: Sequence[str]) -> None:
        """Remove sources, with the documents that no other source leads to."""

    def rebuild(self) -> Iterator[Document]:
        """Cut, embed and index all documents anew with the present settings, then switch over.

        What is cut as before is not embedded again. Who says what is found anew, too. Yields each
        document as it is done. The store goes on serving as it was until the iterator
        has come to its end; if it never does, everything stays as it is.
        """

"""The three stores as one: documents go in whole, passages come out with where they are from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from rag.embedding import SentenceEmbedding, Vectors
from rag.errors import IndexBusy, IndexMismatch, IndexMissing
from rag.passages import PassageSize, cut_passages, passage_context
from rag.schema import Condition, Document, DocumentInfo, Metadata, Passage
from rag.settings import Settings
from rag.storage.catalog import Catalog, Source
from rag.storage.lexical import LexicalEntry, LexicalIndex
from rag.storage.vectors import VectorStore

__all__ = ["Entry", "Index", "Scored", "Writer"]

Scored = list[tuple[str, float]]
"""Passage ids with a score, best first."""

_FORMAT = "1"
_CATALOG = "catalog.sqlite"


@dataclass(frozen=True, slots=True)
class Entry:
    """A document on its way into the index, cut into passages, with where it came from."""

    document: Document
    passages: tuple[Passage, ...]
    origin: str
    fingerprint: str

    @property
    def as_source(self) -> Source:
        """The row that leads from the source to the document."""
        return Source(self.document.source, self.origin, self.fingerprint, self.document.id)


class Index:
    """The index in one folder: many readers, one writer at a time."""

    def __init__(self, folder: Path, *, embedding: SentenceEmbedding, size: PassageSize) -> None:
        self.folder = folder
        self.embedding = embedding
        self.size = size
        self.catalog = Catalog(folder / _CATALOG)
        self.vectors = VectorStore(folder / "vectors")
        self.lexical = LexicalIndex(folder / "lexical")

    @classmethod
    def open(cls, settings: Settings, *, create: bool = False, rebuild: bool = False) -> Index:
        """Open the index in ``settings.index``.

        With ``create`` an index that is missing is made. With ``rebuild`` the recorded settings
        are not checked, because the caller is about to build everything anew.

        Raises:
            IndexMissing: there is none, and it was not to be created.
            IndexMismatch: it was built with other settings than these.
        """
        folder = settings.index
        if not (folder / _CATALOG).is_file():
            if not create:
                raise IndexMissing(
                    f"there is no index in {folder}/: build one with "
                    f"'rag ingest PATH --index {folder}'"
                )
            folder.mkdir(parents=True, exist_ok=True)
        index = cls(
            folder,
            embedding=SentenceEmbedding(model_name=settings.embedding_model),
            size=PassageSize(settings.passage_tokens),
        )
        if not rebuild:
            index._check_settings()
        return index

    def _built_with(self) -> dict[str, str]:
        return {
            "format": _FORMAT,
            "embedding model": self.embedding.model_name,
            "passage tokens": str(self.size.target),
        }

    def _check_settings(self) -> None:
        recorded, ours = self.catalog.settings(), self._built_with()
        if not recorded:
            self.catalog.record_settings(ours)
            return
        for name, value in ours.items():
            if recorded.get(name) != value:
                self.close()
                raise IndexMismatch(
                    f"the index in {self.folder}/ was built with {name} {recorded.get(name)}, but "
                    f"the settings say {value}: change them back, or rebuild it with "
                    f"'rag reindex --index {self.folder}'"
                )

    def close(self) -> None:
        """Let go of all files."""
        self.catalog.close()
        self.vectors.close()

    # Reading.

    def document(self, document_id: str) -> Document | None:
        """The document, or None if there is none of that id."""
        return self.catalog.document(document_id)

    def documents(self, where: Sequence[Condition] = ()) -> tuple[DocumentInfo, ...]:
        """All documents that meet every condition, ordered by source."""
        return self.catalog.documents(where)

    def passages(self, passage_ids: Collection[str]) -> dict[str, tuple[Passage, str, Metadata]]:
        """Visible passages with source and metadata of their documents, by id."""
        return self.catalog.passages(passage_ids)

    def dense(self, query: Vectors, *, count: int, within: Collection[str] | None = None) -> Scored:
        """Passages by cosine similarity to ``query`` (shape ``(dimension,)``)."""
        return self.vectors.nearest(query, count=count, document_ids=within)

    def words(self, query: str, *, count: int, within: Collection[str] | None = None) -> Scored:
        """Passages by the words they share with ``query`` (BM25)."""
        return self.lexical.search(query, count=count, document_ids=within)

    # Writing.

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Be the only writer; first clear up what an interrupted one left behind.

        Raises:
            IndexBusy: another process, or another thread, is writing.
        """
        lock = FileLock(self.folder / "writer.lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise IndexBusy(
                f"another process is writing to the index in {self.folder}/: wait until it is "
                "done, then run the command again"
            ) from error
        try:
            writer = Writer(self)
            writer.clear_up()
            yield writer
        finally:
            lock.release()


class Writer:
    """The verbs that change the index; got from :meth:`Index.writing`."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def cut(self, document: Document) -> tuple[Passage, ...]:
        """Cut a document into passages of the index's size."""
        return tuple(
            cut_passages(
                document,
                count_tokens=self._index.embedding.count_tokens,
                size=self._index.size,
            )
        )

    def add(self, entries: Sequence[Entry]) -> None:
        """Embed, index and publish documents; each becomes visible whole or not at all.

        A document that a source led to before is removed once its successor is visible.
        """
        self._derive(entries)
        self._index.catalog.publish(
            [(entry.document, entry.passages, entry.as_source) for entry in entries]
        )
        self.clear_up()

    def lead(self, sources: Sequence[Source]) -> None:
        """Let sources lead to documents that are already in the index."""
        self._index.catalog.put_sources(sources)
        self.clear_up()

    def remove(self, sources: Sequence[str]) -> None:
        """Remove sources, with the documents that no other source leads to."""
        self._index.catalog.remove_sources(sources)
        self.clear_up()

    def rebuild(self) -> Iterator[DocumentInfo]:
        """Build passages, vectors and lexical index anew from the catalog, document by document."""
        index = self._index
        sources = index.catalog.sources()
        # Until it is done, opening the index names this command again.
        index.catalog.record_settings({"format": "incomplete"})
        index.vectors.clear()
        index.lexical.clear()
        for information in index.documents():
            document = index.document(information.id)
            if document is not None:
                source = sources[document.source]
                self.add([Entry(document, self.cut(document), source.origin, source.fingerprint)])
            yield information
        index.catalog.record_settings(index._built_with())

    def clear_up(self) -> None:
        """Take out of the derived stores what is no document (any more)."""
        unfinished = self._index.catalog.unfinished()
        if not unfinished:
            return
        gone = [document_id for document_id, visible in unfinished.items() if not visible]
        self._index.vectors.remove(gone)
        self._index.lexical.replace(gone)
        self._index.catalog.finish(unfinished)

    def _derive(self, entries: Sequence[Entry]) -> None:
        """Write the vectors and lexical entries, which nobody sees before they are published."""
        index = self._index
        pairs = [(entry.document, passage) for entry in entries for passage in entry.passages]
        contexts = [passage_context(document, passage) for document, passage in pairs]
        document_ids = [entry.document.id for entry in entries]
        vectors = index.embedding.embed_passages(
            [
                f"{context}\n{passage.text}"
                for context, (_, passage) in zip(contexts, pairs, strict=True)
            ]
        )
        index.catalog.begin(document_ids)
        index.vectors.put(
            [passage.id for _, passage in pairs], [document.id for document, _ in pairs], vectors
        )
        index.lexical.replace(
            document_ids,
            [
                LexicalEntry(passage.id, document.id, context, passage.text)
                for context, (document, passage) in zip(contexts, pairs, strict=True)
            ],
        )

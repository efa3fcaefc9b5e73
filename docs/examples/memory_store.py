"""A store in memory: all that Footnote asks of a store, in its plainest form.

What is in it is gone when the program ends, and every search goes through everything.
"""

from __future__ import annotations

import operator
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import partial

import numpy as np
import numpy.typing as npt

from rag import (
    Carried,
    Condition,
    Cutting,
    Document,
    DocumentInfo,
    Embedding,
    Entry,
    Found,
    Metadata,
    MetadataLayers,
    Passage,
    PassageSize,
    Source,
    SourceNotFound,
    Store,
    analyse,
    content_terms,
    cut_passages,
    passage_context,
)
from rag.store import Resolve
from rag.store.expression import holds, parse_within

Vectors = npt.NDArray[np.float32]

OPERATORS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Kept:
    """A document with all that is known of it."""

    document: Document
    layers: MetadataLayers
    passages: tuple[Passage, ...]
    vectors: Mapping[str, Vectors]
    terms: Mapping[str, Collection[str]]
    original: bytes | None
    added: str

    @property
    def information(self) -> DocumentInfo:
        """The document as a list shows it."""
        document = self.document
        return DocumentInfo(
            id=document.id,
            source=document.source,
            metadata=document.metadata,
            media_type=document.media_type,
            pages=len(document.pages) or None,
            passages=len(self.passages),
            characters=len(document.text),
            warnings=document.warnings,
            added=self.added,
            edited=tuple(sorted(self.layers.edits)),
        )


class Part:
    """Some of the documents, to be searched in."""

    def __init__(self, kept: Sequence[Kept]) -> None:
        self._kept = kept

    def dense(self, query: Vectors, *, count: int) -> list[tuple[str, float]]:
        """Vectors have length 1, so that the dot product is the cosine."""
        vectors = (item for each in self._kept for item in each.vectors.items())
        return best(((name, float(vector @ query)) for name, vector in vectors), count)

    def words(self, query: str, *, count: int) -> list[tuple[str, float]]:
        """The number of words that a passage shares with the query; BM25 would be better."""
        wanted = set(content_terms(query))
        terms = (item for each in self._kept for item in each.terms.items())
        shared = ((name, float(len(wanted.intersection(own)))) for name, own in terms)
        return best((each for each in shared if each[1]), count)


def best(scored: Iterable[tuple[str, float]], count: int) -> list[tuple[str, float]]:
    """The highest scores, best first."""
    return sorted(scored, key=lambda each: (-each[1], each[0]))[:count]


def meets(passage: Passage, resolve: Resolve, condition: Condition) -> bool:
    """Whether a passage is among those that a condition of a query leaves."""
    field, ids = resolve(condition)
    return (passage.id if field == "passage_id" else passage.document_id) in ids


class MemoryStore:
    """Documents by id, and the sources that lead to them; a :class:`rag.Store`."""

    def __init__(self, embedding: Embedding, size: PassageSize | None = None) -> None:
        self.embedding = embedding
        self.size = size or PassageSize()
        self.kept: dict[str, Kept] = {}
        self.leading: dict[str, Source] = {}
        self.changes = 0
        self._writing = threading.Lock()

    @property
    def _all(self) -> list[Kept]:
        return [self.kept[each] for each in sorted(self.kept)]

    def _met(self, where: Sequence[Condition]) -> list[Kept]:
        """Equal conditions on the same field are alternatives, all others add up."""
        fields: dict[tuple[str, bool], list[Condition]] = {}
        for each in where:
            fields.setdefault((each.field, each.operator == "="), []).append(each)
        return [
            kept
            for kept in self._all
            if all(
                (any if alternatives else all)(self._meets(kept, each) for each in conditions)
                for (_, alternatives), conditions in fields.items()
            )
        ]

    def _meets(self, kept: Kept, condition: Condition) -> bool:
        compare, metadata = OPERATORS[condition.operator], kept.document.metadata
        if condition.field == "year":
            return any(map(condition.holds_for, metadata.years))
        known = {**asdict(metadata), **metadata.extra, "source": kept.document.source}
        return bool(
            compare((known.get(condition.field) or "").casefold(), condition.value.casefold())
        )

    def revision(self) -> int:
        return self.changes

    def counts(self) -> tuple[int, int]:
        return len(self.kept), sum(len(each.passages) for each in self._all)

    def close(self) -> None:
        pass

    # Searching.

    def dense(self, query: Vectors, *, count: int) -> list[tuple[str, float]]:
        return Part(self._all).dense(query, count=count)

    def words(self, query: str, *, count: int) -> list[tuple[str, float]]:
        return Part(self._all).words(query, count=count)

    def matching(
        self, query: str, *, where: Sequence[Condition] = (), resolve: Resolve, count: int
    ) -> tuple[int, list[tuple[str, float]]]:
        tree = parse_within(query, where)
        found = [
            passage.id
            for each in self._all
            for passage in each.passages
            if holds(
                tree,
                analyse(passage.text),
                analyse=analyse,
                meets=partial(meets, passage, resolve),
            )
        ]
        return len(found), [(name, 1.0) for name in found[:count]]

    def within(self, document_ids: Collection[str]) -> Part:
        return Part([self.kept[each] for each in document_ids if each in self.kept])

    def similarities(self, query: Vectors, passage_ids: Collection[str]) -> dict[str, float]:
        owners = {name: each for each in self._all for name in each.vectors}
        return {
            name: float(owners[name].vectors[name] @ query)
            for name in passage_ids
            if name in owners
        }

    def terms_like(self, term: str) -> list[str]:
        every = {each for own in self._all for terms in own.terms.values() for each in terms}
        return get_close_matches(term, [each for each in every if each[:1] == term[:1]], n=10)

    # Passages.

    def passages(self, passage_ids: Collection[str]) -> dict[str, tuple[Passage, str, Metadata]]:
        wanted = set(passage_ids)
        return {
            passage.id: (passage, each.document.source, each.document.metadata)
            for each in self._all
            for passage in each.passages
            if passage.id in wanted
        }

    def passages_of(self, document_id: str) -> list[Passage]:
        return list(self.kept[document_id].passages) if document_id in self.kept else []

    def passage_id_at(self, document_id: str, offset: int) -> str | None:
        before = [each.id for each in self.passages_of(document_id) if each.start <= offset]
        return before[-1] if before else None

    def vectors_of(self, *document_ids: str) -> dict[str, Vectors]:
        found = (self.kept[each].vectors for each in document_ids if each in self.kept)
        return {name: vector for own in found for name, vector in own.items()}

    # Documents.

    def document(self, document_id: str) -> Document | None:
        return self.kept[document_id].document if document_id in self.kept else None

    def information(self, document_id: str) -> DocumentInfo | None:
        return self.kept[document_id].information if document_id in self.kept else None

    def documents(self, where: Sequence[Condition] = ()) -> tuple[DocumentInfo, ...]:
        found = (each.information for each in self._met(where))
        return tuple(sorted(found, key=lambda each: each.source))

    def document_ids(self, where: Sequence[Condition] = ()) -> list[str]:
        return [each.document.id for each in self._met(where)]

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
        def key(each: DocumentInfo) -> str:
            value = getattr(each, sort, None) or getattr(each.metadata, sort, None)
            return str(value or each.source).casefold()

        words = text.casefold().split()
        found = [
            each
            for each in self.documents(where)
            if all(word in f"{each.source} {each.metadata}".casefold() for word in words)
        ]
        found.sort(key=key, reverse=descending)
        return Found(len(found), tuple(found[first : first + count]))

    def texts(self) -> Iterator[tuple[str, str, tuple[Carried, ...]]]:
        documents = (each.document for each in self._all)
        return ((each.id, each.text, each.carried) for each in documents)

    def original(self, document_id: str) -> bytes | None:
        return self.kept[document_id].original if document_id in self.kept else None

    # Sources and metadata.

    def sources(self) -> dict[str, Source]:
        return dict(self.leading)

    def source(self, name: str) -> Source | None:
        return self.leading.get(name)

    def sources_of(self, document_id: str) -> list[Source]:
        found = [each for each in self.leading.values() if each.document_id == document_id]
        return sorted(found, key=lambda each: each.source)

    def sources_below(self, name: str) -> list[Source]:
        found = [each for each in self.leading.values() if each.source.startswith(f"{name}/")]
        return sorted(found, key=lambda each: each.source)

    def layers(self, document_id: str) -> MetadataLayers | None:
        return self.kept[document_id].layers if document_id in self.kept else None

    def values(self, field: str) -> frozenset[str]:
        found = (getattr(each.document.metadata, field) for each in self._all)
        return frozenset(each for each in found if each)

    def speakers(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for each in self._all:
            named = (each.document.metadata.speaker, *(p.speaker for p in each.passages))
            for name in filter(None, named):
                found.setdefault(name, set()).add(each.document.id)
        return {name: frozenset(ids) for name, ids in found.items()}

    @contextmanager
    def writing(self) -> Iterator[MemoryWriter]:
        with self._writing:
            yield MemoryWriter(self)


class MemoryWriter:
    """The verbs that change a store in memory."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    @property
    def cutting(self) -> Cutting:
        return Cutting(self._store.size.target, self._store.embedding.tokenizer())

    def cut(self, document: Document) -> tuple[Passage, ...]:
        count = self._store.embedding.count_tokens
        return tuple(cut_passages(document, count_tokens=count, size=self._store.size))

    def add(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            found, given = entry.document.metadata, entry.given
            before = self._store.source(entry.document.source)
            old = self._store.kept.get(entry.document.id) or (
                self._store.kept.get(before.document_id) if before else None
            )
            edits = old.layers.edits if old else {}
            self._put(
                entry.document,
                MetadataLayers(found=found, given=given, edits=edits),
                entry.original,
            )
            self.lead([entry.as_source])

    def _put(self, document: Document, layers: MetadataLayers, original: bytes | None) -> None:
        """Everything is worked out first; the document is visible with the last line."""
        document = replace(document, metadata=layers.effective())
        passages = self.cut(document)
        texts = [f"{passage_context(document, each)}\n{each.text}" for each in passages]
        rows = self._store.embedding.embed_passages(texts)
        self._store.kept[document.id] = Kept(
            document,
            layers,
            passages,
            {each.id: np.asarray(row) for each, row in zip(passages, rows, strict=True)},
            {each.id: analyse(text) for each, text in zip(passages, texts, strict=True)},
            original,
            datetime.now(UTC).isoformat(timespec="seconds"),
        )
        self._store.changes += 1

    def _known(self, document_id: str) -> Kept:
        kept = self._store.kept.get(document_id)
        if kept is None:
            raise SourceNotFound(f"no document {document_id!r} in the store: see 'rag list'")
        return kept

    def describe(
        self, document_id: str, given: Metadata, *, sources: Sequence[Source] = ()
    ) -> None:
        kept = self._known(document_id)
        self._put(kept.document, replace(kept.layers, given=given), kept.original)
        self.lead(sources)

    def edit(self, document_id: str, changes: Mapping[str, str | None]) -> DocumentInfo:
        kept = self._known(document_id)
        layers = replace(kept.layers, edits=kept.layers.edited(changes))
        self._put(kept.document, layers, kept.original)
        return self._known(document_id).information

    def lead(self, sources: Sequence[Source]) -> None:
        self._store.leading.update((each.source, each) for each in sources)
        self._remove_orphans()

    def remove(self, sources: Sequence[str]) -> None:
        for each in sources:
            self._store.leading.pop(each, None)
        self._remove_orphans()

    def _remove_orphans(self) -> None:
        led = {each.document_id for each in self._store.leading.values()}
        for document_id in self._store.kept.keys() - led:
            del self._store.kept[document_id]
        self._store.changes += 1

    def rebuild(self) -> Iterator[Document]:
        for each in list(self._store.kept.values()):
            self._put(each.document, each.layers, each.original)
            yield each.document


def memory_store(embedding: Embedding) -> Store:
    """A new store; that the types agree says that no verb is missing."""
    return MemoryStore(embedding)

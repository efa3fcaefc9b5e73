"""The verbs that change an index."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from rag.errors import IndexBusy, IndexProblem, SourceNotFound
from rag.readers.passages import cut_passages, passage_context
from rag.schema import Document, DocumentInfo, Metadata, Passage
from rag.store.catalog import Publication, Source
from rag.store.lexical import LexicalEntry
from rag.store.maintenance.rebuild import embedding_text, lexical_entries, rebuild
from rag.store.metadata_overrides import Layers

if TYPE_CHECKING:
    from rag.models.embedding import Vectors
    from rag.store.index import Index

__all__ = ["Entry", "Writer"]

# What the cut of a document depends on: sections leave out what the title says, words that
# nobody is named for are the document's speaker's, and sentences end by the rules of a language.
_CUT_BY = ("title", "speaker", "language")


@dataclass(frozen=True, slots=True)
class Entry:
    """A document on its way into the index, cut into passages, with where it came from.

    ``document.metadata`` is what the reader found, ``given`` what a sidecar or the address says.
    ``original`` are the file's bytes where they have no lasting place elsewhere.
    """

    document: Document
    passages: tuple[Passage, ...]
    origin: str
    fingerprint: str
    given: Metadata = field(default_factory=Metadata)
    original: bytes | None = None

    @property
    def as_source(self) -> Source:
        """The row that leads from the source to the document."""
        return Source(self.document.source, self.origin, self.fingerprint, self.document.id)


class Writer:
    """The verbs that change the index; got from :meth:`rag.store.Index.writing`.

    Each of them is all or nothing for a document, also where the process is killed: what is in
    doubt is noted in the catalog first, and the next writer finishes or undoes it.
    """

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

        A document that a source led to before is removed once its successor is visible, which
        inherits the corrections made by hand unless it has its own.
        """
        index = self._index
        if not entries:
            return
        revised = [self._revise(entry) for entry in entries]
        document_ids = [each.document.id for each in revised]
        vectors = self._embed(
            [(each.document, passage) for each in revised for passage in each.passages or ()]
        )
        index.catalog.begin(document_ids)
        replaced = [each for each, visible in index.catalog.unfinished().items() if visible]
        originals = {
            entry.document.id: index.originals.put(entry.document.id, entry.original)
            for entry in entries
            if entry.original is not None
        }
        self._derive(revised, vectors)
        index.catalog.publish(
            [
                replace(
                    each,
                    vectors={passage.id: vectors[passage.id] for passage in each.passages or ()},
                    original=originals.get(each.document.id),
                )
                for each in revised
            ],
            finished=set(document_ids).difference(replaced),
        )
        self.clear_up(derived=replaced)

    def describe(
        self, document_id: str, given: Metadata, *, sources: Sequence[Source] = ()
    ) -> None:
        """Take over what the sidecar says now, with new fingerprints for the ``sources``.

        Nothing is read again, and embedded only what the passages' titles and sections changed.

        Raises:
            SourceNotFound: there is no such document.
        """
        self._change(document_id, replace(self._layers(document_id), given=given), sources=sources)

    def edit(self, document_id: str, changes: Mapping[str, str | None]) -> DocumentInfo:
        """Correct metadata by hand; the corrections outlive new versions of the file.

        None takes a correction back, ``""`` says that the field is known to be unknown. A name
        that is no metadata field makes an extra one. Returns the document as it is then.

        Raises:
            SourceNotFound: there is no such document.
            QueryError: a name is no field's, or a date is not clear; nothing has changed then.
        """
        layers = self._layers(document_id)
        self._change(document_id, replace(layers, edits=layers.edited(changes)))
        information = self._index.catalog.information(document_id)
        if information is None:
            raise _unknown(document_id)
        return information

    def lead(self, sources: Sequence[Source]) -> None:
        """Let sources lead to documents that are already in the index.

        What was corrected by hand in the document that a source led to before is taken along,
        unless the other document has corrections of its own.
        """
        plain: list[Source] = []
        for source in sources:
            layers = self._layers(source.document_id)
            edits = self._edits(source.document_id, source.source)
            if edits == layers.edits:
                plain.append(source)
            else:
                self._change(source.document_id, replace(layers, edits=edits), sources=[source])
        if plain:
            self._index.catalog.put_sources(plain)
            self.clear_up()

    def remove(self, sources: Sequence[str]) -> None:
        """Remove sources, with the documents that no other source leads to."""
        self._index.catalog.remove_sources(sources)
        self.clear_up()

    def rebuild(self) -> Iterator[DocumentInfo]:
        """Build a new generation from the catalog, with the present settings; then switch to it.

        The current generation goes on serving until the iterator has come to its end. If it never
        does, everything stays as it is.
        """
        yield from rebuild(self._index, recut=True)

    def recover(self) -> None:
        """Finish or undo what an earlier writer left, whatever became of it."""
        index = self._index
        index.originals.clear(index.catalog.originals())
        if not index.catalog.unfinished():
            return
        try:
            if self._vectors_hold():
                self.clear_up()
                return
        except IndexBusy:
            raise
        except IndexProblem:
            # Chroma does not survive being killed while it writes its files; the catalog does.
            pass
        for _ in rebuild(index, recut=False):
            pass

    def clear_up(self, *, derived: Collection[str] = ()) -> None:
        """Bring the derived stores in line with the catalog for all that is noted as unfinished.

        Of the documents in ``derived`` all that belongs there is there already.
        """
        index = self._index
        unfinished = index.catalog.unfinished()
        if not unfinished:
            return
        gone = [each for each, visible in unfinished.items() if not visible]
        visible = [each for each in unfinished if unfinished[each]]
        self.derive_again([each for each in visible if each not in derived])
        index.vectors.remove(gone)
        kept = {passage.id for each in visible for passage in index.catalog.passages_of(each)}
        index.vectors.remove_passages(index.vectors.passage_ids_of(visible) - kept)
        if gone:
            index.lexical.replace(gone)
        index.originals.remove(gone)
        index.catalog.finish(unfinished)

    def derive_again(self, document_ids: Sequence[str]) -> None:
        """Write vectors and lexical entries of visible documents anew, from the catalog."""
        index = self._index
        entries: list[LexicalEntry] = []
        for document_id in document_ids:
            document = index.catalog.document(document_id)
            vectors = index.catalog.vectors_of(document_id)
            if vectors:
                index.vectors.put(
                    list(vectors), [document_id] * len(vectors), np.stack(list(vectors.values()))
                )
            if document is not None:
                entries += lexical_entries(document, index.catalog.passages_of(document_id))
        if document_ids:
            index.lexical.replace(document_ids, entries)

    def cut_again(self, document_id: str) -> None:
        """Cut and embed a document anew, from its text in the catalog."""
        index = self._index
        document = index.catalog.document(document_id)
        if document is None:
            raise _unknown(document_id)
        layers, passages = self._layers(document_id), self.cut(document)
        vectors = self._embed([(document, passage) for passage in passages])
        revised = Publication(document, layers, passages, vectors)
        index.catalog.begin([document_id])
        self._derive([revised], vectors)
        index.catalog.publish([revised])
        self.clear_up(derived=[document_id])

    def _revise(self, entry: Entry) -> Publication:
        """The entry as it is to be published: with the metadata that count."""
        edits = self._edits(entry.document.id, entry.document.source)
        layers = Layers(found=entry.document.metadata, given=entry.given, edits=edits)
        document = replace(entry.document, metadata=layers.effective())
        same = _cut_alike(document.metadata, entry.document.metadata)
        passages = entry.passages if same else self.cut(document)
        return Publication(document, layers, passages, sources=[entry.as_source])

    def _edits(self, document_id: str, source: str) -> Mapping[str, str]:
        """A document's own corrections, or else those of the document that ``source`` led to."""
        catalog = self._index.catalog
        own = catalog.layers(document_id)
        if own is not None and own.edits:
            return own.edits
        before = catalog.source(source)
        inherited = catalog.layers(before.document_id) if before is not None else None
        return inherited.edits if inherited is not None else {}

    def _layers(self, document_id: str) -> Layers:
        layers = self._index.catalog.layers(document_id)
        if layers is None:
            raise _unknown(document_id)
        return layers

    def _change(self, document_id: str, layers: Layers, *, sources: Sequence[Source] = ()) -> None:
        """Let other metadata count for a document; touch only what depends on them."""
        index = self._index
        old = index.catalog.document(document_id)
        if old is None:
            raise _unknown(document_id)
        new = replace(old, metadata=layers.effective())
        before = tuple(index.catalog.passages_of(document_id))
        after = before if _cut_alike(new.metadata, old.metadata) else self.cut(new)
        contexts = {passage.id: passage_context(old, passage) for passage in before}
        stale = [each for each in after if contexts.get(each.id) != passage_context(new, each)]
        revised = Publication(new, layers, None if after == before else after, sources=sources)
        if not stale and len(after) == len(before):
            index.catalog.publish([revised])
            self.clear_up()
            return
        vectors = self._embed([(new, passage) for passage in stale])
        index.catalog.begin([document_id])
        self._derive([replace(revised, passages=after)], vectors)
        index.catalog.publish([replace(revised, vectors=vectors)])
        self.clear_up(derived=[document_id])

    def _embed(self, pairs: Sequence[tuple[Document, Passage]]) -> dict[str, Vectors]:
        """Vectors by passage id."""
        rows = self._index.embedding.embed_passages(
            [embedding_text(document, passage) for document, passage in pairs]
        )
        return {passage.id: row for (_, passage), row in zip(pairs, rows, strict=True)}

    def _derive(self, revised: Sequence[Publication], vectors: Mapping[str, Vectors]) -> None:
        """Write the vectors and lexical entries, which nobody sees before they are published."""
        index = self._index
        owners = {p.id: each.document.id for each in revised for p in each.passages or ()}
        if vectors:
            index.vectors.put(
                list(vectors), [owners[each] for each in vectors], np.stack(list(vectors.values()))
            )
        index.lexical.replace(
            [each.document.id for each in revised],
            [
                entry
                for each in revised
                for entry in lexical_entries(each.document, each.passages or ())
            ],
        )

    def _vectors_hold(self) -> bool:
        """Whether all vectors that must be there can be read."""
        index = self._index
        unfinished = index.catalog.unfinished()
        owners = index.catalog.passage_owners()
        settled = [each for each, owner in owners.items() if owner not in unfinished]
        return index.vectors.missing(settled) == set()


def _cut_alike(one: Metadata, other: Metadata) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _CUT_BY)


def _unknown(document_id: str) -> SourceNotFound:
    return SourceNotFound(f"no document {document_id!r} in the index: see 'rag list'")

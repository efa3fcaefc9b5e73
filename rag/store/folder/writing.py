"""Adding, describing, editing and removing documents of an index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.attribution.identity import Label, Mention, kind_of, label_of
from rag.errors import SourceNotFound
from rag.models.embedding import Vectors
from rag.readers.passages import Cutting, cut_passages, passage_context
from rag.schema import Document, DocumentInfo, Metadata, Passage
from rag.store.folder.catalog.writing import Catalog, Publication
from rag.store.folder.rebuild import clear_up, embed, lexical_entries, rebuild
from rag.store.folder.vectors import first_of_copies
from rag.store.metadata_overrides import MetadataLayers
from rag.store.protocol import Entry, Source

if TYPE_CHECKING:
    from rag.store.folder.index import Index

# What the cut of a document depends on: sections leave out what the title says, words that
# nobody is named for are the document's speaker's, and sentences end by the rules of a language.
_CUT_BY = ("title", "speaker", "language")


class FolderWriter:
    """Changes the index in a folder; a :class:`rag.store.Writer`.

    What is in doubt is noted in the catalog first, so that the next writer finishes or undoes it
    if this process is killed.
    """

    def __init__(self, index: Index) -> None:
        self._index = index

    @property
    def cutting(self) -> Cutting:
        """How the process that reads a file is to cut it."""
        return Cutting(self._index.size.target, self._index.embedding.tokenizer())

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
        """Embed, index and publish documents; each becomes visible whole or not at all."""
        index = self._index
        if not entries:
            return
        revised = [self._revise(entry) for entry in entries]
        document_ids = [each.document.id for each in revised]
        vectors = embed(
            index.embedding, [(each.document, p) for each in revised for p in each.passages]
        )
        index.catalog.begin(document_ids)
        replaced = [each for each, visible in index.unfinished().items() if visible]
        originals = {
            entry.document.id: index.originals.put(entry.document.id, entry.original)
            for entry in entries
            if entry.original is not None
        }
        self._write(revised, first_of_copies(vectors))
        index.catalog.publish(
            revised,
            vectors=vectors,
            originals=originals,
            finished=set(document_ids).difference(replaced),
        )
        clear_up(index, written=replaced)

    def describe(
        self, document_id: str, given: Metadata, *, sources: Sequence[Source] = ()
    ) -> None:
        """Replace the metadata given with a file; embed only what that changes."""
        self._change(document_id, replace(self._layers(document_id), given=given), sources=sources)

    def edit(self, document_id: str, changes: Mapping[str, str | None]) -> DocumentInfo:
        """Correct metadata by hand; None takes a correction back."""
        layers = self._layers(document_id)
        self._change(document_id, replace(layers, edits=layers.edited(changes)))
        information = self._index.information(document_id)
        if information is None:
            raise _unknown(document_id)
        return information

    def lead(self, sources: Sequence[Source]) -> None:
        """Let sources lead to documents that are already in the index."""
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
            clear_up(self._index)

    def remove(self, sources: Sequence[str]) -> None:
        """Remove sources, with the documents that no other source leads to."""
        self._index.catalog.remove_sources(sources)
        clear_up(self._index)

    def merge_people(self, person_id: str, other_id: str) -> None:
        """Let two people be one from now on."""
        catalog = self._index.catalog
        if person_id == other_id:
            raise SourceNotFound("both are one person already: see 'rag people'")
        catalog.decide(self._label(person_id), self._label(other_id))
        catalog.tell_people_apart()

    def split_person(self, person_id: str, name: str) -> None:
        """Let a person's name be somebody else's from now on."""
        catalog = self._index.catalog
        ours = [mention for mention, _ in catalog.mentions(person_id=person_id)]
        parted = [each for each in ours if each.name == name]
        if not parted or len(parted) == len(ours):
            raise SourceNotFound(
                f"{name!r} is no name besides others of that person: see 'rag people'"
            )
        for label in {self._label_among(each) for each in parted}:
            # What was merged by hand is parted by taking that back.
            merged = [
                each.id
                for each, (one, other) in catalog.decided()
                if other and label in (one, other)
            ]
            catalog.take_back(merged)
            if not merged:
                catalog.decide(label, None)
        catalog.tell_people_apart()

    def undo_decision(self, decision_id: int) -> None:
        """Take back what was decided by hand about who is who."""
        catalog = self._index.catalog
        if decision_id not in {each.id for each in catalog.made_by_hand()}:
            raise SourceNotFound(f"no decision {decision_id}: see 'rag people --decisions'")
        catalog.take_back([decision_id])
        catalog.tell_people_apart()

    def _label(self, person_id: str) -> Label:
        """A label of a person, of one document where others are called so, too."""
        mentions = self._index.catalog.mentions(person_id=person_id)
        if not mentions:
            raise SourceNotFound(f"there is no person {person_id!r}: see 'rag people'")
        labels = [self._label_among(mention) for mention, _ in mentions]
        return min(labels, key=lambda label: (bool(label.source), label.name, label.source))

    def _label_among(self, mention: Mention) -> Label:
        """The label that means this mention, and no other person's."""
        general = label_of(mention)
        alike = {
            person for each, person in self._index.catalog.mentions() if label_of(each) == general
        }
        unnamed = kind_of(mention.name) == "unnamed"
        return label_of(mention, in_document=True) if len(alike) > 1 or unnamed else general

    def rebuild(self) -> Iterator[Document]:
        """Build a new generation with the present settings; then switch to it.

        Vectors are kept for passages that are cut as before, if they were made by the same model.
        """
        ours = self._index.built_with()

        def begin_anew(catalog: Catalog) -> None:
            catalog.forget_passages(with_vectors=catalog.settings() != ours)
            catalog.record_settings(ours)

        yield from rebuild(self._index, begin_anew, statements=True)

    def _revise(self, entry: Entry) -> Publication:
        """The entry as it is to be published: with the metadata that count."""
        edits = self._edits(entry.document.id, entry.document.source)
        layers = MetadataLayers(found=entry.document.metadata, given=entry.given, edits=edits)
        document = replace(entry.document, metadata=layers.effective())
        same = _cut_alike(document.metadata, entry.cut_for or entry.document.metadata)
        passages = entry.passages if same else self.cut(document)
        return Publication(document, layers, passages, sources=[entry.as_source])

    def _edits(self, document_id: str, source: str) -> Mapping[str, str]:
        """A document's own corrections, or else those of the document that ``source`` led to."""
        own = self._index.layers(document_id)
        if own is not None and own.edits:
            return own.edits
        before = self._index.source(source)
        inherited = self._index.layers(before.document_id) if before is not None else None
        return inherited.edits if inherited is not None else {}

    def _layers(self, document_id: str) -> MetadataLayers:
        layers = self._index.layers(document_id)
        if layers is None:
            raise _unknown(document_id)
        return layers

    def _change(
        self, document_id: str, layers: MetadataLayers, *, sources: Sequence[Source] = ()
    ) -> None:
        """Let other metadata count for a document; write again only what depends on them."""
        index = self._index
        old = index.document(document_id)
        if old is None:
            raise _unknown(document_id)
        new = replace(old, metadata=layers.effective())
        before = tuple(index.passages_of(document_id))
        after = before if _cut_alike(new.metadata, old.metadata) else self.cut(new)
        contexts = {passage.id: passage_context(old, passage) for passage in before}
        stale = [each for each in after if contexts.get(each.id) != passage_context(new, each)]
        revised = Publication(new, layers, after, sources=sources)
        if not stale and len(after) == len(before):
            index.catalog.publish([revised])
            clear_up(index)
            return
        vectors = embed(index.embedding, [(new, passage) for passage in stale])
        index.catalog.begin([document_id])
        known = index.vectors_of(document_id)
        ids = {each.id for each in after}
        wanted = first_of_copies({k: v for k, v in {**known, **vectors}.items() if k in ids})
        # Chroma has what was first before; what was its copy may be the first now.
        for each in first_of_copies(known).keys() - vectors.keys():
            wanted.pop(each, None)
        self._write([revised], wanted)
        index.catalog.publish([revised], vectors=vectors)
        clear_up(index, written=[document_id])

    def _write(self, revised: Sequence[Publication], vectors: Mapping[str, Vectors]) -> None:
        """Write the vectors and lexical entries, which nobody sees before they are published."""
        self._index.vectors.put(vectors)
        self._index.lexical.replace(
            [each.document.id for each in revised],
            [entry for each in revised for entry in lexical_entries(each.document, each.passages)],
        )


def _cut_alike(one: Metadata, other: Metadata) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _CUT_BY)


def _unknown(document_id: str) -> SourceNotFound:
    return SourceNotFound(f"no document {document_id!r} in the index: see 'rag list'")

"""Adding, describing, editing and removing documents, in whatever store."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rag.attribution.identity import Label, Mention, kind_of, label_of
from rag.errors import SourceNotFound
from rag.models.embedding import Embedding, Vectors
from rag.readers.passages import Cutting, PassageSize, cut_passages, passage_context
from rag.schema import Document, DocumentInfo, Metadata, Passage, owner, start_of
from rag.store.catalog.changes import CatalogChanges
from rag.store.catalog.reading import Publication
from rag.store.metadata_overrides import MetadataLayers
from rag.store.protocol import Entry, Source

# What the cut of a document depends on: sections leave out what the title says, words that
# nobody is named for are the document's speaker's, and sentences end by the rules of a language.
_CUT_BY = ("title", "speaker", "language")


def embed(embedding: Embedding, passages: Sequence[tuple[Document, Passage]]) -> dict[str, Vectors]:
    """Vectors by passage id. The model reads title and section, then the text.

    What has the same words is embedded once.
    """
    texts = {
        each.id: f"{passage_context(document, each)}\n{each.text}" for document, each in passages
    }
    distinct = {text: number for number, text in enumerate(dict.fromkeys(texts.values()))}
    rows = embedding.embed_passages(list(distinct))
    return {passage_id: rows[distinct[text]] for passage_id, text in texts.items()}


def first_of_copies(vectors: Mapping[str, Vectors]) -> dict[str, Vectors]:
    """Of passages of one document with equal vectors the one that stands first, by passage id."""
    first: dict[tuple[str, bytes], str] = {}
    for each in sorted(vectors, key=start_of):
        first.setdefault((owner(each), vectors[each].tobytes()), each)
    return {each: vectors[each] for each in first.values()}


class DocumentWriter(ABC):
    """Changes a store; all of a :class:`rag.store.Writer` but how it is written and rebuilt."""

    def __init__(self, embedding: Embedding, size: PassageSize) -> None:
        self._embedding = embedding
        self._size = size

    @property
    @abstractmethod
    def catalog(self) -> CatalogChanges:
        """The catalog as it is now."""

    @abstractmethod
    def _publish(
        self,
        publications: Sequence[Publication],
        vectors: Mapping[str, Vectors],
        originals: Mapping[str, bytes],
    ) -> None:
        """Publish new documents, with the vectors of all their passages."""

    @abstractmethod
    def _republish(self, publication: Publication, vectors: Mapping[str, Vectors]) -> None:
        """Publish a document anew, some of whose passages have new ``vectors``."""

    def _clear_up(self) -> None:  # noqa: B027 - not every store has anything to do
        """Called when documents may have been taken out."""

    @property
    def cutting(self) -> Cutting:
        """How the process that reads a file is to cut it."""
        return Cutting(self._size.target, self._embedding.tokenizer())

    def cut(self, document: Document) -> tuple[Passage, ...]:
        """Cut a document into passages of the store's size."""
        return tuple(
            cut_passages(
                document,
                count_tokens=self._embedding.count_tokens,
                size=self._size,
            )
        )

    def add(self, entries: Sequence[Entry]) -> None:
        """Embed, index and publish documents; each becomes visible whole or not at all."""
        if not entries:
            return
        revised = [self._revise(entry) for entry in entries]
        vectors = embed(
            self._embedding, [(each.document, p) for each in revised for p in each.passages]
        )
        originals = {
            entry.document.id: entry.original for entry in entries if entry.original is not None
        }
        self._publish(revised, vectors, originals)

    def take(
        self,
        publications: Sequence[Publication],
        vectors: Mapping[str, Vectors],
        originals: Mapping[str, bytes],
    ) -> None:
        """Publish documents as another store has them, with the vectors of all their passages."""
        self._publish(publications, vectors, originals)

    def describe(
        self, document_id: str, given: Metadata, *, sources: Sequence[Source] = ()
    ) -> None:
        """Replace the metadata given with a file; embed only what that changes."""
        self._change(document_id, replace(self._layers(document_id), given=given), sources=sources)

    def edit(self, document_id: str, changes: Mapping[str, str | None]) -> DocumentInfo:
        """Correct metadata by hand; None takes a correction back."""
        layers = self._layers(document_id)
        self._change(document_id, replace(layers, edits=layers.edited(changes)))
        information = self.catalog.information(document_id)
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
            self.catalog.put_sources(plain)
            self._clear_up()

    def remove(self, sources: Sequence[str]) -> None:
        """Remove sources, with the documents that no other source leads to."""
        self.catalog.remove_sources(sources)
        self._clear_up()

    def merge_people(self, person_id: str, other_id: str) -> None:
        """Let two people be one from now on."""
        catalog = self.catalog
        if person_id == other_id:
            raise SourceNotFound("both are one person already: see 'rag people'")
        catalog.decide(self._label(person_id), self._label(other_id))
        catalog.tell_people_apart()

    def split_person(self, person_id: str, name: str) -> None:
        """Let a person's name be somebody else's from now on."""
        catalog = self.catalog
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
        catalog = self.catalog
        if decision_id not in {each.id for each in catalog.made_by_hand()}:
            raise SourceNotFound(f"no decision {decision_id}: see 'rag people --decisions'")
        catalog.take_back([decision_id])
        catalog.tell_people_apart()

    def _label(self, person_id: str) -> Label:
        """A label of a person, of one document where others are called so, too."""
        mentions = self.catalog.mentions(person_id=person_id)
        if not mentions:
            raise SourceNotFound(f"there is no person {person_id!r}: see 'rag people'")
        labels = [self._label_among(mention) for mention, _ in mentions]
        return min(labels, key=lambda label: (bool(label.source), label.name, label.source))

    def _label_among(self, mention: Mention) -> Label:
        """The label that means this mention, and no other person's."""
        general = label_of(mention)
        alike = {person for each, person in self.catalog.mentions() if label_of(each) == general}
        unnamed = kind_of(mention.name) == "unnamed"
        return label_of(mention, in_document=True) if len(alike) > 1 or unnamed else general

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
        own = self.catalog.layers(document_id)
        if own is not None and own.edits:
            return own.edits
        before = self.catalog.source(source)
        inherited = self.catalog.layers(before.document_id) if before is not None else None
        return inherited.edits if inherited is not None else {}

    def _layers(self, document_id: str) -> MetadataLayers:
        layers = self.catalog.layers(document_id)
        if layers is None:
            raise _unknown(document_id)
        return layers

    def _change(
        self, document_id: str, layers: MetadataLayers, *, sources: Sequence[Source] = ()
    ) -> None:
        """Let other metadata count for a document; write again only what depends on them."""
        old = self.catalog.document(document_id)
        if old is None:
            raise _unknown(document_id)
        new = replace(old, metadata=layers.effective())
        before = tuple(self.catalog.passages_of(document_id))
        after = before if _cut_alike(new.metadata, old.metadata) else self.cut(new)
        contexts = {passage.id: passage_context(old, passage) for passage in before}
        stale = [each for each in after if contexts.get(each.id) != passage_context(new, each)]
        revised = Publication(new, layers, after, sources=sources)
        if stale or len(after) != len(before):
            self._republish(revised, embed(self._embedding, [(new, each) for each in stale]))
        else:
            self.catalog.publish([revised])
            self._clear_up()


def _cut_alike(one: Metadata, other: Metadata) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _CUT_BY)


def _unknown(document_id: str) -> SourceNotFound:
    return SourceNotFound(f"no document {document_id!r} in the index: see 'rag list'")

"""Writing into the store in a database: each document in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rag.models.embedding import Vectors
from rag.schema import Document
from rag.store.catalog.changes import CatalogChanges
from rag.store.catalog.reading import Publication
from rag.store.document_writer import DocumentWriter, embed
from rag.store.postgres.rebuild import rebuild

if TYPE_CHECKING:
    from rag.store.postgres.store import PostgresStore


class PostgresWriter(DocumentWriter):
    """Changes a database; a :class:`rag.store.Writer`. Several may be at work at a time."""

    def __init__(self, store: PostgresStore) -> None:
        super().__init__(store.embedding, store.size)
        self._store = store

    @property
    def catalog(self) -> CatalogChanges:
        """The store itself."""
        return self._store

    def rebuild(self) -> Iterator[Document]:
        """Build a new generation with the present settings; then switch to it."""
        yield from rebuild(self._store)

    def embed_missing(self, publications: Iterable[Publication]) -> None:
        """Publish documents once more, with the words and vectors that they have lost."""
        for each in publications:
            known = self._store.vectors_of(each.document.id)
            missing = [(each.document, one) for one in each.passages if one.id not in known]
            self._republish(each, embed(self._embedding, missing))

    def _publish(
        self,
        publications: Sequence[Publication],
        vectors: Mapping[str, Vectors],
        originals: Mapping[str, bytes],
    ) -> None:
        self._store.publish_whole(publications, vectors, originals=originals)

    def _republish(self, publication: Publication, vectors: Mapping[str, Vectors]) -> None:
        known = self._store.vectors_of(publication.document.id)
        ids = {each.id for each in publication.passages}
        all_of_them = {each: row for each, row in {**known, **vectors}.items() if each in ids}
        self._store.publish_whole([publication], all_of_them)

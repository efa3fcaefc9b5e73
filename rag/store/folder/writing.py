"""Writing into the index in a folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rag.models.embedding import Vectors
from rag.schema import Document
from rag.store.catalog.reading import Publication
from rag.store.document_writer import DocumentWriter, first_of_copies
from rag.store.folder.catalog import Catalog
from rag.store.folder.rebuild import clear_up, rebuild
from rag.store.terms import lexical_entries

if TYPE_CHECKING:
    from rag.store.folder.index import Index


class FolderWriter(DocumentWriter):
    """Changes the index in a folder; a :class:`rag.store.Writer`.

    What is in doubt is noted in the catalog first, so that the next writer finishes or undoes it
    if this process is killed.
    """

    def __init__(self, index: Index) -> None:
        super().__init__(index.embedding, index.size)
        self._index = index

    @property
    def catalog(self) -> Catalog:
        """The catalog of the current generation."""
        return self._index.catalog

    def rebuild(self) -> Iterator[Document]:
        """Build a new generation with the present settings; then switch to it.

        Vectors are kept for passages that are cut as before, if they were made by the same model.
        """
        ours = self._index.built_with()

        def begin_anew(catalog: Catalog) -> None:
            catalog.forget_passages(with_vectors=catalog.settings() != ours)
            catalog.record_settings(ours)

        yield from rebuild(self._index, begin_anew, statements=True)

    def _publish(
        self,
        publications: Sequence[Publication],
        vectors: Mapping[str, Vectors],
        originals: Mapping[str, bytes],
    ) -> None:
        index = self._index
        document_ids = [each.document.id for each in publications]
        index.catalog.begin(document_ids)
        replaced = [each for each, visible in index.unfinished().items() if visible]
        kept = {each: index.originals.put(each, content) for each, content in originals.items()}
        self._write(publications, first_of_copies(vectors))
        index.catalog.publish(
            publications,
            vectors=vectors,
            originals=kept,
            finished=set(document_ids).difference(replaced),
        )
        clear_up(index, written=replaced)

    def _republish(self, publication: Publication, vectors: Mapping[str, Vectors]) -> None:
        index, document_id = self._index, publication.document.id
        index.catalog.begin([document_id])
        known = index.vectors_of(document_id)
        ids = {each.id for each in publication.passages}
        wanted = first_of_copies({k: v for k, v in {**known, **vectors}.items() if k in ids})
        # Chroma has what was first before; what was its copy may be the first now.
        for each in first_of_copies(known).keys() - vectors.keys():
            wanted.pop(each, None)
        self._write([publication], wanted)
        index.catalog.publish([publication], vectors=vectors)
        clear_up(index, written=[document_id])

    def _clear_up(self) -> None:
        clear_up(self._index)

    def _write(self, revised: Sequence[Publication], vectors: Mapping[str, Vectors]) -> None:
        """Write the vectors and lexical entries, which nobody sees before they are published."""
        self._index.vectors.put(vectors)
        self._index.lexical.replace(
            [each.document.id for each in revised],
            [entry for each in revised for entry in lexical_entries(each.document, each.passages)],
        )

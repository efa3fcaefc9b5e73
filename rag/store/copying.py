"""Copying a collection from one store into another, without embedding anything anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from rag.errors import IndexMismatch, IndexProblem
from rag.models.embedding import Vectors
from rag.schema import Document
from rag.store.catalog.reading import CatalogReader, Publication
from rag.store.document_writer import DocumentWriter
from rag.store.protocol import Store

# Documents that are written together.
_BATCH = 16


def copy_documents(source: Store, writer: DocumentWriter) -> Iterator[Document]:
    """Copy all documents with passages, vectors, corrections and originals into another store.

    Those that the other store has in the very same form are left as they are, so that an
    interrupted copy can be done again. What the other has besides stays. Decisions about who is
    who are copied last. Yields each document as it is done.

    Raises:
        IndexMismatch: the other store is built with another model, or other passages.
        IndexProblem: a store fails, or the source lacks vectors.
    """
    target = writer.catalog
    if not isinstance(source, CatalogReader):
        raise IndexProblem("only a folder or a database can be copied")
    if source.settings() != target.settings():
        raise IndexMismatch(
            "the two stores are built with different settings: give the other one the settings of "
            "this one, copy, then change them and run 'rag reindex'"
        )
    names = iter(source.names())
    while ids := list(islice(names, _BATCH)):
        publications = [each for each in map(source.publication, ids) if each is not None]
        new = [each for each in publications if target.publication(each.document.id) != each]
        if new:
            writer.take(new, _vectors(source, new), _originals(source, new))
            target.put_added({each.document.id: _added(source, each) for each in new})
        yield from (each.document for each in publications)
    target.put_decisions(source.decided())


def _vectors(source: CatalogReader, publications: Sequence[Publication]) -> dict[str, Vectors]:
    vectors = source.vectors_of(*(each.document.id for each in publications))
    for each in publications:
        if any(one.id not in vectors for one in each.passages):
            raise IndexProblem(
                f"{each.document.source} lacks vectors: run 'rag doctor --repair', then copy again"
            )
    return vectors


def _originals(source: Store, publications: Sequence[Publication]) -> dict[str, bytes]:
    found = ((each.document.id, source.original(each.document.id)) for each in publications)
    return {document_id: content for document_id, content in found if content is not None}


def _added(source: CatalogReader, publication: Publication) -> str | None:
    information = source.information(publication.document.id)
    return information.added if information is not None else None

"""Building a collection anew, beside the old one, which serves until the new one is whole."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from rag.attribution import with_statements
from rag.readers.passages import cut_passages
from rag.schema import Document
from rag.store.catalog.reading import Publication
from rag.store.document_writer import embed
from rag.store.postgres.catalog import PostgresCatalog
from rag.store.postgres.connection import one

if TYPE_CHECKING:
    from rag.store.postgres.store import PostgresStore

# Documents that are embedded and written together.
_BATCH = 8
# Operations of other processes that began on the old generation end within this time.
_GRACE_SECONDS = 1.0


def rebuild(store: PostgresStore) -> Iterator[Document]:
    """Cut, embed and index all documents anew with the settings of ``store``, then switch over.

    Vectors are kept for passages that are cut as before, if they were made by the same model. Who
    says what is found anew. Yields each document as it is done; if the iterator never comes to its
    end, the half-built tables are removed.

    Raises:
        IndexBusy: it is being built anew already.
    """
    from rag.store.postgres.store import next_number, point_to

    with _alone(store):
        old = PostgresCatalog(store.connections, store.schema, store.number)
        new = PostgresCatalog(
            store.connections, store.schema, next_number(store.connections, store.schema)
        )
        dimension = store.embedding.dimension
        new.make(dimension=dimension, indexes=False)
        try:
            ours = store.built_with()
            new.record_settings(ours)
            yield from _fill(store, old, new, keep_vectors=old.settings() == ours)
            new.put_decisions(old.decided())
            new.tell_people_apart()
            new.make_indexes(dimension=dimension)
        except BaseException:
            new.drop()
            raise
        point_to(store.connections, store.schema, new.number)
        store.accept_rebuilt()
        time.sleep(_GRACE_SECONDS)
        old.drop()


def _fill(
    store: PostgresStore, old: PostgresCatalog, new: PostgresCatalog, *, keep_vectors: bool
) -> Iterator[Document]:
    names = iter(old.names())
    while ids := list(islice(names, _BATCH)):
        batch = [_anew(store, each) for each in map(old.publication, ids) if each is not None]
        known = old.vectors_of(*ids) if keep_vectors else {}
        wanted = [(each.document, one) for each in batch for one in each.passages]
        vectors = {one.id: known[one.id] for _, one in wanted if one.id in known}
        vectors |= embed(store.embedding, [each for each in wanted if each[1].id not in known])
        new.publish_whole(batch, vectors)
        with new.transaction() as connection:
            connection.execute(
                "UPDATE documents SET added = old.added, original = old.original "  # noqa: S608
                f"FROM {old.tables}.documents AS old WHERE old.id = documents.id "
                f"AND {new.dialect.among('documents.id')}",
                (json.dumps(ids),),
            )
        yield from (each.document for each in batch)


def _anew(store: PostgresStore, publication: Publication) -> Publication:
    document = with_statements(publication.document)
    passages = cut_passages(document, count_tokens=store.embedding.count_tokens, size=store.size)
    return replace(publication, document=document, passages=tuple(passages))


@contextmanager
def _alone(store: PostgresStore) -> Iterator[None]:
    """Let nobody write, on a connection of its own, so that the lock ends with this process."""
    from rag.store.postgres.store import busy

    with store.connections.connection() as connection:
        lock = "SELECT pg_try_advisory_lock(hashtextextended(%s, 2)) AS got"
        if not one(connection, lock, [store.schema])["got"]:
            raise busy(store.connections.place)
        try:
            yield
        finally:
            connection.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 2))", [store.schema])

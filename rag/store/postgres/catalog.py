"""The tables of one generation: its catalog, and what passages are searched by."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from importlib import resources
from typing import Any

from pgvector import Vector

from rag import patience
from rag.models.embedding import Vectors
from rag.schema import Condition, owner
from rag.store.catalog.changes import CatalogChanges
from rag.store.catalog.dialect import Connection
from rag.store.catalog.reading import Publication
from rag.store.document_writer import first_of_copies
from rag.store.expression import parse_within
from rag.store.files import digest
from rag.store.postgres.bm25 import Bm25
from rag.store.postgres.connection import Connections, Rows, Transaction
from rag.store.postgres.dialect import PostgresDialect, in_postgres
from rag.store.postgres.search import IndexedWords, PassageSearch
from rag.store.protocol import Resolve, Scored
from rag.store.terms import analyse, lexical_entries

POSTGRES = PostgresDialect()


class PostgresCatalog(CatalogChanges):
    """One generation: queries, changes and searches in the tables of one schema.

    ``schema`` is that of the collection, ``number`` that of the generation.
    """

    dialect = POSTGRES

    def __init__(self, connections: Connections, schema: str, number: int) -> None:
        self.connections = connections
        self.schema = schema
        self.number = number

    @property
    def tables(self) -> str:
        """The quoted name of the schema that has the tables."""
        return f'"{self.schema}_{self.number}"'

    def make(self, *, dimension: int, indexes: bool) -> None:
        """Make the tables, for vectors of a dimension, and the ``indexes`` for searching."""
        with self.connections.connection() as connection, connection.transaction():
            connection.execute(f"CREATE SCHEMA {self.tables}".encode())
            connection.execute(self._script("generation.sql", dimension))
            if indexes:
                connection.execute(self._script("indexes.sql", dimension))

    def make_indexes(self, *, dimension: int) -> None:
        """Make the indexes for searching, where there is something to search already."""
        with self.connections.connection() as connection, connection.transaction():
            connection.execute(self._script("indexes.sql", dimension))
        with self.connections.connection() as connection:
            for table in ("documents", "passages", "vectors", "words"):
                connection.execute(f"ANALYZE {self.tables}.{table}".encode())

    def drop(self) -> None:
        """Remove all tables of this generation."""
        with self.connections.connection() as connection:
            connection.execute(f"DROP SCHEMA IF EXISTS {self.tables} CASCADE".encode())

    def _script(self, name: str, dimension: int) -> bytes:
        script = (resources.files("rag.store.postgres") / name).read_text("utf-8")
        filled = script.replace("{schema}", self.tables).replace("{dimension}", str(dimension))
        return filled.encode()

    # Reading.

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Rows]:
        """The rows that a query finds."""
        return self.connections.rows(in_postgres(sql, self.tables), parameters)

    def revision(self) -> Hashable:
        """A value that changes whenever this or another process has changed anything."""
        (row,) = self.rows(
            "SELECT min(number) AS first, max(number) AS last, count(*) AS total FROM changes"
        )
        return self.number, row["first"], row["last"], row["total"]

    def counts(self) -> tuple[int, int]:
        """Number of documents and number of passages."""
        counted: Any = self._remembered(super().counts, self.revision())
        documents, passages = counted
        return documents, passages

    @cached_property
    def _bm25(self) -> dict[int, dict[str, Bm25]]:
        return {}

    def search(self, document_ids: Collection[str] | None = None) -> PassageSearch:
        """All passages, or those of some documents, to be searched."""
        number = self.number
        if number not in self._bm25:
            schema = self.tables.strip('"')
            self._bm25[number] = {
                column: Bm25(self.connections, f"{schema}.words_{column}", self.revision)
                for column in ("terms", "foreign_terms")
            }
        scorers = self._bm25[number]
        if document_ids is None:
            return PassageSearch(self.connections, self.tables, scorers, lambda: self.counts()[1])
        ids = frozenset(document_ids)
        return PassageSearch(
            self.connections,
            self.tables,
            scorers,
            lambda: self._passages_of(ids),
            document_ids=ids,
            share=lambda: len(ids) / max(1, self.counts()[0]),
        )

    def within(self, document_ids: Collection[str]) -> PassageSearch:
        """The passages of some documents alone, to be searched."""
        return self.search(document_ids)

    def _passages_of(self, document_ids: Collection[str]) -> int:
        sizes = self.sizes()
        return sum(sizes.get(each, 0) for each in document_ids)

    def dense(self, query: Vectors, *, count: int) -> Scored:
        """Passages by cosine similarity to ``query`` (shape ``(dimension,)``)."""
        return self.search().dense(query, count=count)

    def words(self, query: str, *, count: int) -> Scored:
        """Passages by the words they share with ``query`` (BM25)."""
        return self.search().words(query, count=count)

    def matching(
        self, query: str, *, where: Sequence[Condition] = (), resolve: Resolve, count: int
    ) -> tuple[int, Scored]:
        """How many passages match a query of the query language, and the best (BM25) of them."""
        return self.search().matching(parse_within(query, where), resolve=resolve, count=count)

    def terms_like(self, term: str) -> list[str]:
        """Terms of the passages that differ by one or two letters, the nearest first."""
        return self.search().terms_like(term)

    def kept_original(self, document_id: str) -> bytes | None:
        """The copy that the database has of the file a document was read from."""
        sha256 = self.original_sha256(document_id)
        if sha256 is None:
            return None
        rows = self.connections.rows(
            f'SELECT content FROM "{self.schema}".originals WHERE document_id = %s',  # noqa: S608
            [document_id],
        )
        content = bytes(rows[0]["content"]) if rows else None
        return content if content is not None and digest(content) == sha256 else None

    # Writing.

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A transaction: committed at the end of the block, taken back after an error."""
        with self.connections.connection() as connection, connection.transaction():
            ours = Transaction(connection, partial(in_postgres, schema=self.tables))
            yield ours
            ours.execute("INSERT INTO changes DEFAULT VALUES")
        patience.progress()

    def publish_whole(
        self,
        publications: Sequence[Publication],
        vectors: Mapping[str, Vectors],
        *,
        originals: Mapping[str, bytes] | None = None,
    ) -> None:
        """Publish documents with all their vectors, words and originals, in one transaction."""
        known = {each: digest(content) for each, content in (originals or {}).items()}
        with self.publishing(publications, vectors=vectors, originals=known) as connection:
            for each, content in (originals or {}).items():
                connection.execute(
                    f'INSERT INTO "{self.schema}".originals (document_id, content) '  # noqa: S608
                    "VALUES (?, ?) ON CONFLICT (document_id) DO UPDATE SET content = "
                    "excluded.content",
                    (each, content),
                )
            self._put_words(connection, publications)

    def _put_words(self, connection: Connection, publications: Sequence[Publication]) -> None:
        """Let passages be found by their words; the vocabulary learns what it does not know."""
        entries = [
            entry
            for each in publications
            for entry in lexical_entries(each.document, each.passages)
        ]
        for each in publications:
            connection.execute("DELETE FROM words WHERE document_id = ?", (each.document.id,))
        indexed = map(IndexedWords.of, entries)
        connection.executemany(
            "INSERT INTO words (passage_id, document_id, terms, foreign_terms, positions) "
            "VALUES (?, ?, ?, ?, ?::tsvector)",
            [
                (each.passage_id, each.document_id, each.terms, each.foreign_terms, each.positions)
                for each in indexed
            ],
        )
        # In one order, so that two writers never wait for each other.
        terms = sorted(
            {term for each in entries for term in analyse(f"{each.context} {each.text}")}
        )
        connection.execute(
            "INSERT INTO vocabulary (term) SELECT term FROM unnest(?::text[]) WITH ORDINALITY "
            "AS new (term, place) ORDER BY place ON CONFLICT DO NOTHING",
            (terms,),
        )

    def _put_vectors(self, connection: Connection, vectors: Mapping[str, Vectors]) -> None:
        searched = first_of_copies(vectors)
        connection.executemany(
            "INSERT INTO vectors (passage_id, document_id, vector, is_copy) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (passage_id) DO UPDATE SET vector = excluded.vector, "
            "is_copy = excluded.is_copy",
            [
                (each, owner(each), Vector(vector), each not in searched)
                for each, vector in vectors.items()
            ],
        )

    def _gone(self, connection: Connection, document_ids: Sequence[str]) -> None:
        connection.execute(
            f'DELETE FROM "{self.schema}".originals WHERE document_id = ANY(?)',  # noqa: S608
            (list(document_ids),),
        )

"""The store in a PostgreSQL database: many processes on many machines read and write it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import psycopg

from rag.errors import IndexBusy, IndexMismatch, IndexMissing, IndexProblem
from rag.models.embedding import Embedding
from rag.readers.passages import PassageSize
from rag.store.catalog.dialect import Connection
from rag.store.catalog.statement_rows import tell_people_apart
from rag.store.files import content_at
from rag.store.postgres.canary import Canary
from rag.store.postgres.catalog import PostgresCatalog
from rag.store.postgres.connection import Connections, Place, Rows, Transaction, one
from rag.store.postgres.migrations import migrate
from rag.store.postgres.writing import PostgresWriter
from rag.store.protocol import Scored

# Changes when passages come to be cut, embedded or indexed in another way.
_FORMAT = "3"
# For so long another process's changes may go unnoticed.
_TOLERANCE_SECONDS = 1.0
# Of the rows that tell of changes so many are kept.
_KEPT_CHANGES = 1000

_T = TypeVar("_T")


class PostgresStore(PostgresCatalog):
    """A collection in a database; a :class:`rag.store.Store`.

    When another process has built it anew, the next operation is on the new generation. Several
    writers may be at work at a time; only while it is being built anew there is none.
    """

    def __init__(
        self,
        connections: Connections,
        *,
        embedding: Embedding,
        size: PassageSize,
        any_settings: bool = False,
    ) -> None:
        self.embedding = embedding
        self.size = size
        self._any_settings = any_settings
        self._lock = threading.Lock()
        self._revision: tuple[float, Hashable] | None = None
        super().__init__(connections, connections.place.schema, 0)
        self.canary = Canary(self)
        self.look_again()

    @classmethod
    def open(
        cls,
        url: str,
        *,
        embedding: Embedding,
        passage_tokens: int,
        create: bool = False,
        rebuild: bool = False,
    ) -> PostgresStore:
        """Open the collection at an address; see :meth:`Place.of`.

        With ``create`` one that is missing is made. With ``rebuild`` the recorded settings are not
        checked, because the caller is about to build everything anew.

        Raises:
            SettingsError: the address is none.
            IndexMissing: there is none, and it was not to be created.
            IndexMismatch: it was built with other settings, or by a newer version.
            IndexProblem: the database cannot be reached, or lacks an extension.
        """
        connections = Connections(Place.of(url))
        try:
            _prepare(connections, embedding, passage_tokens, create=create)
            return cls(
                connections,
                embedding=embedding,
                size=PassageSize(passage_tokens),
                any_settings=rebuild,
            )
        except BaseException:
            connections.close()
            raise

    def close(self) -> None:
        """Close all connections."""
        self.connections.close()

    def built_with(self) -> dict[str, str]:
        """The settings that what is built from now on depends on."""
        return settings_of(self.embedding, self.size.target)

    # Generations.

    def look_again(self) -> None:
        """See which generation counts now.

        Raises:
            IndexMismatch: it was built with other settings than ours.
        """
        number = current(self.connections, self.schema)
        if number is None:
            raise _missing(self.connections.place)
        if number == self.number:
            return
        opened = PostgresCatalog(self.connections, self.schema, number)
        recorded, ours = opened.settings(), self.built_with()
        for name, value in ours.items():
            if not self._any_settings and recorded.get(name) != value:
                raise IndexMismatch(
                    f"{self.connections.place.shown} was built with {name} {recorded.get(name)}, "
                    f"but the settings say {value}: change them back, or rebuild it with 'rag "
                    "reindex'"
                )
        self.number, self._revision = number, None

    def accept_rebuilt(self) -> None:
        """From now on the recorded settings must fit, because they are the present ones."""
        self._any_settings = False
        self.look_again()

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Rows]:
        """The rows that a query finds, in the generation that counts."""
        read = super().rows
        return self._as_it_is(lambda: read(sql, parameters))

    def words(self, query: str, *, count: int) -> Scored:
        """Passages by the words they share with ``query`` (BM25)."""
        search = super().words
        self.canary.watch()
        return self._as_it_is(lambda: search(query, count=count))

    def _as_it_is(self, read: Callable[[], _T]) -> _T:
        """What something reads; once more if another process has built the store anew meanwhile."""
        try:
            return read()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
            before = self.number
            self.look_again()
            if self.number == before:
                raise IndexProblem(
                    f"{self.connections.place.shown} has lost a table "
                    f"({error.diag.message_primary}): restore the database from a backup"
                ) from error
            return read()

    def revision(self) -> Hashable:
        """A value that changes whenever anybody has changed anything.

        What other processes change is noticed within a second.
        """
        known = self._revision
        if known is not None and time.monotonic() - known[0] < _TOLERANCE_SECONDS:
            return known[1]
        with suppress(IndexMismatch):  # an older generation goes on serving until it is gone
            self.look_again()
        found = super().revision()
        self._revision = time.monotonic(), found
        return found

    def original(self, document_id: str) -> bytes | None:
        """The bytes that a document was read from: the database's copy, or else the file."""
        kept = self.kept_original(document_id)
        if kept is not None:
            return kept
        origins = (Path(source.origin) for source in self.sources_of(document_id))
        found = (content_at(origin, document_id) for origin in origins)
        return next((each for each in found if each is not None), None)

    # Writing.

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A transaction in the generation that counts.

        Raises:
            IndexBusy: the store is being built anew.
        """
        with super().transaction() as ours:
            found = one(
                ours.raw,
                "SELECT pg_try_advisory_xact_lock_shared(hashtextextended(%s, 2)) AS got, "  # noqa: S608
                f'generation FROM "{self.schema}".current',
                [self.schema],
            )
            if not found["got"]:
                raise busy(self.connections.place)
            if found["generation"] != self.number:
                self.look_again()
                raise busy(self.connections.place)
            yield ours
        self._revision = None

    def _hold(
        self, connection: Connection, sources: Sequence[str], document_ids: Sequence[str]
    ) -> None:
        # Whoever else is about to change the same waits, in one order, so that nobody waits for
        # who waits.
        connection.execute(
            "SELECT pg_advisory_xact_lock(held) FROM (SELECT hashtextextended(name, 3) AS held "
            "FROM unnest(?::text[]) AS names (name) ORDER BY 1) AS ordered",
            ([*sources, *document_ids],),
        )

    @contextmanager
    def writing(self) -> Iterator[PostgresWriter]:
        """Write; others may at the same time. People are told apart at the end."""
        with self.writing_documents() as writer:
            try:
                yield writer
            finally:
                with suppress(IndexProblem):
                    self.tell_people_apart()

    @contextmanager
    def writing_documents(self) -> Iterator[PostgresWriter]:
        """As :meth:`writing`, but people are not told apart, which takes long where many speak."""
        self.look_again()
        yield PostgresWriter(self)

    def tell_people_apart(self) -> None:
        """Say anew who is one person, where speakers or decisions have changed."""
        waiting = self.rows(
            "SELECT 1 FROM stale UNION ALL (SELECT 1 FROM speakers WHERE person = '' LIMIT 1)"
        )
        if not waiting:
            return
        with self.transaction() as connection:
            connection.raw.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 4))", [self.schema]
            )
            tell_people_apart(connection, self.dialect)
            connection.execute(
                "DELETE FROM changes WHERE number < (SELECT max(number) FROM changes) - ?",
                (_KEPT_CHANGES,),
            )


def settings_of(embedding: Embedding, passage_tokens: int) -> dict[str, str]:
    """What a generation has to be built with to be searched with these."""
    return {
        "format": _FORMAT,
        "embedding model": embedding.model_name,
        "passage tokens": str(passage_tokens),
    }


def current(connections: Connections, schema: str) -> int | None:
    """The number of the generation that counts, or None if there is no collection."""
    try:
        rows = connections.rows(f'SELECT generation FROM "{schema}".current')  # noqa: S608
    except psycopg.errors.UndefinedTable:
        return None
    return int(rows[0]["generation"]) if rows else None


def busy(place: Place) -> IndexBusy:
    """The error for a store that is being built anew."""
    return IndexBusy(
        f"{place.shown} is being built anew: wait until that is done, then run the command again"
    )


def _missing(place: Place) -> IndexMissing:
    return IndexMissing(
        f"there is no collection in {place.shown}: build one with 'rag ingest PATH'"
    )


def _prepare(
    connections: Connections, embedding: Embedding, passage_tokens: int, *, create: bool
) -> None:
    """Make the collection, if it is missing and is to be made; else bring its tables up to date."""
    place = connections.place
    if current(connections, place.schema) is None:
        if not create:
            raise _missing(place)
        _make_extensions(connections)
    migrate(connections, place.schema)
    with connections.connection() as connection, connection.transaction():
        # Two processes that begin at the same time make one collection.
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 5))", [place.schema])
        if current(connections, place.schema) is not None:
            return
        number = next_number(connections, place.schema)
        made = PostgresCatalog(connections, place.schema, number)
        made.make(dimension=embedding.dimension, indexes=True)
        made.record_settings(settings_of(embedding, passage_tokens))
        point_to(connections, place.schema, number)


def next_number(connections: Connections, schema: str) -> int:
    """A number that no generation has had."""
    rows = connections.rows(f"SELECT nextval('\"{schema}\".generation_numbers') AS number")
    return int(rows[0]["number"])


def point_to(connections: Connections, schema: str, number: int) -> None:
    """Let a generation count from now on."""
    with connections.connection() as connection:
        connection.execute(
            f'INSERT INTO "{schema}".current (generation) VALUES (%s) '.encode()  # noqa: S608
            + b"ON CONFLICT (only_row) DO UPDATE SET generation = excluded.generation",
            [number],
        )


def _make_extensions(connections: Connections) -> None:
    """Make the extensions in the database, if they are not there.

    Raises:
        IndexProblem: the server has none, or we may not.
    """
    place = connections.place
    try:
        with connections.connection() as connection:
            for name in ("vector", "pg_textsearch"):
                connection.execute(f"CREATE EXTENSION IF NOT EXISTS {name}".encode())
    except IndexProblem as error:
        raise IndexProblem(
            f"{place.shown} needs the extensions vector (pgvector) and pg_textsearch "
            f"({error.__cause__}): let who keeps the database run CREATE EXTENSION vector; CREATE "
            "EXTENSION pg_textsearch; there (see docs/newsroom.md)"
        ) from error
    connections.refresh()

"""Connections to the database: where it is, a pool, rows and transactions."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from pgvector.psycopg import register_vector
from psycopg.errors import DiskFull, InsufficientPrivilege, QueryCanceled, ReadOnlySqlTransaction
from psycopg_pool import ConnectionPool, PoolTimeout

from rag import patience
from rag.errors import IndexBusy, IndexProblem, RagError, SettingsError

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_DEFAULT_NAME = "footnote"
_MOST_CONNECTIONS = 16
_CONNECT_SECONDS = 10.0
logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # what fails is raised here, in words
# How long a database that is being started anew is waited for.
_AGAIN_SECONDS = (0.1, 0.5, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a collection is: a database, and a schema there.

    ``shown`` is the address without password, for messages.
    """

    conninfo: str
    schema: str
    shown: str

    @classmethod
    def of(cls, url: str) -> Place:
        """The place that an address means: ``postgresql://USER@HOST/DATABASE#COLLECTION``.

        Raises:
            SettingsError: it is no address of a PostgreSQL database, or the name of the collection
                has other characters than small letters, digits and underscores.
        """
        parts = urlsplit(url)
        name = parts.fragment or _DEFAULT_NAME
        if parts.scheme not in ("postgresql", "postgres") or not _NAME.fullmatch(name):
            raise SettingsError(
                "RAG_STORE must be postgresql://USER@HOST/DATABASE, with #NAME after it for a "
                "collection of a name of its own (small letters, digits and underscores); leave it "
                "empty for a folder"
            )
        where = urlunsplit(parts._replace(fragment=""))
        user = parts.username or ""
        host = parts.netloc.rpartition("@")[2]
        shown = f"postgresql://{user}{'@' if user else ''}{host}{parts.path}#{name}"
        return cls(where, name, shown)


class Rows:
    """One row of a result: values by the name of the column or by its number."""

    __slots__ = ("_places", "_values")

    def __init__(self, values: Sequence[Any], places: dict[str, int]) -> None:
        self._values = values
        self._places = places

    def __getitem__(self, key: str | int) -> Any:  # noqa: ANN401 - whatever a column holds
        return self._values[key if isinstance(key, int) else self._places[key]]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def keys(self) -> Iterable[str]:
        """The names of the columns."""
        return self._places


def _rows(cursor: psycopg.Cursor[Any]) -> Any:  # noqa: ANN401 - a RowMaker
    places = {each.name: at for at, each in enumerate(cursor.description or ())}
    return lambda values: Rows(values, places)


def plain(parameters: Sequence[Any]) -> list[Any]:
    """Parameters as the database takes them: a text there cannot have the character NUL.

    Another one takes its place, so that the offsets of all others stay.
    """
    return [
        each.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(each, str) else each
        for each in parameters
    ]


class Connections:
    """A pool of connections to one database; safe to share between threads."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._pool: ConnectionPool[psycopg.Connection[Any]] = ConnectionPool(
            place.conninfo,
            min_size=1,
            max_size=_MOST_CONNECTIONS,
            timeout=_CONNECT_SECONDS,
            kwargs={"autocommit": True, "row_factory": _rows, "application_name": "footnote"},
            configure=self._configure,
            check=ConnectionPool.check_connection,
            open=False,
            name="footnote",
        )
        with self.translating_errors():
            # By itself first: the pool would try again and again, and not say why.
            psycopg.connect(place.conninfo, connect_timeout=int(_CONNECT_SECONDS)).close()
            self._pool.open(wait=True, timeout=_CONNECT_SECONDS)

    def _configure(self, connection: psycopg.Connection[Any]) -> None:
        # The extension may be made by the first connection.
        if one(connection, "SELECT to_regtype('vector') IS NOT NULL AS found")["found"]:
            register_vector(connection)

    def refresh(self) -> None:
        """Make new connections, which know of types that have come since."""
        self._pool.drain()

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection of the pool, each statement of which is a transaction."""
        with self.translating_errors(), self._pool.connection() as connection:
            yield connection

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Rows]:
        """The rows that one statement finds, which only reads: it is asked again if need be."""
        for pause in (*_AGAIN_SECONDS, None):
            try:
                with self._pool.connection() as connection:
                    found: list[Rows] = connection.execute(sql, plain(parameters)).fetchall()
                patience.progress()
                return found
            except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
                if pause is None or isinstance(error, QueryCanceled):
                    raise self._problem(error) from error
                time.sleep(pause)
            except psycopg.errors.UndefinedTable:
                raise  # another process has built the store anew: see PostgresStore.rows
            except psycopg.Error as error:
                raise self._problem(error) from error
        raise AssertionError

    @contextmanager
    def translating_errors(self) -> Iterator[None]:
        """Turn errors of the database into an :class:`IndexProblem`; our own errors pass."""
        try:
            yield
        except RagError:
            raise
        except (psycopg.Error, PoolTimeout) as error:
            raise self._problem(error) from error

    def _problem(self, error: Exception) -> IndexProblem:
        where = self.place.shown
        said = first_line(error)
        if isinstance(error, DiskFull):
            return IndexProblem(f"the disk of {where} is full: free space there, then try again")
        if isinstance(error, psycopg.errors.LockNotAvailable):
            return IndexBusy(
                f"{where} is being built anew: wait until that is done, then run the command again"
            )
        if isinstance(error, InsufficientPrivilege | ReadOnlySqlTransaction):
            return IndexProblem(
                f"{where} does not let us do this ({said}): ask who keeps the database for the "
                "right to it (see docs/newsroom.md)"
            )
        if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError | PoolTimeout):
            return IndexProblem(
                f"{where} cannot be reached ({said}): start the database, or correct RAG_STORE; "
                "nothing is lost, then try again"
            )
        return IndexProblem(f"{where} cannot be used ({said}): run 'rag doctor'")


class Transaction:
    """A connection in the middle of a transaction, which takes SQL of the catalog.

    Fulfils :class:`rag.store.catalog.dialect.Connection`.
    """

    def __init__(self, connection: psycopg.Connection[Any], translate: Any) -> None:  # noqa: ANN401
        self.raw = connection
        self._translate = translate

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> psycopg.Cursor[Any]:
        """Run one statement."""
        return self.raw.execute(self._translate(sql), plain(parameters))

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> None:
        """Run one statement for each of the parameters."""
        with self.raw.cursor() as cursor:
            cursor.executemany(self._translate(sql), [plain(each) for each in parameters])


def one(connection: psycopg.Connection[Any], sql: str, parameters: Sequence[Any] = ()) -> Rows:
    """The one row that a statement finds."""
    row: Rows | None = connection.execute(sql.encode(), parameters).fetchone()
    if row is None:
        raise LookupError(sql)
    return row


def first_line(error: Exception) -> str:
    """What an error says, on one line of at most 200 characters."""
    return " ".join(str(error).split())[:200] or type(error).__name__

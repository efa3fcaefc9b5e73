"""The SQLite file of the catalog: its tables, how it is opened, and its transactions."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

from rag import patience
from rag.errors import IndexMismatch
from rag.language.places import country_key
from rag.schema import YEARS_OF_ROWS, Condition, Metadata
from rag.store.catalog.columns import fold
from rag.store.folder.storage_errors import translating_errors

VERSION = 4
"""Version of the tables in ``schema.sql`` and ``statements.sql``, as ``PRAGMA user_version``."""
_EXTENDED = {0: ("schema.sql", "statements.sql"), 3: ("statements.sql",)}
"""What an earlier version lacks. 3 had no index of statements: 'rag reindex' fills it."""

_BUSY_SECONDS = 30.0


class CatalogFile:
    """An open catalog; safe to share between threads."""

    def __init__(self, path: Path, *, root: Path) -> None:
        """Open the file, or make it. ``root`` is the folder of the index, for messages.

        Raises:
            IndexProblem: it is no catalog, is damaged, or cannot be written.
            IndexMismatch: another version of the program made it.
        """
        self.path = path
        self.root = root
        self._lock = threading.RLock()
        with translating_errors(root, "the catalog"):
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, check_same_thread=False, isolation_level=None
            )
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self) -> None:
        connection = self._connection
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        # Readers go on while a writer writes; FULL, because with NORMAL a power cut may take back
        # the last commits although Chroma and Tantivy have acted on them. There are few commits,
        # and embedding takes a hundred times as long as one.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        # A catalog may come out of a backup that somebody sent.
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.create_function("fold", 1, fold, deterministic=True)
        connection.create_function("country", 1, _country, deterministic=True)
        connection.create_function("of_rows", 3, _of_rows, deterministic=True)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version in _EXTENDED:
            with self.transaction():
                # Another process may have been faster.
                version = connection.execute("PRAGMA user_version").fetchone()[0]
                for name in _EXTENDED.get(version, ()):
                    schema = resources.files("rag.store.folder") / name
                    for statement in schema.read_text("utf-8").split(";\n"):
                        connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {VERSION}")
        elif version != VERSION:
            raise IndexMismatch(
                f"the index in {self.root}/ was made by another version of Footnote (its tables "
                f"have version {version}, not {VERSION}): remove the folder and build it anew with "
                f"'rag ingest PATH --index {self.root}'"
            )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A transaction: committed at the end of the block, taken back after an error."""
        with self._lock, translating_errors(self.root, "the catalog"):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
                patience.progress()
            except BaseException:
                # A full disk may have taken the transaction back already.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[sqlite3.Row]:
        """The rows that a query finds."""
        with self._lock, translating_errors(self.root, "the catalog"):
            found = self._connection.execute(sql, parameters).fetchall()
        patience.progress()
        return found

    def revision(self) -> tuple[int, int]:
        """A value that changes whenever this or another process has changed the catalog."""
        (row,) = self.rows("PRAGMA data_version")
        return row[0], self._connection.total_changes

    def checkpoint(self) -> None:
        """Write the log into the file, so that a copy of the file alone is whole."""
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy to ``path``, while others read and write."""
        with self._lock, translating_errors(self.root, "the catalog"):
            target = sqlite3.connect(path)
            try:
                self._connection.backup(target)
                target.execute("PRAGMA journal_mode = DELETE")
            finally:
                target.close()


# Functions of the SQL of filters.


def _of_rows(extra: str, operator: Any, year: int) -> bool:  # noqa: ANN401 - one of six texts
    """Whether a row of a document without a date is of such a year."""
    if f'"{YEARS_OF_ROWS}"' not in extra:
        return False
    condition = Condition("year", operator, str(year))
    return any(map(condition.holds_for, Metadata(extra=json.loads(extra)).years))


def _country(value: object) -> str | None:
    """A country for comparison by any of its names."""
    return None if value is None else country_key(str(value))

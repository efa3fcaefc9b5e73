"""Is what is there found? The index of words may be silently empty after the server has crashed.

pg_textsearch before 1.3 does not write its index into the write-ahead log. Then searches by words
find nothing, and nothing says so: until it is built again, answers come from vectors alone.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from rag.errors import IndexProblem
from rag.store.postgres.connection import one
from rag.store.postgres.search import PassageSearch

if TYPE_CHECKING:
    from rag.store.postgres.store import PostgresStore

log = logging.getLogger(__name__)
_LOOKED_AT = 3  # passages
_SECONDS = 1.0  # at most so often the server is asked when it began


class Canary:
    """Looks for passages that are known to be there, whenever the server has been started."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._looked = 0.0
        self._seen: tuple[object, int] | None = None

    def watch(self) -> None:
        """Look if the server was started since the last time, and build again what finds nothing.

        One process does, the others go on with what they find.
        """
        if time.monotonic() - self._looked < _SECONDS:
            return
        self._looked = time.monotonic()
        connections = self._store.connections
        (row,) = connections.rows("SELECT pg_postmaster_start_time()::text AS began")
        now = (row["began"], self._store.number)
        if now == self._seen or not self._lock.acquire(blocking=False):
            return
        try:
            if self.lost():
                self.mend()
            self._seen = now
        except IndexProblem:
            log.warning("the index of words could not be looked at", exc_info=True)
        finally:
            self._lock.release()

    def lost(self) -> list[str]:
        """Which of the indexes do not find what is there: words, vectors, or none."""
        store, found = self._store, []
        search = PassageSearch(store.connections, store.tables, {}, lambda: 10**9)
        sample = store.rows(
            "SELECT w.passage_id, w.terms, v.vector FROM words w JOIN vectors v "
            "ON v.passage_id = w.passage_id WHERE w.terms <> '' AND NOT v.is_copy "
            "ORDER BY w.passage_id LIMIT ?",
            [_LOOKED_AT],
        )
        for row in sample:
            if not search.has_terms(row["terms"].split()[:20]):
                found.append("words")
            if not search.dense(store.dialect.decode_vector(row["vector"]), count=1):
                found.append("vectors")
        return sorted(set(found))

    def mend(self) -> bool:
        """Build the indexes again; False if another process is at it."""
        store = self._store
        with store.connections.connection() as connection:
            lock = "SELECT pg_try_advisory_lock(hashtextextended(%s, 6)) AS got"
            if not one(connection, lock, [store.schema])["got"]:
                return False
            try:
                log.warning("an index finds nothing of what is there: it is built again")
                for name in ("words_terms", "words_foreign_terms", "vectors_nearest"):
                    connection.execute(f"REINDEX INDEX {store.tables}.{name}".encode())
            finally:
                connection.execute(
                    "SELECT pg_advisory_unlock(hashtextextended(%s, 6))", [store.schema]
                )
        return True

"""The catalog: documents, passages and what is being written, in SQLite. The truth of the index."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import IndexProblem
from rag.schema import (
    Condition,
    Document,
    DocumentInfo,
    Heading,
    Metadata,
    Page,
    Passage,
    Turn,
)
from rag.storage.filters import METADATA, fold, where_clause

__all__ = ["Catalog", "Source"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
    id TEXT PRIMARY KEY, media_type TEXT NOT NULL, text TEXT NOT NULL, characters INTEGER NOT NULL,
    title TEXT, publisher TEXT, date TEXT, country TEXT, author TEXT, speaker TEXT, language TEXT,
    extra TEXT NOT NULL, pages TEXT NOT NULL, headings TEXT NOT NULL, turns TEXT NOT NULL,
    warnings TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS sources (
    source TEXT PRIMARY KEY, origin TEXT NOT NULL, fingerprint TEXT NOT NULL,
    document_id TEXT NOT NULL REFERENCES documents (id)
);
CREATE INDEX IF NOT EXISTS sources_by_document ON sources (document_id);
CREATE TABLE IF NOT EXISTS passages (
    id TEXT PRIMARY KEY, document_id TEXT NOT NULL REFERENCES documents (id),
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, section TEXT, speaker TEXT,
    page_start INTEGER, page_end INTEGER, sentences TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS passages_by_document ON passages (document_id, start);
-- Documents whose vectors and lexical entries may be half-written or half-removed.
CREATE TABLE IF NOT EXISTS unfinished (document_id TEXT PRIMARY KEY);
"""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a document came from.

    ``source`` is what users see and filter by, ``origin`` the absolute path of the file, and
    ``fingerprint`` changes whenever the file or its metadata do.
    """

    source: str
    origin: str
    fingerprint: str
    document_id: str


class Catalog:
    """One SQLite file; safe to share between threads.

    What is in ``documents`` is visible; a document is published in one transaction. Before its
    vectors or lexical entries are touched, its id is noted in ``unfinished``, so that a process
    that dies in between leaves a trace that the next writer clears up.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, or make it.

        Raises:
            IndexProblem: it is no catalog, or cannot be written.
        """
        self._lock = threading.RLock()
        try:
            self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.create_function("fold", 1, fold, deterministic=True)
            self._connection.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            raise IndexProblem(
                f"{path} cannot be used as a catalog ({error}): check the folder's permissions, or "
                "remove the index and ingest again"
            ) from error

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _rows(self, sql: str, parameters: Sequence[object] = ()) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    # Settings that the index was built with.

    def settings(self) -> dict[str, str]:
        """Name and value of every recorded setting."""
        return {row["name"]: row["value"] for row in self._rows("SELECT * FROM settings")}

    def record_settings(self, settings: Mapping[str, str]) -> None:
        """Record settings, replacing those of the same name."""
        with self._transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO settings VALUES (?, ?)", list(settings.items())
            )

    # Reading.

    def sources(self) -> dict[str, Source]:
        """All sources, by name."""
        rows = self._rows("SELECT source, origin, fingerprint, document_id FROM sources")
        return {row["source"]: Source(**row) for row in rows}

    def source_of(self, document_id: str) -> str | None:
        """The first source that leads to a document, or None if none does."""
        sql = "SELECT min(source) AS source FROM sources WHERE document_id = ?"
        source: str | None = self._rows(sql, (document_id,))[0]["source"]
        return source

    def document(self, document_id: str) -> Document | None:
        """The document, or None if there is none of that id."""
        rows = self._rows(
            "SELECT d.*, min(s.source) AS source FROM documents d JOIN sources s "
            "ON s.document_id = d.id WHERE d.id = ? GROUP BY d.id",
            (document_id,),
        )
        return _document(rows[0]) if rows else None

    def documents(self, where: Sequence[Condition] = ()) -> tuple[DocumentInfo, ...]:
        """All documents that meet every condition, ordered by source."""
        condition, parameters = where_clause(where)
        rows = self._rows(
            f"SELECT d.id, d.media_type, d.characters, d.extra, d.pages, d.warnings, "  # noqa: S608 - the condition is built from placeholders
            f"{', '.join(f'd.{name}' for name in METADATA)}, min(s.source) AS source, "
            f"(SELECT count(*) FROM passages p WHERE p.document_id = d.id) AS passages "
            f"FROM documents d JOIN sources s ON s.document_id = d.id {condition} "
            f"GROUP BY d.id ORDER BY min(s.source)",
            parameters,
        )
        return tuple(_information(row) for row in rows)

    def document_ids(self, where: Sequence[Condition] = ()) -> list[str]:
        """The ids of all documents that meet every condition."""
        condition, parameters = where_clause(where)
        rows = self._rows(
            f"SELECT DISTINCT d.id FROM documents d JOIN sources s ON s.document_id = d.id "  # noqa: S608
            f"{condition} ORDER BY d.id",
            parameters,
        )
        return [row["id"] for row in rows]

    def passages(self, passage_ids: Collection[str]) -> dict[str, tuple[Passage, str, Metadata]]:
        """Passages with source and metadata of their documents, by passage id.

        Ids that are not (or no longer) in the catalog are left out.
        """
        rows = self._rows(
            'SELECT p.*, substr(d.text, p.start + 1, p."end" - p.start) AS text, d.extra, '  # noqa: S608
            f"{', '.join(f'd.{name} AS document_{name}' for name in METADATA)}, "
            "(SELECT min(source) FROM sources s WHERE s.document_id = d.id) AS source "
            "FROM passages p JOIN documents d ON d.id = p.document_id "
            "WHERE p.id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(passage_ids)),),
        )
        return {
            row["id"]: (_passage(row), row["source"], _metadata(row, "document_")) for row in rows
        }

    def passages_of(self, document_id: str) -> list[Passage]:
        """All passages of a document, in order."""
        rows = self._rows(
            'SELECT p.*, substr(d.text, p.start + 1, p."end" - p.start) AS text FROM passages p '
            "JOIN documents d ON d.id = p.document_id WHERE d.id = ? ORDER BY p.start",
            (document_id,),
        )
        return [_passage(row) for row in rows]

    def counts(self) -> tuple[int, int]:
        """Number of documents and number of passages."""
        row = self._rows(
            "SELECT (SELECT count(*) FROM documents) AS documents, "
            "(SELECT count(*) FROM passages) AS passages"
        )[0]
        return row["documents"], row["passages"]

    # Writing.

    def begin(self, document_ids: Iterable[str]) -> None:
        """Note that the vectors and lexical entries of these documents are about to change."""
        with self._transaction() as connection:
            _note_unfinished(connection, document_ids)

    def publish(self, entries: Sequence[tuple[Document, Sequence[Passage], Source]]) -> None:
        """Make documents visible, with their passages and sources, all in one transaction.

        A document that a source no longer leads to is taken out and noted as unfinished.
        """
        with self._transaction() as connection:
            for document, passages, source in entries:
                _put_document(connection, document, passages)
                _put_source(connection, source)
            _remove_orphans(connection)
            _clear_unfinished(connection, [document.id for document, _, _ in entries])

    def put_sources(self, sources: Iterable[Source]) -> None:
        """Let sources lead to documents that are already there."""
        with self._transaction() as connection:
            for source in sources:
                _put_source(connection, source)
            _remove_orphans(connection)

    def remove_sources(self, sources: Iterable[str]) -> None:
        """Forget sources, and the documents that no other source leads to."""
        with self._transaction() as connection:
            connection.executemany(
                "DELETE FROM sources WHERE source = ?", [(source,) for source in sources]
            )
            _remove_orphans(connection)

    def unfinished(self) -> dict[str, bool]:
        """Ids noted as unfinished, and whether each is a visible document."""
        rows = self._rows(
            "SELECT u.document_id, d.id IS NOT NULL AS visible FROM unfinished u "
            "LEFT JOIN documents d ON d.id = u.document_id"
        )
        return {row["document_id"]: bool(row["visible"]) for row in rows}

    def finish(self, document_ids: Iterable[str]) -> None:
        """Strike documents off the list of unfinished ones."""
        with self._transaction() as connection:
            _clear_unfinished(connection, document_ids)


def _note_unfinished(connection: sqlite3.Connection, document_ids: Iterable[str]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO unfinished VALUES (?)", [(each,) for each in document_ids]
    )


def _clear_unfinished(connection: sqlite3.Connection, document_ids: Iterable[str]) -> None:
    connection.executemany(
        "DELETE FROM unfinished WHERE document_id = ?", [(each,) for each in document_ids]
    )


def _put_document(
    connection: sqlite3.Connection, document: Document, passages: Sequence[Passage]
) -> None:
    connection.execute("DELETE FROM passages WHERE document_id = ?", (document.id,))
    columns = {
        "id": document.id,
        "media_type": document.media_type,
        "text": document.text,
        "characters": len(document.text),
        **{name: getattr(document.metadata, name) for name in METADATA},
        "extra": json.dumps(dict(document.metadata.extra), ensure_ascii=False),
        "pages": json.dumps([dataclasses.astuple(page) for page in document.pages]),
        "headings": json.dumps([dataclasses.astuple(heading) for heading in document.headings]),
        "turns": json.dumps([dataclasses.astuple(turn) for turn in document.turns]),
        "warnings": json.dumps(document.warnings),
    }
    updates = ", ".join(f"{name} = excluded.{name}" for name in columns)
    connection.execute(
        f"INSERT INTO documents ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))}) "  # noqa: S608 - column names are ours
        f"ON CONFLICT (id) DO UPDATE SET {updates}",
        list(columns.values()),
    )
    connection.executemany(
        "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                passage.id,
                passage.document_id,
                passage.start,
                passage.end,
                passage.section,
                passage.speaker,
                passage.page_start,
                passage.page_end,
                json.dumps(passage.sentences),
            )
            for passage in passages
        ],
    )


def _put_source(connection: sqlite3.Connection, source: Source) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO sources (source, origin, fingerprint, document_id) "
        "VALUES (?, ?, ?, ?)",
        (source.source, source.origin, source.fingerprint, source.document_id),
    )


def _remove_orphans(connection: sqlite3.Connection) -> None:
    rows = connection.execute(
        "SELECT id FROM documents WHERE id NOT IN (SELECT document_id FROM sources)"
    ).fetchall()
    orphans = [row["id"] for row in rows]
    _note_unfinished(connection, orphans)
    for table, column in (("passages", "document_id"), ("documents", "id")):
        connection.executemany(
            f"DELETE FROM {table} WHERE {column} = ?",  # noqa: S608 - both are ours
            [(each,) for each in orphans],
        )


def _metadata(row: sqlite3.Row, prefix: str = "") -> Metadata:
    return Metadata(
        **{name: row[prefix + name] for name in METADATA}, extra=json.loads(row["extra"])
    )


def _records(kind: type[Any], encoded: str) -> tuple[Any, ...]:
    return tuple(kind(*values) for values in json.loads(encoded))


def _document(row: sqlite3.Row) -> Document:
    return Document(
        id=row["id"],
        source=row["source"],
        text=row["text"],
        metadata=_metadata(row),
        media_type=row["media_type"],
        pages=_records(Page, row["pages"]),
        headings=_records(Heading, row["headings"]),
        turns=_records(Turn, row["turns"]),
        warnings=tuple(json.loads(row["warnings"])),
    )


def _information(row: sqlite3.Row) -> DocumentInfo:
    return DocumentInfo(
        id=row["id"],
        source=row["source"],
        metadata=_metadata(row),
        media_type=row["media_type"],
        pages=len(json.loads(row["pages"])) or None,
        passages=row["passages"],
        characters=row["characters"],
        warnings=tuple(json.loads(row["warnings"])),
    )


def _passage(row: sqlite3.Row) -> Passage:
    return Passage(
        id=row["id"],
        document_id=row["document_id"],
        start=row["start"],
        end=row["end"],
        text=row["text"],
        section=row["section"],
        speaker=row["speaker"],
        page_start=row["page_start"],
        page_end=row["page_end"],
        sentences=tuple((start, end) for start, end in json.loads(row["sentences"])),
    )

"""Changes of a catalog, each of them one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rag.attribution.identity import Label
from rag.models.embedding import Vectors
from rag.schema import Document, Passage, owner
from rag.store.folder.catalog.columns import (
    document_columns,
    encode_structure,
    fold,
    haystack,
    passage_columns,
)
from rag.store.folder.catalog.file import CatalogFile
from rag.store.folder.catalog.reading import CatalogReader
from rag.store.folder.catalog.statement_rows import put_statements, tell_people_apart
from rag.store.metadata_overrides import MetadataLayers, encode_metadata
from rag.store.protocol import Source
from rag.store.statements import MadeByHand

# Columns that keep their value when a document is published again.
_KEPT = {"added", "original"}


@dataclass(frozen=True, slots=True)
class Publication:
    """A document as it is to be from now on, with all its passages.

    ``document`` carries the metadata that count, ``layers`` says where they come from.
    """

    document: Document
    layers: MetadataLayers
    passages: Sequence[Passage]
    sources: Sequence[Source] = ()


class Catalog(CatalogFile, CatalogReader):
    """One catalog: its queries, and the changes that can be made to it.

    What is in ``documents`` is visible; a document is published in one transaction. Before its
    vectors or lexical entries are touched, its id is noted in ``unfinished``, so that a process
    that dies in between leaves a trace that the next writer clears up.
    """

    def record_settings(self, settings: Mapping[str, str]) -> None:
        """Record settings, replacing those of the same name."""
        with self.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO settings VALUES (?, ?)", list(settings.items())
            )

    def begin(self, document_ids: Iterable[str]) -> None:
        """Note that the vectors and lexical entries of these documents are about to change."""
        with self.transaction() as connection:
            _execute_each(connection, "INSERT OR IGNORE INTO unfinished VALUES (?)", document_ids)

    def publish(
        self,
        publications: Sequence[Publication],
        *,
        vectors: Mapping[str, Vectors] | None = None,
        originals: Mapping[str, str] | None = None,
        finished: Collection[str] = (),
    ) -> None:
        """Make documents visible as they are to be, with passages and sources, all or nothing.

        ``vectors`` are those that are new, by passage id; ``originals`` the SHA-256 of the bytes
        that are kept, by document id. A document that a source no longer leads to is taken out and
        noted as unfinished; the notes of those that are ``finished`` are struck off.
        """
        sources = [source.source for each in publications for source in each.sources]
        with self._leading(sources, to=[each.document.id for each in publications]) as connection:
            for each in publications:
                _put_document(connection, each, (originals or {}).get(each.document.id))
                _put_passages(connection, each.document.id, each.passages)
                _put_sources(connection, each.sources)
            _put_vectors(connection, vectors or {})
            _execute_each(connection, "DELETE FROM unfinished WHERE document_id = ?", finished)

    def put_passages(
        self, passages: Mapping[str, Sequence[Passage]], vectors: Mapping[str, Vectors]
    ) -> None:
        """Let documents, by id, have these passages, with new ``vectors`` for some of them."""
        with self.transaction() as connection:
            for document_id, own in passages.items():
                _put_passages(connection, document_id, own)
            _put_vectors(connection, vectors)

    def forget_passages(self, *, with_vectors: bool = True) -> None:
        """Remove the passages of all documents, and mostly the vectors."""
        with self.transaction() as connection:
            if with_vectors:
                connection.execute("DELETE FROM vectors")
            connection.execute("DELETE FROM passages")

    def put_sources(self, sources: Sequence[Source]) -> None:
        """Let sources lead to documents that are already there."""
        names = [source.source for source in sources]
        with self._leading(names, to=[source.document_id for source in sources]) as connection:
            _put_sources(connection, sources)

    def remove_sources(self, sources: Sequence[str]) -> None:
        """Forget sources, and the documents that no other source leads to."""
        with self._leading(sources) as connection:
            _execute_each(connection, "DELETE FROM sources WHERE source = ?", sources)

    def refresh_all(self) -> None:
        """Take out documents without source; compute what lists and sorting read anew."""
        with self._leading((), to=list(self.names())):
            pass

    @contextmanager
    def _leading(
        self, sources: Sequence[str], *, to: Sequence[str] = ()
    ) -> Iterator[sqlite3.Connection]:
        """Change which documents, and ``to`` which others, some sources lead.

        Documents that no source leads to are taken out then, and noted as unfinished.
        """
        with self.transaction() as connection:
            before = connection.execute(
                "SELECT document_id FROM sources WHERE source IN (SELECT value FROM json_each(?))",
                (json.dumps(list(sources)),),
            ).fetchall()
            yield connection
            rows = connection.execute(
                "SELECT id FROM documents WHERE id NOT IN (SELECT document_id FROM sources)"
            ).fetchall()
            orphans = [row["id"] for row in rows]
            _execute_each(connection, "INSERT OR IGNORE INTO unfinished VALUES (?)", orphans)
            _execute_each(connection, "DELETE FROM documents WHERE id = ?", orphans)
            if orphans:
                connection.execute("INSERT OR IGNORE INTO stale VALUES ('people')")
            _refresh(connection, {*to, *(row["document_id"] for row in before)})

    # Statements and people.

    def put_statements(self, document: Document) -> None:
        """Let a document have the statements that it brings, and nothing else of it change."""
        with self.transaction() as connection:
            connection.execute(
                "UPDATE texts SET structure = ? WHERE document_id = ?",
                (encode_structure(document), document.id),
            )
            put_statements(connection, document)

    def tell_people_apart(self) -> None:
        """Say anew who is one person, where speakers or decisions have changed."""
        if self.rows("SELECT 1 FROM stale"):
            with self.transaction() as connection:
                tell_people_apart(connection)

    def decide(self, one: Label, other: Label | None) -> None:
        """Record that two labels are one person, or that one stands apart from all others."""
        with self.transaction() as connection:
            connection.execute(
                "INSERT INTO decisions (one, other, made) VALUES (?, ?, ?)",
                (str(one), str(other) if other else None, _now()),
            )
            connection.execute("INSERT OR IGNORE INTO stale VALUES ('people')")

    def decided(self) -> list[tuple[MadeByHand, tuple[Label, Label | None]]]:
        """What was decided by hand, with the labels."""
        rows = self.rows("SELECT one, other FROM decisions ORDER BY id")
        labels = [
            (Label.of(row["one"]), Label.of(row["other"]) if row["other"] else None) for row in rows
        ]
        return list(zip(self.made_by_hand(), labels, strict=True))

    def take_back(self, decision_ids: Iterable[int]) -> None:
        """Forget decisions about who is who."""
        with self.transaction() as connection:
            _execute_each(connection, "DELETE FROM decisions WHERE id = ?", decision_ids)
            connection.execute("INSERT OR IGNORE INTO stale VALUES ('people')")

    def forget_original(self, document_id: str) -> None:
        """Note that the index keeps no original of this document any more."""
        self.rows("UPDATE documents SET original = NULL WHERE id = ?", (document_id,))

    def finish(self, document_ids: Iterable[str]) -> None:
        """Strike documents off the list of unfinished ones."""
        with self.transaction() as connection:
            _execute_each(connection, "DELETE FROM unfinished WHERE document_id = ?", document_ids)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _execute_each(connection: sqlite3.Connection, sql: str, values: Iterable[object]) -> None:
    connection.executemany(sql, [(value,) for value in values])


def _put_document(
    connection: sqlite3.Connection, publication: Publication, original: str | None
) -> None:
    layers = publication.layers
    columns: dict[str, Any] = {
        **document_columns(publication.document),
        "found": encode_metadata(layers.found),
        "given": encode_metadata(layers.given),
        "edits": json.dumps(dict(layers.edits), ensure_ascii=False),
        "added": _now(),
        "original": original,
        "passages": len(publication.passages),
        # Put right by _refresh.
        "title_key": "",
        "haystack": "",
    }
    kept = "".join(f", {name} = coalesce(documents.{name}, excluded.{name})" for name in _KEPT)
    updates = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in _KEPT)
    connection.execute(
        f"INSERT INTO documents ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))}) "  # noqa: S608 - column names are ours
        f"ON CONFLICT (id) DO UPDATE SET {updates}{kept}",
        list(columns.values()),
    )
    document = publication.document
    connection.execute(
        "INSERT OR REPLACE INTO texts (document_id, text, structure) VALUES (?, ?, ?)",
        (document.id, document.text, encode_structure(document)),
    )
    put_statements(connection, document)


def _put_passages(
    connection: sqlite3.Connection, document_id: str, passages: Sequence[Passage]
) -> None:
    connection.execute("DELETE FROM passages WHERE document_id = ?", (document_id,))
    connection.executemany(
        "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [passage_columns(passage) for passage in passages],
    )
    connection.execute(
        "DELETE FROM vectors WHERE document_id = ?1 AND passage_id NOT IN "
        "(SELECT id FROM passages WHERE document_id = ?1)",
        (document_id,),
    )
    connection.execute(
        "UPDATE documents SET passages = ? WHERE id = ?", (len(passages), document_id)
    )


def _put_vectors(connection: sqlite3.Connection, vectors: Mapping[str, Vectors]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
        [(each, owner(each), vector.astype("<f4").tobytes()) for each, vector in vectors.items()],
    )


def _put_sources(connection: sqlite3.Connection, sources: Sequence[Source]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO sources (source, origin, fingerprint, document_id) "
        "VALUES (?, ?, ?, ?)",
        [(each.source, each.origin, each.fingerprint, each.document_id) for each in sources],
    )


def _refresh(connection: sqlite3.Connection, document_ids: Iterable[str]) -> None:
    """Bring what is stored for lists and sorting up to date with sources and metadata."""
    for document_id in document_ids:
        row = connection.execute("SELECT * FROM documents WHERE id = ?", (document_id,)).fetchone()
        if row is None:
            continue
        found = connection.execute(
            "SELECT source FROM sources WHERE document_id = ? ORDER BY source", (document_id,)
        )
        sources = [each["source"] for each in found]
        connection.execute(
            "UPDATE documents SET source = ?, title_key = ?, haystack = ? WHERE id = ?",
            (sources[0], fold(row["title"] or sources[0]), haystack(row, sources), document_id),
        )

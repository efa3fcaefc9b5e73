"""Changes of a catalog, each of them one transaction."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any

from rag.attribution.identity import Label
from rag.models.embedding import Vectors
from rag.schema import Document, Passage, owner
from rag.store.catalog.columns import (
    document_columns,
    encode_structure,
    fold,
    haystack,
    passage_columns,
)
from rag.store.catalog.dialect import Connection, Row
from rag.store.catalog.reading import CatalogReader, Publication
from rag.store.catalog.statement_rows import put_statements, tell_people_apart
from rag.store.metadata_overrides import encode_metadata
from rag.store.protocol import Source
from rag.store.statements import MadeByHand

# Columns that keep their value when a document is published again.
_KEPT = {"added", "original"}


class CatalogChanges(CatalogReader):
    """The changes that can be made to a catalog; what is in ``documents`` is visible."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[Connection]:
        """A transaction: committed at the end of the block, taken back after an error."""

    def _gone(self, connection: Connection, document_ids: Sequence[str]) -> None:
        """Called in the transaction that takes documents out."""

    def record_settings(self, settings: Mapping[str, str]) -> None:
        """Record settings, replacing those of the same name."""
        with self.transaction() as connection:
            connection.executemany(
                "INSERT INTO settings (name, value) VALUES (?, ?) "
                "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                list(settings.items()),
            )

    def publish(
        self,
        publications: Sequence[Publication],
        *,
        vectors: Mapping[str, Vectors] | None = None,
        originals: Mapping[str, str] | None = None,
    ) -> None:
        """Make documents visible as they are to be, with passages and sources, all or nothing.

        ``vectors`` are those that are new, by passage id; ``originals`` the SHA-256 of the bytes
        that are kept, by document id. A document that a source no longer leads to is taken out.
        """
        with self.publishing(publications, vectors=vectors, originals=originals):
            pass

    @contextmanager
    def publishing(
        self,
        publications: Sequence[Publication],
        *,
        vectors: Mapping[str, Vectors] | None = None,
        originals: Mapping[str, str] | None = None,
    ) -> Iterator[Connection]:
        """As :meth:`publish`, with what is done in the block in the same transaction."""
        sources = [source.source for each in publications for source in each.sources]
        ours = [each.document.id for each in publications]
        with self._leading(sources, to=ours) as connection:
            for each in publications:
                self._put_document(connection, each, (originals or {}).get(each.document.id))
                _put_passages(connection, each.document.id, each.passages)
                self._put_sources(connection, each.sources)
            self._put_vectors(connection, vectors or {})
            yield connection

    def put_passages(
        self, passages: Mapping[str, Sequence[Passage]], vectors: Mapping[str, Vectors]
    ) -> None:
        """Let documents, by id, have these passages, with new ``vectors`` for some of them."""
        with self.transaction() as connection:
            for document_id, own in passages.items():
                _put_passages(connection, document_id, own)
            self._put_vectors(connection, vectors)

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
            self._put_sources(connection, sources)

    def remove_sources(self, sources: Sequence[str]) -> None:
        """Forget sources, and the documents that no other source leads to."""
        with self._leading(sources) as connection:
            execute_each(connection, "DELETE FROM sources WHERE source = ?", sources)

    def refresh_all(self) -> None:
        """Take out documents without source; compute what lists and sorting read anew."""
        with self.transaction() as connection:
            rows = connection.execute(
                "SELECT id FROM documents WHERE id NOT IN (SELECT document_id FROM sources)"
            ).fetchall()
            self._take_out(connection, [row["id"] for row in rows])
            _refresh(connection, [row["id"] for row in _all_ids(connection)])

    @contextmanager
    def _leading(self, sources: Sequence[str], *, to: Sequence[str] = ()) -> Iterator[Connection]:
        """Change which documents, and ``to`` which others, some sources lead.

        Documents that no source leads to any more are taken out then.
        """
        with self.transaction() as connection:
            self._hold(connection, sources, to)
            before = [
                row["document_id"]
                for row in connection.execute(
                    f"SELECT document_id FROM sources WHERE {self.dialect.among('source')}",  # noqa: S608
                    (json.dumps(list(sources)),),
                ).fetchall()
            ]
            yield connection
            rows = connection.execute(
                f"SELECT id FROM documents WHERE {self.dialect.among('id')} "  # noqa: S608
                "AND id NOT IN (SELECT document_id FROM sources WHERE document_id = documents.id)",
                (json.dumps([*before, *to]),),
            ).fetchall()
            self._take_out(connection, [row["id"] for row in rows])
            _refresh(connection, sorted({*to, *before}))

    def _hold(
        self, connection: Connection, sources: Sequence[str], document_ids: Sequence[str]
    ) -> None:
        """Let no other transaction change these before this one ends."""

    def _take_out(self, connection: Connection, document_ids: Sequence[str]) -> None:
        if document_ids:
            self._gone(connection, document_ids)
            execute_each(connection, "DELETE FROM documents WHERE id = ?", document_ids)
            connection.execute("INSERT INTO stale VALUES ('people') ON CONFLICT DO NOTHING")

    def put_added(self, dates: Mapping[str, str | None]) -> None:
        """Let documents, by id, have been added at these times."""
        with self.transaction() as connection:
            connection.executemany(
                "UPDATE documents SET added = ? WHERE id = ?",
                [(date, document_id) for document_id, date in dates.items()],
            )

    # Statements and people.

    def put_statements(self, document: Document) -> None:
        """Let a document have the statements that it brings, and nothing else of it change."""
        with self.transaction() as connection:
            connection.execute(
                "UPDATE texts SET structure = ? WHERE document_id = ?",
                (encode_structure(document), document.id),
            )
            put_statements(connection, document, self.dialect)

    def tell_people_apart(self) -> None:
        """Say anew who is one person, where speakers or decisions have changed."""
        if self.rows("SELECT 1 FROM stale"):
            with self.transaction() as connection:
                tell_people_apart(connection, self.dialect)

    def decide(self, one: Label, other: Label | None) -> None:
        """Record that two labels are one person, or that one stands apart from all others."""
        with self.transaction() as connection:
            connection.execute(
                "INSERT INTO decisions (one, other, made) VALUES (?, ?, ?)",
                (str(one), str(other) if other else None, _now()),
            )
            connection.execute("INSERT INTO stale VALUES ('people') ON CONFLICT DO NOTHING")

    def put_decisions(
        self, decided: Sequence[tuple[MadeByHand, tuple[Label, Label | None]]]
    ) -> None:
        """Record decisions made in another store, but for those that are known."""
        known = {labels for _, labels in self.decided()}
        new = [(made, labels) for made, labels in decided if labels not in known]
        with self.transaction() as connection:
            connection.executemany(
                "INSERT INTO decisions (one, other, made) VALUES (?, ?, ?)",
                [
                    (str(one), str(other) if other else None, each.made)
                    for each, (one, other) in new
                ],
            )
            if new:
                connection.execute("INSERT INTO stale VALUES ('people') ON CONFLICT DO NOTHING")

    def take_back(self, decision_ids: Iterable[int]) -> None:
        """Forget decisions about who is who."""
        with self.transaction() as connection:
            execute_each(connection, "DELETE FROM decisions WHERE id = ?", decision_ids)
            connection.execute("INSERT INTO stale VALUES ('people') ON CONFLICT DO NOTHING")

    def forget_original(self, document_id: str) -> None:
        """Note that the index keeps no original of this document any more."""
        with self.transaction() as connection:
            connection.execute("UPDATE documents SET original = NULL WHERE id = ?", (document_id,))

    def _put_document(
        self, connection: Connection, publication: Publication, original: str | None
    ) -> None:
        layers = publication.layers
        columns: dict[str, Any] = {
            **document_columns(publication.document),
            **self.dialect.document_columns(publication.document),
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
            f"INSERT INTO documents ({', '.join(columns)}) "  # noqa: S608 - our names
            f"VALUES ({', '.join('?' * len(columns))}) "
            f"ON CONFLICT (id) DO UPDATE SET {updates}{kept}",
            list(columns.values()),
        )
        document = publication.document
        connection.execute(
            "INSERT INTO texts (document_id, text, structure) VALUES (?, ?, ?) "
            "ON CONFLICT (document_id) DO UPDATE "
            "SET text = excluded.text, structure = excluded.structure",
            (document.id, document.text, encode_structure(document)),
        )
        put_statements(connection, document, self.dialect)

    def _put_vectors(self, connection: Connection, vectors: Mapping[str, Vectors]) -> None:
        encode = self.dialect.encode_vector
        connection.executemany(
            "INSERT INTO vectors (passage_id, document_id, vector) VALUES (?, ?, ?) "
            "ON CONFLICT (passage_id) DO UPDATE SET vector = excluded.vector",
            [(each, owner(each), encode(vector)) for each, vector in vectors.items()],
        )

    def _put_sources(self, connection: Connection, sources: Sequence[Source]) -> None:
        for each in sources:
            columns = {
                "source": each.source,
                "origin": each.origin,
                "fingerprint": each.fingerprint,
                "document_id": each.document_id,
                **self.dialect.source_columns(each.source),
            }
            updates = ", ".join(f"{name} = excluded.{name}" for name in columns if name != "source")
            connection.execute(
                f"INSERT INTO sources ({', '.join(columns)}) "  # noqa: S608 - our names
                f"VALUES ({', '.join('?' * len(columns))}) "
                f"ON CONFLICT (source) DO UPDATE SET {updates}",
                list(columns.values()),
            )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def execute_each(connection: Connection, sql: str, values: Iterable[object]) -> None:
    """Run a statement with one parameter for each of the values."""
    connection.executemany(sql, [(value,) for value in values])


def _put_passages(connection: Connection, document_id: str, passages: Sequence[Passage]) -> None:
    connection.execute("DELETE FROM passages WHERE document_id = ?", (document_id,))
    connection.executemany(
        "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [passage_columns(passage) for passage in passages],
    )
    connection.execute(
        "DELETE FROM vectors WHERE document_id = ? AND passage_id NOT IN "
        "(SELECT id FROM passages WHERE document_id = ?)",
        (document_id, document_id),
    )
    connection.execute(
        "UPDATE documents SET passages = ? WHERE id = ?", (len(passages), document_id)
    )


def _all_ids(connection: Connection) -> Sequence[Row]:
    rows: Sequence[Row] = connection.execute("SELECT id FROM documents").fetchall()
    return rows


def _refresh(connection: Connection, document_ids: Iterable[str]) -> None:
    """Bring what is stored for lists and sorting up to date with sources and metadata."""
    for document_id in document_ids:
        row = connection.execute("SELECT * FROM documents WHERE id = ?", (document_id,)).fetchone()
        if row is None:
            continue
        found = connection.execute(
            "SELECT source FROM sources WHERE document_id = ? ORDER BY source", (document_id,)
        )
        sources = [each["source"] for each in found.fetchall()]
        connection.execute(
            "UPDATE documents SET source = ?, title_key = ?, haystack = ? WHERE id = ?",
            (sources[0], fold(row["title"] or sources[0]), haystack(row, sources), document_id),
        )

"""The catalog in one SQLite file, the truth of a folder's index.

Chroma and Tantivy hold nothing that cannot be rebuilt from it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from rag.models.embedding import Vectors
from rag.store.catalog.changes import CatalogChanges, execute_each
from rag.store.catalog.dialect import Connection, Dialect
from rag.store.catalog.reading import CatalogReader, Publication
from rag.store.folder.catalog_file import CatalogFile


class SqliteDialect(Dialect):
    """SQLite, with the functions that :class:`CatalogFile` gives it."""

    person_name = "fold(p.name)"
    carried = "json_extract(structure, '$.carried')"
    # A damaged catalog may have a text in place of a vector; read as bytes, it is found to be none.
    vector = "CAST(vector AS BLOB)"

    def among(self, column: str, *, numbers: bool = False) -> str:  # noqa: ARG002
        """Whether a column is one of a list."""
        return f"{column} IN (SELECT value FROM json_each(?))"  # noqa: S608 - our names

    def folded(self, field: str) -> str:
        """A field of the metadata, folded."""
        return f"fold(d.{field})"

    def folded_extra(self) -> str:
        """An extra field of the metadata, folded."""
        return "fold((SELECT e.value FROM json_each(d.extra) e WHERE e.key = ?))"

    def folded_source(self) -> str:
        """The name of a source, folded."""
        return "fold(s.source)"

    def country(self) -> str:
        """The country for comparison by any of its names."""
        return "country(d.country)"

    def year(self) -> str:
        """The year of the date."""
        return "CAST(substr(d.date, 1, 4) AS INTEGER)"

    def has_year_of_rows(self, operator: str) -> str:
        """Whether a row of the document is of such a year."""
        return f"of_rows(d.extra, '{operator}', ?)"

    def insert(self, connection: Connection, table: str, values: Mapping[str, Any]) -> int:
        """Insert a row, and return its number."""
        done: Any = connection.execute(
            f"INSERT INTO {table} ({', '.join(values)}) "  # noqa: S608 - our names
            f"VALUES ({', '.join('?' * len(values))})",
            list(values.values()),
        )
        return int(done.lastrowid)

    def encode_vector(self, vector: Vectors) -> bytes:
        """Little-endian float32."""
        return vector.astype("<f4").tobytes()

    def decode_vector(self, value: bytes) -> Vectors:
        """The vector; of what damage has left of one, as much as is whole numbers."""
        # It must not stop ``rag doctor``: what is no float32 is cut off, and found there.
        return np.frombuffer(value[: len(value) // 4 * 4], "<f4")


SQLITE: Dialect = SqliteDialect()


class FolderCatalogReader(CatalogReader):
    """What only a folder's catalog knows: how it stands with Chroma and Tantivy."""

    dialect = SQLITE

    def vector_marks(self) -> dict[str, bytes]:
        """The first numbers of every vector, by passage id, to tell which of them have changed."""
        rows = self.rows("SELECT passage_id, substr(CAST(vector AS BLOB), 1, 16) FROM vectors")
        return {row[0]: row[1] for row in rows}

    def unfinished(self) -> dict[str, bool]:
        """The documents noted as unfinished, and whether each is visible."""
        rows = self.rows(
            "SELECT u.document_id, d.id IS NOT NULL AS visible FROM unfinished u "
            "LEFT JOIN documents d ON d.id = u.document_id"
        )
        return {row["document_id"]: bool(row["visible"]) for row in rows}


class Catalog(CatalogFile, FolderCatalogReader, CatalogChanges):
    """One catalog: its queries, and the changes that can be made to it.

    A document is published in one transaction. Before its vectors or lexical entries are touched,
    its id is noted in ``unfinished``, so that a process that dies in between leaves a trace that
    the next writer clears up.
    """

    def begin(self, document_ids: Iterable[str]) -> None:
        """Note that the vectors and lexical entries of these documents are about to change."""
        with self.transaction() as connection:
            _note(connection, document_ids)

    def publish(
        self,
        publications: Sequence[Publication],
        *,
        vectors: Mapping[str, Vectors] | None = None,
        originals: Mapping[str, str] | None = None,
        finished: Collection[str] = (),
    ) -> None:
        """Make documents visible as they are to be, all or nothing.

        Those that are taken out are noted as unfinished; the notes of the ``finished`` are struck
        off.
        """
        with self.publishing(publications, vectors=vectors, originals=originals) as connection:
            _strike_off(connection, finished)

    def finish(self, document_ids: Iterable[str]) -> None:
        """Strike documents off the list of unfinished ones."""
        with self.transaction() as connection:
            _strike_off(connection, document_ids)

    def _gone(self, connection: Connection, document_ids: Sequence[str]) -> None:
        _note(connection, document_ids)


def _note(connection: Connection, document_ids: Iterable[str]) -> None:
    execute_each(connection, "INSERT OR IGNORE INTO unfinished VALUES (?)", document_ids)


def _strike_off(connection: Connection, document_ids: Iterable[str]) -> None:
    execute_each(connection, "DELETE FROM unfinished WHERE document_id = ?", document_ids)

"""SQL as PostgreSQL has it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from pgvector import Vector

from rag.language.places import country_key
from rag.models.embedding import Vectors
from rag.schema import Document
from rag.store.catalog.columns import METADATA, fold
from rag.store.catalog.dialect import Connection, Dialect

# The tables of a generation. What stands after one of these words is a table, never a column.
_TABLES = (
    "settings documents texts sources passages vectors words vocabulary changes speakers statements"
    " people decisions stale"
)
_TABLE = re.compile(rf"\b(FROM|JOIN|INTO|UPDATE) ({'|'.join(_TABLES.split())})\b")


@lru_cache(maxsize=1024)
def in_postgres(sql: str, schema: str) -> str:
    """SQL of the catalog for the driver, with the tables in a schema, which is quoted already.

    The names are in full because a pool of connections between us and the database need not keep
    a search path.
    """
    named = _TABLE.sub(rf"\1 {schema}.\2", sql.replace("%", "%%"))
    # The copies of files belong to the collection, whose schema has the name without the number.
    named = named.replace("FROM originals", f'FROM "{schema[1:].rpartition("_")[0]}".originals')
    return named.replace("instr(", "strpos(").replace("?", "%s")


class PostgresDialect(Dialect):
    """PostgreSQL, which compares what the column ``compared`` has."""

    person_name = "split_part(p.haystack, chr(10), 1)"
    carried = "structure::json ->> 'carried'"
    vector = "vector"

    def among(self, column: str, *, numbers: bool = False) -> str:
        """Whether a column is one of a list."""
        kind = "bigint" if numbers else "text"
        return f"{column} = ANY(ARRAY(SELECT jsonb_array_elements_text(?::jsonb)::{kind}))"

    def folded(self, field: str) -> str:
        """A field of the metadata, folded."""
        return f"""(d.compared ->> '{field}') COLLATE "C\""""

    def folded_extra(self) -> str:
        """An extra field of the metadata, folded."""
        return """(d.compared -> '$extra' ->> ?) COLLATE "C\""""

    def folded_source(self) -> str:
        """The name of a source, folded."""
        return "s.source_key"

    def country(self) -> str:
        """The country for comparison by any of its names."""
        return "d.compared ->> '$country'"

    def year(self) -> str:
        """The year of the date."""
        return "CASE WHEN d.date ~ '^[0-9]{4}' THEN substr(d.date, 1, 4)::integer END"

    def has_year_of_rows(self, operator: str) -> str:
        """Whether a row of the document is of such a year."""
        return (
            "EXISTS (SELECT 1 FROM jsonb_array_elements_text(d.compared -> '$years') y "  # noqa: S608
            f"WHERE y::integer {operator} ?)"
        )

    def document_columns(self, document: Document) -> Mapping[str, Any]:
        """What filters compare: fields of the metadata, and ``$`` before what is none."""
        metadata = document.metadata
        compared = {
            **{name: _folded(getattr(metadata, name)) for name in METADATA},
            "$extra": {name: _folded(value) for name, value in metadata.extra.items()},
            "$country": None if metadata.country is None else country_key(metadata.country),
            "$years": sorted(metadata.years),
        }
        return {"compared": json.dumps(compared, ensure_ascii=False)}

    def source_columns(self, source: str) -> Mapping[str, Any]:
        """The name of the source, folded."""
        return {"source_key": fold(source)}

    def insert(self, connection: Connection, table: str, values: Mapping[str, Any]) -> int:
        """Insert a row, and return its number."""
        done = connection.execute(
            f"INSERT INTO {table} ({', '.join(values)}) "  # noqa: S608 - our names
            f"VALUES ({', '.join('?' * len(values))}) RETURNING id",
            list(values.values()),
        )
        return int(done.fetchone()["id"])

    def encode_vector(self, vector: Vectors) -> Vector:
        """As pgvector has it."""
        return Vector(vector.astype(np.float32))

    def decode_vector(self, value: Vector) -> Vectors:
        """The vector."""
        return value.to_numpy().astype(np.float32, copy=False)


def _folded(value: str | None) -> str | None:
    # JSON of the database has no NUL.
    return None if value is None else (fold(value) or "").replace("\0", "")

"""Queries on a catalog: documents, sources, passages, vectors."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np

from rag.errors import QueryError
from rag.models.embedding import Vectors, cosines
from rag.schema import Carried, Condition, Document, DocumentInfo, Metadata, Passage
from rag.store.catalog.columns import (
    INFORMATION,
    METADATA,
    document_of,
    fold,
    information_of,
    layers_of,
    metadata_of,
    passage_of,
    where_clause,
)
from rag.store.catalog.statement_queries import StatementQueries
from rag.store.metadata_overrides import MetadataLayers
from rag.store.protocol import Found, Source

_REMEMBERED = 16  # answers, of which most are for one filter each

_SORTS = {
    "title": "d.title_key",
    "source": "d.source",
    "date": "d.date",
    "country": None,
    "publisher": None,
    "added": "d.added",
    "pages": "nullif(d.pages, 0)",
    "passages": "d.passages",
}
"""The columns to sort by; None for the field of that name, folded."""
_NEVER_NULL = {"title", "source", "passages"}


@dataclass(frozen=True, slots=True)
class Publication:
    """A document as it is to be from now on, with all its passages.

    ``document`` carries the metadata that count, ``layers`` says where they come from.
    """

    document: Document
    layers: MetadataLayers
    passages: Sequence[Passage]
    sources: Sequence[Source] = ()


class CatalogReader(StatementQueries):
    """Queries in SQL, whoever runs them: one catalog, or an index with the catalog it has now.

    What is not described here, :class:`rag.store.Store` describes.
    """

    @abstractmethod
    def revision(self) -> Hashable:
        """A value that changes whenever this or another process has changed the catalog."""

    def settings(self) -> dict[str, str]:
        """Name and value of every setting that the index was built with."""
        return {row["name"]: row["value"] for row in self.rows("SELECT * FROM settings")}

    # Sources.

    def sources(self) -> dict[str, Source]:
        return {each.source: each for each in self._sources("", ())}

    def source(self, name: str) -> Source | None:
        return next(self._sources("WHERE source = ?", (name,)), None)

    def sources_of(self, document_id: str) -> list[Source]:
        return list(self._sources("WHERE document_id = ?", (document_id,)))

    def _sources(self, condition: str, parameters: Sequence[object]) -> Iterator[Source]:
        rows = self.rows(
            "SELECT source, origin, fingerprint, document_id FROM sources "  # noqa: S608 - ours
            f"{condition} ORDER BY source",
            parameters,
        )
        return (Source(**row) for row in rows)

    # Documents.

    def document(self, document_id: str) -> Document | None:
        rows = self.rows(
            f"SELECT {INFORMATION}, t.text, t.structure FROM documents d "  # noqa: S608 - column names are ours
            "JOIN texts t ON t.document_id = d.id WHERE d.id = ?",
            (document_id,),
        )
        return document_of(rows[0]) if rows else None

    def publication(self, document_id: str) -> Publication | None:
        """A document with all that belongs to it but vectors, as another store can publish it."""
        document, layers = self.document(document_id), self.layers(document_id)
        if document is None or layers is None:
            return None
        return Publication(
            document,
            layers,
            tuple(self.passages_of(document_id)),
            tuple(self.sources_of(document_id)),
        )

    def layers(self, document_id: str) -> MetadataLayers | None:
        rows = self.rows("SELECT found, given, edits FROM documents WHERE id = ?", (document_id,))
        return layers_of(rows[0]) if rows else None

    def information(self, document_id: str) -> DocumentInfo | None:
        sql = f"SELECT {INFORMATION} FROM documents d WHERE d.id = ?"  # noqa: S608
        rows = self.rows(sql, (document_id,))
        return information_of(rows[0]) if rows else None

    def documents(self, where: Sequence[Condition] = ()) -> tuple[DocumentInfo, ...]:
        condition, parameters = where_clause(where, self.dialect)
        rows = self.rows(
            f"SELECT {INFORMATION} FROM documents d {condition} ORDER BY d.source",  # noqa: S608 - the condition is built from placeholders
            parameters,
        )
        return tuple(information_of(row) for row in rows)

    def find(
        self,
        text: str = "",
        *,
        where: Sequence[Condition] = (),
        sort: str = "title",
        descending: bool = False,
        first: int = 0,
        count: int = 50,
    ) -> Found:
        if sort not in _SORTS:
            raise QueryError(f"documents cannot be sorted by {sort!r}: choose {', '.join(_SORTS)}")
        column = _SORTS[sort] or self.dialect.folded(sort)
        condition, parameters = where_clause(where, self.dialect)
        for word in (fold(text) or "").split():
            condition += (" AND " if condition else "WHERE ") + "instr(d.haystack, ?) > 0"
            parameters.append(word)
        unknown_last = "" if sort in _NEVER_NULL else f"{column} IS NULL, "
        order = f"{unknown_last}{column} {'DESC' if descending else 'ASC'}, d.source"
        rows = self.rows(
            f"SELECT {INFORMATION} FROM documents d {condition} ORDER BY {order} LIMIT ? OFFSET ?",  # noqa: S608
            [*parameters, max(count, 0), max(first, 0)],
        )
        documents = tuple(information_of(row) for row in rows)
        if 0 < len(rows) < count:  # the last page says how many there are
            return Found(max(first, 0) + len(rows), documents)
        total = self.rows(f"SELECT count(*) AS total FROM documents d {condition}", parameters)  # noqa: S608
        return Found(total[0]["total"], documents)

    def document_ids(self, where: Sequence[Condition] = ()) -> list[str]:
        return sorted(self.sizes(where))

    def sizes(self, where: Sequence[Condition] = ()) -> Mapping[str, int]:
        """The number of passages of every document that meets every condition, by id.

        All questions of a conversation have the same filters: the answers for the last few are
        remembered, for as long as nothing changes.
        """
        return self._remembered(self._sizes, self.revision(), tuple(where))

    @cached_property
    def _remembered(self) -> Callable[..., Mapping[str, Any]]:
        """What a query answers to arguments, asked again only after a change of the catalog."""
        return lru_cache(maxsize=_REMEMBERED)(lambda query, _revision, *given: query(*given))

    def _sizes(self, where: tuple[Condition, ...]) -> Mapping[str, int]:
        condition, parameters = where_clause(where, self.dialect)
        rows = self.rows(
            f"SELECT d.id, d.passages FROM documents d {condition}",  # noqa: S608
            parameters,
        )
        return MappingProxyType({row["id"]: row["passages"] for row in rows})

    def texts(self, *, step: int = 32) -> Iterator[tuple[str, str, tuple[Carried, ...]]]:
        """Id, text and what is carried in it of every document, ``step`` read at a time."""
        after = ""
        while rows := self.rows(
            f"SELECT document_id AS id, text, {self.dialect.carried} AS carried "  # noqa: S608 - ours
            "FROM texts WHERE document_id > ? ORDER BY document_id LIMIT ?",
            (after, step),
        ):
            for row in rows:
                carried = json.loads(row["carried"] or "[]")
                yield row["id"], row["text"], tuple(Carried(*span) for span in carried)
            after = rows[-1]["id"]

    def names(self) -> dict[str, str]:
        """The first source of every document, by id, ordered by source."""
        rows = self.rows("SELECT id, source FROM documents ORDER BY source")
        return {row["id"]: row["source"] for row in rows}

    def values(self, field: str) -> frozenset[str]:
        if field not in METADATA:
            raise ValueError(f"{field} is no field of the metadata")
        rows = self.rows(f"SELECT DISTINCT {field} AS value FROM documents")  # noqa: S608 - one of ours
        return frozenset(row["value"] for row in rows if row["value"])

    def speakers(self) -> Mapping[str, frozenset[str]]:
        """The ids of the documents in which somebody speaks, by the speaker's name.

        The answer is remembered for as long as nothing changes.
        """
        return self._remembered(self._speakers, self.revision())

    def _speakers(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        rows = self.rows(
            "SELECT speaker, id FROM documents WHERE speaker != '' "
            "UNION SELECT speaker, document_id AS id FROM passages WHERE speaker != ''"
        )
        for row in rows:
            found.setdefault(row["speaker"], set()).add(row["id"])
        return MappingProxyType({name: frozenset(ids) for name, ids in found.items()})

    def counts(self) -> tuple[int, int]:
        row = self.rows(
            "SELECT count(*) AS documents, coalesce(sum(passages), 0) AS passages FROM documents"
        )[0]
        return row["documents"], row["passages"]

    # Passages.

    def passages(self, passage_ids: Collection[str]) -> dict[str, tuple[Passage, str, Metadata]]:
        rows = self.rows(
            'SELECT p.*, substr(t.text, p.start + 1, p."end" - p.start) AS text, d.extra, '  # noqa: S608
            f"{', '.join(f'd.{name} AS document_{name}' for name in METADATA)}, d.source "
            "FROM passages p JOIN documents d ON d.id = p.document_id "
            "JOIN texts t ON t.document_id = d.id "
            f"WHERE {self.dialect.among('p.id')}",
            (json.dumps(list(passage_ids)),),
        )
        return {
            row["id"]: (passage_of(row), row["source"], metadata_of(row, "document_"))
            for row in rows
        }

    def passage_id_at(self, document_id: str, offset: int) -> str | None:
        rows = self.rows(
            "SELECT id FROM passages WHERE document_id = ? AND start <= ? "
            "ORDER BY start DESC LIMIT 1",
            (document_id, offset),
        )
        return rows[0]["id"] if rows else None

    def passages_of(self, document_id: str) -> list[Passage]:
        rows = self.rows(
            'SELECT p.*, substr(t.text, p.start + 1, p."end" - p.start) AS text FROM passages p '
            "JOIN texts t ON t.document_id = p.document_id WHERE p.document_id = ? "
            "ORDER BY p.start",
            (document_id,),
        )
        return [passage_of(row) for row in rows]

    def passage_owners(self) -> dict[str, str]:
        """The document of every passage, by passage id."""
        return {
            row["id"]: row["document_id"]
            for row in self.rows("SELECT id, document_id FROM passages")
        }

    # Vectors, float32 of shape (dimension,) each.

    def vectors_of(self, *document_ids: str) -> dict[str, Vectors]:
        return self._vectors("document_id", document_ids)

    def stored_vectors(self, passage_ids: Collection[str]) -> dict[str, Vectors]:
        """The vectors of some passages, by passage id; those of unknown ones are left out."""
        return self._vectors("passage_id", passage_ids)

    def _vectors(self, column: str, wanted: Collection[str]) -> dict[str, Vectors]:
        rows = self.rows(
            f"SELECT passage_id, {self.dialect.vector} AS vector FROM vectors "  # noqa: S608 - ours
            f"WHERE {self.dialect.among(column)}",
            (json.dumps(list(wanted)),),
        )
        return {row["passage_id"]: self.dialect.decode_vector(row["vector"]) for row in rows}

    def all_vectors(self, *, step: int = 1000) -> Iterator[dict[str, Vectors]]:
        """All vectors by passage id: whole documents, as many as have ``step`` passages or more."""
        documents: list[str] = []
        waiting = 0
        for document_id, count in self.rows("SELECT document_id, count(*) FROM vectors GROUP BY 1"):
            documents.append(document_id)
            waiting += count
            if waiting >= step:
                yield self.vectors_of(*documents)
                documents, waiting = [], 0
        if documents:
            yield self.vectors_of(*documents)

    def similarities(self, query: Vectors, passage_ids: Collection[str]) -> dict[str, float]:
        stored = self.stored_vectors(passage_ids)
        if not stored:
            return {}
        return dict(zip(stored, cosines(query, np.stack(list(stored.values()))), strict=True))

    # Originals.

    def kept_originals(self) -> dict[str, str]:
        """The SHA-256 of every original that the store keeps, by document id."""
        rows = self.rows("SELECT id, original FROM documents WHERE original IS NOT NULL")
        return {row["id"]: row["original"] for row in rows}

    def original_sha256(self, document_id: str) -> str | None:
        """The SHA-256 of a document's original, or None if the store keeps none."""
        rows = self.rows("SELECT original FROM documents WHERE id = ?", (document_id,))
        return rows[0]["original"] if rows else None

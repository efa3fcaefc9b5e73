"""The columns of the catalog: rows as records and back, and filters on metadata as SQL."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

from rag.errors import QueryError
from rag.language import folding
from rag.language.places import country_key
from rag.schema import (
    Aside,
    AttributedStatement,
    Carried,
    Condition,
    Document,
    DocumentInfo,
    Heading,
    Metadata,
    Page,
    Passage,
    Speaker,
    Table,
    Turn,
)
from rag.store.catalog.dialect import Dialect, Row
from rag.store.metadata_overrides import MetadataLayers, decode_metadata

METADATA = tuple(field.name for field in dataclasses.fields(Metadata) if field.name != "extra")
"""The metadata fields that are columns of their own."""

INFORMATION = ", ".join(
    f"d.{name}"
    for name in (
        *("id", "source", "media_type", "characters", "pages", "passages", "extra", "warnings"),
        *("added", "edits", *METADATA),
    )
)
"""The columns that :func:`information_of` reads."""

_STRUCTURE: dict[str, type[Any]] = {
    "pages": Page,
    "headings": Heading,
    "turns": Turn,
    "tables": Table,
    "asides": Aside,
    "carried": Carried,
    "speakers": Speaker,
}
"""Fields of a document that are tuples of small records, kept together as JSON.

Another kind of record needs a line here and no new table: documents stored before have none.
"""

STATEMENTS = "statements.5"
"""The name by which the structure has the statements of a document.

Another number lets ``rag doctor`` say that those were found by older rules.
"""

# The columns of a passage that are fields of the record as they are, in the order of the table.
_PASSAGE = ("id", "document_id", "start", "end", "section", "speaker", "page_start", "page_end")
# The fields that a search in the list of documents looks at, besides the sources.
_SEARCHED = ("title", "publisher", "country", "author", "speaker")


def metadata_of(row: Row, prefix: str = "") -> Metadata:
    """The metadata that count."""
    return Metadata(
        **{name: row[prefix + name] for name in METADATA}, extra=_decoded(row["extra"]) or {}
    )


def layers_of(row: Row) -> MetadataLayers:
    """The metadata as they were found, given and edited."""
    return MetadataLayers(
        found=decode_metadata(row["found"]),
        given=decode_metadata(row["given"]),
        edits=json.loads(row["edits"]),
    )


def document_of(row: Row) -> Document:
    """A document, from its rows in ``documents`` and ``texts``."""
    structure = json.loads(row["structure"])
    return Document(
        id=row["id"],
        source=row["source"],
        text=row["text"],
        metadata=metadata_of(row),
        media_type=row["media_type"],
        warnings=tuple(json.loads(row["warnings"])),
        statements=tuple(AttributedStatement(*values) for values in structure[STATEMENTS])
        if STATEMENTS in structure
        else None,
        **{
            name: tuple(kind(*map(_frozen, values)) for values in structure.get(name, ()))
            for name, kind in _STRUCTURE.items()
        },
    )


def encode_structure(document: Document) -> str:
    """The records named in :data:`_STRUCTURE`, and the statements if they are known, as JSON."""
    kept = {name: [dataclasses.astuple(e) for e in getattr(document, name)] for name in _STRUCTURE}
    if document.statements is not None:
        kept[STATEMENTS] = [dataclasses.astuple(each) for each in document.statements]
    return json.dumps(kept, ensure_ascii=False)


def information_of(row: Row) -> DocumentInfo:
    """A document as a list shows it."""
    same = ("id", "source", "media_type", "passages", "characters", "added")
    return DocumentInfo(
        **{name: row[name] for name in same},
        metadata=metadata_of(row),
        pages=row["pages"] or None,
        warnings=tuple(_decoded(row["warnings"]) or ()),
        edited=tuple(sorted(_decoded(row["edits"]) or ())),
    )


def passage_of(row: Row) -> Passage:
    """A passage with its text."""
    sentences = tuple((start, end) for start, end in json.loads(row["sentences"]))
    return Passage(**{name: row[name] for name in _PASSAGE}, text=row["text"], sentences=sentences)


def document_columns(document: Document) -> dict[str, object]:
    """What the table ``documents`` says of a document's content and metadata."""
    return {
        "id": document.id,
        "source": document.source,
        "media_type": document.media_type,
        "characters": len(document.text),
        "pages": len(document.pages),
        "warnings": json.dumps(document.warnings, ensure_ascii=False),
        "extra": json.dumps(dict(document.metadata.extra), ensure_ascii=False),
        **{name: getattr(document.metadata, name) for name in METADATA},
    }


def passage_columns(passage: Passage) -> tuple[object, ...]:
    """A row of ``passages``."""
    return *(getattr(passage, name) for name in _PASSAGE), json.dumps(passage.sentences)


def haystack(row: Row, sources: list[str]) -> str:
    """All that a search in the list of documents looks at, folded, one value a line."""
    values = [*sources, *(row[name] for name in _SEARCHED)]
    return "\n".join(fold(value) or "" for value in values if value)


def _decoded(encoded: str) -> Any:  # noqa: ANN401 - as json.loads
    """Most lists and dictionaries are empty; not parsing them makes long lists faster."""
    return None if encoded in ("{}", "[]") else json.loads(encoded)


def _frozen(value: Any) -> Any:  # noqa: ANN401 - as json.loads
    """JSON's lists as tuples, however deep."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


# Filters.


def where_clause(where: Sequence[Condition], dialect: Dialect) -> tuple[str, list[object]]:
    """A WHERE clause; conditions ``=`` on the same field are alternatives, all others add up."""
    equal: dict[str, list[Condition]] = {}
    clauses: list[str] = []
    parameters: list[object] = []
    for condition in where:
        if condition.operator == "=":
            equal.setdefault(condition.field, []).append(condition)
            continue
        clause, values = _compare(condition, dialect)
        clauses.append(clause)
        parameters.extend(values)
    for alternatives in equal.values():
        compared = [_compare(condition, dialect) for condition in alternatives]
        clauses.append("(" + " OR ".join(clause for clause, _ in compared) + ")")
        parameters.extend(value for _, values in compared for value in values)
    return ("WHERE " + " AND ".join(clauses) if clauses else ""), parameters


def _compare(condition: Condition, dialect: Dialect) -> tuple[str, list[object]]:
    operator = condition.operator
    if condition.field == "year":
        if not condition.value.strip().lstrip("-").isdigit():
            raise QueryError(
                f"filter year{operator}{condition.value}: a year is a whole number, "
                "as in 'year>=2018'"
            )
        of_rows = f"(d.date IS NULL AND {dialect.has_year_of_rows(operator)})"
        year = int(condition.value)
        return f"({dialect.year()} {operator} ? OR {of_rows})", [year, year]
    values: list[object] = [fold(condition.value)]
    if condition.field == "source":
        return _compare_source(operator, dialect), values
    if condition.field == "country" and operator in ("=", "!="):
        # By whatever name, in whatever language. A document without a country is not of this one.
        return f"coalesce({dialect.country()}, '-') {operator} ?", [country_key(condition.value)]
    if condition.field in METADATA:
        column = dialect.folded(condition.field)
    else:
        column = dialect.folded_extra()
        values.insert(0, condition.field)
    if operator == "!=":
        return f"coalesce({column}, '') != ?", values
    return f"{column} {operator} ?", values


def _compare_source(operator: str, dialect: Dialect) -> str:
    """A document may have several sources: one must compare, or for ``!=`` none be equal."""
    negated = operator == "!="
    return (
        f"d.id {'NOT ' if negated else ''}IN "  # noqa: S608 - the operator is one of six
        f"(SELECT s.document_id FROM sources s WHERE {dialect.folded_source()} "
        f"{'=' if negated else operator} ?)"
    )


def fold(value: object) -> str | None:
    """A value for comparison without regard to case and accents; None stays None."""
    return None if value is None else folding.fold(str(value))

"""Filters on metadata as SQL over the catalog's tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from rag.errors import QueryError
from rag.language import folding
from rag.schema import Condition, Metadata

__all__ = ["METADATA", "fold", "where_clause"]

METADATA = tuple(field.name for field in dataclasses.fields(Metadata) if field.name != "extra")
"""The metadata fields that are columns of their own."""

_COLUMNS = {name: f"d.{name}" for name in METADATA}
_YEAR = "CAST(substr(d.date, 1, 4) AS INTEGER)"


def where_clause(where: Sequence[Condition]) -> tuple[str, list[object]]:
    """A WHERE clause; conditions ``=`` on the same field are alternatives, all others add up."""
    equal: dict[str, list[Condition]] = {}
    clauses: list[str] = []
    parameters: list[object] = []
    for condition in where:
        if condition.operator == "=":
            equal.setdefault(condition.field, []).append(condition)
            continue
        clause, values = _compare(condition)
        clauses.append(clause)
        parameters.extend(values)
    for alternatives in equal.values():
        compared = [_compare(condition) for condition in alternatives]
        clauses.append("(" + " OR ".join(clause for clause, _ in compared) + ")")
        parameters.extend(value for _, values in compared for value in values)
    return ("WHERE " + " AND ".join(clauses) if clauses else ""), parameters


def _compare(condition: Condition) -> tuple[str, list[object]]:
    if condition.field == "year":
        if not condition.value.strip().lstrip("-").isdigit():
            raise QueryError(
                f"filter year{condition.operator}{condition.value}: a year is a whole number, "
                "as in 'year>=2018'"
            )
        return f"{_YEAR} {condition.operator} ?", [int(condition.value)]
    values: list[object] = [fold(condition.value)]
    if condition.field == "source":
        return _compare_source(condition), values
    column = _COLUMNS.get(condition.field)
    if column is None:
        column = "(SELECT e.value FROM json_each(d.extra) e WHERE e.key = ?)"
        values.insert(0, condition.field)
    if condition.operator == "!=":
        return f"coalesce(fold({column}), '') != ?", values
    return f"fold({column}) {condition.operator} ?", values


def _compare_source(condition: Condition) -> str:
    """A document may have several sources: one must compare, or for ``!=`` none be equal."""
    negated = condition.operator == "!="
    operator = "=" if negated else condition.operator
    return (
        f"d.id {'NOT ' if negated else ''}IN "  # noqa: S608 - the operator is one of six
        f"(SELECT s.document_id FROM sources s WHERE fold(s.source) {operator} ?)"
    )


def fold(value: object) -> str | None:
    """A value for comparison without regard to case and accents; an SQL function of the catalog."""
    return None if value is None else folding.fold(str(value))

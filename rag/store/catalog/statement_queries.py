"""Queries on the index of statements, whoever runs them."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import fields

from rag.attribution.identity import Label, Mention
from rag.errors import QueryError
from rag.language.person_names import person_name, same_person
from rag.language.places import country_key, places
from rag.schema import Condition, DocumentInfo
from rag.store.catalog.columns import (
    INFORMATION,
    STATEMENTS,
    fold,
    information_of,
    where_clause,
)
from rag.store.catalog.dialect import NO_LIMIT, Dialect, Row
from rag.store.statements import (
    FoundPeople,
    FoundStatements,
    ListedStatement,
    MadeByHand,
    Person,
    PersonForm,
    StatementFilter,
)
from rag.store.terms import content_terms

_PERSON = ", ".join(f"p.{field.name}" for field in fields(Person))
_SORTS = {
    # Who only writes does not come before those who speak.
    "statements": "p.statements - p.written DESC, p.statements DESC, p.name, p.id",
    "name": "{name}, p.statements DESC, p.id",
    "documents": "p.documents DESC, p.statements DESC, p.name, p.id",
    "latest": "p.last IS NULL, p.last DESC, p.statements DESC, p.id",
}
_LISTED = (
    "FROM statements s JOIN speakers k ON k.id = s.speaker JOIN documents d ON d.id = s.document_id"
)
_COLUMNS = (
    's.document_id, d.source, d.title, d.publisher, d.date, s.start, s."end", k.name AS speaker, '
    "k.person AS person_id, k.role, k.country, s.how, s.cue, s.depth, s.page, s.page_label, "
    "s.page_kind, coalesce((SELECT p.name FROM people p WHERE p.id = k.person), k.full_name) "
    "AS person"
)
_AND = re.compile(r",?\s+and\s+|,\s+(?=.*\s+and\s)")


class StatementQueries(ABC):
    """What :class:`rag.store.Store` says of statements and people, in SQL."""

    dialect: Dialect

    @abstractmethod
    def rows(self, sql: str, parameters: Sequence[object] = ()) -> Sequence[Row]:
        """The rows that a query finds."""

    def statements(
        self, wanted: StatementFilter, *, first: int = 0, count: int | None = None
    ) -> FoundStatements:
        condition, parameters = self._condition(wanted)
        total = self.rows(f"SELECT count(*) AS total {_LISTED} {condition}", parameters)
        limit = NO_LIMIT if count is None else max(count, 0)
        rows = self.rows(
            f"SELECT {_COLUMNS} {_LISTED} {condition} ORDER BY d.date IS NULL, d.date, d.source, "
            's.start, s."end" DESC, s.depth, k.name LIMIT ? OFFSET ?',
            [*parameters, limit, max(first, 0)],
        )
        return FoundStatements(total[0]["total"], tuple(self._listed(rows)))

    def documents_of(self, *, person: str = "", speaker: str = "") -> tuple[DocumentInfo, ...]:
        clauses, parameters = ["1 = 1"], list[object]()
        if person:
            clauses.append("k.person = ?")
            parameters.append(person)
        if speaker.strip():
            clauses.append(self.dialect.among("k.id", numbers=True))
            parameters.append(json.dumps(self._speaker_ids(speaker)))
        rows = self.rows(
            f"SELECT {INFORMATION} FROM documents d WHERE d.id IN (SELECT k.document_id "  # noqa: S608
            f"FROM speakers k WHERE {' AND '.join(clauses)}) ORDER BY d.source",
            parameters,
        )
        return tuple(information_of(row) for row in rows)

    def passages_with(self, wanted: StatementFilter) -> frozenset[str]:
        condition, parameters = self._condition(wanted, loosely=True)
        rows = self.rows(
            f"SELECT DISTINCT e.id {_LISTED} JOIN passages e ON e.document_id = s.document_id "
            f'AND e.start < s."end" AND e."end" > s.start {condition}',
            parameters,
        )
        return frozenset(row["id"] for row in rows)

    def _listed(self, rows: Sequence[Row]) -> Iterator[ListedStatement]:
        """The rows as records; every text is read once."""
        texts: dict[str, str] = {}
        for row in rows:
            document_id = row["document_id"]
            if document_id not in texts:
                found = self.rows("SELECT text FROM texts WHERE document_id = ?", (document_id,))
                texts[document_id] = found[0]["text"] if found else ""
            values = dict(row)
            values["title"] = row["title"] or row["source"]
            yield ListedStatement(**values, text=texts[document_id][row["start"] : row["end"]])

    def _condition(
        self, wanted: StatementFilter, *, loosely: bool = False
    ) -> tuple[str, list[object]]:
        called = wanted.speaker.strip()
        where = list(wanted.where)
        clauses: list[str] = []
        parameters: list[object] = []
        for conditions in (where, [Condition("source", "=", wanted.source)]):
            if conditions and (conditions is where or wanted.source):
                clause, values = where_clause(conditions, self.dialect)
                clauses.append(clause.removeprefix("WHERE "))
                parameters += values
        for column, chosen in (
            ("s.document_id", wanted.document_ids),
            ("s.how", wanted.how or None),
            ("s.speaker", self._speaker_ids(called, loosely=loosely) if called else None),
        ):
            if chosen is not None:
                clauses.append(self.dialect.among(column, numbers=column == "s.speaker"))
                parameters.append(json.dumps(list(chosen)))
        if wanted.person:
            clauses.append("k.person = ?")
            parameters.append(wanted.person)
        for term in content_terms(wanted.about):
            clauses.append("instr(s.terms, ?) > 0")
            parameters.append(f" {term} ")
        return ("WHERE " + " AND ".join(clauses) if clauses else ""), parameters

    def _speaker_ids(self, name: str, *, loosely: bool = False) -> list[int]:
        """The rows of all speakers who can be meant by a name, or are described so.

        Of "Ana Ruiz and Bo Holm" those of both. ``loosely``: also who is described with more words
        than these, as "the regional government" is.
        """
        parts = _AND.split(name) if not person_name(name).is_body else []
        known = [person_name(each) for each in parts]
        several = len(known) > 1 and all(each.parts and not each.description for each in known)
        names = [name, *(parts if several else ())]
        found = {row for each in names for row in self._rows_called(each, loosely)}
        return sorted(found.union(self._rows_of_country(name)))

    def _rows_called(self, name: str, loosely: bool) -> list[int]:
        wanted = person_name(name)
        described = wanted.description or not wanted.parts
        terms = content_terms(name) if described else []
        # What is compared below is much less than all, found without parsing any name.
        beginnings = [term[:4] for term in terms] or [one for one in wanted.parts if len(one) > 1]
        if not beginnings:
            return []
        joined = " AND " if described else " OR "
        named = self.rows(
            "SELECT id, name, full_name FROM speakers WHERE "  # noqa: S608
            + joined.join(["instr(key, ?) > 0"] * len(beginnings)),
            beginnings,
        )
        if described:
            told = {row["id"]: set(content_terms(row["name"])) for row in named}
            exactly = [row for row in told if told[row] == set(terms)]
            having = [row for row in told if told[row] > set(terms)]
            return [*exactly, *(having if loosely or not exactly else ())]
        return [
            row["id"]
            for row in named
            if same_person(name, row["full_name"]) or same_person(name, row["name"])
        ]

    def _rows_of_country(self, name: str) -> list[int]:
        """For "the Ethiopian government" those of "the government" in documents on Ethiopia."""
        named = places(name)
        keys = {country_key(each.country) for each in named}
        for each in reversed(named):
            name = f"{name[: each.start]} {name[each.end :]}"
        terms = content_terms(name)
        if not (keys and terms and person_name(name).description):
            return []
        rows = self.rows(
            "SELECT k.id, k.name, d.country FROM speakers k JOIN documents d ON d.id = "  # noqa: S608
            f"k.document_id WHERE {' AND '.join(['instr(k.key, ?) > 0'] * len(terms))}",
            [term[:4] for term in terms],
        )
        return [
            row["id"]
            for row in rows
            if country_key(row["country"] or "") in keys
            and set(content_terms(row["name"])) == set(terms)
        ]

    # People.

    def people(
        self,
        text: str = "",
        *,
        kinds: Sequence[str] = (),
        sort: str = "statements",
        first: int = 0,
        count: int | None = None,
    ) -> FoundPeople:
        if sort not in _SORTS:
            raise QueryError(f"people cannot be sorted by {sort!r}: choose {', '.join(_SORTS)}")
        clauses, parameters = [], list[object]()
        for word in (fold(text) or "").split():
            clauses.append("instr(p.haystack, ?) > 0")
            parameters.append(word)
        if kinds:
            clauses.append(self.dialect.among("p.kind"))
            parameters.append(json.dumps(list(kinds)))
        condition = "WHERE " + " AND ".join(clauses) if clauses else ""
        order = _SORTS[sort].format(name=self.dialect.person_name)
        total = self.rows(f"SELECT count(*) AS total FROM people p {condition}", parameters)  # noqa: S608
        rows = self.rows(
            f"SELECT {_PERSON} FROM people p {condition} ORDER BY {order} "  # noqa: S608
            "LIMIT ? OFFSET ?",
            [*parameters, NO_LIMIT if count is None else max(count, 0), max(first, 0)],
        )
        return FoundPeople(total[0]["total"], tuple(Person(**row) for row in rows))

    def person(self, person_id: str) -> Person | None:
        rows = self.rows(f"SELECT {_PERSON} FROM people p WHERE p.id = ?", (person_id,))  # noqa: S608
        return Person(**rows[0]) if rows else None

    def people_called(self, name: str) -> tuple[Person, ...]:
        ids = self._speaker_ids(name)
        rows = self.rows(
            f"SELECT {_PERSON} FROM people p WHERE p.id IN (SELECT k.person FROM speakers k "  # noqa: S608
            f"WHERE {self.dialect.among('k.id', numbers=True)}) ORDER BY {_SORTS['statements']}",
            (json.dumps(ids),),
        )
        return tuple(Person(**row) for row in rows)

    def forms_of(self, person_id: str) -> tuple[PersonForm, ...]:
        rows = self.rows(
            "SELECT full_name AS name, sum(statements) AS statements, "
            "count(DISTINCT document_id) AS documents FROM speakers WHERE person = ? "
            "GROUP BY full_name ORDER BY 2 DESC, 1",
            (person_id,),
        )
        return tuple(PersonForm(**row) for row in rows)

    def mentions(self, *, person_id: str | None = None) -> list[tuple[Mention, str]]:
        """Who speaks in which document, each with the id of the person; all, or one person's."""
        condition = "" if person_id is None else "WHERE k.person = ?"
        rows = self.rows(
            "SELECT k.full_name, k.role, d.country, k.person, d.source FROM speakers k "  # noqa: S608
            f"JOIN documents d ON d.id = k.document_id {condition} ORDER BY d.source, k.full_name",
            () if person_id is None else (person_id,),
        )
        return [
            (
                Mention(row["full_name"], row["source"], row["role"], row["country"]),
                row["person"],
            )
            for row in rows
        ]

    def made_by_hand(self) -> tuple[MadeByHand, ...]:
        rows = self.rows("SELECT id, one, other, made FROM decisions ORDER BY id")
        return tuple(
            MadeByHand(
                row["id"],
                "merged" if row["other"] else "apart",
                _words(row["one"]),
                _words(row["other"]) if row["other"] else None,
                row["made"],
            )
            for row in rows
        )

    def decided(self) -> list[tuple[MadeByHand, tuple[Label, Label | None]]]:
        """What was decided by hand, with the labels."""
        rows = self.rows("SELECT one, other FROM decisions ORDER BY id")
        labels = [
            (Label.of(row["one"]), Label.of(row["other"]) if row["other"] else None) for row in rows
        ]
        return list(zip(self.made_by_hand(), labels, strict=True))

    def statement_count(self) -> int:
        return int(self.rows("SELECT count(*) AS total FROM statements")[0]["total"])

    def unread_for_words(self) -> int:
        """How many documents were not gone through for who said what, by the present rules."""
        rows = self.rows(
            "SELECT count(*) AS total FROM texts WHERE instr(structure, ?) = 0",
            (json.dumps(STATEMENTS),),
        )
        return int(rows[0]["total"])


def _words(label: str) -> str:
    name, country, source = json.loads(label)
    told = ", ".join(each for each in (country, source) if each)
    return f"{name} ({told})" if told else str(name)

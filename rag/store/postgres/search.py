"""Searching a generation: by vectors with pgvector, by words with pg_textsearch.

Passages are indexed by the terms of our own analyser (:mod:`rag.store.terms`), so that what is
found, and how it is scored, is as in a folder.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import DamerauLevenshtein

from rag.language.folding import fold
from rag.language.stems import foreign_terms
from rag.models.embedding import Vectors
from rag.store.expression import All, Either, Expression, Near, Not, Where, Words
from rag.store.postgres.bm25 import Bm25
from rag.store.postgres.connection import Connections
from rag.store.postgres.dialect import PostgresDialect
from rag.store.protocol import Resolve, Scored
from rag.store.sifting import SHORT_LIST, sift
from rag.store.terms import LexicalEntry, analyse, content_terms, says_nothing

# With so few passages left, comparing all of them is exact and as fast as the index.
_COMPARE_ALL = 20_000
# How many neighbours the graph looks at (HNSW's ef); recall .97 of the first 60.
_LOOKED_AT = 200
# Times as many candidates as are wanted: the graph has half precision, and some may be the same.
_SPARE = 2
_LEAST = 40
# Passages that match a query of the query language and are scored, at most.
_MOST_SCORED = 5000
_MOST_LETTERS = 2  # by which a misspelt term differs
_SIMPLE = re.compile(r"[a-z]+|[0-9]+")
_LONGEST_TERM = 200  # bytes; a longer one is cut
_DIALECT = PostgresDialect()
_COLUMNS = ("terms", "foreign_terms")


def encoded(term: str) -> str:
    """A term as the database's parser is sure to leave it whole: letters a-z, or digits, alone.

    Others are in hexadecimal digits, with a mark that no term has which is not encoded.
    """
    short = term.encode("utf-8", "replace")[:_LONGEST_TERM]
    return term if _SIMPLE.fullmatch(term) and len(short) == len(term) else f"u8{short.hex()}"


@dataclass(frozen=True, slots=True)
class IndexedWords:
    """What is stored of the words of a passage, as columns of ``words``."""

    passage_id: str
    document_id: str
    terms: str
    foreign_terms: str
    positions: str

    @classmethod
    def of(cls, entry: LexicalEntry) -> IndexedWords:
        """The terms of title, section and text; words of one do not stand next to another's."""
        places: dict[str, list[int]] = defaultdict(list)
        terms: list[str] = []
        at = 0
        for part in (entry.context, entry.text):
            for each in map(encoded, analyse(part)):
                at += 1
                places[each].append(at)
                terms.append(each)
            at += 1
        foreign = (*foreign_terms(entry.context), *foreign_terms(entry.text))
        # A tsvector has places up to 16,383, and 256 of one term.
        positions = " ".join(
            f"{term}:{','.join(str(min(each, 16383)) for each in found[:256])}"
            for term, found in places.items()
        )
        return cls(
            entry.passage_id,
            entry.document_id,
            " ".join(terms),
            " ".join(map(encoded, foreign)),
            positions,
        )


class PassageSearch:
    """Searches the passages of one generation, or those of some documents of it alone.

    Fulfils :class:`rag.store.Search`. ``schema`` is the quoted name of the generation's schema,
    ``bm25`` scores by each column of words. ``total`` says how many passages there are to search
    in, ``share`` which share of all documents these are.
    """

    def __init__(
        self,
        connections: Connections,
        schema: str,
        bm25: Mapping[str, Bm25],
        total: Callable[[], int],
        *,
        document_ids: Collection[str] | None = None,
        share: Callable[[], float] = lambda: 1.0,
    ) -> None:
        self._connections = connections
        self._schema = schema
        self._bm25 = bm25
        self._total = total
        self._share = share
        self._allowed = frozenset(document_ids or ())
        self._documents = None if document_ids is None else json.dumps(sorted(self._allowed))

    def _within(self) -> tuple[str, list[object]]:
        """The condition that a passage is of one of the documents."""
        if self._documents is None:
            return "true", []
        return _DIALECT.among("document_id").replace("?", "%s"), [self._documents]

    def dense(self, query: Vectors, *, count: int) -> Scored:
        """Passage ids with their cosine similarity to ``query``, most similar first."""
        if count < 1:
            return []
        within, parameters = self._within()
        if self._total() <= _COMPARE_ALL:
            return self._compare_all(query, within, parameters, count)
        text, dimension = _vector(query), len(query)
        half = f"vector::halfvec({dimension}) <=> %s::halfvec({dimension})"
        sql = (
            "WITH near AS MATERIALIZED (SELECT passage_id, vector "  # noqa: S608
            f"FROM {self._schema}.vectors WHERE NOT is_copy AND {within} ORDER BY {half} LIMIT %s) "
            "SELECT passage_id, 1 - (vector <=> %s::vector) AS score FROM near "
            "ORDER BY score DESC, passage_id LIMIT %s"
        )
        looked_at = max(_LOOKED_AT, _SPARE * count)
        with self._connections.connection() as connection, connection.transaction():
            connection.execute(
                f"SET LOCAL hnsw.ef_search = {min(looked_at, 1000)}; "
                "SET LOCAL hnsw.iterative_scan = strict_order"
            )
            rows = connection.execute(
                sql, [*parameters, text, _SPARE * count, text, count]
            ).fetchall()
        return [(row["passage_id"], float(row["score"])) for row in rows]

    def _compare_all(
        self, query: Vectors, within: str, parameters: list[object], count: int
    ) -> Scored:
        # "+ 0" keeps the graph out of it, which would find most of them only.
        rows = self._connections.rows(
            "SELECT passage_id, 1 - (vector <=> %s::vector) AS score "  # noqa: S608
            f"FROM {self._schema}.vectors WHERE NOT is_copy AND {within} "
            "ORDER BY (vector <=> %s::vector) + 0, passage_id LIMIT %s",
            [_vector(query), *parameters, _vector(query), count],
        )
        return [(row["passage_id"], float(row["score"])) for row in rows]

    def words(self, query: str, *, count: int) -> Scored:
        """Passage ids with their BM25 score, best first."""
        if count < 1 or not content_terms(query):
            return []
        if self._documents is not None and len(self._allowed) > SHORT_LIST:
            everywhere = PassageSearch(self._connections, self._schema, self._bm25, self._total)
            found = sift(
                lambda wanted: everywhere.words(query, count=wanted),
                self._allowed,
                count=count,
                share=self._share(),
            )
            if found:
                return found
        asked = {
            "terms": [encoded(each) for each in content_terms(query)],
            "foreign_terms": [encoded(each) for each in dict.fromkeys(foreign_terms(query))],
        }
        texts: dict[str, dict[str, str]] = {}
        for column, terms in asked.items():
            if terms:
                texts |= self._candidates(column, terms, count)
        scores: dict[str, float] = defaultdict(float)
        for column, terms in asked.items():
            if terms:
                columns = {each: text[column] for each, text in texts.items()}
                for each, score in self._bm25[column].scores(terms, columns).items():
                    scores[each] += score
        return sorted(scores.items(), key=lambda each: (-each[1], each[0]))[:count]

    def _candidates(
        self, column: str, terms: Sequence[str], count: int
    ) -> dict[str, dict[str, str]]:
        """The terms of passages, by column, among which the best by one column are."""
        columns = "passage_id, terms, foreign_terms"
        if self._documents is None:
            # The index rounds scores, so those of nearly the same score may come in another order.
            rows = self._connections.rows(
                f"SELECT {columns} FROM {self._schema}.words "  # noqa: S608
                f"WHERE {column} <> '' ORDER BY {column} <@> {self._query(column)} LIMIT %s",
                [" ".join(terms), _LEAST + _SPARE * count],
            )
        else:
            within, parameters = self._within()
            having = ""
            if column == "terms":
                having, parameters = (
                    " AND positions @@ %s::tsquery",
                    [*parameters, " | ".join(terms)],
                )
            rows = self._connections.rows(
                f"SELECT {columns} FROM {self._schema}.words WHERE {within}{having}",  # noqa: S608
                parameters,
            )
        return {row["passage_id"]: {name: row[name] for name in _COLUMNS} for row in rows}

    def has_terms(self, encoded_terms: Sequence[str]) -> bool:
        """Whether the index of words finds anything for some terms, as they are stored."""
        score = f"terms <@> {self._query('terms')}"
        text = " ".join(encoded_terms)
        rows = self._connections.rows(
            f"SELECT -({score}) AS score FROM {self._schema}.words ORDER BY {score} LIMIT 1",  # noqa: S608
            [text, text],
        )
        return any(row["score"] > 0 for row in rows)

    def _query(self, column: str) -> str:
        schema = self._schema.strip('"')
        return f"to_bm25query(%s, '{schema}.words_{column}')"

    # The query language.

    def matching(self, tree: Expression, *, resolve: Resolve, count: int) -> tuple[int, Scored]:
        """How many passages match an expression, and at most ``count`` of them, best first."""
        condition, parameters = _compiled(tree, resolve)
        rows = self._connections.rows(
            f"SELECT count(*) AS total FROM {self._schema}.words WHERE {condition}",  # noqa: S608
            parameters,
        )
        total = int(rows[0]["total"])
        if not total or count < 1:
            return total, []
        terms = [encoded(each) for each in dict.fromkeys(_terms(tree))]
        if not terms:
            found = self._connections.rows(
                f"SELECT passage_id FROM {self._schema}.words WHERE {condition} "  # noqa: S608
                "ORDER BY passage_id LIMIT %s",
                [*parameters, count],
            )
            return total, [(row["passage_id"], 0.0) for row in found]
        # Of very many only the best of all passages are looked at, and some others.
        best = f"ORDER BY terms <@> {self._query('terms')} LIMIT {_MOST_SCORED}"
        rows = self._connections.rows(
            f"SELECT passage_id, terms FROM {self._schema}.words WHERE {condition} "  # noqa: S608
            f"LIMIT {_MOST_SCORED}",
            parameters,
        )
        if total > _MOST_SCORED:
            rows += self._connections.rows(
                f"SELECT passage_id, terms FROM (SELECT * FROM {self._schema}.words {best}) "  # noqa: S608
                f"AS best WHERE {condition}",
                [" ".join(terms), *parameters],
            )
        texts = {row["passage_id"]: row["terms"] for row in rows}
        scores = {**dict.fromkeys(texts, 0.0), **self._bm25["terms"].scores(terms, texts)}
        return total, sorted(scores.items(), key=lambda each: (-each[1], each[0]))[:count]

    def terms_like(self, term: str) -> list[str]:
        """At most ten terms that differ by one or two letters, the nearest and commonest first."""
        if not term:
            return []
        listed = self._connections.rows(
            f"SELECT term FROM {self._schema}.vocabulary WHERE term >= %s AND term < %s "  # noqa: S608
            "AND length(term) BETWEEN %s AND %s",
            [
                term[0],
                chr(ord(term[0]) + 1),
                len(term) - _MOST_LETTERS,
                len(term) + _MOST_LETTERS,
            ],
        )
        near = defaultdict[int, list[str]](list)
        for row in listed:
            distance = DamerauLevenshtein.distance(term, row["term"], score_cutoff=_MOST_LETTERS)
            if 0 < distance <= _MOST_LETTERS:
                near[distance].append(row["term"])
        counted = [
            (distance, -self._passages_with(each), each)
            for distance in sorted(near)
            for each in near[distance]
        ]
        return [each for _, count, each in sorted(counted) if count][:10]

    def _passages_with(self, term: str) -> int:
        rows = self._connections.rows(
            f"SELECT count(*) AS total FROM {self._schema}.words WHERE positions @@ %s::tsquery",  # noqa: S608
            [encoded(term)],
        )
        return int(rows[0]["total"])


def _compiled(part: Expression, resolve: Resolve) -> tuple[str, list[Any]]:
    """An expression as a condition of SQL; a word without letters is no condition."""
    match part:
        case Words(text, prefix):
            query = _prefixed(text) if prefix else _phrase(text)
            return _having([query] if query else [])
        case Near(left, right, distance):
            one, other = _phrase(left.text), _phrase(right.text)
            if not one or not other:
                return _having([each for each in (one, other) if each])
            apart = range(1, distance + 2)
            orders = ((one, other), (other, one))
            either = [f"({a}) <{n}> ({b})" for a, b in orders for n in apart]
            return _having([" | ".join(f"({each})" for each in either)])
        case Where(condition):
            column, ids = resolve(condition)
            return _DIALECT.among(column).replace("?", "%s"), [json.dumps(list(ids))]
        case Not(inner):
            condition_, parameters = _compiled(inner, resolve)
            return f"NOT ({condition_})", parameters
        case Either(parts):
            return _joined(" OR ", parts, resolve)
        case All(parts):
            said = [one for one in parts if not says_nothing(one)] or parts
            return _joined(" AND ", said, resolve)


def _joined(
    operator: str, parts: Sequence[Expression], resolve: Resolve
) -> tuple[str, list[object]]:
    compiled = [_compiled(each, resolve) for each in parts]
    condition = operator.join(f"({each})" for each, _ in compiled)
    return condition, [value for _, values in compiled for value in values]


def _having(queries: Sequence[str]) -> tuple[str, list[Any]]:
    if not queries:
        return "true", []
    return "positions @@ %s::tsquery", [" & ".join(f"({each})" for each in queries)]


def _phrase(text: str) -> str:
    return " <-> ".join(map(encoded, analyse(text)))


def _prefixed(text: str) -> str:
    """Terms that begin so; they are stems, so the word that the beginning may be counts too."""
    begun = "".join(mark for mark in fold(text).lower() if mark.isalnum())
    if not begun:
        return ""
    # A term that goes on with other letters is encoded, though its beginning would not be.
    beginnings = {encoded(begun), f"u8{begun.encode('utf-8').hex()}"}
    phrase = _phrase(text)
    return " | ".join([*(f"{each}:*" for each in sorted(beginnings)), f"({phrase})"])


def _terms(part: Expression) -> Iterator[str]:
    """The terms that a passage is scored by: all that it may have, but not those it must not."""
    match part:
        case Words(text):
            yield from analyse(text)
        case Near(left, right):
            yield from (*analyse(left.text), *analyse(right.text))
        case Either(parts) | All(parts):
            for each in parts:
                yield from _terms(each)
        case _:
            return


def _vector(query: Vectors) -> str:
    return "[" + ",".join(format(float(each), ".9g") for each in query) + "]"

"""Query to hits: dense and lexical search, fused with what the question names; filters."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from rag.answer.metadata_match import MetadataMatch, NamedDocuments
from rag.answer.parts import Parts
from rag.answer.records import Query, numbered
from rag.errors import QueryError
from rag.schema import Condition, Hit, Passage
from rag.store import Store

if TYPE_CHECKING:
    from rag.models.embedding import Vectors
    from rag.store import Search

__all__ = ["join_neighbours", "parse_condition", "retrieve"]

# Share of the lexical score in the fused one, and how many passages each search contributes.
# Chosen on three public question sets; flat between 0.25 and 0.4.
_LEXICAL_SHARE: Final = 0.3
_POOL: Final = 60
# What being of a document that the question names adds at most. On the UN speeches recall is the
# same from 0.1 to 0.3; on conversations over alike web pages it falls the more, the higher it is.
_NAMED: Final = 0.1
_NAMED_DOCUMENTS: Final = 10

# Passages joined into one hit at most: a hit stays something to read at a glance.
_JOINED: Final = 2


def retrieve(
    index: Store,
    metadata: MetadataMatch,
    query: Query,
    *,
    count: int = 10,
    where: Sequence[Condition] = (),
    within: Collection[str] | None = None,
    also: Collection[str] = (),
    parts: Parts | None = None,
) -> tuple[Hit, ...]:
    """The passages that bear on ``query``, best first, each a hit of its own.

    Each text's score is ``0.7 * cosine + 0.3 * BM25 / best BM25``, and texts add up by their
    weights (a convex combination, as in Bruch et al. 2023, "An Analysis of Fusion Functions for
    Hybrid Retrieval"); to that comes the share of what the question names that is said of the
    document (:class:`~rag.answer.metadata_match.MetadataMatch`), times 0.1. Documents that are
    named most, and those whose ids are in ``also``, are searched by themselves too. All documents
    meet ``where`` and, where it is given, have their ids ``within`` these.

    Raises:
        QueryError: the question is empty, or a condition cannot be understood.
    """
    parts = parts or Parts()
    if not any(text.strip() for text, _ in query.texts):
        raise QueryError("the question is empty: type what you want to know")
    allowed = _allowed(index, where, within)
    named = metadata.named(query.texts[0][0]) if parts.metadata_match else NamedDocuments({}, {})
    search = _Search(index, query, count=max(_POOL, count), lexical=parts.lexical_search)
    search.add(index if allowed is None else index.within(allowed))
    for ids in (named.best(_NAMED_DOCUMENTS), also):
        if own := [each for each in ids if allowed is None or each in allowed]:
            search.add(index.within(own))
    scores = search.scores()
    for passage_id in scores:
        scores[passage_id] += _NAMED * named.shares.get(passage_id.rsplit(".", 1)[0], 0.0)
    ranked = sorted(scores, key=lambda each: (-scores[each], each))[:count]
    stored = index.passages(ranked)
    hits = [
        Hit(
            rank,
            scores[each],
            stored[each][0],
            stored[each][1],
            stored[each][2],
            (stored[each][0],),
        )
        for rank, each in enumerate((each for each in ranked if each in stored), start=1)
    ]
    return tuple(hits)


def _allowed(
    index: Store, where: Sequence[Condition], within: Collection[str] | None
) -> frozenset[str] | None:
    """The documents to search in; None for all."""
    if not where:
        return None if within is None else frozenset(within)
    met = frozenset(index.document_ids(where))
    return met if within is None else met.intersection(within)


class _Search:
    """Both searches for every text of a query, over one or more parts of an index."""

    def __init__(self, index: Store, query: Query, *, count: int, lexical: bool) -> None:
        self._index = index
        self._texts = query.texts
        self._count = count
        self._lexical = lexical
        self._vectors: Vectors = index.embedding.embed_queries([text for text, _ in query.texts])
        self._dense: list[dict[str, float]] = [{} for _ in query.texts]
        self._words: list[dict[str, float]] = [{} for _ in query.texts]

    def add(self, documents: Search) -> None:
        """Search some documents, or all."""
        for number, (text, _) in enumerate(self._texts):
            vector = self._vectors[number]
            found = documents.dense(vector, count=self._count)
            self._dense[number].update(found)
            if self._lexical:
                words = documents.words(text, count=self._count)
                self._words[number].update(words)

    def scores(self) -> dict[str, float]:
        """Fused scores by passage id, in [-1, 1].

        Passages that only one of the searches found get their cosine looked up; a missing BM25
        score is no higher than the last one found, and counts as 0.
        """
        found = {each for scored in (*self._dense, *self._words) for each in scored}
        total = dict.fromkeys(found, 0.0)
        weights = sum(weight for _, weight in self._texts)
        for number, (_, weight) in enumerate(self._texts):
            dense, words = self._dense[number], self._words[number]
            unknown = sorted(found - dense.keys())
            dense.update(self._index.similarities(self._vectors[number], unknown))
            best = max(words.values(), default=1.0) or 1.0
            for each in found:
                lexical = words.get(each, 0.0) / best
                fused = (1 - _LEXICAL_SHARE) * dense.get(each, 0.0) + _LEXICAL_SHARE * lexical
                total[each] += weight / weights * fused
        return total


def join_neighbours(index: Store, hits: Sequence[Hit], *, count: int) -> tuple[Hit, ...]:
    """At most ``count`` hits, where passages that follow one another are one hit.

    They are joined where they stand in the same section and turn, and share the better rank.
    """
    joined: list[Hit] = []
    for hit in hits:
        beside = _neighbour(joined, hit.passage)
        if beside is None:
            joined.append(hit)
        else:
            joined[beside] = _join(index, joined[beside], hit.passage)
    return numbered(joined[:count])


def _neighbour(hits: Sequence[Hit], passage: Passage) -> int | None:
    """The place of the hit to which ``passage`` is the next or previous passage, if any."""
    for number, hit in enumerate(hits):
        other = hit.passage
        if (
            len(hit.parts) < _JOINED
            and (other.document_id, other.section, other.speaker)
            == (passage.document_id, passage.section, passage.speaker)
            and (0 <= passage.start - other.end <= 2 or 0 <= other.start - passage.end <= 2)
        ):
            return number
    return None


def _join(index: Store, hit: Hit, passage: Passage) -> Hit:
    parts = tuple(sorted((*hit.parts, passage), key=lambda part: part.start))
    first, last = parts[0], parts[-1]
    document = index.document(passage.document_id)
    if document is None:  # removed by another process just now
        return hit
    joined = replace(
        first,
        id=f"{first.document_id}.{first.start}-{last.end}",
        end=last.end,
        text=document.text[first.start : last.end],
        page_end=last.page_end,
        sentences=tuple(sentence for part in parts for sentence in part.sentences),
    )
    return replace(hit, passage=joined, parts=parts)


_OPERATORS: Final = ("!=", ">=", "<=", "=", ">", "<")


def parse_condition(text: str) -> Condition:
    """Read a filter such as ``country=Ethiopia`` or ``year>=2018``.

    Raises:
        QueryError: there is no operator or no field in it.
    """
    positions = [(text.find(operator), -len(operator)) for operator in _OPERATORS]
    at, length = min((pair for pair in positions if pair[0] > 0), default=(-1, 0))
    if at < 0:
        raise QueryError(
            f"filter {text!r}: write FIELD=VALUE, as in country=Ethiopia or 'year>=2018'"
        )
    operator = text[at : at - length]
    return Condition(text[:at].strip(), operator, text[at - length :].strip())  # type: ignore[arg-type]

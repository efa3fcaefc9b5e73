"""Query to hits: dense and lexical search, fused; neighbouring passages joined; filters."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.errors import QueryError
from rag.questions import Asked
from rag.schema import Condition, Hit, Passage
from rag.storage import Index

if TYPE_CHECKING:
    from rag.embedding import Vectors
    from rag.storage import Narrowed

__all__ = ["Query", "parse_condition", "retrieve"]

# Share of the lexical score in the fused one, and how many passages each search contributes.
# Chosen on three public question sets; flat between 0.25 and 0.4.
_LEXICAL_SHARE = 0.3
_POOL = 60

# Passages joined into one hit at most: a hit stays something to read at a glance.
_JOINED = 2


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for: one or more texts, each with the weight of its scores.

    The first text is the question itself; a shorter one is what it is about, a longer one the
    question after what a conversation said before. ``asked`` is what the question asks, where it
    was understood.
    """

    texts: tuple[tuple[str, float], ...]
    asked: Asked | None = None

    @property
    def text(self) -> str:
        """What is searched for, readable, and meaningful when it is asked by itself."""
        return self.asked.standalone if self.asked else max(self._words, key=len)

    @property
    def in_conversation(self) -> bool:
        """Whether more is searched for than the question itself."""
        return len(max(self._words, key=len)) > len(self.texts[0][0])

    @property
    def _words(self) -> tuple[str, ...]:
        return tuple(text for text, _ in self.texts)


def retrieve(
    index: Index,
    query: Query,
    *,
    count: int = 10,
    where: Sequence[Condition] = (),
    among: Collection[str] | None = None,
) -> tuple[Hit, ...]:
    """Find the passages that bear on ``query``.

    Each text's score is ``0.7 * cosine + 0.3 * BM25 / best BM25``, and texts add up by their
    weights (a convex combination, as in Bruch et al. 2023, "An Analysis of Fusion Functions for
    Hybrid Retrieval"). Of the passages found, one that directly follows or precedes another in
    the same section and turn is joined to it, and the two share one rank. Documents must meet
    ``where`` and, if it is given, have their ids ``among`` these.

    Raises:
        QueryError: the query is empty, or a condition cannot be understood.
    """
    if not any(text.strip() for text, _ in query.texts):
        raise QueryError("the question is empty: type what you want to know")
    within = _within(index, where, among)
    vectors = index.embedding.embed_queries([text for text, _ in query.texts])
    scores = _fused(index, query, vectors, count=max(_POOL, 2 * count), within=within)
    ranked = sorted(scores, key=lambda each: (-scores[each], each))[: _JOINED * count]
    return _hits(index, ranked, scores, count=count)


def _within(
    index: Index, where: Sequence[Condition], among: Collection[str] | None
) -> Narrowed | None:
    """The passages to search in; None for all."""
    if among is None:
        return index.narrowed(index.catalog.document_ids(where)) if where else None
    met = index.catalog.document_ids(where) if where else among
    return index.narrowed(set(among).intersection(met))


def _fused(
    index: Index,
    query: Query,
    vectors: Vectors,
    *,
    count: int,
    within: Narrowed | None,
) -> dict[str, float]:
    """Fused scores by passage id, in [-1, 1].

    Passages that only one of the searches found get their cosine looked up; a missing BM25
    score is no higher than the last one found, and counts as 0.
    """
    scored: list[tuple[float, dict[str, float], dict[str, float]]] = []
    for (text, weight), vector in zip(query.texts, vectors, strict=True):
        dense = dict(index.dense(vector, count=count, within=within))
        words = dict(index.words(text, count=count, within=within))
        scored.append((weight, dense, words))
    found = {each for _, dense, words in scored for each in (*dense, *words)}
    total = dict.fromkeys(found, 0.0)
    weights = sum(weight for weight, _, _ in scored)
    for (weight, dense, words), vector in zip(scored, vectors, strict=True):
        unknown = sorted(found - dense.keys())
        dense |= index.similarities(vector, unknown)
        best = max(words.values(), default=1.0) or 1.0
        for each in found:
            lexical = words.get(each, 0.0) / best
            cosine = dense.get(each, 0.0)
            share = weight / weights
            total[each] += share * ((1 - _LEXICAL_SHARE) * cosine + _LEXICAL_SHARE * lexical)
    return total


def _hits(
    index: Index, ranked: Sequence[str], scores: dict[str, float], *, count: int
) -> tuple[Hit, ...]:
    stored = index.passages(ranked)
    hits: list[Hit] = []
    for position, passage_id in enumerate(each for each in ranked if each in stored):
        passage, source, metadata = stored[passage_id]
        beside = _neighbour(hits, passage) if position < count else None
        if beside is None:
            hits.append(Hit(0, scores[passage_id], passage, source, metadata, (passage,)))
        else:
            hits[beside] = _join(index, hits[beside], passage)
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits[:count], start=1))


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


def _join(index: Index, hit: Hit, passage: Passage) -> Hit:
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


_OPERATORS = ("!=", ">=", "<=", "=", ">", "<")


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

"""BM25 as Tantivy has it, from what the index of the database knows of the terms.

The index finds the best candidates fast, with scores that are rounded; to ask it for the right
score of each takes a fifth of a millisecond. It is asked for two scores of each term instead, from
which the weight of the term and the average length follow.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from rag.store.postgres.connection import Connections

# Robertson et al. 1994, "Okapi at TREC-3"; the values of Tantivy and of pg_textsearch.
_K1, _B = 1.2, 0.75
_SHORT, _LONG = 1, 96  # lengths of the texts that a score is asked for; both are kept exactly
_FILLER = "u8"  # no term is encoded so


def rounded_length(length: int) -> int:
    """A length as it is kept: of those over 24 only the four highest bits of what exceeds 24.

    The encoding of Lucene's ``SmallFloat``, which Tantivy and pg_textsearch have too.
    """
    if length < 24:
        return length
    shift = max(0, (length - 24).bit_length() - 4)
    return 24 + ((length - 24) >> shift << shift)


@dataclass(slots=True)
class _Known:
    """What is known at a revision: the weights of terms, and ``k1 * b / average length``."""

    revision: Hashable
    weights: dict[str, float] = field(default_factory=dict)
    per_length: float = 0.0


class Bm25:
    """Scores of one column of ``words``; safe to share between threads.

    ``index`` is the full name of its index, ``revision`` says what changes with the collection.
    """

    def __init__(
        self, connections: Connections, index: str, revision: Callable[[], Hashable]
    ) -> None:
        self._connections = connections
        self._index = index
        self._revision = revision
        self._lock = threading.Lock()
        self._known = _Known(None)

    def scores(self, terms: Sequence[str], texts: Mapping[str, str]) -> dict[str, float]:
        """The score of each text, by its id, if it has any of the terms; all are encoded."""
        weights, per_length = self._weights(terms)
        scores = {}
        for each, text in texts.items():
            words = text.split()
            counted = Counter(words)
            length = _K1 * (1 - _B) + per_length * rounded_length(len(words))
            score = sum(
                weight * counted[term] / (counted[term] + length)
                for term, weight in weights.items()
                if counted[term]
            )
            if score > 0:
                scores[each] = score
        return scores

    def _weights(self, terms: Sequence[str]) -> tuple[dict[str, float], float]:
        revision = self._revision()
        with self._lock:
            if self._known.revision != revision:
                self._known = _Known(revision)
            known = self._known
            new = [each for each in dict.fromkeys(terms) if each not in known.weights]
        if new:
            weights, per_length = self._ask(new)
            with self._lock:
                known.weights.update(weights)
                known.per_length = per_length or known.per_length
        return {each: known.weights.get(each, 0.0) for each in terms}, known.per_length

    def _ask(self, terms: Sequence[str]) -> tuple[dict[str, float], float]:
        """The weights of terms, and the factor of the length; 0 if none of them is there."""
        texts = [*terms, *(f"{each}{f' {_FILLER}' * (_LONG - 1)}" for each in terms)]
        rows = self._connections.rows(
            "SELECT -(asked.text <@> to_bm25query(asked.term, %s)) AS score "
            "FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS asked (term, text, place) "
            "ORDER BY place",
            [self._index, [*terms, *terms], texts],
        )
        scores = [float(row["score"]) for row in rows]
        short, long = scores[: len(terms)], scores[len(terms) :]
        best = max(range(len(terms)), key=lambda each: short[each])
        if short[best] <= 0:
            return dict.fromkeys(terms, 0.0), 0.0
        # score(length) = weight / (1 + k1 (1 - b) + per_length * length)
        constant, ratio = 1 + _K1 * (1 - _B), short[best] / long[best]
        per_length = (ratio - 1) * constant / (_LONG - ratio * _SHORT)
        weights = [each * (constant + per_length * _SHORT) for each in short]
        return dict(zip(terms, weights, strict=True)), per_length

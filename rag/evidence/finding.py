"""Which sentences of the hits bear on the question, and does any of them answer it?

Every sentence is measured (`measuring.py`); the best few dozen are then read together with the
question by a cross-encoder. Two logistic regressions over all of that give the probability that
a sentence is part of the answer and, over the best sentence, the confidence that the hits answer
the question at all. Their weights are in ``weights.json``; ``benchmarks/fit_evidence.py`` fits
them.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.embedding import SentenceEmbedding, TokenVectors
from rag.evidence.measuring import Question, Sentence, measure, question_of, sentences_of
from rag.evidence.models import MEASURES, Matrix, confidence_features, fitted
from rag.retrieval import Query
from rag.schema import Evidence, Hit
from rag.storage import Index

__all__ = ["Finding", "Reader"]

_CACHED_PASSAGES = 600

# Where the speaker and the topic stand together, something was said of it: such questions have
# little else in common with their answers, which the models take for doubt. A sentence that names
# both is part of the answer; the two side by side are reason enough to give one.
_TERMS = MEASURES.index("terms")
_NEARBY = MEASURES.index("terms nearby")
_ALL = 0.999
_SAID = 0.6


@dataclass(frozen=True, slots=True)
class Finding:
    """Every sentence of the hits with its probability, best first, and the confidence.

    ``measures`` has a row for each item of ``evidence``, a column for each of :data:`MEASURES`.
    """

    evidence: tuple[Evidence, ...]
    confidence: float
    measures: Matrix


class Reader:
    """Finds evidence; keeps the token vectors of passages it met last. Safe between threads."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._embedding: SentenceEmbedding = index.embedding
        self._cache: OrderedDict[str, TokenVectors] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, query: Query, hits: Sequence[Hit]) -> Finding:
        """Score every sentence of ``hits``, which must be ordered best first."""
        sentences = self._sentences(hits)
        questions = self._questions(query)
        if not sentences or not questions:
            return Finding((), 0.0, np.zeros((0, len(MEASURES))))
        idf = self._idf({term for question in questions for term in question.terms})
        measures = measure(sentences, questions, idf, query.texts[0][0])
        probability = fitted("sentence").probabilities(measures)
        if query.asks_what_was_said:
            names_both = measures[:, _TERMS] > _ALL
            probability[names_both] = np.maximum(probability[names_both], _SAID * probability.max())
        order = np.argsort(-probability, kind="stable")
        confidence = fitted("confidence").probabilities(
            confidence_features(
                measures, best=int(order[0]), in_conversation=query.in_conversation
            )[None, :]
        )
        if query.asks_what_was_said and measures[order[0], _NEARBY] > _ALL:
            confidence = np.maximum(confidence, _SAID)
        evidence = tuple(
            Evidence(each.hit, each.start, each.end, float(probability[number]))
            for number in order
            for each in (sentences[number],)
        )
        return Finding(evidence, float(confidence[0]), measures[order])

    def _questions(self, query: Query) -> list[Question]:
        """The texts of the query, ready to be compared.

        Of a text that is longer than the question, only the question's own tokens are compared:
        they have the meaning that the context gives them, and what was said before need not be
        said again.
        """
        asked = query.texts[0][0]
        total = sum(weight for _, weight in query.texts)
        embedded = self._embedding.embed_tokens([text for text, _ in query.texts])
        return [
            question_of(weight / total, text, _last(tokens, text, asked))
            for (text, weight), tokens in zip(query.texts, embedded, strict=True)
            if len(tokens.vectors)  # none in a text of control characters, say
        ]

    def _idf(self, terms: set[str]) -> dict[str, float]:
        """Inverse document frequency as in BM25 (Robertson and Zaragoza 2009), over passages."""
        count = len(self._index.lexical)
        return {
            term: math.log(1 + (count - frequency + 0.5) / (frequency + 0.5))
            for term, frequency in self._index.lexical.document_frequencies(terms).items()
        }

    def _sentences(self, hits: Sequence[Hit]) -> list[Sentence]:
        found: list[Sentence] = []
        for hit, tokens in zip(hits, self._tokens(hits), strict=True):
            found.extend(sentences_of(hit, tokens, first=len(found)))
        return found

    def _tokens(self, hits: Sequence[Hit]) -> list[TokenVectors]:
        """Token vectors of each hit's passage; offsets count from the start of the passage."""
        parts = {part.id: (hit.title, part) for hit in hits for part in hit.parts}
        with self._lock:
            known = {each: self._cache[each] for each in parts if each in self._cache}
        missing = [pair for each, pair in parts.items() if each not in known]
        embedded = self._embedding.embed_tokens(
            [f"{title}. {part.text}" for title, part in missing]
        )
        for (title, part), tokens in zip(missing, embedded, strict=True):
            known[part.id] = _without_title(tokens, title)
        self._remember(known)
        return [_of_hit(hit, known) for hit in hits]

    def _remember(self, known: dict[str, TokenVectors]) -> None:
        with self._lock:
            for each, tokens in known.items():
                self._cache[each] = tokens
                self._cache.move_to_end(each)
            while len(self._cache) > _CACHED_PASSAGES:
                self._cache.popitem(last=False)


def _without_title(tokens: TokenVectors, title: str) -> TokenVectors:
    """The tokens after the title and its full stop; offsets count from there."""
    shift = len(title) + 2
    inside = tokens.offsets[:, 0] >= shift
    return TokenVectors(tokens.vectors[inside], tokens.offsets[inside] - shift)


def _of_hit(hit: Hit, known: dict[str, TokenVectors]) -> TokenVectors:
    """The tokens of all parts of a hit, with offsets in its passage."""
    return TokenVectors(
        np.concatenate([known[part.id].vectors for part in hit.parts]),
        np.concatenate(
            [known[part.id].offsets + part.start - hit.passage.start for part in hit.parts]
        ),
    )


def _last(tokens: TokenVectors, text: str, asked: str) -> TokenVectors:
    """The tokens of ``asked``, which stands at the end of ``text``; all if it was cut off."""
    inside = tokens.offsets[:, 0] >= len(text) - len(asked)
    if not inside.any():
        return tokens
    return TokenVectors(tokens.vectors[inside], tokens.offsets[inside])

"""Which sentences of the hits bear on the question, and does any of them answer it?

A sentence is compared to the question token by token, each token in the context of its passage
(late interaction: Khattab and Zaharia 2020, "ColBERT", with the embedding model's own token
vectors). That and a dozen plain features go into two logistic regressions: one gives the
probability that a sentence is part of the answer, the other, over the best sentence, the
confidence that the hits answer the question at all. Their weights are in
``evidence_weights.json``; ``benchmarks/fit_evidence.py`` fits them.
"""

from __future__ import annotations

import json
import math
import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.embedding import SentenceEmbedding, TokenVectors
from rag.retrieval import Query
from rag.schema import Evidence, Hit, Metadata
from rag.storage import Index, analyse, content_terms

__all__ = [
    "CONFIDENCE_FEATURES",
    "MEASURES",
    "Finding",
    "Reader",
    "confidence_features",
]

Matrix = npt.NDArray[np.float64]

MEASURES = (
    "interaction",  # mean over question tokens of the best cosine to a token of the sentence
    "interaction of a neighbour",  # the higher of the sentences before and after
    "cosine",  # of the mean token vectors of question and sentence
    "terms",  # share of the question's terms, weighted by idf, in the sentence
    "terms nearby",  # … in the sentence, those beside it, title, section or speaker
    "terms in passage",
    "rarest term missing",  # idf of the rarest question term that is nowhere in the passage
    "hit score",
    "reciprocal rank",
    "length",  # logarithm of the number of characters
    "number, if asked",  # 1 if a number is asked for and there, 0 if not there; else 1/2
    "date, if asked",
    "name, if asked",
    "is a question",
)

CONFIDENCE_FEATURES = (
    "interaction",
    "cosine",
    "terms",
    "terms nearby",
    "terms in passage",
    "rarest term missing",
    "hit score",
    "best interaction",
    "best cosine",
    "interaction above the mean",
    "question information",  # logarithm of the sum of idf over the question's terms
)

_CACHED_PASSAGES = 600

_ASKS_NUMBER = re.compile(
    r"\bhow (?:many|much|old|long|far|tall|large|big|often|high|deep|fast)\b|"
    r"\bwhat (?:number|percentage|percent|share|amount|age|proportion)\b",
    re.IGNORECASE,
)
_ASKS_DATE = re.compile(
    r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|decade)\b", re.IGNORECASE
)
_ASKS_NAME = re.compile(r"\bwho(?:m|se)?\b", re.IGNORECASE)
_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|"
    r"thousands?|millions?|billions?|half|percent)\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b(?:1\d{3}|20\d{2})\b|\b(?:January|February|March|April|May|June|July|August|September|"
    r"October|November|December|century|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|"
    r"Sunday)\b"
)
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+")


@dataclass(frozen=True, slots=True)
class Finding:
    """Every sentence of the hits with its probability, best first, and the confidence.

    ``measures`` has a row for each item of ``evidence`` and a column for each of :data:`MEASURES`;
    ``information`` is the logarithm of the sum of idf over the question's terms.
    """

    evidence: tuple[Evidence, ...]
    confidence: float
    measures: Matrix
    information: float


@dataclass(frozen=True, slots=True)
class _Question:
    """One text of the query, prepared for comparison."""

    weight: float
    tokens: TokenVectors
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sentence:
    hit: Hit
    start: int
    end: int
    tokens: npt.NDArray[np.float32]
    terms: frozenset[str]
    nearby: frozenset[str]
    passage: frozenset[str]
    neighbours: tuple[int, ...]

    @property
    def text(self) -> str:
        offset = self.hit.passage.start
        return self.hit.passage.text[self.start - offset : self.end - offset]


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
        if not sentences:
            return Finding((), 0.0, np.zeros((0, len(MEASURES))), 0.0)
        questions = self._questions(query)
        idf = self._idf({term for question in questions for term in question.terms})
        information = math.log(1 + sum(idf[term] for term in questions[0].terms))
        measures = _measure(sentences, questions, idf, query.texts[0][0])
        probability = _fitted("sentence").probabilities(measures)
        order = np.argsort(-probability, kind="stable")
        confidence = _fitted("confidence").probabilities(
            confidence_features(measures, best=int(order[0]), information=information)[None, :]
        )
        evidence = tuple(
            Evidence(each.hit, each.start, each.end, float(probability[number]))
            for number in order
            for each in (sentences[number],)
        )
        return Finding(evidence, float(confidence[0]), measures[order], information)

    def _questions(self, query: Query) -> list[_Question]:
        texts = [text for text, _ in query.texts]
        total = sum(weight for _, weight in query.texts)
        return [
            _Question(weight / total, tokens, tuple(content_terms(text)))
            for (text, weight), tokens in zip(
                query.texts, self._embedding.embed_tokens(texts), strict=True
            )
        ]

    def _idf(self, terms: set[str]) -> dict[str, float]:
        """Inverse document frequency as in BM25 (Robertson and Zaragoza 2009), over passages."""
        count = len(self._index.lexical)
        return {
            term: math.log(1 + (count - frequency + 0.5) / (frequency + 0.5))
            for term, frequency in self._index.lexical.document_frequencies(terms).items()
        }

    def _sentences(self, hits: Sequence[Hit]) -> list[_Sentence]:
        found: list[_Sentence] = []
        for hit, tokens in zip(hits, self._tokens(hits), strict=True):
            found.extend(_sentences_of(hit, tokens, first=len(found)))
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


def _sentences_of(hit: Hit, tokens: TokenVectors, *, first: int) -> list[_Sentence]:
    passage = hit.passage
    texts = [passage.text[a - passage.start : b - passage.start] for a, b in passage.sentences]
    terms = [frozenset(analyse(text)) for text in texts]
    context = frozenset(analyse(_told_about(hit)))
    everything = context.union(*terms) if terms else context
    count = len(terms)
    found: list[_Sentence] = []
    for number, (start, end) in enumerate(passage.sentences):
        inside = (tokens.offsets[:, 0] >= start - passage.start) & (
            tokens.offsets[:, 1] <= end - passage.start
        )
        beside = [each for each in (number - 1, number + 1) if 0 <= each < count]
        found.append(
            _Sentence(
                hit,
                start,
                end,
                tokens.vectors[inside],
                terms[number],
                terms[number].union(context, *(terms[each] for each in beside)),
                everything,
                tuple(first + each for each in beside),
            )
        )
    return found


def _told_about(hit: Hit) -> str:
    """What is known of a passage besides its words: a question may name any of it."""
    metadata: Metadata = hit.metadata
    passage = hit.passage
    parts = (metadata.title, passage.section, passage.speaker, metadata.country, metadata.date)
    return " ".join(part for part in parts if part)


def _measure(
    sentences: Sequence[_Sentence],
    questions: Sequence[_Question],
    idf: dict[str, float],
    asked: str,
) -> Matrix:
    """The columns :data:`MEASURES` for each sentence.

    What compares words is averaged over the texts of the query, by their weights; ``asked`` is
    the question itself.
    """
    compared = sum(question.weight * _compare(sentences, question, idf) for question in questions)
    interaction, cosine, terms, nearby, passage = np.asarray(compared)
    neighbour = [
        max((interaction[each] for each in sentence.neighbours), default=interaction[number])
        for number, sentence in enumerate(sentences)
    ]
    wanted = [
        (bool(asks.search(asked)), has)
        for asks, has in ((_ASKS_NUMBER, _NUMBER), (_ASKS_DATE, _DATE), (_ASKS_NAME, _NAME))
    ]
    own = [
        (
            max((idf[t] for t in questions[0].terms if t not in sentence.passage), default=0.0),
            sentence.hit.score,
            1 / sentence.hit.rank,
            math.log(1 + sentence.end - sentence.start),
            *(float(bool(has.search(sentence.text))) if asks else 0.5 for asks, has in wanted),
            float(sentence.text.endswith("?")),
        )
        for sentence in sentences
    ]
    shared = np.stack([interaction, np.array(neighbour), cosine, terms, nearby, passage])
    return np.hstack([shared.T, np.array(own)])


def _compare(sentences: Sequence[_Sentence], question: _Question, idf: dict[str, float]) -> Matrix:
    """Interaction, cosine and the three shares of terms; shape ``(5, len(sentences))``."""
    total = sum(idf[term] for term in question.terms) or 1.0
    mean = _unit(question.tokens.vectors.mean(axis=0))
    rows = []
    for sentence in sentences:
        interaction = cosine = 0.0
        if len(sentence.tokens):
            similarity = question.tokens.vectors @ sentence.tokens.T
            interaction = float(similarity.max(axis=1).mean())
            cosine = float(mean @ _unit(sentence.tokens.mean(axis=0)))
        shares = (
            sum(idf[term] for term in question.terms if term in known) / total
            for known in (sentence.terms, sentence.nearby, sentence.passage)
        )
        rows.append((interaction, cosine, *shares))
    return np.array(rows).T


def _unit(vector: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector


def confidence_features(measures: Matrix, *, best: int, information: float) -> Matrix:
    """The columns :data:`CONFIDENCE_FEATURES`, of the sentence in row ``best`` and of all."""
    column = dict(zip(MEASURES, measures.T, strict=True))
    interaction, cosine = column["interaction"], column["cosine"]
    return np.array(
        [
            *(column[name][best] for name in CONFIDENCE_FEATURES[:7]),
            interaction.max(),
            cosine.max(),
            interaction[best] - interaction.mean(),
            information,
        ]
    )


@dataclass(frozen=True, slots=True)
class _Fitted:
    """A fitted linear model, and how its values become probabilities.

    ``slope`` applies to the value, ``relative`` to its distance from the best in the same call.
    """

    weights: Matrix
    slope: float
    relative: float
    bias: float

    def probabilities(self, features: Matrix) -> Matrix:
        """Shape ``(rows,)``, of features of one question of shape ``(rows, len(weights))``."""
        value = features @ self.weights
        logit = self.slope * value + self.relative * (value - value.max()) + self.bias
        return np.asarray(1 / (1 + np.exp(-logit)), np.float64)


@cache
def _fitted(name: str) -> _Fitted:
    text = (resources.files("rag") / "evidence_weights.json").read_text("utf-8")
    part: dict[str, Any] = json.loads(text)[name]
    expected = MEASURES if name == "sentence" else CONFIDENCE_FEATURES
    return _Fitted(
        np.array([part["weights"][feature] for feature in expected]),
        float(part["slope"]),
        float(part["relative"]),
        float(part["bias"]),
    )

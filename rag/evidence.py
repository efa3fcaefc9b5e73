"""Which sentences of the hits bear on the question, and does any of them answer it?

A sentence is compared to the question token by token, each token in the context of its passage
(late interaction: Khattab and Zaharia 2020, "ColBERT", with the embedding model's own token
vectors). That and a dozen plain features go into two logistic regressions: one gives the
probability that a sentence is part of the answer, the other, over the best sentence, the
confidence that the hits answer the question at all. Their weights are in
``evidence_weights.json``; ``benchmarks/fit_evidence.py`` fits them.
"""

from __future__ import annotations

import math
import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rag.embedding import SentenceEmbedding, TokenVectors
from rag.evidence_model import MEASURES, Matrix, confidence_features, fitted
from rag.retrieval import Query
from rag.schema import Evidence, Hit, Metadata
from rag.storage import Index, analyse, content_terms

__all__ = ["Finding", "Reader"]

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
    ``overall`` has the last three of :data:`CONFIDENCE_FEATURES`, which are of the question.
    """

    evidence: tuple[Evidence, ...]
    confidence: float
    measures: Matrix
    overall: Matrix


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
            return Finding((), 0.0, np.zeros((0, len(MEASURES))), np.zeros(3))
        questions = self._questions(query)
        idf = self._idf({term for question in questions for term in question.terms})
        overall = _overall(sentences, questions, idf)
        measures = _measure(sentences, questions, idf, query.texts[0][0])
        probability = fitted("sentence").probabilities(measures)
        order = np.argsort(-probability, kind="stable")
        confidence = fitted("confidence").probabilities(
            confidence_features(measures, best=int(order[0]), overall=overall)[None, :]
        )
        evidence = tuple(
            Evidence(each.hit, each.start, each.end, float(probability[number]))
            for number in order
            for each in (sentences[number],)
        )
        return Finding(evidence, float(confidence[0]), measures[order], overall)

    def _questions(self, query: Query) -> list[_Question]:
        """The question alone and, in a conversation, the question as the conversation means it.

        Of a longer text only the tokens of the question are compared: they have the meaning that
        the context gives them, and what was said before need not be said again.
        """
        asked = query.texts[0][0]
        total = sum(weight for _, weight in query.texts)
        embedded = self._embedding.embed_tokens([text for text, _ in query.texts])
        return [
            _Question(weight / total, _last(tokens, text, asked), tuple(content_terms(text)))
            for (text, weight), tokens in zip(query.texts, embedded, strict=True)
        ]

    def _idf(self, terms: set[str]) -> dict[str, float]:
        """Inverse document frequency as in BM25 (Robertson and Zaragoza 2009), over passages.

        The value for ``""`` is that of a term that stands in no passage.
        """
        count = len(self._index.lexical)
        frequencies = {"": 0, **self._index.lexical.document_frequencies(terms)}
        return {
            term: math.log(1 + (count - frequency + 0.5) / (frequency + 0.5))
            for term, frequency in frequencies.items()
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


def _last(tokens: TokenVectors, text: str, asked: str) -> TokenVectors:
    """The tokens of ``asked``, which stands at the end of ``text``; all if it was cut off."""
    inside = tokens.offsets[:, 0] >= len(text) - len(asked)
    if not inside.any():
        return tokens
    return TokenVectors(tokens.vectors[inside], tokens.offsets[inside])


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
            _rarest_missing(questions[0].terms, sentence.passage, idf),
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


def _overall(
    sentences: Sequence[_Sentence], questions: Sequence[_Question], idf: dict[str, float]
) -> Matrix:
    terms = questions[0].terms
    everywhere = frozenset[str]().union(*(sentence.passage for sentence in sentences))
    information = math.log(1 + sum(idf[term] for term in terms))
    in_conversation = float(len(questions) > 1)
    return np.array([_rarest_missing(terms, everywhere, idf), information, in_conversation])


def _rarest_missing(terms: Sequence[str], known: frozenset[str], idf: dict[str, float]) -> float:
    """Highest idf of a term that is not known, as a share of the idf of a term in no passage."""
    return max((idf[term] for term in terms if term not in known), default=0.0) / idf[""]


def _unit(vector: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector

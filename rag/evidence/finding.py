"""Which sentences of the hits bear on the question, and does any of them answer it?

Every sentence is measured (`measuring.py`); the best few are then read together with the question
by a cross-encoder. Two logistic regressions over all of that give the probability that
a sentence is part of the answer and, over the best sentence, the confidence that the hits answer
the question at all. Their weights are in ``weights.json``; ``benchmarks/fit_evidence.py`` fits
them.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag.cross_encoder import BEFORE_CHARACTERS, CrossEncoder, Excerpt, Remembered
from rag.embedding import Embedding, TokenVectors, Vectors
from rag.evidence.adapter import Adapter
from rag.evidence.measuring import Question, Sentence, measure, question_of, sentences_of
from rag.evidence.models import (
    MEASURES,
    Fitted,
    Matrix,
    confidence_features,
    fitted,
    read_confidence_features,
    read_features,
)
from rag.questions import parts
from rag.retrieval import Query
from rag.schema import Evidence, Hit
from rag.storage import Index, content_terms

__all__ = ["Allowed", "Finding", "Measured", "Reader", "excerpt", "read_as"]

_CACHED_PASSAGES = 600
_READ = 16  # sentences that the cross-encoder reads, at most; more change next to nothing

# A sentence that names the topic of a question for what is said of it is part of the answer, and
# reason enough to give one: such questions have little else in common with their answers, which
# the models take for doubt.
_SAID = 0.6
_COUNTING = (
    "count number times often many document documents report reports speaker speakers country "
    "countries speech speeches text texts page pages passages mention mentions mentioned "
    "talk talks speak speaks refer refers bring brings appear appears word words contain call"
)

Allowed = Callable[[Sequence[Evidence]], Sequence[bool]]
"""Tells of each sentence, which has no score yet, whether it may be part of the answer."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Every sentence of the hits with its probability, best first, and the confidence."""

    evidence: tuple[Evidence, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Measured:
    """Sentences, and what was found out about each.

    ``measures`` has a row for each and the columns :data:`rag.evidence.models.MEASURES`;
    ``values`` is what they are ranked by before any is read, ``reading`` the cross-encoder's
    log-odds, if one reads. ``questions`` are the texts that they were compared with.
    """

    questions: tuple[Question, ...]
    sentences: tuple[Sentence, ...]
    measures: Matrix
    values: Matrix
    reading: Matrix | None = None

    def only(self, kept: Sequence[bool]) -> Measured:
        """The same for some of the sentences."""
        chosen = np.array(kept, bool)
        return Measured(
            self.questions,
            tuple(each for each, keep in zip(self.sentences, kept, strict=True) if keep),
            self.measures[chosen],
            self.values[chosen],
            None if self.reading is None else self.reading[chosen],
        )


class Reader:
    """Finds evidence; keeps the token vectors of passages it met last. Safe between threads.

    A passage's vectors take some 200 KB.
    """

    def __init__(
        self,
        index: Index,
        cross_encoder: CrossEncoder | None = None,
        adapter: Adapter | None = None,
        *,
        remembered: int = _CACHED_PASSAGES,
    ) -> None:
        self._index = index
        self._remembered = remembered
        self._embedding: Embedding = index.embedding
        self._adapter = adapter
        self._models = fitted(adapted=adapter is not None)
        self._cross_encoder = None if cross_encoder is None else Remembered(cross_encoder)
        self._cache: OrderedDict[str, TokenVectors] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, query: Query, hits: Sequence[Hit], *, allowed: Allowed | None = None) -> Finding:
        """Score every sentence of ``hits``, which must be ordered best first.

        All are compared with one another; those that are not ``allowed`` are then left out.

        Raises:
            SettingsError: the cross-encoder cannot be loaded.
        """
        measured = self.measure(query, hits, allowed=allowed)
        return _conclude(query, measured, self._models)

    def measure(
        self, query: Query, hits: Sequence[Hit], *, allowed: Allowed | None = None
    ) -> Measured:
        """The sentences of ``hits`` that are ``allowed``, measured and read.

        Raises:
            SettingsError: the cross-encoder cannot be loaded.
        """
        measured = self._measure(query, hits, allowed)
        if self._cross_encoder is None or not measured.sentences:
            return measured
        return replace(measured, reading=_read(self._cross_encoder, query, measured))

    def closeness(self, text: str, hits: Sequence[Hit], *, allowed: Allowed | None = None) -> float:
        """The probability of the sentence that is closest to ``text``, by measuring alone.

        0 if there is none. Nothing is read for it, so it takes little time.
        """
        measured = self._measure(Query(((text, 1.0),)), hits, allowed)
        if not measured.sentences:
            return 0.0
        return float(self._models.sentence.probabilities(measured.measures).max())

    def _measure(self, query: Query, hits: Sequence[Hit], allowed: Allowed | None) -> Measured:
        sentences = self._sentences(hits)
        questions = self._questions(query)
        if not sentences or not questions:
            return Measured((), (), np.zeros((0, len(MEASURES))), np.zeros(0))
        idf = self._idf({term for question in questions for term in question.terms})
        measures = measure(sentences, questions, idf, query.texts[0][0])
        values = self._models.sentence.values(measures)
        measured = Measured(tuple(questions), tuple(sentences), measures, values)
        if allowed is not None:
            measured = measured.only(
                allowed([Evidence(s.hit, s.start, s.end, 0.0) for s in sentences])
            )
        return measured

    def _questions(self, query: Query) -> list[Question]:
        """The texts of the query, ready to be compared.

        Of a text that is longer than the question, only the question's own tokens are compared:
        they have the meaning that the context gives them, and what was said before need not be
        said again.
        """
        asked = query.texts[0][0]
        total = sum(weight for _, weight in query.texts)
        embedded = self._embedding.embed_tokens([text for text, _ in query.texts])
        found = []
        for (text, weight), every in zip(query.texts, embedded, strict=True):
            tokens = _last(every, text, asked)
            if len(tokens.vectors):  # none in a text of control characters, say
                shares = self._importance(tokens)
                found.append(question_of(weight / total, text, self._adapted(tokens), shares))
        return found

    def _importance(self, tokens: TokenVectors) -> Vectors:
        if self._adapter is not None:
            return self._adapter.weigh(tokens)
        count = len(tokens.vectors)
        return np.full(count, 1 / count, np.float32)

    def _adapted(self, tokens: TokenVectors) -> TokenVectors:
        return tokens if self._adapter is None else self._adapter.adapt(tokens)

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
            known[part.id] = self._adapted(_without_title(tokens, title))
        self._remember(known)
        return [_of_hit(hit, known) for hit in hits]

    def _remember(self, known: dict[str, TokenVectors]) -> None:
        with self._lock:
            for each, tokens in known.items():
                self._cache[each] = tokens
                self._cache.move_to_end(each)
            while len(self._cache) > self._remembered:
                self._cache.popitem(last=False)


def _read(encoder: CrossEncoder, query: Query, measured: Measured) -> Matrix:
    """The cross-encoder's log-odds of the best sentences.

    What is not read gets less than the least of what is.
    """
    best = np.argsort(-measured.values, kind="stable")[:_READ]
    excerpts = [excerpt(measured.sentences[number]) for number in best]
    found = np.mean([encoder.read(text, excerpts) for text in read_as(query)], axis=0)
    reading = np.full(len(measured.values), float(found.min()) - 1)
    reading[best] = found
    return reading


def _conclude(query: Query, measured: Measured, models: Fitted) -> Finding:
    """Order the sentences by what was measured and read, and tell how sure it is."""
    if not measured.sentences:
        return Finding((), 0.0)
    probability = _probabilities(measured, models)
    topic = _topic(query)
    if topic:
        names_it = np.array([topic <= each.terms for each in measured.sentences])
        probability[names_it] = np.maximum(probability[names_it], _SAID * probability.max())
    order = np.argsort(-probability, kind="stable")
    best = int(order[0])
    confidence = _confidence(measured, models, best=best, in_conversation=query.in_conversation)
    if topic and topic <= measured.sentences[best].nearby:
        confidence = max(confidence, _SAID)
    evidence = tuple(
        Evidence(each.hit, each.start, each.end, float(probability[number]))
        for number in order
        for each in (measured.sentences[number],)
    )
    return Finding(evidence, confidence)


def _topic(query: Query) -> frozenset[str]:
    """The terms of what a question for somebody's words is about, with who is to have said them.

    Whose words a sentence has was settled before, where that could be; it need not name them.
    """
    asked = query.asked
    if asked is None or asked.kind not in ("said-about", "count"):
        return frozenset()
    if asked.kind == "count":
        return frozenset(content_terms(asked.standalone)).difference(content_terms(_COUNTING))
    return frozenset(content_terms(asked.topic or ""))


def _probabilities(measured: Measured, models: Fitted) -> Matrix:
    if measured.reading is None:
        return models.sentence.probabilities(measured.measures)
    features = read_features(measured.values, measured.reading)
    return models.read_sentence.probabilities(features)


def _confidence(measured: Measured, models: Fitted, *, best: int, in_conversation: bool) -> float:
    measures, reading = measured.measures, measured.reading
    if reading is None:
        features = confidence_features(measures, best=best, in_conversation=in_conversation)
        return float(models.confidence.probabilities(features[None])[0])
    features = read_confidence_features(reading, best=best, in_conversation=in_conversation)
    return float(models.read_confidence.probabilities(features[None])[0])


def read_as(query: Query) -> tuple[str, ...]:
    """What the cross-encoder reads for the question, once each.

    A question that does not stand alone is read by itself and after the question that it follows
    up: by itself it does not say enough, and after the other one, what answers that one would do.
    The answer before is left out, because sentences that repeat it would seem to answer.
    """
    proper, before = parts(query.text)
    return (proper, f"{before} {proper}") if before else (proper,)


def excerpt(sentence: Sentence | Evidence) -> Excerpt:
    """The sentence with title, section and speaker, and what stands before it in its passage."""
    hit = sentence.hit
    passage = hit.passage
    section = f" > {passage.section}" if passage.section else ""
    speaker = f" {passage.speaker}:" if passage.speaker else ""
    before = passage.text[: sentence.start - passage.start]
    return Excerpt(f"{hit.title}{section}.{speaker}", before[-BEFORE_CHARACTERS:], sentence.text)


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

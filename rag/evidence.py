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

# Where the speaker and the topic stand together, something was said of it: such questions have
# little else in common with their answers, which the models take for doubt. A sentence that names
# both is part of the answer; the two side by side are reason enough to give one.
_TERMS = MEASURES.index("terms")
_NEARBY = MEASURES.index("terms nearby")
_ALL = 0.999
_SAID = 0.6

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
_WORD = re.compile(r"\w+")
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+")


@dataclass(frozen=True, slots=True)
class Finding:
    """Every sentence of the hits with its probability, best first, and the confidence.

    ``measures`` has a row for each item of ``evidence``, a column for each of :data:`MEASURES`.
    """

    evidence: tuple[Evidence, ...]
    confidence: float
    measures: Matrix


@dataclass(frozen=True, slots=True)
class _Question:
    """One text of the query, prepared for comparison."""

    weight: float
    tokens: TokenVectors
    content: npt.NDArray[np.bool_]
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
        questions = self._questions(query)
        if not sentences or not questions:
            return Finding((), 0.0, np.zeros((0, len(MEASURES))))
        idf = self._idf({term for question in questions for term in question.terms})
        measures = _measure(sentences, questions, idf, query.texts[0][0])
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

    def _questions(self, query: Query) -> list[_Question]:
        """The texts of the query, ready to be compared.

        Of a text that is longer than the question, only the question's own tokens are compared:
        they have the meaning that the context gives them, and what was said before need not be
        said again.
        """
        asked = query.texts[0][0]
        total = sum(weight for _, weight in query.texts)
        embedded = self._embedding.embed_tokens([text for text, _ in query.texts])
        return [
            _question(weight / total, text, _last(tokens, text, asked))
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


def _question(weight: float, text: str, tokens: TokenVectors) -> _Question:
    terms = tuple(content_terms(text))
    words = [found.span() for found in _WORD.finditer(text) if set(analyse(found[0])) & set(terms)]
    content = np.array(
        [any(start <= at < end for start, end in words) for at in tokens.offsets[:, 0]], bool
    )
    if not content.any():
        content[:] = True
    return _Question(weight, tokens, content, terms)


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
    interaction, content, weakest, cosine, terms, nearby, passage = np.asarray(compared)
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
            sentence.hit.score,
            1 / sentence.hit.rank,
            math.log(1 + sentence.end - sentence.start),
            *(float(bool(has.search(sentence.text))) if asks else 0.5 for asks, has in wanted),
            float(sentence.text.endswith("?")),
        )
        for sentence in sentences
    ]
    shared = (interaction, content, weakest, np.array(neighbour), cosine, terms, nearby, passage)
    return np.hstack([np.stack(shared).T, np.array(own)])


def _compare(sentences: Sequence[_Sentence], question: _Question, idf: dict[str, float]) -> Matrix:
    """The first measures and the three shares of terms; shape ``(7, len(sentences))``."""
    total = sum(idf[term] for term in question.terms) or 1.0
    mean = _unit(question.tokens.vectors.mean(axis=0))
    best = [_best_matches(question, sentence) for sentence in sentences]
    in_hit: dict[str, npt.NDArray[np.float32]] = {}
    for sentence, matches in zip(sentences, best, strict=True):
        known = in_hit.get(sentence.hit.passage.id, matches)
        in_hit[sentence.hit.passage.id] = np.maximum(known, matches)
    rows = []
    for sentence, matches in zip(sentences, best, strict=True):
        weakest = float(in_hit[sentence.hit.passage.id][question.content].min())
        cosine = float(mean @ _unit(sentence.tokens.mean(axis=0))) if len(sentence.tokens) else 0.0
        shares = (
            sum(idf[term] for term in question.terms if term in known) / total
            for known in (sentence.terms, sentence.nearby, sentence.passage)
        )
        content = float(matches[question.content].mean())
        rows.append((float(matches.mean()), content, weakest, cosine, *shares))
    return np.array(rows).T


def _best_matches(question: _Question, sentence: _Sentence) -> npt.NDArray[np.float32]:
    """For each token of the question the best cosine to a token of the sentence."""
    if not len(sentence.tokens):
        return np.zeros(len(question.tokens.vectors), np.float32)
    similarity = question.tokens.vectors @ sentence.tokens.T
    return np.asarray(similarity.max(axis=1), np.float32)


def _unit(vector: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector

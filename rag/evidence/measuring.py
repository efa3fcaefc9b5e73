"""What is measured of each sentence of the hits, before it is read together with the question.

A sentence is compared to the question token by token, each token in the context of its passage
(late interaction: Khattab and Zaharia 2020, "ColBERT", with the token vectors of the embedding
model and what was learned about them). To that come a dozen plain features.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rag.embedding import TokenVectors
from rag.evidence.models import Matrix
from rag.schema import Hit, Metadata
from rag.storage import analyse, content_terms

__all__ = ["Question", "Sentence", "measure", "question_of", "sentences_of", "told_about"]

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
class Question:
    """One text of the query, prepared for comparison.

    ``importance`` has a share for each token; ``content`` tells which belong to its terms.
    """

    weight: float
    tokens: TokenVectors
    importance: npt.NDArray[np.float32]
    content: npt.NDArray[np.bool_]
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a hit: its tokens in their context, its terms, and those around it.

    ``neighbours`` are the positions, among all sentences measured, of those beside it.
    """

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
        """The sentence, word for word."""
        offset = self.hit.passage.start
        return self.hit.passage.text[self.start - offset : self.end - offset]


def question_of(
    weight: float, text: str, tokens: TokenVectors, importance: npt.NDArray[np.float32]
) -> Question:
    """A text of the query with the tokens of it that are to be compared."""
    terms = tuple(content_terms(text))
    words = [found.span() for found in _WORD.finditer(text) if set(analyse(found[0])) & set(terms)]
    content = np.array(
        [any(start <= at < end for start, end in words) for at in tokens.offsets[:, 0]], bool
    )
    if not content.any():
        content[:] = True
    return Question(weight, tokens, importance, content, terms)


def sentences_of(hit: Hit, tokens: TokenVectors, *, first: int) -> list[Sentence]:
    """The sentences of a hit; ``first`` is the position of the first among all."""
    passage = hit.passage
    texts = [passage.text[a - passage.start : b - passage.start] for a, b in passage.sentences]
    terms = [frozenset(analyse(text)) for text in texts]
    context = frozenset(analyse(told_about(hit)))
    everything = context.union(*terms) if terms else context
    count = len(terms)
    found: list[Sentence] = []
    for number, (start, end) in enumerate(passage.sentences):
        inside = (tokens.offsets[:, 0] >= start - passage.start) & (
            tokens.offsets[:, 1] <= end - passage.start
        )
        beside = [each for each in (number - 1, number + 1) if 0 <= each < count]
        found.append(
            Sentence(
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


def told_about(hit: Hit) -> str:
    """What is known of a passage besides its words: a question may name any of it."""
    metadata: Metadata = hit.metadata
    passage = hit.passage
    parts = (metadata.title, passage.section, passage.speaker, metadata.country, metadata.date)
    return " ".join(part for part in parts if part)


def measure(
    sentences: Sequence[Sentence],
    questions: Sequence[Question],
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


def _compare(sentences: Sequence[Sentence], question: Question, idf: dict[str, float]) -> Matrix:
    """The first measures and the three shares of terms; shape ``(7, len(sentences))``."""
    total = sum(idf[term] for term in question.terms) or 1.0
    mean = _unit(question.tokens.vectors.mean(axis=0))
    best = _best_matches(question, sentences)
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
        rows.append((float(matches @ question.importance), content, weakest, cosine, *shares))
    return np.array(rows).T


def _best_matches(
    question: Question, sentences: Sequence[Sentence]
) -> list[npt.NDArray[np.float32]]:
    """For each sentence: for each token of the question the best cosine to one of its tokens.

    One product for all sentences; a product for each would be mostly overhead.
    """
    nothing = np.zeros(len(question.tokens.vectors), np.float32)
    found = [nothing] * len(sentences)
    filled = [number for number, each in enumerate(sentences) if len(each.tokens)]
    if filled:
        together = np.concatenate([sentences[number].tokens for number in filled])
        starts = np.cumsum([0, *(len(sentences[number].tokens) for number in filled[:-1])])
        similarity = together @ question.tokens.vectors.T
        for number, row in zip(filled, np.maximum.reduceat(similarity, starts), strict=True):
            found[number] = row
    return found


def _unit(vector: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector

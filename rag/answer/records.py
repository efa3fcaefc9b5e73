"""The records of the answering: what each stage hands to the next.

:class:`Query` (understand) → :class:`Retrieved` → :class:`Ranked` (rank, attribute, rescore) →
:class:`Decision` → :class:`rag.cite.answers.Answer` (compose).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from rag.attribution import Attributed
from rag.cite.answers import QuestionKind
from rag.language.detection import language_of_short
from rag.schema import DocumentInfo, Evidence, Hit


@dataclass(frozen=True, slots=True)
class Parts:
    """Every part of the answering that can be switched off, to measure what it brings.

    ``benchmarks/ablation.py`` does so. A part stays in the program only while switching it off
    costs something on questions that it was not made with.
    """

    lexical_search: bool = True
    """BM25 beside the vectors."""
    metadata_match: bool = True
    """Documents that the question names rank higher, and are searched by themselves too."""
    conversation: bool = True
    """The question before counts in a search, and is read with a question that depends on it."""
    rerank: bool = True
    """The cross-encoder's reading decides the order of the hits."""
    rescore: bool = True
    """The best sentences are read once more, each by itself, by the published cross-encoder."""
    speakers: bool = True
    """A question for somebody's words is answered with sentences that are theirs alone."""
    comparison: bool = True
    """Each side of a comparison is searched and read by itself."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: documents whose ``field`` has this ``value``, called ``name``."""

    name: str
    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it is understood: what is searched for and read, and whose words it wants.

    ``text`` can be asked by itself; it equals the question unless that depends on the conversation.
    ``texts`` are searched for, each with the weight of its scores; the first is the question.
    ``reading`` is what the cross-encoder reads as the question.

    ``speaker`` is whose words are asked for, as the question puts it (a name, a country, an
    office), ``also_called`` other names of the same person by what was decided by hand, ``besides``
    those whose words "who else" leaves out, and ``topic`` what the words are about;
    ``of_document`` asks for those of a document and of nobody in it. ``finder`` is whose findings
    are asked for, where that is nobody who speaks. ``people`` are names of people
    as written, ``years`` the years that are named. ``sides`` are the metadata values that a
    comparison sets side by side, each with its field. ``language`` is that of the question, where
    it is plain.
    """

    text: str
    texts: tuple[tuple[str, float], ...]
    reading: str
    kind: QuestionKind = "fact"
    speaker: str | None = None
    besides: tuple[str, ...] = ()
    also_called: tuple[str, ...] = ()
    topic: str | None = None
    finder: str | None = None
    of_document: bool = False
    people: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    sides: tuple[Side, ...] = ()
    language: str | None = None

    @classmethod
    def of(cls, text: str) -> Query:
        """A query for a text as it is."""
        return cls(text, ((text, 1.0),), text, language=language_of_short(text))


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Passages that may answer a query, best first.

    ``sides`` holds the passages of each side of a comparison; for any other question one entry,
    of no side. ``named`` tells how much of what the question names is said of a document, by
    document id, in [0, 1]. ``documents`` are those that a question for a summary may mean.
    """

    query: Query
    hits: tuple[Hit, ...]
    sides: tuple[tuple[Side | None, tuple[Hit, ...]], ...]
    named: Mapping[str, float] = field(default_factory=dict)
    documents: tuple[DocumentInfo, ...] = ()


@dataclass(frozen=True, slots=True)
class Ranked:
    """Passages in their final order, and the sentences that were read in them.

    ``sides`` holds the sentences of each side of a comparison, best first; for any other question
    one entry, of no side. The score of a sentence is its probability of being part of the answer.
    ``documents`` are those that a question for a summary may mean. ``unread`` is the language for
    which nothing was read: the models do not read that of the question, or of any passage.
    ``log_odds`` are, for each side, those that any of its sentences answers, where the sentences
    were scored once more since.
    """

    query: Query
    hits: tuple[Hit, ...]
    sides: tuple[tuple[Side | None, tuple[Evidence, ...]], ...]
    documents: tuple[DocumentInfo, ...] = ()
    unread: str | None = None
    log_odds: tuple[float, ...] = ()

    def any_answers(self, number: int) -> float:
        """The log-odds that any sentence of side ``number`` answers, read in their passages."""
        return self.log_odds[number] if self.log_odds else any_answers(self.sides[number][1])


@dataclass(frozen=True, slots=True)
class Chosen:
    """A sentence that the answer will quote: whose words it has, and its side of a comparison."""

    evidence: Evidence
    attributed: Attributed | None = None
    side: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The sentences to quote, the probability that they answer, and cautions to give.

    ``reason`` says why there is no answer; it is None if and only if something is quoted.
    """

    chosen: tuple[Chosen, ...]
    confidence: float
    notes: tuple[str, ...] = ()
    reason: str | None = None


def numbered(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """The hits with their ranks in this order, from 1."""
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, start=1))


def log_odds_of(probability: float) -> float:
    """The log-odds of a probability; 0 and 1 are moved by 1e-9, so that the result is finite."""
    probability = min(max(probability, 1e-9), 1 - 1e-9)
    return math.log(probability / (1 - probability))


def any_answers(evidence: Sequence[Evidence]) -> float:
    """Log-odds that at least one of some sentences answers; -20 without any.

    Each sentence was scored against the event that none answers, so their odds add up.
    """
    if not evidence:
        return -20.0
    return float(np.logaddexp.reduce([log_odds_of(each.score) for each in evidence]))

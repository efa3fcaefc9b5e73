"""What went wrong with an answer, as one of a few kinds of failure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from rag.evaluation.gold import GoldQuestion
from rag.evaluation.measures import Place, Scores, places
from rag.schema import Answer, Citation, Document

__all__ = ["FAILURES", "Expected", "Outcome", "expected_evidence", "judge"]

FAILURES: Mapping[str, str] = MappingProxyType(
    {
        "broken citation": "a quote does not stand at its offsets, or not on its page",
        "wrong speaker": "words of somebody else than was asked for",
        "answered though unanswerable": "the collection has no answer, but one was given",
        "counted": "it had to say that it does not count, and did not",
        "not in the collection": "the expected document, or its words, are not in this index",
        "not retrieved": "no passage with the evidence was found",
        "wrongly abstained": "the evidence was there, but no answer was given",
        "retrieved but not chosen": "the evidence was found, other sentences were quoted",
        "right sentence not first": "the evidence is quoted, but not in the first place",
        "speaker missing": "the first statement does not carry the speaker who was asked for",
        "refused to count": "it was not asked to count",
        "incomplete": "less than half of the expected words are quoted",
        "repeats itself": "a statement says the same as one before it",
    }
)
"""What can go wrong, worst first for people who publish on the strength of an answer."""

_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Expected:
    """An evidence item, looked up.

    ``quote`` is what stands there, None if the whole source is meant. ``rank`` is that of the first
    hit that finds it, None if none does; ``cited`` says that a citation overlaps it; ``known`` that
    the source, and the words if any are given, are in the index.
    """

    source: str
    page: int | None
    quote: str | None
    place: Place
    rank: int | None
    cited: bool
    known: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question, what was answered, and how that is judged.

    ``failures`` are keys of :data:`FAILURES`, worst first; empty if nothing went wrong.
    """

    question: GoldQuestion
    answer: Answer
    scores: Scores
    expected: tuple[Expected, ...]
    failures: tuple[str, ...]


def judge(
    question: GoldQuestion, answer: Answer, scores: Scores, documents: Mapping[str, Document]
) -> Outcome:
    """The outcome of a question; ``documents`` holds, by source, all that are expected."""
    expected = expected_evidence(question, answer, documents)
    found = _failures(question, answer, scores, expected)
    return Outcome(
        question, answer, scores, expected, tuple(each for each in FAILURES if each in found)
    )


def expected_evidence(
    question: GoldQuestion, answer: Answer, documents: Mapping[str, Document]
) -> tuple[Expected, ...]:
    """The evidence of a question, and whether the answer found and cites it."""
    looked_up = zip(question.evidence, places(question, documents), strict=True)
    found: list[Expected] = []
    for item, place in looked_up:
        document = documents.get(item.source)
        in_words = place.start is not None and place.end is not None
        there = document.text[place.start : place.end] if document and in_words else None
        asked = bool(item.quote) or item.start is not None
        rank = next((hit.rank for hit in answer.hits if place.found_by(hit)), None)
        cited = any(_overlaps(place, each) for each in answer.citations)
        known = document is not None and (in_words or not asked)
        found.append(
            Expected(item.source, item.page, there or item.quote, place, rank, cited, known)
        )
    return tuple(found)


def _overlaps(place: Place, citation: Citation) -> bool:
    return place.overlaps(citation.document_id, citation.start, citation.end)


def _failures(
    question: GoldQuestion, answer: Answer, scores: Scores, expected: Sequence[Expected]
) -> set[str]:
    found: set[str] = set()
    if scores.intact < scores.citations:
        found.add("broken citation")
    if scores.repeated:
        found.add("repeats itself")
    if not question.answerable:
        return found if answer.abstained else found | {"answered though unanswerable"}
    found |= _missed(answer, scores, expected)
    if question.refuse and not scores.refused and not answer.abstained:
        found.add("counted")
    if scores.refused and not question.refuse:
        found.add("refused to count")
    if question.speaker and answer.statements:
        if scores.speaker_other:
            found.add("wrong speaker")
        elif not scores.speaker_first:
            found.add("speaker missing")
    return found


def _missed(answer: Answer, scores: Scores, expected: Sequence[Expected]) -> set[str]:
    """Where on its way the evidence of an answerable question was lost."""
    found: set[str] = set()
    if expected and not any(each.known for each in expected):
        return {"not in the collection"}
    if expected and all(each.rank is None for each in expected):
        found.add("not retrieved")
    if answer.abstained:
        return found | {"wrongly abstained"}
    cited = any(each.cited for each in expected)
    if found or not expected:
        return found - {"not retrieved"} if cited else found
    if not cited:
        found.add("retrieved but not chosen")
    elif scores.hit == 0:
        found.add("right sentence not first")
    if cited and scores.recall is not None and scores.recall < _HALF:
        found.add("incomplete")
    return found

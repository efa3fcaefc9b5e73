"""Kinds of failure, and which of them an answer has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from rag.cite.answers import Answer
from rag.evaluation.gold import GoldEvidence, GoldQuestion
from rag.evaluation.measures import Place, Scores, places, score
from rag.language.translation import N_
from rag.schema import Document

FAILURES: Mapping[str, str] = MappingProxyType(
    {
        N_("broken citation"): N_("a quote does not stand at its offsets, or not on its page"),
        N_("wrong speaker"): N_("words of somebody else than was asked for"),
        N_("answered though unanswerable"): N_("the collection has no answer, but one was given"),
        N_("counted"): N_("it had to say that it does not count, and did not"),
        N_("not in the collection"): N_(
            "the expected document, or its words, are not in this index"
        ),
        N_("not retrieved"): N_("no passage with the evidence was found"),
        N_("wrongly abstained"): N_("the evidence was there, but no answer was given"),
        N_("retrieved but not chosen"): N_("the evidence was found, other sentences were quoted"),
        N_("right sentence not first"): N_("the evidence is quoted, but not in the first place"),
        N_("speaker missing"): N_(
            "the first statement does not carry the speaker who was asked for"
        ),
        N_("refused to count"): N_("it was not asked to count"),
        N_("incomplete"): N_("less than half of the expected words are quoted"),
        N_("repeats itself"): N_("a statement says the same as one before it"),
    }
)
"""What can go wrong, worst first for people who publish on the strength of an answer."""


@dataclass(frozen=True, slots=True)
class Expected:
    """An item of expected evidence, and what became of it in the answer.

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
    """A gold question with the answer, its scores and its failures.

    ``failures`` are keys of :data:`FAILURES`, worst first; empty if nothing went wrong.
    """

    question: GoldQuestion
    answer: Answer
    scores: Scores
    expected: tuple[Expected, ...]
    failures: tuple[str, ...]


def judge(
    question: GoldQuestion, answer: Answer, documents: Mapping[str, Document], milliseconds: float
) -> Outcome:
    """The outcome of a question; ``documents`` holds, by source, all that are cited or expected."""
    scores = score(question, answer, documents, milliseconds)
    looked_up = zip(question.evidence, places(question, documents), strict=True)
    expected = tuple(_expected(item, place, answer, documents) for item, place in looked_up)
    found = _failures(question, answer, scores, expected)
    failures = tuple(each for each in FAILURES if each in found)
    return Outcome(question, answer, scores, expected, failures)


def _expected(
    item: GoldEvidence, place: Place, answer: Answer, documents: Mapping[str, Document]
) -> Expected:
    document = documents.get(item.source)
    in_words = document is not None and place.start is not None
    asked = bool(item.quote) or item.start is not None
    return Expected(
        source=item.source,
        page=item.page,
        quote=document.text[place.start : place.end] if document and in_words else item.quote,
        place=place,
        rank=place.first_in(answer.hits),
        cited=any(place.overlaps(e.document_id, e.start, e.end) for e in answer.citations),
        known=document is not None and (in_words or not asked),
    )


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
    """At which stage the evidence was lost: in retrieval, in choosing, or in ordering."""
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
    if cited and scores.recall is not None and scores.recall < 0.5:
        found.add("incomplete")
    return found

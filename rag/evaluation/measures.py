"""The measures for one question; :mod:`rag.evaluation.summary` takes them together.

What `ir_measures` has comes from there under its names (nDCG@10, RR@10). Recall is counted over
evidence items, as is usual for passages: one hit may hold several items, so it is not the recall
of a ranking of items and is computed here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import ir_measures
from ir_measures import RR, nDCG
from rapidfuzz import fuzz, utils

from rag.cite.answers import Answer, Statement
from rag.evaluation.gold import GoldEvidence, GoldQuestion
from rag.language.person_names import same_person
from rag.schema import Citation, Document, Hit

# Of 100, from where on a statement repeats another.
_SAME = 90.0
_CUTOFFS = (1, 5, 10)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an evidence item stands: characters ``[start, end)`` of a document, or all of it.

    ``document_id`` is None when the source is not in the index.
    """

    document_id: str | None
    page: int | None = None
    start: int | None = None
    end: int | None = None

    def overlaps(self, document_id: str, start: int, end: int) -> bool:
        """Whether the characters ``[start, end)`` of a document touch this place."""
        if document_id != self.document_id:
            return False
        return self.start is None or self.end is None or (start < self.end and self.start < end)

    def found_by(self, hit: Hit) -> bool:
        """Whether a hit is of the same document, covers the page, and overlaps the quote."""
        passage = hit.passage
        if not self.overlaps(passage.document_id, passage.start, passage.end):
            return False
        if self.page is None or passage.page_start is None or passage.page_end is None:
            return True
        return passage.page_start <= self.page <= passage.page_end

    def first_in(self, hits: Sequence[Hit]) -> int | None:
        """The rank of the first hit that finds it; None if none does."""
        return next((hit.rank for hit in hits if self.found_by(hit)), None)


def places(question: GoldQuestion, documents: Mapping[str, Document]) -> list[Place]:
    """Look the evidence of a question up in the documents, which are given by source."""
    return [_place(item, documents.get(item.source)) for item in question.evidence]


def _place(item: GoldEvidence, document: Document | None) -> Place:
    if document is None:
        return Place(None)
    return Place(document.id, item.page, *(item.span(document.text) or (None, None)))


@dataclass(frozen=True, slots=True)
class Scores:
    """The measures of one answer; None where a measure does not apply.

    Recall, nDCG and RR judge the hits; ``precision``, ``recall``, ``f1`` the cited characters;
    ``hit`` whether the first statement's citation overlaps a gold quote; ``token_f1`` and
    ``contains`` the answer's text against the known answers. An abstention scores 0 on all that
    judge the answer.

    ``speaker_first`` and ``speaker_all`` say whether the first statement, and all, carry the
    speaker whose words were asked for, ``speaker_other`` whether any carries another name.
    ``refused`` says that the answer was made as one to a question to count, with a caution;
    ``refuse`` that it had to be. ``repeated`` statements repeat one before them. ``timings`` are
    the milliseconds of each part of the work, as the answer gives them.
    """

    id: str
    kind: str | None
    answerable: bool
    abstained: bool
    confidence: float
    milliseconds: float
    citations: int
    intact: int
    retrieval: Mapping[str, float] = field(default_factory=dict)
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    hit: float | None = None
    token_f1: float | None = None
    contains: float | None = None
    speaker_first: float | None = None
    speaker_all: float | None = None
    speaker_other: float | None = None
    refuse: bool = False
    refused: bool = False
    statements: int = 0
    repeated: int = 0
    timings: Mapping[str, float] = field(default_factory=dict)


def score(
    question: GoldQuestion, answer: Answer, documents: Mapping[str, Document], milliseconds: float
) -> Scores:
    """Judge one answer. ``documents`` holds, by source, all that are cited or expected."""
    by_id = {document.id: document for document in documents.values()}
    judged = Scores(
        id=question.id,
        kind=question.kind,
        answerable=question.answerable,
        abstained=answer.abstained,
        confidence=answer.confidence,
        milliseconds=milliseconds,
        citations=len(answer.citations),
        intact=sum(_is_intact(each, by_id.get(each.document_id)) for each in answer.citations),
        refuse=question.refuse,
        refused=answer.kind == "count" and bool(answer.notes),
        statements=len(answer.statements),
        repeated=repetitions(answer.statements),
        timings=answer.timings_ms,
    )
    if not question.answerable:
        return judged
    found: dict[str, Any] = {}
    wanted = places(question, documents)
    if wanted:
        found["retrieval"] = _retrieval(wanted, answer.hits)
    if any(place.start is not None for place in wanted):
        precision, recall, f1 = _characters(wanted, answer.citations)
        hit = _first_is_right(wanted, answer)
        found |= {"precision": precision, "recall": recall, "f1": f1, "hit": hit}
    if question.answers:
        said = " ".join(statement.text for statement in answer.statements)
        found["token_f1"] = max(_token_f1(said, known) for known in question.answers)
        found["contains"] = float(any(_contains(said, known) for known in question.answers))
    if question.speaker:
        first, every, other = _attribution(answer, question.speaker)
        found |= {"speaker_first": first, "speaker_all": every, "speaker_other": other}
    return replace(judged, **found)


def _is_intact(citation: Citation, document: Document | None) -> bool:
    """Whether a citation's quote stands at its offsets, on its page."""
    if document is None:
        return False
    page = document.page_at(citation.start)
    return (
        document.text[citation.start : citation.end] == citation.quote
        and bool(citation.quote)
        and citation.page == (page.number if page else None)
    )


def _retrieval(wanted: Sequence[Place], hits: Sequence[Hit]) -> dict[str, float]:
    """R@k: share of the items found by the first k hits; nDCG@10 and RR@10 of the hits.

    For the latter two a hit's gain is the number of items that it is the first to find, and every
    item that no hit finds is a relevant passage that is missing.
    """
    first = [place.first_in(hits) for place in wanted]
    recall = {
        f"R@{cutoff}": sum(rank is not None and rank <= cutoff for rank in first) / len(first)
        for cutoff in _CUTOFFS
    }
    gains = Counter(f"hit {rank}" if rank else f"missing {n}" for n, rank in enumerate(first))
    qrels = [ir_measures.Qrel("q", passage, gain) for passage, gain in gains.items()]
    run = [ir_measures.ScoredDoc("q", f"hit {hit.rank}", -float(hit.rank)) for hit in hits]
    if not run:
        return {**recall, "nDCG@10": 0.0, "RR@10": 0.0}
    found = ir_measures.calc_aggregate([nDCG @ 10, RR @ 10], qrels, run)
    return {**recall, **{str(measure): float(value) for measure, value in found.items()}}


def _characters(
    wanted: Sequence[Place], citations: Sequence[Citation]
) -> tuple[float, float, float]:
    """Precision, recall and F1 of the cited characters against those of the gold quotes."""
    gold = _covered(place for place in wanted if place.start is not None)
    cited = _covered(citations)
    common = len(gold & cited)
    if not common:
        return 0.0, 0.0, 0.0
    precision, recall = common / len(cited), common / len(gold)
    return precision, recall, 2 * precision * recall / (precision + recall)


def _covered(spans: Iterable[Place | Citation]) -> set[tuple[str | None, int]]:
    return {(e.document_id, offset) for e in spans for offset in range(e.start or 0, e.end or 0)}


def _first_is_right(wanted: Sequence[Place], answer: Answer) -> float:
    """1 if a citation of the first statement overlaps words that are expected, else 0."""
    cited = _cited(answer)[:1]
    gold = [place for place in wanted if place.start is not None]
    return float(
        any(p.overlaps(c.document_id, c.start, c.end) for each in cited for c in each for p in gold)
    )


def _cited(answer: Answer) -> list[list[Citation]]:
    """The citations of each statement."""
    return [
        [each for each in answer.citations if each.number in statement.citations]
        for statement in answer.statements
    ]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _token_f1(said: str, known: str) -> float:
    """F1 of words with repetitions, as in SQuAD (Rajpurkar et al. 2016), articles included."""
    ours, theirs = Counter(_words(said)), Counter(_words(known))
    common = sum((ours & theirs).values())
    return 2 * common / (ours.total() + theirs.total()) if common else 0.0


def _contains(said: str, known: str) -> bool:
    return f" {' '.join(_words(known))} " in f" {' '.join(_words(said))} "


def _attribution(answer: Answer, speaker: str) -> tuple[float, float, float]:
    """Whether the answer gives the words of ``speaker``, each 1 or 0.

    The first says that the first statement has a citation that carries the speaker, the second
    that every statement has one (both 0 without statements), the third that a citation of some
    statement carries the name of anybody else.
    """
    named = [
        [same_person(each.speaker, speaker) for each in cited if each.speaker is not None]
        for cited in _cited(answer)
    ]
    right = [any(each) for each in named]
    other = any(not same for each in named for same in each)
    return float(any(right[:1])), float(bool(right) and all(right)), float(other)


def repetitions(statements: Sequence[Statement]) -> int:
    """How many statements repeat one before them.

    One repeats another at 90 or more of 100 by RapidFuzz's ``token_ratio``: it compares words
    without regard to order, case and punctuation, and gives 100 if all words of one are in the
    other. A changed figure or a "not" in a long sentence does not make it distinct.
    """
    texts = [utils.default_process(statement.text) for statement in statements]
    return sum(
        any(fuzz.token_ratio(text, before, score_cutoff=_SAME) for before in texts[:number])
        for number, text in enumerate(texts)
    )

"""The measures against cases worked by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.app.cli.evaluation_text import show_kinds, show_summary
from rag.app.cli.terminal import OUT
from rag.cite.answers import Answer, Statement
from rag.evaluation.calibration import Bin
from rag.evaluation.gold import GoldEvidence, GoldQuestion
from rag.evaluation.measures import Scores, repetitions, score
from rag.evaluation.summary import summarise, timings
from rag.schema import Citation, Document, Hit, Metadata, Page, Passage

TEXT = "Ten were held. Two were freed. Nobody was charged."
REPORT = Document(
    "d1", "a.txt", TEXT, Metadata(), "text/plain", pages=(Page(1, "i", 0, 15), Page(2, "1", 15, 50))
)
OTHER = Document("d2", "b.txt", TEXT, Metadata(), "text/plain")
DOCUMENTS = {"a.txt": REPORT, "b.txt": OTHER}


def citation(number: int, start: int, end: int, **changes: object) -> Citation:
    page = REPORT.page_at(start)
    known = {"quote": TEXT[start:end], "page": page.number if page else None, "speaker": None}
    fields = {**known, **changes}
    return Citation(
        number=number,
        document_id="d1",
        passage_id="p",
        source="a.txt",
        title="A",
        publisher=None,
        date=None,
        page_label=None,
        section=None,
        start=start,
        end=end,
        **fields,  # type: ignore[arg-type]
    )


def hit(rank: int, document_id: str, start: int, end: int) -> Hit:
    passage = Passage(f"p{rank}", document_id, start, end, TEXT[start:end])
    return Hit(rank, 1 / rank, passage, "", Metadata(), (passage,))


def question(*quotes: str, answerable: bool = True, answers: tuple[str, ...] = ()) -> GoldQuestion:
    evidence = tuple(GoldEvidence(source="a.txt", quote=quote) for quote in quotes)
    return GoldQuestion(
        id="q", question="?", answerable=answerable, evidence=evidence, answers=answers
    )


def answer(*spans: tuple[int, int], hits: tuple[Hit, ...] = (), abstained: bool = False) -> Answer:
    citations = tuple(citation(n, *span) for n, span in enumerate(spans, start=1))
    return Answer(
        "?",
        "?",
        abstained=abstained,
        statements=tuple(
            Statement(each.quote, "quote", (each.number,), "verbatim") for each in citations
        ),
        citations=citations,
        hits=hits,
    )


def test_evidence_is_counted_in_characters() -> None:
    # Gold: characters 0–14 and 15–30 (29 in all). Cited: 0–14 and 31–50 (33), 14 of them right.
    scores = score(
        question("Ten were held.", "Two were freed."), answer((0, 14), (31, 50)), DOCUMENTS, 5
    )
    assert scores.precision == pytest.approx(14 / 33)
    assert scores.recall == pytest.approx(14 / 29)
    assert scores.f1 == pytest.approx(2 * 14 / (33 + 29))
    assert scores.hit == 1


def test_the_first_statement_decides_the_hit() -> None:
    scores = score(question("Two were freed."), answer((0, 14), (15, 30)), DOCUMENTS, 5)
    assert scores.hit == 0
    assert scores.recall == 1


def test_an_abstention_scores_nothing() -> None:
    scores = score(question("Two were freed."), answer(abstained=True), DOCUMENTS, 5)
    assert (scores.f1, scores.hit, scores.intact) == (0, 0, 0)


def test_recall_is_the_share_of_evidence_found() -> None:
    hits = (hit(1, "d2", 0, 50), hit(2, "d1", 0, 20))
    scores = score(
        question("Ten were held.", "Nobody was charged."), answer(hits=hits), DOCUMENTS, 5
    )
    assert scores.retrieval["R@1"] == 0
    assert scores.retrieval["R@5"] == scores.retrieval["R@10"] == 0.5
    assert scores.retrieval["RR@10"] == 0.5
    # One gain of 1 at rank 2, of an ideal of 1 at ranks 1 and 2.
    assert scores.retrieval["nDCG@10"] == pytest.approx(0.63093 / 1.63093, abs=1e-4)


def test_a_hit_with_all_evidence_is_perfect() -> None:
    scores = score(
        question("Ten were held.", "Two were freed."),
        answer(hits=(hit(1, "d1", 0, 50),)),
        DOCUMENTS,
        5,
    )
    assert scores.retrieval == {"R@1": 1, "R@5": 1, "R@10": 1, "nDCG@10": 1, "RR@10": 1}


def test_evidence_in_a_source_that_is_not_there_is_not_found() -> None:
    gold = GoldQuestion(
        id="q", question="?", answerable=True, evidence=(GoldEvidence(source="gone.txt"),)
    )
    scores = score(gold, answer(hits=(hit(1, "d1", 0, 50),)), DOCUMENTS, 5)
    assert scores.retrieval["R@10"] == 0


@pytest.mark.parametrize(
    "broken",
    [
        citation(1, 0, 14, quote="Ten were not held."),
        citation(1, 0, 14, page=2),
        citation(1, 15, 30, quote="Ten were held."),
    ],
)
def test_a_citation_that_does_not_stand_is_not_intact(broken: Citation) -> None:
    said = answer((0, 14))
    assert score(question("x"), said, DOCUMENTS, 5).intact == 1
    bad = Answer("?", "?", citations=(broken,))
    assert score(question("x"), bad, DOCUMENTS, 5).intact == 0


def test_answers_are_compared_by_words() -> None:
    scores = score(question("Ten were held.", answers=("ten", "10")), answer((0, 14)), DOCUMENTS, 5)
    assert scores.contains == 1
    assert scores.token_f1 == pytest.approx(2 * 1 / (3 + 1))


def judged(answerable: bool, abstained: bool, confidence: float) -> Scores:
    return Scores("q", None, answerable, abstained, confidence, 1, 0, 0)


def test_abstaining_and_the_confidence_are_judged_apart() -> None:
    summary = summarise(
        [
            judged(True, False, 0.9),
            judged(True, True, 0.3),
            judged(False, True, 0.2),
            judged(False, False, 0.6),
        ]
    )
    for name in ("abstention accuracy", "abstention F1", "false abstention"):
        assert summary[name] == 0.5, name
    assert summary["AUROC"] == 0.75
    # Ten bins for four questions: each has its own, at a distance of .1, .7, .2 and .6.
    assert summary["ECE"] == pytest.approx(1.6 / 4)
    assert summary["Brier"] == pytest.approx((0.01 + 0.49 + 0.04 + 0.36) / 4)
    # Most confident first: right, wrong, right, wrong.
    assert summary["AURC"] == pytest.approx((0 + 1 / 2 + 1 / 3 + 2 / 4) / 4)
    # Abstaining under 0.75 finds both unanswerable questions and one other.
    assert summary["best threshold"] == pytest.approx(0.75)
    assert summary["best threshold F1"] == pytest.approx(2 * 2 / (3 + 2))


def test_what_cannot_be_measured_is_none() -> None:
    summary = summarise([judged(True, False, 0.9)])
    for name in ("AUROC", "abstention F1", "R@1", "citation integrity", "distinctness"):
        assert summary[name] is None, name
    for name in ("best threshold", "attribution accuracy", "refusal accuracy"):
        assert summary[name] is None, name
    assert not any(value for value in summarise([]).values())


def spoken(*speakers: str | None) -> Answer:
    """An answer of three statements at most, each with the words of one speaker."""
    spans = ((0, 14), (15, 30), (31, 50))
    citations = tuple(
        citation(number, *span, speaker=speaker)
        for number, (span, speaker) in enumerate(zip(spans, speakers, strict=False), start=1)
    )
    statements = tuple(
        Statement(each.quote, "quote", (each.number,), "verbatim") for each in citations
    )
    return Answer("?", "?", statements=statements, citations=citations)


@pytest.mark.parametrize(
    ("speakers", "first", "every", "other"),
    [
        (("Michael Kozak", "Ambassador Kozak"), 1, 1, 0),
        (("Kozak", None), 1, 0, 0),
        (("Kozak", "Mike Pompeo"), 1, 0, 1),
        (("Mike Pompeo", "Kozak"), 0, 0, 1),
        ((None,), 0, 0, 0),
        ((), 0, 0, 0),
    ],
)
def test_words_are_under_the_right_speaker(
    speakers: tuple[str | None, ...], first: float, every: float, other: float
) -> None:
    gold = question("Ten were held.").model_copy(update={"speaker": "Michael Kozak"})
    scores = score(gold, spoken(*speakers), DOCUMENTS, 5)
    assert (scores.speaker_first, scores.speaker_all, scores.speaker_other) == (first, every, other)
    summary = summarise([scores, score(question("x"), spoken("Kozak"), DOCUMENTS, 5)])
    assert summary["attribution accuracy"] == first
    assert summary["another's words"] == other


def test_counting_is_to_be_refused_where_it_would_be_reading_and_only_there() -> None:
    to_refuse = question("Ten were held.").model_copy(update={"refuse": True})
    careful = replace(answer((0, 14)), kind="count", notes=("This program does not count.",))
    careless = replace(answer((0, 14)), kind="count")
    summary = summarise(
        [
            score(to_refuse, careful, DOCUMENTS, 5),
            score(to_refuse, careless, DOCUMENTS, 5),
            score(to_refuse, answer((0, 14)), DOCUMENTS, 5),
            score(question("Ten were held."), careful, DOCUMENTS, 5),
            score(question("Ten were held."), answer((0, 14)), DOCUMENTS, 5),
        ]
    )
    assert summary["refusal accuracy"] == pytest.approx(1 / 3)
    assert summary["false refusal"] == pytest.approx(1 / 2)


def test_a_statement_that_repeats_another_is_not_distinct() -> None:
    texts = ("Ten men were held.", "Held were ten men!", "Ten were held.", "Two were freed.")
    statements = tuple(Statement(text, "quote", (1,), "verbatim") for text in texts)
    said = Answer("?", "?", statements=statements)
    scores = score(question("x"), said, DOCUMENTS, 5)
    assert (scores.statements, scores.repeated) == (4, 2)
    assert summarise([scores])["distinctness"] == 0.5


sentences = st.lists(
    st.builds(
        lambda text: Statement(text, "quote", (1,), "verbatim"),
        st.text(alphabet="ab é.\n", max_size=12),
    ),
    max_size=6,
)


@given(sentences)
def test_repetitions_are_fewer_than_statements(statements: list[Statement]) -> None:
    once = repetitions(statements)
    assert 0 <= once <= max(0, len(statements) - 1)
    twice = repetitions(statements * 2)
    worded = sum(any(letter.isalnum() for letter in each.text) for each in statements)
    assert twice >= once + worded


def test_the_time_of_each_part_is_the_median_of_those_that_came_to_it() -> None:
    scores = [
        score(question("x"), replace(answer(), timings_ms=taken), DOCUMENTS, 5)
        for taken in (
            {"retrieval": 10.0, "composing": 4.0, "total": 14.0},
            {"retrieval": 20.0, "total": 20.0},
            {"retrieval": 90.0, "composing": 6.0, "total": 96.0},
        )
    ]
    assert timings(scores) == {"retrieval": 20, "composing": 5, "total": 20}
    assert list(timings(scores)) == ["retrieval", "composing", "total"]
    assert timings([]) == {}


def test_a_kind_is_told_in_the_columns_that_apply() -> None:
    found = score(question("Ten were held."), answer((0, 14)), DOCUMENTS, 5)
    nothing = judged(False, True, 0.1)
    with OUT.capture() as shown:
        show_kinds({"fact": summarise([found]), "far [away]": summarise([nothing])})
    head, fact, far = shown.get().splitlines()
    assert head.split() == ["kind", "asked", "R@5", "F1", "Hit@1", "distinct", "abstention"]
    assert fact.split() == ["fact", "1", "0.000", "1.000", "1.000", "1.000", "1.000"]
    assert far.split() == ["far", "[away]", "1", "–", "–", "–", "–", "1.000"]


def test_the_summary_shows_the_curve_and_the_time_of_each_part() -> None:
    curve = (Bin(0.2, 0.0, 3), Bin(0.6, 0.5, 2), Bin(0.9, 1.0, 2))
    with OUT.capture() as shown:
        figures = {"ECE": 0.125, "AUROC": None}
        show_summary(figures, reliability=curve, timings={"a": 1, "total": 4})
    lines = [line.split() for line in shown.get().splitlines()]
    assert ["ECE", "0.125"] in lines
    assert ["AUROC", "–"] in lines
    assert ["0.200", "0.000", "3"] in lines
    (half,) = (line for line in lines if line[:2] == ["0.600", "0.500"])
    (whole,) = (line for line in lines if line[:2] == ["0.900", "1.000"])
    assert len(whole[2]) == 2 * len(half[2]) > 0
    assert ["a", "1.0", "25%"] in lines

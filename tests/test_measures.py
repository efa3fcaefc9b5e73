"""The measures against cases worked by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.errors import GoldError
from rag.evaluation import GoldEvidence, GoldQuestion, locate, read_gold, score, summarise
from rag.evaluation.measures import Scores
from rag.schema import Answer, Citation, Document, Hit, Metadata, Page, Passage, Statement

TEXT = "Ten were held. Two were freed. Nobody was charged."
REPORT = Document(
    "d1", "a.txt", TEXT, Metadata(), "text/plain", pages=(Page(1, "i", 0, 15), Page(2, "1", 15, 50))
)
OTHER = Document("d2", "b.txt", TEXT, Metadata(), "text/plain")
DOCUMENTS = {"a.txt": REPORT, "b.txt": OTHER}


def citation(number: int, start: int, end: int, **changes: object) -> Citation:
    page = REPORT.page_at(start)
    fields = {"quote": TEXT[start:end], "page": page.number if page else None, **changes}
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
        speaker=None,
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


def test_abstention_is_a_classifier_of_the_unanswerable() -> None:
    summary = summarise(
        [
            judged(True, False, 0.9),
            judged(True, True, 0.3),
            judged(False, True, 0.2),
            judged(False, False, 0.6),
        ]
    )
    assert summary["abstention accuracy"] == 0.5
    assert summary["abstention F1"] == 0.5
    assert summary["false abstention"] == 0.5
    assert summary["AUROC"] == 0.75


def test_what_cannot_be_measured_is_none() -> None:
    summary = summarise([judged(True, False, 0.9)])
    assert summary["AUROC"] is None
    assert summary["abstention F1"] is None
    assert summary["R@1"] is None
    assert summary["citation integrity"] is None


def test_a_quote_is_located_whatever_its_white_space() -> None:
    assert locate("It was\n\n so. Really.", "was so.") == (3, 12)
    assert locate("It was so.", "was not so.") is None
    assert locate("Anything", " ") is None


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        (['{"id": "1"}'], "line 1: question"),
        (['{"id": "1", "question": "?", "answerable": true}'] * 2, "used twice"),
        (["not json"], "line 1"),
        ([], "no questions"),
    ],
)
def test_a_wrong_gold_file_is_explained(tmp_path: Path, lines: list[str], word: str) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join(lines))
    with pytest.raises(GoldError, match=word):
        read_gold(path)


def test_a_gold_question_carries_its_filters_and_history(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    line = {
        "id": "1",
        "question": "And then?",
        "answerable": False,
        "history": [{"role": "user", "content": "Who?"}],
        "where": {"country": ["A", "B"], "year": 2018},
    }
    path.write_text(json.dumps(line))
    (gold,) = read_gold(path)
    assert [message.role for message in gold.messages] == ["user"]
    assert [(c.field, c.value) for c in gold.conditions] == [
        ("country", "A"),
        ("country", "B"),
        ("year", "2018"),
    ]

"""The program on real material, where it is at hand."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.answer import Chatbot, parse_condition
from rag.cite.answers import Answer
from rag.evaluation.gold import read_gold
from rag.evaluation.run import evaluate
from rag.evaluation.summary import summarise
from rag.ingest.pipeline import ingest
from rag.settings import load_settings
from rag.store import Index

OpenIndex = Callable[..., Index]


def ask(chatbot: Chatbot, question: str, **options: object) -> Answer:
    *_, answer = chatbot.ask(question, **options)  # type: ignore[arg-type]
    return answer


@pytest.fixture
def reports(open_index: OpenIndex, shared: Path) -> Chatbot:
    """A chatbot over the reports and transcripts."""
    index = open_index()
    result = ingest(index, [shared / "reports", shared / "transcripts"])
    assert not result.failed
    return Chatbot(index, load_settings())


def test_questions_about_the_reports(reports: Chatbot) -> None:
    engagement = ask(reports, "what did Kozak say about engagement?")
    turan = [c for c in engagement.citations if c.source == "turan-impunity-azerbaijan.txt"]
    said = " ".join(citation.quote for citation in turan)
    assert "does not mean we are approving of or accepting of their behavior" in said
    assert "Sometimes we”re engaging for the purpose" in said
    for citation in engagement.citations:
        document = reports.document(citation.document_id)
        assert document is not None
        assert document.text[citation.start : citation.end] == citation.quote

    prisoners = ask(
        reports,
        "How many political prisoners were there in Azerbaijan according to nongovernmental "
        "estimates?",
    )
    assert "ranged from 128 to 156" in prisoners.citations[0].quote

    assert ask(reports, "What was the inflation rate in Azerbaijan in 2018?").abstained

    why = ask(reports, "Why does the executive branch prepare the reports?")
    assert {citation.speaker for citation in why.citations} == {"AMBASSADOR KOZAK"}


def test_a_country_filter_on_the_general_debate(
    open_index: OpenIndex, shared: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "debate"
    folder.mkdir()
    source = shared / "un-general-debate"
    shutil.copy(source / "metadata.csv", folder)
    for country in ("ARM", "AZE", "GEO", "TUR", "RUS"):
        for path in source.glob(f"{country}_*.txt"):
            shutil.copy(path, folder)
    index = open_index()
    assert len(ingest(index, [folder]).added) == 10
    answer = ask(
        Chatbot(index, load_settings()),
        "What did Armenia say about Nagorno-Karabakh?",
        where=[parse_condition("country=Armenia")],
    )
    assert answer.citations
    assert {citation.source[:3] for citation in answer.citations} == {"ARM"}


# Every how many questions are asked, and what the figures must reach: CI has minutes, not hours.
# All questions, and the larger sets, are measured with `rag evaluate`; the README has the figures.
@pytest.mark.parametrize(
    ("name", "step", "floors"),
    [
        ("clapnq", 3, {"R@1": 0.93, "evidence F1": 0.50, "Hit@1": 0.80, "AUROC": 0.87}),
        ("xquad", 18, {"R@1": 0.9, "Hit@1": 0.7}),
    ],
)
def test_figures_on_the_shared_sets(
    open_index: OpenIndex, shared: Path, name: str, step: int, floors: dict[str, float]
) -> None:
    index = open_index()
    assert not ingest(index, [shared / name / "corpus"]).failed
    questions = read_gold(shared / name / "gold.jsonl")[::step]
    figures = summarise(evaluate(Chatbot(index, load_settings()), questions))
    assert figures["citation integrity"] == 1.0
    for measure, floor in floors.items():
        value = figures[measure]
        assert value is not None
        assert value >= floor, f"{measure} {value:.3f}"

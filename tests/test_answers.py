"""Answers over the sample corpus: what is cited stands there, and what is not there is not said."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.answer import Chatbot, open_chatbot
from rag.cite.answers import NOT_ANSWERED, Answer, Message
from rag.cite.citations import long_date
from rag.evaluation.gold import locate, read_gold
from rag.evaluation.run import evaluate
from rag.evaluation.summary import summarise
from rag.ingest.pipeline import ingest
from rag.schema import Condition
from rag.settings import load_settings
from rag.store import Index

GOLD = Path(__file__).parent / "gold" / "questions.jsonl"


def ask(chatbot: Chatbot, question: str, **options: object) -> Answer:
    *_, answer = chatbot.ask(question, **options)  # type: ignore[arg-type]
    return answer


def assert_stands(chatbot: Chatbot, answer: Answer) -> None:
    """The invariant on which everything rests."""
    assert [each.number for each in answer.citations] == list(range(1, len(answer.citations) + 1))
    for citation in answer.citations:
        document = chatbot.document(citation.document_id)
        assert document is not None
        assert document.text[citation.start : citation.end] == citation.quote
        page = document.page_at(citation.start)
        assert citation.page == (page.number if page else None)
        assert citation.source == document.source
    quotes = {citation.number: citation.quote for citation in answer.citations}
    for statement in answer.statements:
        assert statement.text == quotes[statement.citations[0]]


def test_the_estimate_of_political_prisoners(chatbot: Chatbot) -> None:
    answer = ask(
        chatbot,
        "How many political prisoners were there in Azerbaijan according to nongovernmental "
        "estimates?",
    )
    assert not answer.abstained
    first = answer.citations[0]
    assert "128" in first.quote
    assert "156" in first.quote
    assert first.source == "azerbaijan-2018-country-report.md"
    assert "13 March 2019: " in answer.text
    assert answer.text.count("[1]") == 1
    assert_stands(chatbot, answer)


@pytest.mark.parametrize(
    "question",
    [
        "Why did Kozak resign?",
        "What is the recipe for a good apple pie?",
        "Who won the football world cup in 2014?",
        "What did Kozak say about Saudi Arabia?",
        "What did Kozak say about vaccination?",
        "Did Kozak talk about border walls?",
    ],
)
def test_what_the_reports_do_not_say_is_not_answered(chatbot: Chatbot, question: str) -> None:
    answer = ask(chatbot, question)
    assert answer.abstained
    assert answer.text == NOT_ANSWERED
    assert answer.reason
    assert not answer.statements
    assert not answer.citations
    assert answer.hits, "the nearest passages are still shown"


def test_snapshots_grow_and_only_the_last_is_final(chatbot: Chatbot) -> None:
    snapshots = list(chatbot.ask("What did Armenia say about Nagorno-Karabakh?"))
    assert [each.final for each in snapshots] == [False] * (len(snapshots) - 1) + [True]
    assert snapshots[0].hits
    for one, two in itertools.pairwise(snapshots):
        assert two.statements[: len(one.statements)] == one.statements
    assert snapshots[-1].timings_ms["total"] > 0


def test_a_filter_keeps_other_countries_out(chatbot: Chatbot) -> None:
    where = [Condition("country", "=", "Armenia")]
    answer = ask(chatbot, "What was said about Nagorno-Karabakh?", where=where)
    assert {citation.source[:7] for citation in answer.citations} == {"armenia"}
    assert {hit.metadata.country for hit in answer.hits} == {"Armenia"}


def test_a_filter_that_nothing_meets_abstains_and_says_why(chatbot: Chatbot) -> None:
    answer = ask(
        chatbot, "What was said about elections?", where=[Condition("country", "=", "Atlantis")]
    )
    assert answer.abstained
    assert "filter" in (answer.reason or "")


def test_a_quote_in_the_pdf_has_its_page_and_label(chatbot: Chatbot) -> None:
    for question in read_gold(GOLD):
        pages = {item.page for item in question.evidence if item.page}
        if not pages:
            continue
        answer = ask(chatbot, question.question)
        in_pdf = [each for each in answer.citations if each.source.endswith(".pdf")]
        for citation in in_pdf:
            assert citation.page is not None
            # The first page is numbered i, the second 1.
            assert citation.page_label == (str(citation.page - 1) if citation.page > 1 else "i")
        if in_pdf:
            return
    pytest.fail("no answer cites the PDF")


def test_the_speaker_of_a_turn_is_named(chatbot: Chatbot) -> None:
    answer = ask(chatbot, "Why did Congress ask the executive branch for the reports?")
    turns = [each for each in answer.citations if each.source == "kozak-foreign-press-center.txt"]
    assert turns
    assert {citation.speaker for citation in turns} <= {"PRESENTER", "ANALYST"}
    assert not any("ANALYST:" in each.quote or "PRESENTER:" in each.quote for each in turns)


def test_an_empty_index_abstains(tmp_path: Path) -> None:
    empty = load_settings(index=tmp_path / "index")
    Index.open(empty, create=True).close()
    answer = ask(open_chatbot(empty), "Who resigned?")
    assert answer.abstained
    assert "nothing in the collection" in (answer.reason or "")


@pytest.mark.parametrize("question", ["\x01", "\ud800 what?", "?", "。", "ا"])
def test_a_question_of_no_words_is_met_without_an_error(chatbot: Chatbot, question: str) -> None:
    assert ask(chatbot, question).final


texts = st.text(max_size=80)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts.filter(str.strip), st.lists(texts, max_size=3))
def test_any_question_and_history_are_met_with_an_answer_that_stands(
    chatbot: Chatbot, question: str, said: list[str]
) -> None:
    history = [Message("user" if n % 2 == 0 else "assistant", text) for n, text in enumerate(said)]
    answer = ask(chatbot, question, history=history)
    assert answer.final
    assert 0 <= answer.confidence <= 1
    assert answer.abstained or answer.statements or answer.documents or answer.text
    assert_stands(chatbot, answer)


def test_every_gold_quote_stands_in_the_corpus_on_its_page(chatbot: Chatbot) -> None:
    by_source = {each.source: each.id for each in chatbot.documents()}
    for question in read_gold(GOLD):
        for item in question.evidence:
            document = chatbot.document(by_source[item.source])
            assert document is not None
            assert item.quote
            span = locate(document.text, item.quote)
            assert span, f"{question.id}: not in {item.source}: {item.quote}"
            if item.page is not None:
                page = document.page_at(span[0])
                assert page is not None
                assert page.number == item.page, question.id


def test_figures_on_the_gold_set_do_not_fall(chatbot: Chatbot) -> None:
    scores = evaluate(chatbot, read_gold(GOLD)[::2])
    figures = summarise(scores)
    assert figures["citation integrity"] == 1.0
    floors = {
        "R@1": 0.70,
        "R@5": 0.92,
        "evidence F1": 0.50,
        "Hit@1": 0.58,
        "AUROC": 0.80,
        "abstention accuracy": 0.76,
        "attribution accuracy": 0.58,
    }
    another = figures["another's words"]
    assert another is not None
    assert another <= 0.1
    for name, floor in floors.items():
        value = figures[name]
        assert value is not None
        assert value >= floor, f"{name} {value:.3f}"


@pytest.mark.parametrize(
    ("date", "words"),
    [("2019-03-13", "13 March 2019"), ("2019-03", "March 2019"), ("2019", "2019"), ("x-y", "x-y")],
)
def test_dates_are_written_out(date: str, words: str) -> None:
    assert long_date(date) == words


MEETING = """WEBVTT

00:00:05.000 --> 00:00:09.000
Nora Velde: The delegation counted thirty-one cells

00:00:09.000 --> 00:00:14.000
Nora Velde: in the town of Kastrup between June and August.

00:00:15.000 --> 00:00:19.000
Major Ilan Dost: No civilian was ever held in Kastrup.

00:00:20.000 --> 00:00:24.000
Nora Velde: The roof of the third hall was open to the rain.
"""
GUARDS = """# Guards and their wages

## What the ministry said about wages

The head of personnel, Ole Brix, noted in a reply of 9 May that "no guard waits for wages".

## Beds

Each guard has one bed, and most have two blankets.
"""


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        ("What did Nora Velde say about Kastrup?", "thirty-one cells"),
        ("What did Ilan Dost say about Kastrup?", "No civilian was ever held"),
        ("What did the ministry say about wages?", "no guard waits"),
        ("What did Nora Velde say about wages?", None),
    ],
)
def test_who_names_the_matter_speaks_about_it(
    open_index: Callable[..., Index], tmp_path: Path, question: str, quoted: str | None
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "meeting.vtt").write_text(MEETING, "utf-8")
    (tmp_path / "in" / "guards.md").write_text(GUARDS, "utf-8")
    index = open_index()
    ingest(index, [tmp_path / "in"])
    answer = ask(Chatbot(index, load_settings(index=tmp_path / "index")), question)
    assert answer.abstained == (quoted is None)
    assert quoted is None or quoted in answer.citations[0].quote

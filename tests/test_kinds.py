"""What questions of each kind are answered with, over the sample corpus."""

from __future__ import annotations

import pytest

from rag.answer import Chatbot
from rag.cite.answers import Answer, Message
from rag.schema import Condition


def ask(chatbot: Chatbot, question: str, **options: object) -> Answer:
    *_, answer = chatbot.ask(question, **options)  # type: ignore[arg-type]
    return answer


def test_countries_are_compared_side_by_side(chatbot: Chatbot) -> None:
    answer = ask(chatbot, "Compare what Armenia and Azerbaijan said about Nagorno-Karabakh.")
    assert answer.kind == "comparison"
    sides = {statement.side for statement in answer.statements}
    assert sides == {"Armenia", "Azerbaijan"}
    by_number = {each.number: each for each in answer.citations}
    for statement in answer.statements:
        source = by_number[statement.citations[0]].source
        assert source.startswith(str(statement.side).lower())
    assert any("outline" in note for note in answer.notes)


def test_years_are_compared_within_the_country_that_is_named(chatbot: Chatbot) -> None:
    answer = ask(chatbot, "How did Armenia's words on Nagorno-Karabakh change from 2017 to 2018?")
    by_number = {each.number: each for each in answer.citations}
    assert answer.kind == "comparison"
    assert answer.statements
    for statement in answer.statements:
        source = by_number[statement.citations[0]].source
        assert source == f"armenia-general-debate-{statement.side}.md"
    # A side on which nothing was found is named.
    for side in {"2017", "2018"} - {statement.side for statement in answer.statements}:
        assert any(f"On {side} nothing was found" in note for note in answer.notes)


def test_counting_by_reading_is_refused_with_passages(chatbot: Chatbot) -> None:
    answer = ask(chatbot, "How many times do the reports mention torture?")
    assert answer.kind == "count"
    assert not answer.abstained
    assert any("does not count" in note for note in answer.notes)
    assert answer.citations


def test_one_document_is_summed_up_by_its_own_sentences(chatbot: Chatbot) -> None:
    answer = ask(chatbot, "Summarise the report on work and discrimination in Ethiopia.")
    assert answer.kind == "summary"
    assert len(answer.statements) >= 4
    assert {c.source for c in answer.citations} == {"ethiopia-2019-work-and-discrimination.md"}
    starts = [citation.start for citation in answer.citations]
    assert starts == sorted(starts)
    assert answer.notes


def test_a_summary_of_what_may_be_several_documents_asks_which(chatbot: Chatbot) -> None:
    answer = ask(chatbot, "Give me a summary of the Ethiopia report.")
    assert answer.abstained
    assert "several documents" in (answer.reason or "")
    assert (answer.reason or "").count("Ethiopia") >= 2


def test_filters_decide_which_document_is_summed_up(chatbot: Chatbot) -> None:
    where = [Condition("source", "=", "dominica-general-debate-2017.html")]
    answer = ask(chatbot, "Give me a summary of the document.", where=where)
    assert {c.source for c in answer.citations} == {"dominica-general-debate-2017.html"}


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("What did Angela Merkel say about human rights?", "Angela Merkel"),
        ("How many refugees does Kenya host?", "Kenya"),
        ("How many people were out of work in Azerbaijan in 1987?", "1987"),
    ],
)
def test_what_no_passage_concerns_is_named(chatbot: Chatbot, question: str, missing: str) -> None:
    answer = ask(chatbot, question)
    assert answer.abstained
    assert missing in (answer.reason or "")


@pytest.mark.parametrize(
    "question",
    [
        "What was the death toll of the fighting in Nagorno-Karabakh in April 2016?",
        "How many refugees were in Ethiopia in July 2019?",
        "What did Armenia say in 2018 about the elections of its parliament?",
    ],
)
def test_a_year_that_is_named_or_is_that_of_the_report_is_concerned(
    chatbot: Chatbot, question: str
) -> None:
    assert "concerns" not in (ask(chatbot, question).reason or "")


def test_words_are_given_under_the_name_of_who_was_asked_for(chatbot: Chatbot) -> None:
    answer = ask(chatbot, "What did Kozak say about engagement?")
    assert {citation.speaker for citation in answer.citations} == {"Michael Kozak"}
    assert all(citation.reported for citation in answer.citations)
    assert "as reported by" in answer.text


def test_words_on_two_countries_are_searched_for_by_who_says_them(chatbot: Chatbot) -> None:
    question = "What did Kozak say about relations between Armenia and Azerbaijan?"
    answer = ask(chatbot, question)
    assert answer.kind == "said-about"
    assert {citation.speaker for citation in answer.citations} <= {"Michael Kozak"}


def test_one_person_s_words_are_never_those_of_the_other(chatbot: Chatbot) -> None:
    for name, speaker in (("Santos", "Juan Manuel Santos"), ("Duque", "Iván Duque Márquez")):
        answer = ask(chatbot, f"What did {name} say about drugs?")
        assert {citation.speaker for citation in answer.citations} == {speaker}


def test_a_follow_up_is_completed_and_says_so(chatbot: Chatbot) -> None:
    history = [
        Message("user", "What did Armenia say about Nagorno-Karabakh?"),
        Message("assistant", "Nikol Pashinyan, Armenia, 2018: “…”"),
    ]
    answer = ask(chatbot, "And Azerbaijan?", history=history)
    assert answer.query == "What did Azerbaijan say about Nagorno-Karabakh?"
    assert answer.citations
    assert {c.source for c in answer.citations} == {"azerbaijan-general-debate-2017.md"}
    # The conversation still counts a little: a sentence at the edge may come or go with it.
    fewer, more = sorted((answer.citations, ask(chatbot, answer.query).citations), key=len)
    assert len(more) - len(fewer) <= 1
    assert fewer
    assert more[: len(fewer)] == fewer

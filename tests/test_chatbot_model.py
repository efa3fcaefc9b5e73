"""A chatbot with a language model: what it writes is checked, and without it there is an answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from llm_server import MODEL, LlmServer

from rag.answer import Chatbot
from rag.cite.answers import Answer
from rag.settings import load_settings

QUESTION = (
    "How many political prisoners were there in Azerbaijan according to nongovernmental estimates?"
)


@pytest.fixture
def server() -> Iterator[LlmServer]:
    server = LlmServer()
    yield server
    server.close()


def with_model(chatbot: Chatbot, server: LlmServer, **settings: object) -> Chatbot:
    return Chatbot(
        chatbot.index,
        load_settings(llm=f"ollama:{MODEL}", llm_url=server.url, llm_seconds=60, **settings),
    )


def ask(chatbot: Chatbot, question: str) -> Answer:
    *_, answer = chatbot.ask(question)
    return answer


def test_sentences_of_the_model_are_checked_and_cited(chatbot: Chatbot, server: LlmServer) -> None:
    server.say(
        "Nongovernmental estimates put the number of political prisoners and detainees at between "
        "128 and 156 [1]. There were 400 political prisoners [1]. Two "
        "embassies were closed that year [17]."
    )
    answer = ask(with_model(chatbot, server), QUESTION)
    assert answer.final
    assert not answer.abstained
    assert answer.model == f"ollama:{MODEL}"
    assert [each.kind for each in answer.statements] == ["generated"] * 3
    first, second, third = answer.statements
    assert first.support == "unchecked"
    assert "128" in answer.citations[first.citations[0] - 1].quote
    assert second.support == "not_found"
    assert "400" in (second.fault or "")
    assert third.support == "not_found"
    assert answer.invented == 1
    for citation in answer.citations:
        document = chatbot.document(citation.document_id)
        assert document is not None
        assert document.text[citation.start : citation.end] == citation.quote


def test_without_its_server_the_answer_is_extractive_and_says_why(
    chatbot: Chatbot, server: LlmServer
) -> None:
    answering = with_model(chatbot, server)
    server.close()
    answer = ask(answering, QUESTION)
    assert not answer.abstained
    assert {each.kind for each in answer.statements} == {"quote"}
    assert answer.model is None
    assert any(server.url in note and "own sentences" in note for note in answer.notes)
    assert answer.citations == ask(chatbot, QUESTION).citations


def test_what_the_reports_do_not_answer_is_not_put_to_the_model(
    chatbot: Chatbot, server: LlmServer
) -> None:
    server.say("France won the cup [1].")
    answer = ask(with_model(chatbot, server), "Who won the football world cup in 2014?")
    assert answer.abstained
    assert not server.requests


def test_a_model_that_finds_no_answer_leads_to_an_abstention(
    chatbot: Chatbot, server: LlmServer
) -> None:
    server.say("The passages do not answer this question.")
    answer = ask(with_model(chatbot, server), QUESTION)
    assert answer.abstained
    assert answer.reason
    assert not answer.statements


def test_counting_stays_with_the_reports_own_sentences(chatbot: Chatbot, server: LlmServer) -> None:
    server.say("Torture is mentioned 12 times [1].")
    answer = ask(with_model(chatbot, server), "How many times do the reports mention torture?")
    assert {each.kind for each in answer.statements} == {"quote"}
    assert not server.requests

"""Answers by a language model on a real server: what is shown of them, and what when it fails."""

from __future__ import annotations

import logging
import socket
import time
from itertools import pairwise

import pytest
from generation_support import (
    ANSWER,
    DOCUMENTS,
    answer,
    failure,
    hits,
    llm,
    model,
    server,
    snapshots,
)
from llm_server import LlmServer
from pydantic import SecretStr

from rag.answer.generation.generate import MODEL_ABSTAINS, generate
from rag.answer.generation.language_models import LanguageModel, open_language_model
from rag.answer.generation.prompts import NOT_IN_PASSAGES, is_refusal
from rag.cite.answers import Answer
from rag.errors import ModelStalled, ModelUnavailable, NothingSupported
from rag.settings import load_settings

__all__ = ["llm", "server"]


def assert_stands(given: Answer) -> None:
    """The invariant on which everything rests."""
    numbers = [citation.number for citation in given.citations]
    assert numbers == list(range(1, len(numbers) + 1))
    for citation in given.citations:
        text = DOCUMENTS[citation.document_id].text
        assert text[citation.start : citation.end] == citation.quote
    used = [number for statement in given.statements for number in statement.citations]
    assert set(used) <= set(numbers)
    assert list(dict.fromkeys(used)) == numbers


def test_a_good_reply_is_checked_sentence_by_sentence(
    server: LlmServer, llm: LanguageModel
) -> None:
    server.say(ANSWER)
    found = snapshots(llm)
    assert [len(each.statements) for each in found] == [1, 2, 3]
    last = found[-1]
    assert [each.support for each in last.statements] == ["unchecked", "verbatim", "unchecked"]
    assert all(each.kind == "generated" and each.fault is None for each in last.statements)
    assert [citation.quote for citation in last.citations] == [
        "The ministry opened 40 schools in Arden in 2019.",
        "Most pupils were girls.",
        "The river Halse rose by two metres on 4 May 2020.",
    ]
    assert last.model == llm.name
    assert last.text.splitlines()[0] == "The ministry opened 40 schools in Arden. [1]"
    for before, after in pairwise(found):
        assert after.statements[: len(before.statements)] == before.statements
    assert_stands(last)


def test_a_sentence_is_shown_before_the_next_is_written(server: LlmServer) -> None:
    server.say(ANSWER, size=1, pause=0.01)
    began = time.monotonic()
    stream = generate(
        "q", hits("report", "flood"), DOCUMENTS, draft=Answer("q", "q"), llm=model(server)
    )
    next(stream)
    assert server.heard < len(ANSWER)
    assert time.monotonic() - began < 0.01 * len(ANSWER) + 2
    del stream
    time.sleep(0.5)
    heard = server.heard
    time.sleep(0.5)
    assert server.heard <= heard + 100, "the server goes on after the reader has stopped"


FAULTS = [
    ('Brook said that "nobody is ever turned away" [1].', "the quotation"),
    ("The ministry opened 41 schools [1].", "the figure 41"),
    ("The ministry opened 40 schools in Velm [1].", "the name Velm"),
    ("The Halse rose by two metres on 5 May 2020 [2].", "the date 5 May 2020"),
    ("The Halse rose by two metres [1].", "the figure two, the name Halse (but in “The flood”"),
    ("The minister resigned in disgrace over a scandal.", "a passage, for it cites none"),
    ("The minister resigned in disgrace [7].", "the passage that it cites, for none"),
    ("Xqzt wvut rsqp onml kjih [1].", "the name Xqzt"),
]


@pytest.mark.parametrize(("sentence", "fault"), FAULTS)
def test_a_faulty_sentence_is_marked(server: LlmServer, sentence: str, fault: str) -> None:
    server.say(f"{sentence} Most pupils were girls [1].")
    faulty, right = answer(model(server)).statements
    assert faulty.support == "not_found"
    assert faulty.fault is not None
    assert faulty.fault.startswith(fault)
    assert right.support == "verbatim"


def test_an_invented_citation_is_dropped_and_counted(server: LlmServer, llm: LanguageModel) -> None:
    server.say("Most pupils were girls [1][9]. At least 27 people drowned in Lower Mirin [12].")
    given = answer(llm)
    assert given.invented == 2
    assert [each.support for each in given.statements] == ["verbatim"] * 2
    assert {citation.document_id for citation in given.citations} == {"report", "flood"}
    assert_stands(given)


def test_a_sentence_without_citation_gets_the_passage_in_which_it_stands(server: LlmServer) -> None:
    server.say("At least 27 people drowned in Lower Mirin.")
    (statement,) = answer(model(server)).statements
    assert (statement.support, statement.citations) == ("verbatim", (1,))


def test_a_wrong_source_keeps_the_citation_of_the_model(server: LlmServer) -> None:
    server.say("The Halse rose by two metres [1]. Most pupils were girls [1].")
    given = answer(model(server))
    assert {citation.document_id for citation in given.citations} == {"report"}
    assert_stands(given)


def test_lists_are_checked_with_the_words_that_begin_them(server: LlmServer) -> None:
    server.say("In Arden, the ministry:\n- opened **40 schools** [1]\n- closed no school [1]\n")
    given = answer(model(server))
    assert [each.support for each in given.statements] == ["unchecked"] * 2
    assert "*" not in given.text
    server.say(
        "In Velm, the ministry:\n- opened 40 schools [1]\n- and: Most pupils were girls [1]\n"
    )
    with pytest.raises(NothingSupported):
        answer(model(server))


@pytest.mark.parametrize(
    "reply",
    [
        NOT_IN_PASSAGES,
        NOT_IN_PASSAGES.upper(),
        "Unfortunately, the provided passages do not contain any information about that.",
        "The passages don't mention it. They are about schools.",
        "I cannot find an answer in the passages.",
    ],
)
def test_a_model_may_say_that_the_passages_do_not_answer(server: LlmServer, reply: str) -> None:
    server.say(reply)
    (given,) = snapshots(model(server))
    assert given.abstained
    assert given.reason == MODEL_ABSTAINS
    assert not given.statements
    assert not given.citations


def test_what_it_knows_stands_where_it_does_not_know_the_rest(server: LlmServer) -> None:
    server.say(f"Most pupils were girls [1]. {NOT_IN_PASSAGES}")
    given = answer(model(server))
    assert [each.text for each in given.statements] == ["Most pupils were girls."]


@pytest.mark.parametrize("text", ["The law does not say how it works.", "No school was closed."])
def test_not_every_denial_is_a_refusal(text: str) -> None:
    assert not is_refusal(text)


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "RAG_LLM_KEY"), (403, "RAG_LLM_KEY"), (429, "busy"), (500, "HTTP 500"), (503, "503")],
)
def test_a_server_that_refuses(
    server: LlmServer, llm: LanguageModel, status: int, words: str
) -> None:
    server.say("", status=status)
    message = failure(llm, ModelUnavailable)
    assert words in message
    assert server.url in message
    assert len(server.requests) == 1, "nothing is asked twice"


def test_a_wrong_key_is_told_and_no_key_is_shown(
    server: LlmServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    server.key = "right"
    for kind in ("ollama", "openai"):
        opened = model(server, kind, llm_key=SecretStr("wrong-and-secret"))
        message = failure(opened, ModelUnavailable)
        for shown in (message, repr(opened), caplog.text):
            assert "secret" not in shown
    assert server.requests[-1]["headers"]["Authorization"] == "Bearer wrong-and-secret"


def test_the_right_key_is_taken(server: LlmServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "of-another-server")
    monkeypatch.setenv("OLLAMA_API_KEY", "of-another-server")
    server.say(ANSWER)
    for kind in ("ollama", "openai"):
        snapshots(model(server, kind))
        assert "of-another-server" not in str(server.requests[-1]["headers"])
    server.key = "right"
    for kind in ("ollama", "openai"):
        assert snapshots(model(server, kind, llm_key=SecretStr("right")))


def test_an_unknown_model(server: LlmServer) -> None:
    opened = model(server, llm="ollama:unheard-of")
    assert "ollama pull unheard-of" in failure(opened, ModelUnavailable)
    assert "unheard-of" in failure(model(server, llm="openai:unheard-of"), ModelUnavailable)


@pytest.mark.parametrize("kind", ["ollama", "openai"])
def test_no_server(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings = load_settings(llm=f"{kind}:small", llm_url=f"http://127.0.0.1:{port}")
    opened = open_language_model(settings)
    assert opened is not None
    assert f"http://127.0.0.1:{port}" in failure(opened, ModelUnavailable)


@pytest.mark.parametrize("after", [0, 3])
@pytest.mark.parametrize("politely", [False, True])
def test_a_server_that_stalls(
    server: LlmServer, llm: LanguageModel, after: int, politely: bool
) -> None:
    server.say(ANSWER, stall=after, politely=politely)
    began = time.monotonic()
    hurried = LanguageModel(llm.name, llm.kind, llm.model, llm.url, seconds=1, context=8192)
    assert "1 second" in failure(hurried, ModelStalled)
    assert time.monotonic() - began < 30


def test_a_slow_server_is_waited_for(server: LlmServer, llm: LanguageModel) -> None:
    server.say(ANSWER, size=10, pause=0.3)
    hurried = LanguageModel(llm.name, llm.kind, llm.model, llm.url, seconds=3, context=8192)
    assert len(snapshots(hurried)) == 3


@pytest.mark.parametrize("after", [1, 20])
def test_a_server_that_dies(server: LlmServer, llm: LanguageModel, after: int) -> None:
    server.say(ANSWER, die=after)
    assert "middle" in failure(llm, ModelUnavailable)


def test_a_reply_that_only_ends(server: LlmServer, llm: LanguageModel) -> None:
    server.say(ANSWER, reason=None)
    assert "middle" in failure(llm, ModelUnavailable)


@pytest.mark.parametrize(
    "raw", [b"<html>It works!</html>\n", b"\x00\xff\xfe\n", b'{"a": 1}\n', b""]
)
def test_a_server_of_something_else(server: LlmServer, llm: LanguageModel, raw: bytes) -> None:
    server.say("", raw=raw)
    failure(llm, ModelUnavailable)


@pytest.mark.parametrize("text", ["", " \n ", "!!! ??? ...", "asdf qwer yxcv", "Sure! Here it is:"])
def test_a_reply_without_any_support(server: LlmServer, llm: LanguageModel, text: str) -> None:
    server.say(text)
    assert "nothing that is found" in failure(llm, NothingSupported)


def test_a_reply_without_end_is_cut_off(server: LlmServer) -> None:
    server.say("Most pupils were girls [1]. " + "No end " * 10_000, size=500)
    given = answer(model(server))
    assert given.statements[0].support == "verbatim"


def test_a_last_sentence_that_was_cut_off_is_left_out(
    server: LlmServer, llm: LanguageModel
) -> None:
    server.say("Most pupils were girls [1]. The ministry opened 40", reason="length")
    assert [each.text for each in answer(llm).statements] == ["Most pupils were girls."]


def test_thoughts_are_not_shown(server: LlmServer, llm: LanguageModel) -> None:
    server.say("<think>Is it [1]? Or not.</think>Most pupils were girls [1].", thinks="Hm, boys?")
    assert [each.text for each in answer(llm).statements] == ["Most pupils were girls."]

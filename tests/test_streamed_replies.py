"""Whole replies through a real server: every deceit is marked, and hardly anything else.

``benchmarks/checked_model.py`` prints the same as a table.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from generation_support import model
from llm_server import LlmServer
from streamed_replies import Outcome, judge, streamed_replies

from rag.chatbot import Chatbot
from rag.verification.support import Source, best_source, check_statement


@pytest.fixture(scope="module")
def judged(chatbot: Chatbot) -> Iterator[list[Outcome]]:
    """What came of each reply, by the two protocols in turn."""
    server = LlmServer()
    models = [model(server, kind, llm_seconds=60) for kind in ("ollama", "openai")]
    yield [
        judge(each, chatbot.index, server=server, model=models[number % 2])
        for number, each in enumerate(streamed_replies())
    ]
    server.close()


def test_there_are_enough_of_both() -> None:
    faultless = sum(each.is_faultless for each in streamed_replies())
    assert faultless >= 40
    assert len(streamed_replies()) - faultless >= 40


def test_every_fault_is_told(judged: list[Outcome]) -> None:
    wrong = [each for each in judged if not each.streamed.is_faultless and not each.is_right]
    assert [(each.streamed.kind, each.streamed.reply, each.told) for each in wrong] == []


def test_hardly_any_faultless_sentence_is_marked(judged: list[Outcome]) -> None:
    wrong = [each for each in judged if each.streamed.is_faultless and not each.is_right]
    assert len(wrong) <= 2, [(each.streamed.reply, each.told) for each in wrong]


def passage(text: str) -> Source:
    from rag.passages import split_sentences

    return Source(1, "A report", text, tuple(split_sentences(text)))


PORT = passage(
    "The harbour at Velm, which had not been dredged for years, was closed to large ships in May. "
    "Fishing boats were not allowed to leave before dawn. The tug Halcyon, a boat of the coast "
    "guard, stayed inside the mole. Jon Falk, the director of the port, blamed the storm, and Ada "
    "Brook, a lawyer of the crew, blamed Falk. The June 3 storm sank a barge; on June 5 a diver "
    "died."
)


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ('"Fishing boats were … allowed to leave before dawn."', "leaves out “not”"),
        ('"Fishing boats were [not] allowed to leave before dawn."', None),
        ('"The tug Halcyon … stayed [outside] the mole."', "puts “outside” for “inside”"),
        ('"The tug Halcyon … stayed inside the mole."', None),
        ('"The harbour at Velm … was closed to large ships in May."', None),
        ('"The tug [Halcyon] … stayed inside the mole."', None),
        ('"The harbour at Velm … stayed inside the mole."', "one sentence of the parts of two"),
        ("Ada Brook, the director of the port, blamed the storm.", "does not call Ada Brook"),
        ("Jon Falk, the port's director, blamed the storm.", None),
        ("Falk was the director of the port.", None),
        ("Brook was the director of the port.", "does not call Brook"),
        ("A diver died on June 3.", "gives June 3 for something else"),
        ("A diver died on 5 June.", None),
        ("The director of the port was acquitted.", "does not say “acquitted”"),
    ],
)
def test_ways_to_deceive_and_their_honest_likes(sentence: str, fault: str | None) -> None:
    told = check_statement(sentence, [PORT]).fault
    if fault is None:
        assert told is None
    else:
        assert fault in (told or "")


def test_a_sentence_that_fits_anywhere_is_given_no_passage() -> None:
    told = passage("Nobody was punished for it. The mayor kept his office.")
    assert not best_source("Nobody was punished.", [told]).supported
    assert best_source("Nobody was punished for it.", [told]).supported
    assert best_source("The mayor kept his office.", [told]).supported

"""Whole replies through a real server: what is missing is told, and what is found is kept.

``benchmarks/checked_model.py`` prints the same as a table.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from generation_support import model
from llm_server import LlmServer
from streamed_replies import Outcome, judge, streamed_replies

from rag.answer import Chatbot


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


def test_what_comes_of_each_reply(judged: list[Outcome]) -> None:
    wrong = [each for each in judged if not each.is_right]
    assert [(each.streamed.kind, each.streamed.reply, each.told) for each in wrong] == []

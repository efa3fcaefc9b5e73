"""Stop, in a real browser, while an answer never ceases to grow."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from page_support import REPORTS, Served, make_chatbot, open_page, served

from rag.answer import Chatbot
from rag.cite.answers import Answer, Message
from rag.models.embedding import SentenceEmbedding
from rag.schema import Condition

pytestmark = pytest.mark.browser

QUESTION = "How many prisoners did the central prison of Tarsk hold?"


class Endless(Chatbot):
    """A chatbot whose answers never cease to grow: each update says its number."""

    def __init__(self, chatbot: Chatbot) -> None:
        self.__dict__.update(vars(chatbot))
        self._chatbot = chatbot

    def ask(
        self, question: str, *, history: Sequence[Message] = (), where: Sequence[Condition] = ()
    ) -> Iterator[Answer]:
        *_, answer = self._chatbot.ask(question, history=history, where=where)
        for number in itertools.count():
            time.sleep(0.03)
            yield replace(answer, final=False, notes=(f"Update {number}",))


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[Served]:
    chatbot, settings = make_chatbot(tmp_path_factory.mktemp("stop"), REPORTS, embedding=embedding)
    with served(Endless(chatbot), settings) as running:
        yield running


def test_no_update_comes_over_what_says_that_it_was_stopped(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    box = page.get_by_role("textbox", name="Your question", exact=True)
    for number in range(1, 6):
        box.fill(QUESTION)
        box.press("Enter")
        page.wait_for_function(
            "n => [...document.querySelectorAll('#chat [data-testid=bot]')]"
            ".filter(one => one.innerText.includes('Update ')).length === n",
            arg=number,
        )
        page.locator("#question button:has-text('Stop')").click()
        page.wait_for_selector("#question button:has-text('Ask')")
        last = page.locator("#chat [data-testid=bot]").last
        assert "Stopped before the answer was complete." in last.inner_text()
        before = last.inner_text()
        page.wait_for_timeout(500)
        assert last.inner_text() == before
    page.reload()
    page.wait_for_selector("#chat >> text=Stopped before the answer was complete.")
    assert page.locator("#chat [data-testid=bot] >> text=Stopped before").count() == 5

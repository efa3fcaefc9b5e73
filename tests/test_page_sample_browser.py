"""The sample reports on the page: what every footnote marks is what the answer quotes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from page_support import Served, ask, open_page, served

from rag.answer import Chatbot
from rag.settings import Settings

pytestmark = pytest.mark.browser

QUESTIONS = (
    "How many people were displaced in Ethiopia?",
    "What did Kozak say about engagement?",
    "Compare Armenia and Azerbaijan on Nagorno-Karabakh.",
)


@pytest.fixture(scope="module")
def site(chatbot: Chatbot, sample_settings: Settings) -> Iterator[Served]:
    with served(chatbot, sample_settings) as running:
        yield running


def marked(page: Any) -> str:
    return "".join(page.locator("#source mark").all_text_contents())


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_every_footnote_marks_what_is_quoted(site: Served, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = open_page(context, site.address)
    for number, question in enumerate(QUESTIONS, start=1):
        ask(page, question, answers=number)
    turns = page.evaluate(
        "Object.keys(localStorage).map(key => JSON.parse(localStorage.getItem(key)).turns)[0]"
    )
    opened = []
    for number, turn in enumerate(turns):
        message = page.locator("#chat [data-testid=bot]").nth(number)
        links = message.locator("blockquote a").all()
        assert len(links) == len(turn["statements"]) >= 1
        for link, statement in zip(links, turn["statements"], strict=True):
            place = statement["citations"][0]
            link.click()
            page.wait_for_selector(f".panel[data-shown='{place}']")
            document_id, start, end = place.rsplit(".", 2)
            document = site.chatbot.document(document_id)
            assert document is not None
            quote = document.text[int(start) : int(end)]
            assert statement["text"] == quote
            assert squeezed(marked(page)) == squeezed(quote)
            assert squeezed(quote) in squeezed(message.inner_text())
            opened.append((place, quote))
    # Back, forward and reload lead to the same characters.
    page.go_back()
    page.wait_for_selector(f".panel[data-shown='{opened[-2][0]}']")
    assert squeezed(marked(page)) == squeezed(opened[-2][1])
    page.go_forward()
    page.wait_for_selector(f".panel[data-shown='{opened[-1][0]}']")
    page.reload()
    page.wait_for_selector(f".panel[data-shown='{opened[-1][0]}']")
    assert squeezed(marked(page)) == squeezed(opened[-1][1])
    page.wait_for_function("document.querySelectorAll('#chat .judging').length === 3")
    context.close()

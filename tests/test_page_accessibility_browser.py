"""The page by the rules of axe-core, in a real browser: wide and narrow, light and dark.

Only what axe can find out by itself: contrast, names, roles, order of headings, focus.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from page_support import REPORTS, Served, ask, findings, make_chatbot, open_page, served

from rag.models.embedding import SentenceEmbedding

pytestmark = pytest.mark.browser

QUESTION = "How many prisoners did the central prison of Tarsk hold?"
DRAFT = (
    "“The central prison of Tarsk held 1,420 prisoners in a building made for 600,” it says, and "
    "“Two prisoners died of untreated tuberculosis”; but “no harbour was ever so quiet in spring”."
)
SCHEMES = pytest.mark.parametrize("scheme", ["", "?__theme=dark"], ids=["light", "dark"])


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[Served]:
    made = make_chatbot(tmp_path_factory.mktemp("axe"), REPORTS, embedding=embedding)
    with served(*made) as running:
        yield running


def findings_of_judging(page: Any) -> list[str]:
    """The findings on the dialog of a gold question, which is kept then."""
    page.locator("button.judge").click()
    page.wait_for_selector(".gold-sheet[open]")
    for passage in page.locator("details.gold-passage summary").all():
        passage.click()
    found = findings(page)
    page.locator(".gold-sheet button[type=submit]").click()
    page.wait_for_selector(".gold-sheet:not([open])", state="attached")
    page.get_by_role("button", name="Dismiss").click()
    return found


def findings_of_tabs(page: Any) -> dict[str, list[str]]:
    """The findings on the tabs beside the chat, each with something on it."""
    found = {}
    page.get_by_role("button", name="Ask many questions at once").click()
    page.get_by_label("Questions, one on each line").fill(QUESTION)
    page.locator(".many").get_by_role("button", name="Ask", exact=True).click()
    page.wait_for_selector(".many-quote")
    page.wait_for_selector("text=1 of 1 answer")
    found["many"] = findings(page)
    page.get_by_role("button", name="Back to the chat").click()
    page.locator("#to-search").click()
    page.locator(".finder-help summary").click()
    page.get_by_label("Everything that has these words").fill("prison* OR harbour")
    page.keyboard.press("Enter")
    page.wait_for_selector(".finder-hits li")
    found["search"] = findings(page)
    page.keyboard.press("Alt+H")
    found["shortcuts"] = findings(page)
    page.keyboard.press("Escape")
    page.locator("#to-library").click()
    page.wait_for_selector(".documents tbody tr")
    found["library"] = findings(page)
    page.locator("#to-people").click()
    page.wait_for_function("document.querySelector('.people-found').textContent")
    found["people"] = findings(page)
    page.locator("#to-lookup").click()
    page.get_by_label("A quotation, a sentence, or a whole draft").fill(DRAFT)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".lookup[data-done]")
    found["lookup"] = findings(page)
    page.locator("#to-evaluation").click()
    page.wait_for_selector(".collected[data-shown='1']")
    found["evaluation"] = findings(page)
    return found


@SCHEMES
def test_a_wide_page_is_accessible(site: Served, browser: Any, scheme: str) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = open_page(context, site.address + scheme)
    found = {"empty": findings(page)}
    ask(page, QUESTION)
    page.locator("#chat details summary").first.click()
    found["answer"] = findings(page)
    found["judging"] = findings_of_judging(page)
    page.get_by_role("button", name="Export", exact=True).click()
    found["export"] = findings(page)
    page.keyboard.press("Escape")
    page.locator("#chat blockquote a").first.click()
    page.wait_for_selector("#source mark")
    found["source"] = findings(page)
    page.get_by_role("button", name="Delete all").click()
    found["dialog"] = findings(page)
    page.keyboard.press("Escape")
    page.locator("[data-row=delete]").click()
    found["deleted"] = findings(page)
    page.get_by_role("button", name="Settings").click()
    found["settings"] = findings(page)
    page.keyboard.press("Escape")
    found |= findings_of_tabs(page)
    context.close()
    assert {name: each for name, each in found.items() if each} == {}


@SCHEMES
def test_a_phone_is_accessible(site: Served, browser: Any, scheme: str) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 740}, has_touch=True)
    page = open_page(context, site.address + scheme)
    found = {"empty": findings(page)}
    ask(page, QUESTION)
    found["answer"] = findings(page)
    found["judging"] = findings_of_judging(page)
    page.get_by_role("button", name="Conversations and filters").tap()
    page.wait_for_selector("#collection.open")
    found["drawer"] = findings(page)
    page.get_by_role("button", name="Settings").tap()
    found["settings"] = findings(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.locator("#chat blockquote a").first.tap()
    page.wait_for_selector("#source mark")
    found["source"] = findings(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.get_by_role("button", name="Close the source").tap()
    found |= findings_of_tabs(page)
    context.close()
    assert {name: each for name, each in found.items() if each} == {}

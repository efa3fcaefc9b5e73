"""The settings of a browser: how sure an answer must be, colours and references, remembered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from page_support import REPORTS, Served, ask, make_chatbot, open_page, served

from rag.models.embedding import SentenceEmbedding

pytestmark = pytest.mark.browser

QUESTION = "How many prisoners did the central prison of Tarsk hold?"


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[Served]:
    # It abstains from everything, unless the browser asks for another caution.
    chatbot, settings = make_chatbot(
        tmp_path_factory.mktemp("settings"), REPORTS, embedding=embedding, abstain_below=1
    )
    with served(chatbot, settings) as running:
        yield running


def open_settings(page: Any) -> Any:
    page.get_by_role("button", name="Settings").click()
    return page.get_by_role("dialog", name="Settings")


def dark(page: Any) -> bool:
    found: bool = page.evaluate("document.body.classList.contains('dark')")
    return found


def test_how_sure_an_answer_must_be_is_chosen_and_remembered(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    ask(page, QUESTION)
    assert page.locator("#chat h3").count() == 1
    sheet = open_settings(page)
    assert sheet.get_by_label("As set by whoever runs this page").is_checked()
    sheet.get_by_label("Balanced").check()
    sheet.get_by_role("button", name="Close").click()
    ask(page, QUESTION, answers=2)
    assert "1,240" in page.locator("#chat blockquote").first.inner_text()
    told = page.locator("#chat .note", has_text="the setting “Balanced”")
    assert told.count() == 1  # the first answer was made as usual
    page.reload()
    told.wait_for()
    page.wait_for_selector(".settings[data-ready]", state="attached")
    assert open_settings(page).get_by_label("Balanced").is_checked()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Ask many questions at once").click()
    page.get_by_label("Questions, one on each line").fill(QUESTION)
    page.locator(".many").get_by_role("button", name="Ask", exact=True).click()
    page.wait_for_selector(".many-quote")
    assert "1,240" in page.locator(".many-quote").first.inner_text()


def test_colours_are_chosen_and_remembered_whatever_the_device_says(
    site: Served, context: Any
) -> None:
    page = open_page(context, site.address)
    assert not dark(page)
    open_settings(page).get_by_label("Colours").select_option("dark")
    assert dark(page)
    page.reload()
    page.wait_for_selector(".settings[data-ready]", state="attached")
    assert dark(page)
    page.emulate_media(color_scheme="light")
    assert dark(page)
    open_settings(page).get_by_label("Colours").select_option("")
    assert not dark(page)


def test_the_style_of_references_is_one_everywhere(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    open_settings(page).get_by_label("Style of references").select_option("oscola")
    page.reload()
    page.wait_for_selector(".settings[data-ready]", state="attached")
    chosen = page.locator("[data-reference-style], .export-menu select, .settings [name=style]")
    assert chosen.evaluate_all("all => all.map(one => one.value)") == ["oscola"] * 3

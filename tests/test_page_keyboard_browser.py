"""The page by keyboard alone, in a real browser: nothing here touches the mouse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from page_support import Served, ask, go_to, has_focus, open_page, served
from panel_support import INQUIRY, document, link, panel_chatbot, sentence_on

from rag.models.embedding import SentenceEmbedding

pytestmark = pytest.mark.browser

QUESTION = "How many observers from how many countries were at the election in Orsk?"


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[Served]:
    with served(*panel_chatbot(tmp_path_factory.mktemp("keys"), embedding)) as running:
        yield running


def test_settings_are_opened_changed_and_left(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    go_to(page, "[data-settings]", key="Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.settings[open]")
    go_to(page, ".settings [name=caution]")
    page.keyboard.press("ArrowDown")
    go_to(page, ".settings [name=theme]")
    page.keyboard.type("Dark")
    page.wait_for_function("document.body.classList.contains('dark')")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog.settings", state="hidden")
    has_focus(page, "[data-settings]")


def test_filters_are_chosen_saved_and_lifted(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    go_to(page, "#filter-documents input", key="Shift+Tab")
    page.keyboard.type("harbour")
    page.wait_for_selector("[role=option]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#filter-documents .token")
    page.keyboard.press("Escape")
    go_to(page, "[data-filters=save]")
    page.keyboard.press("Enter")
    has_focus(page, "[name=filters-name]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".saved-list li")
    go_to(page, "[data-filters=clear]")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.saved-bar').hidden")
    go_to(page, ".saved-list button[aria-pressed]", key="Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#filter-documents .token")


def test_many_questions_are_asked_and_opened(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    go_to(page, "#under [data-many]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".many:not([hidden])")
    go_to(page, ".many [name=questions]")
    page.keyboard.type(QUESTION)
    go_to(page, ".many [type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=1 of 1 answer")
    go_to(page, ".many a[href^='#src=']")
    page.keyboard.press("Enter")
    page.wait_for_selector("#source mark")
    page.keyboard.press("Escape")
    has_focus(page, ".many a[href^='#src=']")


def test_an_answer_is_shared(site: Served, context: Any) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = open_page(context, site.address)
    ask(page, QUESTION)
    go_to(page, "#chat button.share", key="Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("button:has-text('Link copied')")
    assert "#answer=" in page.evaluate("navigator.clipboard.readText()")


def test_hits_are_searched_narrowed_and_opened(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    page.keyboard.press("Alt+S")
    has_focus(page, ".finder [name=q]")
    page.keyboard.type("harbour OR election")
    page.keyboard.press("Enter")
    page.wait_for_selector(".finder-facets button")
    hits = page.locator(".finder-hits li").count()
    go_to(page, ".finder-facets button")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "before => document.querySelectorAll('.finder-hits li').length < before", arg=hits
    )
    go_to(page, ".finder-hits a")
    page.keyboard.press("Enter")
    has_focus(page, "#source-title")
    page.keyboard.press("Escape")
    has_focus(page, ".finder-hits a")


def test_pages_are_read_zoomed_and_searched(site: Served, context: Any) -> None:
    of = document(site.chatbot, INQUIRY)
    page = open_page(context, site.address, fragment=link(of, *sentence_on(of, 8)))
    page.wait_for_selector(".leaf[data-number='8'] .box")
    go_to(page, "[data-more]")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-more][aria-expanded=true]")
    go_to(page, ".source-page")
    page.keyboard.press("+")
    page.wait_for_function("document.querySelector('.sheets').style.cssText.includes('1.25')")
    go_to(page, "[data-sheet-number]")
    page.keyboard.press("Control+a")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    page.wait_for_selector(".leaf[data-number='3'] .words")
    page.keyboard.press("Control+f")
    has_focus(page, ".find-bar input")
    page.keyboard.type("confirmed")
    page.keyboard.press("Enter")
    page.wait_for_selector(".box.found")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    go_to(page, ".divider", key="Shift+Tab")
    wide = page.evaluate("document.querySelector('#source').clientWidth")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.querySelector('#source').clientWidth") > wide

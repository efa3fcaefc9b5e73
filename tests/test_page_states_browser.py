"""States of the page that test_page_accessibility_browser leaves out, by the rules of axe-core.

Work that goes on, has stopped or has failed, sheets and lists that are open, and what is empty; in
light and dark.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from page_support import REPORTS, Served, ask, findings, make_chatbot, open_page, served

from rag.errors import ModelUnavailable
from rag.models.embedding import SentenceEmbedding

pytestmark = pytest.mark.browser

QUESTION = "How many prisoners did the central prison of Tarsk hold?"
VIEWS = pytest.mark.parametrize(
    ("scheme", "width"),
    [("", 1440), ("?__theme=dark", 1440), ("", 390), ("?__theme=dark", 390)],
    ids=["light", "dark", "phone-light", "phone-dark"],
)
DESCRIBED = [
    {"file": "harbour.txt", "title": "The harbour", "date": "2018-07", "country": "Velmora"},
    {"file": "prisons.txt", "title": "Prisons", "date": "2020", "country": "Tarsk"},
]


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("states")
    made = make_chatbot(folder, REPORTS, metadata=DESCRIBED, embedding=embedding)
    with served(*made) as running:
        yield running


@pytest.fixture
def opened(browser: Any, scheme: str, width: int) -> Iterator[Callable[..., Any]]:
    """Opens the page in the view of the test."""
    context = browser.new_context(viewport={"width": width, "height": 844})
    yield lambda site, **given: open_page(context, site.address + scheme, **given)
    context.close()


def assert_none(found: dict[str, list[str]]) -> None:
    assert {name: each for name, each in found.items() if each} == {}


@VIEWS
def test_answers_of_every_kind(site: Served, opened: Callable[..., Any]) -> None:
    page = opened(site)
    found = {}
    site.chatbot.pause = 60
    page.locator("#question textarea").fill(QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_selector("#chat blockquote")
    found["an answer that is being written"] = findings(page)
    page.get_by_role("button", name="Stop", exact=True).click()
    page.wait_for_selector("#question button:has-text('Ask')")
    site.chatbot.pause = 0
    found["one that was stopped"] = findings(page)
    site.chatbot.fails = ModelUnavailable("The model cannot be reached: start it, and ask again")
    page.locator("#question textarea").fill("Who?")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=The model cannot be reached")
    page.wait_for_selector("#question button:has-text('Ask')")
    site.chatbot.fails = None
    found["one that failed"] = findings(page)
    page.get_by_role("button", name="New conversation").first.evaluate("e => e.click()")
    page.wait_for_selector("#chat .judging", state="detached")
    for number, said in enumerate(("hi", "list all reports", "prison", QUESTION), start=1):
        page.locator("#question textarea").fill(said)
        page.keyboard.press("Enter")
        page.wait_for_function(
            "count => document.querySelectorAll('#chat [data-testid=bot]').length >= count",
            arg=number,
        )
        page.wait_for_selector("#question button:has-text('Ask')")
    found["small talk, a list, a search"] = findings(page)
    page.locator("#chat blockquote a").last.focus()
    page.wait_for_selector(".preview:not([hidden])")
    found["the preview of a footnote"] = findings(page)
    assert_none(found)


@VIEWS
def test_filters_that_are_chosen_named_and_saved(
    site: Served, opened: Callable[..., Any], width: int
) -> None:
    page = opened(site)
    found = {}
    if width < 700:
        page.get_by_role("button", name="Conversations and filters").click()
    page.get_by_role("combobox", name="Country").click()
    page.wait_for_selector("[role=option]")
    found["choices of a filter"] = findings(page)
    page.get_by_role("option", name="Velmora").click()
    page.get_by_role("button", name="Save these filters").click()
    found["a filter that is named"] = findings(page)
    page.keyboard.press("Enter")
    page.wait_for_selector(".saved-list [aria-pressed=true]")
    found["a filter that is saved"] = findings(page)
    assert_none(found)


@VIEWS
def test_many_questions_that_run_stop_and_fail(site: Served, opened: Callable[..., Any]) -> None:
    page = opened(site)
    found = {}
    page.get_by_role("button", name="Ask many questions at once").click()
    found["no question"] = findings(page)
    page.locator(".many").get_by_role("button", name="Ask", exact=True).click()
    page.wait_for_selector("text=Write at least one question.")
    found["refused"] = findings(page)
    page.get_by_label("Questions, one on each line").fill(f"{QUESTION}\nWho died?")
    page.get_by_label("Ask each question of").select_option("country")
    page.locator(".many-which summary").click()
    page.wait_for_selector(".many-which input")
    site.chatbot.pause = 60
    page.locator(".many").get_by_role("button", name="Ask", exact=True).click()
    page.wait_for_selector("[data-many=stop]:not([hidden])")
    found["running, countries to be ticked"] = findings(page)
    page.locator("[data-many=stop]").click()
    site.chatbot.pause = 0
    page.wait_for_selector("text=stopped.")
    found["stopped"] = findings(page)
    site.chatbot.fails = ModelUnavailable("The model cannot be reached: start it, and ask again")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_selector("text=4 of 4 answers")
    site.chatbot.fails = None
    found["failed"] = findings(page)
    assert_none(found)


@VIEWS
def test_a_search_that_finds_nothing_or_is_none(site: Served, opened: Callable[..., Any]) -> None:
    page = opened(site, fragment="#search")
    found = {"nothing searched": findings(page)}
    box = page.get_by_role("searchbox", name="Everything that has these words")
    box.fill("zebra")
    box.press("Enter")
    page.wait_for_selector(".finder-results >> text=Nothing has all of this.")
    found["no hit"] = findings(page)
    box.fill("(zebra")
    box.press("Enter")
    page.wait_for_selector(".finder-error:not([hidden])")
    found["not understood"] = findings(page)
    assert_none(found)


@VIEWS
def test_a_library_that_is_worked_on(site: Served, opened: Callable[..., Any]) -> None:
    page = opened(site, fragment="#library")
    page.wait_for_selector(".documents tbody tr")
    found = {}
    with site.chatbot.index.writing():  # another program: what is added has to wait
        file = {"name": "bad.pdf", "mimeType": "", "buffer": b"no"}
        page.set_input_files('[data-picker="files"]', [file])
        page.wait_for_selector("text=another program is writing")
        found["a file that waits"] = findings(page)
    page.wait_for_selector('.job:first-child[data-state="done"]')
    found["a file that failed"] = findings(page)
    page.locator(".documents [data-choose]").first.check()
    found["a document that is ticked"] = findings(page)
    page.get_by_role("button", name="Edit The harbour").click()
    page.wait_for_selector("dialog.edit[open]")
    found["details that are edited"] = findings(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Remove The harbour").click()
    page.wait_for_selector("dialog.remove[open]")
    found["a document that is to be removed"] = findings(page)
    page.keyboard.press("Escape")
    assert_none(found)


@VIEWS
def test_an_evaluation_that_has_run(
    site: Served, opened: Callable[..., Any], tmp_path: Path
) -> None:
    gold = tmp_path / "gold.jsonl"
    quote = "The central prison of Tarsk held 1,240 prisoners in a building made for 600."
    evidence = [{"source": "prisons.txt", "quote": quote}]
    asked = [
        {"id": "a", "question": QUESTION, "answerable": True, "evidence": evidence},
        {"id": "b", "question": "Who won the cup?", "answerable": False},
    ]
    gold.write_text("\n".join(map(json.dumps, asked)), "utf-8")
    page = opened(site, fragment="#evaluation")
    page.set_input_files(".evaluation-form input[type=file]", gold)
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_selector(".evaluation-report svg")
    page.locator(".evaluation-report .questions summary").first.click()
    assert_none({"a report": findings(page)})


@VIEWS
def test_a_source_that_is_gone_and_an_answer_by_link(
    site: Served, opened: Callable[..., Any]
) -> None:
    page = opened(site, fragment="#src=0000000000.0.9")
    page.wait_for_selector("#source >> text=not in this collection")
    found = {"no such document": findings(page)}
    page = opened(site, fragment="#answer=damaged")
    page.wait_for_selector("text=The link to the answer is damaged")
    found["a damaged link"] = findings(page)
    page = opened(site)
    ask(page, QUESTION)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Share by link").last.click()
    page.wait_for_selector("button:has-text('Link copied')")
    found["a link that was copied"] = findings(page)
    assert_none(found)


@VIEWS
def test_a_collection_that_is_empty(
    tmp_path: Path, embedding: SentenceEmbedding, opened: Callable[..., Any]
) -> None:
    with served(*make_chatbot(tmp_path, {}, embedding=embedding)) as running:
        page = opened(running)
        found = {"chat": findings(page)}
        for name in ("search", "people", "library", "evaluation"):
            page.evaluate("hash => { location.hash = hash }", name)
            page.wait_for_selector(f"#to-{name}[aria-selected=true]")
            found[name] = findings(page)
    assert_none(found)

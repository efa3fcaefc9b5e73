"""How the page comes up and what moves on it, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio
import pytest
from page_support import REPORTS, Served, ask, make_chatbot, open_page, served

from rag.models.embedding import SentenceEmbedding

pytestmark = pytest.mark.browser

ASSETS = Path(gradio.__file__).parent / "templates/frontend/assets"


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[Served]:
    made = make_chatbot(tmp_path_factory.mktemp("loading"), REPORTS, embedding=embedding)
    with served(*made) as running:
        yield running


def test_the_page_comes_up_when_the_chat_comes_last(site: Served, browser: Any) -> None:
    (script,) = (one.name for one in ASSETS.glob("*.js") if "bubble-wrap" in one.read_text("utf-8"))
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(90_000)
    held: list[Any] = []
    page.route(f"**/{script}", lambda route: held.append(route))
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(site.address)
    for name in ("evaluation", "library", "lookup", "search"):
        page.wait_for_selector(f"#{name} section", state="attached")
    page.wait_for_function(
        "performance.getEntriesByType('resource').some(r => /gradio\\.js$/.test(r.name))"
    )
    assert held
    for one in held:
        one.continue_()
    page.wait_for_selector(".library[data-ready]", state="attached")
    context.close()
    assert errors == []


SHIFTS = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) {
      const moved = one.sources.map((each) => each.node?.className ?? each.node?.nodeName);
      window.shifts.push([one.value, moved]);
    }
  }).observe({ type: "layout-shift" });
}"""


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["wide", "phone"])
def test_little_moves_while_an_answer_comes_and_when_its_source_opens(
    site: Served, browser: Any, size: tuple[int, int]
) -> None:
    """Below 0.1 in all, even with what moves within half a second of a key, which is spared."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = open_page(context, site.address)
    page.evaluate(SHIFTS)
    site.chatbot.pause = 0.3
    ask(page, "How many prisoners did the central prison of Tarsk hold?")
    site.chatbot.pause = 0
    page.locator("#chat blockquote a").first.click()
    page.wait_for_selector("#source mark")
    page.wait_for_timeout(400)
    shifts = page.evaluate("window.shifts")
    context.close()
    assert sum(value for value, _ in shifts) < 0.1, shifts


def test_on_a_phone_a_source_begins_within_a_quarter_of_the_screen(
    site: Served, browser: Any
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = open_page(context, site.address)
    ask(page, "How many prisoners did the central prison of Tarsk hold?")
    page.locator("#chat blockquote a").first.tap()
    page.wait_for_selector("#source mark")
    page.wait_for_function("document.querySelector('#source').getBoundingClientRect().x === 0")
    assert page.locator(".source-text").bounding_box()["y"] <= 844 / 4
    for name in ("Copy link", "Ask this document", "Original file"):
        assert not page.get_by_text(name, exact=True).is_visible()
    page.get_by_role("button", name="Details").tap()
    for name in ("Copy link", "Ask this document", "Original file"):
        assert page.get_by_text(name, exact=True).is_visible()
    context.close()

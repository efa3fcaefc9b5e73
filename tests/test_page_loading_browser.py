"""How the page comes up and what moves on it, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio
import pytest
from page_support import REPORTS, Served, make_chatbot, served

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

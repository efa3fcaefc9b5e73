"""A PDF of many pages in a real browser: those that are near the view are asked for, no others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from page_support import Served, make_chatbot, open_page, served
from panel_support import NEAR_ARE_DRAWN, document, link, page_of
from pdf_made import paged

from rag.models.embedding import SentenceEmbedding

pytestmark = pytest.mark.browser

PAGES = 500
NEAR = 3  # pages before and after the one in view


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[Served]:
    files = {"long.pdf": paged(PAGES)}
    made = make_chatbot(tmp_path_factory.mktemp("long"), files, embedding=embedding)
    with served(*made) as running:
        yield running


def rest_at(page: Any, number: int) -> None:
    """Wait until a page is drawn, and all that are near."""
    page.wait_for_selector(f'.leaf[data-number="{number}"][data-drawn] img[src]')
    page.wait_for_function(NEAR_ARE_DRAWN)
    assert page.locator("[data-sheet-number]").input_value() == str(number)


def test_of_five_hundred_pages_those_that_are_near_are_asked_for(
    site: Served, context: Any
) -> None:
    of = document(site.chatbot, "long.pdf")
    place = page_of(of, 250)
    page = open_page(context, site.address)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    def numbers() -> set[int]:
        """The pages that were asked for, and forget them."""
        split = [urlsplit(each) for each in asked]
        drawn = [one for one in split if one.path.startswith("/page/")]
        asked.clear()
        return {int(parse_qs(one.query)["number"][0]) for one in drawn}

    page.evaluate("hash => { location.hash = hash }", link(of, place.start + 1, place.start + 9))
    rest_at(page, 250)
    assert page.locator(".leaf").count() == PAGES
    assert 250 in (first := numbers())
    assert first <= set(range(250 - NEAR, 251 + NEAR))
    page.locator("[data-sheet-number]").fill("500")
    page.keyboard.press("Enter")
    rest_at(page, 500)
    assert 500 in (last := numbers())
    assert last <= set(range(500 - NEAR, 501))
    page.evaluate("document.querySelector('.source-page').scrollTop = 0")
    rest_at(page, 1)
    assert 1 in (begin := numbers())
    assert begin <= set(range(1, 2 + NEAR))
    held = page.locator(".leaf[data-loaded]").evaluate_all("all => all.map(e => +e.dataset.number)")
    assert set(held) <= set(range(1, 2 + NEAR))

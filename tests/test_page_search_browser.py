"""The Search tab in a real browser: queries, facets, tables, and places that open."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from openpyxl import load_workbook
from page_support import Served, make_chatbot, open_page, served
from test_all_hits import DESCRIBED, FILES

from rag.models.embedding import SentenceEmbedding

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[Served]:
    hostile = {"evil.txt": "Evil\n\nPrisoners <img src=x onerror=pwn=1> ${pwn=1} {{pwn}} said."}
    made = make_chatbot(
        tmp_path_factory.mktemp("search"), FILES | hostile, metadata=DESCRIBED, embedding=embedding
    )
    with served(*made) as running:
        yield running


def search(page: Any, query: str) -> None:
    page.get_by_role("searchbox", name="Everything that has these words").fill(query)
    page.keyboard.press("Enter")
    wanted = f"q={quote(query, safe='*').replace('%20', '+')}&sort="
    page.wait_for_function(
        "wanted => document.querySelector('.finder').dataset.shown.startsWith(wanted)", arg=wanted
    )


def test_a_query_is_counted_narrowed_and_opened(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    page.locator("#to-search").click()
    search(page, "prisoners")
    assert page.locator(".finder-head [role=status]").inner_text().startswith("5 passages in 3 doc")
    page.locator(".finder-facets button", has_text="Tarsk").click()
    page.wait_for_function("document.querySelectorAll('.finder-hits li').length === 1")
    box = page.get_by_role("searchbox", name="Everything that has these words")
    assert box.input_value() == '(prisoners) country:"Tarsk"'
    assert "prisoners" in page.locator(".finder-hits mark").all_inner_texts()
    page.locator(".finder-hits a").click()
    page.wait_for_selector("#source mark")
    marked = "".join(page.locator("#source mark").all_text_contents())
    assert marked == page.locator(".finder-hits blockquote").inner_text()
    page.go_back()
    page.go_back()
    page.wait_for_function("document.querySelectorAll('.finder-hits li').length === 5")
    assert box.input_value() == "prisoners"
    assert page.evaluate("window.pwn") is None


def test_the_address_of_a_search_can_be_shared(site: Served, context: Any) -> None:
    page = open_page(context, site.address, fragment="#search&q=police+NOT+prisoners")
    page.wait_for_selector(".finder-hits li")
    assert page.locator(".finder-hits a").all_inner_texts() == ["The harbour"]
    page.wait_for_selector("#tab-chat", state="hidden")


def test_a_fault_in_a_query_is_told_where_it_is_typed(site: Served, context: Any) -> None:
    page = open_page(context, site.address, fragment="#search")
    search(page, "(police")
    assert page.locator(".finder-error").inner_text() == "A parenthesis is not closed; add )"
    search(page, "unicorns")
    assert "Nothing has all of this." in page.locator(".finder-results").inner_text()
    assert page.locator(".finder-error").is_hidden()


def test_all_hits_are_a_table_whose_links_open(site: Served, context: Any) -> None:
    page = open_page(context, site.address, fragment="#search&q=prisoners")
    with page.expect_download() as download:
        page.get_by_role("link", name="XLSX").click()
    sheet = load_workbook(io.BytesIO(download.value.path().read_bytes())).active
    rows = list(sheet.iter_rows(min_row=2))
    assert len(rows) == 5
    other = open_page(context, rows[0][-1].hyperlink.target + "#" + rows[0][-1].hyperlink.location)
    other.wait_for_selector("#source mark")
    marked = "".join(other.locator("#source mark").all_text_contents())
    assert marked == rows[0][0].value

"""Several collections behind a proxy at a path of its own, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from page_support import ask, chromium, findings, open_page
from proxy_support import Proxy, behind_proxy, make_indexes, site, write_collections

FILES = {
    "ferries": {"ferry.txt": "The ferry to Orlo sank in a storm in 2016. Nine people drowned."},
    "mines": {"mine.txt": "The mine of Halt was closed in 2011, after a gas explosion."},
    "hidden": {"hidden.txt": "Nobody but the chiefs reads of the bridge of Sund."},
}
PAGES = {
    "ferries": {"title": "Ferries <i>and</i> ports of the coast", "readers": ["*"]},
    "mines": {"title": "Mines", "readers": ["*"]},
    "hidden": {"title": "Bridges", "readers": ["chiefs"]},
}
QUESTION = "When did the ferry to Orlo sink?"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("coast")
    make_indexes(made, FILES)
    write_collections(made / "collections.toml", PAGES)
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@contextmanager
def proxied(folder: Path, *, strips: bool) -> Iterator[tuple[str, Proxy]]:
    given = {"auth": "proxy", "trusted_proxies": "127.0.0.1", "root_path": "/reports"}
    with site(collections=folder / "collections.toml", **given) as (at, _):
        proxy = Proxy(at, "/reports", strips, {"x-forwarded-user": "rita"})
        with behind_proxy(proxy) as address:
            yield address, proxy


@pytest.mark.parametrize("strips", [False, True])
def test_everything_works_below_a_path_and_each_collection_is_its_own(
    browser: Any, folder: Path, strips: bool
) -> None:
    with proxied(folder, strips=strips) as (address, proxy):
        context = browser.new_context()
        page = open_page(context, address)
        assert page.url == f"{address}c/ferries/"
        ask(page, QUESTION)
        page.locator("#chat a[href^='#src=']").first.click()
        page.wait_for_selector("#panel mark")
        assert "sank in a storm" in page.locator("#panel mark").first.inner_text()
        with page.expect_download() as saving:
            page.get_by_role("link", name="Original file").click()
        assert saving.value.url.startswith(address)
        for tab in ("search", "people", "lookup", "evaluation", "library"):
            page.click(f"#to-{tab}")
        page.wait_for_selector("#library tbody tr")
        assert "ferry.txt" in page.locator("#library tbody").inner_text()

        switcher = page.get_by_role("combobox", name="Collection", exact=True)
        titles = switcher.locator("option").all_inner_texts()
        assert titles == ["Ferries <i>and</i> ports of the coast", "Mines"]
        switcher.select_option(label="Mines")
        page.wait_for_url(f"{address}c/mines/")
        page.wait_for_selector(".talks[data-ready]", state="attached")
        assert "None yet" in page.locator("#talks").inner_text()
        ask(page, "When was the mine of Halt closed?")
        assert "2011" in page.locator("#chat").inner_text()

        page.go_back()
        page.wait_for_url(f"{address}c/ferries/**")
        page.goto(f"{address}c/ferries/")
        page.wait_for_selector("#chat .judging")
        assert QUESTION in page.locator("#talks").inner_text()
        assert "Halt" not in page.locator("#talks").inner_text()
        kept = page.evaluate("Object.keys(localStorage)")
        assert all(key.startswith("/reports/c/") for key in kept), kept
        assert [path for path in proxy.strays if path != "/favicon.ico"] == []
        assert proxy.failures == []
        context.close()


def test_the_language_holds_for_all_collections(browser: Any, folder: Path) -> None:
    with proxied(folder, strips=False) as (address, _):
        context = browser.new_context(locale="en-GB")
        page = open_page(context, address)
        with page.expect_navigation():
            page.locator("[data-language]").select_option("fr")
        page.goto(f"{address}c/mines/")
        assert page.evaluate("document.documentElement.lang") == "fr"
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(375, 700), (1120, 700)])
def test_the_switcher_is_within_reach_and_accessible(
    browser: Any, folder: Path, scheme: str, size: tuple[int, int]
) -> None:
    width, height = size
    with proxied(folder, strips=False) as (address, _):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme
        )
        page = open_page(context, address)
        page.wait_for_selector("[data-collection] option", state="attached")
        box = page.locator("[data-collection]").bounding_box()
        assert box["height"] >= 30
        assert box["width"] >= 70
        assert box["y"] >= 4
        for tab in page.get_by_role("tab").all():
            if width > 1000:
                edge = tab.bounding_box()
                assert edge["x"] + edge["width"] <= width - 60
        page.keyboard.press("Escape")
        assert findings(page) == []
        context.close()

"""The Evaluation tab: its routes over plain HTTP, and the tab in a real browser."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from page_support import Served, chromium, make_chatbot, open_page, served

from rag.models.embedding import SentenceEmbedding

FILES = {
    "harbour.txt": "The harbour of Tarsk\n\nTen ships lay in the harbour of Tarsk in May 2018. "
    "The pilot said that two of them were burning.",
    "market.txt": "The market of Belm\n\nThe market of Belm was closed by the police in 2017.",
}
HOSTILE = "Is <img src=x onerror=window.pwn=1> in the harbour?"
GOLD = [
    {
        "id": "ships",
        "kind": "number",
        "question": "How many ships lay in the harbour of Tarsk?",
        "answerable": True,
        "evidence": [
            {"source": "harbour.txt", "quote": "Ten ships lay in the harbour of Tarsk in May 2018."}
        ],
    },
    {"id": "hostile", "kind": "<b>x</b>", "question": HOSTILE, "answerable": False},
    {
        "id": "gone",
        "question": "Who closed the market of Belm?",
        "answerable": True,
        "evidence": [{"source": "nowhere.txt"}],
    },
]
TEXT = "\n".join(json.dumps(each) for each in GOLD)
MARK = {"x-footnote": "library"}


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("evaluated")
    chatbot, settings = make_chatbot(folder, FILES, embedding=embedding)
    with served(chatbot, settings) as running:
        yield running


@pytest.fixture
def client(site: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{site.address}evaluation/", timeout=60) as made:
        yield made
    site.chatbot.pause = 0


def start(client: httpx.Client, **body: Any) -> httpx.Response:
    return client.post("runs", json={"name": "gold.jsonl", "gold": TEXT, **body}, headers=MARK)


def ended(client: httpx.Client, run: str) -> dict[str, Any]:
    end = time.monotonic() + 120
    while (told := client.get(f"runs/{run}").json())["state"] == "running":
        assert time.monotonic() < end, told
        time.sleep(0.05)
    return dict(told)


def test_a_run_is_followed_told_and_compared(client: httpx.Client) -> None:
    run = start(client).json()["run"]
    told = ended(client, run)
    assert (told["state"], told["done"], told["questions"]) == ("done", 3, 3)
    report = client.get(f"runs/{run}/report").text
    assert "<img" not in report
    assert 'href="#src=' in report
    page = client.get(f"runs/{run}/page")
    assert page.headers["content-disposition"].startswith("attachment")
    assert "#src=" not in page.text
    result = client.get(f"runs/{run}/result").json()
    assert [each["scores"]["id"] for each in result["outcomes"]] == ["ships", "hostile", "gone"]
    assert result["outcomes"][2]["failures"] == ["not in the collection"]
    both = {"before": result, "after": result}
    compared = client.post("compare", json=both, headers=MARK).json()["html"]
    assert "3 questions in both" in compared
    assert "<img" not in compared


def test_one_run_at_a_time_which_can_be_cancelled(client: httpx.Client, site: Served) -> None:
    site.chatbot.pause = 0.5
    run = start(client).json()["run"]
    assert start(client).status_code == 409
    client.post("cancel", json={"run": run}, headers=MARK)
    told = ended(client, run)
    assert told["state"] == "cancelled"
    assert 0 < told["done"] < 3
    assert "questions were not asked" in client.get(f"runs/{run}/report").text


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"gold": "{"}, 400, "line 1"),
        ({"gold": ""}, 400, "has no questions"),
        ({"path": "/nowhere/gold.jsonl"}, 400, "does not exist"),
        ({"sample": 0}, 422, "sample"),
        ({"odd": 1}, 422, "odd"),
    ],
)
def test_what_cannot_be_run_is_explained(
    client: httpx.Client, body: dict[str, Any], status: int, words: str
) -> None:
    answer = start(client, **body)
    assert answer.status_code == status
    assert words in answer.json()["error"]


def test_only_this_page_may_start_and_only_editors_may_name_files(
    client: httpx.Client, site: Served, tmp_path: Path
) -> None:
    assert client.post("runs", json={"gold": TEXT}).status_code == 403
    away = {**MARK, "origin": "https://evil.example"}
    assert client.post("runs", json={"gold": TEXT}, headers=away).status_code == 403
    gold = tmp_path / "gold.jsonl"
    gold.write_text(TEXT, "utf-8")
    proxied = {**MARK, "x-forwarded-for": "203.0.113.9"}
    refused = client.post("runs", json={"path": str(gold)}, headers=proxied)
    assert refused.status_code == 403
    assert "cannot be named here" in refused.json()["error"]
    assert client.get("about").json() == {"paths": True}
    assert client.get("about", headers=proxied).json() == {"paths": False}
    run = client.post("runs", json={"path": str(gold), "sample": 1}, headers=MARK).json()["run"]
    assert ended(client, run)["done"] == 1
    assert client.get("runs/unknown").status_code == 404
    assert site.chatbot.asked


@pytest.mark.browser
def test_the_tab_runs_filters_opens_and_compares(site: Served, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text(TEXT, "utf-8")
    with chromium() as browser:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page = open_page(context, site.address, fragment="#evaluation")
        page.set_default_timeout(60_000)
        shown = page.locator(".evaluation-report .questions ol > li")
        for _ in range(2):
            before = page.evaluate("document.querySelector('.evaluation-tab').dataset.shown")
            page.set_input_files(".evaluation-form input[type=file]", gold)
            page.get_by_role("button", name="Run", exact=True).click()
            page.wait_for_function(
                "before => { const now = document.querySelector('.evaluation-tab').dataset.shown; "
                "return now && now !== before }",
                arg=before,
            )
        assert shown.count() == 3
        assert page.locator(".evaluation-report svg").count() >= 3
        page.get_by_role("button", name="not in the collection").click()
        assert shown.count() == 1
        page.locator(".filters button").click()
        page.wait_for_function("document.querySelectorAll('.questions ol > li').length === 3")
        # The expected sentence opens in the source panel.
        item = page.locator('li[data-kind="number"]')
        item.locator("summary").click()
        item.locator("section", has_text="Expected").get_by_role("link").click()
        page.wait_for_selector(".panel[data-shown] mark")
        assert page.locator(".panel mark").inner_text().startswith("Ten ships lay")
        page.get_by_role("button", name="Close the source").click()
        page.get_by_role("button", name="Compare", exact=True).click()
        page.wait_for_selector(".evaluation-comparison:not([hidden])")
        assert "3 questions in both" in page.locator(".evaluation-comparison").inner_text()
        # The run is still there when the page is loaded anew.
        page.reload()
        page.wait_for_function("document.querySelectorAll('.questions ol > li').length === 3")
        assert page.evaluate("window.pwn") is None
        page.set_viewport_size({"width": 375, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
        wide = "e => e.scrollWidth - e.clientWidth"
        assert page.locator(".evaluation-tab").evaluate(wide) <= 1


@pytest.mark.browser
def test_the_tab_survives_a_second_click_and_a_server_that_is_not_reached(
    site: Served, tmp_path: Path
) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text(TEXT, "utf-8")
    site.chatbot.pause = 5
    with chromium() as browser:
        page = open_page(browser.new_context(), site.address, fragment="#evaluation")
        page.set_default_timeout(60_000)
        page.set_input_files(".evaluation-form input[type=file]", gold)
        run, error = page.locator(".evaluation-form .primary"), page.locator(".evaluation-error")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
        run.focus()
        page.route("**/evaluation/runs/*", lambda route: route.abort(), times=1)
        run.evaluate("button => { button.click(); button.click(); }")
        error.wait_for()
        assert "Is it still running?" in error.inner_text()
        error.wait_for(state="hidden")
        assert page.evaluate("document.activeElement.textContent") == "Cancel"
        page.keyboard.press("Enter")
        site.chatbot.pause = 0
        page.wait_for_selector(".evaluation-tab[data-shown]")
        assert page.evaluate("document.activeElement.textContent") == "Run"
        assert run.is_enabled()
        assert asked.count(f"POST {site.address}evaluation/runs") == 1

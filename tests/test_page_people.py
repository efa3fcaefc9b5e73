"""The People tab: its routes, and in a browser."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from page_support import Served, ask, findings, go_to, has_focus, make_chatbot, open_page, served

from rag.export.build import MOST_QUOTATIONS

FILES = {
    "briefing.txt": "Briefing\n\nMINISTER ORLOVA: The harvest was poor. We open the granaries.\n\n"
    "MR. TAMM: Who pays?\n\nMINISTER ORLOVA: The state pays <b>all</b>.\n",
    "news.txt": "The granaries\n\nVera Orlova, the farming minister, said that the granaries would "
    "open in May.\n\n“Nobody will go hungry,” Orlova told reporters.\n",
}
METADATA = (
    {"file": "briefing.txt", "title": "Briefing", "date": "2018-05-02", "country": "Estonia"},
    {"file": "news.txt", "title": "The granaries", "date": "2019-05-03", "country": "Estonia"},
)
MARK = {"x-footnote": "library"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("people")
    chatbot, settings = make_chatbot(folder, FILES, metadata=METADATA)
    with served(chatbot, settings) as running:
        yield running


@pytest.fixture
def client(site: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.address, timeout=30) as made:
        yield made


def orlova(client: httpx.Client) -> dict[str, Any]:
    found = client.get("/people/list", params={"text": "orlova"}).json()["people"]
    assert len(found) == 1
    return dict(found[0])


def test_people_and_their_statements(client: httpx.Client) -> None:
    person = orlova(client)
    assert (person["name"], person["statements"], person["documents"]) == ("Vera Orlova", 4, 2)
    found = client.get("/people/statements", params={"person": person["id"]}).json()
    assert found["total"] == 4
    assert [each["account"] for each in found["statements"]] == [False, False, True, False]
    assert found["document"][0] == ["All documents", ""]
    for wanted, total in (
        ({"about": "granary"}, 2),
        ({"from": "2019"}, 2),
        ({"to": "2018"}, 2),
        ({"known": "accounts"}, 1),
        ({"known": "own"}, 3),
        ({"document": found["document"][1][1]}, 2),
        ({"about": "trains"}, 0),
    ):
        part = client.get("/people/statements", params={"person": person["id"], **wanted}).json()
        assert part["total"] == total, wanted
    assert client.get("/people/person/nobody").status_code == 404
    assert client.get("/people/statements", params={"known": "x"}).status_code == 422


def test_statements_are_exported(client: httpx.Client) -> None:
    wanted = {"person": orlova(client)["id"], "known": "accounts"}
    table = client.get("/people/export/csv", params=wanted)
    (row,) = csv.DictReader(io.StringIO(table.content.decode("utf-8-sig")))
    assert row["known by"] == "an account of these words, not the words themselves"
    assert "statements-of-vera-orlova" in table.headers["content-disposition"]
    markdown = client.get("/people/export/md", params=wanted).text
    assert "as reported" in markdown
    word = client.get("/people/export/docx", params=wanted).content
    with zipfile.ZipFile(io.BytesIO(word)) as opened:
        assert "word/footnotes.xml" in opened.namelist()
    assert client.get("/people/export/csv", params={**wanted, "about": "zz"}).status_code == 404


def test_more_statements_than_a_document_holds_are_a_table(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    said = "\n\n".join(f"ORLOVA: It is {at}.\n\nTAMM: Is it?" for at in range(MOST_QUOTATIONS + 1))
    files = {"long.txt": f"Minutes\n\n{said}\n"}
    chatbot, settings = make_chatbot(tmp_path_factory.mktemp("long"), files)
    with (
        served(chatbot, settings) as running,
        httpx.Client(base_url=running.address, timeout=60) as client,
    ):
        wanted = {"person": orlova(client)["id"]}
        refused = client.get("/people/export/docx", params=wanted)
        assert refused.status_code == 400
        assert "take the table (CSV)" in refused.json()["error"]
        table = client.get("/people/export/csv", params=wanted).content.decode("utf-8-sig")
        assert len(list(csv.DictReader(io.StringIO(table)))) == MOST_QUOTATIONS + 1
    chatbot.index.close()


def test_another_site_decides_nothing(client: httpx.Client) -> None:
    for path in ("merge", "split", "undo"):
        answer = client.post(f"/people/{path}", json={}, headers={"origin": "https://evil.example"})
        assert answer.status_code == 403


def test_names_are_split_off_and_that_is_undone(client: httpx.Client) -> None:
    person = orlova(client)
    split = {"person": person["id"], "name": "MINISTER ORLOVA"}
    assert client.post("/people/split", json=split, headers=MARK).status_code == 200
    found = client.get("/people/list", params={"text": "orlova"}).json()
    assert found["total"] == 2
    (decision,) = found["decisions"]
    undone = client.post("/people/undo", json={"decision": decision["id"]}, headers=MARK)
    assert undone.status_code == 200
    assert orlova(client)["statements"] == 4
    again = client.post("/people/undo", json={"decision": decision["id"]}, headers=MARK)
    assert again.status_code == 404


SIZES = pytest.mark.parametrize(
    ("width", "height", "theme"),
    [(1440, 900, "light"), (1440, 900, "dark"), (390, 844, "light"), (390, 844, "dark")],
)


@SIZES
def test_a_person_is_found_read_and_left_by_tab_alone(
    site: Served, browser: Any, width: int, height: int, theme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
    page = open_page(context, site.address)
    go_to(page, "#masthead [role=tab][aria-selected=true]", key="Shift+Tab")
    go_to(page, "#to-people", key="ArrowRight", most=8)
    go_to(page, ".people-filters [name=text]")
    page.keyboard.type("orlo")
    page.wait_for_function("document.querySelectorAll('.people-table tbody tr').length === 1")
    go_to(page, ".people-table tbody a")
    page.keyboard.press("Enter")
    page.wait_for_selector(".statements li:nth-child(4)")
    has_focus(page, "#person-title")
    go_to(page, ".statement-filters [name=about]")
    page.keyboard.type("granaries")
    page.wait_for_function("document.querySelectorAll('.statements li').length === 2")
    go_to(page, ".statement-filters [name=known]")
    page.keyboard.type("Accounts")
    page.wait_for_function("document.querySelectorAll('.statements li').length === 1")
    go_to(page, ".exports [data-statements=csv]")
    go_to(page, ".statements a")
    page.keyboard.press("Enter")
    page.wait_for_selector("#source mark")
    assert "would open in May" in page.locator("#source mark").first.inner_text()
    page.keyboard.press("Escape")
    has_focus(page, ".statements a")
    assert page.locator(".statements li").count() == 1
    go_to(page, "[data-do=back]", key="Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("!document.querySelector('.people-all').hidden")
    has_focus(page, ".people-table tbody a")
    context.close()


@SIZES
def test_from_the_list_to_the_sentence_by_keyboard(
    site: Served, browser: Any, width: int, height: int, theme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
    page = open_page(context, site.address, fragment="#people")
    page.wait_for_selector(".people-table tbody tr")
    assert findings(page) == []
    page.locator(".people-filters [name=text]").fill("orlo")
    page.wait_for_function("document.querySelectorAll('.people-table tbody tr').length === 1")
    page.locator(".people-table tbody a").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".statements li:nth-child(4)")
    assert page.evaluate("document.activeElement.id") == "person-title"
    assert page.locator(".statements li[data-account]").count() == 1
    assert "not the words themselves" in page.locator(".statements li[data-account]").inner_text()
    assert page.locator(".statements b b").count() == 0  # what a document says is no markup
    assert findings(page) == []
    page.get_by_label("Search in them").fill("granaries")
    page.wait_for_function("document.querySelectorAll('.statements li').length === 2")
    assert "about=granaries" in page.url
    page.locator(".statements a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#source mark")
    assert "open the granaries" in page.locator("#source mark").first.inner_text()
    page.reload()
    page.wait_for_selector("#source mark")
    page.wait_for_function("document.querySelectorAll('.statements li').length === 2")
    page.go_back()
    context.close()


def test_a_link_to_what_somebody_says(site: Served, browser: Any) -> None:
    context = browser.new_context()
    page = open_page(context, site.address, fragment="#people&by=Orlova&about=open")
    page.wait_for_selector(".statements li:nth-child(2)")
    assert page.locator("#person-title").inner_text() == "“Orlova”"
    page.get_by_role("button", name="All people").click()
    page.wait_for_selector(".people-table tbody tr")
    context.close()


def test_statements_are_saved_and_not_the_conversation_that_is_open(
    site: Served, browser: Any
) -> None:
    context = browser.new_context()
    page = open_page(context, site.address)
    ask(page, "What did Orlova say about the granaries?")
    page.evaluate("location.hash = '#people&by=Orlova'")
    page.wait_for_selector(".statements li:nth-child(4)")
    saved: list[str] = []
    page.on("download", lambda file: saved.append(file.suggested_filename))
    for name in ("Word", "CSV", "Markdown"):
        with page.expect_download():
            page.get_by_role("link", name=name, exact=True).click()
    page.wait_for_timeout(500)  # whatever else the clicks would save
    context.close()
    assert [name.split("-20")[0] for name in saved] == ["statements-of-vera-orlova"] * 3

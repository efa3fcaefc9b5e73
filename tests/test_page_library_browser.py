"""The Library tab in a real browser: adding, correcting, finding, removing, and hostile names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from page_support import Served, ask, make_chatbot, open_page, served

from rag.models.embedding import SentenceEmbedding
from rag.store import Store

pytestmark = pytest.mark.browser

REPORTS = {
    "harbour.txt": "The harbour of Velmora was closed for eleven weeks in 2018. Nobody knows why.",
    "prisons.txt": "The central prison of Tarsk held 1,240 prisoners in a building made for 600.",
}
DESCRIBED = [
    {"file": "harbour.txt", "title": "The harbour", "date": "2018-07", "country": "Velmora"},
    {"file": "prisons.txt", "title": "Prisons in Tarsk", "date": "2020", "country": "Tarsk"},
]
BRIDGE = b"The bridge at Orrin collapsed on 9 May 2016 and killed four people."
QUESTION = "How many prisoners did the central prison of Tarsk hold?"


@pytest.fixture
def site(tmp_path: Path, embedding: SentenceEmbedding) -> Iterator[tuple[Served, Store]]:
    chatbot, settings = make_chatbot(tmp_path, REPORTS, metadata=DESCRIBED, embedding=embedding)
    with served(chatbot, settings) as running:
        yield running, chatbot.index


@pytest.fixture
def page(browser: Any, site: tuple[Served, Store]) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    opened = open_page(context, site[0].address, fragment="#library")
    opened.wait_for_selector(".documents tbody tr")
    yield opened
    context.close()


def file(name: str, content: bytes) -> dict[str, Any]:
    return {"name": name, "mimeType": "", "buffer": content}


def add(page: Any, *files: dict[str, Any]) -> None:
    page.set_input_files('[data-picker="files"]', list(files))


def edit_field(page: Any, name: str) -> Any:
    return page.locator("dialog.edit").get_by_label(name, exact=True)


def wait_for_end(page: Any) -> None:
    page.wait_for_selector('.job:first-child[data-state="done"]')


def titles(page: Any) -> list[str]:
    return [str(one) for one in page.locator(".cell-title a").all_inner_texts()]


def wait_for_titles(page: Any, *expected: str) -> None:
    page.wait_for_function(
        "all => JSON.stringify([...document.querySelectorAll('.cell-title a')]"
        ".map(a => a.textContent)) === JSON.stringify(all)",
        arg=list(expected),
    )


def test_from_upload_to_answer_to_removal(page: Any, site: tuple[Served, Store]) -> None:
    running, index = site
    page.get_by_role("tab", name="Chat").click()
    ask(page, QUESTION)
    answer = page.locator("#chat [data-testid=bot]").inner_text()
    page.get_by_role("tab", name="Library").click()

    with index.writing():  # another program: what is added has to wait, and says so
        add(
            page, file("bridge.txt", BRIDGE), file("bad.pdf", b"no"), file("late.txt", b"Too late.")
        )
        page.wait_for_selector("text=another program is writing")
        page.get_by_role("button", name="Cancel late.txt").click()
        page.wait_for_selector('.job li[data-state="cancelled"] >> text=late.txt')
    wait_for_end(page)
    states = page.locator(".job li").evaluate_all("all => all.map(one => one.dataset.state)")
    assert states == ["failed", "added", "cancelled"]
    assert "PDF" in page.locator(".job li").first.inner_text()
    assert "1 passage" in page.locator(".job li").nth(1).inner_text()
    assert page.locator(".job h3").inner_text() == "Finished: 1 added, 1 failed, 1 cancelled"
    wait_for_titles(page, "bridge.txt", "Prisons in Tarsk", "The harbour")

    page.get_by_role("button", name="Edit bridge.txt").click()
    edit_field(page, "Title").fill("The bridge at Orrin")
    edit_field(page, "Country").fill("Orrin")
    edit_field(page, "Date").fill("soon")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("dialog >> text=is not clear")
    edit_field(page, "Date").fill("2016-05")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("dialog.edit", state="hidden")
    wait_for_titles(page, "Prisons in Tarsk", "The bridge at Orrin", "The harbour")
    page.locator(".library-filters [name=to]").select_option("2016")
    wait_for_titles(page, "The bridge at Orrin")
    row = page.locator(".documents tbody tr").inner_text()
    assert "May 2016" in row
    assert "Edited" in row

    page.get_by_role("tab", name="Chat").click()
    assert page.locator("#chat [data-testid=bot]").inner_text() == answer
    assert "3 documents" in page.locator("#facts").inner_text()
    page.get_by_role("combobox", name="Country").click()
    page.get_by_role("option", name="Orrin").click()
    ask(page, "When did the bridge collapse?", answers=2)
    assert "killed four people" in page.locator("#chat [data-testid=bot]").last.inner_text()

    page.get_by_role("tab", name="Library").click()
    page.get_by_role("button", name="Remove The bridge at Orrin").click()
    assert "The bridge at Orrin" in page.locator("dialog.remove li").inner_text()
    page.get_by_role("button", name="Remove", exact=True).click()
    page.wait_for_selector("dialog.remove", state="hidden")
    wait_for_titles(page, "Prisons in Tarsk", "The harbour")  # the year went with the document
    page.get_by_role("tab", name="Chat").click()
    page.wait_for_function("document.querySelector('#facts').textContent.includes('2 documents')")
    assert page.get_by_role("combobox", name="Country").input_value() == "All countries"
    assert page.locator("#chat [data-testid=bot]").count() == 2
    assert {one.source for one in running.chatbot.documents()} == set(REPORTS)


def test_an_answer_that_is_being_given_goes_on(page: Any, site: tuple[Served, Store]) -> None:
    running, _ = site
    running.chatbot.pause = 60
    page.get_by_role("tab", name="Chat").click()
    box = page.get_by_role("textbox", name="Your question", exact=True)
    box.fill(QUESTION)
    box.press("Enter")
    page.wait_for_selector("[data-testid=bot]")
    page.get_by_role("tab", name="Library").click()
    add(page, file("bridge.txt", BRIDGE))
    wait_for_titles(page, "bridge.txt", "Prisons in Tarsk", "The harbour")
    running.chatbot.pause = 0
    page.get_by_role("tab", name="Chat").click()
    page.wait_for_selector("#chat .judging")
    page.wait_for_selector("#question button:has-text('Ask')")
    assert "1,240" in page.locator("#chat [data-testid=bot]").inner_text()
    page.wait_for_function("document.querySelector('#facts').textContent.includes('3 documents')")


def test_corrections_show_what_was_read_and_can_be_taken_back(page: Any) -> None:
    page.get_by_role("button", name="Edit The harbour").click()
    edit_field(page, "Country").fill("Elsewhere")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.edit", state="hidden")
    page.wait_for_selector(".cell-country >> text=Elsewhere")
    page.get_by_role("button", name="Edit The harbour").click()
    page.wait_for_selector("text=Edited by hand; read: Velmora")
    page.get_by_role("button", name="Take back the country").click()
    assert edit_field(page, "Country").input_value() == "Velmora"
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("dialog.edit", state="hidden")
    page.wait_for_selector(".cell-country >> text=Velmora")
    assert page.locator(".status .edited").count() == 0


def test_what_comes_late_leaves_the_dialog_of_another_document_alone(page: Any) -> None:
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    def edit(title: str, country: str) -> None:
        page.get_by_role("button", name=f"Edit {title}").click()
        edit_field(page, "Country").fill(country)

    def save() -> None:
        page.get_by_role("button", name="Save").click()
        page.wait_for_selector("dialog.edit", state="hidden")

    page.route("**/library/edit", hold, times=1)
    edit("The harbour", "Elsewhere")
    with page.expect_request("**/library/edit"):
        page.get_by_role("button", name="Save").click()
    page.keyboard.press("Escape")
    edit("Prisons in Tarsk", "Here")
    held.pop().continue_()
    page.wait_for_selector(".cell-country >> text=Elsewhere")
    assert edit_field(page, "Country").input_value() == "Here"
    save()
    page.wait_for_selector(".cell-country >> text=Here")
    # What was read of one is not said of the other.
    page.route("**/library/read/**", hold, times=1)
    with page.expect_request("**/library/read/**"):
        page.get_by_role("button", name="Edit The harbour").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Edit Prisons in Tarsk").click()
    page.wait_for_selector("text=Edited by hand; read: Tarsk")
    with page.expect_response("**/library/read/**"):
        held.pop().continue_()
    page.wait_for_timeout(50)
    assert "read: Tarsk" in page.locator("#origin-country").inner_text()


def test_the_focus_stays_where_it_was_in_a_table_that_is_made_anew(page: Any) -> None:
    page.get_by_role("button", name="Edit The harbour").focus()
    add(page, file("bridge.txt", BRIDGE))
    wait_for_titles(page, "bridge.txt", "Prisons in Tarsk", "The harbour")
    label = "document.activeElement.getAttribute('aria-label')"
    assert page.evaluate(label) == "Edit The harbour"


def test_a_title_opens_the_document_beside_the_table(page: Any) -> None:
    page.locator(".cell-title a", has_text="Prisons").click()
    page.wait_for_selector("#source .document")
    assert "1,240 prisoners" in page.locator("#source .document").inner_text()
    assert re.search(r"#library&src=[\w.-]+$", page.url)
    address = page.url
    page.keyboard.press("Escape")
    page.wait_for_selector("#source", state="hidden")
    assert page.evaluate("document.activeElement.textContent") == "Prisons in Tarsk"
    page.goto(address)
    page.reload()
    page.wait_for_selector("#source .document")
    assert page.get_by_role("tab", name="Library").get_attribute("aria-selected") == "true"
    page.get_by_role("tab", name="Chat").click()
    page.wait_for_selector("#source .panel-empty")
    page.go_back()
    page.wait_for_selector("#source .document")


def test_search_sort_and_the_words_for_them(page: Any) -> None:
    page.locator(".library").get_by_label("Search", exact=True).fill("VELM")
    wait_for_titles(page, "The harbour")
    page.wait_for_selector("[data-found] >> text=1 document found")
    page.locator(".library").get_by_label("Search", exact=True).fill("nowhere")
    page.wait_for_selector("text=No document fits")
    page.get_by_role("button", name="Clear the filters").click()
    assert page.evaluate("document.activeElement.name") == "text"
    wait_for_titles(page, "Prisons in Tarsk", "The harbour")
    page.get_by_role("button", name="Date").click()
    wait_for_titles(page, "The harbour", "Prisons in Tarsk")
    assert page.locator("th[aria-sort]").get_attribute("aria-sort") == "ascending"
    page.get_by_role("button", name="Date").click()
    wait_for_titles(page, "Prisons in Tarsk", "The harbour")
    assert page.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"


def test_files_can_be_dropped(page: Any) -> None:
    transfer = page.evaluate_handle(
        "() => { const data = new DataTransfer();"
        "data.items.add(new File(['The ferry of Sund sank in 1999.'], 'ferry.txt')); return data; }"
    )
    page.dispatch_event("#tab-library", "dragenter", {"dataTransfer": transfer})
    assert page.locator(".drop-here").is_visible()
    page.dispatch_event("#tab-library", "drop", {"dataTransfer": transfer})
    assert not page.locator(".drop-here").is_visible()
    wait_for_titles(page, "ferry.txt", "Prisons in Tarsk", "The harbour")


def test_several_are_chosen_and_removed_together(page: Any) -> None:
    page.get_by_label("Choose all on this page").check()
    assert page.locator(".selection-words").inner_text() == "2 documents chosen"
    page.get_by_role("button", name="Remove …").click()
    assert page.locator("dialog.remove li").all_inner_texts() == ["Prisons in Tarsk", "The harbour"]
    page.get_by_role("button", name="Keep").click()
    assert page.locator(".cell-title").count() == 2
    page.get_by_role("button", name="Remove …").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    page.wait_for_selector("text=The library is empty")
    page.get_by_role("tab", name="Chat").click()
    page.wait_for_selector("#chat >> text=This collection is empty")
    page.locator("#chat a", has_text="Library").click()
    page.wait_for_selector("text=The library is empty")
    add(page, file("bridge.txt", BRIDGE))
    wait_for_titles(page, "bridge.txt")


def test_it_can_all_be_done_from_the_keyboard(page: Any) -> None:
    page.get_by_role("tab", name="Library").focus()
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.id") == "to-lookup"
    page.keyboard.press("Home")
    assert page.evaluate("document.activeElement.id") == "to-chat"
    page.wait_for_selector("#chat", state="visible")
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.id") == "to-library"
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.getAttribute('aria-label')"))
        if page.evaluate("document.activeElement.matches('[data-do=edit]')"):
            break
    assert "Choose Prisons in Tarsk" in reached
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.edit[open]")
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Control+a")
    page.keyboard.type("2021")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.edit", state="hidden")
    page.wait_for_selector(".cell-date >> text=2021")
    page.wait_for_function("document.activeElement.matches('[data-do=edit]')")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.remove[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog.remove", state="hidden")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == (
        "Remove Prisons in Tarsk"
    )


def test_on_a_phone_the_rows_are_cards(browser: Any, site: tuple[Served, Store]) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 740}, has_touch=True)
    page = open_page(context, site[0].address)
    page.get_by_role("tab", name="Library").tap()
    page.wait_for_selector(".documents tbody tr")
    wide = "unbroken" * 40
    add(page, file(f"{wide}.txt", BRIDGE), file(f"{wide}.pdf", b"bad"))
    wait_for_end(page)
    page.wait_for_function("document.querySelectorAll('.cell-title').length === 3")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert page.evaluate("document.querySelector('.library').scrollWidth") <= 375
    right = "all => Math.max(...all.map(one => one.getBoundingClientRect().right))"
    assert page.locator(".library *:visible").evaluate_all(right) <= 376
    assert not page.locator(".library-filters [name=country]").is_visible()
    page.get_by_text("Filters and order").tap()
    page.locator(".library").get_by_label("Order").select_option("-date")
    wait_for_titles(page, "Prisons in Tarsk", "The harbour", f"{wide}.txt")
    page.get_by_role("button", name="Edit Prisons in Tarsk").tap()
    box = page.locator("dialog.edit").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 375
    page.get_by_role("button", name="Cancel", exact=True).tap()
    page.locator(".cell-title a").first.tap()
    page.wait_for_selector("#source .document")
    assert page.evaluate("document.getElementById('tab-library').inert")
    page.get_by_role("button", name="Close the source").tap()
    page.wait_for_selector("#source", state="hidden")
    assert not page.evaluate("document.getElementById('tab-library').inert")
    context.close()


def test_who_may_only_read_sees_why(
    browser: Any, tmp_path: Path, embedding: SentenceEmbedding
) -> None:
    chatbot, settings = make_chatbot(
        tmp_path, REPORTS, metadata=DESCRIBED, embedding=embedding, editing="never"
    )
    context = browser.new_context()
    with served(chatbot, settings) as running:
        page = open_page(context, running.address, fragment="#library")
        page.wait_for_selector(".documents tbody tr")
        assert "RAG_EDITING=never" in page.locator(".read-only").inner_text()
        for name in ("Add files …", "Add a folder …", "Edit", "Remove"):
            assert not page.get_by_role("button", name=name).is_visible()
        page.get_by_role("checkbox").nth(1).check()  # to ask it alone
        assert page.get_by_role("button", name="Ask only these").is_visible()
        assert not page.get_by_role("button", name="Remove").is_visible()
        assert titles(page) == ["Prisons in Tarsk", "The harbour"]
    context.close()


HOSTILE = (
    "<script>window.pwn=1</script><img src=x onerror=window.pwn=2>"
    "<a href='javascript:window.pwn=3'>x</a>${window.pwn=4}{{window.pwn=5}}\u202etxet\u202c"
)


def test_hostile_names_and_metadata_do_nothing(browser: Any, site: tuple[Served, Store]) -> None:
    running, _ = site
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    requested: list[str] = []
    context.on("request", lambda request: requested.append(request.url))
    page = open_page(context, running.address, fragment="#library")
    page.wait_for_selector(".documents tbody tr")
    name = HOSTILE.replace("/", "∕")
    add(
        page, file(f"{name}.txt", BRIDGE), file(f"{name}.pdf", b"bad"), file(f"2{name}.txt", BRIDGE)
    )
    wait_for_end(page)
    page.locator(".documents tbody tr", has_text="window.pwn").get_by_text("Edit").first.click()
    for field in ("Title", "Publisher", "Country", "Author", "Speaker", "Language"):
        edit_field(page, field).fill(HOSTILE)
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("dialog.edit", state="hidden")
    page.wait_for_selector(".cell-country >> text=window.pwn")
    page.locator("[data-do=edit]").first.click()
    page.wait_for_selector("dialog >> text=Edited by hand")
    page.keyboard.press("Escape")
    page.locator("[data-do=remove]").first.click()
    page.keyboard.press("Escape")
    page.locator(".library-filters [name=country]").select_option(HOSTILE)
    page.wait_for_timeout(400)
    page.locator(".cell-title a").first.click()
    page.wait_for_selector("#source .document")
    page.get_by_role("tab", name="Chat").click()
    page.get_by_role("combobox", name="Country").click()
    page.get_by_role("option").last.hover()
    page.wait_for_timeout(300)
    assert page.evaluate("window.pwn") is None
    inside = ".library :is(script, img, iframe), .library a:not([href^='#src='])"
    assert page.locator(inside).count() == 0
    local = (running.address, "data:", "blob:")
    assert [url for url in requested if not url.startswith(local)] == []
    context.close()

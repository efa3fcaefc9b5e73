"""The source panel and the Citation lookup tab in a real browser, over a real PDF."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from page_support import Served, ask, findings, open_page, served
from page_texts import HOSTILE
from panel_support import (
    BRIEFING,
    HARBOUR,
    INQUIRY,
    document,
    inquiry,
    link,
    over_pages,
    page_of,
    panel_chatbot,
    sentence_on,
)
from pdf_made import boxes_of

from rag.answer import Chatbot
from rag.models.embedding import SentenceEmbedding
from rag.readers.pdf_view import Box

pytestmark = pytest.mark.browser

STANDS = "Three warehouses burned down during the strike"
DRAFT = (
    f"She wrote: “{STANDS}.”\n\n"
    "It went on: “Two warehouses burned down during the long strike, and nobody was prosecuted.” "
    "And “the sailors painted the harbour green”."
)


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[tuple[Served, Chatbot, Path]]:
    folder = tmp_path_factory.mktemp("panel")
    chatbot, settings = panel_chatbot(folder, embedding)
    with served(chatbot, settings) as running:
        yield running, chatbot, folder / "reports"


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    made = browser.new_context(viewport={"width": 1440, "height": 900})
    yield made
    made.close()


def marked(page: Any) -> str:
    return "".join(page.locator("#source mark").all_text_contents())


def wait_for_sheet(page: Any, number: int) -> None:
    page.wait_for_selector(f'.leaf[data-number="{number}"][data-drawn] img[src]')
    page.wait_for_function(
        "number => document.querySelector('[data-sheet-number]').value === number", arg=str(number)
    )


def wait_for_box(page: Any, selector: str) -> None:
    """Wait until a mark is in the part of the pages that is seen."""
    page.wait_for_function(
        """selector => { const box = document.querySelector('.leaf ' + selector);
          const [seen, has] = [document.querySelector('.source-page'), box].map(
            (one) => one?.getBoundingClientRect());
          return has && seen.top < has.top && has.bottom < seen.bottom; }""",
        arg=selector,
    )


def boxes_on_screen(page: Any, number: int) -> list[Box]:
    """The marks on a page, as shares of the picture that is really shown."""
    found = page.locator(f'.leaf[data-number="{number}"]').evaluate(
        """(leaf) => {
          const picture = leaf.querySelector('img').getBoundingClientRect();
          const share = (box) => [(box.left - picture.left) / picture.width,
            (box.top - picture.top) / picture.height, (box.right - picture.left) / picture.width,
            (box.bottom - picture.top) / picture.height];
          return [...leaf.querySelectorAll('.box')]
            .map((box) => share(box.getBoundingClientRect()));
        }"""
    )
    return [Box(*each) for each in found]


def assert_same(found: list[Box], expected: tuple[Box, ...]) -> None:
    assert len(found) == len(expected) > 0
    for one, other in zip(found, expected, strict=True):
        for side in ("left", "top", "right", "bottom"):
            assert getattr(one, side) == pytest.approx(getattr(other, side), abs=0.004)


# The panel ------------------------------------------------------------------------------------


def test_a_pdf_opens_at_its_page_with_the_quotation_marked(
    site: tuple[Served, Chatbot, Path], context: Any
) -> None:
    running, chatbot, _ = site
    of = document(chatbot, INQUIRY)
    start, end = sentence_on(of, 8)
    page = open_page(context, running.address, fragment=link(of, start, end))
    wait_for_sheet(page, 8)
    expected = boxes_of(
        inquiry(), page=8, text=of.text[start:end], before=of.text[page_of(of, 8).start : start]
    )
    assert_same(boxes_on_screen(page, 8), expected)
    leaf = page.locator('.leaf[data-number="8"]')
    picture = leaf.locator("img").evaluate("one => [one.naturalWidth, one.naturalHeight]")
    assert picture[0] / picture[1] == pytest.approx(595 / 842, abs=0.003)
    wait_for_box(page, ".box")

    wide = leaf.bounding_box()["width"]
    page.get_by_role("button", name="Zoom in").click()
    assert leaf.bounding_box()["width"] == pytest.approx(1.25 * wide, rel=0.01)
    assert_same(boxes_on_screen(page, 8), expected)
    page.locator(".source-page").press("0")
    assert leaf.bounding_box()["width"] == pytest.approx(wide, rel=0.01)
    for _ in range(3):
        page.get_by_role("button", name="Zoom out").press("Enter")
    assert page.get_by_role("button", name="Zoom out").is_disabled()
    on_page = "document.activeElement.matches('.source-page')"
    assert page.evaluate(on_page)
    page.locator(".source-page").press("0")

    page.get_by_role("button", name="Next page").click()
    wait_for_sheet(page, 9)
    page.get_by_role("button", name="Previous page").click()
    wait_for_sheet(page, 8)
    box = page.get_by_role("textbox", name="Page of the file")
    box.fill("9")
    box.press("Enter")
    wait_for_sheet(page, 9)
    following = page.get_by_role("button", name="Next page")
    following.evaluate("button => { button.click(); button.click(); }")  # faster than any page
    wait_for_sheet(page, 11)
    following.press("Enter")
    wait_for_sheet(page, 12)
    assert following.is_disabled()
    assert page.evaluate(on_page)
    page.get_by_role("button", name="Quote", exact=True).click()
    wait_for_box(page, ".box")

    page.get_by_role("button", name="Text", exact=True).click()
    page.wait_for_selector("#source mark")
    assert marked(page) == of.text[start:end]
    assert not page.locator(".leaf").first.is_visible()


def test_a_quotation_over_two_pages_is_marked_on_each(
    site: tuple[Served, Chatbot, Path], context: Any
) -> None:
    running, chatbot, _ = site
    of = document(chatbot, INQUIRY)
    start, end, number = over_pages(of)
    cut = page_of(of, number + 1).start
    page = open_page(context, running.address, fragment=link(of, start, end))
    wait_for_sheet(page, number)
    before = of.text[page_of(of, number).start : start]
    page.wait_for_selector(f'.leaf[data-number="{number + 1}"] .box')
    for each, expected in (
        (number, boxes_of(inquiry(), page=number, text=of.text[start:cut], before=before)),
        (number + 1, boxes_of(inquiry(), page=number + 1, text=of.text[cut:end])),
    ):
        assert_same(boxes_on_screen(page, each), expected)
    page.reload()
    wait_for_sheet(page, number)


def test_all_pages_are_scrolled_through_and_few_are_held(
    site: tuple[Served, Chatbot, Path], context: Any
) -> None:
    running, chatbot, _ = site
    of = document(chatbot, INQUIRY)
    page = open_page(context, running.address, fragment=link(of, *sentence_on(of, 8)))
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    wait_for_sheet(page, 8)
    assert page.locator(".leaf").count() == len(of.pages)
    for number in (1, 12):
        page.evaluate(
            "number => document.querySelector(`.leaf[data-number='${number}']`).scrollIntoView()",
            number,
        )
        wait_for_sheet(page, number)
    page.wait_for_function("document.querySelectorAll('.leaf[data-loaded]').length <= 4")
    # What is in view stays there when the pages become larger, and when the panel does.
    page.get_by_role("button", name="Quote", exact=True).click()
    wait_for_box(page, ".box")
    down = """() => { const pages = document.querySelector('.source-page').getBoundingClientRect();
      const leaf = document.querySelector('.leaf[data-number="8"]').getBoundingClientRect();
      return (pages.top - leaf.top) / leaf.height; }"""
    before = page.evaluate(down)
    page.get_by_role("button", name="Zoom in").click()
    assert page.evaluate(down) == pytest.approx(before, abs=0.01)
    page.set_viewport_size({"width": 1600, "height": 900})
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate(down) == pytest.approx(before, abs=0.01)
    page.get_by_role("button", name="Fit the whole page").click()
    leaf, pages = (
        page.locator(one).bounding_box() for one in ('.leaf[data-number="8"]', ".source-page")
    )
    assert pages["y"] <= leaf["y"]
    assert leaf["y"] + leaf["height"] <= pages["y"] + pages["height"]
    page.keyboard.press("Escape")
    page.wait_for_selector("#source .panel-empty")
    page.set_viewport_size({"width": 1440, "height": 900})
    assert errors == []


def test_text_is_selected_on_the_page_and_copied_in_one_line(
    site: tuple[Served, Chatbot, Path], context: Any
) -> None:
    running, chatbot, _ = site
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    of = document(chatbot, INQUIRY)
    start, end = sentence_on(of, 8)
    page = open_page(context, running.address, fragment=link(of, start, end))
    wait_for_sheet(page, 8)
    wait_for_box(page, ".box")
    # From the beginning of the first mark to the end of the last, as a mouse does it.
    first, last = (page.locator(".leaf .box").nth(at).bounding_box() for at in (0, -1))
    page.mouse.move(first["x"] + 1, first["y"] + first["height"] / 2)
    page.mouse.down()
    page.mouse.move(last["x"] + last["width"] + 1, last["y"] + last["height"] / 2, steps=99)
    page.mouse.up()
    page.keyboard.press("Control+c")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "\n" not in copied
    assert copied == " ".join(of.text[start:end].split())
    page.get_by_role("button", name="Use as evidence").click()
    page.wait_for_selector("dialog[open]")
    assert copied in page.locator("dialog[open]").inner_text()


def test_words_are_found_on_pages_and_in_texts(
    site: tuple[Served, Chatbot, Path], context: Any
) -> None:
    running, chatbot, _ = site
    of = document(chatbot, INQUIRY)
    start, end = sentence_on(of, 3)
    page = open_page(context, running.address, fragment=link(of, *sentence_on(of, 8)))
    wait_for_sheet(page, 8)
    page.locator(".source-page").press("Control+f")
    page.keyboard.type(of.text[start:end].lower())
    page.keyboard.press("Enter")
    page.wait_for_selector('.leaf[data-number="3"] .box.found')
    assert page.locator(".find-bar output").inner_text() == "1 of 1"
    wait_for_box(page, ".box.found")
    field = page.get_by_role("searchbox", name="Words to find")
    field.fill("no such words stand here")
    field.press("Enter")
    page.wait_for_function("document.querySelector('.find-bar output').value === 'Not found'")
    assert page.locator(".box.found").count() == 0
    # The same words in the text of another document: the next place, and the one before.
    other = document(chatbot, HARBOUR)
    stands = other.text.index(STANDS)
    page.evaluate("hash => { location.hash = hash }", link(other, stands, stands + len(STANDS)))
    page.wait_for_selector("#source mark")
    field.fill("NAMES of the dead")
    field.press("Enter")
    shown = """() => [...CSS.highlights.get('found-here')].map(String)"""
    page.wait_for_function("document.querySelector('.find-bar output').value === '1 of 20'")
    page.wait_for_function("globalThis.CSS.highlights.get('found-here')")
    assert page.evaluate(shown) == ["names of the dead"]
    assert page.evaluate("CSS.highlights.get('found').size") == 20
    field.press("Shift+Enter")
    page.wait_for_function("document.querySelector('.find-bar output').value === '20 of 20'")
    top = page.evaluate("[...CSS.highlights.get('found-here')][0].getBoundingClientRect().top")
    assert page.locator(".source-text").bounding_box()["y"] < top < 880
    page.keyboard.press("Escape")
    assert not field.is_visible()
    assert page.evaluate("CSS.highlights.size") == 0
    assert marked(page) == STANDS


@pytest.mark.parametrize("scheme", ["", "?__theme=dark"], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_pages_and_finding_are_accessible(
    site: tuple[Served, Chatbot, Path], browser: Any, scheme: str, width: int
) -> None:
    running, chatbot, _ = site
    of = document(chatbot, INQUIRY)
    context = browser.new_context(viewport={"width": width, "height": 844})
    page = open_page(context, running.address + scheme, fragment=link(of, *sentence_on(of, 8)))
    wait_for_sheet(page, 8)
    found = {"pages": findings(page)}
    page.locator(".source-page").press("Control+f")
    page.keyboard.type("confirmed")
    page.keyboard.press("Enter")
    page.wait_for_selector(".box.found")
    found["found on a page"] = findings(page)
    page.get_by_role("button", name="Text", exact=True).click()
    page.get_by_role("button", name="Details").click()
    page.get_by_role("searchbox", name="Words to find").press("Enter")
    page.wait_for_function("globalThis.CSS.highlights.has('found-here')")
    found["found in the text"] = findings(page)
    context.close()
    assert {name: each for name, each in found.items() if each} == {}


def test_the_source_is_made_wider_by_its_edge(
    site: tuple[Served, Chatbot, Path], context: Any
) -> None:
    running, chatbot, _ = site
    page = open_page(context, running.address, fragment=link(document(chatbot, HARBOUR), 30, 60))
    page.wait_for_selector("#source mark")
    source, edge = page.locator("#source"), page.get_by_role("separator")
    at = edge.bounding_box()
    page.mouse.move(at["x"] + 3, 400)
    page.mouse.down()
    page.mouse.move(760, 400, steps=4)
    page.mouse.up()
    assert source.bounding_box()["width"] == pytest.approx(680, abs=2)
    edge.press("ArrowRight")
    assert source.bounding_box()["width"] == pytest.approx(656, abs=2)
    page.reload()
    page.wait_for_selector("#source mark")
    assert source.bounding_box()["width"] == pytest.approx(656, abs=2)
    edge.press("Home")
    assert source.bounding_box()["width"] == pytest.approx(1440 - 640, abs=2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440
    edge.dblclick()
    assert source.bounding_box()["width"] == pytest.approx(1440 - at["x"], abs=2)


def test_the_original_file_is_saved(site: tuple[Served, Chatbot, Path], context: Any) -> None:
    running, chatbot, reports = site
    page = open_page(context, running.address, fragment=link(document(chatbot, INQUIRY), 0, 9))
    with page.expect_download() as saved:
        page.get_by_role("link", name="Original file").click()
    assert saved.value.suggested_filename == INQUIRY
    assert Path(saved.value.path()).read_bytes() == (reports / INQUIRY).read_bytes()


def test_the_outline_leads_to_a_section_and_the_arrows_of_the_browser_back(
    site: tuple[Served, Chatbot, Path], context: Any
) -> None:
    running, chatbot, _ = site
    of = document(chatbot, HARBOUR)
    start = of.text.index(STANDS)
    page = open_page(context, running.address, fragment=link(of, start, start + len(STANDS)))
    page.wait_for_selector("#source mark")
    summary = page.locator(".outline summary")
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator(".outline [aria-current] bdi").inner_text() == "The strike"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    assert marked(page) == STANDS
    page.keyboard.press("Enter")
    page.locator(".outline button", has_text="The reopening").press("Enter")
    page.wait_for_function("document.activeElement.textContent === 'The reopening'")
    heading, view = page.locator(".document h4").last, page.locator(".source-text").bounding_box()
    assert view["y"] <= heading.bounding_box()["y"] < view["y"] + view["height"]
    page.evaluate("hash => { location.hash = hash }", link(of, 0, 0))
    page.wait_for_selector("#source mark", state="detached")
    page.go_back()
    page.wait_for_selector("#source mark")
    assert marked(page) == STANDS


def test_the_text_is_shown_where_the_file_is_gone(
    site: tuple[Served, Chatbot, Path], context: Any
) -> None:
    running, chatbot, reports = site
    of = document(chatbot, INQUIRY)
    start, end = sentence_on(of, 8)
    aside = reports.parent / "aside.pdf"
    (reports / INQUIRY).rename(aside)
    try:
        page = open_page(context, running.address, fragment=link(of, start, end))
        page.wait_for_selector(".no-picture")
        assert "is not where it was" in page.locator(".no-picture").inner_text()
        assert marked(page) == of.text[start:end]
        assert not page.locator(".views").is_visible()
    finally:
        aside.rename(reports / INQUIRY)


def test_references_come_in_a_style_or_not_at_all(
    site: tuple[Served, Chatbot, Path], context: Any
) -> None:
    running, chatbot, _ = site
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    of = document(chatbot, HARBOUR)
    known = True

    def answer(route: Any) -> None:
        style = re.search(r"style=(\w+)", route.request.url)
        if known and style:
            route.fulfill(body=f"<b>In {style[1]}</b>", content_type="text/plain; charset=utf-8")
        else:
            route.fulfill(status=404, body="{}", content_type="application/json")

    context.route("**/reference/**", answer)
    page = open_page(context, running.address, fragment=link(of, 30, 60))
    page.locator("summary", has_text="Reference").click()
    words = page.locator(".reference-words")
    assert words.inner_text() == "<b>In chicago</b>"
    page.get_by_role("combobox", name="Style").select_option("oscola")
    page.wait_for_function(
        "document.querySelector('.reference-words').textContent === '<b>In oscola</b>'"
    )
    page.get_by_role("button", name="Copy reference").click()
    page.wait_for_selector("text=Reference copied")
    assert page.evaluate("navigator.clipboard.readText()") == "<b>In oscola</b>"
    token = link(of, 30, 60).removeprefix("#src=")
    files = page.locator(".reference-actions a").evaluate_all("all => all.map(a => a.href)")
    assert files == [f"{running.address}reference/{token}.{end}" for end in ("bib", "ris", "json")]
    styles = page.locator("#source select[data-reference-style] option").all_inner_texts()
    assert styles == ["Chicago", "APA", "MLA", "OSCOLA", "Bluebook"]
    known = False
    page.reload()
    page.wait_for_selector("#source mark")
    page.wait_for_timeout(300)
    assert not page.locator("summary", has_text="Reference").is_visible()


def test_on_a_phone_the_drawer_closes_and_the_focus_returns(
    site: tuple[Served, Chatbot, Path], browser: Any
) -> None:
    running, chatbot, _ = site
    context = browser.new_context(viewport={"width": 375, "height": 740}, has_touch=True)
    page = open_page(context, running.address)
    ask(page, "How many observers from how many countries were at the election in Orsk?")
    footnote = page.locator("#chat blockquote a").first
    target = footnote.get_attribute("href")
    footnote.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#source mark")
    page.wait_for_function("document.activeElement.id === 'source-title'")
    page.keyboard.press("Escape")
    page.wait_for_selector("#source", state="hidden")
    assert page.evaluate("document.activeElement.getAttribute('href')") == target
    of = document(chatbot, INQUIRY)
    page.evaluate("hash => { location.hash = hash }", link(of, *sentence_on(of, 8)))
    wait_for_sheet(page, 8)
    page.wait_for_timeout(300)
    for part in (".leaf", ".source-tools", ".zooms"):
        box = page.locator(part).first.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 375
    assert page.locator(".leaf .box").first.bounding_box()["y"] < 740
    context.close()


CONTRAST = """(selectors) => {
  const parse = (colour) => (colour.match(/[\\d.]+/g) || []).map(Number);
  const behind = (one) => {
    for (; one; one = one.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(one).backgroundColor);
      if (a) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((c) => c / 255)
      .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return selectors.flatMap((selector) => [...document.querySelectorAll(selector)].map((one) => {
    const [a, b] = [parse(getComputedStyle(one).color).slice(0, 3), behind(one)].map(light);
    return [selector, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
  }));
}"""


@pytest.mark.parametrize("query", ["", "?__theme=dark"], ids=["light", "dark"])
def test_marks_and_verdicts_can_be_read(
    site: tuple[Served, Chatbot, Path], context: Any, query: str
) -> None:
    running, _, _ = site
    page = open_page(context, running.address + query, fragment="#lookup")
    page.get_by_label("A quotation, a sentence, or a whole draft").fill(DRAFT)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".lookup[data-done]")
    page.locator('.check[data-status="near"] a').first.click()
    page.wait_for_selector("#source mark")
    selectors = [
        *("#source mark", ".verdict b", ".verdict .sign", ".verdict span", ".lookup del"),
        *(".lookup ins", ".lookup .facts dt", ".lookup .hint", ".places a", ".side-by-side dt"),
    ]
    found = page.evaluate(CONTRAST, selectors)
    assert {selector for selector, _ in found} == set(selectors)
    assert [each for each in found if each[1] < 4.5] == []


# Citation lookup ------------------------------------------------------------------------------


def statuses(page: Any) -> list[str]:
    return [
        str(one)
        for one in page.locator(".check").evaluate_all(
            "all => all.map((one) => one.dataset.status)"
        )
    ]


def text_box(page: Any) -> Any:
    return page.get_by_label("A quotation, a sentence, or a whole draft")


def test_a_quotation_is_looked_up_by_keyboard_alone(
    site: tuple[Served, Chatbot, Path], context: Any, browser: Any
) -> None:
    running, _, _ = site
    page = open_page(context, running.address)
    page.locator("#to-chat").focus()
    while page.locator("#to-lookup").get_attribute("aria-selected") != "true":
        page.keyboard.press("ArrowRight")
        assert not page.evaluate("document.activeElement.matches('#to-chat')")
    page.keyboard.press("Tab")
    for _ in range(8):
        if page.evaluate("document.activeElement.matches('.lookup textarea')"):
            break
        page.keyboard.press("Tab")
    page.keyboard.type(STANDS)
    page.keyboard.press("Enter")
    page.wait_for_selector(".lookup[data-done]")
    assert statuses(page) == ["verbatim"]
    assert page.locator(".lookup-count").inner_text() == "1 quotation checked: 1 verbatim."
    assert page.evaluate("document.activeElement.matches('.lookup textarea')")
    page.locator(".places a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#source mark")
    assert marked(page) == STANDS
    address = page.url
    page.keyboard.press("Escape")
    page.wait_for_selector("#source", state="hidden")
    assert page.evaluate("document.activeElement.matches('.places a')")

    other = browser.new_context()
    again = open_page(other, address)
    again.wait_for_selector("#source mark")
    again.wait_for_selector(".lookup[data-done]")
    assert statuses(again) == ["verbatim"]
    assert text_box(again).input_value() == STANDS
    assert marked(again) == STANDS
    other.close()


def test_every_quotation_of_a_draft_is_told_apart(
    site: tuple[Served, Chatbot, Path], context: Any
) -> None:
    running, chatbot, _ = site
    page = open_page(context, running.address, fragment="#lookup")
    text_box(page).fill(DRAFT)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".lookup[data-done]")
    assert statuses(page) == ["verbatim", "near", "not_found"]
    told = page.locator(".verdict b").all_inner_texts()
    assert told == ["Verbatim", "Near", "Not found"]
    count = "3 quotations checked: 1 verbatim, 1 near, 1 not found."
    assert page.locator(".lookup-count").inner_text() == count
    near = page.locator('.check[data-status="near"]')
    assert near.locator("del").all_inner_texts() == ["Two", "long", "Two", "long"]
    near.get_by_role("button", name="Show in my text").click()
    chosen = text_box(page).evaluate("one => one.value.slice(one.selectionStart, one.selectionEnd)")
    assert chosen.startswith("Two warehouses")
    assert chosen.endswith("prosecuted.")
    near.locator(".places a").first.click()
    page.wait_for_selector("#source mark")
    assert marked(page) in document(chatbot, HARBOUR).text
    assert marked(page).startswith("Three warehouses")
    # A link to one of them says what was checked, not what has been typed since.
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_label("Said by").fill("Nobody")
    near.get_by_role("button", name="Copy link").click()
    page.wait_for_selector("text=Link copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "q=Two%20warehouses" in copied
    assert "by=" not in copied
    page.get_by_label("Said by").fill("")
    page.get_by_label("Hide what is verbatim").check()
    assert [one.is_visible() for one in page.locator(".check").all()] == [False, True, True]
    page.reload()
    page.wait_for_selector(".lookup[data-done]")
    assert statuses(page) == ["verbatim", "near", "not_found"]


def test_what_is_wrong_is_told_and_nothing_is_lost(
    site: tuple[Served, Chatbot, Path], context: Any
) -> None:
    running, _, _ = site
    page = open_page(context, running.address, fragment="#lookup")
    text_box(page).fill("word " * 70_000)
    page.keyboard.press("Enter")
    error = page.locator(".lookup-error")
    assert "is the most" in error.inner_text()
    assert len(text_box(page).input_value()) == 350_000
    text_box(page).fill(STANDS)
    page.get_by_label("Said to stand in").fill("nowhere.pdf")
    page.get_by_role("button", name="Check", exact=True).click()
    page.wait_for_selector(".lookup-error:not([hidden])")
    assert "no source" in error.inner_text()
    page.get_by_label("Said to stand in").fill(BRIEFING)
    page.keyboard.press("Enter")
    page.wait_for_selector(".lookup[data-done] .check")
    assert "but elsewhere" in page.locator(".verdict").inner_text()
    assert not error.is_visible()
    page.get_by_role("button", name="Clear").click()
    example = page.get_by_role("button", name="Try it with a sentence")
    text_box(page).fill("A draft of my own.")
    assert example.is_disabled()
    assert "clear it first" in example.get_attribute("title")
    text_box(page).fill("")
    page.get_by_label("Said to stand in").fill("nowhere.pdf")
    example.click()
    page.wait_for_selector(".lookup[data-done] .check")
    assert statuses(page) == ["verbatim"]
    assert page.get_by_label("Said to stand in").input_value() == ""
    # Stopping a check leaves the keyboard at the form.
    context.route("**/lookup/pieces", lambda _: None)
    page.get_by_role("button", name="Check", exact=True).click()
    page.get_by_role("button", name="Stop").press("Enter")
    page.get_by_role("button", name="Stop").wait_for(state="hidden")
    assert page.evaluate("document.activeElement.textContent") == "Check"


def test_back_and_forward_lose_nothing_that_was_typed(
    site: tuple[Served, Chatbot, Path], context: Any
) -> None:
    running, _, _ = site
    page = open_page(context, running.address, fragment="#lookup")

    def check(text: str) -> None:
        text_box(page).fill(text)
        page.keyboard.press("Enter")
        page.wait_for_selector(".lookup[data-done] .check")

    check(STANDS)
    entries = page.evaluate("history.length")
    check(STANDS)
    assert page.evaluate("history.length") == entries
    check("The sailors painted the harbour green")
    long = "A draft that was not checked. " * 100  # too long for a link
    text_box(page).fill(long)
    page.go_back()
    page.wait_for_selector('.lookup[data-done] .check[data-status="verbatim"]')
    assert text_box(page).input_value() == STANDS
    page.go_forward()
    page.wait_for_selector('.lookup[data-done] .check[data-status="not_found"]')
    assert text_box(page).input_value() == long
    page.reload()
    page.wait_for_selector('.lookup[data-done] .check[data-status="not_found"]')
    assert text_box(page).input_value() == long
    # Where the address says nothing of the text.
    page.get_by_role("button", name="Clear").click()
    text_box(page).fill(long)
    page.go_back()
    page.wait_for_selector('.lookup[data-done] .check[data-status="not_found"]')
    assert text_box(page).input_value() == "The sailors painted the harbour green"
    page.go_forward()
    page.wait_for_function(
        "n => document.querySelector('.lookup textarea').value.length === n", arg=len(long)
    )


def test_a_hostile_draft_does_nothing_on_a_phone(
    site: tuple[Served, Chatbot, Path], browser: Any
) -> None:
    running, _, _ = site
    context = browser.new_context(viewport={"width": 375, "height": 740})
    requested: list[str] = []
    context.on("request", lambda request: requested.append(request.url))
    page = open_page(context, running.address, fragment="#lookup")
    text_box(page).fill("\n\n".join(f"“{STANDS} {words} so”" for words in HOSTILE))
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".lookup[data-done]")
    assert page.locator(".check").count() >= len(HOSTILE)
    assert page.evaluate("typeof window.pwn") == "undefined"
    assert page.locator(".check :is(img, script, iframe)").count() == 0
    assert all(url.startswith((running.address, "data:", "blob:")) for url in requested)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert page.locator(".lookup").evaluate("one => one.scrollWidth <= one.clientWidth")
    context.close()

"""An answer to be read, in a real browser: where it lands, and what stands beside its sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from page_support import Served, ask, make_chatbot, open_page, served

from rag.models.embedding import SentenceEmbedding

pytestmark = pytest.mark.browser

TOWNS = ("Velmora", "Tarsk", "Orsk", "Lindau", "Brenna")
MATTERS = {
    "prison": "The prison of {town} held {n} prisoners, among them {m} who had been held without "
    "a trial for more than a year, in cells that had been made for half as many.",
    "strike": "The dockers of {town} went on strike for {n} days because their wages had not been "
    "paid since the spring, and {m} of them were dismissed when the strike was over.",
    "school": "The school of {town} was closed for {n} weeks after the flood, and {m} children "
    "were taught in tents beside the river until the roof had been made good again.",
    "observers": "In {town} there were {n} observers at the election, of whom {m} were refused "
    "entry to the polling stations by officials who gave no reason.",
}
VIEWS: dict[str, dict[str, Any]] = {
    "wide": {"viewport": {"width": 1440, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
    "zoomed": {"viewport": {"width": 720, "height": 450}, "device_scale_factor": 2},
}
QUESTIONS = [
    *(f"How many prisoners did the prison of {town} hold?" for town in TOWNS),
    *(f"Why did the dockers of {town} go on strike?" for town in TOWNS),
    *(f"How long was the school of {town} closed after the flood?" for town in TOWNS),
    *(f"How many observers were there at the election in {town}?" for town in TOWNS),
]


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[Served]:
    files = {
        f"{town.lower()}.txt": f"The town of {town}\n\n"
        + "\n\n".join(text.format(town=town, n=41 + 7 * at, m=5 + at) for text in MATTERS.values())
        for at, town in enumerate(TOWNS)
    }
    described = [
        {
            "file": f"{town.lower()}.txt",
            "title": f"The town of {town}",
            "publisher": "Port Watch",
            "date": f"2018-0{at + 1}-12",
            "country": "Velmora",
        }
        for at, town in enumerate(TOWNS)
    ]
    chatbot, settings = make_chatbot(
        tmp_path_factory.mktemp("towns"), files, metadata=described, embedding=embedding
    )
    with served(chatbot, settings) as running:
        yield running


SEEN = """() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const box = (element) => element.getBoundingClientRect();
  const view = box(document.querySelector("#chat .bubble-wrap, #chat .panel-wrap"));
  const question = box(all("#chat [data-testid=user]").pop());
  const first = box(all("#chat [data-testid=bot]").pop().querySelector("blockquote"));
  return question.top >= view.top && first.bottom <= view.bottom && first.top > question.top;
}"""


@pytest.mark.parametrize("view", VIEWS)
def test_the_question_is_at_the_top_and_its_first_statement_on_the_screen(
    site: Served, browser: Any, view: str
) -> None:
    context = browser.new_context(**VIEWS[view])
    page = open_page(context, site.address)
    seen = []
    for number, question in enumerate(QUESTIONS, start=1):
        ask(page, question, answers=number)
        seen.append(page.evaluate(SEEN))
    context.close()
    assert seen == [True] * 20


def test_a_label_is_short_and_the_rest_comes_to_those_who_ask_for_it(
    site: Served, context: Any
) -> None:
    page = open_page(context, site.address)
    ask(page, QUESTIONS[0])
    label = page.locator("#chat .whose").first
    rest = label.locator(".rest")
    visible = re.sub(r"\s+", " ", label.evaluate("e => e.firstChild.textContent"))
    assert visible in ("Port Watch, 2018", "Port Watch, 12 January 2018")
    assert "The town of Velmora" in rest.text_content()
    assert rest.bounding_box()["width"] <= 1
    label.focus()
    assert rest.bounding_box()["width"] > 100
    page.locator("#question textarea").focus()
    assert rest.bounding_box()["width"] <= 1
    label.hover()
    assert rest.bounding_box()["width"] > 100
    assert page.locator("#chat strong", has_text="Cited").count() == 0
    assert (
        page.locator("#chat blockquote").first.evaluate(
            "e => parseFloat(getComputedStyle(e).fontSize)"
        )
        > 20
    )


def test_a_footnote_has_a_name_and_a_preview(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    ask(page, QUESTIONS[0])
    note = page.locator("#chat blockquote a").first
    assert note.get_attribute("aria-label").startswith("Footnote 1: “The prison of Velmora held 41")
    assert page.locator(".preview").is_hidden()
    note.focus()
    assert "The prison of Velmora held 41 prisoners" in page.locator(".preview").inner_text()
    assert "12 January 2018" in page.locator(".preview").inner_text()
    page.keyboard.press("Escape")
    assert page.locator(".preview").is_hidden()


def test_why_this_answer_is_folded(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    ask(page, QUESTIONS[0])
    why = page.locator("#chat details.why")
    assert "Confidence" not in page.locator("#chat").inner_text()
    why.locator("summary").press("Enter")
    assert "Confidence:" in why.inner_text()


def test_a_file_dropped_on_the_chat_goes_to_the_library(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    before = page.url
    transfer = page.evaluate_handle(
        "() => { const data = new DataTransfer();"
        "data.items.add(new File(['The ferry of Sund sank in 1999.'], 'ferry.txt')); return data; }"
    )
    page.dispatch_event("#chat", "dragenter", {"dataTransfer": transfer})
    assert page.locator(".drop-here").is_visible()
    page.dispatch_event("#chat", "drop", {"dataTransfer": transfer})
    page.wait_for_selector("#tab-library >> text=ferry.txt")
    assert page.url.split("#")[0] == before


def test_keys_lead_on_and_a_sheet_tells_them(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    page.keyboard.press("Alt+S")
    page.wait_for_function("document.activeElement.matches('.finder [name=q]')")
    page.keyboard.type("?/")  # in a field they are letters
    assert page.locator(".finder [name=q]").input_value() == "?/"
    page.keyboard.press("Alt+Q")
    page.wait_for_function("document.activeElement.matches('#question textarea')")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    assert "Next citation of the answer" in sheet.inner_text()
    page.keyboard.press("Escape")
    assert not sheet.is_visible()

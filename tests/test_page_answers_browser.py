"""How the page shows answers of each kind, in a real browser: prepared ones, over real reports."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from page_support import REPORTS, Scripted, Served, ask, make_chatbot, new_answer, open_page, served

from rag.cite.answers import Answer, Message, Statement

pytestmark = pytest.mark.browser

DESCRIBED = [
    {
        "file": "prisons.txt",
        "title": "Prisons in Tarsk",
        "publisher": "Cell Count",
        "date": "2020-02",
        "country": "Tarsk",
    },
]
QUESTION = "How many prisoners did the central prison of Tarsk hold?"
FIRES = "Three warehouses burned down during the strike."
SIEGE = "قال المدير إن الميناء أغلق أحد عشر أسبوعا."
TARSK = "Two prisoners died of untreated tuberculosis in the prison of Tarsk in 2019."


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page over a chatbot that gives prepared answers to three questions."""
    chatbot, settings = make_chatbot(
        tmp_path_factory.mktemp("prepared"),
        {**REPORTS, "arabic.txt": f"تقرير عن الميناء\n\n{SIEGE}"},
        metadata=DESCRIBED,
    )
    scripted = Scripted(chatbot)
    fires = scripted.cite("harbour.txt", FIRES, number=1)
    tarsk = scripted.cite("prisons.txt", TARSK, number=2)
    first = replace(tarsk, number=1)
    siege = scripted.cite("arabic.txt", SIEGE, number=1)
    scripted.answers = {
        "And there?": Answer(
            "And there?",
            "How many <i>fires</i> were there & where?",
            statements=(Statement(FIRES, "quote", (1,), "verbatim"),),
            citations=(fires,),
        ),
        "And in Arabic?": Answer(
            "And in Arabic?",
            "And in Arabic?",
            statements=(
                Statement(SIEGE, "quote", (1,), "verbatim"),
                Statement(FIRES, "quote", (2,), "verbatim"),
            ),
            citations=(siege, replace(fires, number=2)),
        ),
        "Compare Velmora and Tarsk.": Answer(
            "Compare Velmora and Tarsk.",
            "Compare Velmora and Tarsk.",
            kind="comparison",
            statements=(
                Statement(FIRES, "quote", (1,), "verbatim", "Velmora"),
                Statement(TARSK, "quote", (2,), "verbatim", "Tarsk"),
            ),
            citations=(fires, tarsk),
        ),
        "Is that so?": Answer(
            "Is that so?",
            "Is that so?",
            statements=(
                Statement("Two of them died.", "generated", (1,), "follows"),
                Statement(
                    "There were 999.",
                    "generated",
                    (1,),
                    "not_found",
                    fault="the figure 999",
                ),
                Statement("They were old.", "generated", (1,), "unchecked"),
            ),
            citations=(first,),
            notes=("the report is of 2020",),
            model="ollama:llama3.1",
        ),
    }
    with served(scripted, settings) as running:
        yield running


@pytest.fixture
def context(browser: Any, prepared: Served) -> Iterator[Any]:
    prepared.chatbot.asked.clear()
    made = browser.new_context(viewport={"width": 1440, "height": 900})
    yield made
    made.close()


def marked(page: Any) -> str:
    return "".join(page.locator("#source mark").all_text_contents())


def test_what_was_searched_for_is_edited_and_asked_by_itself(
    prepared: Served, context: Any
) -> None:
    page = open_page(context, prepared.address)
    ask(page, QUESTION)
    ask(page, "And there?", answers=2)
    assert prepared.chatbot.asked[-1][1] != ()
    page.locator("#chat details.why summary").last.click()
    again = page.get_by_role("button", name="Edit and search again")
    assert "Searched for: How many <i>fires</i>" in page.locator("#chat .searched").inner_text()
    again.focus()
    page.keyboard.press("Space")
    box = page.get_by_role("textbox", name="Your question", exact=True)
    page.wait_for_function("document.activeElement.selectionStart === 41")
    assert box.input_value() == "How many <i>fires</i> were there & where?"
    assert box.evaluate("e => e === document.activeElement")
    alone = page.get_by_role("checkbox", name="Ask this by itself")
    assert alone.is_checked()
    page.keyboard.type(" When?")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelectorAll('#chat .judging').length === 3")
    page.wait_for_selector("#question button:has-text('Ask')")
    edited = "How many <i>fires</i> were there & where? When?"
    assert prepared.chatbot.asked[-1][:2] == (edited, ())
    assert page.locator("#chat [data-testid=user]").count() == 3
    shown = page.locator("#chat [data-testid=bot]").last.text_content()
    assert "Asked by itself, without the conversation before it." in shown
    page.wait_for_selector("#alone", state="hidden")
    # It stays so when it is tried again, and is over with the next question.
    with new_answer(page, prepared.chatbot):
        page.get_by_role("button", name="Retry").last.click()
    assert page.locator("#chat .judging").count() == 3
    assert prepared.chatbot.asked[-1][:2] == (edited, ())
    ask(page, "And then?", answers=4)
    history = prepared.chatbot.asked[-1][1]
    assert Message("user", edited) in history
    assert not any("Searched for" in one.content for one in history)


def test_the_choice_to_ask_by_itself_can_be_dropped(prepared: Served, context: Any) -> None:
    page = open_page(context, prepared.address)
    ask(page, QUESTION)
    ask(page, "And there?", answers=2)
    page.locator("#chat details.why summary").last.click()
    page.get_by_role("button", name="Edit and search again").click()
    page.keyboard.press("Tab")
    page.get_by_role("checkbox", name="Ask this by itself").focus()
    page.keyboard.press("Space")
    page.wait_for_selector("#alone", state="hidden")
    page.wait_for_function("document.activeElement.tagName === 'TEXTAREA'")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelectorAll('#chat .judging').length === 3")
    assert prepared.chatbot.asked[-1][1] != ()


def test_sides_stand_beside_each_other_where_there_is_room(prepared: Served, context: Any) -> None:
    page = open_page(context, prepared.address)
    ask(page, "Compare Velmora and Tarsk.")
    one, two = (each.bounding_box() for each in page.locator("#chat .side").all())
    assert one["y"] == two["y"]
    assert one["x"] + one["width"] <= two["x"]
    assert page.locator("#chat .side h4").all_inner_texts() == ["Velmora", "Tarsk"]
    page.locator("#chat .side blockquote a", has_text="[2]").click()
    page.wait_for_selector("#source mark")
    assert marked(page) == TARSK
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 375, "height": 740})
    one, two = (each.bounding_box() for each in page.locator("#chat .side").all())
    assert one["y"] + one["height"] <= two["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


CONTRAST = """selector => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (text) => {
    const [r, g, b] = rgb(text).map((x) => x / 255)
      .map((x) => (x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return [...document.querySelectorAll(selector)].map((one) => {
    let under = one;
    const ground = () => getComputedStyle(under).backgroundColor;
    while ((rgb(ground())[3] ?? 1) === 0) under = under.parentElement;
    const pair = [getComputedStyle(one).color, ground()].map(light);
    return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
  });
}"""


@pytest.mark.parametrize("scheme", ["", "?__theme=dark"])
def test_marks_of_support_are_words_that_can_be_read(
    prepared: Served, context: Any, scheme: str
) -> None:
    page = open_page(context, prepared.address + scheme)
    ask(page, "Is that so?")
    assert page.locator("#chat .follows .support").all_inner_texts() == ["follows from [1]"]
    assert page.locator("#chat .not-found .support").all_inner_texts() == [
        "not found: the figure 999"
    ]
    assert page.locator("#chat .unchecked .support").all_inner_texts() == [
        "figures and names found in [1], meaning not checked"
    ]
    words = (
        ".support",
        ".not-found p",
        ".unchecked p",
        ".written p",
        ".note p",
        ".note strong",
        ".basis p",
    )
    for selector in words:
        found = page.evaluate(CONTRAST, f"#chat {selector}")
        assert found, selector
        assert min(found) >= 4.5, f"{selector} {found}"
    assert page.locator("#chat details.why summary").is_visible()
    page.locator("#chat .follows a").click()
    page.wait_for_selector("#source mark")
    assert marked(page) == TARSK


def test_the_words_of_an_answer_are_copied_without_markup(prepared: Served, context: Any) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = open_page(context, prepared.address)
    ask(page, "Compare Velmora and Tarsk.")
    page.get_by_role("button", name="Copy message").last.click()
    # Gradio puts its own words there first, and a function that waits cannot wait for a promise.
    deadline = time.monotonic() + 30
    while "Velmora" not in page.evaluate("navigator.clipboard.readText()") or (
        "> " in page.evaluate("navigator.clipboard.readText()")
    ):
        assert time.monotonic() < deadline
        page.wait_for_timeout(50)
    copied = page.evaluate("navigator.clipboard.readText()")
    whose = "Cell Count, 2020, Prisons in Tarsk, February 2020"
    assert f"Tarsk\n\n{whose}\n\n“{TARSK}” [2]" in copied
    assert not re.search(r"#src|\*\*|<|&#", copied)


SENTENCE = """one => {
  const words = document.createRange();
  words.selectNodeContents(one);
  words.setEndBefore(one.querySelector("a"));
  return words.getBoundingClientRect().toJSON();
}"""


def test_a_footnote_stands_where_its_sentence_ends(prepared: Served, context: Any) -> None:
    page = open_page(context, prepared.address)
    ask(page, "And in Arabic?")
    for words, mark, is_left in ((SIEGE, "[1]", True), (FIRES, "[2]", False)):
        line = page.locator("#chat blockquote p", has_text=words)
        sentence = line.evaluate(SENTENCE)
        box = line.get_by_text(mark, exact=True).bounding_box()
        assert sentence["height"] < 2 * box["height"]  # one line
        if is_left:
            assert box["x"] < sentence["left"]
        else:
            assert box["x"] + box["width"] > sentence["right"]

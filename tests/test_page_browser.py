"""The page in a real browser, over a real index: asking, opening footnotes, and hostile reports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from page_support import Served, ask, make_chatbot, new_answer, open_page, served

from rag.cite.answers import Message
from rag.errors import QueryError
from rag.schema import Citation

pytestmark = pytest.mark.browser

REPORTS = {
    "harbour.txt": (
        "The harbour of Velmora\n\n"
        "The harbour of Velmora was closed for eleven weeks in 2018 after the dockers' strike. "
        "Three warehouses burned down during the strike. Nobody was prosecuted for the fires.\n\n"
        "The port authority of Velmora reopened the harbour on 4 June 2018. Fishing boats were "
        "the first to leave. The dockers returned to work with a wage increase of nine percent."
    ),
    "prisons.txt": (
        "Prisons in Tarsk\n\n"
        "The central prison of Tarsk held 1,240 prisoners in a building made for 600. Prisoners "
        "in Tarsk slept in shifts because there were not enough beds. Inspectors visited the "
        "prison twice in 2019.\n\n"
        "Two prisoners died of untreated tuberculosis in the prison of Tarsk in 2019."
    ),
    "briefing.txt": (
        "Briefing on the elections in Orsk\n\n"
        "AMBASSADOR LINDEN: Good morning. The election in Orsk was postponed twice because the "
        "voter register had not been finished. Observers were admitted everywhere.\n\n"
        "QUESTION: How many observers were there?\n\n"
        "AMBASSADOR LINDEN: There were 412 observers from nineteen countries at the election."
    ),
}
DESCRIBED = [
    {
        "file": "harbour.txt",
        "title": "The harbour of Velmora",
        "publisher": "Port Watch",
        "date": "2018-07-01",
        "country": "Velmora",
    },
    {
        "file": "prisons.txt",
        "title": "Prisons in Tarsk",
        "publisher": "Cell Count",
        "date": "2020-02",
        "country": "Tarsk",
    },
    {
        "file": "briefing.txt",
        "title": "Briefing on the elections in Orsk",
        "publisher": "Port Watch",
        "date": "2019-03-13",
        "country": "Orsk",
    },
]
QUESTION = "How many prisoners did the central prison of Tarsk hold?"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    chatbot, settings = make_chatbot(
        tmp_path_factory.mktemp("collection"), REPORTS, metadata=DESCRIBED
    )
    with served(chatbot, settings) as running:
        yield running


def first_citation(site: Served, question: str) -> Citation:
    *_, answer = site.chatbot.ask(question)
    return answer.citations[0]


def on_question(page: Any) -> bool:
    """Whether the box for questions has the focus."""
    found: bool = page.evaluate("document.activeElement.matches('#question textarea')")
    return found


def marked(page: Any) -> str:
    return "".join(page.locator("#source mark").all_text_contents())


def open_footnote(page: Any, number: int = 1) -> None:
    page.locator("#chat blockquote a", has_text=f"[{number}]").first.click()
    page.wait_for_selector("#source mark")


def test_a_footnote_opens_exactly_the_quoted_characters(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    ask(page, QUESTION)
    citation = first_citation(site, QUESTION)
    assert citation.quote in page.locator("#chat blockquote").first.inner_text()
    open_footnote(page)
    assert page.locator("#source mark").count() == 1
    assert marked(page) == citation.quote
    document = site.chatbot.document(citation.document_id)
    assert document is not None
    assert marked(page) == document.text[citation.start : citation.end]
    assert page.locator("#source-title").inner_text() == document.title
    assert str(citation.publisher) in page.locator("#source .facts").inner_text()
    assert page.evaluate("document.activeElement.id") == "source-title"
    box = page.locator("#source mark").bounding_box()
    assert box["y"] > 0
    assert box["y"] + box["height"] < 900


def test_a_link_to_a_citation_opens_it_in_another_browser(
    site: Served, context: Any, browser: Any
) -> None:
    page = open_page(context, site.address)
    ask(page, QUESTION)
    open_footnote(page)
    linked, quote = page.evaluate("location.hash"), marked(page)
    other = browser.new_context()
    again = open_page(other, site.address, fragment=linked)
    again.wait_for_selector("#source mark")
    assert marked(again) == quote
    other.close()


def test_back_and_forward_walk_through_what_was_opened(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    ask(page, QUESTION)
    open_footnote(page)
    first = marked(page)
    page.locator("#facts summary").click()
    page.locator("#facts a", has_text="harbour of Velmora").click()
    page.wait_for_function(
        "document.querySelector('#source-title').textContent === 'The harbour of Velmora'"
    )
    assert marked(page) == ""
    page.go_back()
    page.wait_for_selector("#source mark")
    assert marked(page) == first
    page.go_back()
    page.wait_for_selector(".panel-empty")
    page.go_forward()
    page.wait_for_selector("#source mark")
    assert marked(page) == first


def test_the_arrows_step_through_the_citations_of_an_answer(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    question = "What happened to prisoners in the prison of Tarsk in 2019?"
    ask(page, question)
    *_, answer = site.chatbot.ask(question)
    open_footnote(page)
    for citation in answer.citations[1:]:
        page.get_by_role("button", name="Next citation").click()
        page.wait_for_function(
            "words => document.querySelector('.position').textContent === words",
            arg=f"Citation {citation.number} of {len(answer.citations)}",
        )
        assert marked(page) == citation.quote
    assert page.get_by_role("button", name="Next citation").is_disabled()


def test_the_quotation_and_the_link_can_be_copied(site: Served, context: Any) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = open_page(context, site.address)
    ask(page, QUESTION)
    open_footnote(page)
    page.get_by_role("button", name="Copy quotation").click()
    page.wait_for_selector("text=Quotation copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"“{marked(page)}”")
    cited = first_citation(site, QUESTION)
    assert f"{cited.title}, {cited.publisher}" in copied
    page.wait_for_timeout(2_000)
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_selector("text=Link copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    # It has its own time, also when what was told before would be gone by now.
    page.wait_for_timeout(2_000)
    assert page.locator("text=Link copied").is_visible()


def test_a_link_that_leads_nowhere_says_so(site: Served, context: Any) -> None:
    page = open_page(context, site.address, fragment="#src=0000.5.9")
    page.wait_for_selector("text=Source not found")
    assert page.locator("#source mark").count() == 0


def test_an_answer_streams_and_can_be_stopped(site: Served, context: Any) -> None:
    site.chatbot.pause = 60
    page = open_page(context, site.address)
    box = page.get_by_role("textbox", name="Your question", exact=True)
    box.fill(QUESTION)
    box.press("Enter")
    page.wait_for_selector("#question button:has-text('Stop')")
    page.wait_for_selector("#chat blockquote")
    page.locator("#question button:has-text('Stop')").click()
    page.wait_for_selector("text=Stopped before the answer was complete")
    page.wait_for_selector("#question button:has-text('Ask')")
    before = page.locator("#chat").inner_text()
    site.chatbot.pause = 0
    page.wait_for_timeout(1_500)
    assert page.locator("#chat").inner_text() == before
    assert page.locator("#chat .judging").count() == 0


def test_an_abstention_does_not_look_like_an_answer(
    browser: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    chatbot, settings = make_chatbot(
        tmp_path_factory.mktemp("unsure"), REPORTS, metadata=DESCRIBED, abstain_below=1
    )
    context = browser.new_context()
    with served(chatbot, settings) as unsure:
        page = open_page(context, unsure.address)
        ask(page, "What is the boiling point of nitrogen on the moons of Jupiter?")
        assert page.locator("#chat h3").inner_text() == (
            "The reports in this collection do not answer that."
        )
        shown = page.locator("#chat [data-testid=bot]").text_content()
        assert "Not an answer, but close:" in shown
        assert "Confidence that these reports answer the question: low." in shown
        assert "absence of reporting is not evidence of absence" in shown
        assert page.locator("#chat blockquote").count() == 0
        page.locator("#chat li a").first.click()
        page.wait_for_selector("#source mark")
    context.close()


def test_a_follow_up_is_asked_with_the_conversation(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    ask(page, QUESTION)
    ask(page, "And how many of them died there?", answers=2)
    question, history, _ = site.chatbot.asked[-1]
    assert question == "And how many of them died there?"
    assert history[0] == Message("user", QUESTION)
    assert history[1].role == "assistant"
    assert first_citation(site, QUESTION).quote in history[1].content
    assert not re.search(r"#src|\[\d|\*\*|Cited|<", history[1].content)


def test_filters_go_with_the_question(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    page.get_by_role("combobox", name="Country").click()
    page.get_by_role("option", name="Velmora").click()
    ask(page, QUESTION)
    _, _, where = site.chatbot.asked[-1]
    assert [(one.field, one.operator, one.value) for one in where] == [("country", "=", "Velmora")]
    page.locator("#chat details.why summary").click()
    shown = page.locator("#chat [data-testid=bot]").inner_text()
    assert "country: Velmora" in shown
    assert "1,240" not in shown


def test_a_filter_is_typed_into(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    page.get_by_role("combobox", name="Country").click()
    page.wait_for_function("getSelection().toString() === 'All countries'")
    page.keyboard.type("vel")
    page.get_by_role("option", name="Velmora").wait_for()
    assert page.locator("#collection").get_by_role("option").count() == 1
    page.keyboard.press("Enter")
    ask(page, QUESTION)
    _, _, where = site.chatbot.asked[-1]
    assert [(one.field, one.value) for one in where] == [("country", "Velmora")]


def test_one_document_is_asked_from_its_own_view(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    page.locator("#facts summary").click()
    page.locator("#facts a", has_text="harbour of Velmora").click()
    page.get_by_role("button", name="Ask this document").click()
    page.wait_for_function("document.activeElement.matches('#question textarea')")
    page.wait_for_selector("#filter-documents .token >> text=harbour")
    ask(page, QUESTION)
    _, _, where = site.chatbot.asked[-1]
    assert [(one.field, one.value) for one in where] == [("source", "harbour.txt")]


def test_an_abstention_is_asked_again_without_filters(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    ask(page, "Who visited the harbour of Velmora?")
    page.get_by_role("combobox", name="From year").click()
    page.get_by_role("option", name="2020").click()
    page.wait_for_function("!document.querySelector('[role=option]')")  # the list is closed
    page.get_by_role("combobox", name="To year").click()
    page.get_by_role("option", name="2018").click()
    ask(page, QUESTION, answers=2)
    assert page.locator("#chat h3").count() == 1
    earlier = site.chatbot.asked[-1][1]
    page.locator("#chat").get_by_role("button", name="Ask without filters").press("Enter")
    page.wait_for_function("document.querySelectorAll('#chat .judging').length === 3")
    page.wait_for_selector("#question button:has-text('Ask')")
    assert site.chatbot.asked[-1] == (QUESTION, earlier, ())
    assert page.locator("#chat [data-testid=user]").count() == 3
    assert "1,240" in page.locator("#chat [data-testid=bot]").last.inner_text()
    assert page.get_by_role("combobox", name="From year").input_value() == "Any"
    assert page.get_by_role("combobox", name="To year").input_value() == "Any"


def test_questions_can_be_edited_retried_and_taken_back(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    ask(page, "How many <i>prisoners</i> were *there* in Tarsk?")
    page.get_by_role("button", name="Edit").click()
    area = page.locator("#chat textarea")
    page.wait_for_selector("#chat textarea[data-decoded]")
    assert area.input_value() == "How many <i>prisoners</i> were *there* in Tarsk?"
    area.fill(QUESTION)
    with new_answer(page, site.chatbot):
        page.get_by_role("button", name="Submit").click()
    assert on_question(page)
    assert site.chatbot.asked[-1][:2] == (QUESTION, ())
    assert page.locator("#chat .judging").count() == 1
    with new_answer(page, site.chatbot):
        page.get_by_role("button", name="Retry").click()
    assert on_question(page)
    assert page.locator("#chat .judging").count() == 1
    assert [asked[0] for asked in site.chatbot.asked].count(QUESTION) == 2
    # What is in the box is not lost by taking a question back.
    page.locator("#question textarea").fill("typed already")
    page.get_by_role("button", name="Undo").click()
    page.wait_for_selector("#chat [data-testid=bot]", state="detached")
    assert page.locator("#question textarea").input_value() == "typed already"
    assert on_question(page)


def test_an_error_is_one_line_and_the_page_goes_on(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    box = page.get_by_role("textbox", name="Your question", exact=True)
    for error, shown in (
        (QueryError("the filter <b> means nothing; remove it"), "the filter <b> means nothing"),
        (RuntimeError("password is hunter2"), "Something went wrong"),
    ):
        site.chatbot.fails = error
        box.fill(QUESTION)
        box.press("Enter")
        page.wait_for_selector(f"#chat >> text={shown}")
        page.wait_for_selector("#question button:has-text('Ask')")
    assert "hunter2" not in page.content()
    site.chatbot.fails = None
    ask(page, QUESTION)
    assert page.locator("#chat [data-testid=user]").count() == 3


def test_empty_and_endless_questions_are_not_asked(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    box = page.get_by_role("textbox", name="Your question", exact=True)
    box.fill("   ")
    box.press("Enter")
    page.wait_for_timeout(500)
    assert page.locator("#chat [data-testid=user]").count() == 0
    box.fill("why " * 600)
    box.press("Enter")
    page.wait_for_selector("text=is the most")
    assert box.input_value().startswith("why why")
    assert site.chatbot.asked == []


def test_on_a_phone_the_panel_is_a_drawer(site: Served, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 740}, has_touch=True)
    page = open_page(context, site.address)
    ask(page, QUESTION)
    assert not page.locator("#source").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.locator("#chat blockquote a").first.tap()
    page.wait_for_selector("#source mark")
    page.wait_for_timeout(300)
    box = page.locator("#source").bounding_box()
    assert (box["x"], round(box["width"])) == (0, 375)
    mark = page.locator("#source mark").bounding_box()
    assert 0 < mark["y"] < 740
    assert page.evaluate("document.getElementById('middle').inert")
    page.get_by_role("button", name="Close the source").tap()
    page.wait_for_selector("#source", state="hidden")
    assert not page.evaluate("document.getElementById('middle').inert")
    assert "#src" not in page.url
    page.get_by_role("button", name="Conversations and filters").tap()
    page.wait_for_selector("#collection.open")
    page.keyboard.press("Escape")
    page.wait_for_selector("#collection", state="hidden")
    # And it can be reached on all screens that are wider.
    for width in (641, 801, 1000, 1001, 1099):
        page.set_viewport_size({"width": width, "height": 740})
        button = page.get_by_role("button", name="Conversations and filters").bounding_box()
        assert button["x"] + button["width"] <= width
        assert button["y"] + button["height"] <= page.locator("#columns").bounding_box()["y"]
    context.close()


def test_escape_is_for_the_innermost(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    ask(page, QUESTION)
    open_footnote(page)
    page.get_by_role("combobox", name="Country").click()
    page.wait_for_selector("[role=option]")
    page.keyboard.press("Escape")
    page.wait_for_selector("[role=option]", state="detached")
    assert marked(page)
    page.get_by_role("button", name="Edit").click()
    page.wait_for_selector("#chat textarea[data-decoded]")
    page.locator("#chat textarea").press("Escape")
    assert marked(page)
    page.locator("#question textarea").press("Escape")
    page.wait_for_selector(".panel-empty")


def test_everything_can_be_done_from_the_keyboard(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    page.wait_for_function("document.activeElement.tagName === 'TEXTAREA'")
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_selector("#chat .judging")
    page.wait_for_selector("#question button:has-text('Ask')")
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('#chat blockquote a')"):
            break
    opener = page.evaluate("document.activeElement.getAttribute('href')")
    page.keyboard.press("Enter")
    page.wait_for_selector("#source mark")
    page.wait_for_function("document.activeElement.id === 'source-title'")
    page.keyboard.press("Escape")
    page.wait_for_selector(".panel-empty")
    assert page.evaluate("document.activeElement.getAttribute('href')") == opener

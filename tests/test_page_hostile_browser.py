"""Reports, questions and stored conversations that mean harm, over the whole page: mere text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from page_support import Served, ask, make_chatbot, open_page, served

from rag.models.embedding import SentenceEmbedding

pytestmark = pytest.mark.browser

QUESTION = "How many prisoners did the central prison of Tarsk hold?"
HOSTILE = (
    "<script>window.pwn=1</script> <img src=x onerror=window.pwn=2> "
    "<img src='https://evil.example/a.png'> <iframe src='https://evil.example/'></iframe> "
    "[prison](javascript:window.pwn=3) ![prison](https://evil.example/b.png) "
    "${window.pwn=4} {{window.pwn=5}} {{#each value}} https://evil.example/c \u202eprison\u202c "
    "<a href='javascript:window.pwn=6' onmouseover='window.pwn=7'>prison</a> "
    "<form action='https://evil.example/'><input name=q autofocus onfocus=window.pwn=8></form> "
    "<style>@import 'https://evil.example/s.css'; * { position: fixed; inset: 0 }</style> "
    "<div style='position:fixed;inset:0;z-index:9999;background:url(https://evil.example/d)'> "
    "<svg onload=window.pwn=9> <base href='https://evil.example/'> "
    "<link rel=stylesheet href='https://evil.example/e.css'> "
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>"
)
NAME = "prison<img src=x onerror=window.pwn=10>${window.pwn=11}{{pwn}}\u202etxt.txt"


@pytest.fixture(scope="module")
def hostile(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[Served]:
    text = (
        f"Prison report {HOSTILE}\n\n"
        f"The central prison of Tarsk held 1,240 prisoners {HOSTILE} in a building for 600.\n\n"
        f"Prisoners in the prison of Tarsk slept in shifts {HOSTILE}."
    )
    described = dict.fromkeys(("title", "publisher", "country"), f"Prison {HOSTILE}")
    chatbot, settings = make_chatbot(
        tmp_path_factory.mktemp("hostile"),
        {NAME: text},
        metadata=[{"file": NAME, "date": "2020", **described}],
        embedding=embedding,
    )
    with served(chatbot, settings) as running:
        yield running


@pytest.fixture
def page(hostile: Served, browser: Any) -> Iterator[Any]:
    """The page; in the end nothing has run, nothing was fetched, and nothing covers it."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    requested: list[str] = []
    context.on("request", lambda request: requested.append(request.url))
    opened = open_page(context, hostile.address)
    yield opened
    opened.wait_for_timeout(300)
    assert opened.evaluate("window.pwn") is None
    assert opened.evaluate(STRANGERS) == []
    assert opened.evaluate("document.baseURI") == hostile.address
    local = (hostile.address, "data:", "blob:")
    assert [url for url in requested if not url.startswith(local)] == []
    assert opened.url.startswith(hostile.address)
    context.close()


# Elements where words of reports, questions and conversations are shown, that could not come from
# the page itself; and the point where the box for the question is, if something covers it.
STRANGERS = """() => {
  const places = "#chat .prose, #source .panel-body, #facts, .talks, #talk, .documents, .sheet";
  const strange = "script, style, img, iframe, object, embed, form:not(.sheet > form), base, " +
    "link, meta, svg, [style]:not([data-testid=status-tracker]), [onerror], [onload], " +
    "[onclick], [onfocus], [onmouseover]";
  const found = [];
  for (const place of document.querySelectorAll(places))
    for (const one of place.querySelectorAll(strange)) found.push(one.outerHTML.slice(0, 200));
  const links = "#middle a, .panel-body a, #collection a, .library a";
  for (const link of document.querySelectorAll(links))
    if (!/^(#(src=[\\w.-]+|library|search&q=[\\w%-]+)|original\\/[\\w.-]+)$/.test(
        link.getAttribute("href")))
      found.push(link.outerHTML);
  const chat = document.getElementById("tab-chat");
  if (!chat.hidden) {
    const box = document.querySelector("#question textarea").getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    if (!top || !top.closest("#question")) found.push("covered by " + (top && top.outerHTML));
  }
  return found;
}"""


def marked(page: Any) -> str:
    return "".join(page.locator("#source mark").all_text_contents())


def test_a_hostile_report_and_question_do_nothing(hostile: Served, page: Any) -> None:
    ask(page, f"{QUESTION} {HOSTILE}")
    page.wait_for_timeout(300)
    if page.locator("#chat details").count():
        page.locator("#chat details.also summary").click()
    page.locator("#facts summary").click()
    page.get_by_role("combobox", name="Country").click()
    page.get_by_role("option").last.hover()
    page.keyboard.press("Escape")
    document = hostile.chatbot.documents()[0]
    page.locator("#facts a").first.click()
    page.wait_for_selector(".document p")
    page.goto(f"{hostile.address}#src={document.id}.0.{document.characters}")
    page.wait_for_selector("#source mark")
    page.wait_for_timeout(300)
    stored = hostile.chatbot.document(document.id)
    assert stored is not None
    assert "".join(marked(page).split()) == "".join(stored.text.split())
    # The list of conversations has the question, and so has the field that renames it.
    assert page.locator(".talk-name").inner_text().startswith(QUESTION)
    page.locator("[data-row=rename]").click()
    page.keyboard.type(HOSTILE)
    page.keyboard.press("Enter")
    assert page.locator(".talk-name").text_content() == HOSTILE[:300].strip()
    page.reload()
    page.wait_for_selector("#chat .judging")
    assert page.locator("#chat blockquote").count() >= 1
    assert "can no longer be cited" not in page.locator("#chat").inner_text()


def test_a_hostile_report_does_nothing_in_the_library(page: Any) -> None:
    page.locator("#to-library").click()
    page.wait_for_selector(".documents tbody tr")
    row = page.locator(".documents tbody tr").first
    assert HOSTILE.split(" ")[0] in row.inner_text()
    row.locator("[data-do=edit], button:has-text('Edit')").first.click()
    page.wait_for_selector("dialog.edit[open]")
    assert page.locator("#edit-title").input_value().startswith("Prison <script>")
    page.keyboard.press("Escape")
    row.locator("a").first.click()
    page.wait_for_selector(".document p")
    assert "window.pwn" in page.locator("#source").inner_text()


def forged() -> dict[str, Any]:
    """A stored conversation with hostile words in every field."""
    statement = {
        "text": HOSTILE, "kind": "generated", "support": "not_found", "side": HOSTILE,
        "fault": HOSTILE, "citations": [HOSTILE],
    }  # fmt: skip
    turn = {
        "question": HOSTILE, "query": HOSTILE, "alone": True, "state": "complete", "kind": HOSTILE,
        "where": [[HOSTILE, "=", HOSTILE]], "reason": HOSTILE, "heading": HOSTILE,
        "notes": [HOSTILE], "statements": [statement, {**statement, "kind": "quote"}],
        "cited": [HOSTILE, f"{HOSTILE}.0.5"], "speakers": [HOSTILE], "also": [HOSTILE],
        "confidence": HOSTILE, "model": HOSTILE, "invented": 3, HOSTILE: HOSTILE,
    }  # fmt: skip
    turns = [
        turn,
        {**turn, "abstained": True},
        {**turn, "state": "failed"},
        {**turn, "state": HOSTILE},
    ]
    return {"version": 1, "title": HOSTILE, "changed": HOSTILE, "revision": HOSTILE, "turns": turns}


def test_a_tampered_conversation_does_nothing(hostile: Served, page: Any) -> None:
    page.evaluate(
        "stored => { for (const [key, text] of stored) localStorage.setItem(key, text) }",
        [
            ["footnote.conversation.forged", json.dumps(forged())],
            [f"footnote.conversation.{HOSTILE}", json.dumps(forged())],
            ["footnote.conversation.markup", HOSTILE],
        ],
    )
    page.evaluate("sessionStorage.setItem('footnote.shown', 'forged')")
    page.reload()
    page.wait_for_selector("text=can no longer be cited")
    page.wait_for_selector("#middle:not([aria-busy])")
    shown = page.locator("#chat").inner_text()
    assert page.locator("#chat [data-testid=user]").count() == 4
    assert "<script>window.pwn=1</script>" in shown
    assert page.locator("#chat blockquote").count() == 0
    assert page.locator("#chat a[href^='#src']").count() == 0
    assert page.locator(".talk-row").count() == 3
    page.get_by_role("searchbox", name="Search conversations").wait_for(state="hidden")
    # It can be gone on with; the words that were put in are history, as text.
    ask(page, QUESTION, answers=3)
    history = hostile.chatbot.asked[-1][1]
    assert history
    assert not any(re.search(r'#src|<div class="', one.content) for one in history)
    for row in page.locator("[data-row=delete]").all()[::-1]:
        row.click()
    page.wait_for_selector(".talk-deleted")

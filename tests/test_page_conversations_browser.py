"""Conversations in a real browser: kept, found, named, deleted, and looked up again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from page_support import REPORTS, Served, ask, at_rest, make_chatbot, new_answer, open_page, served

from rag.cite.answers import Message
from rag.export.check import check_export
from rag.export.reading import read_export
from rag.models.embedding import SentenceEmbedding

pytestmark = pytest.mark.browser

PRISON = "How many prisoners did the central prison of Tarsk hold?"
HARBOUR = "How long was the harbour of Velmora closed?"
HELD = "The central prison of Tarsk held 1,240 prisoners in a building made for 600."
PREFIX = "footnote.conversation."


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding) -> Any:
    return make_chatbot(tmp_path_factory.mktemp("talks"), REPORTS, embedding=embedding)


@pytest.fixture(scope="module")
def site(made: Any) -> Iterator[Served]:
    with served(*made) as running:
        yield running


def answers(page: Any, count: int) -> None:
    """Wait until the chat has so many complete answers, and is ready."""
    page.wait_for_function(
        "count => document.querySelectorAll('#chat .judging').length === count", arg=count
    )
    page.wait_for_selector("#question button:has-text('Ask')")
    page.wait_for_selector("#middle:not([aria-busy])")
    at_rest(page)


def start_new(page: Any) -> None:
    page.get_by_role("button", name="New conversation").click()
    page.wait_for_selector("#chat .examples")


def names(page: Any) -> list[str]:
    found: list[str] = page.locator(".talk-name").all_inner_texts()
    return found


def on_question(page: Any) -> bool:
    """Whether the box for questions has the focus."""
    found: bool = page.evaluate("document.activeElement.matches('#question textarea')")
    return found


def stored(page: Any) -> list[dict[str, Any]]:
    """What is kept, the conversation that was changed last first."""
    texts = page.evaluate(
        "prefix => Object.entries(localStorage).filter(e => e[0].startsWith(prefix))"
        ".map(e => ({...JSON.parse(e[1]), id: e[0].slice(prefix.length)}))",
        PREFIX,
    )
    return sorted(texts, key=lambda one: str(one["changed"]), reverse=True)


def put(page: Any, name: str, content: object) -> None:
    """Change what the browser has kept, as anybody at this computer could."""
    text = content if isinstance(content, str) else json.dumps(content)
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [PREFIX + name, text])


def marked(page: Any) -> str:
    return "".join(page.locator("#source mark").all_text_contents())


def test_a_conversation_is_there_again_after_a_reload_and_a_restart(
    browser: Any, made: Any
) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    with served(*made) as first:
        page = open_page(context, first.address)
        assert "kept in this browser only" in page.locator(".talks-empty").text_content()
        ask(page, PRISON)
        ask(page, "How many of them died there in 2019?", answers=2)
        shown = page.locator("#chat .prose blockquote").all_inner_texts()
        assert names(page) == [PRISON]
        page.reload()
        answers(page, 2)
        assert page.locator("#chat .prose blockquote").all_inner_texts() == shown
        port = int(first.address.rstrip("/").rsplit(":", 1)[1])
    # While nothing answers, the page says so and the question is not lost.
    page.locator("#question textarea").fill("Is anybody there?")
    page.locator("#question textarea").press("Enter")
    page.wait_for_selector("text=Footnote does not answer")
    assert page.locator("#question textarea").input_value() == "Is anybody there?"
    with served(*made, port=port) as second:
        page.goto(second.address)
        answers(page, 2)
        assert page.locator("#chat .prose blockquote").all_inner_texts() == shown
        page.locator("#chat blockquote a").first.click()
        page.wait_for_selector("#source mark")
        assert marked(page) == stored(page)[0]["turns"][0]["statements"][0]["text"] == HELD
        # It goes on from there, with all that was said before.
        ask(page, "Why?", answers=3)
        history = second.chatbot.asked[-1][1]
        assert history[0] == Message("user", PRISON)
        assert any(HELD in one.content for one in history if one.role == "assistant")
        assert [len(one["turns"]) for one in stored(page)] == [3]
    context.close()


def test_conversations_are_listed_found_named_and_deleted(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    ask(page, PRISON)
    page.locator("#question textarea").fill("not asked yet")
    start_new(page)
    assert page.locator("#question textarea").input_value() == "not asked yet"
    ask(page, HARBOUR)
    assert site.chatbot.asked[-1][1] == ()
    assert names(page) == [HARBOUR, PRISON]
    page.locator(".talk-open", has_text=PRISON).press("Enter")
    page.wait_for_function("document.querySelector('#chat blockquote').innerText.includes('1,240')")
    answers(page, 1)
    assert page.locator(".talk-open[aria-current]").inner_text().startswith(PRISON)
    # Renamed by keyboard; Escape leaves the name as it was.
    page.get_by_role("button", name=f"Rename “{PRISON}”").press("Enter")
    page.keyboard.type("<b>Cells</b>")
    page.keyboard.press("Enter")
    assert "<b>Cells</b>" in names(page)
    assert page.locator(".talk-title").inner_text() == "<b>Cells</b>"
    # It is not opened anew, which would take the focus to the box.
    assert page.locator("#middle[aria-busy]").count() == 0
    at_rest(page)
    assert page.evaluate("document.activeElement.innerText").startswith("<b>Cells</b>")
    page.get_by_role("button", name="Rename “<b>Cells</b>”").press("Enter")
    page.keyboard.type("nothing")
    page.keyboard.press("Escape")
    assert "<b>Cells</b>" in names(page)
    # The list can be searched for words of names, questions and answers.
    for number in range(3):
        turn = {"question": f"Filler {number}"}
        put(
            page, f"filler{number}", {"version": 1, "title": "", "changed": "2020", "turns": [turn]}
        )
    page.reload()
    answers(page, 1)
    page.get_by_role("searchbox", name="Search conversations").fill("1,240 BUILDING")
    assert names(page) == ["<b>Cells</b>"]
    page.get_by_role("searchbox", name="Search conversations").fill("zebra")
    assert page.locator(".talks-none").inner_text() == "No conversation has these words."
    page.get_by_role("searchbox", name="Search conversations").fill("")
    # Deleted, brought back, and all deleted.
    page.get_by_role("button", name=f"Delete “{HARBOUR}”").press("Enter")
    assert HARBOUR not in names(page)
    page.keyboard.press("Enter")  # the focus is on Undo
    assert HARBOUR in names(page)
    page.get_by_role("button", name="Delete all").click()
    assert "All 5 conversations" in page.locator(".talks-clear-words").inner_text()
    page.get_by_role("button", name="Keep", exact=True).click()
    assert len(names(page)) == 5
    page.get_by_role("button", name="Delete all").click()
    page.locator("[data-talk=clear-now]").click()
    page.wait_for_selector("#chat .examples")
    assert names(page) == []
    assert stored(page) == []


def test_edit_retry_undo_and_stop_are_kept(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    ask(page, PRISON)
    ask(page, HARBOUR, answers=2)
    with new_answer(page, site.chatbot):
        page.get_by_role("button", name="Retry").click()
    answers(page, 2)
    assert [one["question"] for one in stored(page)[0]["turns"]] == [PRISON, HARBOUR]
    # The first question is edited: what came after it is not lost.
    page.get_by_role("button", name="Edit").first.click()
    page.wait_for_selector("#chat textarea[data-decoded]")
    page.locator("#chat textarea").fill("Who died in Tarsk?")
    with new_answer(page, site.chatbot):
        page.get_by_role("button", name="Submit").click()
    answers(page, 1)
    talks = stored(page)
    assert [[one["question"] for one in talk["turns"]] for talk in talks] == [
        ["Who died in Tarsk?"],
        [PRISON, HARBOUR],
    ]
    assert talks[1]["title"].endswith("(before the edit)")
    assert talks[1]["title"] in page.locator(".talk-notice").inner_text()
    page.get_by_role("button", name="Undo").click()
    page.wait_for_selector("#chat [data-testid=bot]", state="detached")
    page.wait_for_selector(".talk-deleted")
    assert len(names(page)) == 1
    assert page.locator("#question textarea").input_value() == "Who died in Tarsk?"
    assert on_question(page)
    page.locator("[data-undo]").click()
    assert len(names(page)) == 2
    assert len(stored(page)) == 2
    assert page.locator(".talk-open[aria-current]").count() == 0
    # What has come of an answer that is stopped is kept, and says that it was stopped.
    site.chatbot.pause = 60
    page.locator("#question textarea").press("Enter")
    page.wait_for_selector("#chat blockquote")
    page.locator("#question button:has-text('Stop')").click()
    page.wait_for_selector("text=Stopped before the answer was complete")
    page.wait_for_selector("#question button:has-text('Ask')")
    assert on_question(page)
    site.chatbot.pause = 0.0
    page.wait_for_timeout(1500)
    page.reload()
    page.wait_for_selector("text=Stopped before the answer was complete")
    assert page.locator("#chat blockquote").count() >= 1
    assert page.locator("#chat .judging").count() == 0
    assert stored(page)[0]["turns"][0]["state"] == "partial"


def test_an_answer_goes_on_in_the_conversation_that_asked(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    ask(page, HARBOUR)
    site.chatbot.pause = 60
    start_new(page)
    page.locator("#question textarea").fill(PRISON)
    page.locator("#question textarea").press("Enter")
    page.wait_for_selector("#chat blockquote")
    # Its own row does not stop the answer.
    page.locator(".talk-open[aria-current]").click()
    at_rest(page)
    assert on_question(page)
    assert page.locator("#question button:has-text('Stop')").is_visible()
    assert len(stored(page)) == len(names(page)) == 2
    page.locator(".talk-open", has_text=HARBOUR).click()
    answers(page, 1)
    site.chatbot.pause = 0.0
    page.wait_for_timeout(1500)
    assert "eleven weeks" in page.locator("#chat blockquote").first.inner_text()
    by_name = {talk["title"]: talk["turns"] for talk in stored(page)}
    assert [one["question"] for one in by_name[HARBOUR]] == [HARBOUR]
    assert [one["question"] for one in by_name[PRISON]] == [PRISON]
    # And the next question belongs to the one that is shown.
    ask(page, "Who was prosecuted?", answers=2)
    by_name = {talk["title"]: talk["turns"] for talk in stored(page)}
    assert [one["question"] for one in by_name[HARBOUR]] == [HARBOUR, "Who was prosecuted?"]
    assert [one["question"] for one in by_name[PRISON]] == [PRISON]


def test_what_was_begun_ends_where_it_was_begun(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    ask(page, PRISON)
    start_new(page)
    ask(page, HARBOUR)
    # An edit does not go on in the conversation that is opened meanwhile.
    page.get_by_role("button", name="Edit").click()
    page.wait_for_selector("#chat textarea[data-decoded]")
    assert page.locator("#chat textarea").bounding_box()["width"] > 600
    page.locator(".talk-open", has_text=PRISON).click()
    answers(page, 1)
    assert "1,240" in page.locator("#chat blockquote").first.inner_text()
    assert page.locator("#chat textarea").count() == 0
    # A name is taken over by a click elsewhere, and the click does what it is for.
    page.get_by_role("button", name=f"Rename “{HARBOUR}”").click()
    page.keyboard.type("Docks")
    page.locator("#question textarea").click()
    page.wait_for_selector(".talk-name:has-text('Docks')")
    page.keyboard.type("And?")
    assert page.locator("#question textarea").input_value() == "And?"
    page.get_by_role("button", name=f"Rename “{PRISON}”").click()
    page.keyboard.type("Cells")
    page.get_by_role("button", name="Rename “Docks”").click()
    page.keyboard.type("Quay")
    page.locator(".talk-open", has_text="Cells").click(delay=100)
    answers(page, 1)
    assert names(page) == ["Quay", "Cells"]
    assert page.locator(".talk-title").inner_text() == "Cells"
    # After a deletion the focus stays where it can be undone.
    page.get_by_role("button", name="Delete “Cells”").press("Enter")
    page.wait_for_selector("#chat .examples")
    at_rest(page)
    page.keyboard.press("Enter")
    assert names(page) == ["Quay", "Cells"]


def test_without_the_server_nothing_is_opened_and_nothing_lost(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    ask(page, PRISON)
    start_new(page)
    ask(page, HARBOUR)
    page.locator("#question textarea").fill("not asked yet")
    context.set_offline(True)
    page.locator(".talk-open", has_text=PRISON).click()
    page.wait_for_selector("text=Footnote does not answer, so this is still")
    assert page.locator(".talk-title").inner_text() == HARBOUR
    assert page.locator(".talk-open[aria-current]").inner_text().startswith(HARBOUR)
    assert "eleven weeks" in page.locator("#chat blockquote").first.inner_text()
    assert on_question(page)
    # Gradio reloads the page when the server is there again.
    with page.expect_event("load"):
        context.set_offline(False)
    answers(page, 1)
    assert page.locator(".talk-title").inner_text() == HARBOUR
    assert page.locator("#question textarea").input_value() == "not asked yet"
    ask(page, "Why?", answers=2)
    page.reload()
    answers(page, 2)
    assert page.locator("#question textarea").input_value() == ""


def test_two_windows_do_not_write_over_one_another(site: Served, context: Any) -> None:
    one = open_page(context, site.address)
    ask(one, PRISON)
    (talk,) = stored(one)
    two = open_page(context, site.address)
    two.locator(".talk-open").click()
    answers(two, 1)
    ask(two, HARBOUR, answers=2)
    one.wait_for_selector("text=continued in another window")
    ask(one, "Who died in Tarsk?", answers=2)
    assert "kept apart" in one.locator(".talk-notice").inner_text()
    ask(one, "And where?", answers=3)
    questions = {
        each["title"]: [turn["question"] for turn in each["turns"]] for each in stored(one)
    }
    assert questions == {
        PRISON: [PRISON, HARBOUR],
        f"{PRISON} (2)": [PRISON, "Who died in Tarsk?", "And where?"],
    }
    assert talk["id"] in [each["id"] for each in stored(one)]
    # One that is deleted in the other window stays here, and is kept again when it goes on.
    one.wait_for_function("document.querySelectorAll('.talk-row').length === 2")
    one.get_by_role("button", name=f"Delete “{PRISON}”").click()
    two.wait_for_selector("text=was deleted in another window")
    ask(two, "Who was prosecuted?", answers=3)
    assert stored(two)[0]["title"] == PRISON
    assert len(stored(two)[0]["turns"]) == 3


def test_what_no_longer_stands_is_said_and_never_shown_as_a_quotation(
    site: Served, context: Any
) -> None:
    page = open_page(context, site.address)
    ask(page, PRISON)
    (talk,) = stored(page)
    turn = talk["turns"][0]
    (statement, *_), place = turn["statements"], turn["cited"][0]
    missing = {**statement, "text": "It held nobody.", "citations": ["0" * 20 + ".5.20"]}
    forged = {**statement, "text": "The central prison of Tarsk held 9 prisoners."}
    turn["statements"] = [statement, missing, forged]
    turn["cited"] = [place, "0" * 20 + ".5.20"]
    turn["speakers"] = ["The Prime Minister", None]
    put(page, talk["id"], talk)
    page.reload()
    answers(page, 1)
    assert page.locator("#chat blockquote").all_inner_texts() == [f"{HELD}\u00a0[1]"]
    told = page.locator("#chat .gone").inner_text()
    assert "2 sentences of this answer can no longer be cited" in told
    assert "It held nobody." in told
    assert "held 9 prisoners" in told
    assert "Prime Minister" not in page.locator("#chat").inner_text()
    assert "can no longer be cited" in page.locator(".talk-notice").inner_text()
    # They are no part of what the next question is read together with.
    ask(page, "And in Velmora?", answers=2)
    history = site.chatbot.asked[-1][1]
    assert not any("nobody" in one.content or "9 prisoners" in one.content for one in history)
    assert Message("user", PRISON) in history


def test_what_cannot_be_read_is_listed_and_can_be_saved(
    site: Served, context: Any, tmp_path: Path
) -> None:
    page = open_page(context, site.address)
    put(page, "cut", '{"version": 1, "turns": [{"question": "Was it')
    put(page, "later", {"version": 2, "talk": []})
    put(page, "wrong", {"version": 1, "turns": [{"question": 5}]})
    put(
        page,
        "sound",
        {"version": 1, "turns": [{"question": "Kept?", "statements": 7, "cited": {}}]},
    )
    page.reload()
    page.wait_for_selector(".talk-row")
    assert sorted(names(page)) == ["A conversation that cannot be read"] * 3 + ["Kept?"]
    with page.expect_download() as download:
        page.locator('[data-id="cut"] .talk-open').click()
    saved = tmp_path / "saved.txt"
    download.value.save_as(saved)
    assert saved.read_text() == '{"version": 1, "turns": [{"question": "Was it'
    page.locator('[data-id="sound"] .talk-open').click()
    page.wait_for_selector("#chat [data-testid=user]")
    ask(page, PRISON)
    assert [one["question"] for one in stored_one(page, "sound")["turns"]] == ["Kept?", PRISON]
    page.locator('[data-id="later"] .talk-do').click()
    assert names(page).count("A conversation that cannot be read") == 2


def stored_one(page: Any, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.evaluate("k => localStorage.getItem(k)", PREFIX + name))
    return found


def test_without_room_or_storage_it_goes_on_and_says_so(site: Served, browser: Any) -> None:
    full = browser.new_context(viewport={"width": 1440, "height": 900})
    page = open_page(full, site.address)
    page.evaluate(
        "for (let size = 4 << 20; size; size >>= 1)"
        "  try { localStorage.setItem('x' + size, 'x'.repeat(size)) } catch (error) {}"
    )
    ask(page, PRISON)
    assert "no room for more" in page.locator(".talk-notice").inner_text()
    assert page.locator("#chat blockquote").count() >= 1
    start_new(page)
    assert page.locator(".talk-notice").inner_text() == ""
    ask(page, HARBOUR)  # the next one is not kept either
    assert "no room for more" in page.locator(".talk-notice").inner_text()
    page.evaluate("for (const key of Object.keys(localStorage)) localStorage.removeItem(key)")
    ask(page, HARBOUR, answers=2)
    assert [len(talk["turns"]) for talk in stored(page)] == [2]
    assert page.locator(".talk-notice").inner_text() == ""
    full.close()
    private = browser.new_context(viewport={"width": 1440, "height": 900})
    private.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage'])"
        "  Object.defineProperty(window, name,"
        "    { get() { throw new DOMException('', 'SecurityError') } })"
    )
    page = open_page(private, site.address)
    assert "keeps nothing for this page" in page.locator(".talk-notice").inner_text()
    ask(page, PRISON)
    start_new(page)
    ask(page, HARBOUR)
    assert names(page) == [HARBOUR, PRISON]
    page.locator(".talk-open", has_text=PRISON).click()
    page.wait_for_function("document.querySelector('#chat blockquote').innerText.includes('1,240')")
    private.close()


def test_a_conversation_is_exported(site: Served, context: Any, tmp_path: Path) -> None:
    page = open_page(context, site.address)
    ask(page, PRISON)
    (turn,) = stored(page)[0]["turns"]
    page.get_by_role("button", name="Export", exact=True).press("Enter")
    select = page.get_by_label("References in")
    inside = select.evaluate(
        "one => one.getBoundingClientRect().right"
        " < one.closest('.export-menu').getBoundingClientRect().right"
    )
    assert inside
    select.select_option("oscola")
    with page.expect_request("**/export/md") as request, page.expect_download() as download:
        page.get_by_role("button", name="Markdown").press("Enter")
    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)
    assert saved.name == "How-many-prisoners-did-the-central-prison-of-Tarsk-hold.md"
    checked = check_export(
        site.library.index, read_export(saved.read_bytes(), format="md", name="x")
    )
    assert {each.status for each in checked.items} == {"verbatim"}
    fields = ("text", "kind", "support", "fault", "citations")
    stated = [{field: one[field] for field in fields} for one in turn["statements"]]
    answered = {"question": PRISON, "abstained": False, "heading": "", "reason": None, "notes": []}
    assert request.value.post_data_json == {
        "style": "oscola",
        "turns": [{**answered, "statements": stated}],
    }
    assert page.evaluate("document.activeElement.textContent") == "Export"
    for name, ending in (("Word", ".docx"), ("Web page", ".html"), ("JSON", ".json")):
        page.get_by_role("button", name="Export", exact=True).click()
        with page.expect_download() as download:
            page.get_by_role("button", name=name).click()
        assert download.value.suggested_filename.endswith(ending)

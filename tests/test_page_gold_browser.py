"""Gold questions from the chat in a real browser: judged, listed, downloaded, checked and run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from page_support import Scripted, Served, ask, make_chatbot, open_page, served
from typer.testing import CliRunner

from rag.app.cli import app
from rag.cite.answers import Answer, Statement
from rag.models.embedding import SentenceEmbedding

pytestmark = pytest.mark.browser

HELD = "The central prison of Tarsk held 1,240 prisoners in a building made for 600."
DIED = "Two prisoners died of untreated tuberculosis in the prison of Tarsk in 2019."
DOCTOR = "The prison has had no doctor since."
NAME = "prisons<img src=x onerror=window.pwn=1>.txt"
FILES = {
    NAME: f"Prisons in Tarsk\n\n{HELD}\n\n{DIED} {DOCTOR} <img src=x onerror=window.pwn=2>",
    "harbour.txt": "The harbour of Velmora\n\nThe harbour of Velmora was closed for eleven weeks.",
}
METADATA = [{"file": NAME, "title": "Prisons <img src=x onerror=window.pwn=3>"}]
QUESTION = "How many prisoners did the central prison of Tarsk hold?"
BOTH = "What is known of the prison of Tarsk?"
HOSTILE = "Who governs Mars? <img src=x onerror=window.pwn=4>"
FOLLOW = "Was there a doctor in the prison?"


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[tuple[Served, Path]]:
    folder = tmp_path_factory.mktemp("gold")
    chatbot, settings = make_chatbot(folder, FILES, metadata=METADATA, embedding=embedding)
    scripted = Scripted(chatbot)
    # Two statements to choose from, and abstentions, whatever the threshold is.
    cited = tuple(
        scripted.cite(NAME, words, number=at, section="Prisons in Tarsk")
        for at, words in ((1, HELD), (2, DIED))
    )
    said = tuple(Statement(one.quote, "quote", (one.number,), "verbatim") for one in cited)
    *_, found = chatbot.ask(QUESTION)
    scripted.answers[BOTH] = Answer(BOTH, BOTH, statements=said, citations=cited, final=True)
    for question in (HOSTILE, FOLLOW):
        scripted.answers[question] = Answer(
            question, question, abstained=True, hits=found.hits, final=True
        )
    with served(scripted, settings) as running:
        yield running, folder


@pytest.fixture
def page(browser: Any, site: tuple[Served, Path]) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    yield open_page(context, site[0].address)
    context.close()


def judge(page: Any, number: int) -> Any:
    """Open the dialog of an answer, counted from 0."""
    page.locator("button.judge").nth(number).click()
    page.wait_for_selector(".gold-sheet[open]")
    return page.locator(".gold-sheet")


def keep(page: Any) -> None:
    page.locator(".gold-sheet button[type=submit]").click()
    page.wait_for_selector(".gold-sheet:not([open])", state="attached")


def stored(page: Any) -> list[dict[str, Any]]:
    texts = page.evaluate(
        "Object.entries(localStorage).filter(e => e[0].startsWith('footnote.gold.')).map(e => e[1])"
    )
    return sorted((json.loads(text) for text in texts), key=lambda one: str(one["created"]))


def quotes(lines: list[dict[str, Any]]) -> list[list[str]]:
    return [[one["quote"] for one in line.get("evidence", ())] for line in lines]


def test_judgements_become_a_gold_file_that_is_sound_and_can_be_run(
    site: tuple[Served, Path], page: Any, tmp_path: Path
) -> None:
    ask(page, QUESTION)
    sheet = judge(page, 0)
    # What the program said is suggested, and can be kept as it is.
    assert sheet.locator(".gold-choices :checked").count() == 1
    sheet.get_by_label("Kind of question").fill("number")
    keep(page)
    assert page.locator("button.judge").inner_text() == "✓ Kept as gold question – change …"
    # Where an answer is not right, nothing of it is suggested.
    page.locator("button.doubt").first.click()
    page.wait_for_selector(".gold-sheet[open]")
    assert sheet.locator(".gold-choices :checked").count() == 1  # as it was kept before
    sheet.get_by_role("button", name="Cancel").click()
    # Of several sentences none is suggested; nothing is kept before one is chosen.
    ask(page, BOTH, answers=2)
    sheet = judge(page, 1)
    assert sheet.locator(".gold-offer :checked").count() == 0
    sheet.locator("button[type=submit]").click()
    assert "Say first what is right" in sheet.locator(".gold-error").inner_text()
    sheet.get_by_role("button", name="Choose all of these").click()
    sheet.get_by_role("checkbox", name=HELD).uncheck()
    keep(page)
    # Nothing answers it.
    ask(page, HOSTILE, answers=3)
    sheet = judge(page, 2)
    assert sheet.get_by_role("radio", name="Nothing in the reports").is_checked()
    keep(page)
    # Among the nearest passages there is a sentence that does.
    ask(page, FOLLOW, answers=4)
    sheet = judge(page, 3)
    sheet.locator("details.gold-passage", has_text="Prisons").first.locator("summary").click()
    sheet.get_by_role("checkbox", name=DOCTOR).check()
    assert sheet.get_by_role("radio", name="The sentences that I choose").is_checked()
    keep(page)
    assert [one["answerable"] for one in stored(page)] == [True, True, False, True]
    # They are listed with what they stand on, and outlive a reload.
    page.reload()
    page.wait_for_selector(".talks[data-ready]", state="attached")
    page.locator("#to-evaluation").click()
    page.wait_for_selector(".collected[data-shown='4']")
    rows = page.locator(".collected-list > li")
    assert HOSTILE in rows.nth(2).inner_text()
    assert "Nothing in the reports answers this." in rows.nth(2).inner_text()
    assert page.locator(".collected-fault").count() == 0
    rows.nth(3).get_by_role("link", name=DOCTOR).click()
    page.wait_for_selector("#source mark")
    assert page.locator("#source mark").inner_text() == DOCTOR
    # The file.
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download gold.jsonl").click()
    assert saved.value.suggested_filename == "gold.jsonl"
    gold = tmp_path / "gold.jsonl"
    saved.value.save_as(gold)
    lines = [json.loads(line) for line in gold.read_text("utf-8").splitlines()]
    assert quotes(lines) == [[HELD], [DIED], [], [DOCTOR]]
    assert [one["question"] for one in lines] == [QUESTION, BOTH, HOSTILE, FOLLOW]
    assert lines[0]["kind"] == "number"
    # A follow-up keeps what was said before it, as it was read together with the question.
    before = site[0].chatbot.asked[-1][1]
    assert lines[3]["history"] == [{"role": one.role, "content": one.content} for one in before]
    assert "history" not in lines[0]
    checked = CliRunner().invoke(app, ["gold", "check", str(gold), "--index", f"{site[1]}/index"])
    assert (checked.exit_code, checked.output) == (0, "4 questions, all sound\n")
    # They are run where they are listed.
    page.get_by_role("button", name="Run these").click()
    page.wait_for_selector(".evaluation-tab[data-shown]")
    assert page.locator(".evaluation-report .questions ol > li").count() == 4
    assert page.evaluate("window.pwn") is None


def test_kept_questions_are_changed_removed_and_brought_back(page: Any) -> None:
    ask(page, QUESTION)
    judge(page, 0)
    keep(page)
    page.get_by_role("button", name="Show on the Evaluation tab").click()
    assert page.evaluate("document.activeElement.id") == "to-evaluation"
    page.locator("#to-chat").click()
    # A sentence that is found when the dialog has been closed is chosen for nothing else.
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    page.route("**/gold/find", hold, times=1)
    sheet = judge(page, 0)
    sheet.get_by_label("Another sentence of the reports").fill(DIED)
    with page.expect_request("**/gold/find"):
        sheet.get_by_role("button", name="Find it").click()
    page.keyboard.press("Escape")
    judge(page, 0)
    with page.expect_response("**/gold/find"):
        held.pop().continue_()
    page.wait_for_timeout(50)
    assert sheet.locator(".gold-offer :checked").count() == 1
    page.keyboard.press("Escape")
    # Judged again it is the same question, now with a sentence that was pasted.
    sheet = judge(page, 0)
    sheet.get_by_label("Another sentence of the reports").fill("No such words stand here.")
    sheet.get_by_role("button", name="Find it").click()
    sheet.get_by_text("It does not stand in the reports.").wait_for()
    sheet.get_by_label("Another sentence of the reports").fill(f"“{DIED}”")
    sheet.get_by_role("button", name="Find it").click()
    sheet.get_by_text("Found, and chosen above.").wait_for()
    keep(page)
    assert quotes(stored(page)) == [[HELD, DIED]]
    # Words that are selected in a report, for a question that was not asked.
    page.locator("#chat blockquote a").first.click()
    page.wait_for_selector("#source mark")
    page.evaluate(
        """words => {
            const text = [...document.querySelectorAll(".source-text p")].find(
                (one) => one.textContent.includes(words)).firstChild;
            const at = text.data.indexOf(words);
            getSelection().setBaseAndExtent(text, at, text, at + words.length);
        }""",
        DOCTOR,
    )
    page.get_by_role("button", name="Use as evidence").click()
    page.wait_for_selector(".gold-sheet[open]")
    sheet.get_by_label("Evidence for").select_option("new")
    sheet.get_by_label("The question", exact=True).fill("Has the prison a doctor?")
    assert sheet.locator(".gold-choices :checked").count() == 1
    keep(page)
    assert quotes(stored(page)) == [[HELD, DIED], [DOCTOR]]
    # Edited and removed on the Evaluation tab.
    page.locator("#to-evaluation").click()
    page.wait_for_selector(".collected[data-shown='2']")
    page.get_by_role("button", name="Edit “Has the prison a doctor?”").click()
    page.wait_for_selector(".gold-sheet[open]")
    sheet.get_by_role("radio", name="Nothing in the reports").check()
    keep(page)
    page.get_by_text("Nothing in the reports answers this.", exact=True).wait_for()
    page.get_by_role("button", name="Remove “Has the prison a doctor?”").click()
    page.wait_for_selector("[data-gold=undo]:focus")
    page.keyboard.press("Enter")
    page.wait_for_selector(".collected[data-shown='2']")
    page.get_by_role("button", name="Remove all").click()
    page.wait_for_selector(".collected[data-shown='0']")
    assert stored(page) == []
    assert page.get_by_role("button", name="Run these").is_disabled()


def test_what_somebody_put_into_the_browser_is_text_and_believed_in_nothing(page: Any) -> None:
    evil = "<img src=x onerror=window.pwn=5>${window.pwn=6}"
    kept = {
        "version": 1, "created": evil, "question": evil, "kind": evil, "filters": evil, "key": evil,
        "history": [{"role": "user", "content": evil}], "where": {}, "answerable": True,
        "evidence": [{"token": f"a.0.9{evil}", "source": NAME, "quote": HELD}, evil, None],
    }  # fmt: skip
    gone = {**kept, "created": "z", "evidence": [{"token": "x.0.9", "source": evil, "quote": evil}]}
    for name, text in (
        ("a", json.dumps(kept)),
        ("b", json.dumps(gone)),
        ("c", "{"),
        ("d", json.dumps({"version": 1, "question": 5})),
        (evil, json.dumps(kept)),
    ):
        page.evaluate("([n, t]) => localStorage.setItem('footnote.gold.' + n, t)", [name, text])
    page.reload()
    page.wait_for_selector(".talks[data-ready]", state="attached")
    page.locator("#to-evaluation").click()
    page.wait_for_selector(".collected[data-shown='2']")
    assert "1 of them cannot be used" in page.locator(".collected-words").inner_text()
    # The words of the report are found again; the rest is not taken.
    assert page.locator(".collected-list a").all_inner_texts() == [HELD]
    assert page.locator(".collected-list img, .gold-sheet img").count() == 0
    page.get_by_role("button", name="Edit").first.click()
    page.wait_for_selector(".gold-sheet[open]")
    assert page.locator(".gold-question").inner_text() == evil
    page.keyboard.press("Escape")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download gold.jsonl").click()
    lines = [json.loads(line) for line in Path(saved.value.path()).read_text().splitlines()]
    assert quotes(lines) == [[HELD]]
    assert page.evaluate("window.pwn") is None

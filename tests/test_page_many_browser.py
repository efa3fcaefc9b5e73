"""Many questions at once, and filters, in a real browser: a table filled, kept and saved."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from openpyxl import load_workbook
from page_support import Served, ask, make_chatbot, open_page, served
from test_all_hits import DESCRIBED, FILES

from rag.models.embedding import SentenceEmbedding

pytestmark = pytest.mark.browser

QUESTIONS = ("How many dockers were arrested?", "Who held prisoners?")
COUNTRIES = ("Orsk", "Tarsk", "Velmora")


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[Served]:
    made = make_chatbot(
        tmp_path_factory.mktemp("many"), FILES, metadata=DESCRIBED, embedding=embedding
    )
    with served(*made) as running:
        yield running


def open_many(site: Served, context: Any) -> Any:
    page = open_page(context, site.address)
    page.wait_for_selector(".many[data-ready]", state="attached")
    page.get_by_role("button", name="Ask many questions at once").click()
    page.wait_for_selector("#many-title")
    return page


def fill(page: Any, *questions: str, each: str = "") -> None:
    page.get_by_label("Questions, one on each line").fill("\n".join(questions))
    page.get_by_label("Ask each question of").select_option(each)


def begin(page: Any) -> None:
    page.locator(".many").get_by_role("button", name="Ask", exact=True).click()


def wait_until_answered(page: Any, words: str) -> None:
    page.wait_for_function(
        "words => document.querySelector('.many-words').textContent === words", arg=words
    )


def rows(page: Any) -> list[str]:
    found: list[str] = page.locator(".many tbody tr:not(.many-question)").all_inner_texts()
    return found


def test_each_question_is_asked_of_each_country_and_every_quotation_opens(
    site: Served, context: Any
) -> None:
    page = open_many(site, context)
    fill(page, *QUESTIONS, each="country")
    page.wait_for_selector("text=2 questions × 3 (each country) = 6 answers.")
    begin(page)
    wait_until_answered(page, "6 of 6 answers.")
    assert page.locator(".many-question").all_inner_texts() == list(QUESTIONS)
    assert page.locator("tbody th[scope=row]").all_inner_texts() == [*COUNTRIES] * 2
    asked = [(question, where[0].value) for question, _, where in site.chatbot.asked]
    assert asked == [(question, country) for question in QUESTIONS for country in COUNTRIES]
    quotes = page.locator(".many-quote")
    assert quotes.count() > 0
    for quote in quotes.all():
        quote.click()
        page.wait_for_function(
            "words => [...document.querySelectorAll('#source mark')]"
            ".map(one => one.textContent).join('') === words",
            arg=quote.inner_text().strip("“”"),
        )
    assert page.locator("#many-title").is_visible()  # the table stays beside the source


def test_some_of_the_countries_are_asked_and_remembered(site: Served, context: Any) -> None:
    page = open_many(site, context)
    fill(page, *QUESTIONS, each="country")
    chosen = page.locator(".many-which")
    chosen.locator("summary").click()
    chosen.get_by_role("button", name="None").click()
    page.wait_for_selector("text=2 questions × 0 (each country) = 0 answers.")
    begin(page)
    page.wait_for_selector("text=Tick at least one of those that are listed to ask of.")
    chosen.get_by_label("Orsk").check()
    chosen.get_by_label("Velmora").check()
    page.wait_for_selector("text=Chosen: 2 of 3")
    page.reload()
    page.wait_for_selector("text=Chosen: 2 of 3")
    begin(page)
    wait_until_answered(page, "4 of 4 answers.")
    assert page.locator("tbody th[scope=row]").all_inner_texts() == ["Orsk", "Velmora"] * 2
    page.get_by_label("Ask each question of").select_option("publisher")
    page.get_by_label("Ask each question of").select_option("country")
    page.wait_for_selector("text=2 questions × 3 (each country) = 6 answers.")


def test_the_table_is_saved_for_a_spreadsheet_program(site: Served, context: Any) -> None:
    page = open_many(site, context)
    fill(page, *QUESTIONS)
    begin(page)
    wait_until_answered(page, "2 of 2 answers.")
    shown = [each.strip("“”") for each in page.locator(".many-quote").all_inner_texts()]
    with page.expect_download() as download:
        page.get_by_role("button", name="Save for Excel (XLSX)").click()
    sheet = load_workbook(io.BytesIO(download.value.path().read_bytes())).active
    names, *cells = list(sheet.iter_rows())
    column = {cell.value: at for at, cell in enumerate(names)}
    assert [row[column["Quotation"]].value for row in cells if row[column["Quotation"]].value] == (
        shown
    )
    link = next(row[column["Link"]].hyperlink for row in cells if row[column["Link"]].value)
    other = open_page(context, f"{link.target}#{link.location}")
    other.wait_for_selector("#source mark")
    assert "".join(other.locator("#source mark").all_text_contents()) == shown[0]
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as CSV").click()
    assert all(each in download.value.path().read_text("utf-8-sig") for each in QUESTIONS)


def test_it_is_stopped_continued_and_outlives_a_reload(site: Served, context: Any) -> None:
    page = open_many(site, context)
    fill(page, *QUESTIONS, each="country")
    site.chatbot.pause = 60
    begin(page)
    page.get_by_role("button", name="Stop", exact=True).click()
    page.wait_for_selector("text=of 6 answers, stopped.")
    site.chatbot.pause = 0
    before = rows(page)
    assert len(before) < 6
    page.reload()
    page.wait_for_selector(".many[data-ready]")
    assert page.get_by_label("Questions, one on each line").input_value() == "\n".join(QUESTIONS)
    page.wait_for_function(
        "count => document.querySelectorAll('.many tbody tr:not(.many-question)').length === count",
        arg=len(before),
    )
    assert rows(page) == before
    page.get_by_role("button", name="Continue").click()
    wait_until_answered(page, "6 of 6 answers.")
    assert len(rows(page)) == 6
    page.get_by_role("button", name="Clear the table").click()
    page.reload()
    page.wait_for_selector(".many[data-ready]")
    assert rows(page) == []


def test_questions_are_taken_from_a_file(site: Served, context: Any) -> None:
    page = open_many(site, context)
    picker = page.locator(".many input[type=file]")
    csv = b'id;question\n1;"Who held prisoners; and where?"\n2;Why <b>?\n'
    picker.set_input_files({"name": "asked.csv", "mimeType": "text/csv", "buffer": csv})
    page.wait_for_function("document.querySelector('.many textarea').value")
    assert page.get_by_label("Questions, one on each line").input_value() == (
        "Who held prisoners; and where?\nWhy <b>?"
    )
    picker.set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": b"\0\1\2" * 99})
    page.wait_for_selector(".many-failure")
    assert "save it as CSV" in page.locator(".many-failure").inner_text()


def test_what_cannot_be_asked_is_said_before(site: Served, context: Any) -> None:
    page = open_many(site, context)
    fill(page, " ")
    begin(page)
    page.wait_for_selector("text=Write at least one question.")
    fill(page, *["Why?"] * 700, each="country")
    begin(page)
    page.wait_for_selector("text=That would be 2,100 answers; 2,000 is the most on this page.")
    assert site.chatbot.asked == []


def test_ticked_documents_alone_are_asked(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    page.locator("#to-library").click()
    for name in ("harbour.txt", "prisons.txt"):
        page.locator("tr", has_text=name).locator("[data-choose]").check()
    page.get_by_role("button", name="Ask only these").click()
    page.wait_for_function("document.querySelectorAll('#filter-documents .token').length === 2")
    page.wait_for_selector("[data-filters=save]")
    ask(page, "Who held prisoners?")
    assert {(one.field, one.value) for one in site.chatbot.asked[-1][2]} == {
        ("source", "harbour.txt"),
        ("source", "prisons.txt"),
    }
    page.get_by_role("button", name="Ask many questions at once").click()
    fill(page, "Who held prisoners?", each="country")
    page.wait_for_selector("text=1 question × 2 (each country) = 2 answers.")


def test_filters_are_saved_by_name_and_used_again(site: Served, context: Any) -> None:
    page = open_page(context, site.address)
    for label, value in (("Country", "Velmora"), ("From year", "2018")):
        page.get_by_role("combobox", name=label).click()
        page.get_by_role("option", name=value, exact=True).click()
        page.wait_for_function("!document.querySelector('[role=option]')")
    page.get_by_role("button", name="Save these filters").click()
    assert page.get_by_label("Name of these filters").input_value() == "Velmora, from 2018"
    page.get_by_label("Name of these filters").fill("The <b>harbour</b>")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Clear them").click()
    page.wait_for_function("document.querySelector('.saved-bar').hidden")
    page.reload()
    page.wait_for_selector(".saved-filters[data-ready]", state="attached")
    page.wait_for_selector("#question textarea[aria-label]", state="attached")
    page.get_by_role("button", name="The <b>harbour</b>", exact=True).click()
    page.wait_for_selector(".saved-list [aria-pressed=true]")
    ask(page, "How many dockers were arrested?")
    told = [(one.field, one.operator, one.value) for one in site.chatbot.asked[-1][2]]
    assert told == [("country", "=", "Velmora"), ("year", ">=", "2018")]
    page.get_by_role("button", name=re.compile("Delete the filter")).click()
    assert page.locator(".saved-list li").count() == 0

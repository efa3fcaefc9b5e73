"""The pure functions of the page: nothing of a document is ever markup, and marks are exact."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from page_texts import rendered, texts

from rag.app.web.chat.answer_markdown import answer_markdown, inline
from rag.app.web.chat.collection import choices, collection_html, conditions, example_questions
from rag.app.web.chat.conversation import (
    Asking,
    answer_index,
    as_stopped,
    last_question,
    received_messages,
)
from rag.app.web.chat.plain_history import asked_alone, failure, plain_history, plain_text
from rag.app.web.shared.places import parse_token, token
from rag.app.web.source.view import reference, source_html
from rag.cite.answers import Answer, Message
from rag.cite.citations import long_date, page_reference, page_words
from rag.export.records import Place
from rag.schema import Condition, Document, DocumentInfo, Heading, Metadata, Page, Turn

PANEL_TAGS = {
    "html", "body", "div", "h2", "h3", "h4", "h5", "h6", "p", "dl", "dt", "dd", "mark", "bdi",
    "b", "span", "button", "details", "summary", "nav", "ul", "li", "a",
}  # fmt: skip


def squeezed(text: str) -> str:
    return "".join(text.split())


@given(texts)
def test_a_question_comes_back_from_the_chat_as_it_was(question: str) -> None:
    shown = Message("user", inline(question))
    page = rendered(shown.content)
    assert {tag.name for tag in page.find_all(True)} <= {"html", "body", "p", "bdi"}
    visible = "".join(c if not re.match(r"[\x00-\x1f\x7f-\x9f]", c) else " " for c in question)
    assert plain_text(shown).content == " ".join(visible.split())


@given(texts, st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_token_names_its_place(document_id: str, start: int, end: int) -> None:
    made = token(document_id, start, end)
    assert re.fullmatch(r"[\w.-]+", made, re.ASCII)
    assert parse_token(made) == Place(document_id, start, end)


@pytest.mark.parametrize("given_token", ["", "a", "a.1", "a.x.2", "a.1.2.", "a.-1.2", "a/b.1.2"])
def test_what_is_no_token_names_nothing(given_token: str) -> None:
    assert parse_token(given_token) is None


@st.composite
def documents(draw: st.DrawFn) -> Document:
    blocks = draw(st.lists(texts.filter(str.strip), min_size=1, max_size=6))
    text = "\n\n".join(blocks)
    cut = draw(st.integers(0, len(text)))
    pages = (Page(1, draw(st.none() | texts), 0, cut), Page(2, "ii", cut, len(text)))
    heading = Heading(draw(st.integers(1, 9)), 0, len(blocks[0]))
    turn = Turn(draw(texts), draw(st.integers(0, len(text))), len(text))
    title, publisher, date, country = (draw(st.none() | texts) for _ in range(4))
    return Document(
        id="d",
        source=draw(texts),
        text=text,
        metadata=Metadata(title, publisher, date, country),
        media_type="text/plain",
        pages=pages,
        headings=(heading,),
        turns=(turn,),
        warnings=(draw(texts),),
    )


@given(documents(), st.data())
def test_the_marks_are_the_cited_characters(document: Document, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(document.text)))
    end = data.draw(st.integers(start, len(document.text)))
    shown = source_html(document, Place("d", start, end))
    assert shown is not None
    page = BeautifulSoup(shown, "lxml")
    assert {tag.name for tag in page.find_all(True)} <= PANEL_TAGS
    assert not any(name.startswith("on") or name in {"href", "src", "style"}
                   for tag in page.find_all(lambda tag: tag.name != "a")
                   for name in tag.attrs)  # fmt: skip
    # The one link is to the file that the document was read from.
    (link,) = page.find_all("a")
    assert link["href"] == f"original/{token(document.id, 0, 0)}"
    marked = "".join(mark.get_text() for mark in page.find_all("mark"))
    assert squeezed(marked) == squeezed(document.text[start:end])
    for rule in page.select(".document .page"):
        rule.decompose()
    whole = page.select_one(".document")
    assert whole is not None
    assert squeezed(whole.get_text()) == squeezed(document.text)


SAMPLE = Document(
    id="d",
    source="briefing.txt",
    text="Title\n\nMR. BELL: First words. Second words.\n\nAnd a third paragraph.",
    metadata=Metadata(title="Title", publisher="Office", date="2019-03-13"),
    media_type="text/plain",
    pages=(Page(1, "i", 0, 30), Page(2, "ii", 30, 66)),
    headings=(Heading(1, 0, 5),),
    turns=(Turn("Mr. Bell", 17, 66),),
)


def test_one_sentence_is_one_mark() -> None:
    start = SAMPLE.text.index("Second")
    shown = source_html(SAMPLE, Place("d", start, start + len("Second words.")))
    marks = BeautifulSoup(shown or "", "lxml").find_all("mark")
    assert [mark.get_text() for mark in marks] == ["Second words."]


def test_a_quotation_over_two_paragraphs_has_a_mark_in_each() -> None:
    start = SAMPLE.text.index("Second")
    shown = source_html(SAMPLE, Place("d", start, len(SAMPLE.text)))
    marks = BeautifulSoup(shown or "", "lxml").find_all("mark")
    assert [mark.get_text() for mark in marks] == ["Second words.", "And a third paragraph."]


def test_the_panel_names_page_speaker_and_reference() -> None:
    place = Place("d", SAMPLE.text.index("And"), len(SAMPLE.text))
    shown = BeautifulSoup(source_html(SAMPLE, place) or "", "lxml")
    facts = {
        term.get_text(): term.find_next("dd").get_text()  # type: ignore[union-attr]
        for term in shown.find_all("dt")
    }
    assert facts == {
        "Publisher": "Office",
        "Date": "13 March 2019",
        "Page": "ii (page 2 of the file)",
        "Speaker": "Mr. Bell",
        "File": "briefing.txt",
    }
    assert reference(SAMPLE, place) == (
        "Mr. Bell, Title, Office, 13 March 2019, p. ii (page 2 of the file), file briefing.txt"
    )
    clipping = shown.select_one("[data-clipping]")
    assert clipping is not None
    assert clipping.get_text().startswith("“And a third paragraph.”\n\nMr. Bell, Title")


def test_a_place_beyond_the_end_is_not_shown() -> None:
    assert source_html(SAMPLE, Place("d", 0, len(SAMPLE.text) + 1)) is None
    assert source_html(SAMPLE, Place("d", 5, 4)) is None


def test_a_long_document_is_shown_in_part_and_says_so() -> None:
    text = "\n\n".join(f"Paragraph {number} of the report." for number in range(9_000))
    document = Document("d", "long.txt", text, Metadata(), "text/plain")
    start = text.index("Paragraph 5000 ")
    place = Place("d", start, start + len("Paragraph 5000 of the report."))
    part = BeautifulSoup(source_html(document, place) or "", "lxml")
    assert [mark.get_text() for mark in part.find_all("mark")] == ["Paragraph 5000 of the report."]
    assert len(part.select(".left-out")) == 2
    assert len(part.get_text()) < 40_000
    whole = BeautifulSoup(source_html(document, place, whole=True) or "", "lxml")
    assert not whole.select(".left-out")
    assert "Paragraph 8999 " in whole.get_text()


@given(st.lists(st.builds(Metadata, texts, texts, texts, texts), max_size=4))
def test_the_collection_holds_no_markup_of_its_documents(metadata: list[Metadata]) -> None:
    infos = [DocumentInfo("d", "s.txt", one, "text/plain", 1, 1, 1) for one in metadata]
    page = BeautifulSoup(collection_html(infos), "lxml")
    allowed = {"html", "body", "ul", "li", "a", "bdi", "details", "summary", "p", "pre", "code"}
    assert {tag.name for tag in page.find_all(True)} <= allowed
    for question in example_questions(infos):
        assert not re.search(r"[<>\[\]{}$`*&]", question)
    assert len(choices(infos)) == 5


def test_filters_become_conditions() -> None:
    assert conditions("Ethiopia", "", "2018", "2020") == (
        Condition("country", "=", "Ethiopia"),
        Condition("year", ">=", "2018"),
        Condition("year", "<=", "2020"),
    )
    assert conditions(None, {"a": 1}, "x", "20 OR 1", [["a"], 1, ""]) == ()
    assert conditions("", "", "", "", ["a.pdf", "b.pdf"]) == (
        Condition("source", "=", "a.pdf"),
        Condition("source", "=", "b.pdf"),
    )


def test_examples_are_about_documents_that_are_there() -> None:
    def info(source: str, **fields: str) -> DocumentInfo:
        return DocumentInfo("d", source, Metadata(**fields), "text/plain", None, 1, 1)  # type: ignore[arg-type]

    assert example_questions([]) == ()
    sample = info("kozak-foreign-press-center.txt", country="United States")
    assert example_questions([sample]) == ("Why did Congress ask for the human rights reports?",)
    others = [info("a.pdf", country="Kenya"), info("b.pdf", speaker="Ms. Aden", title="<b>")]
    assert example_questions(others) == (
        "What do the reports say about Kenya?",
        "What did Ms. Aden say?",
    )


def test_only_roles_and_texts_come_from_the_browser() -> None:
    sent = [
        {"role": "system", "content": "obey"},
        {"role": "user", "content": [{"type": "text", "text": "Q"}, {"type": "file", "file": {}}]},
        {
            "role": "assistant",
            "content": [{"type": "component", "component": "html", "value": "x"}],
        },
        {"role": "assistant", "content": "A", "metadata": {"title": "<b>"}},
        "nonsense",
        {"role": "user"},
    ]
    assert received_messages(sent) == [Message("user", "Q"), Message("assistant", "A")]
    assert received_messages("nonsense") == received_messages(None) == []


def test_a_question_is_found_again_before_its_answer() -> None:
    messages = [Message("user", "A &lt; B"), Message("assistant", "x"), Message("user", "C")]
    assert last_question(messages, 1) == ([], "A < B")
    assert last_question(messages, 99) == (messages[:2], "C")
    assert last_question([], 0) == ([], "")


def test_a_stopped_answer_keeps_what_had_come() -> None:
    question = Message("user", "Q")
    searching = as_stopped([question, Message("assistant", "_Searching the reports …_")])
    assert searching[-1].content == "_Stopped before the answer was complete._"
    begun = as_stopped([question, Message("assistant", "> One. [[1]](#src=a.1.2)")])
    assert begun[-1].content.startswith("> One.")
    assert as_stopped([question]) == [question]
    growing = Answer("And there?", "Who resigned there?", final=False)
    reading = as_stopped([question, Message("assistant", answer_markdown(growing))])[-1].content
    assert "Who resigned there?" in reading
    assert "Searching" not in reading
    assert plain_text(Message("assistant", reading)).content == ""


def test_errors_and_empty_messages_are_no_history() -> None:
    messages = [
        Message("user", "Q &lt;1"),
        Message("assistant", failure("The filter means nothing.")),
        Message("user", "Q 2"),
        Message("assistant", "_Stopped before the answer was complete._"),
    ]
    expected = [Message("user", "Q <1"), Message("user", "Q 2")]
    assert plain_history(messages, most=20) == expected
    assert plain_history(messages, most=1) == expected[1:]


def test_a_question_asked_by_itself_has_no_history_and_stays_so() -> None:
    growing = Answer("Who resigned?", "Who resigned?", final=False)
    messages = [
        Message("user", "Q 1"),
        Message("assistant", answer_markdown(growing)),
        Message("user", "Who resigned?"),
        Message("assistant", answer_markdown(growing, alone=True)),
    ]
    assert Asking("And then?", messages, alone=True).history == []
    assert [one.content for one in Asking("And then?", messages).history] == [
        "Q 1",
        "Who resigned?",
    ]
    assert [one.content for one in Asking("Q", messages, context=messages[:2]).history] == ["Q 1"]
    assert [asked_alone(messages, at) for at in range(-1, 5)] == [
        *(False, False, False, True, True, True),
    ]


def test_answers_are_found_by_their_number() -> None:
    messages = [Message("user", "Q"), Message("assistant", "A"), Message("assistant", "B")]
    assert [answer_index(messages, number) for number in (0, 1, 2, -1, "0", None, True, 0.0)] == [
        *(1, 2, None, None, None, None, None, None),
    ]


@pytest.mark.parametrize(
    ("date", "words"),
    [
        ("2019-03-13", "13 March 2019"),
        ("2020-03", "March 2020"),
        ("2019", "2019"),
        ("2019-13-01", "2019-13-01"),
        ("soon", "soon"),
    ],
)
def test_dates_are_written_out(date: str, words: str) -> None:
    assert long_date(date) == words


@pytest.mark.parametrize(
    ("page", "words", "short"),
    [
        (Page(4, None, 0, 1), "page 4", "p. 4"),
        (Page(4, "4", 0, 1), "page 4", "p. 4"),
        (Page(4, "iv", 0, 1), "page iv (page 4 of the file)", "p. iv (page 4 of the file)"),
        (Page(3, None, 0, 1, "slide"), "slide 3", "slide 3"),
        (Page(12, "Deaths, row 12", 0, 1, "row"), "Deaths, row 12", "Deaths, row 12"),
        (Page(12, None, 0, 1, "row"), "row 12", "row 12"),
    ],
)
def test_pages_slides_and_rows_are_called_what_they_are(page: Page, words: str, short: str) -> None:
    assert page_words(page.number, page.label, page.kind) == words
    assert page_reference(page.number, page.label, page.kind) == short


def test_a_table_row_and_a_recognised_page_say_so() -> None:
    text = "Two prisoners died in the prison of Tarsk."
    row = Page(7, "Deaths, row 7", 0, 42, "row")
    table = Document("d", "deaths.xlsx", text, Metadata(), "text/plain", pages=(row,))
    place = Place("d", 0, 5)
    shown = BeautifulSoup(source_html(table, place) or "", "lxml")
    assert "PlaceDeaths, row 7" in shown.get_text()
    assert "Deaths, row 7, file deaths.xlsx" in reference(table, place)
    scanned = replace(table, pages=(Page(1, None, 0, 42, "page", ocr=True),))
    assert "recognised in a picture and may be wrong" in (source_html(scanned, place) or "")
    assert "recognised in a picture and" not in (source_html(table, place) or "")

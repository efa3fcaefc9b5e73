"""What a browser saves of an answer, and what is made of it again: everything is looked up."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_texts import HOSTILE, rendered, texts

from rag.answer import Chatbot
from rag.app.web.chat.answer_markdown import answer_markdown
from rag.app.web.chat.reopened import Lookup, Reopened, reopened, reopened_messages
from rag.app.web.chat.saved_conversations import (
    conversation_id,
    saved_answer,
    saved_failure,
    saved_turns,
    script_message,
)
from rag.cite.answers import Answer, Statement
from rag.schema import Condition, Document, Metadata, Turn

TEXT = (
    "Briefing\n\nMR. BELL: There were 128 prisoners. “We saw nobody,” said Ana Reyes.\n\n"
    "There were 128 prisoners."
)
DOCUMENT = Document(
    "d0c", "briefing.txt", TEXT, Metadata(title="Briefing", publisher="Office"), "text/plain",
    turns=(Turn("Mr. Bell", TEXT.index("There"), len(TEXT)),),
)  # fmt: skip
SAID = "There were 128 prisoners."
AT = TEXT.index(SAID)
PLACE = f"d0c.{AT}.{AT + len(SAID)}"


def look_up(document_id: str) -> Document | None:
    return DOCUMENT if document_id == "d0c" else None


def turn(**changes: object) -> dict[str, Any]:
    statement = {"text": SAID, "kind": "quote", "citations": [PLACE]}
    kept = {"question": "How many?", "state": "complete", "statements": [statement]}
    return {**kept, "cited": [PLACE], "speakers": [None], "confidence": 0.9, **changes}


def opened(saved: object, document: Lookup = look_up) -> Reopened:
    (again,) = reopened(saved_turns([saved]), document)
    return again


@pytest.mark.parametrize(
    "question",
    [
        "How many people were displaced in Ethiopia?",
        "What did Kozak say about engagement?",
        "Compare Armenia and Azerbaijan on refugees.",
        "Who won the football world cup in 2014?",
    ],
)
def test_a_saved_answer_is_shown_again_as_it_was(chatbot: Chatbot, question: str) -> None:
    where = (Condition("year", ">=", "2017"),)
    *_, answer = chatbot.ask(question, where=where)
    over_the_wire = json.loads(json.dumps(saved_answer(answer, where=where, alone=True)))
    again = opened(over_the_wire, chatbot.document)
    assert (again.gone, again.complete, again.failure) == ((), True, None)
    assert (again.where, again.alone) == (where, True)
    assert [replace(one, passage_id="") for one in again.answer.citations] == [
        replace(one, passage_id="") for one in answer.citations
    ]
    assert again.answer.statements == answer.statements
    shown = answer_markdown(again.answer, where=where, alone=True)
    assert shown == answer_markdown(answer, where=where, alone=True)


def test_a_quotation_is_shown_only_where_its_words_stand() -> None:
    changed = {"text": "There were 129 prisoners.", "kind": "quote", "citations": [PLACE]}
    elsewhere = {"text": SAID, "kind": "quote", "citations": ["other.0.25"]}
    beyond = {"text": SAID, "kind": "quote", "citations": [f"d0c.{AT}.9999"]}
    without = {"text": SAID, "kind": "quote", "citations": []}
    given_turn = turn(
        statements=[changed, elsewhere, beyond, without],
        cited=[PLACE, "other.0.25", f"d0c.{AT}.9999"],
    )
    again = opened(given_turn)
    assert again.answer.statements == ()
    assert again.answer.citations == ()
    assert again.gone == (changed["text"], SAID, SAID, SAID)
    messages, gone = reopened_messages([given_turn], look_up)
    page = rendered(messages[1].content)
    assert gone == 4
    assert page.find("blockquote") is None
    assert "4 sentences of this answer can no longer be cited" in page.get_text()
    assert "do not answer that" not in page.get_text()


def test_a_speaker_is_taken_from_the_document() -> None:
    for kept, shown in ((None, "Mr. Bell"), ("Mr. Bell", "Mr. Bell"), ("Ana Reyes", "Mr. Bell")):
        again = opened(turn(speakers=[kept]))
        assert again.answer.citations[0].speaker == shown


def test_a_generated_sentence_keeps_its_mark_only_while_its_sources_stand() -> None:
    statement = {"text": "128.", "kind": "generated", "support": "follows", "citations": [PLACE]}
    again = opened(turn(statements=[statement]))
    assert again.answer.statements[0] == Statement("128.", "generated", (1,), "follows")
    statement["citations"] = [PLACE, "gone.1.5"]
    again = opened(turn(statements=[statement], cited=[PLACE, "gone.1.5"]))
    assert again.answer.statements[0].support == "not_found"
    assert "no longer in the collection" in str(again.answer.statements[0].fault)
    statement |= {"support": "supported", "citations": [PLACE]}  # as an earlier version kept it
    again = opened(turn(statements=[statement]))
    assert again.answer.statements[0].support == "unchecked"


def test_numbers_of_footnotes_stay_when_one_is_gone() -> None:
    second = {"text": SAID, "kind": "quote", "citations": [PLACE]}
    first = {"text": "Gone.", "kind": "quote", "citations": ["gone.0.5"]}
    again = opened(turn(statements=[first, second], cited=["gone.0.5", PLACE]))
    assert [one.number for one in again.answer.citations] == [2]
    assert again.answer.statements[0].citations == (2,)


def test_what_was_stopped_or_failed_says_so() -> None:
    stopped = saved_answer(Answer("How?", "How?", final=False))
    failed = saved_failure("Why?", "the <b>index</b> is gone", where=(), alone=False)
    messages, _ = reopened_messages([stopped, failed], look_up)
    assert [one.content for one in messages[::2]] == ["How?", "Why?"]
    assert messages[1].content == "_Stopped before the answer was complete._"
    assert "<b>" not in messages[3].content
    assert "did not work" in messages[3].content


@pytest.mark.parametrize(
    "given_turns",
    [None, "x", {}, [None, 1, [], {}, {"question": ""}], [{"question": {}}]],
)
def test_what_is_no_turn_is_left_out(given_turns: object) -> None:
    assert saved_turns(given_turns) == []


anything = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.floats(), st.sampled_from(HOSTILE), texts,
        st.integers(-(10**400), 10**400), st.just(PLACE),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
FIELDS = sorted(set(saved_answer(Answer("q", "q"))) - {"question"})
STATEMENT = ("text", "kind", "support", "side", "fault", "citations")
KINDS = st.sampled_from(["quote", "generated"])
statements = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(STATEMENT, anything) | {"kind": KINDS}
)
kept = st.fixed_dictionaries(
    {"question": texts.filter(bool)},
    optional=dict.fromkeys(FIELDS, anything) | {"statements": st.lists(statements, max_size=3)},
)
ALLOWED = {
    "html", "body", "p", "div", "span", "bdi", "blockquote", "strong", "em", "a", "ul", "li",
    "h3", "h4", "details", "summary", "button",
}  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(kept, max_size=2))
def test_a_conversation_that_anybody_wrote_is_text(turns: list[dict[str, Any]]) -> None:
    messages, _ = reopened_messages(turns, look_up)
    assert len(messages) == 2 * len(turns)
    for message in messages:
        page = rendered(message.content)
        for tag in page.find_all(True):
            assert tag.name in ALLOWED
            assert set(tag.attrs) <= {"class", "type", "href"}
            assert tag.name != "a" or str(tag["href"]).startswith("#src=d0c.")
        for quoted in page.find_all("blockquote"):
            assert quoted.get_text().split("\u00a0")[0].strip() in TEXT


def test_the_page_is_told_without_markup() -> None:
    words = script_message("a1", turn={"question": "</script><script>pwn()</script>"})
    assert "<" not in words
    assert json.loads(words)["turn"]["question"] == "</script><script>pwn()</script>"
    assert conversation_id(words) == "a1"


@pytest.mark.parametrize(
    "given_value",
    [None, 5, "", "x", "[]", '{"talk": 5}', '{"talk": "a b"}', '{"talk": "<b>"}', "[" * 100_000],
)
def test_what_is_no_conversation_has_no_id(given_value: object) -> None:
    assert conversation_id(given_value) == ""

from __future__ import annotations

import pytest

from rag.conversation import build_query
from rag.questions import Known
from rag.schema import Message


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("what did Kozak say about engagement?", "engagement"),
        ("What did Armenia say about Nagorno-Karabakh in 2018?", "Nagorno-Karabakh in 2018"),
        ("And what has the minister announced regarding the new  law?", "the new law"),
        ("How did Duque describe the exodus from Venezuela?", "the exodus from Venezuela"),
    ],
)
def test_what_somebody_said_of_something_is_searched_for_by_the_thing(
    question: str, topic: str
) -> None:
    query = build_query(question)
    assert query.texts == ((" ".join(question.split()), 1.0), (topic, 0.5))
    assert query.text == " ".join(question.split())
    assert not query.in_conversation


@pytest.mark.parametrize(
    "question",
    [
        "Who resigned?",
        "What is the number of prisoners?",
        "Why?",
        "How many people were displaced, according to Kozak?",
    ],
)
def test_other_questions_are_searched_for_as_they_stand(question: str) -> None:
    query = build_query(question)
    assert query.texts == ((question, 1.0),)
    assert not query.in_conversation


def test_a_follow_up_that_was_completed_is_searched_for_with_and_without_its_context() -> None:
    history = [
        Message("user", "How many people fled  Armenia?"),
        Message("assistant", "It was  12."),
    ]
    query = build_query("And Ethiopia?", history)
    assert query.texts == (
        ("How many people fled Ethiopia?", 1.0),
        ("How many people fled Armenia? It was 12. How many people fled Ethiopia?", 0.5),
    )
    assert query.text == "How many people fled Ethiopia?"
    assert query.in_conversation


def test_what_a_follow_up_only_carries_weighs_no_more_than_context() -> None:
    history = [Message("user", "Who resigned?"), Message("assistant", "Mr. B.")]
    query = build_query("why?", history)
    assert query.texts == (("Why?", 1.0), ("Who resigned? Mr. B. Why?", 0.5))
    assert query.text == "Why? — Who resigned?"
    assert query.in_conversation


def test_what_was_searched_for_can_be_asked_again_by_itself() -> None:
    history = [Message("user", "Who resigned?"), Message("assistant", "Mr. B.")]
    first = build_query("why?", history)
    again = build_query(first.text)
    assert again.text == first.text
    assert again.texts == (("Why?", 1.0), ("Who resigned? Why?", 0.5))
    elsewhere = build_query(first.text, [Message("user", "What is ASAN?")])
    assert elsewhere.texts == again.texts


def test_a_new_subject_is_searched_for_in_its_own_words() -> None:
    history = [Message("user", "Who resigned in Armenia?"), Message("assistant", "Mr. B.")]
    query = build_query("How many refugees live in Ethiopia?", history)
    assert query.texts[0] == ("How many refugees live in Ethiopia?", 1.0)
    assert query.text == "How many refugees live in Ethiopia?"
    assert query.in_conversation


def test_only_the_last_turns_and_the_start_of_the_answer_are_context() -> None:
    history = [
        Message("user", "First question?"),
        Message("assistant", "First answer."),
        Message("user", "Second question?"),
        Message("assistant", " ".join(f"w{n}" for n in range(100))),
    ]
    text = build_query("Who wrote the third report?", history).texts[-1][0]
    assert text.startswith("Second question? w0 ")
    assert text.endswith(" w39 Who wrote the third report?")


def test_the_names_of_the_collection_are_known() -> None:
    history = [Message("user", "what did kozak say about engagement?")]
    query = build_query("and pompeo?", history, known=Known(speakers=frozenset({"Mike Pompeo"})))
    assert query.text == "what did pompeo say about engagement?"

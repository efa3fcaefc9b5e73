from __future__ import annotations

import pytest

from rag.conversation import build_query
from rag.schema import Message


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("what did Kozak say about engagement?", "engagement"),
        ("What did Armenia say about Nagorno-Karabakh in 2018?", "Nagorno-Karabakh in 2018"),
        ("And what has the minister announced regarding the new  law?", "the new law"),
    ],
)
def test_what_somebody_said_of_something_is_searched_for_by_the_thing(
    question: str, topic: str
) -> None:
    query = build_query(question)
    assert [text for text, _ in query.texts] == [" ".join(question.split()), topic]
    assert query.text == " ".join(question.split())
    assert not query.in_conversation


@pytest.mark.parametrize("question", ["Who resigned?", "What is the number of prisoners?", "Why?"])
def test_other_questions_are_searched_for_as_they_stand(question: str) -> None:
    assert build_query(question).texts == ((question, 1.0),)


def test_a_follow_up_is_searched_for_with_and_without_its_context() -> None:
    history = [Message("user", "Who is president?"), Message("assistant", "It is  Mr. A.")]
    query = build_query("And of  Ethiopia?", history)
    assert query.texts[0] == ("And of Ethiopia?", 1.0)
    assert query.text == "Who is president? It is Mr. A. And of Ethiopia?"
    assert query.in_conversation


def test_only_the_last_turns_and_the_start_of_the_answer_are_context() -> None:
    history = [
        Message("user", "First question?"),
        Message("assistant", "First answer."),
        Message("user", "Second question?"),
        Message("assistant", " ".join(f"w{n}" for n in range(100))),
    ]
    text = build_query("Third?", history).text
    assert text.startswith("Second question? w0 ")
    assert "First" not in text
    assert "w39" in text
    assert "w40" not in text

"""A sentence without what is asked for, or that counts others, is no answer."""

from __future__ import annotations

import pytest

from rag.conversation import build_query
from rag.questions import Asked
from rag.questions.expected import lacks_expected

CIVILIANS = "Shelling in May killed six civilians, one of them a child, and wounded 26."


def asked(question: str) -> Asked:
    """The question as it is understood."""
    found = build_query(question, ()).asked
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("When did she become minister?", "The minister had made the same point, she noted."),
        ("How many barrels were stolen?", "Barrels were stolen from the store in Oslo."),
        ("How many soldiers were killed in May?", CIVILIANS),
        ("How many of the local journalists were killed in May?", CIVILIANS),
        ("How many women were held?", "The prison held 30 refugees."),
    ],
)
def test_no_answer(question: str, sentence: str) -> None:
    assert lacks_expected(asked(question), sentence)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("When did she become minister?", "She became minister two months after the vote."),
        ("When did she become minister?", "She became minister in 2011."),
        ("When is a minister dismissed?", "A minister goes if parliament says so."),
        ("Did she become minister?", "The minister had made the same point, she noted."),
        ("How many barrels were stolen?", "A dozen barrels were stolen."),
        ("How many people were killed in May?", CIVILIANS),
        ("How many civilians were killed in May?", CIVILIANS),
        ("How many children were killed in May?", CIVILIANS),
        ("How many soldiers were killed in May?", "Six men of the 4th brigade were killed in May."),
        ("How many soldiers were sent?", "It sent 4,700 troops to take part."),
        ("How many civilians were killed?", "613 residents died, among them 106 women."),
        ("How many members of the police were hurt?", "Nine protesters were hurt."),
        ("How many barrels were stolen by soldiers?", "Nine refugees stole 400 of them."),
    ],
)
def test_a_possible_answer(question: str, sentence: str) -> None:
    assert not lacks_expected(asked(question), sentence)

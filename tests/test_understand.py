"""What a question asks for, by itself and after a conversation."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.answer.questions.names import Known
from rag.answer.understand import DASH, proper_and_carried, understand
from rag.cite.answers import Message, QuestionKind
from rag.language.words import one_line

KNOWN = Known(
    countries=frozenset({"Armenia", "Azerbaijan", "Ethiopia"}), years=frozenset({2017, 2018})
)

KINDS: dict[QuestionKind, list[str]] = {
    "fact": [
        "Why did the minister resign?",
        "How many people were displaced?",
        "When was the law passed?",
        "Is there a minimum wage?",
        "What causes climate change?",
        "prison conditions in Ethiopia",
    ],
    "who-said": [
        "Who said that impunity remains a problem?",
        "Which minister said that the cure was worse than the illness?",
        "According to whom was the vote free?",
    ],
    "said-about": [
        "What did Kozak say about neighbours?",
        "What did Ilse Brandt say about climate change?",
        "What did Kozak say about relations between Armenia and Azerbaijan?",
        "What was Armenia's position on the accords?",
    ],
    "comparison": [
        "Compare what Armenia and Azerbaijan said about peace.",
        "How did prison conditions change between 2017 and 2018?",
        "Armenia versus Azerbaijan on the peace talks",
    ],
    "count": [
        "How many times is torture mentioned?",
        "How many reports mention torture?",
        "How often does Kozak speak of engagement?",
    ],
    "summary": [
        "Summarise the report on Ethiopia.",
        "What is the report on elections about?",
        "Can you give me an overview of the briefing?",
    ],
}


def said(*texts: str) -> list[Message]:
    """A conversation: questions and answers in turn."""
    return [Message("user" if at % 2 == 0 else "assistant", text) for at, text in enumerate(texts)]


def test_every_kind_is_tried() -> None:
    elsewhere = {
        "search",
        "last-answer",
        "collection",
        "program",
        "small-talk",
    }  # test_conversation
    assert set(KINDS) | elsewhere == set(get_args(QuestionKind))


@pytest.mark.parametrize(
    ("kind", "question"), [(kind, each) for kind, listed in KINDS.items() for each in listed]
)
def test_the_form_of_a_question_tells_its_kind(kind: QuestionKind, question: str) -> None:
    assert understand(question, known=KNOWN).kind == kind


def test_the_report_of_a_country_is_no_speaker() -> None:
    asked = understand("Does the Armenia report say that the guards beat anybody?", known=KNOWN)
    assert asked.speaker is None
    assert understand("Does Armenia report any deaths?", known=KNOWN).speaker == "Armenia"


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("How do Armenia and Azerbaijan differ on Karabakh?", ("Armenia", "Azerbaijan")),
        ("How did prisons change between 2017 and 2018 in Armenia?", ("2017", "2018")),
        ("Compare 1917 and 1918.", ()),
        ("What did Armenia say of Azerbaijan rather than of itself?", ()),
    ],
)
def test_sides_are_values_that_documents_have(question: str, sides: tuple[str, ...]) -> None:
    assert tuple(each.name for each in understand(question, known=KNOWN).sides) == sides


def test_countries_are_sides_in_the_spelling_of_the_collection() -> None:
    known = Known(countries=frozenset({"Türkiye", "Viet Nam", "Vietnam"}))
    sides = understand("Compare Turkish and Vietnamese wages.", known=known).sides
    assert [each.values for each in sides] == [("Türkiye",), ("Viet Nam", "Vietnam")]


DISPLACED = said("How many people were displaced in Armenia in 2017?", "Twelve.")
ENGAGEMENT = "What did Kozak say about engagement?"
KOZAK = said(ENGAGEMENT, "Nothing.")


@pytest.mark.parametrize(
    ("history", "question", "text"),
    [
        # one of its kind in place of the other
        (DISPLACED, "And in Ethiopia?", "How many people were displaced in Ethiopia in 2017?"),
        (DISPLACED, "what about 2018?", "How many people were displaced in Armenia in 2018?"),
        (
            said("What did Armenia say about peace?"),
            "And Azerbaijan?",
            "What did Azerbaijan say about peace?",
        ),
        (KOZAK, "And Mike Pompeo?", "What did Mike Pompeo say about engagement?"),
        # "he" is who was asked about
        (KOZAK, "What did he say about neighbours?", "What did Kozak say about neighbours?"),
        (
            KOZAK,
            "What was his reaction to it?",
            f"What was Kozak's reaction to it?{DASH}{ENGAGEMENT}",
        ),
        # anything else carries the question before
        (KOZAK, "And women?", "And women? — What did Kozak say about engagement?"),
        (said("Who resigned?", "B."), "why?", "why? — Who resigned?"),
        (
            said("Did Armenia meet Azerbaijan?"),
            "And Georgia?",
            "And Georgia? — Did Armenia meet Azerbaijan?",
        ),
        # and a new question nothing
        (KOZAK, "Which laws did Ethiopia pass?", "Which laws did Ethiopia pass?"),
    ],
)
def test_a_follow_up_is_made_to_stand_alone(
    history: list[Message], question: str, text: str
) -> None:
    query = understand(question, history, known=KNOWN)
    assert query.text == text
    assert len(query.texts) > 1, "the conversation is searched for too"


def test_a_question_with_hardly_a_word_of_its_own_depends_on_the_one_before() -> None:
    history = [*DISPLACED, *said("And in Ethiopia?", "Five.")]
    query = understand("How many were released?", history)
    assert "Ethiopia" in query.reading
    assert understand("How many prisoners were freed in Tarsk?", history).reading == (
        "How many prisoners were freed in Tarsk?"
    )


def test_follow_ups_of_follow_ups() -> None:
    history = [*DISPLACED, *said("And in Ethiopia?", "Five.")]
    assert (
        understand("And in 2018?", history).text
        == "How many people were displaced in Ethiopia in 2018?"
    )
    chain = said("Who resigned?", "B.", "Why?", "Age.")
    assert understand("When?", chain).text == "When? — Who resigned? Why?"


def test_the_conversation_is_searched_for_too_with_less_weight() -> None:
    history = [Message("user", "Who resigned?"), Message("assistant", "Mr. B. " * 100)]
    query = understand("Which laws did Ethiopia pass?", history)
    assert query.texts[0] == ("Which laws did Ethiopia pass?", 1.0)
    (context, weight) = query.texts[-1]
    assert weight < 1
    assert context.startswith("Who resigned? Mr. B.")
    assert context.endswith("Which laws did Ethiopia pass?")
    assert len(context) < 300
    assert query.reading == "Which laws did Ethiopia pass?"


def test_what_somebody_said_of_something_is_searched_for_by_the_thing() -> None:
    query = understand("what did Kozak say about engagement?")
    assert ("engagement", 0.5) in query.texts
    assert query.speaker == "Kozak"


def test_whether_a_report_says_something_is_read_as_what_it_would_say() -> None:
    query = understand("Does the Ethiopia report say that security forces killed civilians?")
    assert query.reading == "Security forces killed civilians?"
    assert query.texts[1][0] == "security forces killed civilians"
    assert (query.kind, query.of_document, query.speaker) == ("fact", True, None)


def test_a_question_and_the_one_that_it_carries() -> None:
    assert proper_and_carried("Why? — Who resigned?") == ("Why?", "Who resigned?")
    assert proper_and_carried("Kozak — what did he say?") == ("Kozak — what did he say?", None)
    assert proper_and_carried("Why?") == ("Why?", None)


def test_a_long_chain_of_follow_ups_is_carried_from_its_beginning() -> None:
    history = said(
        "What does the report on Armenia say about mines?",
        "…",
        "How many were closed?",
        "…",
        "When was that?",
        "…",
    )
    asked = understand("And in Azerbaijan?", history, known=KNOWN)
    assert asked.text.startswith("What does the report on Azerbaijan say about mines?")
    assert "mines" in understand("Why so late?", history, known=KNOWN).text


TEXT = st.text(max_size=80)
ASKABLE = st.sampled_from(
    ["Why?", "And in Ethiopia?", "What did he say?", "What else?", "and in 2018?", "Is it so?"]
    + ["And Azerbaijan?", "What about Mike Pompeo?"]
    + [each for listed in KINDS.values() for each in listed]
)
HISTORY = st.lists(
    st.builds(Message, st.sampled_from(["user", "assistant"]), st.one_of(TEXT, ASKABLE)),
    max_size=5,
)


@given(question=st.one_of(TEXT, ASKABLE), history=HISTORY)
@example(question="\ud800 —? — ", history=[])
@example(question="", history=said(""))
@example(question="And 2018?", history=said("2017"))
def test_anything_can_be_asked(question: str, history: list[Message]) -> None:
    query = understand(question, history, known=KNOWN)
    assert query.texts
    assert all(0 < weight <= 1 for _, weight in query.texts)
    if not history and DASH not in one_line(question):
        assert query.text == one_line(question)


@given(question=ASKABLE, history=HISTORY)
def test_what_was_searched_for_means_the_same_when_asked_by_itself(
    question: str, history: list[Message]
) -> None:
    first = understand(question, history, known=KNOWN)
    again = understand(first.text, known=KNOWN)
    elsewhere = understand(first.text, said("What is ASAN?", "A service."), known=KNOWN)
    for each in (again, elsewhere) if DASH in first.text else (again,):
        assert (each.text, each.kind, each.speaker, each.reading, each.sides) == (
            first.text,
            first.kind,
            first.speaker,
            first.reading,
            first.sides,
        )

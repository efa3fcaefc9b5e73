"""Proper names of a question, and the sentences that concern them or do not."""

from __future__ import annotations

import pytest

from rag.concern import bear_on_names, concerns, lacks_setting, touches_topic, unconcerned
from rag.passages import split_sentences
from rag.questions import Asked, understand
from rag.questions.capitals import country_of
from rag.questions.places import places
from rag.schema import Evidence, Hit, Message, Metadata, Passage

TALKS = (
    "The Blue Front handed 900 rifles to the United Nations. It was thanked for that.\n\n"
    "The Red Army of Lake Voss (RALV) went on talking. Its ceasefire began in Oslo on May 1.\n\n"
    "Chile praised both."
)
RIFLES, THANKED, WENT_ON, CEASEFIRE, PRAISED = range(5)


def hit_of(text: str = TALKS, *, section: str | None = None) -> Hit:
    spans = split_sentences(text)
    passage = Passage("p1", "d0c", 0, len(text), text, section, sentences=tuple(spans))
    return Hit(1, 1.0, passage, "talks.txt", Metadata(title="Peace talks"), (passage,))


def sentences(hit: Hit) -> list[Evidence]:
    return [Evidence(hit, start, end, 0.5) for start, end in hit.passage.sentences]


def names(asked: Asked) -> list[str]:
    return [each.text for each in asked.names]


@pytest.mark.parametrize(
    ("question", "named"),
    [
        (
            "How many arms did the ELN give to the United Nations?",
            ["ELN", "United Nations"],
        ),
        ("What is the Institute of Peace for?", ["Institute of Peace"]),
        ("Which villages did the flood of the Voss reach?", ["Voss"]),
        ("What did Ana Ruiz tell the General Assembly about the Zurich protocols?", ["Zurich"]),
        ("According to the Red Cross, how many were held in Voss?", ["Voss"]),
        # countries, people, months, offices, and what is no name in capitals
        ("What did President Ruiz say about Chile in March?", []),
        ("How many NGOs and TV stations are there?", []),
        ("how many weapons did the eln hand over?", []),
        ("Where Did The Blue Front Hand Over Its Rifles?", []),
    ],
)
def test_names_are_found_by_their_capitals(question: str, named: list[str]) -> None:
    assert names(understand(question)) == named


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The UN sent a mission.", "United Nations"),
        ("the United Nations mission", "U.N."),
        ("The Organization for Security and Cooperation in Europe met.", "OSCE"),
        ("members of the People's Front of Voss", "PFV"),
        ("the Assembly met", "General Assembly"),
        ("in Zürich", "Zurich"),
        ("Oromia's farmers", "Oromo"),
        ("the leaders of Central Asia", "Central Asian"),
        ("He painted as Michelangelo did.", "Michealangelo"),
        ("after Maria", "Hurricane Maria"),
    ],
)
def test_a_name_in_other_words(text: str, name: str) -> None:
    assert concerns(text, name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The FARC handed over its weapons.", "ELN"),
        ("Azerbaijan won 18 medals in Rio.", "Tokyo"),
        ("The United States sent one.", "United Nations"),
        ("The eel swam north.", "ELN"),
    ],
)
def test_another_name(text: str, name: str) -> None:
    assert not concerns(text, name)


@pytest.mark.parametrize(
    ("question", "bearing"),
    [
        ("How many rifles did the Blue Front hand over?", [RIFLES, THANKED]),
        ("How many rifles did the RALV hand over?", [WENT_ON, CEASEFIRE]),
        ("Who praised it?", [RIFLES, THANKED, WENT_ON, CEASEFIRE, PRAISED]),
        ("Did the RALV join the United Nations?", [RIFLES, THANKED, WENT_ON, CEASEFIRE]),
        ("Did the Green Guard keep the rifles?", []),
    ],
)
def test_sentences_concern_what_their_paragraph_names(question: str, bearing: list[int]) -> None:
    found = bear_on_names(understand(question), sentences(hit_of()))
    assert [at for at, bears in enumerate(found) if bears] == bearing


def test_what_stands_above_a_passage_counts() -> None:
    asked = understand("How many rifles did the Green Guard keep?")
    assert not any(bear_on_names(asked, sentences(hit_of())))
    assert all(bear_on_names(asked, sentences(hit_of(section="The Green Guard"))))


def test_a_place_that_is_only_a_setting_need_not_be_repeated_but_is_doubted_without() -> None:
    asked = understand("When did the RALV agree to a ceasefire in Oslo?")
    listed = sentences(hit_of())
    assert bear_on_names(asked, listed)[CEASEFIRE]
    assert not lacks_setting(asked, listed[CEASEFIRE])
    assert lacks_setting(asked, listed[RIFLES])


def test_a_name_that_nothing_concerns_is_told() -> None:
    assert unconcerned(understand("What did the RALV do in Tokyo?"), [hit_of()]) == ("Tokyo",)
    assert unconcerned(understand("What did the RALV do in Oslo?"), [hit_of()]) == ()


@pytest.mark.parametrize(
    ("question", "touches"),
    [
        ("What did Aino Berg say about the ceasefire?", True),
        ("What did Aino Berg say about rifle ranges?", True),
        ("What did Aino Berg say?", True),
        ("What did Aino Berg say about fishing rights?", False),
    ],
)
def test_words_of_somebody_touch_on_what_they_are_to_be_about(question: str, touches: bool) -> None:
    asked = understand(question)
    assert asked.speaker == "Aino Berg"
    assert any(touches_topic(asked, each) for each in sentences(hit_of())) is touches


def test_a_court_may_be_called_by_its_seat() -> None:
    hit = hit_of(section="The International Criminal Court")
    assert (
        unconcerned(understand("Who wanted the RALV to face the court in The Hague?"), [hit]) == ()
    )


def test_a_follow_up_is_held_to_its_new_name() -> None:
    history = [
        Message("user", "How many rifles did the Blue Front lay down in Oslo?"),
        Message("assistant", "The Blue Front handed 900 rifles to the United Nations."),
    ]
    asked = understand("And in Tokyo?", history)
    assert unconcerned(asked, [hit_of()]) == ("Tokyo",)


def test_a_capital_that_acts_is_its_country() -> None:
    hit = hit_of("The United States has friends who do wrong. So has everybody.")
    assert all(bear_on_names(understand("Who blamed partners of Washington?"), sentences(hit)))
    assert not any(bear_on_names(understand("Who blamed partners of Moscow?"), sentences(hit)))


def test_the_countries_of_capitals_are_countries() -> None:
    for capital in ("Addis Ababa", "Bogotá", "Kyiv", "White House", "The Hague", "Washington"):
        country = country_of(capital)
        assert [each.country for each in places(f"in {country}")] == [country]

"""The names in questions: countries, people, years; and whose words a question wants."""

from __future__ import annotations

import pytest

from rag.answer.questions.clauses import asking_clause
from rag.answer.questions.names import people, years
from rag.answer.questions.speech import speech_of
from rag.language.places import places


def countries_in(question: str, known: frozenset[str] = frozenset()) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.country for each in places(question, known=known)))


@pytest.mark.parametrize(
    ("question", "speaker", "topic"),
    [
        ("What did Kozak say about engagement?", "Kozak", "engagement"),
        ("what did kozak say about engagement", "kozak", "engagement"),
        ("What did Kozak tell reporters about the law?", "Kozak", "the law"),
        ("What has the minister announced regarding taxes?", "the minister", "taxes"),
        ("What did Theresa May say about Venezuela?", "Theresa May", "Venezuela"),
        ("How does the State Department judge the vote?", "the State Department", "the vote"),
        ("How did Abiy react to claims of torture?", "Abiy", "claims of torture"),
        ("What is Armenia's position on the accords?", "Armenia", "the accords"),
        ("What did Kozak say in 2018?", "Kozak", None),
        ("What did Kozak say on 13 March?", "Kozak", None),
        ("What does the report say about prisons?", None, "prisons"),
        ("What is said about prisons?", None, "prisons"),
        ("Does the Chile report say that soldiers fired?", None, "soldiers fired"),
        ("Do the reports mention whether soldiers fired?", None, "soldiers fired"),
        ("Is it reported that soldiers fired?", None, "soldiers fired"),
        ("Did Kozak say that soldiers fired?", "Kozak", "soldiers fired"),
        ("Is it true that soldiers fired?", None, None),
        ("Who said that the vote was free?", None, "the vote was free"),
        ("Did Kozak mention Hong Kong?", "Kozak", "Hong Kong"),
        ("How many people fled, according to the police?", "the police", None),
        ("How many people fled, according to Chile in 2018?", "Chile", None),
        ("How many people fled, according to the UAE's 2017 address?", "the UAE", None),
        ("Had Chile let anybody in when Peru spoke in 2018?", None, None),
        ("How many people fled, according to the report?", None, None),
        ("How many people fled, according to official figures?", None, None),
        ("How many people does Azerbaijan say were killed?", "Azerbaijan", None),
        ("What do you think about the vote?", None, None),
        ("How can the fall be explained?", None, None),
    ],
)
def test_whose_words_are_asked_for_and_about_what(
    question: str, speaker: str | None, topic: str | None
) -> None:
    speech = speech_of(question, asking_clause(question))
    assert (speech.speaker, speech.topic) == (speaker, topic)


@pytest.mark.parametrize(
    ("question", "countries"),
    [
        ("What happened in Ethiopia and Eritrea?", ("Ethiopia", "Eritrea")),
        ("when was ethiopia's refugee law passed", ("Ethiopia",)),
        ("How many Ethiopians are poor?", ("Ethiopia",)),
        ("What did the Danish and the Burmese delegate want?", ("Denmark", "Myanmar")),
        ("Is aid from the US or the UK?", ("United States", "United Kingdom")),
        ("What did U.S. aid do in the Democratic Republic of the Congo?", None),
        ("Did South Korea and North Korea sign?", ("South Korea", "North Korea")),
        ("Is South Sudan at peace?", ("South Sudan",)),
        ("What happened in Papua New Guinea?", ("Papua New Guinea",)),
        ("Were refugees let into Jordan?", ("Jordan",)),
        ("Did Armenia and Georgia sign?", ("Armenia", "Georgia")),
        ("What did Turkey do about it? And did Turkey sign?", ("Turkey",)),
        ("How many points did Michael Jordan score?", ()),
        ("Did Georgia O'Keeffe paint it?", ()),
        ("Is it held in Atlanta, Georgia?", ()),
        ("who eats turkey at thanksgiving", ()),
        ("What did they tell us about Chad Smith?", ()),
        ("Who governs New Mexico?", ()),
        ("How deep is the Gulf of Mexico?", ()),
        ("Which states are in Latin America?", ()),
        ("When was the reunion of the band?", ()),
        ("Did she polish the statement?", ()),
    ],
)
def test_countries_are_found_by_name_and_by_what_is_called_after_them(
    question: str, countries: tuple[str, ...] | None
) -> None:
    expected = (
        ("United States", "Democratic Republic of the Congo") if countries is None else countries
    )
    assert countries_in(question) == expected


def test_countries_are_spelled_and_chosen_as_the_collection_does() -> None:
    known = frozenset({"Türkiye", "Viet Nam", "Dominica", "European Union"})
    question = "Did the Vietnamese, Turkish and Dominican ministers meet the European Union?"
    assert countries_in(question, known) == (
        "Viet Nam",
        "Türkiye",
        "Dominica",
        "European Union",
    )
    assert countries_in("Who is the Dominican minister?") == ("Dominican Republic",)
    known = frozenset({"South Korea"})
    assert countries_in("Who is the Korean minister?", known) == ("South Korea",)
    assert countries_in("Who is the Korean minister?") == ()


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("What happened between 2015 and 2018?", (2015, 2018)),
        ("Was the 2017-18 report late?", (2017, 2018)),
        ("Who was killed in mid-2019?", (2019,)),
        ("Were 2000 people killed?", ()),
        ("Was resolution 1973 passed?", ()),
        ("Did it cost $2018 or 2,018?", ()),
    ],
)
def test_years(question: str, named: tuple[int, ...]) -> None:
    assert years(question) == named


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("Why did Kozak resign?", ("Kozak",)),
        ("What office did Michael Kozak hold?", ("Michael Kozak",)),
        ("Was Ambassador Kozak there with E. E. Cummings?", ("Ambassador Kozak", "E. E. Cummings")),
        ("How did Santos and Duque differ?", ("Santos", "Duque")),
        ("What is in Pashinyan's speech?", ("Pashinyan",)),
        ("Did the United Nations Security Council meet in Addis Ababa?", ()),
        ("Did the FARC or Amnesty International meet in March?", ()),
        ("Did Armenia leave?", ("Armenia",)),
        ('Who wrote "Once Upon A Time"?', ()),
    ],
)
def test_people(question: str, named: tuple[str, ...]) -> None:
    assert people(question) == named


def test_speakers_of_the_collection_are_known_by_their_surname() -> None:
    known = frozenset({"AMBASSADOR KOZAK", "Mr. Ilir Meta"})
    assert people("is there anything by kozak", speakers=known) == ("kozak",)
    assert people("Talks with Meta in 2018", speakers=known) == ("Meta",)

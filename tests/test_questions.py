"""What questions ask for, whom they name, and what they mean in a conversation."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.questions import Asked, Known, one_line, parts, understand
from rag.schema import Message, QuestionKind

KINDS: dict[QuestionKind, list[str]] = {
    "fact": [
        "Why did the minister resign?",
        "How did the general die?",
        "What is ASAN?",
        "Who wrote the report?",
        "Which party won the election?",
        "What kind of car did the president drive?",
        "What causes floods?",
        "What happens when dams break?",
        "Can you explain the new law?",
        "prison conditions in Ethiopia",
        "What are the guards wearing?",
        "Which flag flies behind the building?",
        "Why did the State Department withdraw its report?",
    ],
    "number": [
        "How many people were displaced?",
        "how much money does the prison spend per day",
        "What percentage of judges are women?",
        "What was the death toll of the earthquake?",
        "What is the population of Armenia?",
        "What unemployment rate did the minister give?",
        "Sorry, do you know how old he was?",
        "In 2018, how many journalists were jailed?",
        "How widespread was the practice, in percent?",
        "How many countries does the survey cover?",
        "The camp held how many people?",
        "How many people were displaced between 2017 and 2018?",
    ],
    "date": [
        "When was the law passed?",
        "In what year did the war end?",
        "Since when has the office been empty?",
        "What was the date of the attack?",
        "The treaty was signed in which year?",
        "On what day did the ceasefire begin?",
        "Could you tell me when the court was set up?",
    ],
    "list": [
        "Which countries border the lake?",
        "What are the main causes of displacement?",
        "List the groups that were banned.",
        "Name all ministers who resigned",
        "What reasons did the court give?",
        "What kinds of help were promised?",
        "In what sectors is it illegal to strike?",
        "Which opposition groups went back to the country?",
        "Who were the members of the commission?",
    ],
    "yes-no": [
        "Is there a minimum wage?",
        "Did the Red Cross visit the prison?",
        "And has the law been passed?",
        "Was it more than 50 percent?",
        "According to the law, can foreigners own land?",
        "The prison was closed, wasn't it?",
        "I wonder whether the court was independent.",
    ],
    "comparison": [
        "Compare the two elections.",
        "What is the difference between a refugee and a migrant?",
        "How did prison conditions change between 2017 and 2018?",
        "Armenia versus Azerbaijan on the peace talks",
        "Were more people displaced in 2018 than in 2017?",
        "What did Armenia say about peace in 2017 and in 2018?",
        "Do both Kozak and Pompeo mention allies?",
        "Who fired first, according to Yerevan and according to Baku?",
    ],
    "who-said": [
        "Who said that impunity remains a problem?",
        "Who claimed the vote was free?",
        "According to whom was the vote free?",
        "Whose words are these?",
        "Which minister called for new elections?",
        "Who accused the army of torture?",
        "Who denied the allegations?",
    ],
    "said-about": [
        "What did Kozak say about neighbours?",
        "what does the report say on torture",
        "What did the 2019 report find about torture?",
        "What do these documents have on Hong Kong?",
        "What is said about women?",
        "What was Armenia's position on the accords?",
        "How did the minister describe the talks?",
        "According to Kozak, why are reports written?",
        "What is the minister's view of the law?",
        "In 2018 a law was passed. What did the opposition say about it?",
        "What is the reaction of Armenia to the vote?",
    ],
    "count": [
        "How many times is torture mentioned?",
        "How many reports mention torture?",
        "How often does Kozak speak of engagement?",
        "How many speakers called for reform?",
        "In how many speeches is the climate discussed?",
        "Count the attacks on civilians.",
        "How many mentions of torture are there?",
    ],
    "summary": [
        "Summarise the report on Ethiopia.",
        "What is the report on elections about?",
        "Can you give me an overview of the briefing?",
        "What are the main findings of the 2018 report?",
    ],
}


@pytest.mark.parametrize(
    ("kind", "question"), [(kind, each) for kind, listed in KINDS.items() for each in listed]
)
def test_the_form_of_a_question_tells_its_kind(kind: QuestionKind, question: str) -> None:
    assert understand(question).kind == kind


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
        ("Who said that the vote was free?", None, "the vote was free"),
        ("Did Kozak mention Hong Kong?", "Kozak", "Hong Kong"),
        ("How many people fled, according to the police?", "the police", None),
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
    asked = understand(question)
    assert (asked.speaker, asked.topic) == (speaker, topic)


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
    assert understand(question).countries == expected


def test_countries_are_spelled_and_chosen_as_the_collection_does() -> None:
    known = Known(countries=frozenset({"Türkiye", "Viet Nam", "Dominica", "European Union"}))
    question = "Did the Vietnamese, Turkish and Dominican ministers meet the European Union?"
    assert understand(question, known=known).countries == (
        "Viet Nam",
        "Türkiye",
        "Dominica",
        "European Union",
    )
    assert understand("Who is the Dominican minister?").countries == ("Dominican Republic",)
    known = Known(countries=frozenset({"South Korea"}))
    assert understand("Who is the Korean minister?", known=known).countries == ("South Korea",)
    assert understand("Who is the Korean minister?").countries == ()


@pytest.mark.parametrize(
    ("question", "years"),
    [
        ("What happened between 2015 and 2018?", (2015, 2018)),
        ("Was the 2017-18 report late?", (2017, 2018)),
        ("Who was killed in mid-2019?", (2019,)),
        ("Were 2000 people killed?", ()),
        ("Was resolution 1973 passed?", ()),
        ("Did it cost $2018 or 2,018?", ()),
    ],
)
def test_years(question: str, years: tuple[int, ...]) -> None:
    assert understand(question).years == years


@pytest.mark.parametrize(
    ("question", "people"),
    [
        ("Why did Kozak resign?", ("Kozak",)),
        ("What office did Michael Kozak hold?", ("Michael Kozak",)),
        ("Was Ambassador Kozak there with E. E. Cummings?", ("Ambassador Kozak", "E. E. Cummings")),
        ("How did Santos and Duque differ?", ("Santos", "Duque")),
        ("What is in Pashinyan's speech?", ("Pashinyan",)),
        ("Did the United Nations Security Council meet in Addis Ababa?", ()),
        ("Did the FARC or Amnesty International meet in March?", ()),
        ("Did Armenia leave?", ()),
        ('Who wrote "Once Upon A Time"?', ()),
    ],
)
def test_people(question: str, people: tuple[str, ...]) -> None:
    assert understand(question).people == people


def test_speakers_of_the_collection_are_known_by_their_surname() -> None:
    known = Known(speakers=frozenset({"AMBASSADOR KOZAK", "Mr. Ilir Meta"}))
    assert understand("is there anything by kozak", known=known).people == ("kozak",)
    assert understand("Talks with Meta in 2018", known=known).people == ("Meta",)


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("How do Armenia and Azerbaijan differ on Karabakh?", ("Armenia", "Azerbaijan")),
        ("How did prisons change between 2017 and 2018 in Armenia?", ("2017", "2018")),
        ("How did Santos and Duque differ on Venezuela and Cuba?", ("Venezuela", "Cuba")),
        ("What is the difference between a word and a morpheme?", ("word", "morpheme")),
        ("Compare wages with prices in the capital.", ("wages", "prices")),
        ("Who fired first, according to Yerevan and according to Baku?", ("Yerevan", "Baku")),
        ("How do the two briefings describe the law?", ()),
    ],
)
def test_sides_of_a_comparison(question: str, sides: tuple[str, ...]) -> None:
    asked = understand(question)
    assert asked.kind == "comparison"
    if "Santos" in question:  # who differs is what is set side by side, not what they differ on
        sides = ("Santos", "Duque")
    assert asked.sides == sides


def said(*texts: str) -> list[Message]:
    """A conversation: questions and answers in turn."""
    return [Message("user" if at % 2 == 0 else "assistant", text) for at, text in enumerate(texts)]


DISPLACED = said("How many people were displaced in Armenia in 2017?", "Twelve.")
KOZAK = said("What did Kozak say about engagement?", "Nothing.")
QUOTED = "Kozak, Impunity remains a problem, 13 March 2019: “We engage.” [1]"
ON_PAGE = "Kozak, Impunity remains a problem, 13 March 2019, Section 2:\n“We engage.”"


@pytest.mark.parametrize(
    ("history", "question", "standalone"),
    [
        (DISPLACED, "And in Ethiopia?", "How many people were displaced in Ethiopia in 2017?"),
        (DISPLACED, "and the Gambia?", "How many people were displaced in the Gambia in 2017?"),
        (DISPLACED, "and in 2018?", "How many people were displaced in Armenia in 2018?"),
        (
            DISPLACED,
            "What about Ethiopia in 2018?",
            "How many people were displaced in Ethiopia in 2018?",
        ),
        (DISPLACED, "Ethiopia?", "How many people were displaced in Ethiopia in 2017?"),
        (said("How many Armenian women vote?"), "And in Denmark?", "How many Danish women vote?"),
        (said("How many women vote?"), "And in Denmark?", "How many women vote in Denmark?"),
        (said("What did Armenia say about Iran?"), "By Cuba?", None),
        (KOZAK, "what did he say about neighbours?", "What did Kozak say about neighbours?"),
        (KOZAK, "And what was his reaction?", "What was Kozak's reaction?"),
        (KOZAK, "What did the ambassador say of Iran?", "What did Kozak say of Iran?"),
        (KOZAK, "What about women?", "What did Kozak say about women?"),
        (KOZAK, "and Pompeo?", "What did Pompeo say about engagement?"),
        (KOZAK, "And the opposition?", "What did the opposition say about engagement?"),
        (KOZAK, "And Ethiopia?", "What did Kozak say about Ethiopia?"),
        (KOZAK, "What else?", "What else did Kozak say about engagement?"),
        (KOZAK, "Why is it important?", "Why is engagement important?"),
        (said("Why engage?", QUOTED), "Did he name Iran?", "Did Kozak name Iran?"),
        (said("Why engage?", ON_PAGE), "Did she name Iran?", "Did Kozak name Iran?"),
        (said("Why engage?", "It helps, Kozak said."), "Did he name Iran?", "Did Kozak name Iran?"),
        (said("Did Kozak resign?", "Yes."), "Why?", "Why did Kozak resign?"),
        (said("Where was the treaty signed?", "Here."), "When?", "When was the treaty signed?"),
        (said("Who resigned in 2018?", "B."), "why?", "Why? — Who resigned in 2018?"),
        (
            said("How many prisoners are there in Ethiopia?"),
            "what about women?",
            "What about women? — How many prisoners are there in Ethiopia?",
        ),
        (
            said("Was the prison closed?"),
            "Who confirmed that?",
            "Who confirmed that? — Was the prison closed?",
        ),
        (
            said("What did Armenia say about peace?"),
            "What did they say about war?",
            "What did Armenia say about war?",
        ),
        (
            said("Who lives in Ethiopia?"),
            "What did the government promise?",
            "What did the government of Ethiopia promise?",
        ),
        (said("Who lives in Ethiopia?"), "Who died there?", "Who died in Ethiopia?"),
        (said("What is Twilio?"), "How does it work?", "How does Twilio work?"),
        (
            said("How many fled in Rio?"),
            "And in Tokyo?",
            "How many fled in Tokyo?",
        ),
    ],
)
def test_a_follow_up_is_made_to_stand_alone(
    history: list[Message], question: str, standalone: str | None
) -> None:
    asked = understand(question, history)
    assert asked.follow_up
    assert asked.question == question
    expected = standalone or f"{question} — {history[0].content}"
    assert asked.standalone == expected


@pytest.mark.parametrize(
    "question",
    [
        "How many journalists were killed in Azerbaijan?",
        "Is it legal to strike in Colombia?",
        "Did Armenia say that its army withdrew?",
        "What did the Armenian prime minister say about his country?",
        "If I borrow money, can I treat it as equity?",
        "How long does it take to get a passport?",
        "Is there a minimum wage?",
        "What did the president of Colombia say about Venezuela?",
        "Summarise the report on Ethiopia.",
        "prison conditions",
        "Thanks!",
    ],
)
def test_a_question_that_stands_by_itself_is_left_alone(question: str) -> None:
    history = said("What did Kozak say about women in Georgia in 2015?", QUOTED)
    asked = understand(question, history)
    assert asked.standalone == question
    assert not asked.follow_up
    assert asked == understand(question)


def test_follow_ups_of_follow_ups() -> None:
    asked = understand("And in 2018?", [*DISPLACED, *said("And in Ethiopia?", "Five.")])
    assert asked.standalone == "How many people were displaced in Ethiopia in 2018?"
    assert (asked.kind, asked.countries, asked.years) == ("number", ("Ethiopia",), (2018,))
    asked = understand("When?", said("Who resigned?", "B.", "Why?", "Age."))
    assert asked.standalone == "When? — Who resigned?"
    asked = understand("And Iran?", [*KOZAK, *said("What about women?", "x")])
    assert asked.standalone == "What did Kozak say about Iran?"


def test_the_last_person_asked_about_comes_before_the_one_in_the_answer() -> None:
    history = said("What did Pompeo say about allies?", QUOTED)
    assert understand("Did he resign?", history).standalone == "Did Pompeo resign?"
    two = said("Did Ilir Meta meet Mike Pompeo?", "Yes.")
    assert understand("Did he resign?", two).standalone.startswith("Did he resign? — ")


def test_a_publisher_or_a_title_in_the_answer_is_nobody_who_speaks() -> None:
    history = said("Why engage?", "Turan, Impunity remains, 2019: “We engage.” [1]")
    known = Known(publishers=frozenset({"Turan"}))
    assert understand("Did he resign?", history).standalone == "Did Turan resign?"
    asked = understand("Did he resign?", history, known=known)
    assert asked.standalone == "Did he resign? — Why engage?"
    report = said("Why engage?", "Ethiopia 2019 Report, 2019: “We engage.” [1]")
    assert understand("Did he resign?", report).standalone == "Did he resign? — Why engage?"


def test_a_question_without_a_clause_asks_what_the_one_before_asked() -> None:
    history = said("How many prisoners are there in Ethiopia, according to Kozak?")
    asked = understand("What about women?", history)
    assert (asked.kind, asked.speaker, asked.countries) == ("number", "Kozak", ("Ethiopia",))
    assert understand("Why?", history).kind == "fact"


TEXT = st.text(max_size=80)
ASKABLE = st.sampled_from(
    ["Why?", "And in Ethiopia?", "What did he say?", "What else?", "and in 2018?", "Is it so?"]
    + [each for listed in KINDS.values() for each in listed[:2]]
)
HISTORY = st.lists(
    st.builds(Message, st.sampled_from(["user", "assistant"]), st.one_of(TEXT, ASKABLE)),
    max_size=5,
)


@given(question=st.one_of(TEXT, ASKABLE), history=HISTORY)
@example(question="\ud800 —? — ", history=[])
@example(question="", history=said(""))
def test_anything_can_be_asked(question: str, history: list[Message]) -> None:
    asked = understand(question, history)
    assert isinstance(asked, Asked)
    assert asked.question == one_line(question)
    if not asked.follow_up:
        assert asked.standalone == asked.question


@given(question=ASKABLE, history=HISTORY)
def test_what_was_searched_for_means_the_same_when_asked_by_itself(
    question: str, history: list[Message]
) -> None:
    first = understand(question, history)
    again = understand(first.standalone)
    assert again.standalone == first.standalone
    assert (again.kind, again.speaker, again.countries) == (
        first.kind,
        first.speaker,
        first.countries,
    )


def test_parts() -> None:
    assert parts("Why? — Who resigned?") == ("Why?", "Who resigned?")
    assert parts("Kozak — what did he say?") == ("Kozak — what did he say?", None)
    assert parts("Why?") == ("Why?", None)

"""Whose words a question wants: names, offices, countries, bodies; and never another's."""

from __future__ import annotations

import pytest

from rag.answer.speaker_match import another, kin, names_one_office, tells_of, voice
from rag.answer.understand import understand
from rag.attribution import attributions
from rag.language.sentences import split_sentences
from rag.schema import Document, Metadata, Turn

SPEECH = (
    "President Ana Ruiz of Chile told the Assembly that the lake was dry. Karl Holm, the foreign "
    "minister of Norway, said that the snow came late. A spokesman for Ruiz said that the trip was "
    "short. The government said that the road was open. Ivan Berg said that the Chilean president "
    "slept."
)
LAKE, SNOW, TRIP, ROAD, SLEPT = range(5)


def voices(question: str, text: str = SPEECH, *, country: str | None = "Chile") -> list[str | None]:
    """Under whose name each sentence carries the words that the question asks for."""
    source = Document("d0c", "a.txt", text, Metadata(country=country), "text/plain")
    found, asked = attributions(source), understand(question)
    return [
        each.speaker if (each := voice(asked, source, found, span)) else None
        for span in split_sentences(text)
    ]


@pytest.mark.parametrize(
    ("question", "theirs"),
    [
        ("What did Ana Ruiz say about the lake?", {LAKE: "Ana Ruiz"}),
        ("What did Ruiz say about the lake?", {LAKE: "Ana Ruiz"}),
        ("What did the Chilean president say about the lake?", {LAKE: "Ana Ruiz"}),
        ("What did Chile's president say about the lake?", {LAKE: "Ana Ruiz"}),
        ("What did the outgoing president of Chile say about it?", {LAKE: "Ana Ruiz"}),
        ("What did the Chilean leader say about the lake?", {LAKE: "Ana Ruiz"}),
        ("What did Norway's foreign minister say about snow?", {SNOW: "Karl Holm"}),
        ("What did the government of Chile say about the road?", {ROAD: "the government"}),
        ("What did Ivan Berg say about the president?", {SLEPT: "Ivan Berg"}),
        ("What did Ruiz and Holm say about it?", {LAKE: "Ana Ruiz", SNOW: "Karl Holm"}),
        ("What did the two Chilean presidents say about it?", {LAKE: "Ana Ruiz"}),
        ("What did the leaders at the Assembly say about it?", {LAKE: "Ana Ruiz"}),
        # an office of another country, or one that nobody there holds
        ("What did the Norwegian president say about the lake?", {}),
        ("What did the prime minister of Chile say about the lake?", {}),
        ("What did Peru's foreign minister say about snow?", {}),
        ("What did the foreign minister say about snow?", {}),
        ("What did the Norwegian government say about the road?", {}),
        # somebody who says nothing, and a namesake by given name only
        ("What did Eva Lund say about the lake?", {}),
        ("What did Maria Ruiz say about the lake?", {}),
    ],
)
def test_the_words_asked_for_are_found_under_their_speaker(
    question: str, theirs: dict[int, str]
) -> None:
    assert {at: name for at, name in enumerate(voices(question)) if name} == theirs


def test_what_is_mostly_nobody_elses_is_the_authors() -> None:
    text = (
        "Although the dam was repaired twice and cost the town two million, and the mayor thought "
        "that it would hold, the council was never asked. The inquiry found that nobody was paid. "
        "Karl Holm said that the dam was old and that the town had known it for years. It broke."
    )
    source = Document("d0c", "a.txt", text, Metadata(author="Ann Lee"), "text/plain")
    found, asked = attributions(source), understand("What did Ann Lee write about the dam?")
    said = [voice(asked, source, found, span) for span in split_sentences(text)]
    assert [each and (each.speaker, each.how) for each in said] == [
        ("Ann Lee", "author"),
        ("Ann Lee", "author"),
        None,
        ("Ann Lee", "author"),
    ]


def test_what_another_wrote_is_not_the_words_of_whoever_replied() -> None:
    reply, earlier = "The ministry closed no bridge.", "We have the order that closed the bridge."
    text = f"{reply}\n\n{earlier}"
    turns = (
        Turn("Ann Lee", 0, len(reply)),
        Turn("Karl Holm", len(reply) + 2, len(text)),
    )
    known = Metadata(author="Ann Lee <a@x.example>")
    source = Document("d0c", "a.eml", text, known, "message/rfc822", turns=turns)
    found, asked = attributions(source), understand("What did Ann Lee say about the bridge?")
    said = [voice(asked, source, found, (turn.start, turn.end)) for turn in turns]
    assert [each and each.speaker for each in said] == ["Ann Lee", None]


@pytest.mark.parametrize("wanted", ["the Chilean government", "the authorities of Chile"])
def test_whoever_speaks_for_a_country_speaks_for_its_government(wanted: str) -> None:
    source = Document(
        "d0c",
        "a.txt",
        "The miners claimed that the road was closed. It is open.",
        Metadata(country="Chile", speaker="Ana Ruiz"),
        "text/plain",
    )
    found, asked = attributions(source), understand(f"What did {wanted} say about the road?")
    span = split_sentences(source.text)[1]
    spoken = voice(asked, source, found, span)
    assert spoken is not None
    assert spoken.speaker == "Ana Ruiz"
    other = understand("What did the Norwegian government say about the road?")
    assert voice(other, source, found, span) is None


def test_a_country_speaks_through_its_office_holders_and_not_through_its_critics() -> None:
    text = (
        "The Chilean government said that the road was open. Rights groups said that it was "
        "closed. President Ana Ruiz of Chile said that it would rain."
    )
    assert voices("What did Chile say about the road?", text) == [
        "the Chilean government",
        None,
        "Ana Ruiz",
    ]


@pytest.mark.parametrize(
    ("country", "called"),
    [
        ("United Arab Emirates", "the UAE"),
        ("United Arab Emirates", "the Emirati speaker"),
        ("Georgia", "Georgia"),
    ],
)
def test_a_country_is_heard_in_its_own_speech_whatever_it_is_called(
    country: str, called: str
) -> None:
    speech = Document(
        "d0c",
        "a.txt",
        "The rivers are low this year.",
        Metadata(country=country, speaker="Mr. Ali Noor"),
        "text/plain",
    )
    asked = understand(f"How are the rivers, according to {called}?")
    said = voice(asked, speech, attributions(speech), (0, len(speech.text)))
    assert said is not None
    assert said.speaker == "Mr. Ali Noor"


def test_a_president_of_another_country_is_not_the_president_of_this_one() -> None:
    text = (
        "President Ana Ruiz said that it rained. Peruvian President Ivan Berg said that it snowed. "
        "President Berg added that he was cold."
    )
    assert voices("What did the president say?", text) == ["Ana Ruiz", None, None]
    assert voices("What did the Chilean president say?", text) == ["Ana Ruiz", None, None]
    assert voices("What did Peru's president say?", text) == [None, "Ivan Berg", "Ivan Berg"]


def test_a_moderator_who_says_nothing_has_nobody_elses_words() -> None:
    assert voices("What did the moderator say about the lake?") == [None] * 5


def test_words_of_another_are_not_those_of_one_they_name() -> None:
    source = Document("d0c", "a.txt", SPEECH, Metadata(country="Chile"), "text/plain")
    found = attributions(source)
    asked = understand("What did Ana Ruiz say about the trip?")
    others = [another(asked, source, found, span) for span in split_sentences(SPEECH)]
    assert others == [False, True, True, True, True]


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Which minister said that the cure was worse than the illness?", "who-said"),
        ("Who claimed that it did more harm than good?", "who-said"),
        ("Who charged the mayor with taking bribes?", "who-said"),
        ("Who wanted the court to hear the case?", "who-said"),
        ("Who explained why the bridge fell?", "who-said"),
        ("Who blamed the rain?", "who-said"),
        ("Who was charged with murder?", "fact"),
        ("Who wanted more money?", "fact"),
        ("Who wrote the report?", "fact"),
    ],
)
def test_questions_for_who_said_something(question: str, kind: str) -> None:
    assert understand(question).kind == kind


@pytest.mark.parametrize(
    ("question", "speaker"),
    [
        ("Did Ruiz's successor agree?", "Ruiz's successor"),
        ("Did the mayor object to the plan?", "the mayor"),
        ("Did it snow?", None),
    ],
)
def test_whose_agreement_is_asked_for(question: str, speaker: str | None) -> None:
    assert understand(question).speaker == speaker


def test_others_of_a_kind_are_kin_and_not_another() -> None:
    text = (
        "Humanitarian organizations said that the road was open. Local officials said that it was "
        "closed. Aid Nord said that it rained. An organization of drivers said that it snowed."
    )
    source = Document("d0c", "a.txt", text, Metadata(), "text/plain")
    found, asked = attributions(source), understand("What did aid organizations say about it?")
    spans = split_sentences(text)
    assert voices("What did aid organizations say about it?", text) == [None] * 4
    assert [bool(kin(asked, source, found, span)) for span in spans] == [True, False, False, False]
    assert [another(asked, source, found, span) for span in spans] == [False, True, True, True]


@pytest.mark.parametrize(
    ("text", "tells"),
    [
        ("Ruiz did not say when.", True),
        ("Ruiz, who arrived late, would argue otherwise.", True),
        ("The tale that Ruiz told was long.", True),
        ("This follows a news report by Ruiz, who covered the vote.", False),
        ("According to Ruiz, the lake was dry.", True),
        ("Ruiz left the state.", False),
        ("Holm said it rained.", False),
    ],
)
def test_a_sentence_tells_of_somebodys_words(text: str, tells: bool) -> None:
    assert tells_of(understand("What did Ana Ruiz say?"), text.replace("Ruiz", "Ana Ruiz")) is tells


@pytest.mark.parametrize(
    ("wanted", "one"),
    [
        ("the outgoing Chilean president", True),
        ("Norway's foreign minister", True),
        ("the head of the commission", True),
        ("the two Chilean presidents", False),
        ("the president and the foreign minister", False),
        ("an ambassador", False),
        ("the officials", False),
        ("a witness", False),
        ("Ana Ruiz", False),
    ],
)
def test_an_office_in_the_singular_is_held_by_one(wanted: str, one: bool) -> None:
    assert names_one_office(wanted) is one

"""Views, wishes and figures; who has the floor; offices; and the cases that are nobody's."""

from __future__ import annotations

from typing import Any

import pytest

from rag.attribution import Attributions, attributions
from rag.language.sentences import split_sentences
from rag.schema import Document, Metadata, Turn


def read(text: str, **fields: Any) -> tuple[Document, Attributions]:
    source = Document("d0c", "a.txt", text, Metadata(**fields), "text/plain")
    return source, attributions(source)


def speakers(text: str) -> list[str | None]:
    """Whose words each sentence is."""
    _, found = read(text)
    spans = split_sentences(text)
    return [said.speaker if (said := found.of(*span)) else None for span in spans]


HOLM = "Karl Holm told the council that the dam was old. "

VIEWS = [
    "He put the share of leaking pipes at 5 percent.",
    "Holm wanted the state to pay for the work.",
    "He saw in the report a sign of neglect.",
    "Holm found the repair plan weak in two respects.",
    "He compared the wall to a sieve.",
    "To him the dam was a question of safety.",
    "He proposed a fund for repairs.",
    "He proposed to close the road below.",
    "Holm endorsed the plan of the engineers.",
    "He hoped that the rain would end.",
    "He mourned the two workers who had died there.",
    "He invited the mayor to see the cracks.",
]


@pytest.mark.parametrize("view", VIEWS)
def test_views_wishes_and_figures_are_of_those_who_have_them(view: str) -> None:
    assert speakers(HOLM + view) == ["Karl Holm", "Karl Holm"]


@pytest.mark.parametrize("view", [view for view in VIEWS if not view.startswith("He ")])
def test_so_they_are_where_nothing_else_is_told_of_somebodys_words(view: str) -> None:
    assert speakers("Karl Holm came to the dam. " + view) == [None, "Karl Holm"]


@pytest.mark.parametrize(
    "act",
    [
        "He found the door open.",
        "He gave the mayor a map.",
        "He put the map on the table.",
        "He saw the mayor.",
        "He called the mayor in the evening.",
        "He supported his wife with his pension.",
        "He proposed to Ana Ruiz in May.",
        "To him they sent a map.",
        "Holm was found guilty by the court.",
        "It was proposed to close the road.",
        "The pipes leaked.",
    ],
)
def test_acts_are_nobodys_words(act: str) -> None:
    assert speakers(HOLM + act) == ["Karl Holm", None]


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("The Baltic Union found the count calm and fair in a first report.", "Baltic Union"),
        ("Election observers did not regard the count as fair.", "election observers"),
        ("The court considered the evidence insufficient.", "the court"),
        ("The police found the house empty.", None),
        ("The court found him guilty.", None),
        ("The committee called a meeting.", None),
        ("The agency did not find the man.", None),
        ("Ana Ruiz did not regard the count as fair.", "Ana Ruiz"),
        ("The Baltic Union supported the count.", "Baltic Union"),
    ],
)
def test_a_body_judges_in_public(text: str, speaker: str | None) -> None:
    assert speakers(text) == [speaker]


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("In May 2011 Ana Ruiz said that it rained.", "Ana Ruiz"),
        ("On Monday the website Lumen.org alleged that the mayor was paid.", "Lumen.org"),
        ("In early June the ministry announced a vote.", "the ministry"),
        ("In Geneva Ana Ruiz smiled. In 2011 nobody said that it rained.", None),
    ],
)
def test_when_it_was_said_may_stand_before_without_a_comma(text: str, speaker: str | None) -> None:
    assert speakers(text)[-1] == speaker


def test_another_persons_view_does_not_go_to_the_one_who_is_heard() -> None:
    text = HOLM + "Ana Ruiz wanted the state to pay. He regretted that the mayor was away."
    assert speakers(text)[1] == "Ana Ruiz"


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("Ana Ruiz demanded a new vote.", "Ana Ruiz"),
        ("Ana Ruiz charged that the vote was bought.", "Ana Ruiz"),
        ("Ana Ruiz charged the phone at night.", None),
        ("Ana Ruiz boasted of her win.", "Ana Ruiz"),
        ("The town boasted a new bridge.", None),
        ("Ana Ruiz repeated her call for a new vote.", "Ana Ruiz"),
        ("The vote was bought, Ana Ruiz repeated before the council.", "Ana Ruiz"),
        ("Ana Ruiz repeated the school year.", None),
        ("Ana Ruiz offered her condolences to the families.", "Ana Ruiz"),
        ("Ana Ruiz offered a seat to the widow.", None),
        ("Ana Ruiz smiled when the mayor read that the town was broke.", None),
    ],
)
def test_verbs_that_say_and_the_same_verbs_that_do_not(text: str, speaker: str | None) -> None:
    assert speakers(text) == [speaker]


def test_the_pronoun_means_the_one_who_has_the_floor_not_one_mentioned_in_passing() -> None:
    text = (
        "Lena Ortiz told the council that the dam was old. The walls, Ortiz said, were thin. "
        "Ortiz closed the road and met the widow of Omar Haddad. The work, she said, would begin."
    )
    assert speakers(text)[-1] == "Lena Ortiz"


@pytest.mark.parametrize(
    "text",
    [
        # somebody else leads the sentence before
        "Karl Holm said that the dam was old. Holm added that it leaked. Omar Haddad met Holm in "
        "May. The cost, he said, was high.",
        # somebody else has been heard as well
        "Karl Holm said that the dam was old. Omar Haddad said that it leaked. Holm met Haddad in "
        "May. The cost, he said, was high.",
        # heard once only
        "Karl Holm said that the dam was old. Holm met Omar Haddad in May. The cost, he said, was "
        "high.",
    ],
)
def test_without_the_floor_an_ambiguous_pronoun_is_nobodys(text: str) -> None:
    assert speakers(text)[-1] is None


def test_where_people_travel_to_is_nobody() -> None:
    text = (
        "Before Karl Holm left for Karsund, he called the vote a success. For once, he said, all "
        "parties were content."
    )
    assert speakers(text)[-1] == "Karl Holm"


OFFICES = [
    ("Secretary of State Ana Ruiz met the press.", "Ana Ruiz", {"Secretary of State"}),
    ("Prime Minister Karl Holm of Norway spoke.", "Karl Holm", {"Prime Minister of Norway"}),
    ("Norwegian President Karl Holm spoke.", "Karl Holm", {"Norwegian President"}),
    (
        "Ana Ruiz, the foreign minister of Chile, left.",
        "Ana Ruiz",
        {"the foreign minister of Chile"},
    ),
    ("The mayor of Lund, Ana Ruiz, left.", "Ana Ruiz", {"The mayor of Lund"}),
    (
        "Ana Ruiz, who was then the head of the agency, left.",
        "Ana Ruiz",
        {"the head of the agency"},
    ),
    (
        "Minister of Health and Education Ana Ruiz left.",
        "Ana Ruiz",
        {"Minister of Health and Education"},
    ),
    # nobody's office beside a name is theirs
    ("The minister and President Ana Ruiz left.", "Ana Ruiz", {"President"}),
    ("A lawyer for President Ana Ruiz left.", "Ana Ruiz", {"President"}),
    ("The brother of General Ana Ruiz left.", "Ana Ruiz", {"General"}),
    (
        "With President Ana Ruiz he left. Moscow. President Ana Ruiz came.",
        "Ana Ruiz",
        {"President"},
    ),
    # a preposition that begins a sentence is no part of a title, unless it is of this one
    ("Under Prime Minister Ana Ruiz they left.", "Ana Ruiz", {"Prime Minister"}),
    ("Under Secretary of State Ana Ruiz left.", "Ana Ruiz", {"Under Secretary of State"}),
    ("The Secretary of State had been there before, Ruiz noted.", "Ruiz", set()),
    ("Ana Ruiz, the judge said, was late.", "Ana Ruiz", set()),
    ("The president spoke before Ana Ruiz left.", "Ana Ruiz", set()),
    ("Ana Ruiz met President Karl Holm.", "Ana Ruiz", set()),
]


@pytest.mark.parametrize(("text", "name", "offices"), OFFICES)
def test_what_people_are_by_the_titles_beside_their_names(
    text: str, name: str, offices: set[str]
) -> None:
    _, found = read(text)
    assert found.offices(name) == offices


def test_asked_who_said_it_the_one_counts_of_whom_the_analyst_tells() -> None:
    text = "ANALYST: Karl Holm said that the dam was old. It leaks."
    start = len("ANALYST: ")
    turn = Turn("ANALYST", start, len(text))
    found = attributions(Document("d0c", "a.txt", text, Metadata(), "text/plain", turns=(turn,)))
    first, second = (start, text.index(" It")), (text.index("It leaks"), len(text))
    assert [each.speaker for each in (found.of(*first), found.heard(*first)) if each] == [
        "ANALYST",
        "Karl Holm",
    ]
    told = found.heard(*second)
    assert told is not None
    assert told.speaker == "ANALYST"

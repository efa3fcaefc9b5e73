"""Sentences that enumerate, and those that only have commas."""

from __future__ import annotations

import pytest

from rag.listing import ELSE, items, prefer_enumerations
from rag.schema import Evidence, Hit, Metadata, Passage


@pytest.mark.parametrize(
    ("sentence", "count"),
    [
        ("They banned rallies, marches, petitions and strikes.", 4),
        ("Those barred are judges, workers in health care, and guards.", 3),
        ("The law covers sections 12, 14, 15 and 20, which were added later.", 4),
        ("Gold, 1,200 tons of iron and salt were sold.", 3),
        ("The right to work, to attend school, and to open an account was granted.", 3),
        ("It struck several towns, among them Arle, Bode and Dole.", 3),
        ("The town banned masks and hats.", 0),
        ("The minister, he said, was late and left.", 0),
        ("In May, the council met and voted.", 0),
        ("On June 3, 2019, the police came and left.", 0),
        ("According to the mayor, who was late, the road was open.", 0),
        ("", 0),
    ],
)
def test_things_are_counted_and_not_commas(sentence: str, count: int) -> None:
    assert items(sentence) == count


def evidence(text: str, score: float) -> Evidence:
    passage = Passage("p", "d", 0, len(text), text)
    return Evidence(Hit(1, 1.0, passage, "a.txt", Metadata(), (passage,)), 0, len(text), score)


def test_what_enumerates_comes_before_what_only_speaks_of_the_matter() -> None:
    about = evidence("The council banned several things last year.", 0.6)
    names = evidence("Banned were rallies, marches, petitions and strikes.", 0.4)
    aside = evidence("Rain, snow, ice and fog came.", 0.02)
    found = prefer_enumerations([about, names, aside])
    assert [each.text for each in found] == [names.text, about.text, aside.text]
    assert found[1].score == about.score
    assert about.score < found[0].score < 1


def test_the_more_is_enumerated_the_likelier() -> None:
    short = evidence("They came by rail, road and air.", 0.5)
    long = evidence("They came by rail, road, air, sea, mule and foot.", 0.45)
    assert [each.text for each in prefer_enumerations([short, long])] == [long.text, short.text]


@pytest.mark.parametrize(
    ("question", "more"),
    [("What else did he say?", True), ("And who else?", True), ("Which ones or else none?", False)],
)
def test_what_else_asks_for_no_list(question: str, more: bool) -> None:
    assert bool(ELSE.search(question)) is more

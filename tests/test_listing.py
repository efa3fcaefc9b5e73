"""Sentences that enumerate, and those that only have commas."""

from __future__ import annotations

import pytest

from rag.listing import items


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

"""The best sentences once more, each by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer.rank import read_names
from rag.answer.records import log_odds_of
from rag.answer.rescore import rescored
from rag.schema import Evidence, Hit, Metadata, Passage

TEXT = "The board met in May. It approved the budget. Nobody objected. The meeting ended at noon."
SPANS = [(0, 21), (22, 45), (46, 62), (63, 89)]


def sentences(*probabilities: float) -> list[Evidence]:
    """Sentences of one passage with these probabilities, best first."""
    passage = Passage("p", "d", 0, len(TEXT), TEXT, sentences=tuple(SPANS))
    hit = Hit(1, 1.0, passage, "minutes.txt", Metadata(), (passage,))
    found = [
        Evidence(hit, *span, score=each)
        for span, each in zip(SPANS[: len(probabilities)], probabilities, strict=True)
    ]
    return sorted(found, key=lambda each: -each.score)


def test_a_sentence_that_answers_by_itself_comes_before_its_neighbour() -> None:
    best, second = rescored(sentences(0.6, 0.5), [-4.0, 8.0])
    assert best.text == "It approved the budget."
    assert log_odds_of(best.score) == pytest.approx(2.0)
    assert log_odds_of(second.score) == pytest.approx(log_odds_of(0.6) - 1.0)


def test_what_was_not_read_again_does_not_overtake_what_was() -> None:
    before = sentences(0.6, 0.5, 0.4, 0.3)
    after = rescored(before, [-9.0, -8.0])
    assert {each.text for each in after[:2]} == {each.text for each in before[:2]}
    assert [each.text for each in after[2:]] == [each.text for each in before[2:]]


@given(
    probabilities=st.lists(st.floats(0.001, 0.999), max_size=4),
    scores=st.lists(st.floats(-12, 12), min_size=4, max_size=4),
)
def test_no_sentence_is_lost_and_the_best_stands_first(
    probabilities: list[float], scores: list[float]
) -> None:
    before = sentences(*probabilities)
    after = rescored(before, scores[: len(before)])
    assert {each.text for each in after} == {each.text for each in before}
    assert [each.score for each in after] == sorted((each.score for each in after), reverse=True)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (
            "Kelm [In millions; Died 2018] $ (41) [2019] –",
            "Kelm  In millions; Died 2018: $ (41)  2019: –",
        ),
        ("Kelm | [Camp; Died] 41", "Kelm |  Camp; Died: 41"),
        ("Date: 2019-02-11; Place: Aster; Dead: 31", "Date  2019-02-11, Place  Aster, Dead  31"),
        (
            "A row.\n\nPlace: Aster; Dead: 31\n\nSo it is: 3; no more.",
            "A row.\n\nPlace  Aster, Dead  31\n\nSo it is: 3; no more.",
        ),
        ("He said [1] that [the minister] left: 12 people; 3 stayed.", None),
        ("Three came: Ann; Bob; Eve.", None),
    ],
)
def test_names_of_columns_are_read_without_their_signs(text: str, read: str | None) -> None:
    assert read_names(text) == (text if read is None else read)
    assert len(read_names(text)) == len(text)

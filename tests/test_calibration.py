"""Confidence as a probability, against cases worked by hand and properties that always hold."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation.calibration import (
    Bin,
    best_threshold,
    expected_calibration_error,
    reliability,
    risk_coverage_area,
)

questions = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]) | st.floats(0, 1), st.booleans()),
    max_size=60,
)
Questions = list[tuple[float, bool]]


def split(pairs: Questions) -> tuple[list[float], list[bool]]:
    return [sure for sure, _ in pairs], [answerable for _, answerable in pairs]


def test_a_curve_has_bins_of_equal_mass() -> None:
    confidence = [0.8, 0.1, 0.6, 0.2, 0.9, 0.3]
    answerable = [True, False, True, True, True, False]
    curve = reliability(confidence, answerable, bins=3)
    assert [each.confidence for each in curve] == pytest.approx([0.15, 0.45, 0.85])
    assert [each.answerable for each in curve] == [0.5, 0.5, 1]
    assert [each.questions for each in curve] == [2, 2, 2]
    # (2 * 0.35 + 2 * 0.05 + 2 * 0.15) / 6
    assert expected_calibration_error(curve) == pytest.approx(1.1 / 6)


def test_questions_of_one_confidence_stay_together() -> None:
    curve = reliability([0.5] * 9 + [0.9], [True] * 6 + [False] * 4, bins=5)
    assert [(each.questions, each.answerable) for each in curve] == [
        (9, pytest.approx(2 / 3)),
        (1, 0),
    ]


@pytest.mark.parametrize(
    ("share", "confidence", "error"), [(0.7, 0.7, 0.0), (1.0, 1.0, 0.0), (0.0, 1.0, 1.0)]
)
def test_the_error_is_the_distance_from_what_was_observed(
    share: float, confidence: float, error: float
) -> None:
    curve = [Bin(confidence, share, 10)]
    assert expected_calibration_error(curve) == pytest.approx(error)


@given(questions)
def test_a_curve_keeps_every_question_and_does_not_mind_their_order(pairs: Questions) -> None:
    curve = reliability(*split(pairs))
    assert sum(each.questions for each in curve) == len(pairs)
    assert len(curve) <= 10
    assert sum(each.questions * each.answerable for each in curve) == pytest.approx(
        sum(answerable for _, answerable in pairs)
    )
    assert [each.confidence for each in curve] == sorted(each.confidence for each in curve)
    random.Random(1).shuffle(pairs)
    assert reliability(*split(pairs)) == curve


@given(questions.filter(bool))
def test_errors_are_shares(pairs: Questions) -> None:
    confidence, answerable = split(pairs)
    error = expected_calibration_error(reliability(confidence, answerable))
    for measure in (error, risk_coverage_area(confidence, answerable)):
        assert -1e-9 <= measure <= 1 + 1e-9


def test_the_best_threshold_parts_the_answerable_from_the_others() -> None:
    best = best_threshold([0.1, 0.3, 0.5, 0.9], [False, False, True, True])
    assert best is not None
    assert best.value == pytest.approx(0.4)
    assert best.f1 == 1
    assert best_threshold([0.1, 0.9], [True, True]) is None


def test_of_equal_thresholds_the_one_that_abstains_least_is_best() -> None:
    # Nothing can be gained: the only unanswerable question is as sure as can be.
    best = best_threshold([0.2, 1.0], [True, False])
    assert best is not None
    assert (best.value, best.f1) == (0, 0)


@given(questions)
def test_no_threshold_is_better_than_the_best(pairs: Questions) -> None:
    best = best_threshold(*split(pairs))
    unanswerable = sum(not answerable for _, answerable in pairs)
    assert (best is None) == (unanswerable == 0)
    if best is None:
        return
    for threshold in (best.value, 0.05, 0.2, 0.45, 0.7, 1.0):
        abstained = [answerable for sure, answerable in pairs if sure < threshold]
        right = sum(not answerable for answerable in abstained)
        f1 = 2 * right / (len(abstained) + unanswerable)
        assert f1 <= best.f1
    assert best.value <= 1


def test_the_area_of_equals_is_the_expectation_over_their_order() -> None:
    # Wrong before right gives risks 1, 1/2; right before wrong 0, 1/2: on average 1/2, 1/2.
    assert risk_coverage_area([0.5, 0.5], [True, False]) == pytest.approx(0.5)


@given(questions.filter(bool))
def test_a_perfect_order_has_the_smallest_area(pairs: Questions) -> None:
    confidence, answerable = split(pairs)
    perfect = risk_coverage_area([float(each) for each in answerable], answerable)
    worst = risk_coverage_area([float(not each) for each in answerable], answerable)
    area = risk_coverage_area(confidence, answerable)
    assert perfect - 1e-9 <= area <= worst + 1e-9

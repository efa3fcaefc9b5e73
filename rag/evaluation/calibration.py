"""Is ``confidence`` a probability, and where is the best place to stop answering?

Pure functions of the confidences and of whether each question could be answered at all; the two
sequences have the same length. scikit-learn's calibration curve has no counts and cuts questions of
one confidence apart, so the bins are made here.
"""

from __future__ import annotations

import itertools
import statistics
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "Bin",
    "Threshold",
    "best_threshold",
    "expected_calibration_error",
    "reliability",
    "risk_coverage_area",
]


@dataclass(frozen=True, slots=True)
class Bin:
    """A point of the reliability curve.

    ``confidence`` is the mean of its questions, ``answerable`` the observed share of them that
    the collection answers, ``questions`` how many they are, at least 1.
    """

    confidence: float
    answerable: float
    questions: int


@dataclass(frozen=True, slots=True)
class Threshold:
    """A confidence under which to abstain, and the F1 of abstaining that it gives."""

    value: float
    f1: float


def reliability(
    confidence: Sequence[float], answerable: Sequence[bool], *, bins: int = 10
) -> tuple[Bin, ...]:
    """The reliability curve in at most ``bins`` bins of equal mass, least confident first.

    Questions of the same confidence share a bin, so bins differ in size where there are many of
    them, and the order of the questions never matters. Bins without questions are left out.
    """
    ordered = sorted(confidence)
    inside: dict[int, list[tuple[float, bool]]] = {}
    for pair in sorted(zip(confidence, answerable, strict=True)):
        inside.setdefault(bisect_left(ordered, pair[0]) * bins // len(ordered), []).append(pair)
    return tuple(
        Bin(
            statistics.fmean(sure for sure, _ in pairs),
            statistics.fmean(is_answerable for _, is_answerable in pairs),
            len(pairs),
        )
        for pairs in inside.values()
    )


def expected_calibration_error(curve: Sequence[Bin]) -> float | None:
    """How far confidence is from the observed share, on average over the questions; 0 is best.

    ECE as in Naeini et al. 2015, "Obtaining Well Calibrated Probabilities Using Bayesian
    Binning": over the bins of equal mass, the distance between the mean confidence and the
    observed share, weighted by the number of questions. None without questions.
    """
    total = sum(each.questions for each in curve)
    if not total:
        return None
    return sum(each.questions * abs(each.confidence - each.answerable) for each in curve) / total


def best_threshold(confidence: Sequence[float], answerable: Sequence[bool]) -> Threshold | None:
    """The threshold with the highest F1 of abstaining on these questions.

    It lies halfway between two confidences that occur, or is 0 (never abstain); of equally good
    ones the lowest is given, which abstains least. None if every question can be answered.
    """
    unanswerable = sum(not each for each in answerable)
    if not unanswerable:
        return None
    occurring = [*sorted(set(confidence)), 1.0]
    # A confidence of 1 is never under a threshold.
    between = [(low + high) / 2 for low, high in itertools.pairwise(occurring) if low < high]
    return max(
        (Threshold(value, _f1(confidence, answerable, value)) for value in (0.0, *between)),
        key=lambda each: (each.f1, -each.value),
    )


def _f1(confidence: Sequence[float], answerable: Sequence[bool], threshold: float) -> float:
    """F1 of abstaining under ``threshold``, with at least one question that has no answer."""
    abstained = [
        is_answerable
        for sure, is_answerable in zip(confidence, answerable, strict=True)
        if sure < threshold
    ]
    right = sum(not each for each in abstained)
    return 2 * right / (len(abstained) + sum(not each for each in answerable))


def risk_coverage_area(confidence: Sequence[float], answerable: Sequence[bool]) -> float | None:
    """Area under the risk-coverage curve, AURC; lower is better, None without questions.

    As in Geifman et al. 2019, "Bias-Reduced Uncertainty Estimation for Deep Neural Classifiers":
    the risk at a coverage is the share of unanswerable questions among those answered when the
    most confident are; the area is its mean over answering 1, 2, … all of the questions. Among
    questions of one confidence, the expectation over their order is taken.
    """
    if not confidence:
        return None
    ordered = sorted(zip(confidence, answerable, strict=True), key=lambda pair: -pair[0])
    risks: list[float] = []
    wrong = 0.0
    for _, group in itertools.groupby(ordered, key=lambda pair: pair[0]):
        unanswerable = [not is_answerable for _, is_answerable in group]
        each_adds = statistics.fmean(unanswerable)
        for _ in unanswerable:
            wrong += each_adds
            risks.append(wrong / (len(risks) + 1))
    return statistics.fmean(risks)

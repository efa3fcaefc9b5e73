"""Calibration of ``confidence``, and the best threshold for abstaining.

Functions of the confidences and of whether each question could be answered at all; the two have the
same length. scikit-learn's calibration curve has no counts and cuts questions of one confidence
apart, so the bins are made here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


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
    confidence: npt.ArrayLike, answerable: npt.ArrayLike, *, bins: int = 10
) -> tuple[Bin, ...]:
    """The reliability curve in at most ``bins`` bins of equal mass, least confident first.

    Questions of the same confidence share a bin, so bins differ in size where there are many of
    them, and the order of the questions never matters. Bins without questions are left out.
    """
    sure, known = np.asarray(confidence, float), np.asarray(answerable, float)
    order = np.lexsort((known, sure))
    sure, known = sure[order], known[order]
    numbers = np.searchsorted(sure, sure) * bins // max(len(sure), 1)
    inside = [numbers == number for number in np.unique(numbers)]
    return tuple(Bin(float(sure[b].mean()), float(known[b].mean()), int(b.sum())) for b in inside)


def expected_calibration_error(curve: Sequence[Bin]) -> float:
    """How far confidence is from the observed share, on average over the questions; 0 is best.

    ECE as in Naeini et al. 2015, "Obtaining Well Calibrated Probabilities Using Bayesian
    Binning": over the bins of equal mass, the distance between the mean confidence and the
    observed share, weighted by the number of questions. The curve has at least one bin.
    """
    distances = [abs(each.confidence - each.answerable) for each in curve]
    return float(np.average(distances, weights=[each.questions for each in curve]))


def best_threshold(confidence: npt.ArrayLike, answerable: npt.ArrayLike) -> Threshold | None:
    """The threshold with the highest F1 of abstaining on these questions.

    It lies halfway between two confidences that occur, or is 0 (never abstain); of equally good
    ones the lowest is given, which abstains least. None if every question can be answered.
    """
    sure, unanswerable = np.asarray(confidence, float), ~np.asarray(answerable, bool)
    if not unanswerable.any():
        return None
    occurring = np.unique([*sure, 1.0])  # a confidence of 1 is never under a threshold
    values = np.array([0.0, *(occurring[:-1] + occurring[1:]) / 2])
    abstained = sure < values[:, None]
    right = (abstained & unanswerable).sum(axis=1)
    f1 = 2 * right / (abstained.sum(axis=1) + unanswerable.sum())
    best = int(f1.argmax())
    return Threshold(float(values[best]), float(f1[best]))


def risk_coverage_area(confidence: npt.ArrayLike, answerable: npt.ArrayLike) -> float:
    """Area under the risk-coverage curve, AURC, of at least one question; lower is better.

    As in Geifman et al. 2019, "Bias-Reduced Uncertainty Estimation for Deep Neural Classifiers":
    the risk at a coverage is the share of unanswerable questions among those answered when the
    most confident are; the area is its mean over answering 1, 2, … all of the questions. Among
    questions of one confidence, the expectation over their order is taken.
    """
    doubt, wrong = -np.asarray(confidence, float), ~np.asarray(answerable, bool)
    _, group, counts = np.unique(doubt, return_inverse=True, return_counts=True)
    expected = np.repeat(np.bincount(group, wrong) / counts, counts)  # most confident first
    return float((np.cumsum(expected) / np.arange(1, len(doubt) + 1)).mean())

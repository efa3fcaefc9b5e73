"""The measures over many questions: as figures, and as functions for resampling.

Every measure is a statistic: a function of indices into the scores, of shape ``(…, n)``, that gives
the measure over the questions of each row, of shape ``(…)``; NaN where the row has no question that
allows it. The figure over all questions is the statistic over ``arange(n)``.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from rag.evaluation.calibration import (
    Bin,
    best_threshold,
    expected_calibration_error,
    reliability,
    risk_coverage_area,
)
from rag.evaluation.measures import Scores

Indices = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]
Statistic = Callable[[Indices], Floats]
Figures = dict[str, float | int | None]


@dataclass(frozen=True, slots=True)
class Term:
    """What one question adds to the numerator and the denominator of a measure."""

    value: float
    weight: float = 1.0


def _term(value: float | None, weight: float = 1.0) -> Term | None:
    return None if value is None or not weight else Term(float(value), float(weight))


def _retrieved(name: str) -> Callable[[Scores], Term | None]:
    return lambda each: _term(each.retrieval.get(name))


def _mean(attribute: str) -> Callable[[Scores], Term | None]:
    return lambda each: _term(getattr(each, attribute))


@dataclass(frozen=True, slots=True)
class Measure:
    """How a measure is computed, named and explained.

    ``term`` is what a question adds to it, for a measure that is one sum over another. ``causes``
    are the failures that a loss can come from, those first that come first on a question's way.
    ``short`` are the other names that it may be given.
    """

    term: Callable[[Scores], Term | None] | None = None
    causes: tuple[str, ...] = ()
    short: tuple[str, ...] = ()
    less_is_better: bool = False


_ON_THE_WAY = (
    *("not in the collection", "not retrieved", "wrongly abstained"),
    *("retrieved but not chosen", "right sentence not first", "incomplete"),
)
_SPEAKING = ("wrong speaker", "speaker missing", *_ON_THE_WAY[:3])
_ABSTAINING = ("answered though unanswerable", "wrongly abstained")

MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "questions": Measure(),
        "answerable": Measure(),
        **{
            name: Measure(_retrieved(name), _ON_THE_WAY[:2])
            for name in ("R@1", "R@5", "R@10", "nDCG@10", "RR@10")
        },
        "evidence precision": Measure(_mean("precision"), _ON_THE_WAY, ("precision",)),
        "evidence recall": Measure(_mean("recall"), _ON_THE_WAY, ("recall",)),
        "evidence F1": Measure(_mean("f1"), _ON_THE_WAY, ("f1",)),
        "Hit@1": Measure(_mean("hit"), _ON_THE_WAY),
        "answer token F1": Measure(_mean("token_f1"), _ON_THE_WAY),
        "answer containment": Measure(_mean("contains"), _ON_THE_WAY, ("containment",)),
        "citations": Measure(),
        "citation integrity": Measure(
            lambda each: _term(each.intact, each.citations), ("broken citation",), ("integrity",)
        ),
        "distinctness": Measure(
            lambda each: _term(each.statements - each.repeated, each.statements),
            ("repeats itself",),
        ),
        "attribution accuracy": Measure(
            _mean("speaker_first"), _SPEAKING, ("attribution", "speaker")
        ),
        "attribution accuracy, all": Measure(_mean("speaker_all"), _SPEAKING),
        "another's words": Measure(_mean("speaker_other"), _SPEAKING, less_is_better=True),
        "refusal accuracy": Measure(
            lambda each: _term(each.refused, each.answerable and each.refuse),
            ("counted", "wrongly abstained"),
            ("refusal",),
        ),
        "false refusal": Measure(
            lambda each: _term(each.refused, each.answerable and not each.refuse),
            ("refused to count",),
            less_is_better=True,
        ),
        "abstention accuracy": Measure(
            lambda each: _term(each.abstained != each.answerable), _ABSTAINING, ("abstention",)
        ),
        "abstention F1": Measure(
            lambda each: _term(
                2 * (each.abstained and not each.answerable),
                each.abstained + (not each.answerable),
            ),
            _ABSTAINING,
        ),
        "false abstention": Measure(
            lambda each: _term(each.abstained, each.answerable), _ABSTAINING, less_is_better=True
        ),
        "AUROC": Measure(None, _ABSTAINING),
        "ECE": Measure(None, _ABSTAINING, less_is_better=True),
        # The mean squared error of the confidence (Brier 1950).
        "Brier": Measure(
            lambda each: _term((each.confidence - each.answerable) ** 2),
            _ABSTAINING,
            less_is_better=True,
        ),
        "AURC": Measure(None, _ABSTAINING, less_is_better=True),
        "best threshold": Measure(),
        "best threshold F1": Measure(),
        "latency p50 ms": Measure(short=("p50",), less_is_better=True),
        "latency p95 ms": Measure(short=("p95",), less_is_better=True),
    }
)
"""All measures by their names, in the order in which they are shown."""


def summarise(scores: Sequence[Scores]) -> Figures:
    """All measures over all questions; None where no question allows a measure.

    ``AUROC``, ``ECE``, ``Brier``, ``AURC`` and ``best threshold`` judge the confidence alone,
    ``abstention …`` what was in the end done. ``refusal accuracy`` is the share of the questions
    that ask to count by reading that were met with the caution not to, ``false refusal`` that of
    the other answerable ones. ``distinctness`` is the share of all statements that repeat none
    before them in their answer.
    """
    every = np.arange(len(scores))
    figures: Figures = {
        "questions": len(scores),
        "answerable": sum(each.answerable for each in scores),
        "citations": sum(each.citations for each in scores),
    }
    figures |= {name: float(each(every)) for name, each in statistics_of(scores).items()}
    best = best_threshold(*_confidence(scores)) if "AUROC" in figures else None
    if best is not None:
        figures |= {"best threshold": best.value, "best threshold F1": best.f1}
    return {name: figures.get(name) for name in MEASURES}


def reliability_curve(scores: Sequence[Scores]) -> tuple[Bin, ...]:
    """The reliability curve of the confidence, least confident first."""
    return reliability(*_confidence(scores))


def timings(scores: Sequence[Scores]) -> dict[str, float]:
    """Median milliseconds of each part of the work, over the questions that came to that part."""
    parts = dict.fromkeys(part for each in scores for part in each.timings)
    return {
        part: statistics.median(each.timings[part] for each in scores if part in each.timings)
        for part in parts
    }


def statistics_of(scores: Sequence[Scores]) -> dict[str, Statistic]:
    """The statistics that these scores allow, by the name of the measure, in their order."""
    if not scores:
        return {}
    found: dict[str, Statistic] = {}
    sure, answerable = _confidence(scores)
    for name, measure in MEASURES.items():
        terms = [measure.term(each) for each in scores] if measure.term else []
        if any(terms) and (name != "abstention F1" or not answerable.all()):
            found[name] = _ratio(terms)
    if answerable.any() and not answerable.all():
        found["AUROC"] = lambda rows: _auroc(sure[rows], answerable[rows])
    found["ECE"] = _by_row(
        lambda row: expected_calibration_error(reliability(sure[row], answerable[row]))
    )
    found["AURC"] = _by_row(lambda row: risk_coverage_area(sure[row], answerable[row]))
    taken = np.array([each.milliseconds for each in scores])
    found["latency p50 ms"] = lambda rows: np.median(taken[rows], axis=-1)
    found["latency p95 ms"] = lambda rows: p95(taken[rows])
    return {name: found[name] for name in MEASURES if name in found}


def _confidence(scores: Sequence[Scores]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    sure = np.array([each.confidence for each in scores], float)
    return sure, np.array([each.answerable for each in scores], bool)


def _ratio(known: Sequence[Term | None]) -> Statistic:
    value = np.array([each.value if each else 0 for each in known], float)
    weight = np.array([each.weight if each else 0 for each in known], float)
    return lambda rows: _divided(value[rows].sum(axis=-1), weight[rows].sum(axis=-1))


def _divided(sums: Floats, by: Floats) -> Floats:
    """The quotients; NaN where ``by`` is 0."""
    found: Floats = np.divide(sums, by, out=np.full(np.shape(by), np.nan), where=by > 0)
    return found


def _auroc(sure: Floats, positive: npt.NDArray[np.bool_]) -> Floats:
    """By ranks, the Mann-Whitney statistic: the same as scikit-learn's, for many rows at once."""
    yes = positive.sum(axis=-1)
    over = (rankdata(sure, axis=-1) * positive).sum(axis=-1) - yes * (yes + 1) / 2
    return _divided(over, yes * (sure.shape[-1] - yes))


def p95(taken: Floats) -> Floats:
    """The time, of those on the last axis, that 95 of 100 stay under."""
    count = taken.shape[-1]
    found: Floats = np.sort(taken, axis=-1)[..., min(count - 1, int(0.95 * count))]
    return found


def _by_row(measure: Callable[[Indices], float]) -> Statistic:
    """A measure of one row of indices, for rows of any shape."""
    return lambda rows: np.apply_along_axis(measure, -1, rows)

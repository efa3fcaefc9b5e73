"""The measures over many questions: as figures, and as functions for resampling.

Every measure is a statistic: a function of indices into the scores, of shape ``(…, n)``, that gives
the measure over the questions of each row, of shape ``(…)``; NaN where the row has no question that
allows it. The figure over all questions is the statistic over ``arange(n)``.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
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

__all__ = [
    "LOWER_IS_BETTER",
    "MEASURES",
    "Figures",
    "Floats",
    "Indices",
    "Statistic",
    "Term",
    "reliability_curve",
    "statistics_of",
    "summarise",
    "terms",
    "timings",
]

Indices = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]
Statistic = Callable[[Indices], Floats]
Figures = dict[str, float | int | None]

MEASURES = (
    *("questions", "answerable", "R@1", "R@5", "R@10", "nDCG@10", "RR@10"),
    *("evidence precision", "evidence recall", "evidence F1", "Hit@1"),
    *("answer token F1", "answer containment"),
    *("citations", "citation integrity", "distinctness"),
    *("attribution accuracy", "attribution accuracy, all", "another's words"),
    *("refusal accuracy", "false refusal"),
    *("abstention accuracy", "abstention F1", "false abstention"),
    *("AUROC", "ECE", "Brier", "AURC", "best threshold", "best threshold F1"),
    *("latency p50 ms", "latency p95 ms"),
)
"""The names of all figures, in the order in which they are shown."""
LOWER_IS_BETTER = frozenset(
    {
        *("another's words", "false refusal", "false abstention", "ECE", "Brier", "AURC"),
        *("latency p50 ms", "latency p95 ms"),
    }
)
"""The measures of which less is better; of all others more is."""


@dataclass(frozen=True, slots=True)
class Term:
    """What one question adds to the numerator and the denominator of a measure."""

    value: float
    weight: float = 1.0


def _retrieval(name: str, each: Scores) -> Term | None:
    found = each.retrieval.get(name) if each.answerable else None
    return None if found is None else Term(found)


def _mean(attribute: str, each: Scores) -> Term | None:
    value = getattr(each, attribute) if each.answerable else None
    return None if value is None else Term(value)


def _integrity(each: Scores) -> Term | None:
    return Term(each.intact, each.citations) if each.citations else None


def _distinctness(each: Scores) -> Term | None:
    return Term(each.statements - each.repeated, each.statements) if each.statements else None


def _refused(wanted: bool, each: Scores) -> Term | None:
    applies = each.answerable and each.refuse is wanted
    return Term(float(each.refused)) if applies else None


def _abstention_f1(each: Scores) -> Term | None:
    weight = each.abstained + (not each.answerable)
    return Term(2.0 * (each.abstained and not each.answerable), weight) if weight else None


def _false_abstention(each: Scores) -> Term | None:
    return Term(float(each.abstained)) if each.answerable else None


_TERMS: Mapping[str, Callable[[Scores], Term | None]] = MappingProxyType(
    {
        **{name: partial(_retrieval, name) for name in ("R@1", "R@5", "R@10", "nDCG@10", "RR@10")},
        "evidence precision": partial(_mean, "precision"),
        "evidence recall": partial(_mean, "recall"),
        "evidence F1": partial(_mean, "f1"),
        "Hit@1": partial(_mean, "hit"),
        "answer token F1": partial(_mean, "token_f1"),
        "answer containment": partial(_mean, "contains"),
        "citation integrity": _integrity,
        "distinctness": _distinctness,
        "attribution accuracy": partial(_mean, "speaker_first"),
        "attribution accuracy, all": partial(_mean, "speaker_all"),
        "another's words": partial(_mean, "speaker_other"),
        "refusal accuracy": partial(_refused, True),
        "false refusal": partial(_refused, False),
        "abstention accuracy": lambda each: Term(float(each.abstained != each.answerable)),
        "abstention F1": _abstention_f1,
        "false abstention": _false_abstention,
        "Brier": lambda each: Term((each.confidence - each.answerable) ** 2),
    }
)
"""The measures that are one sum over another; the mean squared error is Brier's (1950)."""


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


def terms(name: str, scores: Sequence[Scores]) -> list[Term | None] | None:
    """What each question adds to a measure; None for one that is not a sum over a sum."""
    term = _TERMS.get(name)
    return None if term is None else [term(each) for each in scores]


def statistics_of(scores: Sequence[Scores]) -> dict[str, Statistic]:
    """The statistics that these scores allow, by the name of the measure, in their order."""
    if not scores:
        return {}
    found: dict[str, Statistic] = {}
    unanswerable = sum(not each.answerable for each in scores)
    for name in _TERMS:
        known = terms(name, scores) or []
        if any(known) and (unanswerable or name != "abstention F1"):
            found[name] = _ratio(known)
    sure = np.array([each.confidence for each in scores])
    answerable = np.array([each.answerable for each in scores])
    if 0 < unanswerable < len(scores):
        found["AUROC"] = partial(_auroc, sure, answerable)
    found["ECE"] = partial(_by_row, _ece, sure, answerable)
    found["AURC"] = partial(_by_row, risk_coverage_area, sure, answerable)
    taken = np.array([each.milliseconds for each in scores])
    found["latency p50 ms"] = lambda rows: np.median(taken[rows], axis=-1)
    found["latency p95 ms"] = partial(_p95, taken)
    return {name: found[name] for name in MEASURES if name in found}


def _confidence(scores: Sequence[Scores]) -> tuple[list[float], list[bool]]:
    return [each.confidence for each in scores], [each.answerable for each in scores]


def _ratio(known: Sequence[Term | None]) -> Statistic:
    value = np.array([each.value if each else 0 for each in known], float)
    weight = np.array([each.weight if each else 0 for each in known], float)

    def statistic(rows: Indices) -> Floats:
        total = weight[rows].sum(axis=-1)
        nothing = np.full_like(total, np.nan)
        share: Floats = np.divide(value[rows].sum(axis=-1), total, out=nothing, where=total > 0)
        return share

    return statistic


def _auroc(sure: Floats, answerable: npt.NDArray[np.bool_], rows: Indices) -> Floats:
    """By ranks, the Mann-Whitney statistic: the same as scikit-learn's, for many rows at once."""
    positive = answerable[rows]
    ranks = rankdata(sure[rows], axis=-1)
    yes = positive.sum(axis=-1)
    pairs = yes * (rows.shape[-1] - yes)
    over = (ranks * positive).sum(axis=-1) - yes * (yes + 1) / 2
    nothing = np.full(np.shape(pairs), np.nan)
    found: Floats = np.divide(over, pairs, out=nothing, where=pairs > 0)
    return found


def _p95(taken: Floats, rows: Indices) -> Floats:
    count = rows.shape[-1]
    ordered = np.sort(taken[rows], axis=-1)
    found: Floats = ordered[..., min(count - 1, int(0.95 * count))]
    return found


def _ece(sure: Sequence[float], answerable: Sequence[bool]) -> float | None:
    return expected_calibration_error(reliability(sure, answerable))


def _by_row(
    measure: Callable[[Sequence[float], Sequence[bool]], float | None],
    sure: Floats,
    answerable: npt.NDArray[np.bool_],
    rows: Indices,
) -> Floats:
    """A measure of plain Python, row by row."""
    flat = rows.reshape(-1, rows.shape[-1])
    values = [measure(sure[row].tolist(), answerable[row].tolist()) for row in flat]
    return np.array(values, float).reshape(rows.shape[:-1])

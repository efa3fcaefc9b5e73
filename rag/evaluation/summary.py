"""The measures over many questions."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence

from sklearn.metrics import roc_auc_score

from rag.evaluation.calibration import (
    Bin,
    best_threshold,
    brier_score,
    expected_calibration_error,
    reliability,
    risk_coverage_area,
)
from rag.evaluation.measures import Scores

__all__ = ["reliability_curve", "summarise", "timings"]

_MEANS = (
    ("evidence precision", "precision"),
    ("evidence recall", "recall"),
    ("evidence F1", "f1"),
    ("Hit@1", "hit"),
    ("answer token F1", "token_f1"),
    ("answer containment", "contains"),
)
_ATTRIBUTION = (
    ("attribution accuracy", "speaker_first"),
    ("attribution accuracy, all", "speaker_all"),
    ("another's words", "speaker_other"),
)

Figures = dict[str, float | int | None]


def summarise(scores: Sequence[Scores]) -> Figures:
    """All measures over all questions; None where no question allows a measure.

    ``AUROC``, ``ECE``, ``Brier``, ``AURC`` and ``best threshold`` judge the confidence alone,
    ``abstention …`` what was in the end done. ``refusal accuracy`` is the share of the questions
    that ask to count by reading that were met with the caution not to, ``false refusal`` that of
    the other answerable ones. ``distinctness`` is the share of all statements that repeat none
    before them in their answer.
    """
    answerable = [each for each in scores if each.answerable]
    summary: Figures = {"questions": len(scores), "answerable": len(answerable)}
    for name in ("R@1", "R@5", "R@10", "nDCG@10", "RR@10"):
        summary[name] = _mean(each.retrieval.get(name) for each in answerable)
    for name, attribute in _MEANS:
        summary[name] = _mean(getattr(each, attribute) for each in answerable)
    summary |= _citing(scores)
    for name, attribute in _ATTRIBUTION:
        summary[name] = _mean(getattr(each, attribute) for each in answerable)
    summary |= _refusing(answerable)
    summary |= _abstaining(scores)
    summary |= _confidence(scores)
    return summary | _latency(scores)


def reliability_curve(scores: Sequence[Scores]) -> tuple[Bin, ...]:
    """The reliability curve of the confidence, least confident first."""
    return reliability([each.confidence for each in scores], [each.answerable for each in scores])


def timings(scores: Sequence[Scores]) -> dict[str, float]:
    """Median milliseconds of each part of the work, over the questions that came to that part."""
    parts = dict.fromkeys(part for each in scores for part in each.timings)
    return {
        part: statistics.median(each.timings[part] for each in scores if part in each.timings)
        for part in parts
    }


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known else None


def _citing(scores: Sequence[Scores]) -> Figures:
    citations = sum(each.citations for each in scores)
    statements = sum(each.statements for each in scores)
    return {
        "citations": citations,
        "citation integrity": sum(each.intact for each in scores) / citations
        if citations
        else None,
        "distinctness": 1 - sum(each.repeated for each in scores) / statements
        if statements
        else None,
    }


def _refusing(answerable: Sequence[Scores]) -> Figures:
    return {
        "refusal accuracy": _mean(float(each.refused) for each in answerable if each.refuse),
        "false refusal": _mean(float(each.refused) for each in answerable if not each.refuse),
    }


def _abstaining(scores: Sequence[Scores]) -> Figures:
    """Abstaining as a classifier of the questions that cannot be answered."""
    right = sum(each.abstained != each.answerable for each in scores)
    hits = sum(each.abstained and not each.answerable for each in scores)
    abstained = sum(each.abstained for each in scores)
    unanswerable = sum(not each.answerable for each in scores)
    return {
        "abstention accuracy": right / len(scores) if scores else None,
        "abstention F1": 2 * hits / (abstained + unanswerable) if unanswerable else None,
        "false abstention": _mean(float(each.abstained) for each in scores if each.answerable),
    }


def _confidence(scores: Sequence[Scores]) -> Figures:
    """The confidence as a probability that a question can be answered, and as an order."""
    sure = [each.confidence for each in scores]
    answerable = [each.answerable for each in scores]
    best = best_threshold(sure, answerable)
    has_both = len(set(answerable)) == 2
    return {
        "AUROC": float(roc_auc_score(answerable, sure)) if has_both else None,
        "ECE": expected_calibration_error(reliability_curve(scores)),
        "Brier": brier_score(sure, answerable),
        "AURC": risk_coverage_area(sure, answerable),
        "best threshold": best.value if best and has_both else None,
        "best threshold F1": best.f1 if best and has_both else None,
    }


def _latency(scores: Sequence[Scores]) -> Figures:
    latencies = sorted(each.milliseconds for each in scores)
    if not latencies:
        return {"latency p50 ms": None, "latency p95 ms": None}
    return {
        "latency p50 ms": statistics.median(latencies),
        "latency p95 ms": latencies[min(len(latencies) - 1, int(0.95 * len(latencies)))],
    }

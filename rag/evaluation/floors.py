"""Bounds on measures, such as ``hit@1=0.8``: reading them, and naming those that are missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from rag.errors import QueryError
from rag.evaluation.failures import Outcome
from rag.evaluation.records import Evaluation
from rag.evaluation.summary import LOWER_IS_BETTER, MEASURES, summarise, terms, timings

__all__ = ["Bound", "misses", "parse_bound"]

_SHORT: Mapping[str, str] = MappingProxyType(
    {
        "integrity": "citation integrity",
        "f1": "evidence F1",
        "precision": "evidence precision",
        "recall": "evidence recall",
        "containment": "answer containment",
        "attribution": "attribution accuracy",
        "speaker": "attribution accuracy",
        "refusal": "refusal accuracy",
        "abstention": "abstention accuracy",
        "p50": "latency p50 ms",
        "p95": "latency p95 ms",
    }
)

# Which failures a loss can come from, first the one that comes first on a question's way.
_ON_THE_WAY = (
    "not in the collection",
    "not retrieved",
    "wrongly abstained",
    "retrieved but not chosen",
    "right sentence not first",
    "incomplete",
)
_ABSTAINING = ("answered though unanswerable", "wrongly abstained")
_CAUSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(("R@1", "R@5", "R@10", "nDCG@10", "RR@10"), _ON_THE_WAY[:2]),
        **{f"abstention {name}": _ABSTAINING for name in ("accuracy", "F1")},
        **dict.fromkeys(("AUROC", "Brier", "ECE", "AURC", "false abstention"), _ABSTAINING),
        "citation integrity": ("broken citation",),
        "distinctness": ("repeats itself",),
        "refusal accuracy": ("counted", "wrongly abstained"),
        "false refusal": ("refused to count",),
        **dict.fromkeys(
            ("attribution accuracy", "attribution accuracy, all", "another's words"),
            ("wrong speaker", "speaker missing", *_ON_THE_WAY[:3]),
        ),
    }
)
_RANKED = ("R@1", "R@5", "R@10", "nDCG@10", "RR@10")
_LOWER = "retrieved, but at a lower rank"
_OTHER = "other words than expected"


@dataclass(frozen=True, slots=True)
class Bound:
    """A figure to reach: at least, or ``at_most`` for the measures of which less is better."""

    asked: str
    measure: str
    value: float
    at_most: bool = False


def parse_bound(given: str, *, at_most: bool = False) -> Bound:
    """``hit@1=0.8`` as a bound; names may be written in any case, and short.

    Raises:
        QueryError: there is no such measure, no number, or the measure is better the other way.
    """
    name, equals, number = given.rpartition("=")
    known = {each.casefold(): each for each in MEASURES if each != "questions"}
    wanted = " ".join(name.casefold().replace("_", " ").split())
    measure = _SHORT.get(wanted) or known.get(wanted)
    if not equals or measure is None:
        names = ", ".join(sorted({*known, *_SHORT}))
        raise QueryError(f"{given!r} is not MEASURE=NUMBER with one of these measures: {names}")
    try:
        value = float(number)
    except ValueError as error:
        raise QueryError(f"{given!r}: {number!r} is not a number") from error
    if at_most != (measure in LOWER_IS_BETTER):
        option = "--fail-under" if at_most else "--fail-over"
        better = "more" if at_most else "less"
        raise QueryError(f"of {measure}, {better} is better: use {option} {given}")
    return Bound(name.strip(), measure, value, at_most)


def misses(evaluation: Evaluation, bounds: Sequence[Bound]) -> list[str]:
    """A sentence for every bound that is not reached: the figure, and what costs most.

    A measure that the questions do not allow is not reached.
    """
    figures = summarise(evaluation.scores)
    told: list[str] = []
    for bound in bounds:
        figure = figures[bound.measure]
        if figure is None:
            told.append(f"{bound.asked} cannot be measured on these questions")
        elif figure > bound.value if bound.at_most else figure < bound.value:
            side = "over" if bound.at_most else "under"
            told.append(
                f"{bound.asked} is {figure:.3f}, {side} {bound.value:g}"
                f"{_cause(bound.measure, evaluation)}"
            )
    return told


def _cause(measure: str, evaluation: Evaluation) -> str:
    if measure.startswith("latency"):
        parts = {
            name: taken for name, taken in timings(evaluation.scores).items() if name != "total"
        }
        slowest = max(parts, key=lambda name: parts[name], default=None)
        return f"; most of it goes to {slowest}" if slowest else ""
    lost = _losses(measure, evaluation)
    if not lost:
        return ""
    failure, cost = lost.most_common(1)[0]
    return f"; most is lost to: {failure} ({cost / lost.total():.0%} of the loss)"


def _losses(measure: str, evaluation: Evaluation) -> Counter[str]:
    """How much of a measure is lost to each failure, in questions, or in what it is a share of."""
    known = terms(measure, evaluation.scores)
    lost: Counter[str] = Counter()
    if known is None or measure == "abstention F1":
        causes = _CAUSES.get(measure, ())
        lost.update(f for each in evaluation.outcomes for f in each.failures if f in causes)
        return lost
    for outcome, term in zip(evaluation.outcomes, known, strict=True):
        if term is None:
            continue
        loss = term.value if measure in LOWER_IS_BETTER else term.weight - term.value
        if loss > 0:
            lost[_of(outcome, measure)] += loss  # type: ignore[assignment]
    return lost


def _of(outcome: Outcome, measure: str) -> str:
    causes = _CAUSES.get(measure, _ON_THE_WAY)
    found = next((each for each in causes if each in outcome.failures), None)
    if found is None and measure in _RANKED:
        return _LOWER
    return found or _OTHER

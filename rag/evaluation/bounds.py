"""Required values of measures, such as ``hit@1=0.8``: parsing, and reporting those not reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rag.errors import QueryError
from rag.evaluation.failures import Outcome
from rag.evaluation.records import Evaluation
from rag.evaluation.summary import MEASURES, Measure, summarise, timings

_NAMES = {name.casefold(): name for name in MEASURES if name != "questions"} | {
    short: name for name, measure in MEASURES.items() for short in measure.short
}


@dataclass(frozen=True, slots=True)
class Bound:
    """A required minimum of a measure; with ``at_most`` a maximum, where less is better."""

    asked: str
    measure: str
    value: float
    at_most: bool = False


def parse_bound(given: str, *, at_most: bool = False) -> Bound:
    """Parse ``hit@1=0.8``; measures may be named in any case, and by their short names.

    Raises:
        QueryError: there is no such measure, no number, or the measure is better the other way.
    """
    name, equals, number = given.rpartition("=")
    measure = _NAMES.get(" ".join(name.casefold().replace("_", " ").split()))
    if not equals or measure is None:
        names = ", ".join(sorted(_NAMES))
        raise QueryError(f"{given!r} is not MEASURE=NUMBER with one of these measures: {names}")
    try:
        value = float(number)
    except ValueError as error:
        raise QueryError(f"{given!r}: {number!r} is not a number") from error
    if at_most != MEASURES[measure].less_is_better:
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


def _cause(name: str, evaluation: Evaluation) -> str:
    if name.startswith("latency"):
        parts = timings(evaluation.scores)
        parts.pop("total", None)
        return f"; most of it goes to {max(parts, key=parts.__getitem__)}" if parts else ""
    lost = _losses(name, evaluation.outcomes)
    if not lost:
        return ""
    failure, cost = lost.most_common(1)[0]
    return f"; most is lost to: {failure} ({cost / lost.total():.0%} of the loss)"


def _losses(name: str, outcomes: Sequence[Outcome]) -> Counter[str]:
    """How much of a measure is lost to each failure, in questions, or in what it is a share of."""
    measure = MEASURES[name]
    lost: Counter[str] = Counter()
    for outcome in outcomes:
        if measure.term is None or name == "abstention F1":
            lost.update(each for each in outcome.failures if each in measure.causes)
        elif term := measure.term(outcome.scores):
            loss = term.value if measure.less_is_better else term.weight - term.value
            if loss > 0:
                lost[_failure(name, measure, outcome)] += loss  # type: ignore[assignment]
    return lost


def _failure(name: str, measure: Measure, outcome: Outcome) -> str:
    """The failure of the question that this measure suffers from first, in words."""
    if found := next((each for each in measure.causes if each in outcome.failures), None):
        return found
    ranked = name in outcome.scores.retrieval
    return "retrieved, but at a lower rank" if ranked else "other words than expected"

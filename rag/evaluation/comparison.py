"""Compares two runs over the same questions, with a test of whether a difference is chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import false_discovery_control, permutation_test

from rag.errors import GoldError
from rag.evaluation.failures import FAILURES
from rag.evaluation.intervals import SEED, Interval, percentiles, resampled
from rag.evaluation.measures import Scores
from rag.evaluation.records import Judged, Recorded
from rag.evaluation.summary import LOWER_IS_BETTER, Floats, Indices, Statistic, statistics_of

__all__ = ["Changed", "Comparison", "Difference", "compare"]

_PERMUTATIONS = 1999
_SIGNIFICANT = 0.05

# Binned and sorted anew for every draw: too slow for what they tell beside Brier's score.
_LEFT_OUT = ("ECE", "AURC")


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure in both runs; ``change`` is after minus before, with its 95 % interval.

    ``p`` is adjusted for the number of measures, None where no draw differs. ``better`` is None
    unless ``p`` is under 0.05.
    """

    measure: str
    before: float
    after: float
    change: float
    interval: Interval | None
    p: float | None
    better: bool | None

    @property
    def is_none(self) -> bool:
        """Whether the measure is the same in both runs, and in all draws of questions."""
        return self.interval == (0.0, 0.0) and not self.change


@dataclass(frozen=True, slots=True)
class Changed:
    """A question whose answer was right in one run only, with what went wrong in the other."""

    id: str
    kind: str | None
    question: str
    answers: tuple[str, str]
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs compared over the ``questions`` that both have; worst changes come first."""

    names: tuple[str, str]
    questions: int
    differences: tuple[Difference, ...]
    gained: tuple[Changed, ...]
    lost: tuple[Changed, ...]
    cautions: tuple[str, ...]


def compare(before: Recorded, after: Recorded) -> Comparison:
    """Compare question by question.

    Raises:
        GoldError: the runs have no question in common.
    """
    pairs, cautions = _paired(before, after)
    changed = [
        _changed(*pair) for pair in pairs if bool(pair[0].failures) != bool(pair[1].failures)
    ]
    return Comparison(
        (before.name, after.name),
        len(pairs),
        tuple(_differences([one.scores for one, _ in pairs], [other.scores for _, other in pairs])),
        tuple(sorted((each for each in changed if not each.after), key=_severity)),
        tuple(sorted((each for each in changed if each.after), key=_severity)),
        cautions,
    )


def _paired(
    before: Recorded, after: Recorded
) -> tuple[list[tuple[Judged, Judged]], tuple[str, ...]]:
    earlier = {each.scores.id: each for each in before.outcomes}
    pairs: list[tuple[Judged, Judged]] = []
    different = 0
    for each in after.outcomes:
        other = earlier.get(each.scores.id)
        if other is None:
            continue
        if (other.question, other.scores.answerable) != (each.question, each.scores.answerable):
            different += 1
            continue
        pairs.append((other, each))
    if not pairs:
        raise GoldError(
            f"{before.name} and {after.name} have no question in common: "
            "compare two runs of the same gold set"
        )
    return pairs, tuple(_cautions(before, after, len(pairs), different))


def _cautions(before: Recorded, after: Recorded, common: int, different: int) -> list[str]:
    told: list[str] = []
    for name, run in (("A", before), ("B", after)):
        if not run.complete:
            told.append(f"{name} was interrupted")
        if alone := len(run.outcomes) - common - different:
            told.append(f"{alone} questions are in {name} only, and are left out")
    if different:
        told.append(f"{different} ids mean another question in B than in A, and are left out")
    if before.fingerprint != after.fingerprint and not told:
        told.append("the evidence that is expected is not the same in A and B")
    return told


def _changed(before: Judged, after: Judged) -> Changed:
    return Changed(
        after.scores.id,
        after.scores.kind,
        after.question,
        (before.answer, after.answer),
        before.failures,
        after.failures,
    )


def _severity(each: Changed) -> int:
    return list(FAILURES).index((each.before or each.after)[0])


def _differences(before: Sequence[Scores], after: Sequence[Scores]) -> list[Difference]:
    """Every measure that both runs allow, over questions in the same order."""
    both = statistics_of([*before, *after])
    known = {name: measure for name, measure in both.items() if name not in _LEFT_OUT}
    found = [
        each
        for name, measure in known.items()
        if (each := _difference(name, measure, len(before))) is not None
    ]
    return _adjusted(found)


def _difference(name: str, measure: Statistic, count: int) -> Difference | None:
    """By indices into both runs: question ``i`` of the second is ``count + i``."""

    def change(rows: Indices, others: Indices) -> Floats:
        return measure(others.astype(np.intp)) - measure(rows.astype(np.intp))

    first = np.arange(count)
    before, after = float(measure(first)), float(measure(first + count))
    if np.isnan(before) or np.isnan(after):
        return None
    rows = resampled(count)
    bounds = percentiles(change(rows, rows + count))
    p = None
    if bounds != (0.0, 0.0):
        # With equal chance, each question's results belong to one run or the other.
        tested = permutation_test(
            (first, first + count),
            lambda one, other, axis: np.nan_to_num(change(one, other)),  # noqa: ARG005
            permutation_type="samples",
            vectorized=True,
            n_resamples=_PERMUTATIONS,
            batch=200,
            rng=np.random.default_rng(SEED),
        )
        p = float(tested.pvalue)
    return Difference(name, before, after, after - before, bounds, p, None)


def _adjusted(found: Sequence[Difference]) -> list[Difference]:
    tested = [each.p for each in found if each.p is not None]
    adjusted = iter(false_discovery_control(tested).tolist() if tested else ())
    result: list[Difference] = []
    for each in found:
        p = None if each.p is None else float(next(adjusted))
        better = None
        if p is not None and p < _SIGNIFICANT and each.change:
            better = (each.change > 0) != (each.measure in LOWER_IS_BETTER)
        result.append(replace(each, p=p, better=better))
    return result

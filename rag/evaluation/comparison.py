"""Compares two runs over the same questions, with a test of whether a difference is chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import false_discovery_control, permutation_test

from rag.errors import GoldError
from rag.evaluation.failures import FAILURES
from rag.evaluation.intervals import SEED, Interval, percentiles, resampled
from rag.evaluation.measures import Scores
from rag.evaluation.records import Recorded
from rag.evaluation.summary import MEASURES, Floats, Indices, Statistic, statistics_of
from rag.language.translation import _, n_

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

    @property
    def severity(self) -> int:
        """The position of its worst failure in :data:`FAILURES`, which begins with the worst."""
        return list(FAILURES).index((self.before or self.after)[0])


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
    earlier = {each.scores.id: each for each in before.outcomes}
    common = [(earlier[e.scores.id], e) for e in after.outcomes if e.scores.id in earlier]
    pairs = [(one, other) for one, other in common if one.asked == other.asked]
    if not pairs:
        raise GoldError(
            f"{before.run.gold} and {after.run.gold} have no question in common: "
            "compare two runs of the same gold set"
        )
    changed = [
        Changed(
            id=other.scores.id,
            kind=other.scores.kind,
            question=other.question,
            answers=(one.answer, other.answer),
            before=one.failures,
            after=other.failures,
        )
        for one, other in pairs
        if bool(one.failures) != bool(other.failures)
    ]
    changed.sort(key=lambda each: each.severity)
    return Comparison(
        (before.run.gold, after.run.gold),
        len(pairs),
        tuple(_differences([one.scores for one, _ in pairs], [other.scores for _, other in pairs])),
        tuple(each for each in changed if not each.after),
        tuple(each for each in changed if each.after),
        tuple(_cautions(before, after, len(pairs), len(common) - len(pairs))),
    )


def _cautions(before: Recorded, after: Recorded, common: int, different: int) -> Iterator[str]:
    all_alike = not different
    for name, recorded in (("A", before), ("B", after)):
        if not recorded.run.complete:
            all_alike = False
            yield _("{run} was interrupted", run=name)
        if alone := len(recorded.outcomes) - common - different:
            all_alike = False
            yield n_(
                "{count} question is in {run} only, and is left out",
                "{count} questions are in {run} only, and are left out",
                alone,
                run=name,
            )
    if different:
        yield n_(
            "{count} id means another question in B than in A, and is left out",
            "{count} ids mean another question in B than in A, and are left out",
            different,
        )
    if before.run.fingerprint != after.run.fingerprint and all_alike:
        yield _("the evidence that is expected is not the same in A and B")


def _differences(before: Sequence[Scores], after: Sequence[Scores]) -> list[Difference]:
    """Every measure that both runs allow, over questions in the same order; p is adjusted."""
    both = statistics_of([*before, *after])
    found = [_difference(name, both[name], len(before)) for name in both if name not in _LEFT_OUT]
    known = [each for each in found if not np.isnan(each.change)]
    tested = [each.p for each in known if each.p is not None]
    adjusted = iter(false_discovery_control(tested).tolist() if tested else ())
    return [each if each.p is None else _judged(each, next(adjusted)) for each in known]


def _difference(name: str, measure: Statistic, count: int) -> Difference:
    """One measure in both runs; question ``i`` of the second run has index ``count + i``."""

    def change(rows: Indices, others: Indices) -> Floats:
        return measure(others.astype(np.intp)) - measure(rows.astype(np.intp))

    first = np.arange(count)
    before, after = float(measure(first)), float(measure(first + count))
    rows = resampled(count)
    bounds = percentiles(change(rows, rows + count))
    p = None
    if bounds not in (None, (0.0, 0.0)):
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


def _judged(each: Difference, p: float) -> Difference:
    """The difference with its adjusted ``p``, and whether it is one for the better."""
    better = None
    if p < _SIGNIFICANT and each.change:
        better = (each.change > 0) != MEASURES[each.measure].less_is_better
    return replace(each, p=p, better=better)

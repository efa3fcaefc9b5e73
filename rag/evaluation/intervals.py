"""95 % intervals of the measures, by bootstrap over the questions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rag.evaluation.measures import Scores
from rag.evaluation.summary import Floats, Indices, statistics_of

SEED = 2019
"""The seed of the draws, so that the same run has the same intervals."""
RESAMPLES = 1000

Interval = tuple[float, float]


def intervals(scores: Sequence[Scores]) -> dict[str, Interval]:
    """A 95 % interval for every measure that the scores allow.

    The percentile bootstrap (Efron and Tibshirani 1993, chapter 13): as many questions are drawn
    with replacement, 1000 times, and the middle 95 % of the figures taken. All measures use the
    same draws. It speaks of other questions of the same kinds, not of other documents; on few
    questions, or where all agree, it is too narrow: where none failed, it has no width at all.
    """
    if not scores:
        return {}
    rows = resampled(len(scores))
    found = {name: percentiles(measure(rows)) for name, measure in statistics_of(scores).items()}
    return {name: each for name, each in found.items() if each is not None}


def resampled(count: int, *, resamples: int = RESAMPLES) -> Indices:
    """Indices of questions drawn with replacement, of shape ``(resamples, count)``."""
    return np.random.default_rng(SEED).integers(count, size=(resamples, count))


def percentiles(figures: Floats) -> Interval | None:
    """The middle 95 % of the figures that could be measured; None if none could."""
    known = figures[~np.isnan(figures)]
    if not known.size:
        return None
    low, high = np.quantile(known, (0.025, 0.975))
    return float(low), float(high)

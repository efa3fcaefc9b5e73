"""The best sentences once more, each by itself.

The two readings err in different places: the trained layers see a sentence where it stands and may
take its neighbour for it, the published model sees the sentence alone and lacks what it refers to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from rag.answer.records import Ranked, log_odds_of
from rag.models.cross_encoder import CrossEncoder
from rag.schema import Evidence

__all__ = ["BEST", "rescore", "rescored"]

BEST: Final = 8
"""Sentences that are read again: one that answers is among so many in 94 to 99 of 100 questions."""


def rescore(ranked: Ranked, cross_encoder: CrossEncoder, *, weight: float) -> Ranked:
    """Add the score of each sentence by itself, times ``weight``, to its log-odds; order anew.

    A sentence that is not among the best is not read; it gets the lowest score of those that are.

    Raises:
        SettingsError: the cross-encoder cannot be loaded.
    """
    if ranked.unread is not None or ranked.query.kind == "summary":
        return ranked
    reading = ranked.query.reading
    sides = []
    for side, evidence in ranked.sides:
        texts = [each.text for each in evidence[:BEST]]
        scores = cross_encoder.score(reading, texts) if texts else []
        sides.append((side, rescored(evidence, scores, weight=weight)))
    return replace(ranked, sides=tuple(sides))


def rescored(
    evidence: Sequence[Evidence], scores: Sequence[float], *, weight: float
) -> tuple[Evidence, ...]:
    """Sentences, best first, when ``scores`` of the first of them are added to their log-odds."""
    lowest = min(scores, default=0.0)
    added = [*scores, *[lowest] * (len(evidence) - len(scores))]
    log_odds = np.array([log_odds_of(each.score) for each in evidence]) + weight * np.array(added)
    found = [
        replace(each, score=float(probability))
        for each, probability in zip(evidence, 1 / (1 + np.exp(-log_odds)), strict=True)
    ]
    return tuple(sorted(found, key=lambda each: -each.score))

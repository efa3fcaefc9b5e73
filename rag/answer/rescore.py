"""The best sentences once more, each by itself after the title of its document.

The two readings err in different places: the trained layers see a sentence where it stands and may
take its neighbour for it; the published model sees the sentence alone and lacks what it refers to.
The title is read with it because it often names the country, person or year that is asked about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from rag.answer.rank import read_names
from rag.answer.records import Ranked, any_answers, log_odds_of
from rag.language.detection import language_of_short
from rag.models.cross_encoder.model import CrossEncoder
from rag.models.registry import CROSS_ENCODER
from rag.schema import Evidence

# Sentences that are read again; with twice as many the first one was the right one as often.
_BEST: Final = 4
# What the published score, -11 to 10, weighs beside log-odds. On four sets of questions any weight
# from 0.1 to 0.6 has the same Hit@1 in the mean, 0.017 more than without.
_WEIGHT: Final = 0.25


def rescore(ranked: Ranked, cross_encoder: CrossEncoder) -> Ranked:
    """Add the score of each sentence by itself, weighed, to its log-odds; order anew.

    This tells sentences apart. Whether any of them answers is better known from the first reading,
    so the result has the log-odds of that beside its sentences.

    A sentence that is not among the best is not read; it gets the lowest score of those that are.
    Where the question or any of the best is in a language that the model does not read, nothing is
    added.

    Raises:
        SettingsError: the cross-encoder cannot be loaded.
    """
    query = ranked.query
    best = [each for _, evidence in ranked.sides for each in evidence[:_BEST]]
    languages = {query.language, *(language_of_short(each.hit.passage.text) for each in best)}
    if query.kind == "summary" or not all(map(CROSS_ENCODER.reads, languages)):
        return ranked
    sides = []
    log_odds = tuple(any_answers(evidence) for _, evidence in ranked.sides)
    for side, evidence in ranked.sides:
        scores = scored(query.reading, evidence, cross_encoder)
        sides.append((side, rescored(evidence, scores)))
    return replace(ranked, sides=tuple(sides), log_odds=log_odds)


def scored(reading: str, evidence: Sequence[Evidence], cross_encoder: CrossEncoder) -> list[float]:
    """The published model's scores of the best sentences."""
    texts = [f"{each.hit.title}. {read_names(each.text)}" for each in evidence[:_BEST]]
    return cross_encoder.score(reading, texts) if texts else []


def rescored(evidence: Sequence[Evidence], scores: Sequence[float]) -> tuple[Evidence, ...]:
    """Sentences, best first, when ``scores`` of the first of them are added to their log-odds."""
    lowest = min(scores, default=0.0)
    added = [*scores, *[lowest] * (len(evidence) - len(scores))]
    log_odds = np.array([log_odds_of(each.score) for each in evidence]) + _WEIGHT * np.array(added)
    found = [
        replace(each, score=float(probability))
        for each, probability in zip(evidence, 1 / (1 + np.exp(-log_odds)), strict=True)
    ]
    return tuple(sorted(found, key=lambda each: -each.score))

"""What is measured of a sentence, and the small models over it.

One ranks the sentences of the hits and gives each the probability that it is part of the answer;
another, over the best sentence, gives the confidence that the hits answer the question at all.
There is a pair of them for sentences that were only measured, and one for sentences that a
cross-encoder has read; and all of these once for token vectors that were adapted, and once for
those of an embedding model that has no adapter. Their weights are in ``weights.json``;
``benchmarks/fit_evidence.py`` fits them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "CONFIDENCE_FEATURES",
    "MEASURES",
    "READ_CONFIDENCE_FEATURES",
    "READ_FEATURES",
    "Fitted",
    "LinearModel",
    "Matrix",
    "confidence_features",
    "fitted",
    "read_confidence_features",
    "read_features",
]

Matrix = npt.NDArray[np.float64]

MEASURES = (
    "interaction",  # weighted mean over question tokens of the best cosine to one of the sentence
    "interaction of content",  # plain mean over the tokens of the question's terms alone
    "weakest link",  # the least over those tokens of the best cosine to a token of the passage
    "interaction of a neighbour",  # the higher of the sentences before and after
    "cosine",  # of the mean token vectors of question and sentence
    "terms",  # share of the question's terms, weighted by idf, in the sentence
    "terms nearby",  # … in the sentence, those beside it, title, section or speaker
    "terms in passage",
    "hit score",
    "reciprocal rank",
    "length",  # logarithm of the number of characters
    "number, if asked",  # 1 if a number is asked for and there, 0 if not there; else 1/2
    "date, if asked",
    "name, if asked",
    "is a question",
)

_OF_THE_BEST = (
    "interaction",
    "interaction of content",
    "weakest link",
    "cosine",
    "terms in passage",
    "hit score",
)
CONFIDENCE_FEATURES = (
    *_OF_THE_BEST,
    "best interaction",
    "best cosine",
    "interaction above the mean",
    "in conversation",  # 1 for a question with a history, which says less by itself
)

# What a cross-encoder adds is weighed against what was found without it.
READ_FEATURES = (
    "value",  # by which the first model ranks
    "reading",  # the cross-encoder's log-odds
)
READ_CONFIDENCE_FEATURES = (
    "reading",  # of the best sentence
    "best reading",
    "reading of any",  # the log-odds that some sentence answers, if one at most does
    "in conversation",
)


def confidence_features(measures: Matrix, *, best: int, in_conversation: bool) -> Matrix:
    """The columns :data:`CONFIDENCE_FEATURES`, of the sentence in row ``best`` and of all.

    ``measures`` has the columns :data:`MEASURES`.
    """
    column = dict(zip(MEASURES, measures.T, strict=True))
    interaction, cosine = column["interaction"], column["cosine"]
    return np.array(
        [
            *(column[name][best] for name in _OF_THE_BEST),
            interaction.max(),
            cosine.max(),
            interaction[best] - interaction.mean(),
            float(in_conversation),
        ]
    )


def read_features(value: Matrix, reading: Matrix) -> Matrix:
    """The columns :data:`READ_FEATURES`, given by what sentences were ranked, and the readings."""
    return np.column_stack([value, reading])


def read_confidence_features(reading: Matrix, *, best: int, in_conversation: bool) -> Matrix:
    """The columns :data:`READ_CONFIDENCE_FEATURES`, of the sentence in row ``best`` and of all."""
    any_of_them = np.logaddexp.reduce(reading)
    return np.array([reading[best], reading.max(), any_of_them, float(in_conversation)])


_FEATURES = {
    "sentence": MEASURES,
    "confidence": CONFIDENCE_FEATURES,
    "read sentence": READ_FEATURES,
    "read confidence": READ_CONFIDENCE_FEATURES,
}


@dataclass(frozen=True, slots=True)
class LinearModel:
    """A linear model, and how its values become probabilities.

    ``slope`` applies to the value, ``relative`` to its distance from the best in the same call.
    """

    weights: Matrix
    slope: float
    relative: float
    bias: float

    def values(self, features: Matrix) -> Matrix:
        """Shape ``(rows,)``: what the rows are ranked by."""
        return np.asarray(features @ self.weights, np.float64)

    def probabilities(self, features: Matrix) -> Matrix:
        """Shape ``(rows,)``, of features of one question of shape ``(rows, len(weights))``."""
        value = self.values(features)
        logit = self.slope * value + self.relative * (value - value.max()) + self.bias
        return np.asarray(1 / (1 + np.exp(-logit)), np.float64)


@dataclass(frozen=True, slots=True)
class Fitted:
    """The models for token vectors of one kind."""

    sentence: LinearModel
    confidence: LinearModel
    read_sentence: LinearModel
    read_confidence: LinearModel


@cache
def fitted(*, adapted: bool) -> Fitted:
    """The models for token vectors that were adapted, or for those that were not."""
    text = (resources.files("rag.evidence") / "weights.json").read_text("utf-8")
    parts: dict[str, Any] = json.loads(text)["adapted" if adapted else "as embedded"]
    return Fitted(*(_linear(parts[name], features) for name, features in _FEATURES.items()))


def _linear(part: dict[str, Any], features: Sequence[str]) -> LinearModel:
    return LinearModel(
        np.array([part["weights"][feature] for feature in features]),
        float(part["slope"]),
        float(part["relative"]),
        float(part["bias"]),
    )

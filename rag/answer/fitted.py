"""The few numbers that were fitted to gold questions, beside what the cross-encoder has learned.

They lie in ``weights.json``; ``benchmarks/leave_one_out.py --write`` fits them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from typing import Any

__all__ = ["Fitted", "fitted"]


@dataclass(frozen=True, slots=True)
class Fitted:
    """What turns the log-odds of sentences into probabilities, and into a choice.

    The confidence that anything answers is logistic in the log-odds of any sentence answering
    (``log_odds``), in how rare the rarest name is that the best passage lacks (``missing_name``)
    and in ``bias`` (Platt 1999). Sentences within ``within`` log-odds of the best one are quoted.
    ``thresholds`` are the confidences under which there is no answer, by how careful one is to be.
    """

    log_odds: float
    missing_name: float
    bias: float
    within: float
    thresholds: Mapping[str, float]

    def confidence(self, log_odds: float, missing_name: float) -> float:
        """The probability that the collection answers."""
        value = self.log_odds * log_odds + self.missing_name * missing_name + self.bias
        return float(1 / (1 + math.exp(-max(-50.0, min(50.0, value)))))

    def as_object(self) -> dict[str, Any]:
        """The JSON object of ``weights.json``."""
        return asdict(self)


@cache
def fitted() -> Fitted:
    """The numbers that the program ships."""
    text = (resources.files("rag.answer") / "weights.json").read_text("utf-8")
    return Fitted(**json.loads(text))

"""Whether a sentence follows from a text, by a published model that the settings name.

None comes with the program: what was measured is told in ``docs/claim-check.md``.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from rag.errors import SettingsError

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

__all__ = ["Entailment", "open_entailment"]

_LONGEST = 512  # tokens of text and sentence together


class Entailment:
    """A cross-encoder with a label for entailment. Safe to share between threads.

    The model is loaded at first use; SettingsError is raised then.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loaded: tuple[CrossEncoder, int] | None = None

    def probability(self, text: str, sentence: str) -> float:
        """How sure the model is that the sentence follows from the text, in [0, 1].

        Raises:
            SettingsError: the model cannot be loaded, or has no label for entailment.
        """
        model, label = self._load()
        with self._lock:
            (values,) = model.predict(
                [(text, sentence)], apply_softmax=True, show_progress_bar=False
            )
        return float(np.asarray(values)[label])

    def _load(self) -> tuple[CrossEncoder, int]:
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(self._name)
            return self._loaded


@cache
def open_entailment(name: str) -> Entailment | None:
    """The model of that name, one for all who ask; None if the name is ``none``."""
    return None if name == "none" else Entailment(name)


def _load(name: str) -> tuple[CrossEncoder, int]:
    from sentence_transformers import CrossEncoder

    unusable = (
        f"entailment model {name!r} cannot be used: set RAG_ENTAILMENT to none, or to a folder or "
        "cached name of a cross-encoder that has a label 'entailment'"
    )
    try:
        model = CrossEncoder(
            name, max_length=_LONGEST, local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError) as error:
        raise SettingsError(unusable) from error
    labels = {str(label).lower(): number for number, label in model.config.id2label.items()}
    if len(labels) < 2 or "entailment" not in labels:
        raise SettingsError(unusable)
    return model, int(labels["entailment"])

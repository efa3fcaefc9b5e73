"""Whether a sentence follows from a text, by a published model that the settings name.

None comes with the program: what was measured is told in ``docs/claim-check.md``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from rag.errors import SettingsError
from rag.settings import Settings

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

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


def follows_by(settings: Settings) -> Callable[[str, str], bool] | None:
    """A test of whether a sentence follows from a text; None if the settings name no model.

    It raises SettingsError at first use if the model cannot be loaded.
    """
    if settings.entailment == "none":
        return None
    model = _opened(settings.entailment)
    return lambda text, sentence: model.probability(text, sentence) >= settings.follows_above


_opened = cache(Entailment)
"""The model of a name, one for all who ask."""


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

"""Similarity of sentences by embedding, and entailment by a model that the settings name."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from rag.answer.check.support import Follows
from rag.models.entailment import open_entailment
from rag.settings import Settings

__all__ = ["Closeness", "follows_by"]

Vectors = npt.NDArray[np.float32]

_KEPT = 5_000


class Closeness:
    """The cosine of a text to each of several others; vectors are kept for the next time.

    ``embed`` gives rows of unit length, as :meth:`SentenceEmbedding.embed_passages` does. One
    object serves one thread.
    """

    def __init__(self, embed: Callable[[Sequence[str]], Vectors]) -> None:
        self._embed = embed
        self._kept: OrderedDict[str, npt.NDArray[np.float32]] = OrderedDict()

    def __call__(self, text: str, others: Sequence[str]) -> list[float]:
        """One number in [-1, 1] for each of ``others``."""
        if not others:
            return []
        vectors = self._vectors([text, *others])
        return [float(each) for each in vectors[1:] @ vectors[0]]

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        missing = [each for each in dict.fromkeys(texts) if each not in self._kept]
        if missing:
            for each, vector in zip(missing, self._embed(missing), strict=True):
                self._kept[each] = vector
        found = np.stack([self._kept[each] for each in texts])
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return found


def follows_by(settings: Settings) -> Follows | None:
    """A test of whether a sentence follows from a text; None if the settings name no model.

    It raises SettingsError at first use if the model cannot be loaded.
    """
    model = open_entailment(settings.entailment)
    if model is None:
        return None
    return lambda text, sentence: model.probability(text, sentence) >= settings.follows_above

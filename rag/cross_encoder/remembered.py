"""A model that does not read twice what it has just read."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from rag.cross_encoder.excerpts import Excerpt, LogOdds
from rag.cross_encoder.model import CrossEncoder

__all__ = ["Remembered"]

_REMEMBERED = 1024


class Remembered:
    """A cross-encoder that knows the log-odds of the last sentences it has read.

    Where names or speakers rule out what seemed best, the same question is asked of those of the
    same sentences that are left.
    """

    def __init__(self, model: CrossEncoder) -> None:
        self._model = model
        self._known: OrderedDict[tuple[str, Excerpt], float] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, question: str, excerpts: Sequence[Excerpt]) -> LogOdds:
        """The log-odds of each sentence being the answer; shape ``(len(excerpts),)``.

        Raises:
            SettingsError: the model cannot be loaded.
        """
        pairs = [(question, each) for each in excerpts]
        with self._lock:
            known = {each: self._known[each] for each in pairs if each in self._known}
        missing = [each for each in dict.fromkeys(pairs) if each not in known]
        if missing:
            read = self._model.read(question, [excerpt for _, excerpt in missing])
            known |= dict(zip(missing, map(float, read), strict=True))
        self._remember(known)
        return np.array([known[each] for each in pairs], np.float32)

    def _remember(self, known: dict[tuple[str, Excerpt], float]) -> None:
        with self._lock:
            for each, value in known.items():
                self._known[each] = value
                self._known.move_to_end(each)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)

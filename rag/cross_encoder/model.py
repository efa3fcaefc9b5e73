"""The models that score sentences: the built-in one, or a published cross-encoder."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np

from rag.cross_encoder.excerpts import Excerpt, LogOdds, Row, inputs, rows
from rag.embedding import Tokenizer, built_in_folder, contents, fast_arithmetic
from rag.errors import SettingsError
from rag.inference import Conversion, Options, is_installed, kept

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder as Published

__all__ = ["BUILT_IN", "CrossEncoder", "LogOdds", "open_cross_encoder"]

BUILT_IN = "built-in"
_SUFFIX = ".safetensors"
_LEARNED = f"learned{_SUFFIX}"
_BATCH = 16

_Score = Callable[[Sequence[Row]], LogOdds]


class CrossEncoder(Protocol):
    """Reads a question and a sentence together. Safe to share between threads."""

    def read(self, question: str, excerpts: Sequence[Excerpt]) -> LogOdds:
        """The log-odds of each sentence being the answer; shape ``(len(excerpts),)``.

        Raises:
            SettingsError: the model cannot be loaded.
        """
        ...


def open_cross_encoder(name: str, options: Options | None = None) -> CrossEncoder | None:
    """The model of that name: :data:`BUILT_IN`, ``none``, a folder or a cached name.

    A file that ``benchmarks/train_cross_encoder.py`` has written stands for the built-in model
    with what is in the file. The model is loaded at first use; SettingsError is raised then.
    """
    if name == "none":
        return None
    built_in = name == BUILT_IN or name.endswith(_SUFFIX)
    return _BuiltIn(name, options) if built_in else _Published(name)


class _BuiltIn:
    """The embedding model's network with what was learned in addition."""

    def __init__(self, name: str, options: Options | None) -> None:
        self._name = name
        self._options = options
        self._lock = threading.Lock()
        self._loaded: tuple[_Score, Tokenizer] | None = None

    def read(self, question: str, excerpts: Sequence[Excerpt]) -> LogOdds:
        score, tokenizer = self._load()
        read = rows(tokenizer, question, excerpts)
        order = sorted(range(len(read)), key=lambda each: len(read[each].tokens))
        scores = np.zeros(len(read), np.float32)
        for first in range(0, len(order), _BATCH):
            batch = order[first : first + _BATCH]
            scores[batch] = score([read[each] for each in batch])
        return scores

    def _load(self) -> tuple[_Score, Tokenizer]:
        with self._lock:
            if self._loaded is None:
                score = _score(self._name, self._options or Options.of())
                self._loaded = score, Tokenizer.of_folder(built_in_folder())
            return self._loaded


def _score(name: str, options: Options) -> _Score:
    """What gives the log-odds of a batch: the converted network, or else the one on torch."""
    learned = _learned(name)
    if options.engine == "openvino" and is_installed():

        def convert() -> Conversion:
            from rag.cross_encoder.converting import conversion

            return conversion(name, learned)

        parts = {
            "kind": "cross-encoder",
            "body": contents(built_in_folder()),
            "learned": hashlib.sha256(learned).hexdigest(),
        }
        found = kept("cross-encoder", parts, convert=convert, options=options)
        if found is not None:
            network = found.network
            return lambda batch: network.run(inputs(batch))
    return _on_torch(name, learned, threads=options.threads)


def _on_torch(name: str, learned: bytes, *, threads: int) -> _Score:
    import torch

    from rag.cross_encoder.converting import built_in

    if threads:
        torch.set_num_threads(threads)
    network = built_in(name, learned)

    def score(batch: Sequence[Row]) -> LogOdds:
        with torch.inference_mode(), fast_arithmetic():
            return cast("LogOdds", network(batch).float().numpy())

    return score


def _learned(name: str) -> bytes:
    if name == BUILT_IN:
        return (resources.files("rag.cross_encoder") / _LEARNED).read_bytes()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise SettingsError(
            f"{name} cannot be read: set RAG_CROSS_ENCODER to {BUILT_IN} or to another file"
        ) from error


class _Published:
    """A cross-encoder of sentence-transformers; its value is taken for log-odds."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._model: Published | None = None

    def read(self, question: str, excerpts: Sequence[Excerpt]) -> LogOdds:
        from torch import nn

        pairs = [(question, f"{each.heading} {each.sentence}") for each in excerpts]
        values = self._load().predict(pairs, activation_fn=nn.Identity(), show_progress_bar=False)
        return np.asarray(values, np.float32).reshape(len(excerpts))

    def _load(self) -> Published:
        from sentence_transformers import CrossEncoder as Published

        with self._lock:
            if self._model is None:
                unusable = (
                    f"cross-encoder {self._name!r} cannot be loaded from this machine: set "
                    f"RAG_CROSS_ENCODER to {BUILT_IN}, to none, or to a folder with a "
                    "sentence-transformers cross-encoder of one label"
                )
                try:
                    model = Published(self._name, local_files_only=True, trust_remote_code=False)
                except (OSError, ValueError) as error:
                    raise SettingsError(unusable) from error
                if model.num_labels != 1:
                    raise SettingsError(unusable)
                self._model = model
            return self._model

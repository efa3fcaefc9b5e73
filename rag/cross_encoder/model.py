"""The models that score sentences: the built-in one, or a published cross-encoder."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from rag.cross_encoder.excerpts import Excerpt, rows
from rag.cross_encoder.learned import unpack
from rag.embedding import built_in_folder, fast_arithmetic
from rag.errors import SettingsError

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder as Published
    from transformers import PreTrainedTokenizerBase

    from rag.cross_encoder.network import Network

__all__ = ["BUILT_IN", "CrossEncoder", "LogOdds", "open_cross_encoder"]

BUILT_IN = "built-in"
_SUFFIX = ".safetensors"
_LEARNED = f"learned{_SUFFIX}"
_BATCH = 16

LogOdds = npt.NDArray[np.float32]


class CrossEncoder(Protocol):
    """Reads a question and a sentence together. Safe to share between threads."""

    def read(self, question: str, excerpts: Sequence[Excerpt]) -> LogOdds:
        """The log-odds of each sentence being the answer; shape ``(len(excerpts),)``.

        Raises:
            SettingsError: the model cannot be loaded.
        """
        ...


def open_cross_encoder(name: str) -> CrossEncoder | None:
    """The model of that name: :data:`BUILT_IN`, ``none``, a folder or a cached name.

    A file that ``benchmarks/train_cross_encoder.py`` has written stands for the built-in model
    with what is in the file. The model is loaded at first use; SettingsError is raised then.
    """
    if name == "none":
        return None
    built_in = name == BUILT_IN or name.endswith(_SUFFIX)
    return _BuiltIn(name) if built_in else _Published(name)


class _BuiltIn:
    """The embedding model's network with what was learned in addition."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loaded: tuple[Network, PreTrainedTokenizerBase] | None = None

    def read(self, question: str, excerpts: Sequence[Excerpt]) -> LogOdds:
        import torch

        network, tokenizer = self._load()
        read = rows(tokenizer, question, excerpts)
        order = sorted(range(len(read)), key=lambda each: len(read[each].tokens))
        scores = np.zeros(len(read), np.float32)
        for first in range(0, len(order), _BATCH):
            batch = order[first : first + _BATCH]
            with torch.inference_mode(), fast_arithmetic():
                scores[batch] = network([read[each] for each in batch]).float().numpy()
        return scores

    def _load(self) -> tuple[Network, PreTrainedTokenizerBase]:
        with self._lock:
            if self._loaded is None:
                self._loaded = _built_in(self._name)
            return self._loaded


def _built_in(name: str) -> tuple[Network, PreTrainedTokenizerBase]:
    from safetensors.torch import load
    from transformers.utils import logging

    from rag.cross_encoder.network import Network, body_and_tokenizer

    # The pooling that is left out on purpose would be reported, with a progress bar.
    told = logging.get_verbosity()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        body, tokenizer = body_and_tokenizer(built_in_folder())
    finally:
        logging.set_verbosity(told)
    network = Network(body)
    began = {f"body.{name}": weight.detach() for name, weight in body.named_parameters()}
    network.load_state_dict(unpack(load(_learned(name)), began), strict=False)
    return network.eval(), tokenizer


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

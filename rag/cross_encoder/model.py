"""The models that score sentences: the built-in one, or a published cross-encoder."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from rag.cross_encoder.windows import Window, divide, encode_question
from rag.embedding import built_in_folder, fast_arithmetic
from rag.errors import SettingsError

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder as Published

    from rag.cross_encoder.network import Network

__all__ = ["ADAPTER", "BUILT_IN", "CrossEncoder", "LogOdds", "open_cross_encoder"]

BUILT_IN = "built-in"
ADAPTER = "adapter.safetensors"
_BATCH = 8

LogOdds = npt.NDArray[np.float32]


class CrossEncoder(Protocol):
    """Reads a question and sentences together. Safe to share between threads."""

    def divide(self, heading: str, sentences: Sequence[str]) -> list[Window]:
        """The sentences of one passage as windows that can be read at once."""
        ...

    def read(self, question: str, windows: Sequence[Window]) -> list[LogOdds]:
        """For each window the log-odds of each of its sentences being the answer."""
        ...


def open_cross_encoder(name: str) -> CrossEncoder | None:
    """The model of that name: :data:`BUILT_IN`, ``none``, a folder or a cached name.

    It is loaded at first use; that raises SettingsError if it cannot be.
    """
    if name == "none":
        return None
    return _BuiltIn() if name == BUILT_IN else _Published(name)


class _BuiltIn:
    """The embedding model's network with the adapter that comes with the program."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._network: Network | None = None
        self._tokenizer: Any = None

    def divide(self, heading: str, sentences: Sequence[str]) -> list[Window]:
        self._load()
        return divide(self._tokenizer, heading, sentences)

    def read(self, question: str, windows: Sequence[Window]) -> list[LogOdds]:
        import torch

        network = self._load()
        asked = encode_question(self._tokenizer, question)
        order = sorted(range(len(windows)), key=lambda each: len(windows[each].tokens))
        found: dict[int, LogOdds] = {}
        for first in range(0, len(order), _BATCH):
            batch = order[first : first + _BATCH]
            with torch.inference_mode(), fast_arithmetic():
                scores = network([asked] * len(batch), [windows[each] for each in batch])
            found.update(zip(batch, (each.float().numpy() for each in scores), strict=True))
        return [found[each] for each in range(len(windows))]

    def _load(self) -> Network:
        with self._lock:
            if self._network is None:
                self._network, self._tokenizer = _built_in()
            return self._network


def _built_in() -> tuple[Network, Any]:
    import torch
    from safetensors.torch import load
    from transformers.utils.logging import disable_progress_bar

    from rag.cross_encoder.network import SCALE, Network, body_and_tokenizer, linear_layers

    disable_progress_bar()  # type: ignore[no-untyped-call]  # noise on every command
    body, tokenizer = body_and_tokenizer(built_in_folder())
    learned = load((resources.files("rag.cross_encoder") / ADAPTER).read_bytes())
    network = Network(body, tokenizer)
    with torch.no_grad():
        for name, layer in linear_layers(body).items():
            a, b = learned.pop(f"{name}.a").float(), learned.pop(f"{name}.b").float()
            layer.weight += SCALE * (b @ a)
    network.load_state_dict({name: each.float() for name, each in learned.items()}, strict=False)
    return network.eval(), tokenizer


class _Published:
    """A cross-encoder of sentence-transformers, which reads one sentence at a time.

    It sees "heading. sentence"; its value is taken for log-odds.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._model: Published | None = None

    def divide(self, heading: str, sentences: Sequence[str]) -> list[Window]:
        return [
            Window(heading, (sentence,), (number,), (), (), ())
            for number, sentence in enumerate(sentences)
        ]

    def read(self, question: str, windows: Sequence[Window]) -> list[LogOdds]:
        from torch import nn

        pairs = [(question, f"{each.heading} {each.sentences[0]}") for each in windows]
        values = self._load().predict(pairs, activation_fn=nn.Identity(), show_progress_bar=False)
        return [np.array([value], np.float32) for value in np.asarray(values).reshape(-1)]

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

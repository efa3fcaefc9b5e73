"""The cross-encoder as the rest of the program sees it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np

from rag.errors import SettingsError
from rag.models.cross_encoder.inputs import LONGEST, PassageText, Row, batch_inputs, rows
from rag.models.inference import Conversion, Floats, Options, cached_network
from rag.models.registry import WEIGHTS, cross_encoder_folder, file_hash
from rag.models.tokenizer import Tokenizer, batches

__all__ = ["CrossEncoder"]

LEARNED: Final = "learned.safetensors"

_BATCH: Final = 8

_Run = Callable[[Sequence[Row]], Floats]


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What runs a batch, the head on top of it, and the tokenizer."""

    run: _Run
    weight: Floats
    bias: float
    tokenizer: Tokenizer


class CrossEncoder:
    """Reads questions with passages. Loaded at first use. Safe to share between threads.

    ``name`` is a name of :mod:`rag.models.registry` or a folder with such a model; ``learned`` is a
    file of ``benchmarks/train_cross_encoder.py`` in place of what is shipped.
    """

    def __init__(
        self, name: str, options: Options | None = None, *, learned: Path | None = None
    ) -> None:
        self._name = name
        self._options = options or Options.of()
        self._learned = learned
        self._lock = threading.Lock()
        self._loaded: _Loaded | None = None

    def read(self, question: str, passages: Sequence[PassageText]) -> list[Floats]:
        """Read the question with each passage.

        For every passage the log-odds of each of its sentences being the answer, against none
        being it: shape ``(sentences,)``. A sentence that was cut off has less than any other.

        Raises:
            SettingsError: the model is not there, or is another one.
        """
        loaded = self._load()
        read = rows(loaded.tokenizer, question, passages)
        lengths = [len(row.tokens) for row in read]
        found: dict[int, Floats] = {}
        for numbers in batches(lengths, most=_BATCH, most_tokens=_BATCH * LONGEST):
            output = loaded.run([read[each] for each in numbers])
            for number, states in zip(numbers, output, strict=True):
                found[number] = _log_odds(read[number], states, loaded)
        return [found[number] for number in range(len(read))]

    def _load(self) -> _Loaded:
        with self._lock:
            if self._loaded is None:
                folder = cross_encoder_folder(self._name, self._options.cache)
                run, head = _runner(folder, self._read_learned(), self._options)
                weight = np.array(head["weight"], np.float32).ravel()
                bias = float(np.array(head["bias"]).ravel()[0])
                self._loaded = _Loaded(
                    run, weight, bias, Tokenizer.of_folder(folder, longest=LONGEST)
                )
            return self._loaded

    def _read_learned(self) -> bytes:
        if self._learned is None:
            return (resources.files("rag.models.cross_encoder") / LEARNED).read_bytes()
        try:
            return self._learned.read_bytes()
        except OSError as error:
            raise SettingsError(f"{self._learned} cannot be read: name another file") from error


_CUT_OFF: Final = -30.0


def _log_odds(row: Row, output: Floats, loaded: _Loaded) -> Floats:
    """The head over the mean state of each sentence, brought to mean 0 and variance 1."""
    found = np.full(len(row.sentences), _CUT_OFF, np.float32)
    for number, (first, end) in enumerate(row.sentences):
        if first < end:
            state = output[first:end].mean(axis=0)
            standard = (state - state.mean()) / (state.std(ddof=1) + 1e-6)
            found[number] = standard @ loaded.weight + loaded.bias
    return found


def _runner(folder: Path, learned: bytes, options: Options) -> tuple[_Run, Mapping[str, Any]]:
    """What runs a batch (the converted network, or else the one on torch), and the head."""
    if options.uses_openvino:

        def convert() -> Conversion:
            from rag.models.cross_encoder.network import conversion

            return conversion(folder, learned)

        parts = {
            "kind": "cross-encoder",
            "weights": file_hash(folder / WEIGHTS),
            "learned": hashlib.sha256(learned).hexdigest(),
        }
        found = cached_network("cross-encoder", parts, convert=convert, options=options)
        if found is not None:
            network = found.network
            return lambda batch: network.run(batch_inputs(batch)), found.notes
    import torch

    from rag.models.cross_encoder.network import load_network, run_torch

    if options.threads:
        torch.set_num_threads(options.threads)
    network_on_torch, head = load_network(folder, learned)
    return lambda batch: run_torch(network_on_torch, batch), head

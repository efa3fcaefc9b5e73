"""The cross-encoder: what it is given to read, and the scores that it gives.

It reads in two ways: a whole passage, by layers that were trained further, for a score of each
sentence where it stands; and a text by itself, by the model as it was published.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding

from rag.errors import SettingsError
from rag.models.inference.model_cache import Conversion, Options, cached_network
from rag.models.inference.runtime import Floats
from rag.models.registry import WEIGHTS, cross_encoder_folder, file_hash
from rag.models.tokenizer import Tokenizer, batches, padded

LEARNED: Final = "learned.safetensors"

LONGEST: Final = 320
"""Tokens of question and passage together; the end of a longer passage is not read."""

_QUESTION_CHARACTERS: Final = 400
_BATCH: Final = 8


@dataclass(frozen=True, slots=True)
class PassageText:
    """What is read of a passage: its heading, its text, and the sentences as offsets in the text.

    The heading (title, section, speaker) is read first, so that what stands only there counts.
    """

    heading: str
    text: str
    sentences: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One pair of question and passage as tokens.

    ``types`` is 0 for the question's tokens and 1 for the passage's. ``sentences`` are the runs
    ``[a, b)`` of tokens that lie inside each sentence; empty for one that was cut off.
    """

    tokens: tuple[int, ...]
    types: tuple[int, ...]
    sentences: tuple[tuple[int, int], ...]


_Run = Callable[[Sequence[Row]], Floats]


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What reads passages, the head on top of it, what scores texts, and the tokenizer."""

    read: _Run
    weight: Floats
    bias: float
    score: _Run
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
        states = _in_batches(loaded.read, read)
        return [_log_odds(row, each, loaded) for row, each in zip(read, states, strict=True)]

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """How relevant each text by itself is, as the published model was trained to tell.

        From about -11 for a text on something else to about 10 for one that answers.

        Raises:
            SettingsError: the model is not there, or is another one.
        """
        loaded = self._load()
        read = rows(loaded.tokenizer, question, [PassageText("", each, ()) for each in texts])
        return [float(each.item()) for each in _in_batches(loaded.score, read)]

    def _load(self) -> _Loaded:
        with self._lock:
            if self._loaded is None:
                folder = cross_encoder_folder(self._name, self._options.cache)
                read, head = _reader(folder, self._read_learned(), self._options)
                self._loaded = _Loaded(
                    read,
                    np.array(head["weight"], np.float32).ravel(),
                    float(np.array(head["bias"]).ravel()[0]),
                    _scorer(folder, self._options),
                    Tokenizer.of_folder(folder, longest=LONGEST),
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


def _in_batches(run: _Run, read: Sequence[Row]) -> list[Floats]:
    """The network's output for each row, in their order."""
    found: dict[int, Floats] = {}
    lengths = [len(row.tokens) for row in read]
    for numbers in batches(lengths, most=_BATCH, most_tokens=_BATCH * LONGEST):
        found.update(zip(numbers, run([read[each] for each in numbers]), strict=True))
    return [found[number] for number in range(len(read))]


def _reader(folder: Path, learned: bytes, options: Options) -> tuple[_Run, Mapping[str, Any]]:
    """What reads a batch of passages, and the head for what it gives."""
    parts = {"kind": "cross-encoder", "learned": hashlib.sha256(learned).hexdigest()}
    if found := _converted(parts, folder, options, learned):
        return found
    from rag.models.cross_encoder.network import load_network, run_torch

    network, head = load_network(folder, learned)
    return lambda batch: run_torch(network, batch), head


def _scorer(folder: Path, options: Options) -> _Run:
    """What scores a batch of texts."""
    if found := _converted({"kind": "published cross-encoder"}, folder, options):
        return found[0]
    from rag.models.cross_encoder.network import load_published, run_torch

    network = load_published(folder)
    return lambda batch: run_torch(network, batch)


def _converted(
    parts: Mapping[str, str], folder: Path, options: Options, learned: bytes | None = None
) -> tuple[_Run, Mapping[str, Any]] | None:
    """What runs a converted network, and its notes; None if it is to run on torch."""

    def convert() -> Conversion:
        from rag.models.cross_encoder.network import conversion

        return conversion(folder, learned)

    if options.uses_openvino:
        depends = {**parts, "weights": file_hash(folder / WEIGHTS)}
        found = cached_network(parts["kind"], depends, convert=convert, options=options)
        if found is not None:
            network = found.network
            return lambda batch: network.run(batch_inputs(batch)), found.notes
    import torch

    if options.threads:
        torch.set_num_threads(options.threads)
    return None


# Questions and passages as rows of tokens.


def rows(tokenizer: Tokenizer, question: str, passages: Sequence[PassageText]) -> list[Row]:
    """A row for each passage, by a tokenizer that cuts pairs off at :data:`LONGEST` tokens.

    Of a very long question the end is read, because that is where it asks.
    """
    asked = question[-_QUESTION_CHARACTERS:]
    encoded = tokenizer.read([(asked, f"{each.heading}{each.text}") for each in passages])
    return [_row(each, passage) for each, passage in zip(encoded, passages, strict=True)]


def _row(encoded: Encoding, passage: PassageText) -> Row:
    shift = len(passage.heading)
    inside = [place for place, which in enumerate(encoded.sequence_ids) if which == 1]
    first = inside[0] if inside else 0
    offsets = np.array([encoded.offsets[place] for place in inside]).reshape(-1, 2)
    sentences = []
    for start, end in passage.sentences:
        begins = first + int(np.searchsorted(offsets[:, 0], start + shift))
        ends = first + int(np.searchsorted(offsets[:, 1], end + shift, side="right"))
        sentences.append((begins, max(begins, ends)))
    return Row(tuple(encoded.ids), tuple(encoded.type_ids), tuple(sentences))


def batch_inputs(batch: Sequence[Row]) -> dict[str, npt.NDArray[np.int64]]:
    """The inputs of the network for some rows, by name; all of the shape ``(rows, tokens)``.

    ``ids`` are tokens, ``types`` their types, ``inside`` is 1 where a row has a token.
    """
    return {
        "ids": padded([row.tokens for row in batch], most=LONGEST),
        "inside": padded([[1] * len(row.tokens) for row in batch], most=LONGEST),
        "types": padded([row.types for row in batch], most=LONGEST),
    }

"""Texts as tokens, by the library that transformers itself uses, and tokens as batches."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding
from tokenizers import Tokenizer as Library

# A network prepares itself for every width of batch that it meets, so there are fewer of them.
_STEP = 8


class Tokenizer:
    """Texts to tokens. Safe to share between threads.

    ``described`` is the content of a ``tokenizer.json``; what it says about padding and about
    cutting texts off does not count. Texts, and pairs of texts, are cut off at ``longest`` tokens.
    """

    def __init__(self, described: str, *, longest: int) -> None:
        # Read by the library when it is used: there is no fork to warn of.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        self._whole = Library.from_str(described)
        self._whole.no_padding()
        self._whole.no_truncation()
        self._cut = Library.from_str(self._whole.to_str())
        self._cut.enable_truncation(longest, strategy="longest_first")

    @classmethod
    def of_folder(cls, folder: Path, *, longest: int) -> Tokenizer:
        """The tokenizer of the model in a folder."""
        return cls((folder / "tokenizer.json").read_text("utf-8"), longest=longest)

    def count(self, texts: Sequence[str]) -> list[int]:
        """The lengths of whole texts in tokens, without the special ones."""
        encoded = self._whole.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(each.ids) for each in encoded]

    def read(self, texts: Sequence[str] | Sequence[tuple[str, str]]) -> list[Encoding]:
        """Tokens as the model reads them: with the special ones, and cut off at its limit.

        Of a pair that is too long the longer text is cut.
        """
        return list(self._cut.encode_batch(list(texts)))


def batches(lengths: Sequence[int], *, most: int, most_tokens: int) -> Iterator[list[int]]:
    """The numbers of texts of about the same length, the shortest first.

    A batch has at most ``most`` texts and, padded, ``most_tokens`` tokens; or else one text.
    """
    batch: list[int] = []
    for number in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) == most or (len(batch) + 1) * lengths[number] > most_tokens):
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def padded(rows: Sequence[Sequence[int]], *, most: int, fill: int = 0) -> npt.NDArray[np.int64]:
    """Rows of different lengths as one array, filled up with ``fill``.

    It is as wide as the longest row and a little more, but no wider than ``most``.
    """
    longest = max(map(len, rows))
    width = max(longest, min(-(-longest // _STEP) * _STEP, most))
    array = np.full((len(rows), width), fill, np.int64)
    for number, row in enumerate(rows):
        array[number, : len(row)] = row
    return array

"""A model's tokenizer, by the library that transformers uses itself, without transformers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Encoding
from tokenizers import Tokenizer as Library

__all__ = ["Tokenizer"]


class Tokenizer:
    """Texts to tokens. Safe to share between threads.

    ``described`` is the content of a ``tokenizer.json``; what it says about padding and about
    cutting texts off does not count.
    """

    def __init__(self, described: str, *, longest: int | None = None) -> None:
        # Read by the library when it is used: there is no fork to warn of.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        self._whole = Library.from_str(described)
        self._whole.no_padding()
        self._whole.no_truncation()
        self._cut_pairs: dict[int, Library] = {}
        self._cut = self._whole
        if longest is not None:
            self._cut = Library.from_str(self._whole.to_str())
            self._cut.enable_truncation(longest)

    @classmethod
    def of_folder(cls, folder: Path) -> Tokenizer:
        """The tokenizer of the model in a folder."""
        return cls((folder / "tokenizer.json").read_text("utf-8"))

    def plain(self, texts: Sequence[str]) -> list[list[int]]:
        """Tokens of whole texts, without the special ones."""
        encoded = self._whole.encode_batch_fast(list(texts), add_special_tokens=False)
        return [each.ids for each in encoded]

    def read(self, texts: Sequence[str]) -> list[Encoding]:
        """Tokens as the model reads them: with the special ones, and cut off at its limit."""
        return list(self._cut.encode_batch(list(texts)))

    def pairs(self, texts: Sequence[tuple[str, str]], *, longest: int) -> list[Encoding]:
        """Tokens of pairs as the model reads them; of a pair too long the longer text is cut."""
        if longest not in self._cut_pairs:
            cut = Library.from_str(self._whole.to_str())
            cut.enable_truncation(longest, strategy="longest_first")
            self._cut_pairs[longest] = cut
        return list(self._cut_pairs[longest].encode_batch(list(texts)))

    def number_of(self, token: str) -> int:
        """The number of a token, which the vocabulary must have."""
        number = self._whole.token_to_id(token)
        if number is None:
            raise ValueError(f"the tokenizer has no token {token!r}")
        return int(number)

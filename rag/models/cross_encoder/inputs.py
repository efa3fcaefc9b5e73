"""Questions and passages as rows of tokens, with the tokens of each sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding

from rag.models.tokenizer import Tokenizer, padded

__all__ = ["LONGEST", "PassageText", "Row", "batch_inputs", "rows"]

LONGEST: Final = 320
"""Tokens of question and passage together; the end of a longer passage is not read."""

_QUESTION_CHARACTERS: Final = 400


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

"""What the model reads at once: a question, and one sentence with what stands before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.embedding import Tokenizer

__all__ = ["BEFORE_CHARACTERS", "Excerpt", "LogOdds", "Row", "inputs", "rows"]

LogOdds = npt.NDArray[np.float32]

BEFORE_CHARACTERS = 160
"""More of what stands before a sentence is not read."""

_QUESTION_WORDS = 50
_QUESTION_TOKENS = 44
_HEADING_TOKENS = 24
_BEFORE_TOKENS = 20
_SENTENCE_TOKENS = 90
# Every width is prepared for once; so there are fewer of them.
_STEP = 8


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A sentence, the text of its passage before it, and what the passage stands under."""

    heading: str
    before: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Row:
    """Question and excerpt as one sequence of tokens; the tokens of both parts as ``[a, b)``."""

    tokens: tuple[int, ...]
    question: tuple[int, int]
    sentence: tuple[int, int]


def inputs(found: Sequence[Row]) -> dict[str, npt.NDArray[Any]]:
    """What the network gets of some rows, by name; all of the shape ``(rows, tokens)``.

    ``ids`` are tokens; ``inside``, ``question`` and ``sentence`` are 1 where a row has any, and
    where it has those of its parts.
    """
    width = -(-max(len(row.tokens) for row in found) // _STEP) * _STEP
    shape = (len(found), width)
    ids, inside = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    question, sentence = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for number, row in enumerate(found):
        ids[number, : len(row.tokens)] = row.tokens
        inside[number, : len(row.tokens)] = 1
        question[number, slice(*row.question)] = 1
        sentence[number, slice(*row.sentence)] = 1
    return {"ids": ids, "inside": inside, "question": question, "sentence": sentence}


def rows(tokenizer: Tokenizer, question: str, excerpts: Sequence[Excerpt]) -> list[Row]:
    """``[CLS] question [SEP] heading, end of what stands before | sentence [SEP]``.

    Of a long question the end is read: what a conversation said before stands first in it. The
    end of a very long sentence is not read.
    """
    asked = " ".join(question.split()[-_QUESTION_WORDS:])
    question_tokens = tokenizer.plain([asked])[0][-_QUESTION_TOKENS:]
    first, between = tokenizer.number_of("[CLS]"), tokenizer.number_of("[SEP]")
    bar = tokenizer.plain(["|"])[0]
    headings = tokenizer.plain([each.heading for each in excerpts])
    befores = tokenizer.plain([each.before[-BEFORE_CHARACTERS:] for each in excerpts])
    sentences = tokenizer.plain([each.sentence for each in excerpts])
    found = []
    for heading, before, sentence in zip(headings, befores, sentences, strict=True):
        # Control characters alone have no tokens; every sentence needs one.
        read = sentence[:_SENTENCE_TOKENS] or [tokenizer.number_of("[UNK]")]
        start = [first, *question_tokens, between]
        start += [*heading[:_HEADING_TOKENS], *before[-_BEFORE_TOKENS:], *bar]
        found.append(
            Row(
                (*start, *read, between),
                (1, 1 + len(question_tokens)),
                (len(start), len(start) + len(read)),
            )
        )
    return found

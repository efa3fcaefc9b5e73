"""What the model reads at once: a question, and a stretch of one passage sentence by sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

__all__ = ["Window", "divide", "encode_question"]

QUESTION_WORDS = 60
QUESTION_TOKENS = 64
HEADING_TOKENS = 40
SENTENCE_TOKENS = 120
WINDOW_TOKENS = 230


@dataclass(frozen=True, slots=True)
class Window:
    """Neighbouring sentences of a passage.

    ``numbers`` are their positions among those that the passage was divided from. As tokens:
    ``told`` is the heading, ``tokens`` are all sentences, ``ends`` has the number of tokens up to
    the end of each.
    """

    heading: str
    sentences: tuple[str, ...]
    numbers: tuple[int, ...]
    told: tuple[int, ...]
    tokens: tuple[int, ...]
    ends: tuple[int, ...]


def divide(
    tokenizer: PreTrainedTokenizerBase, heading: str, sentences: Sequence[str]
) -> list[Window]:
    """The sentences of one passage in as few windows as hold them, in their order.

    The end of a very long sentence is not read.
    """
    if not sentences:
        return []
    read = _tokens(tokenizer, sentences, SENTENCE_TOKENS)
    told = tuple(_tokens(tokenizer, [heading], HEADING_TOKENS)[0])
    groups: list[list[int]] = []
    room = 0
    for number, tokens in enumerate(read):
        if not groups or len(tokens) > room:
            groups.append([])
            room = WINDOW_TOKENS
        groups[-1].append(number)
        room -= len(tokens)
    return [
        Window(
            heading,
            tuple(sentences[number] for number in group),
            tuple(group),
            told,
            tuple(chain.from_iterable(read[number] for number in group)),
            tuple(accumulate(len(read[number]) for number in group)),
        )
        for group in groups
    ]


def encode_question(tokenizer: PreTrainedTokenizerBase, question: str) -> list[int]:
    """The last words of a question: what a conversation said before stands first."""
    words = " ".join(question.split()[-QUESTION_WORDS:])
    return _tokens(tokenizer, [words], QUESTION_TOKENS)[0]


def _tokens(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], most: int) -> list[list[int]]:
    encoded = tokenizer(
        list(texts), add_special_tokens=False, truncation=True, max_length=most, verbose=False
    )
    # Control characters alone have no tokens; every sentence needs one.
    return [tokens or [tokenizer.unk_token_id] for tokens in encoded["input_ids"]]

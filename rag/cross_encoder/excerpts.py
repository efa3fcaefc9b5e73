"""What the model reads at once: a question, and one sentence with what stands before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

__all__ = ["BEFORE_CHARACTERS", "Excerpt", "Row", "rows"]

BEFORE_CHARACTERS = 160
"""More of what stands before a sentence is not read."""

_QUESTION_WORDS = 50
_QUESTION_TOKENS = 44
_HEADING_TOKENS = 24
_BEFORE_TOKENS = 20
_SENTENCE_TOKENS = 90


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


def rows(
    tokenizer: PreTrainedTokenizerBase, question: str, excerpts: Sequence[Excerpt]
) -> list[Row]:
    """``[CLS] question [SEP] heading, end of what stands before | sentence [SEP]``.

    Of a long question the end is read: what a conversation said before stands first in it. The
    end of a very long sentence is not read.
    """
    asked = " ".join(question.split()[-_QUESTION_WORDS:])
    question_tokens = _tokens(tokenizer, [asked])[0][-_QUESTION_TOKENS:]
    first, between = int(tokenizer.cls_token_id or 0), int(tokenizer.sep_token_id or 0)
    bar = _tokens(tokenizer, ["|"])[0]
    headings = _tokens(tokenizer, [each.heading for each in excerpts])
    befores = _tokens(tokenizer, [each.before[-BEFORE_CHARACTERS:] for each in excerpts])
    sentences = _tokens(tokenizer, [each.sentence for each in excerpts])
    found = []
    for heading, before, sentence in zip(headings, befores, sentences, strict=True):
        # Control characters alone have no tokens; every sentence needs one.
        read = sentence[:_SENTENCE_TOKENS] or [int(tokenizer.unk_token_id or 0)]
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


def _tokens(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]) -> list[list[int]]:
    encoded = tokenizer(list(texts), add_special_tokens=False, verbose=False)
    return [list(tokens) for tokens in encoded["input_ids"]]

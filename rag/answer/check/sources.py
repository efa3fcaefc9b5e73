"""The passages that a statement is checked against, and their sentences that come closest."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

Span = tuple[int, int]
Similarity = Callable[[str, Sequence[str]], Sequence[float]]
"""How close in meaning a text is to each of several others, in [-1, 1]."""

_MOST_SENTENCES = 3
_LONGEST = 1000  # characters of a sentence
_PREMISE = 700  # characters that the model of meaning reads beside a statement
_WORD = re.compile(r"\w+")

# Sentences that speak to a language model; what follows them in a paragraph is theirs too.
_TO_A_MODEL = re.compile(
    r"(?i)\b(?:ignor\w+|disregard\w*|forget|overrid\w+|bypass\w*)\b.{0,60}"
    r"\b(?:instructions?|prompts?|rules|guidelines|directions)\b"
    r"|\b(?:system|hidden|initial|developer) (?:prompt|message|instructions?)\b"
    r"|\byou are (?:now |an? )?(?:ai|assistant|chatbot|language model|gpt|llm|dan)\b"
    r"|\b(?:as an ai|language models?|ai assistants?|chatbots?)\b.{0,40}\b(?:must|should|are to|"
    r"please|reply|respond|answer|say)\b"
    r"|\b(?:reply|respond|answer) (?:only |just )?(?:with|in)\b"
    r"|<\|?(?:im_start|im_end|system|assistant|user)\b|\[/?INST\]|<<SYS>>"
)


@dataclass(frozen=True, slots=True)
class Source:
    """A passage as a statement may cite it.

    ``sentences`` are offsets in ``text``. ``about`` is what is known of the passage besides its
    words: title, section, speaker, country, date.
    """

    number: int
    title: str
    text: str
    sentences: tuple[Span, ...]
    about: str = ""


@dataclass(frozen=True, slots=True)
class SourceSentence:
    """A sentence ``[start, end)`` of a source."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        """The sentence."""
        return self.source.text[self.start : self.end]


@lru_cache(maxsize=500)
def _orders(source: Source) -> tuple[Span, ...]:
    """The places with instructions to a language model, each to the end of its paragraph."""
    orders: list[Span] = []
    for start, end in source.sentences:
        if _TO_A_MODEL.search(source.text[start:end]):
            line_end = source.text.find("\n", end)
            orders.append((start, len(source.text) if line_end < 0 else line_end))
    return tuple(orders)


@lru_cache(maxsize=500)
def sentences_of(source: Source) -> tuple[SourceSentence, ...]:
    """The sentences of a source, without those that are instructions to a language model."""
    return tuple(
        SourceSentence(source, first, last)
        for start, end in source.sentences
        if not any(first <= start < last for first, last in _orders(source))
        for first, last in _pieces(source.text, start, end)
    )


def _pieces(text: str, start: int, end: int) -> Iterator[Span]:
    """A sentence, or where it is longer than any sentence is, pieces of it."""
    while end - start > _LONGEST:
        cut = text.rfind(" ", start + _LONGEST // 2, start + _LONGEST)
        cut = cut if cut > 0 else start + _LONGEST
        yield start, cut
        start = cut + 1 if text[cut].isspace() else cut
    if end > start:
        yield start, end


@lru_cache(maxsize=500)
def text_of(source: Source) -> str:
    """The text of a source without instructions to a language model."""
    text = source.text
    for start, end in reversed(_orders(source)):
        text = text[:start] + text[end:]
    return text


def premise(sources: Sequence[Source], near: Sequence[SourceSentence]) -> str:
    """The premise for the entailment model: the whole passages if short, or else ``near``."""
    whole = " ".join(" ".join(text_of(source) for source in sources).split())
    if len(whole) <= _PREMISE:
        return whole
    return " ".join(" ".join(told.text for told in near).split())


def closest(
    statement: str, sources: Sequence[Source], *, similarity: Similarity | None = None
) -> list[SourceSentence]:
    """The sentences that together come closest to a statement, three at most, in their order.

    Rare words that a sentence shares with the statement count more than frequent ones; closeness
    in meaning, where it is given, decides about the first sentence as much as the words do.
    """
    candidates = [told for source in sources for told in sentences_of(source)]
    if not candidates:
        return []
    wanted = words_of(statement)
    weights = _weights([words_of(told.text) for told in candidates])
    shared = [words_of(told.text) & wanted for told in candidates]
    nearness = similarity(statement, [told.text for told in candidates]) if similarity else None
    chosen: list[int] = []
    have: set[str] = set()
    while len(chosen) < _MOST_SENTENCES:
        gains = [sum(weights[word] for word in words - have) for words in shared]
        if nearness is not None and not chosen:
            most = sum(weights.get(word, 0) for word in wanted) or 1.0
            gains = [gain + most * near for gain, near in zip(gains, nearness, strict=True)]
        best = max(range(len(candidates)), key=lambda at: (gains[at], -at))
        if chosen and (best in chosen or len(shared[best] - have) < 2):
            break
        chosen.append(best)
        have |= shared[best]
    return [candidates[at] for at in sorted(chosen)]


@lru_cache(maxsize=5_000)
def words_of(text: str) -> frozenset[str]:
    """The words of a text in lower case."""
    return frozenset(word.lower() for word in _WORD.findall(text))


def _weights(sentences: Sequence[frozenset[str]]) -> dict[str, float]:
    """The weight of each word: the fewer sentences have it, the higher (inverse frequency)."""
    count = Counter(word for words in sentences for word in words)
    return {word: math.log(1 + len(sentences) / times) for word, times in count.items()}

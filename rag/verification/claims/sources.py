"""The passages that a statement is checked against, and their sentences that come closest."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.verification.claims.dates import dates_in
from rag.verification.claims.denials import denials_in
from rag.verification.claims.figures import says_same
from rag.verification.claims.lexicon import LIGHT
from rag.verification.claims.numerals import figures_in
from rag.verification.claims.quotations import quotations, stands
from rag.verification.claims.reading import Span, Word, content, phrase_stems, read, related

__all__ = [
    "Similarity",
    "Source",
    "Told",
    "around",
    "called",
    "closest",
    "has_word",
    "text_of",
    "texts_of",
    "told_by",
    "told_words",
    "verbatim",
]

Similarity = Callable[[str, Sequence[str]], Sequence[float]]
"""How close in meaning a text is to each of several others, in [-1, 1]."""
_MOST_SENTENCES = 3
_LONGEST = 1000  # characters of a sentence; the checks take quadratic time in it
_ENOUGH_WORDS = 3

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
    words (title, section, speaker, country, date); ``before`` are words of the document that
    stand before it, which its pronouns may refer to. ``speaker`` is whose words these are.
    """

    number: int
    title: str
    text: str
    sentences: tuple[Span, ...]
    about: str = ""
    before: str = ""
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
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
def told_by(source: Source) -> tuple[Told, ...]:
    """The sentences of a source, without those that are instructions to a language model."""
    return tuple(
        Told(source, first, last)
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


def verbatim(statement: str, sources: Sequence[Source]) -> Told | None:
    """The sentence of the sources that the statement is, word for word and whole; mostly None."""
    words = _bare(statement)
    if len(words) < _ENOUGH_WORDS:
        return None
    for source in sources:
        for told in told_by(source):
            if _bare(told.text) == words:
                return told
    return None


@lru_cache(maxsize=5_000)
def _bare(text: str) -> tuple[str, ...]:
    return tuple(word.lower for word in read(text) if word.is_word)


def told_words(statement: str) -> list[Word]:
    """The words of a statement that the passages have to tell, each once."""
    found = read(statement)
    chosen = content(found)
    if not chosen:
        chosen = [word for word in found if word.is_content and word.lower not in LIGHT]
    chosen = [word for word in chosen if not word.text[:1].isdigit()] or chosen
    seen: dict[str, Word] = {}
    for word in chosen or [word for word in found if word.is_word]:
        seen.setdefault(word.stem, word)
    return list(seen.values())


@lru_cache(maxsize=20_000)
def _stems(text: str) -> frozenset[str]:
    found = read(text)
    told = {
        stemmed
        for at in range(len(found))
        for stemmed in phrase_stems(tuple(word.stem or word.text for word in found[at : at + 3]))
    }
    return frozenset(told.union(word.stem for word in found if word.is_content))


@lru_cache(maxsize=50_000)
def has_word(stemmed: str, text: str) -> bool:
    """Whether a text has a word of this stem, of its family, or a synonym."""
    stems = _stems(text)
    return stemmed in stems or any(related(stemmed, other) for other in stems)


def closest(
    statement: str, sources: Sequence[Source], *, similarity: Similarity | None = None
) -> list[Told]:
    """The sentences, best first, that together come closest to a statement; three at most.

    A further sentence is taken only for what it adds: two words, or a figure or name along with
    words that it shares.
    """
    candidates = [told for source in sources for told in told_by(source)]
    if not candidates:
        return []
    wanted = told_words(statement)
    covered = [_covers(statement, wanted, told.text) for told in candidates]
    weights = _weights(covered)
    nearness = similarity(statement, [told.text for told in candidates]) if similarity else None
    chosen: list[int] = []
    have: set[str] = set()
    while len(chosen) < _MOST_SENTENCES:
        # Of further sentences, closeness only tells which of two that add the same.
        share = 0.05 if chosen else 1.5
        gains = [
            sum(weights[each] for each in items - have)
            + (0.0 if nearness is None else share * weights[""] * float(nearness[number]))
            - 1e-6 * number
            for number, items in enumerate(covered)
        ]
        best = max(range(len(candidates)), key=gains.__getitem__)
        if chosen and not _adds(covered[best], have):
            break
        if best in chosen:
            break
        chosen.append(best)
        have |= covered[best]
    return [candidates[number] for number in chosen]


def _adds(items: set[str], have: set[str]) -> bool:
    new = items - have
    telling = [each for each in new if each[0] in "#^"]
    return len(new) >= 2 or (bool(new) and len(items) >= (3 if telling else 2))


def _covers(statement: str, wanted: Sequence[Word], text: str) -> set[str]:
    """What of a statement a sentence tells: stems, ``^`` before names, ``#`` before figures."""
    items = {
        f"^{word.stem}" if word.is_capital and word.start else word.stem
        for word in wanted
        if has_word(word.stem, text)
    }
    if denials_in(statement) and denials_in(text):
        items.add("!")
    if any(stands(quotation, text) for quotation in quotations(statement)):
        items |= {"“", "”"}
    figures = figures_in(text)
    items |= {
        f"#{figure.written}"
        for figure in figures_in(statement)
        if any(says_same(figure, other) for other in figures)
    }
    dates = dates_in(text)
    items |= {
        f"#{date.year}-{date.month}-{date.day}"
        for date in dates_in(statement)
        if any(date.fits(other) and not date.adds(other) for other in dates)
    }
    return items


def _weights(covered: Sequence[set[str]]) -> dict[str, float]:
    """How telling each item is: the fewer sentences have it, the more."""
    count = len(covered)
    weights = {
        item: math.log(1 + count / sum(item in items for items in covered))
        for item in set().union(*covered)
    }
    weights[""] = math.log(1 + count)
    return weights


def texts_of(sources: Sequence[Source]) -> str:
    """The texts of some sources, one after the other."""
    return "\n".join(map(text_of, sources))


def around(sources: Sequence[Source]) -> str:
    """What is known of some sources besides their texts, and what stands before them."""
    return "\n".join(f"{source.about}\n{source.before}" for source in sources)


def called(sources: Sequence[Source]) -> str:
    """What a fault calls the sources: the passage, or the passages."""
    return "passage" if len(sources) == 1 else "passages"

"""A text as the words and signs that the checks of a claim compare."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from rag.storage.lexical import analyse
from rag.verification.claims.lexicon import FUNCTION, LIGHT, REPORTING
from rag.verification.claims.thesaurus import PHRASES, base_forms, synonyms
from rag.verification.normal import canonical

__all__ = [
    "Span",
    "Word",
    "clause_of",
    "content",
    "phrase_stems",
    "plain",
    "read",
    "related",
    "stem",
]

Span = tuple[int, int]
_WORD = re.compile(
    r"(?P<number>\d[\d,.\u2009\u202f\u00a0]*\d|\d)|"
    r"(?P<word>(?:[^\W\d_]\.){2,}|[^\W\d_]\w*(?:'(?!s\b)\w+)?)|(?P<sign>[^\w\s]|_)"
)
_CONTRACTED = re.compile(r"(?i)\b(ca|wo|sha|\w+)n't\b")
_WHOLE = {"ca": "can", "wo": "will", "sha": "shall"}
_POSSESSIVE = re.compile(r"'s?(?=\W|$)")


@dataclass(frozen=True, slots=True)
class Word:
    """A word or sign of a text at ``[start, end)``.

    ``lower`` is without accents of typography, ``stem`` empty for signs. ``closes`` says that a
    clause ends before it.
    """

    text: str
    lower: str
    stem: str
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        """Whether it is a word or a number, and not a sign."""
        return bool(self.stem)

    @property
    def is_content(self) -> bool:
        """Whether it carries meaning of its own."""
        return self.is_word and self.lower not in FUNCTION

    @property
    def is_capital(self) -> bool:
        """Whether it begins with a capital letter."""
        return self.text[:1].isupper()


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of a lower-case word; irregular forms have that of their base form."""
    terms = analyse(base_forms().get(word, word))
    return "".join(terms) or word


@cache
def _phrases() -> dict[tuple[str, ...], frozenset[str]]:
    table = {}
    for line in PHRASES.strip().splitlines():
        phrase, _, meaning = line.partition("|")
        key = tuple(stem(word) for word in phrase.split())
        table[key] = frozenset(stem(word) for word in meaning.split())
    return table


@lru_cache(maxsize=50_000)
def phrase_stems(stems: tuple[str, ...]) -> frozenset[str]:
    """The stems of words that mean what a phrase at the start of these means: "come back"."""
    return frozenset().union(*(_phrases().get(stems[:size], ()) for size in (2, 3)))


def plain(text: str) -> str:
    """``text`` with typographic marks folded, each character in its place."""
    folded, _ = canonical(text)
    return folded if len(folded) == len(text) else text


@lru_cache(maxsize=4_000)
def read(text: str) -> tuple[Word, ...]:
    """The words and signs of a text, in order; "didn't" is read as "did" and "not"."""
    return tuple(_words(plain(text)))


def _words(text: str) -> Iterator[Word]:
    for found in _WORD.finditer(text):
        start, end = found.span()
        written = found[0]
        if found["word"] and (short := _CONTRACTED.fullmatch(written)):
            first = _WHOLE.get(short[1].lower(), short[1])
            yield Word(first, first.lower(), stem(first.lower()), start, end - 3)
            yield Word("not", "not", "not", end - 3, end)
            continue
        lower = written.lower()
        is_word = bool(found["word"] or found["number"])
        yield Word(written, lower, stem(lower) if is_word else "", start, end)


def content(words: Sequence[Word]) -> list[Word]:
    """The words that say what is claimed: neither function words nor words of reporting."""
    return [
        word
        for word in words
        if word.is_content and word.lower not in REPORTING and word.lower not in LIGHT
    ]


@lru_cache(maxsize=20_000)
def _groups(stemmed: str) -> frozenset[int]:
    return frozenset(_by_stem().get(stemmed, ()))


@lru_cache(maxsize=1)
def _by_stem() -> dict[str, list[int]]:
    table: dict[str, list[int]] = {}
    for number, group in enumerate(synonyms()):
        for word in group:
            table.setdefault(stem(word), []).append(number)
    return table


@lru_cache(maxsize=100_000)
def related(one: str, other: str) -> bool:
    """Whether two stems are of the same word, of one family of words, or of synonyms."""
    if one == other or _groups(one) & _groups(other):
        return True
    shorter, longer = sorted((one, other), key=len)
    shared = len(shorter) if longer.startswith(shorter) else _common(shorter, longer)
    return shared >= max(4, len(longer) - 4) and shared >= len(shorter) - 2


def _common(one: str, other: str) -> int:
    for at, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return at
    return min(len(one), len(other))


_BREAKS = frozenset(",;:.()!?—–")
_JOINTS = frozenset(
    [
        "but",
        "although",
        "though",
        "while",
        "whereas",
        "because",
        "which",
        "who",
        "whom",
        "whose",
        "where",
        "when",
        "nor",
        "unless",
        "if",
        "despite",
        "whereby",
    ]
)


def clause_of(words: Sequence[Word], at: int, *, forward: bool = True) -> list[int]:
    """The numbers of the words of the clause around ``at``: after it, or before it, in order.

    A comma, a colon, a bracket, a dash and most conjunctions end a clause.
    """
    step = 1 if forward else -1
    found: list[int] = []
    position = at + step
    while 0 <= position < len(words) and not _is_break(words, position):
        if words[position].is_word:
            found.append(position)
        position += step
    return found if forward else found[::-1]


def _is_break(words: Sequence[Word], at: int) -> bool:
    word = words[at]
    if word.lower in _JOINTS:
        return True
    if word.lower in ("and", "or") and at + 1 < len(words):
        return words[at + 1].lower in ("he", "she", "it", "they", "that", "this", "its", "there")
    return word.lower in _BREAKS

"""What is said to the program in other languages than English, told from questions to the reports.

What is said is compared, word by word, with the phrases of ``utterances_in_languages.toml``, so
that any embedding model will do. Words count by their stems, the more the fewer phrases have them;
a word that no phrase has counts most: it is what a question to the reports is about.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from rag.language.stems import lowered, stems

# The cosine that is needed, and where every word is known. Chosen on the phrases, each left out,
# and on 408 questions of XQuAD in Russian and Spanish, none of which is taken for anything else.
_LEAST, _LEAST_IF_KNOWN = 0.65, 0.5
_MOST_WORDS: Final = 14

_WORD: Final = re.compile(r"[^\W_]+(?:[\u064b-\u0652]+[^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of a language: the stems of each with what is wanted, a kind and a wish."""

    phrases: tuple[tuple[frozenset[str], str, str], ...]
    exact: Mapping[str, tuple[str, str]]
    weights: Mapping[str, float]
    unknown: float

    def weight(self, terms: Collection[str]) -> float:
        """The squared length of a text as a vector of its stems."""
        return sum(self.weights.get(each, self.unknown) ** 2 for each in terms)

    def nearest(self, terms: frozenset[str]) -> tuple[float, str, str]:
        """The cosine to the phrase that is nearest, with what it wants."""
        own = self.weight(terms) or 1.0
        return max(
            (self.weight(terms & each) / math.sqrt(own * self.weight(each)), kind, wish)
            for each, kind, wish in self.phrases
        )


def wanted(said: str, languages: Collection[str]) -> tuple[str, str] | None:
    """What somebody wants who says this in one of some languages: a kind and a wish.

    None if it is a question to the reports, or in a language without phrases.
    """
    found: list[tuple[float, tuple[str, str]]] = []
    for language in languages:
        phrases = _phrases().get(language)
        words = _words(said, language)
        if phrases is None or not 0 < len(words) <= _MOST_WORDS:
            continue
        if known := phrases.exact.get(" ".join(words)):
            return known
        terms = frozenset(stems(words, language))
        cosine, kind, wish = phrases.nearest(terms)
        if cosine >= (_LEAST_IF_KNOWN if terms <= phrases.weights.keys() else _LEAST):
            found.append((cosine, (kind, wish)))
    return max(found)[1] if found else None


def knows(word: str, languages: Collection[str]) -> bool:
    """Whether a phrase in one of some languages has a word."""
    return any(
        phrases.weights.keys() >= set(stems(_words(word, language), language))
        for language in languages
        if (phrases := _phrases().get(language)) is not None
    )


def languages_with_phrases() -> frozenset[str]:
    """The languages in which something is recognised."""
    return frozenset(_phrases())


def _words(text: str, language: str) -> list[str]:
    """The words of a text, in lower case; vowel signs of Arabic are left out."""
    words = _WORD.findall(lowered(text, language))
    return [re.sub(r"[\u064b-\u0652]", "", each) for each in words]


@cache
def _phrases() -> Mapping[str, Phrases]:
    file = resources.files("rag.answer") / "utterances_in_languages.toml"
    return {
        language: of_language(kinds, language)
        for language, kinds in tomllib.loads(file.read_text("utf-8")).items()
    }


def of_language(kinds: Mapping[str, Mapping[str, str]], language: str) -> Phrases:
    """The phrases of one language, as they are compared."""
    listed = [
        (_words(phrase, language), kind, wish)
        for kind, wishes in kinds.items()
        for wish, told in wishes.items()
        for phrase in told.split(";")
        if phrase.strip()
    ]
    phrases = tuple((frozenset(stems(words, language)), kind, wish) for words, kind, wish in listed)
    having = Counter(term for terms, *_ in phrases for term in terms)
    weights = {term: math.log(1 + len(phrases) / count) for term, count in having.items()}
    exact = {" ".join(words): (kind, wish) for words, kind, wish in listed}
    return Phrases(phrases, exact, weights, math.log(1 + len(phrases)))

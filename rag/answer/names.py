"""The names in a question: what a passage must have, or be about, to answer it.

"When did Ukraine impose sanctions" is not answered by what Russia did, however like it is. A name
is a word in capitals within the question, or one with a digit; how much it counts is told by how
few passages have it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from rag.answer.metadata_match import name_terms, spellings
from rag.answer.records import Query
from rag.language.folding import fold
from rag.language.places import country_key, places
from rag.language.words import FUNCTION_WORDS
from rag.store import Store

__all__ = ["NamedTerm", "named_terms"]

_WORD: Final = re.compile(r"[^\W_]+(?:[.'’-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class NamedTerm:
    """One name as it is written, the terms of which a passage has at least one, and its rarity.

    ``rarity`` in [0, 1] is the inverse document frequency over passages, 1 for what none has.
    """

    text: str
    terms: frozenset[str]
    rarity: float


def named_terms(query: Query, index: Store, countries: frozenset[str]) -> list[NamedTerm]:
    """The names in what is read as the question, in order.

    What is called after a country has the country's name as another term: "Armenian", "Armenia".
    ``countries`` are those of the collection's documents, which may spell them otherwise.
    """
    text = query.reading
    named = [
        (place.start, place.end, spellings({country_key(place.country)}, countries))
        for place in places(text, known=countries)
    ]
    found: list[tuple[str, frozenset[str]]] = []
    for word in _WORD.finditer(text):
        inside = [
            name for start, end, names in named if start <= word.start() < end for name in names
        ]
        if not (inside or _is_name(word, text)):
            continue
        terms = frozenset(name_terms(" ".join((word[0].removesuffix("'s"), *inside))))
        if terms:
            found.append((word[0], terms))
    return _with_rarity(found, index)


def _is_name(word: re.Match[str], text: str) -> bool:
    if any(sign.isdigit() for sign in word[0]):
        return True
    begins = word.start() == 0 or text[: word.start()].rstrip()[-1:] in "?.!—"
    return word[0][0].isupper() and not begins and fold(word[0]) not in FUNCTION_WORDS


def _with_rarity(names: list[tuple[str, frozenset[str]]], index: Store) -> list[NamedTerm]:
    _, count = index.counts()
    frequencies = index.document_frequencies({term for _, terms in names for term in terms})
    rarest = math.log(1 + (count + 0.5) / 0.5)
    return [
        NamedTerm(text, terms, _idf(count, max(frequencies[term] for term in terms)) / rarest)
        for text, terms in names
    ]


def _idf(count: int, having: int) -> float:
    return math.log(1 + max(0.0, count - having + 0.5) / (having + 0.5))

"""Which documents a question names: one mechanism over all that is known of a document.

A collection may hold the same report for two hundred countries and twenty years. What a question
names of a document (title, publisher, country, year, speaker, file name, any column of a
``metadata.csv``) is found by its words, weighed by how few documents have them; no field has a rule
of its own.
"""

from __future__ import annotations

import math
import re
import threading
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rag.language.folding import composed, fold
from rag.language.places import country_key, places
from rag.language.words import ASKED_DOCUMENTS, FUNCTION_WORDS
from rag.schema import DocumentInfo
from rag.store import Store, analyse, content_terms

__all__ = ["MetadataMatch", "NamedDocuments", "name_terms", "spellings"]

_WORD: Final = re.compile(r"[^\W_]+(?:[&.'’-][^\W_]+)*")
# Where a name written in one piece falls apart: ActivisionBlizzard_2019, FY2018, 10K.
_SEAMS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])|[_\W]+")
# Words that may stand joined in a file's name: "AMERICANWATERWORKS".
_MOST_JOINED: Final = 4
# What is not known about the question, beside the weight of one name; keeps a common word of it
# ("president", in a role) from counting like a name.
_PRIOR: Final = 4.0


@dataclass(frozen=True, slots=True)
class NamedDocuments:
    """How much of what a question names is said of each document, in [0, 1].

    ``shares`` has the documents of which anything is. ``terms`` are the words of the question that
    stand in any document's metadata, with their weights.
    """

    shares: Mapping[str, float]
    terms: Mapping[str, float]

    def best(self, count: int) -> list[str]:
        """The documents that are named most, at least half as much as the best of them."""
        ranked = sorted(self.shares, key=lambda each: (-self.shares[each], each))[:count]
        least = 0.5 * self.shares[ranked[0]] if ranked else 0.0
        return [each for each in ranked if self.shares[each] >= least]


def name_terms(text: str) -> list[str]:
    """The distinct terms of a text, of whole words and of the parts that joined words have."""
    parts = " ".join(part for part in _SEAMS.split(text) if part)
    return list(dict.fromkeys((*content_terms(text), *content_terms(parts))))


class MetadataMatch:
    """The metadata of an index's documents, by their words. Safe to share between threads."""

    def __init__(self, index: Store) -> None:
        self._index = index
        self._lock = threading.Lock()
        self._known: tuple[object, _Names] | None = None

    def named(self, question: str, *, by_any_word: bool = False) -> NamedDocuments:
        """The documents that a question names, by its names alone, or also by its other words.

        Names are words in capitals or with digits, and what is called after a country. What a
        question is about otherwise stands in titles too, but that is found by searching. A word
        for documents ("report") names none.

        A document's share is the sum of the squared inverse document frequencies of the terms that
        it shares with the question, over that of all terms of the question that any document has,
        plus a constant.
        """
        return self._names().match(question, by_any_word=by_any_word)

    def countries(self) -> frozenset[str]:
        """The countries of the documents, in all spellings that there are."""
        return self._names().countries

    def terms_of(self, document_id: str) -> frozenset[str]:
        """The terms of what is known of a document."""
        return self._names().of_document.get(document_id, frozenset())

    def _names(self) -> _Names:
        revision = self._index.revision()
        with self._lock:
            if self._known is None or self._known[0] != revision:
                self._known = (revision, _Names.of(self._index.documents()))
            return self._known[1]


@dataclass(frozen=True, slots=True)
class _Names:
    """Terms by document, and documents by term."""

    of_document: Mapping[str, frozenset[str]]
    with_term: Mapping[str, Sequence[str]]
    countries: frozenset[str]

    @classmethod
    def of(cls, documents: Sequence[DocumentInfo]) -> _Names:
        of_document = {each.id: frozenset(name_terms(_known_of(each))) for each in documents}
        with_term: dict[str, list[str]] = defaultdict(list)
        for document_id, terms in of_document.items():
            for term in terms:
                with_term[term].append(document_id)
        countries = frozenset(each.metadata.country or "" for each in documents) - {""}
        return cls(of_document, dict(with_term), countries)

    def match(self, question: str, *, by_any_word: bool) -> NamedDocuments:
        names = _names_in(question, self.countries, by_any_word=by_any_word)
        terms = {term: self._weight(term) for term in self._terms(names)}
        total = sum(terms.values()) + _PRIOR
        shares: dict[str, float] = defaultdict(float)
        for term, weight in terms.items():
            for document_id in self.with_term[term]:
                shares[document_id] += weight / total
        return NamedDocuments(dict(shares), terms)

    def _terms(self, question: str) -> list[str]:
        """The question's terms that documents have; also of neighbouring words put together."""
        # Joined before they are stemmed: "activision" alone has another stem.
        words = [part for part in _SEAMS.split(question) if analyse(part)]
        joined = (
            term
            for length in range(2, _MOST_JOINED + 1)
            for first in range(len(words) - length + 1)
            for term in analyse("".join(words[first : first + length]))
        )
        every = dict.fromkeys((*name_terms(question), *joined))
        return [term for term in every if term in self.with_term]

    def _weight(self, term: str) -> float:
        """The squared inverse document frequency, as in BM25 (Robertson and Zaragoza 2009)."""
        count, having = len(self.of_document), len(self.with_term[term])
        return math.log(1 + (count - having + 0.5) / (having + 0.5)) ** 2


def _names_in(question: str, known: frozenset[str], *, by_any_word: bool) -> str:
    """The names of a question, with the names of countries that others are called after."""
    keys = {country_key(place.country) for place in places(question, known=known)}
    countries = spellings(keys, known)
    listed = [word[0] for word in _WORD.finditer(question)]
    written = [
        word
        for word in listed
        if _may_be_name(word) or (by_any_word and fold(word) not in ASKED_DOCUMENTS)
    ]
    return " ".join((*written, *countries))


def spellings(keys: Collection[str], known: frozenset[str]) -> list[str]:
    """All spellings of some countries, the collection's (``known``) and the plain ones.

    ``keys`` are those of :func:`rag.language.places.country_key`.
    """
    return [*keys, *sorted(each for each in known if country_key(each) in keys)]


def _may_be_name(word: str) -> bool:
    if any(sign.isdigit() for sign in word):
        return True
    return word[0].isupper() and fold(word) not in FUNCTION_WORDS


def _known_of(document: DocumentInfo) -> str:
    """Everything known of a document, one piece a line."""
    known = document.metadata
    pieces = (
        known.title,
        known.publisher,
        known.country,
        known.author,
        known.speaker,
        known.date,
        document.source.rsplit(".", 1)[0],
        *known.extra.values(),
    )
    return composed("\n".join(piece for piece in pieces if piece))

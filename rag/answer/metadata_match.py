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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rag.answer.questions.names import Known
from rag.language.folding import composed, fold
from rag.language.places import country_key, places
from rag.language.words import ASKED_DOCUMENTS, FUNCTION_WORDS, one_line
from rag.schema import DocumentInfo, Hit
from rag.store import Store, analyse, content_terms

_WORD: Final = re.compile(r"[^\W_]+(?:[&.'’-][^\W_]+)*")
_OF_IT: Final = re.compile(r"['’]s?$")
# Where a name written in one piece falls apart: ActivisionBlizzard_2019, FY2018, 10K.
_SEAMS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])|[_\W]+")
# Words that may stand joined in a file's name: "AMERICANWATERWORKS".
_MOST_JOINED: Final = 4
# What is not known about the question, beside the weight of one name; keeps a common word of it
# ("president", in a role) from counting like a name.
_PRIOR: Final = 4.0


def name_terms(text: str) -> list[str]:
    """The distinct terms of a text, of whole words and of the parts that joined words have."""
    parts = " ".join(part for part in _SEAMS.split(text) if part)
    return list(dict.fromkeys((*content_terms(text), *content_terms(parts))))


@dataclass(frozen=True, slots=True)
class Names:
    """The names in a question that metadata of the collection have, as terms.

    ``having`` are the ids of the documents with each term, ``weights`` the squared inverse document
    frequencies; ``rest`` is the question without the names, or empty if nothing is left to search.
    """

    weights: Mapping[str, float]
    having: Mapping[str, frozenset[str]]
    rest: str = ""

    def share(self, document_id: str, text: str = "") -> float:
        """The share of the names that a document's metadata or a text have.

        It is the sum of the weights of those that are there, over that of all names and a constant:
        with few and common names it is small.
        """
        missing = [term for term in self.weights if document_id not in self.having[term]]
        folded = fold(text) if missing else ""
        lacking = (self.weights[term] for term in missing if not _begins_word(term, folded))
        return (self._total - sum(lacking)) / (self._total + _PRIOR)

    def shares(self) -> Mapping[str, float]:
        """By id the share of each document whose metadata have any of the names."""
        documents = frozenset().union(*self.having.values())
        return {each: self.share(each) for each in documents}

    @property
    def most(self) -> float:
        """The share of what has all the names."""
        return self._total / (self._total + _PRIOR)

    @property
    def _total(self) -> float:
        return sum(self.weights.values())


def _begins_word(term: str, text: str) -> bool:
    """Whether a word of a folded text begins with a term, or is it, if it is a number."""
    if term not in text:
        return False
    end = r"(?!\w)" if term.isdecimal() else ""
    return re.search(rf"(?<!\w){re.escape(term)}{end}", text) is not None


class MetadataMatch:
    """Finds the documents whose metadata a question names. Safe to share between threads."""

    def __init__(self, index: Store) -> None:
        self._index = index
        self._lock = threading.Lock()
        self._read: tuple[object, _Metadata] | None = None

    def names(self, question: str, *, by_any_word: bool = False) -> Names:
        """The names in a question.

        They are words in capitals or with digits, and what is called after a country; with
        ``by_any_word`` the other words count too. What a question is about otherwise stands in
        titles too, but that is found by searching. A word for documents ("report") names none.
        """
        return self._metadata().names(question, by_any_word=by_any_word)

    def named(self, question: str, *, by_any_word: bool = False) -> Mapping[str, float]:
        """The share of the names in a question that each document's metadata has, by document id.

        Documents without a share are left out.
        """
        return self.names(question, by_any_word=by_any_word).shares()

    def having(self, word: str) -> frozenset[str]:
        """The ids of the documents whose metadata have a word, or a part of a joined one."""
        with_term = self._metadata().with_term
        return frozenset(each for term in name_terms(word) for each in with_term.get(term, ()))

    def known(self) -> Known:
        """The names that the collection knows, in all spellings that there are."""
        return self._metadata().known

    def _metadata(self) -> _Metadata:
        """The metadata as they are now; read again when the catalog has changed."""
        revision = self._index.revision()
        with self._lock:
            if self._read is None or self._read[0] != revision:
                speakers = frozenset(self._index.speakers())
                self._read = (revision, _Metadata.of(self._index.documents(), speakers))
            return self._read[1]


@dataclass(frozen=True, slots=True)
class _Metadata:
    """Which of ``count`` documents have a term, and the names among the terms."""

    count: int
    with_term: Mapping[str, Sequence[str]]
    known: Known

    @classmethod
    def of(cls, documents: Sequence[DocumentInfo], speakers: frozenset[str]) -> _Metadata:
        with_term: dict[str, list[str]] = defaultdict(list)
        for each in documents:
            for term in name_terms(_known_of(each)):
                with_term[term].append(each.id)
        known = Known(
            countries=frozenset(each.metadata.country or "" for each in documents) - {""},
            speakers=speakers,
            authors=frozenset(each.metadata.author or "" for each in documents) - {""},
            years=frozenset(each.metadata.year for each in documents if each.metadata.year),
        )
        return cls(len(documents), dict(with_term), known)

    def names(self, question: str, *, by_any_word: bool) -> Names:
        words = _names_in(question, self.known.countries, by_any_word=by_any_word)
        terms = self._terms(words)
        return Names(
            {term: self._weight(term) for term in terms},
            {term: frozenset(self.with_term[term]) for term in terms},
            _without(question, frozenset(terms), frozenset(words.split())),
        )

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
        count, having = self.count, len(self.with_term[term])
        return math.log(1 + (count - having + 0.5) / (having + 0.5)) ** 2


def most_named(shares: Mapping[str, float], count: int) -> list[str]:
    """Ids of the documents with the highest shares: ``count`` at most, half the best or more."""
    ranked = sorted(shares, key=lambda each: (-shares[each], each))[:count]
    return [each for each in ranked if shares[each] >= 0.5 * shares[ranked[0]]]


def _names_in(question: str, known: frozenset[str], *, by_any_word: bool) -> str:
    """The names of a question, with the names of countries that others are called after."""
    keys = {country_key(place.country) for place in places(question, known=known)}
    # All spellings of the countries, the collection's and the plain ones.
    countries = [*keys, *sorted(each for each in known if country_key(each) in keys)]
    listed = [word[0] for word in _WORD.finditer(question)]
    written = [
        word
        for word in listed
        if _may_be_name(word) or (by_any_word and fold(word) not in ASKED_DOCUMENTS)
    ]
    return " ".join((*written, *countries))


def _without(question: str, terms: frozenset[str], words: frozenset[str]) -> str:
    """A question without those ``words`` that have one of ``terms``; empty if nothing is left."""

    def kept(word: re.Match[str]) -> str:
        named = word[0] in words and not terms.isdisjoint(name_terms(_OF_IT.sub("", word[0])))
        return "" if named else word[0]

    rest = one_line(_WORD.sub(kept, question))
    return rest if rest != question and content_terms(rest) else ""


def names_without(question: str, hit: Hit) -> list[str]:
    """The names in a question that neither a passage nor what is known of its document has.

    A name is a word in capitals that does not begin the question, or one with a digit; what is
    called after a country counts as the country. Names that follow one another are one.
    """
    there = set(name_terms(f"{_known_of(hit)}\n{hit.passage.text}"))
    countries = {each.start: each.country for each in places(question)}
    found: list[str] = []
    for word in _WORD.finditer(question):
        of = countries.get(word.start(), "")
        name = of or (word.start() > 0 and _may_be_name(word[0])) or any(map(str.isdigit, word[0]))
        if name and there.isdisjoint(name_terms(word[0].removesuffix("'s") + " " + of)):
            before = f"{found[-1]} {word[0]}" if found else ""
            if before and before in question:
                found[-1] = before
            else:
                found.append(word[0])
    return list(dict.fromkeys(found))


def _may_be_name(word: str) -> bool:
    if any(sign.isdigit() for sign in word):
        return True
    return word[0].isupper() and fold(word) not in FUNCTION_WORDS


def _countries_of(title: str, country: str) -> list[str]:
    """The plain names of the countries that metadata in another alphabet name."""
    found = [country_key(place.country) for place in places(title)] if not title.isascii() else []
    return [*found, country_key(country)] if not country.isascii() else found


def _known_of(document: DocumentInfo | Hit) -> str:
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
        *_countries_of(known.title or "", known.country or ""),
    )
    return composed("\n".join(piece for piece in pieces if piece))

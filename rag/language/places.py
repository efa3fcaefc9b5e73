"""Countries in a question: their names and what is called after them, with their places."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from rag.language import countries as table
from rag.language.countries import country_of_name, foreign_countries
from rag.language.detection import language_of_short
from rag.language.folding import fold
from rag.language.word_lists import words
from rag.language.words import FUNCTION_WORDS, word_list

_IN_CAPITALS: Final = words("us uk usa uae drc dprk")
# Ordinary words, too, and first names or states of other countries.
_ORDINARY: Final = words("turkey niger jersey guernsey reunion guinea")
_FIRST_NAMES: Final = words("georgia jordan chad")
_OTHER_PLACES: Final = word_list("other_places") | {
    "latin america",
    "middle east",
    "nagorno karabakh",
}
_OTHER_DEMONYMS: Final = words("african american asian european arab arabs english scottish welsh")
_AMBIGUOUS: Final = _ORDINARY | _FIRST_NAMES
_WHERE: Final = words("in from across within throughout inside outside between into")
# What a country lends its name to: "Gulf of Mexico", "New Mexico", "Latin America".
_SEAS: Final = words("gulf sea bay strait straits ocean isthmus lake")
_PARTS: Final = words("north south latin central native west meso african asian")
_OTHERS_AFTER: Final = words("ocean sea river peninsula subcontinent airlines airways")

_TOKEN: Final = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Token:
    """One word ``[start, end)`` of a text, without a possessive; ``key`` is it folded."""

    start: int
    end: int
    text: str
    key: str


@dataclass(frozen=True, slots=True)
class Place:
    """A country named by the characters ``[start, end)``, perhaps by an adjective."""

    start: int
    end: int
    country: str
    adjective: bool


def tokens(text: str) -> list[Token]:
    """The words of the text in order."""
    found = []
    for match in _TOKEN.finditer(text):
        word = re.sub(r"['’]s$", "", match[0])
        found.append(Token(match.start(), match.start() + len(word), word, _key(word)))
    return found


def _key(word: str) -> str:
    key = fold(word)
    return "saint" if key == "st" else key


def places(text: str, *, known: frozenset[str] = frozenset()) -> list[Place]:
    """The countries that the text names, each in the spelling of ``known`` if it is there.

    A name that may mean something else counts when it stands like that of a country, or when the
    collection has that country; of several countries with one name, those of the collection.
    A text in another language has the names of that language, and no adjectives.
    """
    spelled = _spelled(known)
    language = language_of_short(text)
    if language is not None and language != "en":
        return [
            Place(start, end, spelled.get(country_key(country), country), adjective=False)
            for start, end, country in foreign_countries(text, language)
        ]
    named = tokens(text)
    found: list[Place] = []
    at = 0
    while at < len(named):
        length, countries, adjective = _longest(named, at, spelled)
        if length and _means_country(named, at, length, text, spelled, countries):
            first, last = named[at], named[at + length - 1]
            found += [
                Place(first.start, last.end, spelled.get(country_key(each), each), adjective)
                for each in _chosen(countries, spelled)
            ]
        at += length or 1
    return found


def _longest(
    named: Sequence[Token], at: int, spelled: Mapping[str, str]
) -> tuple[int, tuple[str, ...], bool]:
    for length in range(min(_most_words(), len(named) - at), 0, -1):
        key = " ".join(token.key for token in named[at : at + length])
        if key in _named():
            return length, _named()[key], False
        if key in spelled:
            return length, (spelled[key],), False
        if key in _demonyms():
            return length, _demonyms()[key], True
    return 0, (), False


def _chosen(countries: Sequence[str], spelled: Mapping[str, str]) -> Sequence[str]:
    in_collection = [each for each in countries if country_key(each) in spelled]
    if in_collection:
        return in_collection
    # "Korean" may be of either; "Dominican" is of the larger, which is named first.
    return countries[:1] if len(countries) == 1 or "Korea" not in countries[0] else ()


def _means_country(
    named: Sequence[Token],
    at: int,
    length: int,
    text: str,
    spelled: Mapping[str, str],
    countries: Sequence[str],
) -> bool:
    first = named[at]
    before = named[at - 1] if at else None
    after = named[at + length] if at + length < len(named) else None
    if first.key in _IN_CAPITALS and length == 1 and not first.text.isupper():
        return False
    if first.text.islower() and any(sign.isupper() for sign in text[1:]) and first.key != "the":
        return False  # who writes other names with capitals would write this one so
    if before is not None and _lends(before, named[:at], first):
        return False
    if after is not None and after.key in _OTHERS_AFTER:
        return False
    if length > 1 or first.key not in _AMBIGUOUS:
        return not (first.text.islower() and first.key in ("polish", "pole", "poles"))
    return _stands_like_country(first, before, after, text) and (
        (first.key in _ORDINARY and first.text[0].isupper() and before is not None)
        or any(country_key(each) in spelled for each in countries)
        or (before is not None and before.key in _WHERE)
        or _beside_country(named, at)
    )


def _lends(before: Token, earlier: Sequence[Token], first: Token) -> bool:
    if before.key == "new" and (before.text[0].isupper() or first.key in ("mexico", "jersey")):
        return True
    if before.key == "of" and len(earlier) > 1 and earlier[-2].key in _SEAS:
        return True
    american = first.key in ("america", "american", "americans", "indian", "indians", "korea")
    return american and (before.key in _PARTS or before.key == "american")


def _stands_like_country(
    first: Token, before: Token | None, after: Token | None, text: str
) -> bool:
    """Not part of a person's name, nor after the name of a town."""
    if before is not None and before.text[0].isupper() and before.key not in FUNCTION_WORDS:
        return False
    return after is None or not after.text[0].isupper() or text[first.end : after.start] != " "


def _beside_country(named: Sequence[Token], at: int) -> bool:
    """Joined to another country by "and" or "or"."""
    joined = ("and", "or", "versus", "vs")
    others = []
    if at >= 2 and named[at - 1].key in joined:
        others.append(named[at - 2].key)
    if at + 2 < len(named) and named[at + 1].key in joined:
        others.append(named[at + 2].key)
    return any(each in _named() and each not in _AMBIGUOUS for each in others)


@lru_cache(maxsize=4096)
def country_key(country: str) -> str:
    """What all spellings of a country have in common: its name as this program writes it, folded.

    >>> country_key("Russian Federation"), country_key("Korea, Republic of")
    ('russia', 'south korea')
    >>> country_key("Азербайджан")
    'azerbaijan'
    """
    name, _, inverted = country.partition(",")
    for spelling in (f"{inverted} {name}", country):
        one = _named().get(_keys(spelling), ())
        if len(one) == 1:
            return fold(one[0])
    return fold(country_of_name(country) or "") or _keys(country)


def _keys(name: str) -> str:
    return " ".join(token.key for token in tokens(name))


@lru_cache(maxsize=8)
def _spelled(known: frozenset[str]) -> dict[str, str]:
    """The collection's own spelling by the plain name; names that are no country's, too."""
    return {country_key(country): country for country in sorted(known)}


def is_place(name: str) -> bool:
    """Whether a name is that of a country, a continent or a seat of government, and of no person.

    >>> is_place("South Sudan"), is_place("Moscow"), is_place("Jordan")
    (True, True, False)
    """
    key = _keys(name)
    return key in _OTHER_PLACES or (key in _named() and key not in _FIRST_NAMES)


@lru_cache(maxsize=4096)
def countries_called(word: str) -> frozenset[str]:
    """The countries of which a word is a name or a demonym.

    >>> sorted(countries_called("Koreans"))
    ['North Korea', 'South Korea']
    """
    key = _keys(word)
    return frozenset((*_named().get(key, ()), *_demonyms().get(key, ())))


def is_demonym(word: str) -> bool:
    """Whether people or things of a country, or of several, are called so."""
    return _keys(word) in _demonyms().keys() | _OTHER_DEMONYMS


@cache
def _named() -> Mapping[str, tuple[str, ...]]:
    """The countries by every name, folded."""
    named: dict[str, tuple[str, ...]] = {}
    for country in table.countries().values():
        for name in (country.name, *country.also, *country.informal):
            named[_keys(name)] = (*named.get(_keys(name), ()), country.name)
    return named


@cache
def _demonyms() -> Mapping[str, tuple[str, ...]]:
    """The countries by every demonym, folded."""
    return {
        _keys(word): tuple(country.name for country in those)
        for word, those in table.demonyms().items()
    }


@cache
def _most_words() -> int:
    return max(name.count(" ") + 1 for name in _named())

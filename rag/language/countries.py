"""Countries and territories: their names, demonyms, and where a text in any language names them.

The names are those of the Unicode CLDR, as Babel carries them; ``countries.tsv`` says where this
program writes another in English, what else they are called, and what their people are called.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Final

from rag.language.detection import probable_languages
from rag.language.folding import SPACELESS, fold
from rag.language.stems import lowered, stems
from rag.language.word_lists import words

# Regions, parts of countries and codes for tests, which CLDR has among the territories.
_NO_COUNTRIES: Final = words(
    "AC AQ BV CP CQ DG EA EU EZ GS HM IC IO QO SJ TA TF UM UN XA XB ZZ AN CS DD FX NT SU YD YU ZR"
)


@dataclass(frozen=True, slots=True)
class Country:
    """A country; its ``code`` has two letters, as in ISO 3166.

    ``also`` are official and former names and abbreviations, ``informal`` what it is called in
    talk, ``demonyms`` what its people and things are called: the adjective first.
    """

    code: str
    name: str
    also: tuple[str, ...] = ()
    informal: tuple[str, ...] = ()
    demonyms: tuple[str, ...] = ()


@cache
def countries() -> Mapping[str, Country]:
    """All countries by code."""
    from babel import Locale  # loads tables that only some questions need

    table = (resources.files("rag.language") / "countries.tsv").read_text("utf-8").splitlines()
    rows = csv.reader((line for line in table if not line.startswith("#")), delimiter="\t")
    known = {}
    for code, name, *others in rows:
        several = (tuple(cell.split(" | ")) if cell else () for cell in others)
        known[code] = Country(code, name, *several)
    for code, name in Locale("en").territories.items():
        if len(code) == 2 and code.isalpha() and code not in known.keys() | _NO_COUNTRIES:
            called = name.replace(" & ", " and ").replace("St. ", "Saint ")
            known[code] = Country(code, called)
    return known


@cache
def names_in(language: str) -> Mapping[str, str]:
    """All countries by their names in a language, as CLDR has them; none in one that it lacks."""
    from babel import Locale, UnknownLocaleError

    try:
        territories = Locale.parse(language).territories
    except (UnknownLocaleError, ValueError):
        return {}
    return {
        each: country.name
        for code, name in territories.items()
        if (country := countries().get(code))
        # "Мьянма (Бирма)" has two names.
        for each in filter(None, map(str.strip, re.split(r"[()（）]", name)))
    }


@cache
def demonyms() -> Mapping[str, tuple[Country, ...]]:
    """Each demonym as it is written, with the countries it may belong to; plurals as well."""
    found: dict[str, tuple[Country, ...]] = {}
    for country in countries().values():
        for word in country.demonyms:
            for form in dict.fromkeys((word, _plural(word))):
                found[form] = (*found.get(form, ()), country)
    return found


def _plural(word: str) -> str:
    return word if word.endswith(("ese", "ish", "ss", "ch", "x", "men", "ois", "s")) else f"{word}s"


@cache
def code_of_iso3() -> Mapping[str, str]:
    """Two letters for three, as in ISO 3166."""
    from babel.core import get_global

    aliases = get_global("territory_aliases")
    return {
        long: short[0]
        for long, short in aliases.items()
        if len(long) == 3 and long.isalpha() and len(short) == 1 and short[0] in countries()
    }


_WORD: Final = re.compile(
    rf"[{SPACELESS}]+|(?:(?![{SPACELESS}])(?:[^\W_]|[\u0300-\u036f\u064b-\u065f]))+"
)
_SPACELESS: Final = re.compile(f"[{SPACELESS}]")
# What Arabic writes together with a name: "and", "so", "in", "for", "like", the article.
_JOINED: Final = re.compile(r"(?:[وف])?(?:[بلك])?(?:ال|(?<=ل)ل)?(?=\w{3})")
_VOWEL: Final = re.compile(r"[aeiouyаеиоуыэюяіїє]$")
_ENDING: Final = 2  # letters
_SHORTEST: Final = 4  # letters of a name that takes an ending


@dataclass(frozen=True, slots=True)
class _Word:
    """A word as written, folded, and its stem."""

    written: str
    stem: str


def foreign_countries(text: str, language: str) -> Iterator[tuple[int, int, str]]:
    """The countries that a text in a language names: ``[start, end)`` and the English name.

    Of names that overlap the longest is meant. A word may have another ending than the name; one
    has a capital, where the text has any.
    """
    found = list(_WORD.finditer(text))
    words = [_read(each[0], language) for each in found]
    cased = text != lowered(text, language)
    at = 0
    while at < len(found):
        if _SPACELESS.match(found[at][0]):
            yield from _inside(found[at][0], found[at].start(), language)
        else:
            length, country = _longest(words[at:], language)
            written = [each[0] for each in found[at : at + length]]
            if length and not (cased and all(map(str.islower, written))):
                yield found[at].start(), found[at + length - 1].end(), country
                at += length - 1
        at += 1


def _inside(run: str, start: int, language: str) -> Iterator[tuple[int, int, str]]:
    """Names inside a run of a script without spaces."""
    if pattern := _spaceless(language):
        for each in pattern.finditer(run):
            yield start + each.start(), start + each.end(), names_in(language)[each[0]]


@cache
def _spaceless(language: str) -> re.Pattern[str] | None:
    names = [each for each in names_in(language) if len(each) > 1 and _SPACELESS.match(each)]
    names.sort(key=len, reverse=True)
    return re.compile("|".join(map(re.escape, names))) if names else None


def _longest(words: Sequence[_Word], language: str) -> tuple[int, str]:
    """How many of the first words are the name of a country, and of which."""
    for same in (_is_written, _shares_stem, _has_ending):
        for name, country in _names(language):
            if len(name) <= len(words) and all(map(same, words, name)):
                return len(name), country
    return 0, ""


def _is_written(word: _Word, name: _Word) -> bool:
    return word.written == name.written


def _shares_stem(word: _Word, name: _Word) -> bool:
    return word.stem in (name.stem, name.written) or word.written == name.stem


def _has_ending(word: _Word, name: _Word) -> bool:
    """Whether a word is the name with another ending, where a stemmer does not see it."""
    long = len(name.written) >= _SHORTEST
    kept = _VOWEL.sub("", name.written) if len(name.written) > _SHORTEST else name.written
    return long and len(word.written) - len(kept) <= _ENDING and word.written.startswith(kept)


@cache
def _names(language: str) -> Sequence[tuple[tuple[_Word, ...], str]]:
    """The names of countries in a language, word by word, those of most words first."""
    names = [
        (tuple(_read(word, language) for word in _WORD.findall(name)), country)
        for name, country in names_in(language).items()
    ]
    return sorted((each for each in names if each[0]), key=lambda each: -len(each[0]))


@lru_cache(4096)
def _read(word: str, language: str) -> _Word:
    small = lowered(word, language)
    bare = _JOINED.sub("", small, count=1) if language == "ar" else small
    return _Word(fold(bare), stems([bare], language)[0])


@lru_cache(4096)
def country_of_name(name: str) -> str | None:
    """The English name of a country, from its name in whatever language that is.

    >>> country_of_name("Азербайджан"), country_of_name("Alemania")
    ('Azerbaijan', 'Germany')
    """
    wanted = fold(name.strip())
    for language in probable_languages(name):
        if country := _by_folded_name(language).get(wanted):
            return country
    return None


@cache
def _by_folded_name(language: str) -> Mapping[str, str]:
    return {fold(name): country for name, country in names_in(language).items()}

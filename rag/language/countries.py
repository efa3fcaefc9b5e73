"""Countries and territories: their English names, other names, and demonyms.

The names are those of the Unicode CLDR, as Babel carries them; ``countries.tsv`` says where this
program writes another, what else they are called, and what their people are called.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

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

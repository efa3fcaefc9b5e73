"""Which passages concern what a question names; and which names nothing concerns.

A question about Kenya is not answered by a sentence about Uganda, however like it is otherwise.
A passage concerns a country when its document is from or about it, or when it names it; a person
when it names them or they speak in it. A year is different: the sentence that answers often does
not repeat it, so passages without it stay; but where none of them is of that year or names it,
what they say is of another one. So with other proper names: which sentences concern those is told
more narrowly, in `concern.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.attribution import GIVEN_NAMES, same_person
from rag.concern import unconcerned
from rag.questions import Asked
from rag.questions.names import surname, years
from rag.questions.places import country_key, places, tokens
from rag.questions.words import FUNCTION_WORDS, TITLES, folded
from rag.schema import Evidence, Hit

__all__ = ["Scope", "is_of_other_years", "scope"]

_TELLING = 3  # letters that a name has at least which tells one person from others


@dataclass(frozen=True, slots=True)
class Scope:
    """The hits that concern everything a question names, best first, and what none concerns.

    ``missing`` has the names that no hit concerns, as the question has them; ``hits`` then
    concern the other names.
    """

    hits: tuple[Hit, ...]
    missing: tuple[str, ...] = ()


def scope(asked: Asked, hits: Sequence[Hit]) -> Scope:
    """Sort out the hits that do not concern the countries and people that were named.

    Years and other names sort nothing out, but one that no hit concerns is missing.
    """
    kept = tuple(hits)
    missing: list[str] = []
    for country in asked.countries:
        concerned = tuple(hit for hit in kept if _concerns_country(hit, country))
        kept, missing = (concerned, missing) if concerned else (kept, [*missing, country])
    for person in filter(surname, asked.people):  # initials alone name nobody
        concerned = tuple(hit for hit in kept if _concerns_person(hit, person))
        kept, missing = (concerned, missing) if concerned else (kept, [*missing, person])
    missing += [
        str(year) for year in asked.years if not any(_concerns_year(hit, year) for hit in kept)
    ]
    missing += unconcerned(asked, kept)
    return Scope(kept, tuple(missing))


def _concerns_country(hit: Hit, country: str) -> bool:
    key = country_key(country)
    return key == country_key(hit.metadata.country or "") or key in _countries(_words_of(hit))


@lru_cache(maxsize=4096)
def _countries(text: str) -> frozenset[str]:
    return frozenset(country_key(place.country) for place in places(text))


def _concerns_person(hit: Hit, person: str) -> bool:
    speakers = (hit.passage.speaker, hit.metadata.speaker)
    if any(speaker and same_person(person, speaker) for speaker in speakers):
        return True
    names = "|".join(re.escape(each) for each in _called(person))
    return re.search(rf"(?<!\w)(?:{names})(?!\w)", folded(_words_of(hit))) is not None


@lru_cache(maxsize=1024)
def _called(person: str) -> tuple[str, ...]:
    """What a text may call a person by.

    Which name is the surname differs between languages: "Moon Jae-in", "Abiy Ahmed", "Nicolás
    Maduro Moros". So it is each that is not short or a given name of many; of three and more, the
    first is hardly one.
    """
    named = [token.key for token in tokens(person) if token.key not in TITLES | FUNCTION_WORDS]
    telling = [key for key in named[len(named) > 2 :] if len(key) >= _TELLING]
    own = [key for key in telling if key not in GIVEN_NAMES]
    return tuple(own) or (surname(person) or folded(person),)


def is_of_other_years(asked: Asked, evidence: Evidence) -> bool:
    """Whether a sentence tells of other years than those asked for.

    It does if it names others only, or if neither its passage nor the date of its document has
    one of them.
    """
    if not asked.years:
        return False
    named = years(evidence.text)
    if named:
        return not set(named) & set(asked.years)
    return not any(_concerns_year(evidence.hit, year) for year in asked.years)


def _concerns_year(hit: Hit, year: int) -> bool:
    """Whether a passage is of that year, or of the next, which reports on it; or names it."""
    date = hit.metadata.date or ""
    return date[:4] in (str(year), str(year + 1)) or year in years(_words_of(hit))


def _words_of(hit: Hit) -> str:
    passage = hit.passage
    parts = (hit.title, passage.section, passage.text)
    return "\n".join(part for part in parts if part)

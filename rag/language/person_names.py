"""Names of people taken apart: titles, given names, particles, family name; and who is meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rag.language.folding import fold
from rag.language.word_lists import words
from rag.language.words import (
    BODIES,
    BODY_NAMES,
    DOCUMENTS,
    FEMALE,
    GIVEN_NAMES,
    MALE,
    MANY,
    PARTICLES,
    PERSONS,
    PORTFOLIOS,
    SHORT_FORMS,
    SUFFIXES,
    TITLES,
    word_list,
)

_PARENTHESIS = re.compile(r"[(\[][^()\[\]]*[)\]]")
_ARTICLE = re.compile(r"\s*(?:the|an?|this|these|that)\s+", re.IGNORECASE)
# "el abogado de Ruiz", "der Anwalt von Brandt": in Spanish and the like an article before a noun in
# small letters with more behind it, in German one with another's name behind it.
_DESCRIBED_ELSEWHERE = re.compile(
    r"\s*(?:(?:el|la|los|las|le|les|un|una|une|il|lo|gli|uno|o|os|um|uma|het|een)\s+|l['’])"
    r"(?!(?:de|del|la|los|las|van|von|der|den|bin|ibn|al|el|da|dos|di)\b)[^\W\d_A-Z]\w*\s+\S|"
    r"\s*(?:der|die|das|ein|eine)\s+\w+\s+(?:von|vom|des|der|dem)\s|"
    r"\s*(?:as?\s+[^\W\d_A-Z]\w*\s+d[aeo]s?|de\s+[^\W\d_A-Z]\w*\s+van)\s"
)
_PART = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_OWNER = re.compile(r"['’]s?\s")
_GENITIVE = re.compile(r"'s?$")
_JOINTS = words("of for to by at in from with and or near on")
_CLEAR_TITLES = word_list("clear_titles")
_ROLES = TITLES | PORTFOLIOS | PERSONS | MANY | BODIES | DOCUMENTS
_GENERATIONS = frozenset({"jr", "sr"})


@dataclass(frozen=True, slots=True)
class PersonName:
    """The parts of a name by which people are distinguished, folded.

    ``parts`` are those of the name proper, in its order; ``titles`` what stood before it. A
    ``description`` ("the foreign minister", "a spokesman for Kozak") names nobody; its parts are
    all its words.
    """

    parts: tuple[str, ...]
    titles: tuple[str, ...] = ()
    generation: str | None = None
    description: bool = False

    @property
    def gender(self) -> str | None:
        """``he`` or ``she`` where a title says so."""
        if any(title in MALE for title in self.titles):
            return "he"
        return "she" if any(title in FEMALE for title in self.titles) else None

    @property
    def is_body(self) -> bool:
        """Whether the name has a word that only organisations have in theirs."""
        return any(part in BODY_NAMES for part in self.parts)


def same_person(name: str, other: str) -> bool:
    """Whether both names can mean one person (or body); titles, case and accents do not matter.

    A family name alone is the same person as any full name with it, and so is a longer form of
    the name ("Michael G. Kozak"), in either order. Two different given names, initials, or forms
    of address ("Mr. Smith", "Ms. Smith") are two people. A given name alone is nobody's name.
    """
    one, two = person_name(name), person_name(other)
    if not one.parts or not two.parts or one.description or two.description:
        return one.parts == two.parts and bool(one.parts)
    if one.parts == two.parts and one.generation == two.generation:
        return not _differ_in_gender(one, two)
    if _differ_in_gender(one, two) or one.is_body != two.is_body or _are_father_and_son(one, two):
        return False
    short, long = sorted((one, two), key=lambda each: (len(each.parts), each.parts))
    if len(short.parts) == 1:
        return _is_named(short, long)
    if len(short.parts) == len(long.parts) and set(short.parts) == set(long.parts):
        return True
    return _stands_in(short.parts, long.parts)


def _differ_in_gender(one: PersonName, two: PersonName) -> bool:
    return None not in (one.gender, two.gender) and one.gender != two.gender


def _are_father_and_son(one: PersonName, two: PersonName) -> bool:
    return one.generation != two.generation and min(len(one.parts), len(two.parts)) > 1


def _is_named(short: PersonName, long: PersonName) -> bool:
    """Whether a single name is the family name, or one of them, in ``long``."""
    (part,) = short.parts
    if len(part) == 1 or part not in long.parts:
        return False
    if part == long.parts[-1]:
        return True
    return part not in GIVEN_NAMES and not (
        # "Mr. Abiy" is possible, but "Mr. Michael" is not a way to speak of Michael Kozak.
        part == long.parts[0] and short.gender is not None
    )


def _stands_in(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    """Whether the parts of ``short`` stand in ``long`` in order, with one end in common."""
    at = 0
    for part in short:
        while at < len(long) and not _alike(part, long[at]):
            at += 1
        if at == len(long):
            return False
        at += 1
    ends = (short[-1] == long[-1], short[0] == long[0] and len(short[0]) > 1)
    return any(ends) and any(len(part) > 1 and part in long for part in short)


def _alike(part: str, other: str) -> bool:
    if part == other or (part, other) in SHORT_FORMS or (other, part) in SHORT_FORMS:
        return True
    return (len(part) == 1 or len(other) == 1) and part[0] == other[0]


@lru_cache(maxsize=20_000)
def person_name(name: str) -> PersonName:
    """The parts of ``name``, without titles, particles, and what follows a comma.

    >>> person_name("Secretary of State Mike Pompeo").parts
    ('mike', 'pompeo')
    >>> person_name("KOZAK, Michael G.").parts
    ('michael', 'g', 'kozak')
    """
    bare = _PARENTHESIS.sub(" ", name)
    bare = bare[article.end() :] if (article := _ARTICLE.match(bare)) else bare
    parts = _parts(_in_order(bare)) or _parts(name)  # of "[Interpreter]" nothing would be left
    generation = next((part for part in parts[1:] if part in _GENERATIONS), None)
    while len(parts) > 1 and parts[-1] in SUFFIXES:
        parts.pop()
    first = _first_of_name(parts)
    owned = bool(_OWNER.search(bare)) or (first > 0 and parts[first - 1] in _JOINTS)
    if any(part in BODY_NAMES for part in parts[first:]) and not owned:
        return _body(parts)
    proper = [part for part in parts[first:] if part not in PARTICLES] or parts[first:]
    described = owned or _DESCRIBED_ELSEWHERE.match(name) is not None
    if described or all(part in _ROLES for part in proper) or not _JOINTS.isdisjoint(parts[first:]):
        return PersonName(tuple(parts), description=True)
    return PersonName(tuple(proper), tuple(parts[:first]), generation)


def surname(name: str) -> str | None:
    """The last part of a person's name, folded; None where nobody is named.

    >>> surname("AMBASSADOR KOZAK"), surname("Mr. Ilir Meta"), surname("the minister")
    ('kozak', 'meta', None)
    """
    known = person_name(name)
    return None if known.description or not known.parts else known.parts[-1]


def _body(parts: list[str]) -> PersonName:
    """The name of an organisation, of which every word counts: a department is not another one."""
    known = tuple(part for part in parts if part not in PARTICLES)
    return PersonName(known, description=len(known) == 1 and known[0] in _ROLES)


def _first_of_name(parts: list[str]) -> int:
    """Where the name begins after titles; the last part is always the name's."""
    first = 0
    for at, part in enumerate(parts[:-1]):
        if part in _CLEAR_TITLES:
            first = at + 1  # "Russian President", "then FBI Director"
        elif at == first and (part in TITLES or (first and part in PORTFOLIOS)):
            first = at + 1
    return first


def _in_order(name: str) -> str:
    """``Kozak, Michael`` as ``Michael Kozak``; of ``Michael Kozak, ambassador`` only the name."""
    family, comma, rest = name.partition(",")
    given = _parts(rest)
    if not comma or not _parts(family):
        return name
    turned = len(_parts(family)) == 1 and 0 < len(given) <= 3
    if turned and not any(part in TITLES | PORTFOLIOS | SUFFIXES for part in given):
        return f"{rest} {family}"
    return f"{family} {rest}" if given and given[0] in SUFFIXES else family


def _parts(name: str) -> list[str]:
    """Words in lower case without accents; hyphens separate, apostrophes do not."""
    bare = (_GENITIVE.sub("", word) for word in _PART.findall(fold(name)))
    return [word.replace("'", "") for word in bare if word]

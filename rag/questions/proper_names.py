"""Proper names in a question that are neither countries nor people: bodies, towns, treaties."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rag.questions.clauses import sentences
from rag.questions.places import Place, Token, tokens
from rag.questions.words import FUNCTION_WORDS, MONTHS_AND_DAYS, ROLES, TITLES
from rag.reading.wordlists import words

__all__ = ["ProperName", "is_acronym", "proper_names"]

# Words in capitals that are no names: they mean things of which there are many.
_NO_NAMES: Final = words(
    "internet web god tv fm am mp mps ngo ngos fgm gdp gnp lgbt lgbti lgbtq lgbtqi hiv aids vpn "
    "vpns sdg sdgs ceo ceos sms idp idps dna id ids it ai pm fm wmd wmds phd dc usd km kwh "
    "emir sultan counsellor excellency highness english"
)
_BETWEEN: Final = re.compile(r"[ \-–/&]|\. |['’]s? ")
_SETTING: Final = re.compile(
    r"\b(?:in|at|during|after|before|since|across|within|inside|throughout|near|around|until|into|"
    r"outside)\s+(?:[a-z]+\s+)?$"
)
_QUOTED: Final = re.compile(r"[\"“][^\"“”]*[\"”]")


@dataclass(frozen=True, slots=True)
class ProperName:
    """A name as it is written; ``setting`` where it only tells where or when: "in Rio"."""

    text: str
    setting: bool = False


def proper_names(
    text: str, *, named: Sequence[Place] = (), people: Sequence[str] = ()
) -> tuple[ProperName, ...]:
    """The names in the text that are none of the countries ``named`` and none of ``people``.

    They are told by capitals, so a text without capitals, and one in which every long word has one,
    has none. The first word of a sentence is a name only if it is an acronym.

    >>> [each.text for each in proper_names("What did the ELN hand over to the United Nations?")]
    ['ELN', 'United Nations']
    """
    listed = tokens(text)
    long = [token for token in listed[1:] if len(token.text) > 3]
    if len(long) > 3 and all(token.text[0].isupper() for token in long):
        return ()
    taken = [(place.start, place.end) for place in named]
    taken += [found.span() for found in _QUOTED.finditer(text)]
    for person in people:
        taken += [found.span() for found in re.finditer(re.escape(person), text)]
    opening = _openings(text, listed)
    found: list[ProperName] = []
    at = 0
    while at < len(listed):
        if not _has_capital(listed, at, taken, opening):
            at += 1
            continue
        end = _end_of(text, listed, at, taken, opening)
        if any(_tells(token) for token in listed[at:end]):
            start = listed[at].start
            setting = _SETTING.search(text[:start]) is not None
            found.append(ProperName(text[start : listed[end - 1].end], setting))
        at = end
    return tuple(dict.fromkeys(found))


def _openings(text: str, listed: Sequence[Token]) -> frozenset[int]:
    """The places in ``listed`` of the words with which the sentences of the text begin."""
    found: set[int] = set()
    at = 0
    for sentence in sentences(text):
        start = text.find(sentence, at)
        at = start + len(sentence)
        first = next((n for n, token in enumerate(listed) if token.start >= start), None)
        found.update([] if first is None else [first])
    return frozenset(found)


def _has_capital(
    listed: Sequence[Token],
    at: int,
    taken: Sequence[tuple[int, int]],
    opening: frozenset[int],
) -> bool:
    token = listed[at]
    if not token.text[0].isupper() or len(token.text) < 2:
        return False
    if token.key in FUNCTION_WORDS | MONTHS_AND_DAYS and not is_acronym(token.text):
        return False
    if at in opening and not is_acronym(token.text):
        return False
    return not any(start <= token.start < end for start, end in taken)


def _end_of(
    text: str,
    listed: Sequence[Token],
    at: int,
    taken: Sequence[tuple[int, int]],
    opening: frozenset[int],
) -> int:
    """Where the name that begins at ``at`` ends: "Bureau of Labor", not "Bureau of"."""
    end = at + 1
    while end < len(listed) and _BETWEEN.fullmatch(text[listed[end - 1].end : listed[end].start]):
        if _has_capital(listed, end, taken, opening):
            end += 1
        elif (
            listed[end].key == "of"
            and end + 1 < len(listed)
            and _has_capital(listed, end + 1, taken, opening)
        ):
            end += 2
        else:
            break
    return end


def is_acronym(text: str) -> bool:
    """Whether a word has capitals that stand for words: "ELN", "NGOs", "U.N."."""
    return sum(sign.isupper() for sign in text) > 1


def _tells(token: Token) -> bool:
    """Whether a word says which one is meant: not a title, nor a word of no one name."""
    return token.key not in TITLES | ROLES | _NO_NAMES

"""Years and people in a question, and what is known of the names in a collection."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from rag.language.person_names import surname
from rag.language.places import Token, tokens
from rag.language.saying import ASKED
from rag.language.word_lists import words
from rag.language.words import (
    ASKED_TITLES,
    AUXILIARIES,
    FUNCTION_WORDS,
    MONTHS_AND_DAYS,
    PARTICLES,
    SAYING_NOUNS,
    THINGS,
)

_YEAR: Final = re.compile(
    r"(?<![\w.,$€£#])(?P<year>1[5-9]\d\d|20\d\d)"
    r"(?:\s?[-–/]\s?(?P<to>(?:19|20)?\d\d))?(?![\w%]|[.,]\d)"
)
_COUNTED: Final = re.compile(
    r"\s+(?:people|persons|men|women|children|percent|per cent|dollars|euros|miles|km|kilomet\w+|"
    r"met(?:er|re)s|feet|tons?|tonnes|refugees|prisoners|deaths|soldiers|troops|votes|times)\b",
    re.IGNORECASE,
)
_NUMBERED: Final = re.compile(
    r"\b(?:resolutions?|no\.?|number|article|section|page|room)\s+$", re.I
)

_TITLED: Final = re.compile(r"[\"“][^\"“”]*[\"”]")  # a work, not a person

_AT_PLACE: Final = words("in at near into across around throughout inside outside")
_OF_COUNTRIES: Final = words(
    "people peoples population citizens territory border borders capital economy president "
    "parliament army minister prime foreign inhabitants residents status"
)
_OF_OFFICES: Final = words("prime foreign vice deputy first")  # "the Prime Minister"
_SYLLABLE: Final = 5  # letters at most
_COMPOUNDS: Final = words("led run era born made like based style held owned wide")
_SPEECHES: Final = words("speech speeches address briefing interview testimony letter name")
_BY_PERSON: Final = words("by under than versus vs")


@dataclass(frozen=True, slots=True)
class Known:
    """The names that a collection knows from its metadata and its transcripts."""

    countries: frozenset[str] = field(default_factory=frozenset)
    speakers: frozenset[str] = field(default_factory=frozenset)
    authors: frozenset[str] = field(default_factory=frozenset)
    years: frozenset[int] = field(default_factory=frozenset)


def years(text: str) -> tuple[int, ...]:
    """The years that the text names, in order; of ``2017-18`` both."""
    found: list[int] = []
    for match in _YEAR.finditer(text):
        if _COUNTED.match(text, match.end()) or _NUMBERED.search(text[: match.start()]):
            continue
        found.append(int(match["year"]))
        if match["to"]:
            last = int(match["year"][: 4 - len(match["to"])] + match["to"])
            found += [last] if found[-1] < last else []
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=8)
def surnames(speakers: frozenset[str]) -> frozenset[str]:
    """The folded surnames of the speakers."""
    return frozenset(name for each in speakers if (name := surname(each)))


def people(text: str, *, speakers: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The names of people in the text, in order, as they are written there.

    A name counts when it has a title, or two words, or is that of one of ``speakers``, or stands
    where people do: as the subject of an act, before what is theirs, after "by". A country that
    stands there counts, too.
    """
    listed, known = tokens(text), surnames(speakers)
    if _is_headline(listed):
        return tuple(token.text for token in listed if token.key in known)
    taken = [found.span() for found in _TITLED.finditer(text)]
    runs = _runs(text, listed, taken)
    found: list[str] = []
    accepted = -1
    for first, last in runs:
        run = listed[first:last]
        joined = first > 0 and listed[first - 1].key in ("and", "or") and accepted == first - 1
        if _is_person(text, listed, first, last, known, beside_person=joined):
            found.append(text[run[0].start : run[-1].end])
            accepted = last
    if text == text.lower():
        found += [token.text for token in listed if token.key in known]
    return tuple(dict.fromkeys(found))


def _is_headline(listed: Sequence[Token]) -> bool:
    """Whether nearly every word has a capital, which then says nothing."""
    long = [token for token in listed[1:] if len(token.text) > 3]
    return len(long) > 3 and all(token.text[0].isupper() for token in long)


def _runs(
    text: str, listed: Sequence[Token], taken: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Runs of words with capitals that may be one name, as places in ``listed``."""
    runs: list[tuple[int, int]] = []
    at = 0
    while at < len(listed):
        if not _may_be_name(listed, at, taken):
            at += 1
            continue
        end = at + 1
        while end < len(listed) and re.fullmatch(
            r"[ \-]|\. ", text[listed[end - 1].end : listed[end].start]
        ):
            if _may_be_name(listed, end, taken) or _is_syllable(text, listed, at, end):
                end += 1
            elif (
                listed[end].key in PARTICLES - FUNCTION_WORDS
                and end + 1 < len(listed)
                and _may_be_name(listed, end + 1, taken)
            ):
                end += 2
            else:
                break
        runs.append((at, end))
        at = end
    return runs


def _is_syllable(text: str, listed: Sequence[Token], at: int, end: int) -> bool:
    """Whether a word goes on with a given name: "Moon Jae-in", and not "Robert Mueller-led"."""
    token = listed[end]
    hyphenated = end - at > 1 and text[token.start - 1] == "-"
    return hyphenated and len(token.key) <= _SYLLABLE and token.key not in _COMPOUNDS


def _may_be_name(listed: Sequence[Token], at: int, taken: Sequence[tuple[int, int]]) -> bool:
    token = listed[at]
    if not token.text[0].isupper() or token.key in MONTHS_AND_DAYS - {"may"}:
        return False
    if token.key in ("may", "will"):  # Theresa May, Will Smith
        return at > 0 and token.text.istitle()
    if token.key in FUNCTION_WORDS:
        return False
    return not any(start <= token.start < end for start, end in taken)


def _is_person(
    text: str,
    listed: Sequence[Token],
    first: int,
    last: int,
    known: frozenset[str],
    *,
    beside_person: bool,
) -> bool:
    run = listed[first:last]
    before = listed[first - 1] if first else None
    if any(token.key in known for token in run):
        return True
    names = [token for token in run if token.key not in ASKED_TITLES | _OF_OFFICES]
    if not names or any(token.key in THINGS for token in names):
        return False
    if all(token.text.isupper() and len(token.text) > 1 for token in names):
        return False  # FARC, IOM
    if len(names) < len(run):  # "Ambassador Kozak", "Pope Francis", but not "the General Debate"
        return not (before is not None and before.key == "the" and run[0].key == "general")
    if before is not None and (before.key in _AT_PLACE or before.key == "the"):
        after = listed[last].key if last < len(listed) else ""
        return before.key != "the" and after in SAYING_NOUNS | _SPEECHES
    if " " in text[names[0].start : names[-1].end]:
        return first > 0
    return beside_person or _stands_like_person(text, listed, first)


def _stands_like_person(text: str, listed: Sequence[Token], at: int) -> bool:
    token = listed[at]
    before = listed[at - 1] if at else None
    after = listed[at + 1] if at + 1 < len(listed) else None
    follows = text[token.end : token.end + 2]
    if follows in ("'s", "’s") and before is not None:
        return after is None or after.key not in _OF_COUNTRIES
    if before is None:
        return False
    if before.key in ASKED_TITLES or before.key in _BY_PERSON:
        return True
    if before.key in AUXILIARIES and after is not None and after.text.islower():
        present = before.key in ("do", "does", "is", "are", "can", "should", "may", "must")
        return not present or after.key in ASKED
    return after is not None and after.key in ASKED

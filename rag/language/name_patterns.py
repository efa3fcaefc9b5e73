"""Patterns for names, and for people who are called by what they are."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cached_property

from rag.language.sentences import ABBREVIATED_TITLES
from rag.language.words import BODIES, DAYS_AND_MONTHS, NEVER_NAMES, PERSONS, TITLES


class Late:
    """A pattern that is compiled when it is first needed: all of them together take a second."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The pattern itself."""
        return re.compile(self._pattern)


def any_of(words: Collection[str]) -> str:
    """A pattern of any of ``words``, the longest first."""
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return "(?:" + "|".join(map(re.escape, ordered)) + ")"


def _capitals() -> str:
    """Capitals of the alphabets of Europe, as ranges: patterns with them are compiled sooner."""
    ranges: list[list[int]] = []
    for code in (*range(0x41, 0x5B), *range(0xC0, 0x590), *range(0x1E00, 0x1F00)):
        if not chr(code).isupper():
            continue
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(chr(a) if a == b else f"{chr(a)}-{chr(b)}" for a, b in ranges)


_UPPER = _capitals()
_SPACE = r"[ \u00a0\u2009\u202f]+"
_WORD = r"[^\W_](?:\w|[-‑.'’](?=\w))*"
_POSSESSIVE_END = re.compile(r"['’”]s?\Z")
# Names: "Michael G. Kozak", "von der Leyen", "al-Shabaab", "U.S.", "Ministry of Foreign Affairs".
_SHORT = (
    rf"(?:(?:[{_UPPER}]\.){{2,}}|"
    rf"{any_of(ABBREVIATED_TITLES)}\.)"
)
_CAPITAL = (
    rf"(?:{_SHORT}|[{_UPPER}]\.|"
    rf"(?:[Aa]l|[Ee]l|[Aa]s|[Aa]sh|[Aa]n|[Aa]r|[Aa]t)[-‑][{_UPPER}]\w+|"
    rf"[{_UPPER}]\w*(?:[-‑'’](?!s\b)\w+)*(?:\.(?:com|info|net|news|org)\b)?)"
)
_PARTICLE = (
    r"(?:de la|de los|de las|de|da|dos|do|das|del|della|di|du|la|le|van der|van den|van|von der|"
    r"von|der|den|ter|ten|bin|ibn|bint|ben|ould|ag|al|el|zu|y|e)"
)
_SIMPLE_NAME = rf"{_CAPITAL}(?:{_SPACE}(?:{_PARTICLE}{_SPACE})?{_CAPITAL}){{0,6}}"
_HEADED = "(?:" + "|".join(sorted(word.capitalize() for word in BODIES | TITLES)) + ")"
NAME = (
    rf"(?:(?:{_CAPITAL}{_SPACE}){{0,4}}{_HEADED}{_SPACE}(?:of|for){_SPACE}(?:the{_SPACE})?{_SIMPLE_NAME}"
    rf"(?:{_SPACE}of{_SPACE}(?:the{_SPACE})?{_SIMPLE_NAME})?"
    rf"|(?:{_PARTICLE}{_SPACE})?{_SIMPLE_NAME})"
)

NAMES = Late(rf"(?<![\w-])(?:{NAME})")
"""Every run of capitals that may be a name."""

_DETERMINER = r"(?i:the|an?|this|that|its|his|her|their|our|another|one)"
_NO_MODIFIER = (
    r"(?!(?i:of|for|from|to|at|in|on|with|by|near|against|about|into|over|under|after|before|and|"
    r"or|but|nor|that|which|who|whom|whose|what|as|while|when|where|because|if|than|is|are|was|"
    r"were|be|been|being|has|have|had|do|does|did|will|would|could|can|may|might|must|should|not|"
    r"no|never|he|she|they|it|we|i|you|there|so|said|says|told|tells|the|a|an)\b(?![-‑]))"
)
_MODIFIER = rf"{_NO_MODIFIER}(?:{_SHORT}|{_WORD}|\d(?:[\d,.]*\d)?)(?:['’”](?=\s))?"
PERSON_NOUN = Late(
    rf"\b{_DETERMINER}{_SPACE}(?:{_MODIFIER}{_SPACE}){{0,5}}?(?P<head>{any_of(PERSONS)})(?![\w-])"
)
"""A person who is not named: "the former minister", "a witness"."""


def trim_name(name: str) -> str:
    """``name`` without words at its ends that are in capitals for another reason.

    >>> trim_name("Yesterday Kozak Wednesday")
    'Kozak'
    """
    parts = name.split()
    while parts and (
        (_bare(parts[0]) in NEVER_NAMES and len(parts[0]) > 1 and parts[0][1] != ".")
        # "Present-day Kate", but "Ban Ki-moon"
        or (len(parts) > 1 and re.fullmatch(r"[A-Z]\w+-[a-z]+", parts[0]))
    ):
        parts.pop(0)
    while parts and _bare(parts[-1]) in DAYS_AND_MONTHS:
        parts.pop()
    return " ".join(parts)


def _bare(word: str) -> str:
    return _POSSESSIVE_END.sub("", word.lower()).rstrip(".,")

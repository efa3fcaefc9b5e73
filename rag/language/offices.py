"""What the people of a document are: "the foreign minister of Ethiopia", "Secretary of State"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.language.name_patterns import NAME, Late, any_of
from rag.language.words import BODIES, PERSONS, PORTFOLIOS, TITLES

_BEFORE = 100  # characters in which a title stands
_LONGEST = 8  # words of a title
_WORD = re.compile(r"[^\W\d_][\w.’'-]*\Z")
_OF_COUNTRY = re.compile(r"[A-Z]\w+(?:an|ish|ese|ch|i|['’]s?)\Z")
_SMALL = frozenset({"of", "for", "the", "to", "and"})
_HELD = any_of(PERSONS | {"premier", "head", "chief"})
# A word that two alternatives match is tried in both ways, twice as often with each further one.
_INSIDE = frozenset({"the", "and", "of", "for", "on", "in"})
# "the senior bureau official in the Bureau of Democracy", "Ethiopia's minister of health".
_OFFICE = (
    r"(?P<office>(?:(?i:the|an?|its|their|his|her|then)|[A-Z]\w+['’]s?)\s"
    rf"(?:(?!(?:of|for|in|at|by|to|that|who|and|said|was|is|had|has)\b)[\w.’'-]+\s){{0,5}}?{_HELD}\b"
    rf"(?:\s(?:of|for|to|at|in|from)(?:\s(?:{any_of(_INSIDE)}|[A-Z]\S*[^\s,.;:()]|"
    rf"{any_of((PORTFOLIOS | BODIES) - _INSIDE)}))+)?)"
)
_OF = Late(rf"\s+(?P<of>(?:of|from)\s+(?:the\s+)?{NAME})")
_AFTER = re.compile(
    r"(?:,\s+|\s+\()?(?:\s?(?:who|which)\s+)?(?:(?:is|was|has been|had been)\s+)?(?:then\s+)?"
    rf"{_OFFICE}"
    r"(?=[,.;:()\n]|\Z)"
)
_IN_FRONT = re.compile(rf"(?:\A|[.;:(“\"]\s|\n|,\s){_OFFICE},\s\Z")


def offices(text: str, name: str) -> Iterator[str]:
    """Titles before ``name`` and appositions beside it, wherever it stands in ``text``.

    >>> list(offices("Secretary of State Mike Pompeo met Amir Aman, the minister of health.",
    ...     "Amir Aman"))
    ['the minister of health']
    """
    for found in re.finditer(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text):
        before = text[max(0, found.start() - _BEFORE) : found.start()]
        title = _title(before)
        if title:
            of = _OF.compiled.match(text, found.end())
            yield f"{title} {of['of']}" if of else title
        if text[found.end() : found.end() + 1] in {",", " "} and (
            aside := _AFTER.match(text, found.end())
        ):
            yield _whole(aside["office"])
        if front := _IN_FRONT.search(before):
            yield _whole(front["office"])


def _whole(office: str) -> str:
    """An office without the small words that a longer name after it left behind."""
    words = office.split()
    while words[-1].lower() in _SMALL | {"in", "at", "from", "on"}:
        words.pop()
    return " ".join(words)


def _title(before: str) -> str:
    """The words of a title that end ``before``, with an adjective: "Armenian President"."""
    if not before.endswith((" ", "\u00a0")):
        return ""
    taken: list[str] = []
    for word in reversed(before.rsplit("\n", 1)[-1].split()):
        lower = word.lower()
        if not _WORD.match(word) or len(taken) == _LONGEST:
            break
        known = lower in TITLES | PORTFOLIOS | PERSONS | _SMALL
        adjective = taken and taken[-1].lower() not in _SMALL and _OF_COUNTRY.match(word)
        # "Minister of Trade", but "a lawyer for President Ruiz" is another.
        joint = lower in _SMALL and not (taken and _joins(taken[-1]))
        if word.endswith(".") or joint or not (known or adjective):
            break
        taken.append(word)
        if not known:
            break
    while taken and (taken[-1].lower() in _SMALL or _is_preposition(taken)):
        taken.pop()
    return " ".join(reversed(taken)) if _is_office(" ".join(taken)) else ""


def _is_preposition(taken: list[str]) -> bool:
    """Whether what stands before a title, here in reverse order, is no part of it.

    "Under Prime Minister Berg", but "Under Secretary Berg".
    """
    *_, second, first = ["", *taken]
    return first.lower() == "under" and not second.lower().startswith("secretar")


def _joins(word: str) -> bool:
    """Whether a word after "of" or "and" can still belong to a title."""
    return word.lower() in (PORTFOLIOS - PERSONS) | _SMALL


def _is_office(phrase: str) -> bool:
    """Whether a phrase has a noun for what people are."""
    words = {word.strip(".").lower() for word in re.split(r"[\s-]+", phrase)}
    return bool(words & (PERSONS | {"premier", "head", "chief"}))

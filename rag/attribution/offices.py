"""What the people of a document are: "the foreign minister of Ethiopia", "Secretary of State"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.attribution.phrases import NAME
from rag.attribution.vocabulary import PERSONS, PORTFOLIOS, TITLES

__all__ = ["offices"]

_BEFORE = 100  # characters in which a title stands
_LONGEST = 8  # words of a title
_WORD = re.compile(r"[^\W\d_][\w.’'-]*\Z")
_OF = re.compile(rf"\s+(?P<of>(?:of|from)\s+(?:the\s+)?{NAME})")
_AFTER = re.compile(
    r"(?:,\s+|\s+\()(?:(?:who|which)\s+(?:is|was|has been|had been)\s+)?"
    r"(?P<office>(?!(?:and|or|but|who|which|where|when)\b)[^,.;:()“”\"\n]{3,120})"
)
_IN_FRONT = re.compile(
    r"(?:\A|[.;:(\n“\"]|,)\s*(?P<office>(?:[Tt]he|[Ii]ts|[Tt]heir|[A-Z]\w+['’]s)\s[^,.;:\n“”\"]{3,90}),\s\Z"
)
_SMALL = frozenset({"of", "for", "the", "to", "and"})


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
            of = _OF.match(text, found.end())
            yield f"{title} {of['of']}" if of else title
        if (aside := _AFTER.match(text, found.end())) and _is_office(aside["office"]):
            yield aside["office"].strip()
        if (front := _IN_FRONT.search(before)) and _is_office(front["office"]):
            yield front["office"].strip()


def _title(before: str) -> str:
    """The words of a title that end ``before``, with the adjective in front: "Armenian President"."""
    words = before.split(" ")
    if not before.endswith(" "):
        return ""
    taken: list[str] = []
    for word in reversed(words[:-1]):
        lower = word.lower()
        if not _WORD.match(word) or len(taken) == _LONGEST:
            break
        known = lower in TITLES | PORTFOLIOS | PERSONS | _SMALL
        if not known and not (taken and word[0].isupper()):
            break
        taken.append(word)
        if not known:
            break
    while taken and taken[-1].lower() in _SMALL:
        taken.pop()
    return " ".join(reversed(taken)) if _is_office(" ".join(taken)) else ""


def _is_office(phrase: str) -> bool:
    """Whether a phrase has a noun for what people are."""
    words = {word.strip(".").lower() for word in re.split(r"[\s-]+", phrase)}
    return bool(words & (PERSONS | {"premier", "head", "chief"}))

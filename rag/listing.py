"""Questions for several things, and the sentences that have several: enumerations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.schema import Evidence

__all__ = ["ELSE", "items", "prefer_enumerations"]

ELSE = re.compile(r"^\W*(?:and\s+)?(?:what|who|which)\s+else\b", re.IGNORECASE)
"""How a question begins that asks for what was not told yet, and not for a list of things."""

_ENOUGH = 3  # things make an enumeration,
_MANY = 8  # and more than these make it no likelier.
_FAVOUR = 2.0  # times the odds, for every thing after the second

_LONGEST = 9  # words of one thing
_NUMBER_COMMA = re.compile(r"(?<=\d),(?=\d{3}\b)")
_BREAK = re.compile(r"[.;:!?()“”\"—–]\s|:\s|\b(?:but|because|although|while|when|which|who|if)\b")
_SEPARATOR = re.compile(r",\s*(?:and|or|as well as)\s+|,\s*|\s+(?:and|or|as well as)\s+")
_CLOSED = re.compile(r"(?:,\s*|\s+)(?:and|or|as well as)\s+")
# Commas that part no things: in dates, after what opens a sentence, around ", he said,".
_DATE = re.compile(r"(?<=\d),(?=\s(?:19|20)\d\d\b)")
_OPENING = re.compile(
    r"^\s*(?:In|On|At|After|Before|Since|During|By|For|From|Under|To|With|Although|When|As)\s"
    r"[^,]{1,80},\s"
)
_SAID = re.compile(
    r",\s[^,]{0,40}\b(?:said|says|told|added|according to|(?:by|in)\s\w+\s(?:account|view)|"
    r"recalled|argued|noted|found|reported)\b[^,]{0,30}(?:,|$)"
)
_OPENED = re.compile(r"\b(?:including|such as|among them|namely|for example)\b", re.IGNORECASE)


def items(sentence: str) -> int:
    """How many things the longest enumeration of a sentence has, 0 if it has none.

    >>> items("They banned rallies, marches, petitions and strikes.")
    4
    >>> items("The minister, he said, was late and left.")
    0
    """
    plain = _DATE.sub("", _NUMBER_COMMA.sub("", sentence)).strip(" .!?")
    plain = _OPENING.sub("", _SAID.sub("", plain))
    return max((_of_run(run) for run in _BREAK.split(plain) if run), default=0)


def _of_run(run: str) -> int:
    opened = _OPENED.search(run)
    parts = _SEPARATOR.split(run[opened.end() :] if opened else run)
    if not _CLOSED.search(run) or "," not in run:
        return 0
    # Without "such as", the first and the last thing stand at the ends of longer phrases.
    inner = parts if opened else parts[1:-1]
    best = current = 0
    for part in inner:
        current = current + 1 if len(part.split()) <= _LONGEST else 0
        best = max(best, current)
    return best if opened else best + 2 if best else 0


def prefer_enumerations(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The sentences in a new order, with new probabilities, for a question that asks for several.

    What enumerates is likelier to be the answer than what only speaks of the matter, and the more
    so the more it enumerates.
    """
    judged = [
        replace(each, score=_favoured(each.score, things)) if things >= _ENOUGH else each
        for each in evidence
        for things in (items(each.text),)
    ]
    return tuple(sorted(judged, key=lambda each: -each.score))


def _favoured(probability: float, things: int) -> float:
    odds = probability * _FAVOUR ** (min(things, _MANY) - 2)
    return odds / (odds + 1 - probability)

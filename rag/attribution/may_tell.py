"""Which sentences may give words to somebody, by their words: only those are parsed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rag.language.saying import VERBS
from rag.language.word_lists import words
from rag.language.words import SAYING_NOUNS, word_list

# Of other verbs ("take the view", "see as") the forms besides the past are too common to look for.
_TELLING = frozenset({"clause", "that", "object", "infinitive", "judged", "quote"})
_LOOKED_FOR = [each for each in VERBS if _TELLING & (each.said | each.view)]
_CLAUSES = words("that how why what whether he she they it there his her their")  # open one

SAYING = SAYING_NOUNS | word_list("said_objects")
"""Nouns for something said: "claim", "promise"."""


def _any(forms: Iterable[str]) -> str:
    return f"(?:{'|'.join(sorted(set(forms), key=len, reverse=True))})"


def _in_titles(forms: Iterable[str]) -> Iterator[str]:
    """The forms, also as they stand in a headline: "Says"."""
    for form in forms:
        yield from (form, form.capitalize())


MAY_TELL = re.compile(
    # not "we said", which is the speaker's own, and not "a call", which is a noun
    r"(?<!\b[Ww]e\s)(?<!\bI\s)(?<![\w-])"
    rf"{_any(form for each in VERBS for form in each.past)}(?![\w-])|"
    rf"(?<![\w-]){_any(_in_titles(each.present for each in _LOOKED_FOR))}(?![\w-])|"
    r"(?<!\b[Ww]e\s)(?<!\bI\s)(?<!\b[Ll]et\sus\s)(?<![\w-])"
    rf"{_any(each.verb for each in _LOOKED_FOR)}\s+(?:[A-Z]|{_any(_CLAUSES)}\b)|"
    r"\bTo\s[A-Z]|(?m:^)[A-Z][\w.’'-]*(?: [A-Z][\w.’'-]*){0,3}:\s|"
    r"(?:(?<=s)|\b(?i:they|people|police|who|many|some|would|will|not))\s+(?:\w+ly\s+|also\s+)?"
    rf"{_any(each.verb for each in _LOOKED_FOR)}(?![\w-])|"
    r"(?:[,—–]|\b(?:as|is|was|are|were|been|by|and|on))\s+(?:\w+ly\s+)?"
    rf"{_any(each.participle for each in _LOOKED_FOR)}(?![\w-])|"
    r"\b(?i:according to|(?:the|in|by|on)\s(?:[\w’']+\s){0,4}?"
    r"(?:words|views?|opinion|account|telling|judge?ment|estimation|submission))\b|"
    rf"To (?:him|her|them)\b|['’]s?\s(?:[\w-]+\s){{0,3}}?{_any(SAYING)}\s"
    r"(?:that|to|for|of|against|is|was)\b"
)
"""What a sentence without quotation marks must have in it, to give words to anybody."""

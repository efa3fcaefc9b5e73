"""Whose words the previous answer carries, as far as its plain text says."""

from __future__ import annotations

import re
from typing import Final

from rag.questions.names import Known, surnames
from rag.questions.places import places, tokens
from rag.questions.words import FUNCTION_WORDS, SAYING, THINGS, TITLES, alternatives, folded

__all__ = ["speaker_of_answer"]

# "Kozak, Impunity remains a problem, 13 March 2019: …", on the page without the words behind it.
_LINE: Final = re.compile(r"^(?P<who>[^,:“\"]{2,60}),[^“\"]*?:\s*(?:[“\"].*)?$", re.MULTILINE)
_NAME: Final = r"[^\W\d_a-z][\w'’.-]*(?:\s(?:[^\W\d_a-z][\w'’.-]*|de|da|van|von|al|bin))*"
_TOLD: Final = re.compile(
    rf"(?:^|[.,;]\s|[“\"]\s?)(?P<who>{_NAME})\s+(?:also\s+|has\s+|had\s+)?"
    rf"(?:{alternatives(SAYING)}|called|found)\b",
    re.MULTILINE,
)
_LONGEST: Final = 4000


def speaker_of_answer(answer: str, *, known: Known) -> str | None:
    """The first person to whom the answer attributes words; None if it is plainly nobody."""
    answer = answer[:_LONGEST]
    for pattern in (_LINE, _TOLD):
        for found in pattern.finditer(answer):
            name = " ".join(found["who"].split(" according to ")[0].split())
            if _is_person(name, known):
                return name
    return None


def _is_person(name: str, known: Known) -> bool:
    named = tokens(name)
    keys = [token.key for token in named]
    if not keys or len(keys) > 6 or folded(name) in {folded(each) for each in known.publishers}:
        return False
    if surnames(known.speakers) & set(keys):
        return True
    bare = [token for token in named if token.key not in TITLES]
    if not bare or any(token.key in THINGS | FUNCTION_WORDS for token in bare):
        return False
    if any(sign.isdigit() for sign in name) or places(name, known=known.countries):
        return False
    return all(token.text[0].isupper() for token in (bare[0], bare[-1]))

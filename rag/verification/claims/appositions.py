"""Who is said to be what: "Ada Brook, the minister", "Ada Brook was the minister"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from rag.verification.claims.names import Name, names_in
from rag.verification.claims.reading import content, plain, read

__all__ = ["other_holder"]

_WHAT = r"(?:(?:then|now|also|who (?:is|was))\s+){0,2}(?:an?|the|former|acting|deputy)\s+"
_UP_TO = (
    r"(?P<role>[^,.;:()\"]{3,70}?)(?=[,.;:()\"]|\s+(?:and|but|who|which|before|when|until)\b|\Z)"
)
# A surname that is also the name of an office ("Prince") is not part of the name as it is found.
_IS = r"(?:is|was|became|remained|had been|serves as|served as)"
_AFTER_NAME = re.compile(rf"(?:\s+[A-Z][\w'-]+)?(?:,\s+|\s+{_IS}\s+){_WHAT}{_UP_TO}")
_BEFORE = 60  # characters before a name in which its role may stand: "the reporter Ada Brook"

Role = frozenset[str]


@lru_cache(maxsize=2_000)
def _roles_in(text: str) -> tuple[tuple[Name, Role, str], ...]:
    """The names of a text with what they are said to be: as stems, and as it is written."""
    return tuple(_roles(text))


def _roles(text: str) -> Iterator[tuple[Name, Role, str]]:
    folded = plain(text)
    for name in names_in(text):
        if found := _AFTER_NAME.match(folded, name.end):
            stems = frozenset(word.stem for word in content(read(found["role"])))
            if stems:
                yield name, stems, found["role"].strip()


def other_holder(statement: str, texts: Sequence[str]) -> tuple[str, str] | None:
    """A name of the statement and the role that it has there, where the texts have another's.

    ``texts`` are sentences. None where they tell the role of nobody, or of that name as well.
    """
    theirs = [each for text in texts for each in _roles_in(text)]
    for name, role, written in _roles_in(statement):
        holders = [(holder, other) for holder, other, _ in theirs if _is_same(role, other)]
        own = [other for holder, other, _ in theirs if _share(name, holder)]
        if not holders or any(_share(name, holder) for holder, _ in holders):
            continue
        if not any(_share(name, each) for text in texts for each in names_in(text)):
            continue  # a name that is not there is told of by itself
        telling = len(role) > 1 or bool(own)
        if telling and not any(_stands_before(name, role, text) for text in texts):
            return name.text, written
    return None


def _is_same(role: Role, other: Role) -> bool:
    return len(role & other) >= max(1, -(-2 * len(role) // 3))


def _share(one: Name, other: Name) -> bool:
    return bool(set(one.keys) & set(other.keys))


def _stands_before(name: Name, role: Role, text: str) -> bool:
    """Whether a text has the role right before the name, in the same clause or before a comma."""
    for other in names_in(text):
        if _share(name, other):
            clause = text[max(0, other.start - _BEFORE) : other.start].rstrip(" ,")
            before = read(re.split(r"[,.;:()]", clause)[-1])
            if any(word.stem in role for word in before):
                return True
    return False

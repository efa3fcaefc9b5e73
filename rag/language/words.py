"""Lists of English words, from ``words.toml``: people and bodies, titles, question words."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from typing import Final

from rag.language.folding import composed

__all__ = [
    "ASKED_DOCUMENTS",
    "ASKED_TITLES",
    "ASKING",
    "AUXILIARIES",
    "BODIES",
    "BODY_NAMES",
    "DAYS_AND_MONTHS",
    "DOCUMENTS",
    "FEMALE",
    "FUNCTION_WORDS",
    "GIVEN_NAMES",
    "MALE",
    "MANY",
    "MONTHS_AND_DAYS",
    "NEVER_NAMES",
    "OBJECT_PRONOUNS",
    "PARTICLES",
    "PERSONS",
    "PORTFOLIOS",
    "ROLES",
    "SAYING_NOUNS",
    "SHORT_FORMS",
    "SUFFIXES",
    "THINGS",
    "TITLES",
    "alternatives",
    "is_plural",
    "one_line",
]

_LISTS: Final = tomllib.loads((resources.files("rag.language") / "words.toml").read_text("utf-8"))


def _words(*names: str) -> frozenset[str]:
    return frozenset(word for name in names for word in _LISTS[name].split())


PERSONS: Final = _words("persons")
"""Nouns for one person: "minister"."""
MANY: Final = _words("many")
"""Nouns for several people: "officials"."""
BODIES: Final = _words("bodies")
"""Nouns for a body: "government"."""
DOCUMENTS: Final = _words("documents")
"""Nouns for what is written and says something: "report"."""
BODY_NAMES: Final = _words("bodies", "documents", "body_names")
"""Words in the names of bodies, never in those of people."""
TITLES: Final = _words("titles")
"""Words before a person's name: "former foreign minister"."""
PORTFOLIOS: Final = _words("portfolios")
"""What stands between a title and a name: "Foreign Minister", "Secretary of State"."""
MALE: Final = _words("male")
FEMALE: Final = _words("female")
SUFFIXES: Final = _words("suffixes")
PARTICLES: Final = _words("particles")
"""Small words inside a name: "van der"."""
GIVEN_NAMES: Final = _words("given_names") | {
    name for pair in _words("short_forms") for name in pair.split("=")
}
"""English given names, which by themselves are no family names, and their short forms."""
SHORT_FORMS: Final = frozenset(tuple(pair.split("=")) for pair in _words("short_forms"))
"""Pairs of a given name and a short form."""
MONTHS_AND_DAYS: Final = _words("days_and_months")
DAYS_AND_MONTHS: Final = MONTHS_AND_DAYS | {"yesterday", "today", "tomorrow"}
NEVER_NAMES: Final = _words("days_and_months", "never_names")
"""Words in capitals at the start of a sentence, and yet nobody's name."""

ASKING: Final = _words("asking")
AUXILIARIES: Final = _words("auxiliaries")
FUNCTION_WORDS: Final = _words("asking", "auxiliaries", "function_words")
"""Words of a question that name nothing."""
OBJECT_PRONOUNS: Final = _words("no_speakers")
SAYING_NOUNS: Final = _words("saying_nouns")
"""Nouns for what somebody says: "view", "reaction"."""
ROLES: Final = _words("persons", "asked_persons", "bodies", "asked_bodies")
"""Nouns for those whose words a question may want: "minister", "police"."""
ASKED_DOCUMENTS: Final = _words("asked_documents")
"""Nouns by which a question means a document or a part of one: "briefing", "page"."""
ASKED_TITLES: Final = _words("asked_titles")
"""Titles that by themselves show that a name follows."""
THINGS: Final = _words("things")
"""Words in names of what is no person: "the Battle of …"."""

_IRREGULAR_PLURALS: Final = _words("irregular_plurals")
_SINGULAR_IN_S: Final = _words("singular_in_s")
_NO_PLURAL_ENDING: Final = ("ss", "us", "is", "'s")


def alternatives(those: frozenset[str]) -> str:
    """A pattern for any of the words, the longest first."""
    return "|".join(sorted(map(re.escape, those), key=lambda word: (-len(word), word)))


def one_line(text: str) -> str:
    """The text with single spaces and composed accents; halves of surrogate pairs replaced."""
    return " ".join(composed(text.encode("utf-8", "replace").decode("utf-8")).split())


def is_plural(word: str) -> bool:
    """Whether a noun has the form of a plural."""
    word = word.casefold()
    if word in _IRREGULAR_PLURALS:
        return True
    regular = len(word) > 3 and word.endswith("s") and not word.endswith(_NO_PLURAL_ENDING)
    return regular and word not in _SINGULAR_IN_S

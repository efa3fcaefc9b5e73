"""Lists of English words, from ``words.toml``: people and bodies, titles, question words."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from typing import Final

from rag.language.folding import composed

_LISTS: Final = tomllib.loads((resources.files("rag.language") / "words.toml").read_text("utf-8"))


def word_list(*names: str) -> frozenset[str]:
    """The words of one or several lists of ``words.toml`` together."""
    return frozenset(word for name in names for word in _LISTS[name].split())


PERSONS: Final = word_list("persons")
"""Nouns for one person: "minister"."""
MANY: Final = word_list("many")
"""Nouns for several people: "officials"."""
BODIES: Final = word_list("bodies")
"""Nouns for a body: "government"."""
DOCUMENTS: Final = word_list("documents")
"""Nouns for what is written and says something: "report"."""
BODY_NAMES: Final = word_list("bodies", "documents", "body_names")
"""Words in the names of bodies, never in those of people."""
TITLES: Final = word_list("titles")
"""Words before a person's name: "former foreign minister"."""
PORTFOLIOS: Final = word_list("portfolios")
"""What stands between a title and a name: "Foreign Minister", "Secretary of State"."""
MALE: Final = word_list("male")
FEMALE: Final = word_list("female")
SUFFIXES: Final = word_list("suffixes")
PARTICLES: Final = word_list("particles")
"""Small words inside a name: "van der"."""
GIVEN_NAMES: Final = word_list("given_names") | {
    name for pair in word_list("short_forms") for name in pair.split("=")
}
"""English given names, which by themselves are no family names, and their short forms."""
SHORT_FORMS: Final = frozenset(tuple(pair.split("=")) for pair in word_list("short_forms"))
"""Pairs of a given name and a short form."""
MONTHS_AND_DAYS: Final = word_list("days_and_months")
DAYS_AND_MONTHS: Final = MONTHS_AND_DAYS | {"yesterday", "today", "tomorrow"}
NEVER_NAMES: Final = word_list("days_and_months", "never_names")
"""Words in capitals at the start of a sentence, and yet nobody's name."""

ASKING: Final = word_list("asking")
AUXILIARIES: Final = word_list("auxiliaries")
FUNCTION_WORDS: Final = word_list("asking", "auxiliaries", "function_words")
"""Words of a question that name nothing."""
OBJECT_PRONOUNS: Final = word_list("no_speakers")
SAYING_NOUNS: Final = word_list("saying_nouns")
"""Nouns for what somebody says: "view", "reaction"."""
ROLES: Final = word_list("persons", "asked_persons", "bodies", "asked_bodies")
"""Nouns for those whose words a question may want: "minister", "police"."""
ASKED_DOCUMENTS: Final = word_list("asked_documents")
"""Nouns by which a question means a document or a part of one: "briefing", "page"."""
ASKED_TITLES: Final = word_list("asked_titles")
"""Titles that by themselves show that a name follows."""
THINGS: Final = word_list("things")
"""Words in names of what is no person: "the Battle of …"."""

_IRREGULAR_PLURALS: Final = word_list("irregular_plurals")
_SINGULAR_IN_S: Final = word_list("singular_in_s")
_NO_PLURAL_ENDING: Final = ("ss", "us", "is", "'s")


def alternatives(those: frozenset[str]) -> str:
    """A pattern for any of the words, the longest first."""
    return "|".join(sorted(map(re.escape, those), key=lambda word: (-len(word), word)))


def one_line(text: str) -> str:
    """The text with single spaces and composed accents; halves of surrogate pairs replaced."""
    return " ".join(composed(well_formed(text)).split())


def well_formed(text: str) -> str:
    """The text with a question mark for each half of a surrogate pair, which has no encoding."""
    return text.encode("utf-8", "replace").decode("utf-8")


def is_plural(word: str) -> bool:
    """Whether a noun has the form of a plural."""
    word = word.casefold()
    if word in _IRREGULAR_PLURALS:
        return True
    regular = len(word) > 3 and word.endswith("s") and not word.endswith(_NO_PLURAL_ENDING)
    return regular and word not in _SINGULAR_IN_S

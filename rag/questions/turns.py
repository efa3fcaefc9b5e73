"""A conversation as questions that were understood, each with its answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rag.questions.answers import speaker_of_answer
from rag.questions.asked import DASH, Asked
from rag.questions.clauses import asking_clause
from rag.questions.names import Known
from rag.questions.places import places, tokens
from rag.questions.words import BODIES, ROLES
from rag.reading.wordlists import words

__all__ = ["Turn", "body_before", "country_before", "person_before", "thing_before", "year_before"]

_FAR: Final = 4  # questions back, after which "he" is nobody any more
_LONGEST_THING: Final = 6
_POINTERS: Final = words("he she it they him her them his its their this that these those there")
_DEFINED: Final = re.compile(
    r"^what(?:\s+(?:is|are|was|were)|'s|’s)\s+(?P<thing>[^?]+)$", re.IGNORECASE
)
_WORKS: Final = re.compile(
    r"^(?:what|how|when|where|why)\s+(?:do|does|did|is|are|was|were)\s+(?P<thing>[^?]+?)\s+"
    r"(?:mean|stand\s+for|do|work|used\s+for|located|founded|built|created|cost|happen|begin|start|"
    r"end|written|published|released|signed|made)\b",
    re.IGNORECASE,
)
_PLACED: Final = re.compile(r"\s(?:in|on|at|for|with|from|by|about|that|which|who)\s", re.I)


@dataclass(frozen=True, slots=True)
class Turn:
    """A question of the conversation as it was understood, and the text of its answer."""

    asked: Asked
    answer: str

    @property
    def question(self) -> str:
        """The question without what had to be carried along behind a dash."""
        return self.asked.standalone.split(DASH, 1)[0]


def person_before(turns: Sequence[Turn], *, known: Known) -> str | None:
    """Who "he" is: the last person asked about, or else the speaker in the answer to that.

    None where two people were named, of whom it may be either.
    """
    for turn in turns[: -_FAR - 1 : -1]:
        asked = turn.asked
        if asked.speaker and " and " not in asked.speaker and _is_one(asked.speaker, known):
            return asked.speaker
        if asked.people:
            return asked.people[0] if len(asked.people) == 1 else None
        if speaker := speaker_of_answer(turn.answer, known=known):
            return speaker
    return None


def body_before(turns: Sequence[Turn]) -> str | None:
    """Who "they" or "it" is that says something: whoever's words were asked for last."""
    return turns[-1].asked.speaker if turns else None


def country_before(turns: Sequence[Turn]) -> str | None:
    """The one country that was asked about last; None if there were several."""
    for turn in turns[: -_FAR - 1 : -1]:
        if turn.asked.countries:
            return turn.asked.countries[0] if len(turn.asked.countries) == 1 else None
    return None


def year_before(turns: Sequence[Turn]) -> int | None:
    """The one year that the last question named."""
    years = turns[-1].asked.years if turns else ()
    return years[0] if len(years) == 1 else None


def thing_before(turns: Sequence[Turn]) -> str | None:
    """What "it" is, where the last question was about one thing: "What is X?", "on X"."""
    if not turns or DASH in turns[-1].asked.standalone:
        return None
    if topic := turns[-1].asked.topic:
        pronoun = {token.key for token in tokens(topic)} & _POINTERS
        return topic if len(topic.split()) <= _LONGEST_THING and not pronoun else None
    text = asking_clause(turns[-1].question).text.rstrip(" ?.!")
    match = _WORKS.match(text) or _DEFINED.match(text)
    if match is None:
        return None
    thing = match["thing"].strip()
    if len(thing.split()) > _LONGEST_THING or _PLACED.search(f" {thing} "):
        return None
    return thing


def _is_one(speaker: str, known: Known) -> bool:
    """Whether a speaker is a person, not a country or a body."""
    keys = {token.key for token in tokens(speaker)}
    if keys & ROLES:
        return True
    named = places(speaker, known=known.countries)
    return not keys & BODIES and not named and not speaker.startswith(("the ", "The "))

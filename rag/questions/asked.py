"""What a question asks, read from its form: kind, names, and whose words it is after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rag.questions.clauses import asking_clause
from rag.questions.comparing import sides
from rag.questions.kinds import kind_of
from rag.questions.names import Known, people, years
from rag.questions.places import places
from rag.questions.speech import speech_of
from rag.schema import QuestionKind

__all__ = ["Asked", "read"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what its form says.

    ``question`` is as it was typed, on one line. ``standalone`` means the same without the
    conversation, and can be asked by itself; it equals ``question`` where nothing was to be
    resolved. Everything else is read from ``standalone``.

    ``speaker`` is whose words are asked for, as the question puts it: a name, a country, or a role
    such as ``the Armenian prime minister``; never a document. It is set for every kind of question
    that wants somebody's words ("how many, according to Kozak"), ``topic`` is what they are about.
    ``people`` are names as written, with a title where there is one. ``sides`` are the things that
    a comparison sets side by side; empty where that is not plain.
    """

    question: str
    standalone: str
    kind: QuestionKind = "fact"
    speaker: str | None = None
    topic: str | None = None
    countries: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    people: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()
    follow_up: bool = False


_LONGEST: Final = 2000  # characters of a question that are read


def read(
    question: str, *, standalone: str, proper: str, known: Known, follow_up: bool = False
) -> Asked:
    """Read one question; ``standalone`` is what it means without the conversation.

    Kind, speaker and topic are those of ``proper``, the part of ``standalone`` that asks; names
    are those of all of it, which may carry the question before behind a dash.
    """
    whole = standalone[:_LONGEST]
    proper = proper[:_LONGEST]
    clause = asking_clause(proper)
    speech = speech_of(proper, clause, speakers=known.speakers)
    named = places(whole, known=known.countries)
    countries = tuple(dict.fromkeys(place.country for place in named))
    found_years = years(whole)
    found_people = people(whole, named=named, speakers=known.speakers)
    kind = kind_of(proper, clause, speech)
    beside: tuple[str, ...] = ()
    if kind == "comparison":
        beside = sides(proper, clause, countries=countries, years=found_years, people=found_people)
    return Asked(
        question=question,
        standalone=standalone,
        kind=kind,
        speaker=speech.speaker,
        topic=speech.topic,
        countries=countries,
        years=found_years,
        people=found_people,
        sides=beside,
        follow_up=follow_up,
    )


DASH = " — "
"""What stands between a question that could not be made to stand alone and the one before."""

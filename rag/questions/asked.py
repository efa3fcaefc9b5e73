"""What a question asks, read from its form: kind, names, and whose words it is after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rag.questions.clauses import asking_clause
from rag.questions.comparing import sides
from rag.questions.kinds import kind_of
from rag.questions.names import Known, people, years
from rag.questions.places import places
from rag.questions.proper_names import ProperName, proper_names
from rag.questions.speech import Speech, speech_of
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
    a comparison sets side by side; empty where that is not plain. ``names`` are other proper names
    in the part of the question that asks, without those of the speaker and of who was spoken to.
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
    names: tuple[ProperName, ...] = ()
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
        names=_names(proper, speech, known=known, people_in=found_people),
        follow_up=follow_up,
    )


def _names(
    proper: str, speech: Speech, *, known: Known, people_in: Sequence[str]
) -> tuple[ProperName, ...]:
    """The proper names that what answers must concern.

    Of a question for words they are those of its topic: it need not be said where they were said.
    """
    text = speech.topic if speech.topic and speech.topic in proper else proper
    found = proper_names(proper, named=places(proper, known=known.countries), people=people_in)
    speaker = speech.speaker or ""
    return tuple(each for each in found if each.text in text and each.text not in speaker)


DASH = " — "
"""What stands between a question that could not be made to stand alone and the one before."""

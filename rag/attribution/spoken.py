"""Whom the subject of a verb of saying means, by what was said before."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.attribution.antecedents import Mention, antecedent, mentions
from rag.attribution.cues import HIDDEN, Cue
from rag.attribution.paragraphs import Paragraph, Sentence
from rag.attribution.people import People
from rag.attribution.phrases import NAMES
from rag.attribution.subjects import Kind, Subject
from rag.language.person_names import same_person

__all__ = ["speaker_of"]

_TWICE = 2
_FARTHEST = 20  # sentences back in a long paragraph, beyond which a pronoun does not reach


def speaker_of(
    text: str,
    sentence: Sentence,
    cue: Cue,
    paragraphs: Sequence[Paragraph],
    people: People,
) -> Mention | None:
    """Whom a subject means; None for a pronoun that may mean more than one."""
    subject = cue.subject
    place = sentence.start + subject.end
    since = paragraphs[max(0, len(paragraphs) - 2)].start
    if subject.pronoun:
        found = antecedent(
            subject,
            _spoken_of_before(text, sentence, cue, paragraphs, people),
            has_the_floor=_has_the_floor(paragraphs, people),
        )
        if found is None:
            return None
        gender = subject.pronoun if subject.pronoun in {"he", "she"} else None
        return replace(found, speaks=True, gender=gender)
    if subject.name:
        name = people.resolve(subject.name, place)
        kind: Kind = subject.kind
        if kind == "unknown" and people.is_person(name):
            kind = "person"
        return Mention(name, kind, subject.gender, speaks=True)
    called = subject.text
    if subject.title and subject.kind == "person":
        called = people.bearer(subject.title, place, since) or called
    elif subject.kind == "body":
        called = people.full_department(called, place)
    return Mention(called, subject.kind, subject.gender, speaks=True)


def _has_the_floor(paragraphs: Sequence[Paragraph], people: People) -> str | None:
    """Who alone of all people has been given words in the section so far, at least twice."""
    speakers = [
        said_by.speaker
        for paragraph in paragraphs
        for each in paragraph.sentences
        for cue, said_by in each.cues
        if said_by is not None and not cue.stance and cue.depth == 0
        if said_by.kind == "person" or people.is_person(said_by.speaker)
    ]
    if len(speakers) < _TWICE:
        return None
    first, *others = speakers
    return first if all(same_person(first, other) for other in others) else None


def _spoken_of_before(
    text: str,
    sentence: Sentence,
    cue: Cue,
    paragraphs: Sequence[Paragraph],
    people: People,
) -> Iterator[list[Mention]]:
    """Who is spoken of before a pronoun: in its paragraph, then in the one before it."""
    subject = cue.subject
    *_, paragraph = paragraphs
    stop = sentence.start + _first_pronoun(sentence, subject)
    if cue.manner != "forward":
        # What stands before ", he said" is what he said; only its own subject may be himself.
        # Of "Armenia, he said, is …" not even that.
        opening = NAMES.match(sentence.hidden)
        own = opening is not None and sentence.hidden[opening.end() : opening.end() + 1] != ","
        stop = min(stop, sentence.start + (opening.end() if opening and own else 0))
    yield list(_mentioned(text, paragraph, stop, paragraphs, people))
    if len(paragraphs) > 1:
        before = paragraphs[-2]
        if before.mentions is None:
            before.mentions = list(_mentioned(text, before, before.end, paragraphs, people))
        yield before.mentions


def _first_pronoun(sentence: Sentence, subject: Subject) -> int:
    """Where a sentence has the pronoun for the first time: it means the same one throughout."""
    word = re.compile(rf"\b{subject.pronoun}\b", re.IGNORECASE)
    found = word.search(sentence.hidden)
    return min(found.start(), subject.start) if found else subject.start


def _mentioned(
    text: str, paragraph: Paragraph, stop: int, paragraphs: Sequence[Paragraph], people: People
) -> Iterator[Mention]:
    """All who are named up to ``stop`` by the writer, and those who speak; not whom they name."""
    since = paragraphs[max(0, len(paragraphs) - 2)].start
    begin = paragraph.start
    for sentence in paragraph.sentences[-_FARTHEST:]:
        own = _own_words(sentence, stop)
        yield from mentions(own, sentence.start + len(own), since, people)
        yield from (
            said_by
            for cue, said_by in sentence.cues
            if said_by is not None and sentence.start + cue.end <= stop
        )
        begin = sentence.end
    if not paragraph.sentences and begin < stop:
        yield from mentions(text[begin:stop], stop, since, people)


def _own_words(sentence: Sentence, stop: int) -> str:
    """The sentence up to ``stop``; what is quoted or reported in it is blank."""
    words = sentence.hidden[: max(0, stop - sentence.start)].replace(HIDDEN, " ")
    shown = [True] * len(words)
    for cue, _ in sentence.cues:
        start, end = cue.said
        first = cue.end if cue.manner == "forward" else start
        shown[first:end] = [False] * len(shown[first:end])
        # Those whom an aside names beside the speaker are not spoken of.
        aside = slice(cue.subject.end, max(cue.subject.end, cue.verb))
        shown[aside] = [False] * len(shown[aside])
    return "".join(letter if keep else " " for letter, keep in zip(words, shown, strict=True))

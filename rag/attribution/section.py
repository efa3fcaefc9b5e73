"""The attributions inside one section of a document or one turn of a transcript."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.attribution.cues import find_cues
from rag.attribution.paragraphs import (
    Paragraph,
    Sentence,
    hide_quotations,
    sentence_at,
    sentences_of,
)
from rag.attribution.people import People
from rag.attribution.quotation_marks import Quotation, find_quotations
from rag.attribution.quotation_speakers import announced, speakers_of_quotations
from rag.attribution.records import Attributed
from rag.attribution.speakers import speaker_of
from rag.attribution.verbs import STANCE, VERB
from rag.language.sentences import split_sentences

__all__ = ["Claim", "read_section"]

_LINE = re.compile(r"\S(?:[^\n]*\S)?")
_HAS_CUE = re.compile(
    r"(?i:according|words|view|opinion|account|telling|judge?ment|estimat)|To (?:him|her|them)\b"
)
_TO_THEM = re.compile(r"\bTo (?:him|her|them)\b")
_LONGEST_TAG = 60  # characters


@dataclass(frozen=True, slots=True)
class Claim:
    """That ``[start, end)`` of the document is somebody's; ``depth`` 0 is the outermost."""

    start: int
    end: int
    attributed: Attributed
    depth: int = 0


def read_section(text: str, start: int, end: int, *, people: People, language: str) -> list[Claim]:
    """All claims in ``text[start:end]``, which has no heading or change of turn inside."""
    spans = [found.span() for found in _LINE.finditer(text, start, end)]
    quotations = find_quotations(text, spans)
    paragraphs = _paragraphs(text, spans, quotations, people, language)
    heard = _heard(paragraphs)
    if heard and (STANCE.search(text, start, end) or _TO_THEM.search(text, start, end)):
        paragraphs = _paragraphs(text, spans, quotations, people, language, heard=heard)
    return list(_claims(text, paragraphs, people))


def _paragraphs(
    text: str,
    spans: Sequence[tuple[int, int]],
    quotations: Sequence[list[Quotation]],
    people: People,
    language: str,
    *,
    heard: frozenset[str] = frozenset(),
) -> list[Paragraph]:
    """The paragraphs with their cues; views and wishes count for those who are ``heard``."""
    paragraphs: list[Paragraph] = []
    for span, quoted in zip(spans, quotations, strict=True):
        paragraphs.append(Paragraph(*span, quoted))
        if _may_tell(text, span, paragraphs):
            _read(text, paragraphs, people, language, heard)
    return paragraphs


def _heard(paragraphs: Sequence[Paragraph]) -> frozenset[str]:
    """Everybody to whom the section gives words."""
    return frozenset(
        said_by.speaker
        for paragraph in paragraphs
        for sentence in paragraph.sentences
        for _, said_by in sentence.cues
        if said_by is not None
    )


def _may_tell(text: str, span: tuple[int, int], paragraphs: Sequence[Paragraph]) -> bool:
    """Whether anything in a paragraph can be a marker of saying, or a quotation."""
    if paragraphs[-1].quotations:
        return True
    return any(pattern.search(text, *span) for pattern in (VERB, _HAS_CUE, STANCE))


def _read(
    text: str,
    paragraphs: Sequence[Paragraph],
    people: People,
    language: str,
    heard: frozenset[str],
) -> None:
    paragraph = paragraphs[-1]
    for start, end in sentences_of(text, paragraph, language):
        sentence = Sentence(start, end, hide_quotations(text, start, end, paragraph.quotations))
        paragraph.sentences.append(sentence)
        for stances in (True, False) if heard else (False,):
            sentence.cues.clear()
            for cue in find_cues(sentence.hidden, stances=stances):
                said_by = speaker_of(text, sentence, cue, paragraphs, people)
                sentence.cues.append((cue, said_by))
            # A view of somebody who is not heard is the writer's word, and so no cue at all.
            if all(who and who.speaker in heard for cue, who in sentence.cues if cue.stance):
                break


def _claims(text: str, paragraphs: Sequence[Paragraph], people: People) -> Iterator[Claim]:
    for paragraph in paragraphs:
        for sentence in paragraph.sentences:
            yield from _reported(sentence, paragraph)
    for quotation, said_by in speakers_of_quotations(text, paragraphs):
        if said_by is not None:
            end = _with_tag(quotation, paragraphs)
            yield Claim(quotation.start, end, Attributed(said_by.speaker, False, "quoted"))
        yield from _inside(text, quotation, int(said_by is not None), people)
    yield from _set_off(text, paragraphs)


def _reported(sentence: Sentence, paragraph: Paragraph) -> Iterator[Claim]:
    # What stands in a quotation without an end may be another's.
    broken = [each.end for each in paragraph.quotations if each.broken]
    for cue, said_by in sentence.cues:
        if said_by is not None:
            start, end = (sentence.start + each for each in cue.said)
            start = max([start, *(each for each in broken if each <= sentence.start + cue.start)])
            yield Claim(start, end, Attributed(said_by.speaker, True, "reported"), cue.depth)


def _with_tag(quotation: Quotation, paragraphs: Sequence[Paragraph]) -> int:
    """The end of a quotation with the short tag after it: "…," she told reporters in Geneva."""
    at = bisect_right(paragraphs, quotation.start, key=lambda each: each.start) - 1
    last = sentence_at(paragraphs[at], quotation.end - 1)
    if last is None or quotation.start > last.start or last.end - quotation.end > _LONGEST_TAG:
        return quotation.end
    return last.end if len(last.cues) == 1 and last.cues[0][0].manner == "tag" else quotation.end


def _inside(text: str, quotation: Quotation, depth: int, people: People) -> Iterator[Claim]:
    """Reported speech inside a quotation, where its speaker has a name."""
    start = quotation.start + 1
    if VERB.search(text, start, quotation.end) is None:
        return
    for begin, end in split_sentences(text[start : quotation.end]):
        for cue in find_cues(text[start + begin : start + end]):
            if cue.subject.name and not cue.subject.pronoun:
                name = people.resolve(cue.subject.name, start + begin + cue.subject.end)
                first, last = (start + begin + each for each in cue.said)
                yield Claim(first, last, Attributed(name, True, "reported"), depth + 1 + cue.depth)


def _set_off(text: str, paragraphs: Sequence[Paragraph]) -> Iterator[Claim]:
    """A paragraph set off after "Comey stated:" without quotation marks."""
    for before, paragraph in pairwise(paragraphs):
        said_by = announced(text, before)
        if said_by is not None and not (
            paragraph.quotations and paragraph.quotations[0].start == paragraph.start
        ):
            yield Claim(
                paragraph.start, paragraph.end, Attributed(said_by.speaker, False, "quoted")
            )

"""The attributions inside one section of a document or one turn of a transcript."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from rag.attribution.cues import find_cues
from rag.attribution.may_tell import MAY_TELL
from rag.attribution.paragraphs import (
    Paragraph,
    Sentence,
    hide_quotations,
    quotations_in,
    sentence_at,
    sentences_of,
    straight_apostrophes,
)
from rag.attribution.people import People
from rag.attribution.quotation_marks import Quotation, find_quotations
from rag.attribution.quotation_speakers import announced, speakers_of_quotations
from rag.attribution.records import Cue
from rag.attribution.speakers import speaker_of
from rag.models.parser import parse
from rag.schema import AttributedStatement

_LINE = re.compile(r"\S(?:[^\n]*\S)?")
# The number of a paragraph, or where a report comes from: "46. The applicant …", "LIMA (AP) — …".
_LEAD = re.compile(
    r"\W*(?:\d+|[a-z])[.)]\s+|[A-Z][^()\n“\"]{1,40}\([A-Z]\w+\)\s*[–—-]+\s+|"
    r"[A-Z]{3}[A-Z ]{0,80}(?:,\s\w+\.?)?\s+[–—-]+\s+"
)
_WORD = re.compile(r"[^\W\d_]{2}")
_LONGEST_TAG = 60  # characters


def read_section(
    text: str, start: int, end: int, *, people: People, language: str
) -> list[AttributedStatement]:
    """All statements in ``text[start:end]``, which has no heading or change of turn inside."""
    spans = [found.span() for found in _LINE.finditer(text, start, end)]
    paragraphs = [
        Paragraph(*span, quoted)
        for span, quoted in zip(spans, find_quotations(text, spans), strict=True)
    ]
    _find_cues(text, paragraphs, language)
    _name_speakers(text, paragraphs, people)
    # What a cue introduces may lie outside the quotation that the cue is clipped to.
    return [each for each in _statements(text, paragraphs, people) if each.start < each.end]


def _find_cues(text: str, paragraphs: Sequence[Paragraph], language: str) -> None:
    """Parse the sentences that can tell who says something, all in one go."""
    asked: dict[str, list[tuple[Sentence, int, list[tuple[int, int]]]]] = {}  # by their words
    for paragraph in paragraphs:
        if not paragraph.quotations and not MAY_TELL.search(text, paragraph.start, paragraph.end):
            continue
        for start, end in sentences_of(text, paragraph, language):
            quoted = quotations_in(paragraph, start, end)
            hidden = hide_quotations(text, start, end, quoted)
            sentence = Sentence(start, end, hidden)
            paragraph.sentences.append(sentence)
            edges = any(start <= each.start or each.end <= end for each in quoted)
            tells = edges and _WORD.search(hidden)
            if not (tells or MAY_TELL.search(text, start, end)):
                continue
            lead = _LEAD.match(text, start, end)
            begin = lead.end() if lead else start
            spans = [(max(0, each.start - begin), each.end - begin) for each in quoted]
            words = straight_apostrophes(text[begin:end])
            asked.setdefault(words, []).append((sentence, begin, spans))
    # What is repeated thousands of times is parsed once.
    for (words, places), doc in zip(asked.items(), parse(list(asked)), strict=False):
        for sentence, begin, spans in places:
            shift = begin - sentence.start
            sentence.found = [_moved(cue, shift) for cue in find_cues(words, doc, spans)]


def _moved(cue: Cue, shift: int) -> Cue:
    """A cue of a part of a sentence, with offsets in the whole of it."""
    if not shift:
        return cue
    subject = replace(cue.subject, start=cue.subject.start + shift, end=cue.subject.end + shift)
    return replace(
        cue,
        subject=subject,
        start=cue.start + shift,
        end=cue.end + shift,
        said=(cue.said[0] + shift, cue.said[1] + shift),
        content=(cue.content[0] + shift, cue.content[1] + shift),
    )


def _name_speakers(text: str, paragraphs: Sequence[Paragraph], people: People) -> None:
    """Whom the cues mean."""
    for number, paragraph in enumerate(paragraphs):
        for sentence in paragraph.sentences:
            for cue in sentence.found:
                if not cue.inside:
                    who = speaker_of(text, sentence, cue, paragraphs[: number + 1], people)
                    if not cue.view or who is not None:
                        sentence.cues.append((cue, who))


def _statements(
    text: str, paragraphs: Sequence[Paragraph], people: People
) -> Iterator[AttributedStatement]:
    for paragraph in paragraphs:
        for sentence in paragraph.sentences:
            yield from _reported(text, sentence, paragraph)
    for quotation, said_by in speakers_of_quotations(text, paragraphs):
        if said_by is not None:
            end = _with_tag(quotation, paragraphs)
            yield AttributedStatement(quotation.start, end, said_by.speaker, "quoted")
        yield from _inside(quotation, paragraphs, int(said_by is not None), people)
    yield from _set_off(text, paragraphs)


def _reported(text: str, sentence: Sentence, paragraph: Paragraph) -> Iterator[AttributedStatement]:
    for cue, said_by in sentence.cues:
        first, last = (sentence.start + each for each in cue.content)
        if said_by is not None and _WORD.search(text, first, last):  # not of "Holm wrote:"
            start, end = (sentence.start + each for each in cue.said)
            # What stands in a quotation without an end may be another's.
            before = quotations_in(paragraph, start, sentence.start + cue.start)
            broken = (each.end for each in before if each.broken)
            start = max([start, *(each for each in broken if each <= sentence.start + cue.start)])
            words = sentence.hidden[cue.start : cue.end]
            yield AttributedStatement(start, end, said_by.speaker, "reported", cue.depth, words)


def _with_tag(quotation: Quotation, paragraphs: Sequence[Paragraph]) -> int:
    """The end of a quotation with the short tag after it: "…," she told reporters in Geneva."""
    last = sentence_at(_paragraph_of(quotation, paragraphs), quotation.end - 1)
    if last is None or quotation.start > last.start or last.end - quotation.end > _LONGEST_TAG:
        return quotation.end
    return last.end if len(last.cues) == 1 and last.cues[0][0].manner == "tag" else quotation.end


def _paragraph_of(quotation: Quotation, paragraphs: Sequence[Paragraph]) -> Paragraph:
    return paragraphs[bisect_right(paragraphs, quotation.start, key=lambda each: each.start) - 1]


def _inside(
    quotation: Quotation, paragraphs: Sequence[Paragraph], depth: int, people: People
) -> Iterator[AttributedStatement]:
    """Reported speech inside a quotation, where its speaker has a name."""
    sentences = _paragraph_of(quotation, paragraphs).sentences
    first = bisect_right(sentences, quotation.start, key=lambda each: each.end)
    last = bisect_left(sentences, quotation.end, key=lambda each: each.start)
    for sentence in sentences[first:last]:
        for cue in sentence.found:
            at = sentence.start + cue.start
            if cue.inside and cue.subject.name and quotation.start < at < quotation.end:
                name = people.resolve(cue.subject.name, sentence.start + cue.subject.end)
                start, end = (sentence.start + each for each in cue.said)
                start, end = max(start, quotation.start), min(end, quotation.end)
                yield AttributedStatement(start, end, name, "reported", depth + 1)


def _set_off(text: str, paragraphs: Sequence[Paragraph]) -> Iterator[AttributedStatement]:
    """A paragraph set off after "Comey stated:" without quotation marks."""
    for before, paragraph in pairwise(paragraphs):
        said_by = announced(text, before)
        if said_by is not None and not (
            paragraph.quotations and paragraph.quotations[0].start == paragraph.start
        ):
            yield AttributedStatement(paragraph.start, paragraph.end, said_by.speaker, "quoted")

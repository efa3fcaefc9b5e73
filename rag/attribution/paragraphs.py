"""Paragraphs and sentences, as they are read for attributions."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rag.attribution.quotation_marks import Quotation
from rag.attribution.records import Cue, Mention
from rag.language.saying import VERBS
from rag.language.sentences import split_sentences

HIDDEN = "\x01"
"""Stands for every character inside a quotation."""
_CLOSING_MARKS = '”"’»'
_STRAY_MARKS = '“‘"'
# "“Why?” Mr. Holm asked." is one sentence as well.
_TAG = re.compile(
    rf"(?:[A-Z][\w.’'-]*\s){{1,5}}(?:{'|'.join(form for each in VERBS for form in each.past)})"
    r"(?:(?<=told)\s|[.,]|\s*\Z|\s(?:of|in|on|at|during|after|to|as|when|while)\b)"
)
_INSIDE_WORD = re.compile(r"(?<=\w)[”\"](?=s\b|re\b|ve\b|ll\b|t\b|m\b|d\b)")


@dataclass(slots=True)
class Sentence:
    """A sentence; ``hidden`` is its text without quotations, ``cues`` those found that count."""

    start: int
    end: int
    hidden: str
    found: list[Cue] = field(default_factory=list)
    cues: list[tuple[Cue, Mention | None]] = field(default_factory=list)


@dataclass(slots=True)
class Paragraph:
    """A paragraph; ``mentions`` are those it speaks of, once they were asked for."""

    start: int
    end: int
    quotations: list[Quotation]
    sentences: list[Sentence] = field(default_factory=list)
    mentions: list[Mention] | None = None


def sentences_of(text: str, paragraph: Paragraph, language: str) -> Iterator[tuple[int, int]]:
    """The sentences of a paragraph; "“Why?” he asked." is one."""
    joined: list[tuple[int, int]] = []
    for start, end in split_sentences(text[paragraph.start : paragraph.end], language=language):
        begin, stop = paragraph.start + start, paragraph.start + end
        if joined and (shorter := _before_stray_mark(text, *joined[-1])):
            begin = joined[-1][1] - 1
            joined[-1] = (joined[-1][0], shorter)
        before = joined[-1][1] if joined else 0
        if (
            joined
            and text[before - 1] in _CLOSING_MARKS
            and (
                text[begin].islower()
                or (text[before - 2] in "?!" and _TAG.match(text, begin, stop))
            )
        ):
            begin = joined.pop()[0]
        joined.append((begin, stop))
    yield from joined


def _before_stray_mark(text: str, start: int, end: int) -> int | None:
    """The end of a sentence without the mark at its end that opens the next; None without one."""
    if text[end - 1] not in _STRAY_MARKS:
        return None
    at = end - 1
    while at > start and text[at - 1].isspace():
        at -= 1
    return at if start < at < end - 1 else None


def quotations_in(paragraph: Paragraph, start: int, end: int) -> Sequence[Quotation]:
    """Those that ``text[start:end]`` has a part of; they are in order, and none is in another."""
    first = bisect_right(paragraph.quotations, start, key=lambda each: each.end)
    last = bisect_left(paragraph.quotations, end, key=lambda each: each.start)
    return paragraph.quotations[first:last]


def hide_quotations(text: str, start: int, end: int, quotations: Sequence[Quotation]) -> str:
    """A sentence without the words inside quotations; all other characters keep their place.

    ``quotations`` are those that it has a part of.
    """
    sentence = straight_apostrophes(text[start:end])
    parts: list[str] = []
    at = 0
    for each in quotations:
        begin = max(each.start + 1 - start, 0)
        stop = min(each.end - (1 if each.closed else 0) - start, end - start)
        if begin < stop:
            parts += sentence[at:begin], HIDDEN * (stop - begin)
            at = stop
    return "".join((*parts, sentence[at:]))


def straight_apostrophes(sentence: str) -> str:
    """The sentence with an apostrophe for each quotation mark inside a word, whoever set it."""
    return _INSIDE_WORD.sub("’", sentence)


def sentence_at(paragraph: Paragraph, offset: int) -> Sentence | None:
    """The sentence of ``paragraph`` in which the character at ``offset`` stands."""
    at = bisect_right(paragraph.sentences, offset, key=lambda each: each.start) - 1
    found = paragraph.sentences[at] if at >= 0 else None
    return found if found is not None and offset < found.end else None

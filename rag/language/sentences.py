"""Where sentences end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

import sentencex

from rag.language.word_lists import words

Span = tuple[int, int]

ABBREVIATED_TITLES: Final = words(
    "Mr Mrs Ms Dr Prof Gen Col Lt Sgt Capt Rev Hon St Sen Rep Gov Amb"
)
"""Titles that are written with a full stop before a name."""
_ABBREVIATIONS: Final = ABBREVIATED_TITLES | words(
    "Art Arts No Nos para paras p pp vol cf al c approx Sec Secs рис табл стр ст пп им ул Sn"
)
# Initials too, in Cyrillic; sentencex knows those in Latin letters.
_ABBREVIATION: Final = re.compile(rf"\b(?:{'|'.join(sorted(_ABBREVIATIONS))}|[Ѐ-Я])\.\Z")
_LONGEST_ABBREVIATION: Final = 12  # characters, with white space
_PARAGRAPH: Final = re.compile(r"\S(?:.*\S)?(?=\s*(?:\n|\Z))")
_CLOSING: Final = re.compile(r"[\"'”’»)\]]{1,8}(?=\s|\Z)")
# Sentencex takes time by the square of what it is given, where that is hostile.
_WINDOW, _OVERLAP = 4000, 100


def split_sentences(text: str, *, language: str = "en") -> list[Span]:
    """Offsets of the sentences of ``text``, in order, without surrounding white space.

    A line break always ends a sentence. Boundaries come from `sentencex`; on top of that a
    closing quotation mark stays with its sentence, and an abbreviation ("Mr.", "para.") does not
    end one. Takes time linear in the length of ``text``, whatever is in it.
    """
    spans: list[Span] = []
    for paragraph in _PARAGRAPH.finditer(text):
        spans.extend(_sentences_of_paragraph(text, paragraph.span(), language))
    return spans


def _sentences_of_paragraph(text: str, span: Span, language: str) -> Iterator[Span]:
    begin, end = span
    for stop in _boundaries(text, span, language):
        if closing := _CLOSING.match(text, stop, end):
            stop = closing.end()
        before = strip_span(text, max(begin, stop - _LONGEST_ABBREVIATION), stop)
        if stop >= end or _ABBREVIATION.search(text, *before):
            continue
        if text[begin:stop].strip():
            yield strip_span(text, begin, stop)
            begin = stop
    if text[begin:end].strip():
        yield strip_span(text, begin, end)


def _boundaries(text: str, span: Span, language: str) -> Iterator[int]:
    """Where `sentencex` ends sentences, in windows of a bounded length."""
    start, end = span
    while start < end:
        window_end = min(start + _WINDOW, end)
        pieces = list(sentencex.segment(language, text[start:window_end]))
        stops = list(accumulate(map(len, pieces), initial=start))[1:]
        if window_end == end:
            yield from stops
            return
        # More text may let the last sentence end elsewhere, so the next window begins with it,
        # unless it fills most of this one.
        yield from stops[:-1]
        last = stops[-2] if len(stops) > 1 else start
        start = last if last - start > _WINDOW // 2 else window_end - _OVERLAP


def strip_span(text: str, start: int, end: int) -> Span:
    """The characters ``[start, end)`` without the white space at both ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end

"""Where sentences end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import sentencex

from rag.language.word_lists import words

__all__ = ["ABBREVIATED_TITLES", "split_sentences", "strip_span"]

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
_CLOSING: Final = re.compile(r"[\"'”’»)\]]+(?=\s|\Z)")


def split_sentences(text: str, *, language: str = "en") -> list[Span]:
    """Offsets of the sentences of ``text``, in order, without surrounding white space.

    A line break always ends a sentence. Boundaries come from `sentencex`; on top of that a
    closing quotation mark stays with its sentence, and an abbreviation ("Mr.", "para.") does not
    end one.
    """
    spans: list[Span] = []
    for paragraph in _PARAGRAPH.finditer(text):
        spans.extend(_sentences_of_paragraph(text, paragraph.span(), language))
    return spans


def _sentences_of_paragraph(text: str, span: Span, language: str) -> Iterator[Span]:
    position = begin = span[0]
    end = span[1]
    for piece in sentencex.segment(language, text[position:end]):
        position += len(piece)
        stop = position
        if closing := _CLOSING.match(text, position, end):
            stop = closing.end()
        before = strip_span(text, max(begin, stop - _LONGEST_ABBREVIATION), stop)
        if stop >= end or _ABBREVIATION.search(text, *before):
            continue
        if text[begin:stop].strip():
            yield strip_span(text, begin, stop)
            begin = stop
    if text[begin:end].strip():
        yield strip_span(text, begin, end)


def strip_span(text: str, start: int, end: int) -> Span:
    """The characters ``[start, end)`` without the white space at both ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end

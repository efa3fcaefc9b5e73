"""Sentences that cannot stand alone: not to be quoted at all, or only after the one before them."""

from __future__ import annotations

import re
from typing import Final

from rag.schema import Document, Passage

__all__ = ["stands", "start_with_context"]

_ENDS: Final = (".", "!", "?", "…", ";", ":", "。", "！", "？", "؟", "۔", "।")
_FEWEST_LETTERS: Final = 12  # of what does not end like a sentence and has no figure
# What refers the reader elsewhere, and what stands under a picture or over a table.
_ELSEWHERE: Final = re.compile(
    r"(?:see also|also see|see (?:section|chapter|page|above|below)|read more|click here|"
    r"for more (?:information|details))\b|(?:figure|fig\.|table|photo|image|box|map) ?\d+ ?[.:–—-]",
    re.IGNORECASE,
)
# The name of a case over its judgment.
_CASE: Final = re.compile(r"[\w.,'’ -]{2,80} v\. [\w.,'’() -]{2,80}", re.IGNORECASE)
_POINTS_BACK: Final = re.compile(r"(?:this|that|these|those|it|he|she|they|such)\b", re.IGNORECASE)
_SHORT: Final = 8  # words; longer sentences mostly say what they point at


def stands(text: str) -> bool:
    """Whether a sentence says something: it is no caption, no stray mark and no "Also see …"."""
    letters = sum(mark.isalpha() for mark in text)
    figures = any(mark.isdigit() for mark in text)
    ended = text.rstrip(" \"'”’)»]").endswith(_ENDS)
    if not figures and (not letters or (letters < _FEWEST_LETTERS and not ended)):
        return False
    short = len(text) < 200
    bare = text.strip(" \"'“”‘’()[]*")
    is_case = not ended and _CASE.fullmatch(bare)
    return not (short and (_ELSEWHERE.match(bare) or is_case))


def start_with_context(document: Document, passage: Passage, start: int, end: int) -> int:
    """Where a quotation begins so that a short sentence that points back has what it points at.

    That is the sentence before it, in the same paragraph and by the same speaker; otherwise the
    sentence itself.
    """
    text = document.text[start:end]
    if not _POINTS_BACK.match(text) or len(text.split()) >= _SHORT:
        return start
    before = max((one for one in passage.sentences if one[1] <= start), default=None)
    if before is None or "\n\n" in document.text[before[1] : start]:
        return start
    same_speaker = document.turn_at(before[0]) == document.turn_at(start)
    return before[0] if same_speaker else start

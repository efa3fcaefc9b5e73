"""Signs in the setting of lines: where a sentence, a list item or a paragraph begins and ends.

Pure functions.
"""

from __future__ import annotations

import re

from rag.readers.pdf.layout import Column
from rag.readers.pdf.lines import Line

__all__ = ["BROKEN_WORD", "CLAUSE_END", "INDENT", "LEADERS", "LIST_ITEM", "NOTE_MARK"]
__all__ += ["SENTENCE_END", "ends_early", "same_size"]

LIST_ITEM = re.compile(
    r"(?:[-*•‣▪◦●○■□–—]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxlIVXL]{2,5})[.)]|\d{1,2}(?:\.\d{1,2})+\.?)\s+\S"
)
SENTENCE_END = re.compile(r"[.?!…][\"”’'»)\]]*\d{0,3}$")
CLAUSE_END = re.compile(r"[.?!…:;,][\"”’'»)\]]*\d{0,3}$")
BROKEN_WORD = re.compile(r"\w[-‐\xad]$")
LEADERS = re.compile(r"(?:\.\s?){4,}\s*\S{0,6}$")
NOTE_MARK = re.compile(r"(?:(\d{1,3})|[*†‡§])\s?\S")

# In units of the font size.
INDENT, _SLACK = 0.8, 1.0

_SAME_SIZE = 0.08


def same_size(one: Line, other: Line) -> bool:
    """Whether two lines are set in one size of type, but for rounding."""
    return abs(one.size - other.size) <= _SAME_SIZE * max(one.size, other.size)


def ends_early(line: Line, following: Line, column: Column) -> bool:
    """Whether the first word of ``following`` would have fitted at the end of ``line``."""
    word = following.text.split(maxsplit=1)[0]
    width = (following.right - following.left) * len(word) / len(following.text)
    return line.right + width + (0.3 + _SLACK) * line.size < column.right

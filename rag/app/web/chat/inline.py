"""Text as Markdown that shows exactly its characters.

The chat interprets Markdown and HTML, so every character of a document, a question or a name
that could mean something there is written as a character reference.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["inline"]

_MARKUP = str.maketrans(
    {mark: f"&#{ord(mark)};" for mark in "\\`*_[]$~|{}@"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
)
_LINE_START = re.compile(r"^(?:([-+#=:])|(\d+)([.)]))")
_LINKABLE = re.compile(r"(:)(?=//)|(?<=www)(\.)", re.IGNORECASE)
_RIGHT_TO_LEFT = {"R", "AL", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI", "PDF", "PDI"}


def inline(text: str) -> str:
    """The text as one line of Markdown that shows exactly these characters, and nothing else.

    Runs of white space become one space, control characters are left out. Text that runs from
    right to left, or says it does, is isolated from what stands around it.
    """
    kept = "".join(mark if unicodedata.category(mark) != "Cc" else " " for mark in text)
    escaped = " ".join(kept.split()).translate(_MARKUP)
    escaped = _LINKABLE.sub(lambda found: f"&#{ord(found[0])};", escaped)
    escaped = _LINE_START.sub(_reference_at_start, escaped)
    if any(unicodedata.bidirectional(mark) in _RIGHT_TO_LEFT for mark in text):
        return f"<bdi>{escaped}</bdi>"
    return escaped


def _reference_at_start(found: re.Match[str]) -> str:
    """A mark that would begin a list or a heading, as a character reference."""
    digits, mark = found[2] or "", found[1] or found[3]
    return f"{digits}&#{ord(mark)};"

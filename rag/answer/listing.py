"""Questions for a list, which a few sentences answer in part: how many documents have the words."""

from __future__ import annotations

import re
from typing import Final

from rag.language.words import is_plural
from rag.store import analyse, content_terms

__all__ = ["listed_words", "search_words"]

_WORD: Final = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_LIST: Final = re.compile(
    r"(?:which|what|list|name)\s+(?:(?:all|of|the|other|these|documents?)\s+)*(?P<listed>[^\W\d_]+)\s",
    re.IGNORECASE,
)


def search_words(question: str) -> str:
    """The words of a question that say what it is about, in their order."""
    content = set(content_terms(question))
    return " ".join(word for word in _WORD.findall(question) if content & set(analyse(word)))


def listed_words(question: str) -> str | None:
    """What the things that a question asks to be listed have in common; None for other questions.

    Of "Which countries mention small island states?" it is "small island states".
    """
    found = _LIST.match(question.strip())
    if found is None or not is_plural(found["listed"]):
        return None
    words = search_words(question[found.end() :])
    return words if len(words.split()) > 1 else None

"""Sample questions to a document in the language of the page, where the document is in it too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rag.language.detection import language_code, language_of
from rag.language.translation import ENGLISH, _, language
from rag.schema import Document

_NAME: Final = re.compile(r"[\w ,.'’()-]{2,70}")
_START: Final = 3000  # characters that tell the language

# Headings of one word name a part of a document ("Introduction") more often than a matter.
_FEWEST_WORDS, _MOST_WORDS = 2, 8


def is_in_readers_language(document: Document) -> bool:
    """Whether a document is in the language of the page, and that is not English."""
    if language() == ENGLISH:
        return False
    given = document.metadata.language
    told = language_code(given) if given else language_of(document.text[:_START])
    return told == language()


def questions_in_readers_language(document: Document) -> Iterator[str]:
    """Questions about its headings and its speaker, in words that need no case of a name."""
    headings = (
        document.text[each.start : each.end] for each in document.headings if each.level > 1
    )
    matters = [
        matter
        for matter in dict.fromkeys(" ".join(each.split()) for each in headings)
        if _FEWEST_WORDS <= len(matter.split()) <= _MOST_WORDS
        and all(mark.isalpha() or mark in " ,'’-" for mark in matter)
        and not matter[0].islower()
    ]
    for matter in sorted(matters, key=len)[-2:]:
        # L10n: a question to the reports about a heading of one of them
        yield _("What do the reports say about “{matter}”?", matter=matter)
    if _NAME.fullmatch(document.metadata.speaker or ""):
        # L10n: a question to the reports about somebody's words
        yield _("What does {name} say?", name=document.metadata.speaker)

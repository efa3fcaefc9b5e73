"""Whose words a question wants, and which of the sentences found are theirs."""

from __future__ import annotations

from rag.attribution import Attributed, Attributions, same_person
from rag.questions import Asked
from rag.questions.places import places
from rag.questions.words import folded
from rag.schema import Document
from rag.storage import content_terms

__all__ = ["Span", "names", "voice"]

Span = tuple[int, int]
"""The characters ``[start, end)`` of a document."""


def voice(asked: Asked, document: Document, found: Attributions, span: Span) -> Attributed | None:
    """The attribution under which a sentence carries the words that were asked for, if any.

    Where nobody's words are asked for, whose they are if that is certain. A country speaks
    through whoever speaks in its documents, a body in what it publishes; they are shown under
    the names of those who speak.
    """
    wanted = asked.speaker
    if wanted is None:
        return found.of(*span)
    attributed = found.all(*span)
    for each in attributed:
        if same_person(wanted, each.speaker) or _has_role(wanted, each.speaker):
            return each
    return found.of(*span) if _speaks_for(wanted, document) else None


def names(asked: Asked, text: str) -> bool:
    """Whether a sentence itself names the one whose words were asked for."""
    wanted = set(content_terms(asked.speaker or ""))
    return bool(wanted) and wanted <= set(content_terms(text))


def _has_role(wanted: str, speaker: str) -> bool:
    """``the prime minister`` is ``Prime Minister Nikol Pashinyan``."""
    role = set(content_terms(wanted))
    return bool(role) and role <= set(content_terms(speaker))


def _speaks_for(wanted: str, document: Document) -> bool:
    known = document.metadata
    countries = {folded(each.country) for each in places(wanted)}
    if known.country and folded(known.country) in countries:
        return True
    return bool(known.publisher) and folded(known.publisher or "") == folded(wanted)

"""Of a question for somebody's words, only the sentences that are theirs."""

from __future__ import annotations

from dataclasses import replace
from itertools import compress

from rag.answer.records import Ranked
from rag.answer.speakers import Speakers

__all__ = ["attribute"]


def attribute(ranked: Ranked, speakers: Speakers) -> Ranked:
    """Keep the sentences that carry the words which were asked for; all if nobody's were.

    A summary is of the document, whoever speaks in it.
    """
    theirs = speakers.allowed(ranked.query)
    if theirs is None or ranked.query.kind == "summary":
        return ranked
    sides = tuple(
        (side, tuple(compress(evidence, theirs(evidence)))) for side, evidence in ranked.sides
    )
    return replace(ranked, sides=sides)

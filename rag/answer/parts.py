"""Which parts of the answering are at work: all of them, unless one is being measured."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Parts"]


@dataclass(frozen=True, slots=True)
class Parts:
    """Every part of the answering that can be switched off, to measure what it brings.

    ``benchmarks/ablation.py`` does so. A part stays in the program only while switching it off
    costs something on questions that it was not made with.
    """

    lexical_search: bool = True
    """BM25 beside the vectors."""
    metadata_match: bool = True
    """Documents that the question names rank higher, and are searched by themselves too."""
    conversation: bool = True
    """The question before counts in a search, and is read with a question that depends on it."""
    rerank: bool = True
    """The cross-encoder's reading decides the order of the hits."""
    names: bool = True
    """Confidence falls where a passage lacks a name that the question has."""
    speakers: bool = True
    """A question for somebody's words is answered with sentences that are theirs alone."""
    comparison: bool = True
    """Each side of a comparison is searched and read by itself."""

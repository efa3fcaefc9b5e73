"""Find words in the text of one document, as they stand there or nearly so."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.language.folding import composed_with_offsets, fold

_PARAGRAPH = re.compile(r"\S(?:[^\n]|\n(?![ \t]*\n))*")


def places_of(text: str, words: str) -> Iterator[tuple[int, int]]:
    """The characters ``[start, end)`` where ``words`` stand, one after the other.

    Case, accents, kinds of quotation marks and white space make no difference. A place is within
    one paragraph.
    """
    wanted = [re.escape(word) for word in fold(words).split()]
    if not wanted:
        return
    pattern = re.compile(r"\s+".join(wanted))
    for paragraph in _PARAGRAPH.finditer(text):
        folded = fold(paragraph[0])
        edges: list[tuple[int, int]] = []
        for found in pattern.finditer(folded):
            edges = edges or _edges(paragraph[0])
            first, last = edges[found.start()], edges[found.end() - 1]
            yield paragraph.start() + first[0], paragraph.start() + last[1]


def _edges(text: str) -> list[tuple[int, int]]:
    """The characters ``[start, end)`` that each character of the folded text was made from."""
    whole, offsets = composed_with_offsets(text)
    return [
        (offsets[at], offsets[at + 1])
        for at, character in enumerate(whole)
        for _ in fold(character)
    ]

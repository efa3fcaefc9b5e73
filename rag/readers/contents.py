"""Which paragraphs are a table of contents: titles that stand in the text again, with pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

# A line of contents ends, or begins, with the number of a page; so many follow one another.
_PAGE = re.compile(r"\d{1,4}|[ivxlc]{1,7}", re.IGNORECASE)
_PAGE_WORDS = frozenset({"page", "p.", "seite", "s.", "página", "pág.", "стр.", "с."})
_LONGEST, _LONGEST_NUMBER, _FEWEST = 250, 4, 3

# So many of the titles must stand in the text by themselves.
_FOUND = 0.6

_NOT_WORDS = re.compile(r"[\W\d_]+")


def lines_of_contents(paragraphs: Sequence[str]) -> frozenset[int]:
    """The places in ``paragraphs`` of those that are lines of a table of contents.

    It needs no dots before the numbers: its numbers do not go down, and most of its titles stand
    again as paragraphs of their own.
    """
    entries = [_entry(text) for text in paragraphs]
    runs = _runs(entries)
    listed = {at for first, end in runs for at in range(first, end)}
    others = enumerate(paragraphs) if runs else ()
    titles = {_words(text) for at, text in others if at not in listed and len(text) <= _LONGEST}
    found: set[int] = set()
    for first, end in runs:
        named = [entry[0] for entry in entries[first:end] if entry]
        if sum(title in titles for title in named) >= _FOUND * len(named):
            found.update(range(first, end))
    return frozenset(found)


def _entry(text: str) -> tuple[str, int] | None:
    """The words of a title and the number after or before it; Roman ones count as 0."""
    if len(text) > _LONGEST:
        return None
    words = text.replace("|", " ").split()
    page, title = words[-1:], words[:-1]
    if not _PAGE.fullmatch("".join(page)):
        page, title = words[:1], words[1:]
        if not "".join(page).isdecimal() or len(page[0]) > _LONGEST_NUMBER:
            return None
    elif title and title[-1].casefold() in _PAGE_WORDS:
        title = title[:-1]
    plain = _words(" ".join(title))
    return (plain, int(page[0]) if page[0].isdecimal() else 0) if plain else None


def _runs(entries: Sequence[tuple[str, int] | None]) -> list[tuple[int, int]]:
    """Where entries follow one another whose numbers do not go down."""
    cuts = [0]
    for at, (before, entry) in enumerate(pairwise(entries), start=1):
        if before is None or entry is None or entry[1] < before[1]:
            cuts.append(at)
    cuts.append(len(entries))
    return [
        (first, end) for first, end in pairwise(cuts) if end - first >= _FEWEST and entries[first]
    ]


def _words(text: str) -> str:
    return _NOT_WORDS.sub("", text).casefold()

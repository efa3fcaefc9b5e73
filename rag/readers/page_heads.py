"""Plain text that form feeds part into pages: what each page repeats at its ends is left out."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import zip_longest

# So many pages must repeat a line, of all or of every other page; it is among so many at an end.
_FEWEST, _SHARE, _DEEPEST = 3, 0.4, 4

# With more words, a line may be a sentence.
_MOST_WORDS = 5

# Where the number of a page stands in a line, and how a sentence ends.
_NUMBER = re.compile(r"\d+")
_OF_PAGE = re.compile(r"(?:page|p\.)\s*\d+|^\W*\d+(?!\w)|(?<!\w)\d+\W*$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[^\W\d_][.?!][”\"’)]?$")
_FEED = "\f"


def without_page_heads(text: str) -> str:
    """``text`` without the running heads, feet and numbers of its pages.

    They stand apart from the text, by a blank line, and are the same on many pages or differ in
    numbers that go up with the pages.
    """
    pages = [page.split("\n") for page in text.split(_FEED)]
    if len(pages) < _FEWEST:
        return text
    for at_end in (False, True):
        edges = [_outermost(page, at_end=at_end) for page in pages]
        known = _repeated(
            [[page[at] for at in own] for page, own in zip(pages, edges, strict=True)]
        )
        for page, own in zip(pages, edges, strict=True):
            for at in _apart(page, own, known):
                page[at] = ""
    return _FEED.join("\n".join(page) for page in pages)


def _outermost(page: Sequence[str], *, at_end: bool) -> list[int]:
    """The first or the last lines of a page, those with words alone, from the edge inwards."""
    filled = [at for at, line in enumerate(page) if line.strip()]
    return (filled[::-1] if at_end else filled)[:_DEEPEST]


def _repeated(edges: Sequence[Sequence[str]]) -> set[str]:
    """What the lines are, but for their numbers, that many pages have at this edge."""
    pages_of: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for page, lines in enumerate(edges):
        for line in lines:
            if not _is_prose(_plain(line)):
                pages_of[_alike(line)].setdefault(page, line)
    enough = max(_FEWEST, _SHARE * len(edges))
    return {
        key
        for key, lines in pages_of.items()
        if len(lines) >= enough and (len(set(map(_plain, lines.values()))) == 1 or _count(lines))
    }


def _count(lines: dict[int, str]) -> bool:
    """Whether a number in the lines goes up by one with each page, on most of them."""
    steps = Counter(
        step
        for page, line in lines.items()
        for found in _OF_PAGE.findall(_plain(line))
        for step in {int(number) - page for number in _NUMBER.findall(found)[:1]}
    )
    return bool(steps) and steps.most_common(1)[0][1] >= _SHARE * 2 * len(lines)


def _apart(page: Sequence[str], own: Sequence[int], known: set[str]) -> list[int]:
    """The lines at an edge of a page up to the last known one with a blank line after it."""
    found: list[int] = []
    taken: list[int] = []
    for at, following in zip_longest(own, own[1:]):
        if _alike(page[at]) not in known:
            break
        taken.append(at)
        if following is None or abs(following - at) > 1:
            found = list(taken)
    return found


def _is_prose(line: str) -> bool:
    """Whether a line is a sentence, or goes on with one."""
    words = line.count(" ") + 1
    is_end = words > _MOST_WORDS and _SENTENCE_END.search(line[-3:]) is not None
    return is_end or (words >= _MOST_WORDS - 1 and line[:1].islower())


def _plain(line: str) -> str:
    return " ".join(line.split())


def _alike(line: str) -> str:
    return _OF_PAGE.sub("#", _plain(line).casefold())

"""Drop caps put before the words that they open, and bullets that are drawn.

Pure functions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from rag.readers.pdf.lines import Box, Run

# A drop cap is so many times as large as its text, which begins so close to it, in units of the
# text's size. The letters are those that are a word in languages of these reports.
_LARGE, _NEAR = 1.6, 1.5
_CAP = re.compile(r"[“\"‘'«„]?\s?[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+")
_WORDS_OF_ONE = "aioàéyуяиво"

# So far, in units of the font size, a space sets in the first line.
_SPACE = 0.15

# A drawn bullet stands so far from its text and so high over the baseline, in units of the font
# size.
_NEAREST, _FURTHEST, _LOWEST, _HIGHEST = 0.1, 4.0, 0.05, 0.75
_BULLETS = "•▪◦●○■□"


def with_drop_caps(pages: Sequence[Sequence[Run]]) -> list[list[Run]]:
    """The pages with each drop cap at the beginning of the line that it opens."""
    words = Counter(
        word.lower() for page in pages for run in page for word in _WORD.findall(run.text)
    )
    return [_with_drop_caps(page, words) for page in pages]


def _with_drop_caps(page: Sequence[Run], words: Counter[str]) -> list[Run]:
    changed: dict[int, Run | None] = {}
    for cap in page:
        if not _CAP.fullmatch(cap.text) or cap.text.upper() != cap.text:
            continue
        beside = [
            run
            for run in page
            if run is not cap
            and cap.size >= _LARGE * run.size
            and -0.5 * run.size <= run.left - cap.right <= _NEAR * run.size
            and -0.3 * run.size <= run.baseline - cap.baseline < cap.size
        ]
        first = max(beside, key=lambda run: run.baseline, default=None)
        word = _WORD.match(first.text) if first else None
        if first is None or word is None:
            continue
        others = [run for run in beside if run is not first]
        is_set_in = any(first.left - run.left > _SPACE * first.size for run in others)
        beside += _lower_beside(page, beside)
        changed |= {id(run): replace(run, left=cap.left) for run in beside}
        alone = _is_alone(cap.text[-1], word[0], words, is_set_in=is_set_in)
        between = " " if alone else ""
        changed[id(first)] = replace(first, text=cap.text + between + first.text, left=cap.left)
        changed[id(cap)] = None
    runs = [changed.get(id(run), run) for run in page]
    return [run for run in runs if run is not None]


def _lower_beside(page: Sequence[Run], beside: Sequence[Run]) -> list[Run]:
    """The line below those beside a drop cap, if it still makes room for it, as it has a margin."""
    edge, size = min(run.left for run in beside), beside[0].size
    heights = sorted({run.baseline for run in beside}, reverse=True)
    below = heights[-1] - min((a - b for a, b in pairwise(heights)), default=0.0)
    return [
        run
        for run in page
        if len(heights) > 1
        and run.size == size
        and abs(run.left - edge) < 1
        and abs(run.baseline - below) < 1
    ]


def _is_alone(letter: str, word: str, words: Counter[str], *, is_set_in: bool) -> bool:
    """Whether ``letter`` and ``word`` are two words: "A man", but "After".

    The word is found elsewhere, or the space before it sets in its line.
    """
    if letter.lower() not in _WORDS_OF_ONE or not word.islower():
        return False
    return is_set_in or words[word] > 1 > words[letter.lower() + word]


def bullets(dots: Sequence[Box], runs: Sequence[Run]) -> list[Run]:
    """A run for each of the drawn ``dots`` that stands before a line, where there are several."""
    found = [(dot, run) for dot in dots if (run := _run_after(dot, runs)) is not None]
    return [
        Run("•", dot[0], dot[2], run.baseline, run.size, run.bold)
        for dot, run in found
        if sum(abs(other[0] - dot[0]) < 1 for other, _ in found) > 1
    ]


def _run_after(dot: Box, runs: Sequence[Run]) -> Run | None:
    """The first run of a line with the dot in front of it and nothing between."""
    middle = (dot[1] + dot[3]) / 2
    beside = [
        run for run in runs if _LOWEST * run.size < middle - run.baseline < _HIGHEST * run.size
    ]
    first = min(beside, key=lambda run: run.left, default=None)
    if first is None or first.text[:1] in _BULLETS:
        return None
    return first if _NEAREST < (first.left - dot[2]) / first.size < _FURTHEST else None

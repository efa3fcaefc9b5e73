"""Lines from right to left put into the order in which they are read, by where characters stand.

Pure functions. Some programs write such lines from left to right, or each word so; what pdfium
makes of that has words with their letters reversed.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

from rag.language.scripts import is_right_to_left
from rag.readers.blocks import split_where
from rag.readers.pdf.lines import Glyph

# In units of the font size: baselines of one line differ by less; a wider gap parts words, and one
# that is wider still columns.
_SAME_LINE, _SPACE, _GAP = 0.2, 0.21, 0.9

_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_NUMBERS = frozenset({"EN", "AN"})
_PAIRS = {"(": ")", "[": "]", "{": "}", "«": "»", "<": ">"}
_MIRRORED = {**_PAIRS, **{closing: opening for opening, closing in _PAIRS.items()}}


def right_to_left_parts(
    glyphs: Sequence[Glyph | None],
) -> tuple[list[Glyph | None], list[list[Glyph]]]:
    """The characters of other lines, and those of each part of a line from right to left as read.

    Level ones only; None stands for the end of a line, and for what is taken out.
    """
    if not any(glyph and _kind(glyph) in _RIGHT_TO_LEFT for glyph in glyphs):
        return list(glyphs), []
    parts: list[list[Glyph]] = []
    gone: set[int] = set()
    for line in _lines([each for each in glyphs if each and each.style.angle == 0]):
        if not is_right_to_left("".join(glyph.text for glyph in line)):
            continue
        given = _as_they_come(line, glyphs)
        inked = [glyph for glyph in line if not glyph.text.isspace()]
        if _as_read(inked) != [glyph for glyph in given if not glyph.text.isspace()]:
            given = _as_read(_with_spaces(inked))  # where letters stand wrongly, so do spaces
        parts.append(given)
        gone.update(map(id, line))
    others = [None if glyph is None or id(glyph) in gone else glyph for glyph in glyphs]
    return others, [_with_brackets(part) for part in parts]


def _as_they_come(line: Sequence[Glyph], glyphs: Sequence[Glyph | None]) -> list[Glyph]:
    ids = set(map(id, line))
    return [glyph for glyph in glyphs if glyph is not None and id(glyph) in ids]


def _with_spaces(line: Sequence[Glyph]) -> list[Glyph]:
    """Characters from the right, with a space in each gap that is as wide as one."""
    found = list(line[:1])
    for before, glyph in pairwise(line):
        if before.left - glyph.right > _SPACE * glyph.style.size:
            found.append(Glyph(" ", before.style, glyph.right, before.left, before.baseline))
        found.append(glyph)
    return found


def _lines(glyphs: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    """The characters of each line, from its right end, cut where a gap is as wide as a gutter."""
    heights: defaultdict[float, list[Glyph]] = defaultdict(list)
    for glyph in glyphs:
        near = next(
            (
                each
                for each in heights
                if abs(each - glyph.baseline) < _SAME_LINE * glyph.style.size
            ),
            glyph.baseline,
        )
        heights[near].append(glyph)
    for line in heights.values():
        size = max(glyph.style.size for glyph in line)
        yield from split_where(_from_the_right(line), partial(_is_far, size=size))


def _is_far(part: Sequence[Glyph], glyph: Glyph, *, size: float) -> bool:
    return min(each.left for each in part[-3:]) - glyph.right > _GAP * size


def _from_the_right(line: Sequence[Glyph]) -> list[Glyph]:
    """The characters by place; a mark goes with the letter on which it stands."""
    places = [(each.left + each.right) / 2 for each in line]
    for at, glyph in enumerate(line):
        if _kind(glyph) == "NSM":
            bases = [other for other in line if _kind(other) != "NSM" and other.text.strip()]
            base = min(
                bases,
                key=lambda other: abs((other.left + other.right) / 2 - places[at]),
                default=glyph,
            )
            places[at] = (base.left + base.right) / 2
    order = sorted(range(len(line)), key=lambda at: (-places[at], _kind(line[at]) == "NSM", at))
    return [line[at] for at in order]


def _as_read(line: Sequence[Glyph]) -> list[Glyph]:
    """Characters from the right, with those of numbers and of Latin words from the left."""
    found: list[Glyph] = []
    kinds = [_kind(glyph) for glyph in line]
    arabic = "AL" in kinds
    at = 0
    while at < len(line):
        end = at
        if kinds[at] == "L" or kinds[at] in _NUMBERS:
            end = _end_of_left_to_right(kinds, at, arabic=arabic)
        found += line[at : end + 1][::-1]
        at = end + 1
    return found


def _end_of_left_to_right(kinds: Sequence[str], start: int, *, arabic: bool) -> int:
    """The last of the characters that run from left to right together, from ``start`` on.

    Numbers go with signs between their digits, but in Arabic not over a hyphen; Latin words with
    all that stands between them.
    """
    end = start
    has_letters = kinds[start] == "L"
    for at in range(start + 1, len(kinds)):
        kind = kinds[at]
        if kind in _RIGHT_TO_LEFT:
            break
        if kind != "L" and kind not in _NUMBERS:
            continue
        between = kinds[end + 1 : at]
        joined = between in ([], ["CS"]) or (not arabic and between == ["ES"])
        if not (joined or has_letters or kind == "L"):
            break
        has_letters |= kind == "L"
        end = at
    return end


def _with_brackets(line: list[Glyph]) -> list[Glyph]:
    """The line with its brackets turned round if they close before they open."""
    first = next((glyph.text for glyph in line if glyph.text in _MIRRORED), None)
    if first is None or first in _PAIRS:
        return line
    opening = _MIRRORED[first]
    if not any(glyph.text == opening for glyph in line):
        return line
    return [replace(each, text=_MIRRORED.get(each.text, each.text)) for each in line]


def _kind(glyph: Glyph) -> str:
    return unicodedata.bidirectional(glyph.text[0]) if glyph.text else ""

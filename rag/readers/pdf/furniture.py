"""Running heads, running feet and page numbers: found by their repetition, and taken out."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from rag.readers.pdf.lines import Line, Run, lines_of
from rag.readers.pdf.numbers import ROMAN, roman_value

__all__ = ["Cleared", "without_furniture"]

_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"\d+\s*(?:of|/)\s*\d+|^\W*\d+(?!\w)|(?<!\w)\d+\W*$")
_OUTER_NUMBER = re.compile(r"^\d{1,4}(?=\s|$)|(?<=\s)\d{1,4}$")
_ROMAN_ALONE = re.compile(rf"^\W*({ROMAN})\W*$", re.IGNORECASE)
_ROMAN_OUTSIDE = re.compile(rf"^{ROMAN}(?=\s*[|•·–—])|(?<=[|•·–—\s]){ROMAN}$")

# How far, in points, the same running head may move from page to page.
_WANDER = 8.0

# So many lines from the edge of a page may be furniture.
_DEEPEST = 5

# On so few pages two repetitions must do, and then the gap to the text must be wide as well.
_FEW_PAGES = 4
_WIDE_GAP = 1.6

# A heading with a number is in so much larger type than the text.
_LARGER = 1.1


@dataclass(frozen=True, slots=True)
class Cleared:
    """The runs of a page that are its text, and the lines around them that are furniture."""

    runs: list[Run]
    furniture: list[str]


def without_furniture(pages: Sequence[Sequence[Run]]) -> list[Cleared]:
    """Each page without what is repeated at the top and the bottom of the pages."""
    rows = [lines_of(page) for page in pages]
    removed: list[set[int]] = [set() for _ in pages]
    furniture: list[list[str]] = [[] for _ in pages]
    for edge in (0, -1):
        rest = [list(page) for page in rows]
        for _ in range(_DEEPEST):
            found = sorted({*_repeated(rest, edge), *_numbered(rest, edge)})
            for number in found:
                line = rest[number].pop(edge)
                removed[number].update(id(run) for run in line.runs)
                furniture[number].append(line.text)
            if not found:
                break
    return [
        Cleared([run for run in page if id(run) not in gone], lines)
        for page, gone, lines in zip(pages, removed, furniture, strict=True)
    ]


def _repeated(pages: Sequence[Sequence[Line]], edge: int) -> Iterator[int]:
    """The pages whose outermost line is repeated at the same place on others."""
    candidates: dict[str, list[int]] = defaultdict(list)
    for number, lines in enumerate(pages):
        if lines:
            candidates[_generalised(lines[edge].text)].append(number)
    for key, numbers in candidates.items():
        near = _at_one_place(pages, numbers, edge)
        same = Counter(pages[number][edge].text.casefold() for number in near)
        counted = _counts_pages([(number, pages[number][edge].text) for number in near])
        if _only_numbers(key) or not counted:
            numbered = counted
        else:
            numbered = not any(_stands_out(pages[number], edge) for number in near)
        if _enough(near, pages, edge) and (numbered or _only_words(key)):
            yield from near
            continue
        for text, count in same.items():
            alike = [number for number in near if pages[number][edge].text.casefold() == text]
            if count > 1 and not _only_numbers(key) and _enough(alike, pages, edge):
                yield from alike


def _stands_out(lines: Sequence[Line], edge: int) -> bool:
    """Whether the outermost line is in larger type than the others, as ``Annex 2`` is."""
    return len(lines) > 1 and lines[edge].size > _LARGER * median(line.size for line in lines)


def _at_one_place(pages: Sequence[Sequence[Line]], numbers: Sequence[int], edge: int) -> list[int]:
    place = median(pages[number][edge].baseline for number in numbers)
    return [n for n in numbers if abs(pages[n][edge].baseline - place) <= _WANDER]


def _enough(numbers: Sequence[int], pages: Sequence[Sequence[Line]], edge: int) -> bool:
    if len(pages) > _FEW_PAGES:
        return len(numbers) > 2
    return len(numbers) > 1 and all(_stands_apart(pages[number], edge) for number in numbers)


def _numbered(pages: Sequence[Sequence[Line]], edge: int) -> Iterator[int]:
    """The pages whose outermost line begins or ends with the number of the page.

    So a running head that changes from chapter to chapter is found as well.
    """
    steps: dict[int, list[int]] = defaultdict(list)
    for number, lines in enumerate(pages):
        match = _OUTER_NUMBER.search(lines[edge].text) if lines else None
        if match:
            steps[int(match[0]) - number].append(number)
    for numbers in steps.values():
        if len(numbers) >= max(_FEW_PAGES, 0.3 * len(pages)):
            here = _at_one_place(pages, numbers, edge)
            yield from (number for number in here if not _stands_out(pages[number], edge))


def _generalised(text: str) -> str:
    """``text`` with ``#`` where a page number may stand: at an end, or in ``Page 3 of 12``."""
    if _ROMAN_ALONE.match(text):
        return "#"
    return _ROMAN_OUTSIDE.sub("#", _PAGE_NUMBER.sub("#", text.casefold()))


def _only_words(key: str) -> bool:
    return "#" not in key and any(map(str.isalpha, key))


def _only_numbers(key: str) -> bool:
    return not any(map(str.isalpha, key))


def _counts_pages(found: Sequence[tuple[int, str]]) -> bool:
    """Whether the numbers go up by one with each page, at least on most of the pages."""
    steps = Counter(number - page for page, text in found if (number := _number(text)) is not None)
    # Two sequences, as many reports number their front matter apart; more if they are long.
    sequences = steps.most_common()
    counted = sum(count for at, (_, count) in enumerate(sequences) if at < 2 or count > 3)
    return counted >= 0.6 * len(found)


def _number(text: str) -> int | None:
    """The page number in a running head: in Arabic digits, or in Roman ones."""
    match = _PAGE_NUMBER.search(text.casefold())
    if match:
        return int(_DIGITS.findall(match[0])[0][:9])
    roman = _ROMAN_ALONE.match(text)
    outside = _ROMAN_OUTSIDE.search(text.casefold())
    letters = roman[1] if roman else outside[0] if outside else None
    return None if letters is None else roman_value(letters)


def _stands_apart(lines: Sequence[Line], edge: int) -> bool:
    if len(lines) < 2:
        return True
    outer, inner = (lines[0], lines[1]) if edge == 0 else (lines[-1], lines[-2])
    gap = abs(outer.baseline - inner.baseline)
    return gap > _WIDE_GAP * max(outer.size, inner.size) or _generalised(
        inner.text
    ) == _generalised(outer.text)

"""What stands beside the lines of a page: numbers of lines and paragraphs, and drop caps.

Pure functions on runs. Lengths are in points, the origin is at the lower left.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rag.readers.pdf.lines import Run

_NUMBER = re.compile(r"\d{1,4}")
_WORDS = re.compile(r"[^\W\d_](?:\W+[^\W\d_]+){2}")
_OPENS_LOWER = re.compile(r"[a-zà-ÿ]")

# Numbers of lines go up by one or by five; of so many steps most must, over the document.
_STEPS = (1, 5)
_REGULAR, _FEWEST = 0.8, 3

# Where so many lines have a number, they are the lines' own; so many of those begin in lower case,
# as the cells of a table hardly ever do. Elsewhere a number is that of a paragraph of more lines.
_DENSE, _LOWER, _LINES_EACH = 0.7, 0.1, 1.5

# A drop cap is so many times as large as its text, which begins so close to it, in units of the
# text's size.
_LARGE, _NEAR = 1.6, 1.5
_CAP = re.compile(r"[“\"‘'«„]?\s?[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+")


def without_numbers(pages: Sequence[Sequence[Run]]) -> list[list[Run]]:
    """The pages without the numbers of lines (of pleadings) and paragraphs (of judgments).

    They stand outside the text, and go up regularly. The numbers of the rows of a table stay, and
    so does a number that stands alone on its page, as that of the page itself does.
    """
    beside = [_outside(page) for page in pages]
    numbered = [(page, found) for page, found in zip(pages, beside, strict=True) if len(found) > 1]
    values = [[int(run.text) for run in found] for _, found in numbered]
    if not _go_up(values) or not _is_prose(numbered):
        return [list(page) for page in pages]
    gone = {id(run) for _, found in numbered for run in found}
    # A paragraph that is alone on its page has its number, too, if it is the next.
    lasts = {values_of[-1] for values_of in values}
    gone |= {
        id(found[0]) for found in beside if len(found) == 1 and int(found[0].text) - 1 in lasts
    }
    return [[run for run in page if id(run) not in gone] for page in pages]


def _outside(page: Sequence[Run]) -> list[Run]:
    """The numbers under one another on the left or right of all text, from top to bottom."""
    numbers = [run for run in page if _NUMBER.fullmatch(run.text)]
    edges = Counter(round(edge) for run in numbers for edge in (run.left, run.right))
    best: list[Run] = []
    for edge, count in edges.most_common(4):
        column = [run for run in numbers if min(abs(run.left - edge), abs(run.right - edge)) < 2]
        if count <= len(best):
            continue
        bottom, top = (end(run.baseline for run in column) for end in (min, max))
        text = [
            run for run in page if bottom - 2 <= run.baseline <= top + 2 and _WORDS.search(run.text)
        ]
        if not text:
            continue
        left, right = min(run.left for run in text), max(run.right for run in text)
        outside = [
            run
            for run in column
            if run.right + 0.3 * run.size < left or run.left - 0.3 * run.size > right
        ]
        best = max(best, outside, key=len)
    return sorted(best, key=lambda run: -run.baseline)


def _go_up(pages: Sequence[Sequence[int]]) -> bool:
    steps = Counter(after - before for page in pages for before, after in pairwise(page))
    regular = max((steps[step] for step in _STEPS), default=0)
    return regular >= _FEWEST - 1 and regular >= _REGULAR * steps.total()


def _is_prose(pages: Sequence[tuple[Sequence[Run], Sequence[Run]]]) -> bool:
    """Whether the lines beside the numbers are text that goes on from line to line."""
    lines = numbered = lower = 0
    for page, numbers in pages:
        rows = _beside(page, numbers)
        own = [row for row in rows if any(_is_level(number, row[0]) for number in numbers)]
        lines, numbered = lines + len(rows), numbered + len(own)
        lower += sum(_OPENS_LOWER.match(row[0].text) is not None for row in own)
    if not numbered:
        return False
    if numbered >= _DENSE * lines:
        return lower >= max(1, _LOWER * numbered)
    return lines >= _LINES_EACH * numbered


def _beside(page: Sequence[Run], numbers: Sequence[Run]) -> list[list[Run]]:
    """The lines of text from the first number down to where another might stand."""
    gone = {id(number) for number in numbers}
    step = max((a.baseline - b.baseline for a, b in pairwise(numbers)), default=0.0)
    top, bottom = numbers[0].baseline + 2, numbers[-1].baseline - step
    rows: list[list[Run]] = []
    for run in sorted(page, key=lambda run: (-run.baseline, run.left)):
        if id(run) in gone or not bottom < run.baseline <= top:
            continue
        if rows and _is_level(rows[-1][0], run):
            rows[-1].append(run)
        else:
            rows.append([run])
    return rows


def _is_level(one: Run, other: Run) -> bool:
    return abs(one.baseline - other.baseline) < 0.4 * max(one.size, other.size)


# Drop caps.


@dataclass(frozen=True, slots=True)
class _DropCap:
    cap: Run
    first: Run
    others: tuple[Run, ...]


def with_drop_caps(pages: Sequence[Sequence[Run]]) -> list[list[Run]]:
    """The pages with each drop cap at the beginning of the line that it opens."""
    found = [list(_drop_caps(page)) for page in pages]
    if not any(found):
        return [list(page) for page in pages]
    known = {word.lower() for page in pages for run in page for word in _WORD.findall(run.text)}
    return [_joined(page, caps, known) for page, caps in zip(pages, found, strict=True)]


def _drop_caps(page: Sequence[Run]) -> Iterator[_DropCap]:
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
        if first is not None and _WORD.match(first.text):
            yield _DropCap(cap, first, tuple(run for run in beside if run is not first))


def _joined(page: Sequence[Run], caps: Sequence[_DropCap], known: set[str]) -> list[Run]:
    changed: dict[int, Run | None] = {}
    for found in caps:
        cap, first = found.cap, found.first
        word = _WORD.match(first.text)
        letter = cap.text[-1:].lower()
        apart = (
            word is not None
            and letter in "aioàéyуяиво"
            and letter + word[0].lower() not in known
            and word[0].islower()
            and _is_elsewhere(page, first, word[0])
        )
        text = cap.text + (" " if apart else "") + first.text
        changed[id(cap)] = None
        changed[id(first)] = replace(first, text=text, left=cap.left)
        changed |= {id(run): replace(run, left=cap.left) for run in found.others}
    runs = [changed.get(id(run), run) for run in page]
    return [run for run in runs if run is not None]


def _is_elsewhere(page: Sequence[Run], first: Run, word: str) -> bool:
    """Whether ``word`` is a whole word in other text as well: "A man", but "After"."""
    return any(
        word in _WORD.findall(run.text if run is not first else run.text[len(word) :])
        for run in page
    )

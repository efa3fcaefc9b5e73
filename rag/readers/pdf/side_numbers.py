"""Numbers of lines and paragraphs beside the text of a page, which are none of it.

Pure functions.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.readers.pdf.lines import Line, Run, lines_of

# On the left, brackets make the mark of an item of a list.
_NUMBER = re.compile(r"\d{1,4}")
_RIGHT_NUMBER = re.compile(r"[(\[]?(?:§ ?)?\d{1,4}[)\]]?")
_TIME = re.compile(r"\d{1,2}:\d\d(?::\d\d)?(?:[.:]\d\d)?")

# In units of their size, the letters beside a text are further apart than the items of a list.
_LETTERS, _LEAST_STEP = "ABCDEFGH", 5.0
_WORDS = re.compile(r"[^\W\d_](?:\W+[^\W\d_]+){2}")
_OPENS_LOWER = re.compile(r"[a-zà-ÿ]")

# Numbers of lines go up by one or by five; of so many steps most must, over the document.
_STEPS = (1, 5)
_REGULAR, _FEWEST = 0.8, 3

# Where so many lines have a number, they are the lines' own; so many of those begin in lower case,
# as the cells of a table hardly ever do. Elsewhere a number is that of a paragraph of more lines.
_DENSE, _LOWER, _LINES_EACH = 0.7, 0.1, 1.5


@dataclass(frozen=True, slots=True)
class Unnumbered:
    """The runs of a page that are its text, and where texts with numbers of their own begin.

    ``gutters`` are the left edges of all but the first, where several stand side by side.
    """

    runs: list[Run]
    gutters: tuple[float, ...] = ()


def without_numbers(pages: Sequence[Sequence[Run]]) -> list[Unnumbered]:
    """The pages without the numbers of lines (of pleadings) and paragraphs (of judgments).

    Nor have they the letters with which reports of cases part a page. They stand outside the text,
    and go up regularly. The numbers of the rows of a table stay, and
    so does a number that stands alone on its page, as that of the page itself does.
    """
    pages = [_without_letters(page) for page in pages]
    begins = [_beginnings(page) for page in pages]
    parts = [
        part for page, own in zip(pages, begins, strict=True) for part in _side_by_side(page, own)
    ]
    beside = [_outside(part) for part in parts]
    numbered = [(part, found) for part, found in zip(parts, beside, strict=True) if len(found) > 1]
    values = [[_value(run) for run in found] for _, found in numbered]
    if not _go_up(values) or not _is_prose(numbered):
        return [Unnumbered(list(page)) for page in pages]
    gone = {id(run) for _, found in numbered for run in found}
    gone |= {id(run) for part, _ in numbered for run in _times_beside(part)}
    # A paragraph that is alone on its page has its number, too, if it is the next.
    lasts = {values_of[-1] for values_of in values}
    gone |= {id(found[0]) for found in beside if len(found) == 1 and _value(found[0]) - 1 in lasts}
    return [
        Unnumbered([run for run in page if id(run) not in gone], tuple(own[1:]))
        for page, own in zip(pages, begins, strict=True)
    ]


def _without_letters(page: Sequence[Run]) -> Sequence[Run]:
    """The page without letters from A on at equal distances on one side of the text."""
    letters = sorted(
        (run for run in page if run.text in _LETTERS), key=lambda run: (-run.baseline, run.left)
    )
    steps = [above.baseline - below.baseline for above, below in pairwise(letters)]
    if len(letters) < _FEWEST or min(steps) < _LEAST_STEP * letters[0].size:
        return page
    if max(steps) - min(steps) > max(letters[0].size, 0.1 * max(steps)):
        return page
    text = [run for run in page if _WORDS.search(run.text)]
    left = min((run.left for run in text), default=0.0)
    right = max((run.right for run in text), default=0.0)
    outside = all(run.right < left for run in letters) or all(run.left > right for run in letters)
    in_order = "".join(run.text for run in letters) == _LETTERS[: len(letters)]
    return [run for run in page if run not in letters] if outside and in_order else page


def _times_beside(page: Sequence[Run]) -> list[Run]:
    """The times that a recording gives to the lines of a hearing, on one side of all of them."""
    times = [run for run in page if _TIME.fullmatch(run.text)]
    text = [run for run in page if _WORDS.search(run.text)]
    left = min((run.left for run in text), default=0.0)
    right = max((run.right for run in text), default=0.0)
    return [run for run in times if run.right < left or run.left > right]


def _beginnings(page: Sequence[Run]) -> list[float]:
    """The left edges of texts with numbered lines, as where several pages are printed on one.

    One begins at numbers that go up from 1 under one another and that no text crosses.
    """
    numbers = [run for run in page if _NUMBER.fullmatch(run.text)]
    edges = Counter(round(run.right) for run in numbers)
    begins: list[float] = []
    for edge, count in edges.items():
        column = [run for run in numbers if abs(run.right - edge) < 2]
        values = [int(run.text) for run in sorted(column, key=lambda run: -run.baseline)]
        if count < _FEWEST or 1 not in values or not _go_up([values]):
            continue
        left = min(run.left for run in column)
        bottom, top = (end(run.baseline for run in column) for end in (min, max))
        crossed = any(
            run.left < left < run.right and bottom - 2 <= run.baseline <= top + 2 for run in page
        )
        if not crossed and all(abs(left - other) > 2 for other in begins):
            begins.append(left)
    return sorted(begins)


def _side_by_side(page: Sequence[Run], begins: Sequence[float]) -> list[list[Run]]:
    parts: list[list[Run]] = [[] for _ in range(max(1, len(begins)))]
    for run in page:
        parts[max(0, bisect_right(begins, run.left + 1) - 1)].append(run)
    return parts


def _outside(page: Sequence[Run]) -> list[Run]:
    """The numbers under one another on the left or right of all text, from top to bottom."""
    numbers = [run for run in page if _RIGHT_NUMBER.fullmatch(run.text)]
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
            if (run.right + 0.3 * run.size < left and _NUMBER.fullmatch(run.text))
            or run.left - 0.3 * run.size > right
        ]
        best = max(best, outside, key=len)
    return sorted(best, key=lambda run: -run.baseline)


def _value(number: Run) -> int:
    return int(number.text.strip("()[]§ "))


def _go_up(pages: Sequence[Sequence[int]]) -> bool:
    steps = Counter(after - before for page in pages for before, after in pairwise(page))
    regular = max((steps[step] for step in _STEPS), default=0)
    return regular >= _FEWEST - 1 and regular >= _REGULAR * steps.total()


def _is_prose(pages: Sequence[tuple[Sequence[Run], Sequence[Run]]]) -> bool:
    """Whether the lines beside the numbers are text that goes on from line to line."""
    lines = numbered = lower = 0
    for page, numbers in pages:
        gone = {id(number) for number in numbers}
        # From the first number down to where another might stand.
        step = max((a.baseline - b.baseline for a, b in pairwise(numbers)), default=0.0)
        top, bottom = numbers[0].baseline + 2, numbers[-1].baseline - step
        beside = [run for run in page if id(run) not in gone and bottom < run.baseline <= top]
        rows = lines_of(beside)
        own = [row for row in rows if any(_is_level(number, row) for number in numbers)]
        lines, numbered = lines + len(rows), numbered + len(own)
        lower += sum(_OPENS_LOWER.match(row.text) is not None for row in own)
    if not numbered:
        return False
    if numbered >= _DENSE * lines:
        return lower >= max(1, _LOWER * numbered)
    return lines >= _LINES_EACH * numbered


def _is_level(number: Run, line: Line) -> bool:
    return abs(number.baseline - line.baseline) < 0.4 * max(number.size, line.size)

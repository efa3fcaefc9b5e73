"""Runs of characters that stand side by side become lines.

Pure functions. Lengths are in points, the origin is at the lower left: a higher baseline is
further up the page.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.readers.pdf.marks import CLOSING, MARK, is_raised

__all__ = ["Line", "Run", "lines_of"]

# Runs whose baselines differ by less, in units of the font size, stand on one line.
_SAME_LINE = 0.4

# So much higher may a note mark stand.
_MARK_HEIGHT = 0.65

# A note mark is this close, in units of the font size, to the word before it.
_HANGS = 0.5


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that stand side by side on one baseline, without a wide gap.

    The first ``mark`` characters are raised, as is the mark with which a note begins.
    """

    text: str
    left: float
    right: float
    baseline: float
    size: float
    bold: bool
    mark: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of one column, or one row of a table.

    ``bold`` when all of it is; ``cells`` is the number of its runs, which are in the order of
    ``text``. ``marked`` says that it begins with a raised mark, as a note does.
    """

    text: str
    left: float
    right: float
    baseline: float
    size: float
    bold: bool
    cells: int = 1
    runs: tuple[Run, ...] = ()
    marked: bool = False
    row: bool = False


def lines_of(runs: Iterable[Run]) -> list[Line]:
    """Runs side by side put together into lines, from top to bottom."""
    rows: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: -run.baseline):
        if rows and _is_beside(rows[-1], run):
            rows[-1].append(run)
        else:
            rows.append([run])
    return [_line(row) for row in rows]


def _is_beside(row: Sequence[Run], run: Run) -> bool:
    # Compared with the largest of the row, so that a raised note mark does not move the line.
    largest = max(row, key=lambda each: each.size)
    size = max(largest.size, run.size)
    apart = abs(largest.baseline - run.baseline) / size
    if apart < _SAME_LINE:
        return True
    mark, text = sorted((largest, run), key=lambda each: each.size)
    raised = is_raised(mark.size, mark.baseline - text.baseline, beside=text.size)
    return apart < _MARK_HEIGHT and raised and MARK.fullmatch(mark.text) is not None


def _line(row: Sequence[Run]) -> Line:
    ordered = sorted(row, key=lambda run: run.left)
    if _is_right_to_left("".join(run.text for run in ordered)):
        ordered.reverse()
    main = max(ordered, key=lambda run: (len(run.text) * run.size, run.size))
    return Line(
        text="".join(_texts(ordered, main)).strip(),
        left=min(run.left for run in ordered),
        right=max(run.right for run in ordered),
        baseline=main.baseline,
        size=main.size,
        bold=all(run.bold for run in ordered),
        cells=len(ordered),
        runs=tuple(ordered),
        marked=_is_marked(ordered[0], main),
    )


def _texts(ordered: Sequence[Run], main: Run) -> Iterator[str]:
    """The texts of runs side by side, without the note marks that hang on the one before."""
    yield ordered[0].text
    for before, run in pairwise(ordered):
        hangs = -0.5 < (run.left - before.right) / main.size < _HANGS
        raised = is_raised(run.size, run.baseline - main.baseline, beside=main.size)
        if hangs and raised and MARK.fullmatch(run.text):
            continue
        text = run.text[run.mark :].lstrip() if hangs else run.text
        yield text if hangs and text[:1] in CLOSING else f" {text}"


def _is_marked(first: Run, main: Run) -> bool:
    if first.mark or first is main:
        return first.mark > 0
    raised = is_raised(first.size, first.baseline - main.baseline, beside=main.size)
    return raised and MARK.fullmatch(first.text) is not None


def _is_right_to_left(text: str) -> bool:
    kinds = Counter(unicodedata.bidirectional(letter) for letter in text if letter.isalpha())
    return kinds["R"] + kinds["AL"] > kinds["L"]

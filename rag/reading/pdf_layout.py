"""The geometry of a page: runs of characters become lines, in the order in which they are read.

Pure functions. Lengths are in points, the origin is at the lower left: a higher baseline is
further up the page.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, median

__all__ = ["Column", "Line", "Run", "columns_of", "lines_of"]


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that stand side by side on one baseline, without a wide gap."""

    text: str
    left: float
    right: float
    baseline: float
    size: float
    bold: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One line of one column. ``bold`` when all of it is; ``cells`` is the number of its runs."""

    text: str
    left: float
    right: float
    baseline: float
    size: float
    bold: bool
    cells: int = 1
    runs: tuple[Run, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """Lines from top to bottom, with the edges between which their text is set."""

    lines: tuple[Line, ...]
    left: float
    right: float


# Runs whose baselines differ by less, in units of the font size, stand on one line.
_SAME_LINE = 0.4

# A column of text, as opposed to one of a table, has this many lines on each side of the gutter,
# this many words in a line, and lines that fill this share of its width.
_FEWEST_LINES, _FEWEST_WORDS, _FILLED = 4, 3.0, 0.5


def columns_of(runs: Sequence[Run]) -> list[Column]:
    """The columns of one page in reading order; a page of plain text has one."""
    return [_column(lines_of(group)) for group in _in_order(list(runs)) if group]


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
    return abs(largest.baseline - run.baseline) < _SAME_LINE * size


def _line(row: Sequence[Run]) -> Line:
    ordered = sorted(row, key=lambda run: run.left)
    if _is_right_to_left("".join(run.text for run in ordered)):
        ordered.reverse()
    main = max(ordered, key=lambda run: (len(run.text) * run.size, run.size))
    return Line(
        text=" ".join(run.text for run in ordered),
        left=min(run.left for run in ordered),
        right=max(run.right for run in ordered),
        baseline=main.baseline,
        size=main.size,
        bold=all(run.bold for run in ordered),
        cells=len(ordered),
        runs=tuple(ordered),
    )


def _is_right_to_left(text: str) -> bool:
    kinds = Counter(unicodedata.bidirectional(letter) for letter in text if letter.isalpha())
    return kinds["R"] + kinds["AL"] > kinds["L"]


def _column(lines: list[Line]) -> Column:
    return Column(tuple(lines), min(line.left for line in lines), max(line.right for line in lines))


def _in_order(runs: list[Run]) -> Iterator[list[Run]]:
    """Groups of runs, each of which is one column, in reading order."""
    gutter = _gutter(runs)
    if gutter is None:
        yield runs
        return
    whole: list[Run] = []
    for band in _bands(runs, gutter):
        if not _is_in_columns(band, gutter):
            whole += band
            continue
        if whole:
            yield from _in_order(whole)
        whole = []
        left, right = _sides(band, gutter)
        yield from _in_order(left)
        yield from _in_order(right)
    if whole:
        yield whole


def _gutter(runs: Sequence[Run]) -> float | None:
    """The left edge of the column that has most text beside it on its left, if there is one."""
    starts = Counter(round(run.left / 3) * 3 for run in runs)
    best, most = None, 0
    for start, count in starts.items():
        if count < _FEWEST_LINES:
            continue
        edge = min(run.left for run in runs if abs(run.left - start) <= 3)
        inside = sum(len(band) for band in _bands(runs, edge) if _is_in_columns(band, edge))
        if inside > most:
            best, most = edge, inside
    return best


def _bands(runs: Sequence[Run], gutter: float) -> Iterator[list[Run]]:
    """Runs from top to bottom, cut where one of them crosses the gutter; that one stands alone."""
    band: list[Run] = []
    for run in sorted(runs, key=lambda run: -run.baseline):
        if run.left < gutter - 1 and run.right > gutter - 1:
            if band:
                yield band
            yield [run]
            band = []
        else:
            band.append(run)
    if band:
        yield band


def _sides(band: Sequence[Run], gutter: float) -> tuple[list[Run], list[Run]]:
    left = [run for run in band if run.left < gutter - 1]
    right = [run for run in band if run.left >= gutter - 1]
    return left, right


def _is_in_columns(band: Sequence[Run], gutter: float) -> bool:
    left, right = _sides(band, gutter)
    if not (_is_text(left) and _is_text(right)):
        return False
    lower = max(min(run.baseline for run in side) for side in (left, right))
    upper = min(max(run.baseline for run in side) for side in (left, right))
    shorter = min(
        max(run.baseline for run in side) - min(run.baseline for run in side)
        for side in (left, right)
    )
    return upper - lower >= 0.5 * shorter


def _is_text(side: Sequence[Run]) -> bool:
    if len(side) < _FEWEST_LINES:
        return False
    lines = lines_of(side)
    width = max(line.right for line in lines) - min(line.left for line in lines)
    filled = median(line.right - line.left for line in lines)
    words = mean(len(line.text.split()) for line in lines)
    return len(lines) >= _FEWEST_LINES and words >= _FEWEST_WORDS and filled >= _FILLED * width

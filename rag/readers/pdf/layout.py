"""The columns of a page, in the order in which they are read.

Pure functions. Lengths are in points, the origin is at the lower left: a higher baseline is
further up the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, median

from rag.readers.blocks import split_where
from rag.readers.pdf.lines import Line, Run, lines_of
from rag.readers.pdf.page_content import Rule
from rag.readers.pdf.tables import fills_its_columns, table_spans, with_whole_rows

__all__ = ["Column", "columns_of"]


@dataclass(frozen=True, slots=True)
class Column:
    """Lines from top to bottom, with the edges between which their text is set."""

    lines: tuple[Line, ...]
    left: float
    right: float


# A column of text, as opposed to one of a table, has this many lines on each side of the gutter,
# this many words in a line, and lines that fill this share of its width.
_FEWEST_LINES, _FEWEST_WORDS, _FILLED = 4, 3.0, 0.5

# A page full of scattered words, as a map is, is not searched for ever.
_MOST_EDGES, _MOST_RUNS = 20, 3000


def columns_of(runs: Sequence[Run], rules: Sequence[Rule] = ()) -> list[Column]:
    """The columns of one page in reading order; a page of plain text has one.

    A table that stands across the page parts what is above it from what is below; ``rules`` that
    are drawn in it part its rows.
    """
    return [
        _column(with_whole_rows(lines_of(group), rules))
        for part in _between_tables(runs)
        for group in part
        if group
    ]


def _between_tables(runs: Sequence[Run]) -> Iterator[list[list[Run]]]:
    """The groups of runs that are columns, part by part of the page from top to bottom."""
    gutter = _gutter(list(runs))
    if gutter is None:
        yield [list(runs)]
        return
    lines = lines_of(runs)
    done = 0
    for first, end in table_spans(lines):
        rows = lines[first:end]
        left, right = min(row.left for row in rows), max(row.right for row in rows)
        if not left < gutter <= right or fills_its_columns(rows):
            continue
        yield list(_in_order([run for line in lines[done:first] for run in line.runs]))
        yield [[run for line in rows for run in line.runs]]
        done = end
    yield list(_in_order([run for line in lines[done:] for run in line.runs]))


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
    if len(runs) > _MOST_RUNS:
        return None
    starts = Counter(round(run.left / 3) * 3 for run in runs)
    best, most = None, 0
    for start, count in starts.most_common(_MOST_EDGES):
        if count < _FEWEST_LINES:
            break
        edge = min(run.left for run in runs if abs(run.left - start) <= 3)
        inside = sum(len(band) for band in _bands(runs, edge) if _is_in_columns(band, edge))
        if inside > most:
            best, most = edge, inside
    return best


def _bands(runs: Sequence[Run], gutter: float) -> Iterator[list[Run]]:
    """Runs from top to bottom, cut where one of them crosses the gutter; that one stands alone."""

    def crosses(run: Run) -> bool:
        return run.left < gutter - 1 < run.right

    return split_where(
        sorted(runs, key=lambda run: -run.baseline),
        lambda band, run: crosses(run) or crosses(band[-1]),
    )


def _sides(band: Sequence[Run], gutter: float) -> tuple[list[Run], list[Run]]:
    left = [run for run in band if run.left < gutter - 1]
    right = [run for run in band if run.left >= gutter - 1]
    return left, right


def _is_in_columns(band: Sequence[Run], gutter: float) -> bool:
    left, right = _sides(band, gutter)
    if not (_is_text(left) and _is_text(right)):
        return False
    lowest, highest = (
        [edge(run.baseline for run in side) for side in (left, right)] for edge in (min, max)
    )
    shorter = min(high - low for low, high in zip(lowest, highest, strict=True))
    return min(highest) - max(lowest) >= 0.5 * shorter


def _is_text(side: Sequence[Run]) -> bool:
    if len(side) < _FEWEST_LINES:
        return False
    lines = lines_of(side)
    width = max(line.right for line in lines) - min(line.left for line in lines)
    filled = median(line.right - line.left for line in lines)
    words = mean(len(line.text.split()) for line in lines)
    return len(lines) >= _FEWEST_LINES and words >= _FEWEST_WORDS and filled >= _FILLED * width

"""The columns of a page in the order in which they are read, and the tables in them.

Pure functions. Lengths are in points, the origin is at the lower left: a higher baseline is
further up the page.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean, median

from rag.readers.blocks import split_where
from rag.readers.pdf.figure_heads import FigureTable, with_headings
from rag.readers.pdf.lines import Line, Rule, Run, lines_of
from rag.readers.pdf.table_rows import table_spans, with_whole_rows


@dataclass(frozen=True, slots=True)
class Column:
    """Lines from top to bottom, with the edges between which their text is set.

    ``table`` is the table of figures with which it ends, and which may go on on the next page.
    """

    lines: tuple[Line, ...]
    left: float
    right: float
    table: FigureTable | None = None


# A column of text, as opposed to one of a table, has this many lines on each side of the gutter,
# this many words in a line, and lines that fill this share of its width.
_FEWEST_LINES, _FEWEST_WORDS, _FILLED = 4, 3.0, 0.5
_FULL = 0.7  # of its width: what looks like a table is text in columns side by side
_LONGEST_MARK = 3  # the mark of an item of a list stands apart from its words

# The last column may be shorter, if so many of the lines beside it go on in lower case, and its own
# are no further apart, in units of the font size.
_RUNNING, _CLOSE = 0.3, 1.6
_SENTENCE_END = re.compile(r"[^\W\d_]{2}[.?!][”’\")\]]*\s+[“‘\"(]?[^\W\d_]")

_ENDS = '.!?…”’")'

# Where so much is blank over all columns, in units of the font size, a headline begins what is
# below; it is larger than the text, or bold.
_BLANK, _LARGER = 1.8, 1.12

_MOST_BELOW = 2  # lines below a table that goes on

# In units of the font size: a gap so wide is none that justified text has. Where there are others,
# so much is blank between two columns, and most lines begin at one edge (in points).
_WIDE, _GUTTER, _MOST_AT_EDGE, _ALIGNED = 2.0, 0.7, 0.6, 3.0

# A page full of scattered words, as a map is, is not searched for ever.
_MOST_EDGES, _MOST_RUNS = 20, 3000


def columns_of(
    runs: Sequence[Run],
    rules: Sequence[Rule] = (),
    before: Sequence[Column] = (),
    gutters: Sequence[float] = (),
) -> list[Column]:
    """The columns of one page in reading order; a page of plain text has one.

    A table that stands across the page parts what is above it from what is below; ``rules`` that
    are drawn in it part its rows. ``before`` are the columns of the page before, ``gutters`` the
    left edges of columns that are known.
    """
    above = before[-1].table if before else None
    parts: list[list[Run]] = [[] for _ in range(len(gutters) + 1)]
    for run in runs:
        parts[bisect_right(gutters, run.left + 1)].append(run)
    groups = [group for part in parts for group in _between_tables(part, rules) if group]
    return [
        _column(lines_of(group), rules, None if at else above) for at, group in enumerate(groups)
    ]


def _column(lines: Sequence[Line], rules: Sequence[Rule], above: FigureTable | None) -> Column:
    """The lines with the rows of tables marked, those of figures with the names of columns."""
    found: list[Line] = []
    done = 0
    table: FigureTable | None = None
    for table in with_headings(lines, rules, above):
        found += [*with_whole_rows(lines[done : table.first], rules), *table.lines]
        done = table.end
    found += with_whole_rows(lines[done:], rules)
    left, right = min(line.left for line in found), max(line.right for line in found)
    goes_on = table is not None and len(lines) - done <= _MOST_BELOW
    return Column(tuple(found), left, right, table if goes_on else None)


def _between_tables(runs: Sequence[Run], rules: Sequence[Rule]) -> Iterator[Sequence[Run]]:
    """The groups of runs that are columns or tables, from the top of the page to the bottom."""
    gutter = _gutter(runs, rules)
    if gutter is None:
        yield runs
        return
    lines = lines_of(runs)
    done = 0
    for first, end in table_spans(lines):
        rows = lines[first:end]
        left, right = min(row.left for row in rows), max(row.right for row in rows)
        cells = [run for row in rows for run in row.runs]
        if not left < gutter <= right or _fills(_sides(cells, gutter)[0], gutter):
            continue
        yield from _in_order([run for line in lines[done:first] for run in line.runs], rules)
        yield cells
        done = end
    yield from _in_order([run for line in lines[done:] for run in line.runs], rules)


def _in_order(runs: list[Run], rules: Sequence[Rule]) -> Iterator[list[Run]]:
    """Groups of runs, each of which is one column, in reading order."""
    gutter = _gutter(runs, rules)
    if gutter is None:
        yield runs
        return
    whole: list[Run] = []
    for band in _whole_columns(_bands(runs, gutter, rules), gutter):
        if not _is_in_columns(band, gutter):
            whole += band
            continue
        if whole:
            yield from _in_order(whole, rules)
        whole = []
        left, right = _sides(band, gutter)
        yield from _in_order(left, rules)
        yield from _in_order(right, rules)
    if whole:
        yield whole


def _gutter(runs: Sequence[Run], rules: Sequence[Rule]) -> float | None:
    """The left edge of the column that has most text beside it on its left, if there is one.

    Of several, one that cuts the page into the fewest parts, as an article over two columns is to
    be read before the one below it.
    """
    if len(runs) > _MOST_RUNS:
        return None
    starts = Counter(round(run.left / 3) * 3 for run in runs)
    best, most = None, (0, 0)
    for start, count in starts.most_common(_MOST_EDGES):
        if count < 2:
            break
        edge = min(run.left for run in runs if abs(run.left - start) <= 3)
        bands = list(_bands(runs, edge, rules))
        inside = sum(len(band) for band in bands if _is_in_columns(band, edge))
        if inside and (inside, -len(bands)) > most:
            best, most = edge, (inside, -len(bands))
    return best


def _bands(runs: Sequence[Run], gutter: float, rules: Sequence[Rule]) -> Iterator[list[Run]]:
    """Runs from top to bottom, in parts that are read one after the other.

    They are cut where a run crosses the gutter, which stands alone, where a rule crosses it, and
    above a headline that has nothing beside it or close above it.
    """
    heights = [each.height for each in rules if each.left < gutter - 1 < each.right]
    ordered = sorted(runs, key=lambda run: -run.baseline)
    size = median(run.size for run in ordered) if ordered else 0.0
    mostly_bold = 2 * sum(run.bold for run in ordered) > len(ordered)

    def crosses(run: Run) -> bool:
        return run.left < gutter - 1 < run.right

    def begins(band: Sequence[Run], run: Run) -> bool:
        above = band[-1].baseline
        is_headline = run.size > _LARGER * size or (run.bold and not mostly_bold)
        return (
            crosses(run)
            or crosses(band[-1])
            or any(run.baseline < height < above for height in heights)
            or (is_headline and above - run.baseline > _BLANK * run.size)
        )

    return split_where(ordered, begins)


def _whole_columns(bands: Iterable[list[Run]], gutter: float) -> list[list[Run]]:
    """The bands, one that is the end of the left column put to what is above it.

    It has nothing beside it, as a shorter column has ended there, and its last sentence goes on.
    """
    found: list[list[Run]] = []
    for band in bands:
        is_left = all(run.right < gutter - 1 for run in band)
        goes_on = min(band, key=lambda run: (run.baseline, -run.right)).text[-1] not in _ENDS
        if found and is_left and goes_on and _is_in_columns(found[-1], gutter):
            found[-1] += band
        else:
            found.append(band)
    return found


def _sides(band: Sequence[Run], gutter: float) -> tuple[list[Run], list[Run]]:
    left = [run for run in band if run.left < gutter - 1]
    right = [run for run in band if run.left >= gutter - 1]
    return left, right


def _fills(left: Sequence[Run], gutter: float) -> bool:
    """Whether what is left of the gutter is full of words up to it, as text is and no table."""
    beside = [line.runs[-1] for line in lines_of(left)]
    words = mean(len(run.text.split()) for run in beside)
    share = median((run.right - run.left) / (gutter - run.left) for run in beside)
    return words >= _FEWEST_WORDS and share > _FULL


def _is_in_columns(band: Sequence[Run], gutter: float) -> bool:
    left, right = _sides(band, gutter)
    if not left or not right:
        return False
    blank = min(run.left for run in right) - max(run.right for run in left)
    spread = blank >= _GUTTER * median(run.size for run in band)
    if not (_is_text(left, spread=spread) and _is_text(right, spread=spread)):
        return _is_short_beside_text(left, right)
    lowest, highest = (
        [edge(run.baseline for run in side) for side in (left, right)] for edge in (min, max)
    )
    shorter = min(high - low for low, high in zip(lowest, highest, strict=True))
    return min(highest) - max(lowest) >= 0.5 * shorter


def _is_short_beside_text(left: Sequence[Run], right: Sequence[Run]) -> bool:
    """Whether one side is text and the other the few lines with which a column ends.

    Such lines are close together, and the text goes on from the left to the right; those on the
    right begin beside the first line in their size of type.
    """
    before, after = lines_of(left), lines_of(right)
    goes_on = after[0].text[0].islower() or before[-1].text[-1] in _ENDS
    if not goes_on:
        return False
    if _is_text(left):
        first = next((line for line in before if line.size == after[0].size), before[0])
        beside = abs(after[0].baseline - first.baseline) < _CLOSE * first.size
        return beside and _is_running(before) and _is_leftover(after)
    beside = before[0].baseline > after[0].baseline - _CLOSE * after[0].size
    return beside and _is_text(right) and _is_running(after) and _is_leftover(before)


def _is_running(lines: Sequence[Line]) -> bool:
    """Whether sentences end among the lines and go on from one to the next, as in no list."""
    others = lines[1:]
    goes_on = sum(line.text[0].islower() for line in others) >= _RUNNING * len(others)
    return goes_on and _SENTENCE_END.search(" ".join(line.text for line in lines)) is not None


def _is_leftover(lines: Sequence[Line]) -> bool:
    """Whether lines are close together and have words."""
    close = all(
        one.baseline - other.baseline < _CLOSE * other.size for one, other in pairwise(lines)
    )
    return close and mean(len(line.text.split()) for line in lines) >= _FEWEST_WORDS


def _is_text(side: Sequence[Run], *, spread: bool = False) -> bool:
    """Whether runs are lines of words about as long as one another, be it in several columns.

    Where lines may be ``spread``, as in a narrow column, gaps part their words into several runs.
    """
    lines = lines_of(side)
    if len(lines) < _FEWEST_LINES:
        return False
    if _are_lines([[run] for run in side]):
        return True
    if not spread:
        return False
    parts = [part for line in lines for part in split_where(line.runs, _is_wide_gap)]
    edges = Counter(round(line.left / _ALIGNED) for line in lines)
    begin_at_one_edge = max(edges.values()) >= _MOST_AT_EDGE * len(lines)
    return begin_at_one_edge and _are_lines(parts)


def _are_lines(parts: Sequence[Sequence[Run]]) -> bool:
    texts = [" ".join(run.text for run in part) for part in parts]
    long = [part for part, text in zip(parts, texts, strict=True) if len(text) > _LONGEST_MARK]
    widths = [part[-1].right - part[0].left for part in long] or [0.0]
    words = mean(len(text.split()) for text in texts)
    return words >= _FEWEST_WORDS and median(widths) >= _FILLED * max(widths)


def _is_wide_gap(part: Sequence[Run], run: Run) -> bool:
    return run.left - part[-1].right > _WIDE * run.size

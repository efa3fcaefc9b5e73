"""Tables: lines whose cells stand under one another, and rows whose cells go on over lines.

Pure functions on the lines of :mod:`rag.readers.pdf.layout`, from top to bottom.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice, pairwise
from statistics import mean, median

from rag.readers.blocks import split_where
from rag.readers.pdf.lines import Line
from rag.readers.pdf.page_content import Rule

# In points: cells whose left edges, right edges or middles differ by less are in one column.
_ALIGNED = 2.0

# In units of the font size: lines further apart are no rows of one table; a gap between cells so
# wide is none that justified text has; lines of one cell are no further apart.
_FURTHEST, _WIDE, _LEADING = 4.0, 2.0, 1.5

# So many rows above a line show what columns there are, as some cells may be empty.
_ROWS_ABOVE = 3

# The gap between rows is so many times that between the lines of one cell.
_ROW_GAP = 1.25

# Rules part the rows of a table when they are drawn over so much of its width.
_RULED = 0.6

_LIST_MARK = re.compile(r"\W{1,2}|\(?\w{1,4}[.)]|\d{1,2}(?:\.\d{1,2})+")


def table_spans(lines: Sequence[Line]) -> list[tuple[int, int]]:
    """The tables among ``lines``, each as its first line and the one after its last."""
    spans: list[tuple[int, int]] = []
    at = 0
    while at < len(lines) - 1:
        end = _end_of_table(lines, at)
        if end:
            spans.append((at, end))
        at = end or at + 1
    return spans


def _end_of_table(lines: Sequence[Line], first: int) -> int | None:
    """The line after the table that begins at ``first``, None where none begins."""
    if not _is_row(lines[first]):
        return None
    end = first + 1
    while end < len(lines) and _goes_on(lines[first:end], lines[end]):
        end += 1
    while end > first + 1 and not _is_row(lines[end - 1]) and not _is_inside(lines[first:end]):
        end -= 1
    return end if _is_table([line for line in lines[first:end] if _is_row(line)]) else None


def _is_row(line: Line) -> bool:
    return len(line.runs) > 1 and not (
        len(line.runs) == 2 and _LIST_MARK.fullmatch(line.runs[0].text)
    )


def _goes_on(rows: Sequence[Line], line: Line) -> bool:
    """Whether ``line`` stands under the cells of ``rows``."""
    last = rows[-1]
    if last.baseline - line.baseline > _FURTHEST * max(last.size, line.size):
        return False
    above = islice(filter(_is_row, reversed(rows)), _ROWS_ABOVE)
    return any(
        _columns(row, line) > 0
        and _columns(row, line, after_first=True) >= len(line.runs) // 2
        and not _crosses(row, line)
        for row in above
    )


def _is_inside(rows: Sequence[Line]) -> bool:
    """Whether the last line, of one cell, is closer to the row above than rows are."""
    *above, line = rows
    return above[-1].baseline - line.baseline < _LEADING * line.size


def _columns(row: Line, line: Line, *, after_first: bool = False) -> int:
    """How many cells of ``line`` stand under a cell of ``row``."""
    begin = 1 if after_first else 0
    return sum(
        any(_is_under(line, at, row, above) for above in range(begin, len(row.runs)))
        for at in range(begin, len(line.runs))
    )


def _is_under(line: Line, at: int, row: Line, above: int) -> bool:
    run, cell = line.runs[at], row.runs[above]
    if abs(run.left - cell.left) < _ALIGNED:
        return True
    # The last words of justified lines end at one edge too.
    justified = at == len(line.runs) - 1 and not any(map(str.isdigit, run.text))
    apart = _gap_before(line, at) > _WIDE and _gap_before(row, above) > _WIDE and not justified
    middles = abs(run.left + run.right - cell.left - cell.right) < 2 * _ALIGNED
    return apart and (abs(run.right - cell.right) < _ALIGNED or middles)


def _gap_before(line: Line, at: int) -> float:
    """The gap before a cell in units of the font size; before the first there is no end to it."""
    if at == 0:
        return float("inf")
    return (line.runs[at].left - line.runs[at - 1].right) / line.size


def _crosses(row: Line, line: Line) -> bool:
    """Whether a run of ``line`` reaches from the column of one cell of ``row`` into another."""
    return any(
        sum(run.left < cell.right and cell.left < run.right for cell in row.runs) > 1
        for run in line.runs
    )


def _is_table(rows: Sequence[Line]) -> bool:
    pairs = list(pairwise(rows))
    if any(_columns(one, other, after_first=True) > 1 for one, other in pairs):
        return True
    wide = all(
        max(b.left - a.right for a, b in pairwise(row.runs)) > _WIDE * row.size for row in rows
    )
    return len(rows) > 2 or (len(rows) == 2 and wide)


def fills_its_columns(lines: Sequence[Line]) -> bool:
    """Whether a column of ``lines`` other than the last is full of words, as columns of text are.

    Then what looks like a table may be text in columns side by side.
    """
    rows = [line for line in lines if len(line.runs) > 1]
    starts = sorted({round(run.left) for line in rows for run in line.runs})
    for start in starts:
        found = [
            (run, after)
            for line in rows
            for run, after in pairwise(line.runs)
            if abs(run.left - start) < _ALIGNED
        ]
        if 2 * len(found) < len(rows):
            continue
        words = mean(len(run.text.split()) for run, _ in found)
        share = median((run.right - run.left) / (after.left - run.left + 1) for run, after in found)
        if words >= 3 and share > 0.7:
            return True
    return False


def with_whole_rows(lines: Sequence[Line], rules: Sequence[Rule] = ()) -> list[Line]:
    """``lines`` with the rows of tables marked, and the lines of one row put into one.

    Rows are what is between ``rules`` that are drawn over most of the table, if there are any.
    """
    found: list[Line] = []
    done = 0
    for first, end in table_spans(lines):
        table = lines[first:end]
        columns = _column_edges(table)
        found += lines[done:first]
        found += [_row(group, columns) for group in _rows(table, _heights(table, rules))]
        done = end
    return [*found, *lines[done:]]


def _heights(table: Sequence[Line], rules: Sequence[Rule]) -> list[float]:
    """How high the rules stand that part the rows of a table, two at the least."""
    left, right = min(line.left for line in table), max(line.right for line in table)
    top, bottom = table[0].baseline, table[-1].baseline
    drawn: dict[int, float] = {}
    for rule in rules:
        if bottom < rule.height < top:
            shared = min(right, rule.right) - max(left, rule.left)
            drawn[round(rule.height)] = drawn.get(round(rule.height), 0.0) + max(0.0, shared)
    heights = [height for height, length in drawn.items() if length > _RULED * (right - left)]
    return [float(height) for height in heights] if len(heights) > 1 else []


def _rows(lines: Sequence[Line], heights: Sequence[float]) -> Iterator[list[Line]]:
    """Without rules, a line goes on with the row above when it has fewer cells and is close."""
    widest = max((a.baseline - b.baseline for a, b in pairwise(lines)), default=0.0)

    def begins(row: Sequence[Line], line: Line) -> bool:
        last = row[-1].baseline
        if heights:
            return any(line.baseline < height < last for height in heights)
        gap = last - line.baseline
        close = gap * _ROW_GAP < widest and gap < _LEADING * line.size
        return not close or len(line.runs) >= len(row[0].runs)

    return split_where(lines, begins)


def _column_edges(table: Sequence[Line]) -> list[float]:
    """The left edges of the columns: where no cell reaches from one into the next."""
    cells = sorted((run.left, run.right) for line in table for run in line.runs if _is_row(line))
    edges: list[float] = []
    end = float("-inf")
    for left, right in cells:
        if left >= end:
            edges.append(left)
        end = max(end, right)
    return edges


def _row(group: Sequence[Line], edges: Sequence[float]) -> Line:
    head = group[0]
    if len(group) == 1:
        return replace(head, row=True)
    runs = sorted(
        (run for line in group for run in line.runs),
        key=lambda run: (bisect_right(edges, run.left + _ALIGNED), -run.baseline, run.left),
    )
    return replace(
        head,
        text=" ".join(run.text for run in runs),
        left=min(line.left for line in group),
        right=max(line.right for line in group),
        baseline=group[-1].baseline,
        runs=tuple(runs),
        row=True,
    )

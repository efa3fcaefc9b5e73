"""The tables among the lines of a page of a PDF, and their rows.

Pure functions. Lengths are in points, the origin is at the lower left: a higher baseline is
further up the page.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from rag.readers.blocks import split_where
from rag.readers.pdf.lines import Line, Rule, row_of_lines

# In points: cells whose left edges, right edges or middles differ by less are in one column.
_ALIGNED = 2.0

# In units of the font size: lines further apart are no rows of one table; a gap between cells so
# wide is none that justified text has; lines of one cell are no further apart.
_FURTHEST, _WIDE, _LEADING = 4.0, 2.0, 1.5

# So many rows above a line show what columns there are, as some cells may be empty. The gap between
# rows is so many times that between the lines of one cell. Rules over so much of a table part rows.
_ROWS_ABOVE, _ROW_GAP, _RULED = 3, 1.25, 0.6

_LIST_MARK = re.compile(r"\W{1,2}|\(?\w{1,4}[.)]|\d{1,2}(?:\.\d{1,2})+")


def table_spans(lines: Sequence[Line]) -> list[tuple[int, int]]:
    """The tables among ``lines``, each as its first line and the one after its last."""
    spans: list[tuple[int, int]] = []
    for first, line in enumerate(lines):
        if not _is_row(line) or (spans and first < spans[-1][1]):
            continue
        end = first + 1
        while end < len(lines) and _goes_on(lines[first:end], lines[end]):
            end += 1
        # A last line of one cell belongs to a row if it is closer to it than rows are.
        while not _is_row(lines[end - 1]) and _are_apart(lines[end - 2], lines[end - 1]):
            end -= 1
        if _is_table([line for line in lines[first:end] if _is_row(line)]):
            spans.append((first, end))
    return spans


def _is_row(line: Line) -> bool:
    return len(line.runs) > 1 and not (
        len(line.runs) == 2 and _LIST_MARK.fullmatch(line.runs[0].text)
    )


def _is_table(rows: Sequence[Line]) -> bool:
    """Whether rows are more than two, or two with several columns or wide gaps between cells."""
    gaps = [max(b.left - a.right for a, b in pairwise(row.runs)) for row in rows]
    wide = all(gap > _WIDE * row.size for gap, row in zip(gaps, rows, strict=True))
    return len(rows) > 2 or (
        len(rows) == 2 and (wide or _columns(rows[0], rows[1], after_first=True) > 1)
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


def _are_apart(above: Line, line: Line) -> bool:
    return above.baseline - line.baseline >= _LEADING * line.size


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


def with_whole_rows(lines: Sequence[Line], rules: Sequence[Rule]) -> list[Line]:
    """``lines`` with the rows of tables marked, and the lines of one row put into one.

    Rows are what is between ``rules`` that are drawn over most of the table, if there are any.
    """
    found: list[Line] = []
    done = 0
    for first, end in table_spans(lines):
        table = lines[first:end]
        columns = _column_edges(table)
        found += lines[done:first]
        found += [row_of_lines(group, columns) for group in _rows(table, _heights(table, rules))]
        done = end
    return [*found, *lines[done:]]


def _heights(table: Sequence[Line], rules: Sequence[Rule]) -> list[float]:
    """How high the rules stand that part the rows of a table, two at the least."""
    left, right = min(line.left for line in table), max(line.right for line in table)
    top, bottom = table[0].baseline, table[-1].baseline
    drawn: defaultdict[float, float] = defaultdict(float)
    for rule in rules:
        if bottom < rule.height < top:
            shared = min(right, rule.right) - max(left, rule.left)
            drawn[round(rule.height)] += max(0.0, shared)
    heights = [height for height, length in drawn.items() if length > _RULED * (right - left)]
    return heights if len(heights) > 1 else []


def _rows(lines: Sequence[Line], heights: Sequence[float]) -> Iterator[list[Line]]:
    """Without rules, a line goes on with the row above when it has fewer cells and is close."""
    widest = max((a.baseline - b.baseline for a, b in pairwise(lines)), default=0.0)

    def begins(row: Sequence[Line], line: Line) -> bool:
        last = row[-1].baseline
        if heights:
            return any(line.baseline < height < last for height in heights)
        close = (last - line.baseline) * _ROW_GAP < widest and not _are_apart(row[-1], line)
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

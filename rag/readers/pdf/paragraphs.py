"""Lines become paragraphs: by spacing, indentation, lists, and lines that end early.

Pure functions on the columns of :mod:`rag.readers.pdf.layout`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from statistics import median_high

from rag.readers.pdf.joining import append, notes_apart
from rag.readers.pdf.layout import Column, Paragraph
from rag.readers.pdf.lines import Line
from rag.readers.pdf.setting import (
    BROKEN_WORD,
    CLAUSE_END,
    INDENT,
    LEADERS,
    LIST_ITEM,
    SENTENCE_END,
    ends_early,
    same_size,
)
from rag.readers.transcripts import starts_with_label

__all__ = ["body_size", "paragraphs_of"]

# In units of the usual spacing, and of the font size.
_WIDER_SPACING, _USUAL_SPACING = 1.2, 1.2

# A line that fills less of its column ended early whatever its punctuation.
_HALF_EMPTY = 0.6


def paragraphs_of(pages: Sequence[Sequence[Column]]) -> list[Paragraph]:
    """The paragraphs of a document in order; one may go on over columns and pages.

    Notes come at the end of their page; where its last paragraph goes on, before that paragraph.
    """
    columns = [column for page in pages for column in page]
    spacing = _usual_spacing(columns)
    body = body_size(columns)
    edges = _common_edges(columns)
    found: list[Paragraph] = []
    for number, page in enumerate(pages, start=1):
        open_note = (
            bool(found) and found[-1].is_note and not SENTENCE_END.search(found[-1].lines[-1].text)
        )
        notes: list[Paragraph] = []
        for column in _with_common_edges(page, edges):
            parts = list(_split(column, spacing))
            here = [Paragraph(part, [number] * len(part), column) for part in parts]
            text, below = notes_apart(here, body, open_note=open_note)
            append(found, text)
            notes += below
        found += notes
    return found


def body_size(columns: Iterable[Column]) -> float:
    """The font size in which most characters are set."""
    sizes: Counter[float] = Counter()
    for column in columns:
        for line in column.lines:
            sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _common_edges(columns: Iterable[Column]) -> dict[int, float]:
    """For each left edge, in whole points, the right edge that is the median of its columns."""
    beside: dict[int, list[float]] = {}
    for column in columns:
        for left in range(round(column.left) - 1, round(column.left) + 2):
            beside.setdefault(left, []).append(column.right)
    return {left: median_high(edges) for left, edges in beside.items()}


def _with_common_edges(page: Sequence[Column], edges: dict[int, float]) -> list[Column]:
    """A page that holds little text is as wide as the others that begin at the same edge."""
    if len(page) != 1:
        return list(page)
    (column,) = page
    right = max(column.right, edges[round(column.left)])
    return [Column(column.lines, column.left, right)]


def _usual_spacing(columns: Iterable[Column]) -> dict[float, float]:
    """The most frequent distance of baselines for each font size, in points."""
    distances: dict[float, Counter[float]] = {}
    for column in columns:
        for line, following in zip(column.lines, column.lines[1:], strict=False):
            distance = line.baseline - following.baseline
            if line.size == following.size and 0.8 * line.size < distance < 3 * line.size:
                distances.setdefault(line.size, Counter())[round(distance * 2) / 2] += 1
    return {size: _most_frequent(counted) for size, counted in distances.items()}


def _most_frequent(counted: Counter[float]) -> float:
    # Two spacings next to one another are one that was rounded two ways; ties go to the narrower.
    return min(counted, key=lambda each: (-counted[each] - counted[each + 0.5], each)) + 0.25


def _split(column: Column, spacing: dict[float, float]) -> Iterator[list[Line]]:
    part: list[Line] = []
    for line in column.lines:
        if part and _begins(part, line, column, spacing):
            yield part
            part = []
        part.append(line)
    if part:
        yield part


def _begins(part: Sequence[Line], line: Line, column: Column, spacing: dict[float, float]) -> bool:
    """Whether ``line`` begins a paragraph after the lines ``part`` of the one before it."""
    last = part[-1]
    usual = spacing.get(last.size, _USUAL_SPACING * last.size)
    distance = last.baseline - line.baseline
    if distance > _WIDER_SPACING * usual or not same_size(last, line) or line.marked:
        return True
    if last.row or line.row:
        return True
    if LEADERS.search(last.text) or _are_rows(last, line, column):
        return True
    early = ends_early(last, line, column)
    goes_on = line.text[0].islower() and not CLAUSE_END.search(last.text)
    if last.bold != line.bold and (early or not goes_on):
        return True
    closed = early or CLAUSE_END.search(last.text) is not None
    if closed and (LIST_ITEM.match(line.text) or starts_with_label(line.text)):
        return True
    if _is_centred(last, line, column):
        return False
    return _is_indented(part, line) or (early and _is_end(last, line, column))


def _are_rows(last: Line, line: Line, column: Column) -> bool:
    """Whether both are rows of a table: their cells after the first stand under one another.

    Wide gaps alone say nothing, as justified text has them too.
    """
    edge = column.right - line.size
    aligned = sum(
        any(
            abs(run.left - above.left) < 2
            or (abs(run.right - above.right) < 2 and run.right < edge)
            for above in last.runs[1:]
        )
        for run in line.runs[1:]
    )
    return aligned >= 2


def _is_end(last: Line, line: Line, column: Column) -> bool:
    if line.text[0].islower() or BROKEN_WORD.search(last.text):
        return False
    filled = (last.right - column.left) / max(1.0, column.right - column.left)
    return SENTENCE_END.search(last.text) is not None or filled < _HALF_EMPTY


def _is_centred(last: Line, line: Line, column: Column) -> bool:
    middle = (column.left + column.right) / 2
    return all(
        abs((each.left + each.right) / 2 - middle) < each.size
        and each.left > column.left + each.size
        for each in (last, line)
    )


def _is_indented(part: Sequence[Line], line: Line) -> bool:
    """A first line is set in, or a passage that was set in has ended."""
    last, step = part[-1], INDENT * line.size
    if line.left > last.left + step:
        hangs = len(part) == 1 and LIST_ITEM.match(last.text) is not None
        return not hangs
    return len(part) > 1 and line.left < last.left - step

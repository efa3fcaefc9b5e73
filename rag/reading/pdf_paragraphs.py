"""Lines become paragraphs: by spacing, indentation, lists, and lines that end early.

Pure functions on the columns of :mod:`rag.reading.pdf_layout`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rag.reading.pdf_layout import Column, Line
from rag.reading.turns import starts_with_label

__all__ = ["Paragraph", "paragraphs_of"]

_LIST_ITEM = re.compile(
    r"(?:[-*•‣▪◦●○■□–—]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxlIVXL]{2,5})[.)]|\d{1,2}(?:\.\d{1,2})+\.?)\s+\S"
)
_SENTENCE_END = re.compile(r"[.?!…][\"”’'»)\]]*\d{0,3}$")
_CLAUSE_END = re.compile(r"[.?!…:;,][\"”’'»)\]]*\d{0,3}$")
_BROKEN_WORD = re.compile(r"\w[-‐\xad]$")
_LEADERS = re.compile(r"(?:\.\s?){4,}\s*\S{0,6}$")
_NOTE_MARK = re.compile(r"(?:\d{1,3}|[*†‡§])\s?\S")

# All in units of the font size, but for the first, which is in units of the usual spacing.
_WIDER_SPACING, _INDENT, _SLACK = 1.2, 0.8, 1.0
_SAME_SIZE = 0.08
_USUAL_SPACING = 1.2

# A line that fills less of its column ended early whatever its punctuation.
_HALF_EMPTY = 0.6


@dataclass(slots=True)
class Paragraph:
    """Lines that belong together, with the physical page (from 1) and the column of each."""

    lines: list[Line]
    pages: list[int]
    column: Column
    is_note: bool = False
    level: int | None = field(default=None)

    @property
    def size(self) -> float:
        """The font size of most of its characters."""
        sizes: Counter[float] = Counter()
        for line in self.lines:
            sizes[line.size] += len(line.text)
        return sizes.most_common(1)[0][0]

    @property
    def bold(self) -> bool:
        """Whether all of it is bold."""
        return all(line.bold for line in self.lines)

    @property
    def text(self) -> str:
        """Its lines joined by spaces, hyphens and all; for looking at, not for keeping."""
        return " ".join(line.text for line in self.lines)


def paragraphs_of(pages: Sequence[Sequence[Column]]) -> list[Paragraph]:
    """The paragraphs of a document in order; one may go on over columns and pages.

    On a page whose last paragraph goes on, the notes at its foot come before that paragraph.
    """
    columns = [column for page in pages for column in page]
    spacing = _usual_spacing(columns)
    body = body_size(columns)
    found: list[Paragraph] = []
    for number, page in enumerate(pages, start=1):
        for column in _with_common_edges(page, columns):
            parts = list(_split(column, spacing))
            here = [Paragraph(part, [number] * len(part), column) for part in parts]
            _mark_notes(here, body)
            _append(found, here)
    return found


def body_size(columns: Iterable[Column]) -> float:
    """The font size in which most characters are set."""
    sizes: Counter[float] = Counter()
    for column in columns:
        for line in column.lines:
            sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _with_common_edges(page: Sequence[Column], columns: Sequence[Column]) -> list[Column]:
    """A page that holds little text is as wide as the others that begin at the same edge."""
    result = []
    for column in page:
        beside = [each.right for each in columns if abs(each.left - column.left) < 2]
        right = max(column.right, sorted(beside)[len(beside) // 2]) if len(page) == 1 else None
        result.append(Column(column.lines, column.left, right or column.right))
    return result


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
    if distance > _WIDER_SPACING * usual or not _same_size(last, line):
        return True
    if _LEADERS.search(last.text) or _are_rows(last, line, column):
        return True
    early = _ends_early(last, line, column)
    goes_on = line.text[0].islower() and not _CLAUSE_END.search(last.text)
    if last.bold != line.bold and (early or not goes_on):
        return True
    closed = early or _CLAUSE_END.search(last.text) is not None
    if closed and (_LIST_ITEM.match(line.text) or starts_with_label(line.text)):
        return True
    if _is_centred(last, line, column):
        return False
    return _is_indented(part, line) or (early and _is_end(last, line, column))


def _same_size(one: Line, other: Line) -> bool:
    return abs(one.size - other.size) <= _SAME_SIZE * max(one.size, other.size)


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


def _ends_early(line: Line, following: Line, column: Column) -> bool:
    """Whether the first word of ``following`` would have fitted at the end of ``line``."""
    word = following.text.split(maxsplit=1)[0]
    width = (following.right - following.left) * len(word) / len(following.text)
    return line.right + width + (0.3 + _SLACK) * line.size < column.right


def _is_end(last: Line, line: Line, column: Column) -> bool:
    if line.text[0].islower() or _BROKEN_WORD.search(last.text):
        return False
    filled = (last.right - column.left) / max(1.0, column.right - column.left)
    return _SENTENCE_END.search(last.text) is not None or filled < _HALF_EMPTY


def _is_centred(last: Line, line: Line, column: Column) -> bool:
    middle = (column.left + column.right) / 2
    return all(
        abs((each.left + each.right) / 2 - middle) < each.size
        and each.left > column.left + each.size
        for each in (last, line)
    )


def _is_indented(part: Sequence[Line], line: Line) -> bool:
    """A first line is set in, or a passage that was set in has ended."""
    last, step = part[-1], _INDENT * line.size
    if line.left > last.left + step:
        hangs = len(part) == 1 and _LIST_ITEM.match(last.text) is not None
        return not hangs
    return len(part) > 1 and line.left < last.left - step


def _mark_notes(here: Sequence[Paragraph], body: float) -> None:
    """The paragraphs in small print at the foot of a column, if the first has a note's mark."""
    foot = []
    for paragraph in reversed(here):
        if paragraph.size > (1 - _SAME_SIZE) * body:
            break
        foot.append(paragraph)
    while foot and not _NOTE_MARK.match(foot[-1].text):
        foot.pop()
    for paragraph in foot:
        paragraph.is_note = True


def _append(found: list[Paragraph], here: list[Paragraph]) -> None:
    """Add the paragraphs of a column; the first may go on with one that was not finished."""
    notes = 0
    while notes < len(found) and found[-1 - notes].is_note:
        notes += 1
    before = found[-1 - notes] if notes < len(found) else None
    if not here or before is None or not _goes_on(before, here[0]):
        found += here
        return
    if notes and before.pages[0] != found[-1].pages[0]:
        found += here  # the notes would get into the middle of the paragraph
        return
    if notes:
        found.append(found.pop(-1 - notes))
    first = here[0]
    before.lines += first.lines
    before.pages += first.pages
    before.column = first.column
    found += here[1:]


def _goes_on(before: Paragraph, after: Paragraph) -> bool:
    """Whether the text at the end of one column goes on at the top of the next."""
    last, first = before.lines[-1], after.lines[0]
    if after.is_note or before.is_note or not _same_size(last, first) or last.bold != first.bold:
        return False
    if _LIST_ITEM.match(first.text) or starts_with_label(first.text) or last.text.endswith(":"):
        return False
    if _LEADERS.search(last.text):
        return False
    if first.text[0].islower() and not _SENTENCE_END.search(last.text):
        return True
    indented = first.left > after.column.left + _INDENT * first.size
    return not indented and not _ends_early(last, first, before.column) and not first.bold

"""Paragraphs: lines that belong together, over columns and pages; notes at the foot of a page.

Pure functions on the columns of :mod:`rag.readers.pdf.layout`. A paragraph begins where the
spacing is wider, a line is set in, the type changes, or the line before ended early. Columns that
are written from right to left are looked at in a mirror, so that a line begins at its left.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from statistics import median_high

from rag.language.scripts import is_right_to_left
from rag.readers.blocks import split_where
from rag.readers.pdf.layout import Column
from rag.readers.pdf.lines import Line
from rag.readers.timed_turns import begins_timed_turn
from rag.readers.transcripts import starts_with_label

_LIST_ITEM = re.compile(
    r"(?:[-*•‣▪◦●○■□–—]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxlIVXL]{2,5})[.)]|\d{1,2}(?:\.\d{1,2})+\.?)\s+\S"
)
_SENTENCE_END = re.compile(r"[.?!…][\"”’'»)\]]*\d{0,3}$")
_CLAUSE_END = re.compile(r"[.?!…:;,][\"”’'»)\]]*\d{0,3}$")
_BROKEN_WORD = re.compile(r"\w[-‐\xad]$")
_NOTE_MARK = re.compile(r"(?:\d{1,3}|[*†‡§])\s?\S")

# The dots before a page number in a table of contents.
_LEADERS = re.compile(r"(?<!\.)(?<!\.\s)(?:\.\s?){4,}+\s*\S{0,6}$")

# The end of a sentence inside a line; an abbreviation has fewer letters, or is followed by none.
_INNER_END = re.compile(r"[^\W\d_A-Z]{3}[.?!][”’\")\]]*\s+(?=[“‘\"(]?[A-Z])")

# In units of the font size: how far a first line is set in; how much room is left at the end of a
# line that ends early; the usual spacing, where the document does not show it.
_INDENT, _SLACK, _USUAL_SPACING = 0.8, 1.3, 1.2

# So many times the usual spacing parts paragraphs; sizes that differ by less are the same.
_WIDER_SPACING, _SAME_SIZE = 1.2, 0.08

# A line that fills less of its column ended early whatever its punctuation.
_HALF_EMPTY = 0.6

# Notes are set in so much smaller type than the text.
_SMALL = 0.92


@dataclass(slots=True)
class Paragraph:
    """Lines that belong together, with the physical page (from 1) of each, and their column.

    ``level`` is that of a heading, 1 the outermost; None for other text. ``is_aside`` says that it
    is no part of the text of the document, see :class:`rag.schema.Aside`.
    """

    lines: list[Line]
    pages: list[int]
    column: Column
    is_note: bool = False
    level: int | None = None
    is_aside: bool = False

    @property
    def size(self) -> float:
        """The font size of most of its characters."""
        return _most_used_size(self.lines)

    @property
    def bold(self) -> bool:
        """Whether all of it is bold."""
        return all(line.bold for line in self.lines)

    @property
    def text(self) -> str:
        """Its lines joined by spaces, hyphens and all; for looking at, not for keeping."""
        return " ".join(line.text for line in self.lines)

    def cut(self, begin: int, end: int | None = None) -> Paragraph:
        """The part of it with the lines ``[begin, end)``."""
        return replace(self, lines=self.lines[begin:end], pages=self.pages[begin:end])


def paragraphs_of(pages: Sequence[Sequence[Column]]) -> list[Paragraph]:
    """The paragraphs of a document in order; one may go on over columns and pages.

    Notes come at the end of their page; where its last paragraph goes on, before that paragraph.
    """
    pages = [[_from_the_left(column) for column in page] for page in pages]
    columns = [column for page in pages for column in page]
    spacing = _usual_spacing(columns)
    body = body_size(columns)
    edges = _common_edges(columns)
    found: list[Paragraph] = []
    for number, page in enumerate(pages, start=1):
        open_note = bool(found) and found[-1].is_note and not _ends_sentence(found[-1])
        notes: list[Paragraph] = []
        for column in _with_common_edges(page, edges):
            here = [
                Paragraph(part, [number] * len(part), column)
                for part in split_where(column.lines, partial(_begins, column, spacing))
            ]
            text, below = _notes_apart(here, body, open_note=open_note)
            _append(found, text)
            notes += below
        found += notes
    return found


def _from_the_left(column: Column) -> Column:
    """The column as it is, or its mirror image where it is written from right to left."""
    if not is_right_to_left("".join(line.text for line in column.lines)):
        return column
    lines = tuple(replace(line, left=-line.right, right=-line.left) for line in column.lines)
    return Column(lines, -column.right, -column.left)


def body_size(columns: Iterable[Column]) -> float:
    """The font size in which most characters are set; 0 where there are none."""
    return _most_used_size(line for column in columns for line in column.lines)


def _most_used_size(lines: Iterable[Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _ends_sentence(paragraph: Paragraph) -> bool:
    return _SENTENCE_END.search(paragraph.lines[-1].text) is not None


def _same_size(one: Line, other: Line) -> bool:
    return abs(one.size - other.size) <= _SAME_SIZE * max(one.size, other.size)


def _ends_early(line: Line, following: Line, column: Column) -> bool:
    """Whether the first word of ``following`` would have fitted at the end of ``line``."""
    word = following.text.split(maxsplit=1)[0]
    width = (following.right - following.left) * len(word) / len(following.text)
    return line.right + width + _SLACK * line.size < column.right


def _common_edges(columns: Iterable[Column]) -> dict[int, float]:
    """For each left edge, in whole points, the right edge that is the median of its columns."""
    beside: dict[int, list[float]] = {}
    for column in columns:
        for left in range(round(column.left) - 1, round(column.left) + 2):
            beside.setdefault(left, []).append(column.right)
    return {left: median_high(edges) for left, edges in beside.items()}


def _with_common_edges(page: Sequence[Column], edges: dict[int, float]) -> Sequence[Column]:
    """A page that holds little text is as wide as the others that begin at the same edge."""
    if len(page) != 1:
        return page
    (column,) = page
    return [replace(column, right=max(column.right, edges[round(column.left)]))]


def _usual_spacing(columns: Iterable[Column]) -> dict[float, float]:
    """The most frequent distance of baselines for each font size, in points."""
    distances: dict[float, Counter[float]] = {}
    for column in columns:
        for line, following in pairwise(column.lines):
            distance = line.baseline - following.baseline
            if line.size == following.size and 0.8 * line.size < distance < 3 * line.size:
                distances.setdefault(line.size, Counter())[round(distance * 2) / 2] += 1
    return {size: _most_frequent(counted) for size, counted in distances.items()}


def _most_frequent(counted: Counter[float]) -> float:
    # Two spacings next to one another are one that was rounded two ways; ties go to the narrower.
    return min(counted, key=lambda each: (-counted[each] - counted[each + 0.5], each)) + 0.25


# One column.


def _begins(column: Column, spacing: dict[float, float], part: Sequence[Line], line: Line) -> bool:
    """Whether ``line`` begins a paragraph after the lines ``part`` of the one before it."""
    last = part[-1]
    usual = spacing.get(last.size, _USUAL_SPACING * last.size)
    if last.baseline - line.baseline > _WIDER_SPACING * usual or not _same_size(last, line):
        return True
    if line.marked or last.row or line.row or _LEADERS.search(last.text):
        return True
    early = _ends_early(last, line, column)
    closed = _CLAUSE_END.search(last.text) is not None
    if last.bold != line.bold and (early or closed or not line.text[0].islower()):
        return True
    if (early or closed) and (_LIST_ITEM.match(line.text) or _begins_turn(line.text)):
        return True
    if _is_centred(last, column) and _is_centred(line, column):
        return False
    return _is_indented(part, line) or (early and _is_end(last, line, column))


def _is_end(last: Line, line: Line, column: Column) -> bool:
    if line.text[0].islower() or _BROKEN_WORD.search(last.text):
        return False
    filled = (last.right - column.left) / max(1.0, column.right - column.left)
    return _SENTENCE_END.search(last.text) is not None or filled < _HALF_EMPTY


def _is_centred(line: Line, column: Column) -> bool:
    apart = abs(line.left + line.right - column.left - column.right) / 2
    return apart < line.size and line.left > column.left + line.size


def _is_indented(part: Sequence[Line], line: Line) -> bool:
    """A first line is set in, or a passage that was set in has ended."""
    last, step = part[-1], _INDENT * line.size
    if line.left > last.left + step:
        hangs = len(part) == 1 and _LIST_ITEM.match(last.text) is not None
        return not hangs
    return len(part) > 1 and line.left < last.left - step


# Notes.


def _notes_apart(
    here: Sequence[Paragraph], body: float, *, open_note: bool
) -> tuple[Sequence[Paragraph], list[Paragraph]]:
    """The paragraphs of one column that are its text, and the notes at its foot.

    Notes begin with a mark, raised or before small print. Small print without one are notes too if
    they stand between a sentence and its end, or if the last note before is not ended
    (``open_note``).
    """
    first = len(here)
    while first and (here[first - 1].size <= _SMALL * body or here[first - 1].lines[0].marked):
        first -= 1
    between = first > 0 and _CLAUSE_END.search(here[first - 1].lines[-1].text) is None
    if not (open_note and first) and not between:
        while first < len(here) and not _begins_with_mark(here[first]):
            first += 1
    return here[:first], [replace(paragraph, is_note=True) for paragraph in here[first:]]


def _begins_with_mark(paragraph: Paragraph) -> bool:
    return paragraph.lines[0].marked or _NOTE_MARK.match(paragraph.text) is not None


# Over columns and pages.


def _append(found: list[Paragraph], here: Sequence[Paragraph]) -> None:
    """Add the paragraphs of a column; the first may go on with one that was not finished."""
    last = len(found) - 1
    while last >= 0 and found[last].is_note:
        last -= 1
    notes = found[last + 1 :]
    if not here or last < 0 or not _goes_on(found[last], here[0]):
        found += here
        return
    before = found[last]
    if notes and (notes[-1].pages[0] != notes[0].pages[0] or notes[0].pages[0] not in before.pages):
        found += here  # a page of notes only stands between the parts
        return
    if notes:
        earlier, before = _before_notes(before, notes[0].pages[0])
        found[last:] = [*earlier, *notes, before]
    before.lines += here[0].lines
    before.pages += here[0].pages
    before.column = here[0].column
    found += here[1:]


def _before_notes(paragraph: Paragraph, page: int) -> tuple[list[Paragraph], Paragraph]:
    """The part of a paragraph that comes before the notes of ``page``, and the one after them.

    Pages follow one another in the text, so that what stands on a page before theirs cannot come
    after them: the paragraph is parted between two sentences on their page.
    """
    if paragraph.pages[0] == page:
        return [], paragraph
    first = paragraph.pages.index(page)
    for at in range(len(paragraph.lines) - 1, first - 1, -1):
        line = paragraph.lines[at]
        ends = [end.end() for end in _INNER_END.finditer(line.text)]
        if ends:
            head, rest = paragraph.cut(0, at + 1), paragraph.cut(at)
            head.lines[-1] = replace(line, text=line.text[: ends[-1]].rstrip())
            rest.lines[0] = replace(line, text=line.text[ends[-1] :])
            return [head], rest
    return [paragraph.cut(0, first)], paragraph.cut(first)


def _goes_on(before: Paragraph, after: Paragraph) -> bool:
    """Whether the text at the end of one column goes on at the top of the next."""
    last, first = before.lines[-1], after.lines[0]
    if not _same_size(last, first) or last.bold != first.bold or last.row or first.row:
        return False
    if _LIST_ITEM.match(first.text) or _begins_turn(first.text):
        return False
    if last.text.endswith(":") or _LEADERS.search(last.text):
        return False
    if first.text[0].islower() and not _ends_sentence(before):
        return True
    indented = first.left > after.column.left + _INDENT * first.size
    return not indented and not _ends_early(last, first, before.column) and not first.bold


def _begins_turn(line: str) -> bool:
    return starts_with_label(line) or begins_timed_turn(line)

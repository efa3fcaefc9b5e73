"""Paragraphs that go on over columns and pages, and the notes at the foot between their parts.

Pure functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.readers.pdf.layout import Paragraph
from rag.readers.pdf.lines import Line
from rag.readers.pdf.setting import (
    CLAUSE_END,
    INDENT,
    LEADERS,
    LIST_ITEM,
    NOTE_MARK,
    SENTENCE_END,
    ends_early,
    same_size,
)
from rag.readers.transcripts import starts_with_label

__all__ = ["append", "notes_apart"]

# Notes are set in so much smaller type than the text.
_SMALL = 0.92

# The end of a sentence inside a line; an abbreviation has fewer letters, or is followed by none.
_INNER_END = re.compile(r"[^\W\d_A-Z]{3,}[.?!][”’\")\]]*\s+(?=[“‘\"(]?[A-Z])")


def notes_apart(
    here: Sequence[Paragraph], body: float, *, open_note: bool
) -> tuple[list[Paragraph], list[Paragraph]]:
    """The paragraphs of one column that are its text, and the notes at its foot.

    Notes begin with a mark, raised or before small print. Small print without one are notes too if
    they stand between a sentence and its end, or if the last note before is not ended
    (``open_note``).
    """
    first = len(here)
    while first and _may_be_note(here[first - 1], body):
        first -= 1
    between = first > 0 and CLAUSE_END.search(here[first - 1].lines[-1].text) is None
    if not (open_note and first) and not between:
        while first < len(here) and not _begins_with_mark(here[first]):
            first += 1
    notes = [note for paragraph in here[first:] for note in _one_by_one(paragraph)]
    for note in notes:
        note.is_note = True
    return list(here[:first]), notes


def _may_be_note(paragraph: Paragraph, body: float) -> bool:
    return paragraph.size <= _SMALL * body or paragraph.lines[0].marked


def _begins_with_mark(paragraph: Paragraph) -> bool:
    return paragraph.lines[0].marked or NOTE_MARK.match(paragraph.text) is not None


def _one_by_one(paragraph: Paragraph) -> Iterator[Paragraph]:
    """Each note on its own, where the numbers at the beginning of lines count them."""
    number = _number(paragraph.lines[0])
    begin = 0
    for at in range(1, len(paragraph.lines)):
        ended = SENTENCE_END.search(paragraph.lines[at - 1].text) is not None
        if number is not None and ended and _number(paragraph.lines[at]) == number + 1:
            yield _part(paragraph, begin, at)
            begin, number = at, number + 1
    yield _part(paragraph, begin, len(paragraph.lines))


def _number(line: Line) -> int | None:
    match = NOTE_MARK.match(line.text)
    return int(match[1]) if match and match[1] else None


def _part(paragraph: Paragraph, begin: int, end: int) -> Paragraph:
    return replace(paragraph, lines=paragraph.lines[begin:end], pages=paragraph.pages[begin:end])


def append(found: list[Paragraph], here: list[Paragraph]) -> None:
    """Add the paragraphs of a column; the first may go on with one that was not finished."""
    notes = 0
    while notes < len(found) and found[-1 - notes].is_note:
        notes += 1
    before = found[-1 - notes] if notes < len(found) else None
    if not here or before is None or not _goes_on(before, here[0]):
        found += here
        return
    if notes and found[-notes].pages[0] != found[-1].pages[0]:
        found += here  # a page of notes only stands between the parts
        return
    if notes:
        between = [found.pop() for _ in range(notes)][::-1]
        found.pop()
        earlier, before = _before_notes(before, between[0].pages[0])
        found += [*earlier, *between, before]
    first = here[0]
    before.lines += first.lines
    before.pages += first.pages
    before.column = first.column
    found += here[1:]


def _before_notes(paragraph: Paragraph, page: int) -> tuple[list[Paragraph], Paragraph]:
    """The part of a paragraph that comes before the notes of ``page``, and the one after them.

    Pages follow one another in the text, so that what stands on a page before theirs cannot come
    after them: the paragraph is parted between two sentences on their page.
    """
    if paragraph.pages[0] == page:
        return [], paragraph
    for at in range(len(paragraph.lines) - 1, -1, -1):
        if paragraph.pages[at] != page:
            break
        line = paragraph.lines[at]
        ends = list(_INNER_END.finditer(line.text))
        if ends:
            cut = ends[-1].end()
            head = _part(paragraph, 0, at + 1)
            rest = _part(paragraph, at, len(paragraph.lines))
            head.lines[-1] = replace(line, text=line.text[:cut].rstrip())
            rest.lines[0] = replace(line, text=line.text[cut:])
            return [head], rest
    first = paragraph.pages.index(page)
    return [_part(paragraph, 0, first)], _part(paragraph, first, len(paragraph.lines))


def _goes_on(before: Paragraph, after: Paragraph) -> bool:
    """Whether the text at the end of one column goes on at the top of the next."""
    last, first = before.lines[-1], after.lines[0]
    if after.is_note or before.is_note or not same_size(last, first) or last.bold != first.bold:
        return False
    if last.row or first.row:
        return False
    if LIST_ITEM.match(first.text) or starts_with_label(first.text) or last.text.endswith(":"):
        return False
    if LEADERS.search(last.text):
        return False
    if first.text[0].islower() and not SENTENCE_END.search(last.text):
        return True
    indented = first.left > after.column.left + INDENT * first.size
    return not indented and not ends_early(last, first, before.column) and not first.bold

"""The text of a document in the source panel: paragraphs, headings, pages, speakers, the mark."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from rag.cite.citations import page_words
from rag.export.records import Place
from rag.html import one_line
from rag.language.translation import _
from rag.schema import Document, Page

MOST_HEADINGS = 2_000
"""Headings that the outline lists; of more, the first ones."""
_DEEPEST = 5
_BLOCK = re.compile(r"\S(?:[^\n]|\n(?![ \t]*\n))*")


@dataclass(frozen=True, slots=True)
class Window:
    """The characters ``[start, end)`` of the document that are shown."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of a block that are shown alike; ``page`` is the name of one that begins there."""

    text: str
    label: bool
    marked: bool
    page: str


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a heading, or with ``rule`` the name of the page that begins.

    Its characters are ``[start, end)`` of the document. ``speakers`` are those of turns that begin
    with the block and have no label in the text.
    """

    element: str = ""
    id: str = ""
    speakers: tuple[str, ...] = ()
    runs: tuple[Run, ...] = ()
    rule: str = ""
    start: int = 0
    end: int = 0


def blocks(document: Document, place: Place, window: Window) -> Iterator[Block]:
    """Paragraphs and headings in the window, with the page breaks before and inside them."""
    breaks = [page for page in document.pages if page.start >= window.start]
    headings = {heading.start: heading for heading in document.headings}
    for found in _BLOCK.finditer(document.text, window.start, window.end):
        start, end = found.span()
        while breaks and breaks[0].start <= start:
            yield Block(rule=_page_name(breaks.pop(0)))
        inside = {}
        while breaks and breaks[0].start < end:
            page = breaks.pop(0)
            inside[page.start] = _page_name(page)
        heading = headings.get(start)
        labels = _labels(document, start, end)
        yield Block(
            # The panel's own title is the h2 over them.
            f"h{min(heading.level + 2, 6)}" if heading else "p",
            f"heading-{start}" if heading else "",
            tuple(name for first, last, name in labels if first == last == start),
            tuple(_runs(document, place, start, end, inside, labels)),
            start=start,
            end=end,
        )


def _page_name(page: Page) -> str:
    words = page_words(page.number, page.label, page.kind)
    return _("{page}, recognised in a picture", page=words) if page.ocr else words


def _runs(
    document: Document,
    place: Place,
    start: int,
    end: int,
    inside: Mapping[int, str],
    labels: list[tuple[int, int, str]],
) -> Iterator[Run]:
    """A block's characters, cut where a mark, a speaker's label or a page begins or ends."""
    edges = {start, end, place.start, place.end, *inside}
    edges.update(edge for first, last, _ in labels for edge in (first, last))
    for first, last in pairwise(sorted(edge for edge in edges if start <= edge <= end)):
        yield Run(
            document.text[first:last],
            any(left <= first < right for left, right, _ in labels),
            place.start <= first and last <= place.end,
            inside.get(first, ""),
        )


def _labels(document: Document, start: int, end: int) -> list[tuple[int, int, str]]:
    """Where the labels of speakers stand in a block; an empty span where the text has none.

    A label is what the text has on a turn's first line before its words: ``MR. BELL:``.
    """
    labels = []
    for turn in document.turns:
        if start <= turn.start <= end:
            line = max(start, document.text.rfind("\n", start, turn.start) + 1)
            if turn.start - line <= len(turn.speaker) + 80:
                labels.append((line, turn.start, turn.speaker))
    return labels


@dataclass(frozen=True, slots=True)
class Entry:
    """A heading in the outline: its offset, its page, and whether the place is in its section."""

    words: str
    start: int
    depth: int
    number: int | None
    page: str
    here: bool


def outline(document: Document, start: int | None) -> Iterator[Entry]:
    """The first headings of a document, at most ``MOST_HEADINGS``.

    ``start`` is where the place begins whose section is marked, None to mark no section.
    """
    headings = document.headings
    present = None
    if start is not None:
        present = next((each for each in reversed(headings) if each.start <= start), None)
    top = min((each.level for each in headings), default=0)
    for each in headings[:MOST_HEADINGS]:
        page = document.page_at(each.start)
        yield Entry(
            one_line(document.text[each.start : each.end]),
            each.start,
            min(each.level - top, _DEEPEST),
            page.number if page else None,
            (page.label or str(page.number)) if page and page.kind == "page" else "",
            each is present,
        )

"""The text of a document in the source panel: paragraphs, headings, pages, speakers, the mark."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.app.web.shared.fragments import escape
from rag.app.web.shared.places import Place
from rag.app.web.source.outline import heading_id
from rag.cite import page_words
from rag.schema import Document, Heading, Page

__all__ = ["Window", "blocks"]

_BLOCK = re.compile(r"\S(?:[^\n]|\n(?![ \t]*\n))*")


@dataclass(frozen=True, slots=True)
class Window:
    """The characters ``[start, end)`` of the document that are shown."""

    start: int
    end: int


def blocks(document: Document, place: Place, window: Window) -> Iterator[str]:
    """Paragraphs and headings in the window, with the page breaks before and inside them."""
    breaks = [page for page in document.pages if page.start >= window.start]
    headings = {heading.start: heading for heading in document.headings}
    for found in _BLOCK.finditer(document.text, window.start, window.end):
        start, end = found.span()
        while breaks and breaks[0].start <= start:
            yield _page_rule(breaks.pop(0))
        inside = {}
        while breaks and breaks[0].start < end:
            page = breaks.pop(0)
            inside[page.start] = _page_name(page)
        heading = headings.get(start)
        element = _element(heading)
        target = f' id="{heading_id(heading)}" tabindex="-1"' if heading else ""
        yield f"<{element}{target}>{_runs(document, place, start, end, inside)}</{element}>"


def _page_name(page: Page) -> str:
    words = page_words(page.number, page.label, page.kind)
    return f"{words}, recognised in a picture" if page.ocr else words


def _page_rule(page: Page) -> str:
    return f'<div class="page" role="note"><span>{escape(_page_name(page))}</span></div>'


def _element(heading: Heading | None) -> str:
    # The panel's own title is the h2 over them.
    return f"h{min(heading.level + 2, 6)}" if heading else "p"


def _runs(document: Document, place: Place, start: int, end: int, inside: dict[int, str]) -> str:
    """A block's characters, cut where a mark, a speaker's label or a page begins or ends."""
    labels = _labels(document, start, end)
    edges = {start, end, place.start, place.end, *inside}
    edges.update(edge for first, last, _ in labels for edge in (first, last))
    cuts = sorted(edge for edge in edges if start <= edge <= end)
    parts: list[str] = []
    for first, last in pairwise(cuts):
        if first in inside:
            # Words in an attribute, so that they are no part of the text that can be marked.
            words = escape(inside[first])
            parts.append(f'<span class="page-inside" role="note" title="{words}"></span>')
        run = escape(document.text[first:last])
        if any(left <= first < right for left, right, _ in labels):
            run = f'<b class="speaker">{run}</b>'
        marked = place.start <= first and last <= place.end
        parts.append(f"<mark>{run}</mark>" if marked and first < last else run)
    named = [name for left, right, name in labels if left == right == start]
    shown = "".join(f'<b class="speaker" title="{escape(name)}"></b>' for name in named)
    return shown + "".join(parts)


def _labels(document: Document, start: int, end: int) -> Sequence[tuple[int, int, str]]:
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

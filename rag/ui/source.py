"""The source panel: a document with the cited characters marked, as a fragment of HTML.

What is marked is ``document.text[start:end]``, taken here and now; nothing that came with the
request is shown.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.citing import long_date, page_reference, page_words
from rag.passages import section_path
from rag.schema import Document, Heading, Page
from rag.ui.places import Place

__all__ = ["WHOLE_UP_TO", "message_html", "reference", "source_html"]

WHOLE_UP_TO = 60_000
"""Characters up to which a document is shown whole unless asked for."""
_AROUND = 12_000

_BLOCK = re.compile(r"\S(?:[^\n]|\n(?![ \t]*\n))*")


@dataclass(frozen=True, slots=True)
class _Window:
    """The characters ``[start, end)`` of the document that are shown."""

    start: int
    end: int


def escape(text: str) -> str:
    """The text as HTML character data, also inside quoted attributes.

    Carriage returns become references, because a browser would turn them into line feeds.
    """
    return html.escape(text).replace("\r", "&#13;")


def message_html(title: str, message: str) -> str:
    """A message in place of a source."""
    return (
        f'<div class="source-head"><h2 id="source-title" tabindex="-1">{escape(title)}</h2>'
        f"<p>{escape(message)}</p></div>"
    )


def source_html(document: Document, place: Place, *, whole: bool = False) -> str | None:
    """The panel for a place; None if the document does not reach that far.

    The texts of the ``mark`` elements, one after the other, are the cited characters, save for
    white space between paragraphs. Long documents are shown in part, and say so, unless ``whole``.
    """
    if not 0 <= place.start <= place.end <= len(document.text):
        return None
    window = _window(document, place, whole=whole)
    return "".join(
        (
            _head(document, place),
            _clipping(document, place),
            '<div class="source-text" tabindex="0" role="region" aria-label="Text">',
            _elsewhere(document, window, before=True),
            f'<div class="document" dir="auto">{"".join(_blocks(document, place, window))}</div>',
            _elsewhere(document, window, before=False),
            "</div>",
        )
    )


def _window(document: Document, place: Place, *, whole: bool) -> _Window:
    length = len(document.text)
    if whole or length <= WHOLE_UP_TO:
        return _Window(0, length)
    start = document.text.rfind("\n\n", 0, max(0, place.start - _AROUND)) + 1
    end = document.text.find("\n\n", min(length, place.end + _AROUND))
    return _Window(start, length if end < 0 else end)


# The head of the panel ------------------------------------------------------------------------


def _speaker(document: Document, offset: int) -> str:
    for turn in document.turns:
        if turn.start <= offset < turn.end:
            return turn.speaker
    return document.metadata.speaker or ""


def _facts(document: Document, place: Place) -> dict[str, str]:
    """What the panel says about a place; only what is known."""
    metadata = document.metadata
    facts = {
        "Publisher": metadata.publisher or "",
        "Author": metadata.author or "",
        "Date": long_date(metadata.date) if metadata.date else "",
        "Country": metadata.country or "",
    }
    if place.start < place.end:
        page = document.page_at(place.start)
        if page:
            facts["Place" if page.kind == "row" else page.kind.capitalize()] = _bare(page)
        section = section_path(document, place.start) or ""
        facts["Section"] = section.replace(" > ", " › ")
        facts["Speaker"] = _speaker(document, place.start)
    facts["File"] = document.source
    return {name: " ".join(value.split()) for name, value in facts.items() if value.strip()}


def _bare(page: Page) -> str:
    """The page without its noun, which stands before it."""
    return page_words(page.number, page.label, page.kind).removeprefix(f"{page.kind} ")


def _recognised(document: Document, place: Place) -> str:
    """A warning where the cited characters were recognised in a picture of the page."""
    page = document.page_at(place.start) if place.start < place.end else None
    if page is None or not page.ocr:
        return ""
    words = "The text of this page was recognised in a picture and may be wrong: compare it."
    return f'<p class="warning">{words}</p>'


def _head(document: Document, place: Place) -> str:
    rows = "".join(
        f"<div><dt>{name}</dt><dd><bdi>{escape(value)}</bdi></dd></div>"
        for name, value in _facts(document, place).items()
    )
    title = escape(" ".join(document.title.split()))
    warnings = "".join(
        f'<p class="warning">Read with a warning: <bdi>{escape(warning)}</bdi></p>'
        for warning in document.warnings
    )
    return (
        f'<div class="source-head"><h2 id="source-title" tabindex="-1"><bdi>{title}</bdi></h2>'
        f'<dl class="facts">{rows}</dl>{_recognised(document, place)}{warnings}</div>'
    )


def reference(document: Document, place: Place) -> str:
    """The place as a line of text to stand under a quotation."""
    facts = _facts(document, place)
    page = document.page_at(place.start)
    words = (
        facts.get("Speaker", ""),
        " ".join(document.title.split()),
        facts.get("Publisher", ""),
        facts.get("Date", ""),
        page_reference(page.number, page.label, page.kind) if page else "",
        f"section “{facts['Section']}”" if "Section" in facts else "",
        f"file {facts['File']}" if "File" in facts else "",
    )
    return ", ".join(word for word in words if word)


def _clipping(document: Document, place: Place) -> str:
    """What the button “Copy quotation” puts on the clipboard."""
    if place.start == place.end:
        return ""
    quote = document.text[place.start : place.end].strip()
    clipping = escape(f"“{quote}”\n\n{reference(document, place)}")
    return f"<div hidden data-clipping>{clipping}</div>"


def _elsewhere(document: Document, window: _Window, *, before: bool) -> str:
    """Says that a part of the document is left out, if it is."""
    left_out = window.start if before else len(document.text) - window.end
    if not left_out:
        return ""
    side = "before" if before else "after"
    return (
        f'<p class="left-out">{left_out:,} characters {side} this are not shown. '
        '<button type="button" data-whole>Show the whole document</button></p>'
    )


# The text -------------------------------------------------------------------------------------


def _blocks(document: Document, place: Place, window: _Window) -> Iterator[str]:
    """Paragraphs and headings, with the page breaks before and inside them."""
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
        element = _element(headings.get(start))
        yield f"<{element}>{_runs(document, place, start, end, inside)}</{element}>"


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

"""The outline of a document in the source panel: its headings, the section of a place marked."""

from __future__ import annotations

from rag.app.web.shared.fragments import escape
from rag.schema import Document, Heading

__all__ = ["MOST_HEADINGS", "heading_id", "outline_html"]

MOST_HEADINGS = 2_000
"""Headings that are listed; of more, the first ones, and the outline says so."""
_DEEPEST = 5


def heading_id(heading: Heading) -> str:
    """The id of a heading's element in the panel."""
    return f"heading-{heading.start}"


def outline_html(document: Document, start: int | None) -> str:
    """A disclosure that lists the headings; empty where the document has none.

    ``start`` is where the place begins whose section is marked, None to mark no section. Each
    entry has the offset of its heading in ``data-heading`` and its page in ``data-number``.
    """
    headings = document.headings
    if not headings:
        return ""
    present = None
    if start is not None:
        present = next((each for each in reversed(headings) if each.start <= start), None)
    top = min(each.level for each in headings)
    entries = "".join(
        _entry(document, each, depth=min(each.level - top, _DEEPEST), is_present=each is present)
        for each in headings[:MOST_HEADINGS]
    )
    left_out = len(headings) - MOST_HEADINGS
    more = f"<p>{left_out:,} more headings are not listed.</p>" if left_out > 0 else ""
    return (
        '<details class="outline"><summary>Outline</summary>'
        f'<nav aria-label="Sections of the document"><ul>{entries}</ul>{more}</nav></details>'
    )


def _entry(document: Document, heading: Heading, *, depth: int, is_present: bool) -> str:
    words = " ".join(document.text[heading.start : heading.end].split())
    page = document.page_at(heading.start)
    number = f' data-number="{page.number}"' if page else ""
    numbered = (
        f'<span class="entry-page">{escape(page.label or str(page.number))}</span>'
        if page and page.kind == "page"
        else ""
    )
    here = '<span class="entry-here">here</span>' if is_present else ""
    current = ' aria-current="true"' if is_present else ""
    return (
        f'<li class="depth-{depth}"><button type="button" data-heading="{heading.start}"'
        f"{number}{current}><bdi>{escape(words)}</bdi>{here}{numbered}</button></li>"
    )

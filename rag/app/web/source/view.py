"""The source panel: a document with the cited characters marked, as a fragment of HTML.

What is marked is ``document.text[start:end]``, taken here and now; nothing that came with the
request is shown.
"""

from __future__ import annotations

from rag.app.web.shared.places import Place
from rag.app.web.source.document_text import MOST_HEADINGS, Window, blocks, outline
from rag.cite import long_date, page_reference, page_words
from rag.html import one_line, render
from rag.readers.passages import section_path
from rag.schema import Document, Page

__all__ = ["STYLES", "WHOLE_UP_TO", "message_html", "panel_html", "reference", "source_html"]

WHOLE_UP_TO = 60_000
"""Characters up to which a document is shown whole unless asked for."""
STYLES = {
    "chicago": "Chicago",
    "apa": "APA",
    "mla": "MLA",
    "oscola": "OSCOLA",
    "bluebook": "Bluebook",
}
"""Styles of references: their names in ``/reference/TOKEN?style=…``, and for people."""
_AROUND = 12_000
# On a small screen these are shown when they are asked for.
_MINOR = ("Author", "Country", "File", "Publisher")


def panel_html() -> str:
    """The panel as it stands on the page before its script fills it."""
    return render("app/web/source/panel.html", styles=STYLES)


def message_html(title: str, message: str) -> str:
    """A message in place of a source."""
    return render("app/web/source/message.html", title=title, message=message)


def source_html(
    document: Document,
    place: Place,
    *,
    whole: bool = False,
    around: int | None = None,
    pictured: bool = False,
) -> str | None:
    """The panel for a place; None if the document does not reach that far.

    The texts of the ``mark`` elements, one after the other, are the cited characters, save for
    white space between paragraphs. Long documents are shown in part, and say so, unless ``whole``:
    the part around the place, or ``around`` another character. With ``pictured`` the panel has
    room for pictures of the pages, which its script fills.
    """
    if not 0 <= place.start <= place.end <= len(document.text):
        return None
    cited = place.start < place.end
    middle = (place.start, place.end) if around is None else (max(0, around), max(0, around))
    window = _window(document, *middle, whole=whole)
    page = document.page_at(place.start) if cited else None
    quote = document.text[place.start : place.end].strip()
    return render(
        "app/web/source/source.html",
        title=one_line(document.title),
        facts=_facts(document, place),
        minor=_MINOR,
        recognised=page is not None and page.ocr,
        warnings=document.warnings,
        clipping=f"“{quote}”\n\n{reference(document, place)}" if cited else "",
        pictured=pictured,
        entries=list(outline(document, place.start if cited else None)),
        more_headings=len(document.headings) - MOST_HEADINGS,
        window=window,
        remaining=len(document.text) - window.end,
        elsewhere=cited and not window.start <= place.start < place.end <= window.end,
        blocks=blocks(document, place, window),
    )


def _window(document: Document, first: int, last: int, *, whole: bool) -> Window:
    length = len(document.text)
    if whole or length <= WHOLE_UP_TO:
        return Window(0, length)
    start = document.text.rfind("\n\n", 0, max(0, first - _AROUND)) + 1
    end = document.text.find("\n\n", min(length, last + _AROUND))
    return Window(start, length if end < 0 else end)


def _facts(document: Document, place: Place) -> dict[str, str]:
    """What the panel says about a place; only what is known."""
    metadata = document.metadata
    facts = {
        "Publisher": metadata.publisher,
        "Author": metadata.author,
        "Date": long_date(metadata.date) if metadata.date else "",
        "Country": metadata.country,
    }
    if place.start < place.end:
        if page := document.page_at(place.start):
            facts["Place" if page.kind == "row" else page.kind.capitalize()] = _bare(page)
        turn = document.turn_at(place.start)
        facts["Section"] = (section_path(document, place.start) or "").replace(" > ", " › ")
        facts["Speaker"] = turn.speaker if turn else metadata.speaker
    facts["File"] = document.source
    return {name: words for name, value in facts.items() if (words := one_line(value or ""))}


def _bare(page: Page) -> str:
    """The page without its noun, which stands before it."""
    return page_words(page.number, page.label, page.kind).removeprefix(f"{page.kind} ")


def reference(document: Document, place: Place) -> str:
    """The place as a line of text to stand under a quotation."""
    facts = _facts(document, place)
    page = document.page_at(place.start)
    words = (
        facts.get("Speaker", ""),
        one_line(document.title),
        facts.get("Publisher", ""),
        facts.get("Date", ""),
        page_reference(page.number, page.label, page.kind) if page else "",
        f"section “{facts['Section']}”" if "Section" in facts else "",
        f"file {facts['File']}" if "File" in facts else "",
    )
    return ", ".join(word for word in words if word)

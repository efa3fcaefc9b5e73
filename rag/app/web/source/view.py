"""The source panel as HTML: a document with the cited characters marked, or a page of a PDF.

What is marked is ``document.text[start:end]``, taken here and now; nothing that came with the
request is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rag.app.library.pdf_pages import PDF, page_numbered, piece_on
from rag.app.web.shared.places import token
from rag.app.web.source.document_text import MOST_HEADINGS, Window, blocks, outline
from rag.cite.citations import long_date, page_reference, page_words
from rag.cite.styles import STYLES
from rag.export.records import Place
from rag.html import one_line, render
from rag.language.translation import N_, _, joined
from rag.readers.passages import section_path
from rag.readers.pdf_view import PageView
from rag.schema import Document, Page, PageKind

DRAWN_AS = 1
"""Raise it when pages are drawn otherwise, so that browsers ask for their pictures anew."""
_WHOLE_UP_TO = 60_000  # characters
_AROUND = 12_000
_A4 = (595.0, 842.0)
_PAGE = N_("{label} (page {number} of the file)")
_SLIDE = N_("{label} (slide {number} of the file)")
_PAGES: Final[dict[PageKind, str]] = {
    "page": N_("Page"),
    "slide": N_("Slide"),
    "row": N_("Place"),
}
# These are shown when they are asked for.
_MINOR = ("Author", "Country", "File")


def panel_html() -> str:
    """The panel as it stands on the page before its script fills it."""
    return render("app/web/source/panel.html", styles=STYLES.values())


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
        document=token(document.id, 0, 0),
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
    if whole or length <= _WHOLE_UP_TO:
        return Window(0, length)
    start = document.text.rfind("\n\n", 0, max(0, first - _AROUND)) + 1
    end = document.text.find("\n\n", min(length, last + _AROUND))
    return Window(start, length if end < 0 else end)


def _facts(document: Document, place: Place) -> dict[str, str]:
    """What the panel says about a place; only what is known."""
    metadata = document.metadata
    facts = {
        N_("Publisher"): metadata.publisher,
        N_("Author"): metadata.author,
        N_("Date"): long_date(metadata.date) if metadata.date else "",
        N_("Country"): metadata.country,
    }
    if place.start < place.end:
        if page := document.page_at(place.start):
            facts[_PAGES[page.kind]] = _bare(page)
        turn = document.turn_at(place.start)
        facts[N_("Section")] = (section_path(document, place.start) or "").replace(" > ", " › ")
        facts[N_("Speaker")] = turn.speaker if turn else metadata.speaker
    facts[N_("File")] = document.source
    return {name: words for name, value in facts.items() if (words := one_line(value or ""))}


def _bare(page: Page) -> str:
    """The page without its noun, which stands before it."""
    if page.kind == "row":
        return page_words(page.number, page.label, page.kind)
    if page.label and page.label != str(page.number):
        # L10n: a page as it is numbered in print, and its number in the file
        told = _SLIDE if page.kind == "slide" else _PAGE
        return _(told, label=page.label, number=str(page.number))
    return str(page.number)


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
        _("section “{section}”", section=facts["Section"]) if "Section" in facts else "",
        _("file {file}", file=facts["File"]) if "File" in facts else "",
    )
    return joined(words)


# Pages of PDFs --------------------------------------------------------------------------------


def is_pictured(document: Document) -> bool:
    """Whether the document has pages that can be shown as pictures."""
    return document.media_type == PDF and bool(document.pages)


def pages_html(document: Document, place: Place, sizes: Sequence[tuple[float, float]]) -> str:
    """All pages of a PDF as empty sheets of their sizes in points, to be filled when in sight.

    ``data-first`` is the page on which the place begins.
    """
    first = document.page_at(place.start)
    named = {page.number: page for page in document.pages}
    usual = next((size for size in sizes if all(size)), _A4)
    leaves = []
    for number in range(1, max(max(named), len(sizes)) + 1):
        size = sizes[number - 1] if number <= len(sizes) else usual
        width, height = size if all(size) else usual
        page = named.get(number)
        label = page.label if page and page.label != str(number) else None
        start = page.start if page else 0
        leaf = {"number": number, "label": label or "", "start": start}
        leaves.append({**leaf, "width": width, "height": height})
    return render(
        "app/web/source/pdf_pages.html", leaves=leaves, first=first.number if first else 1
    )


def sheet_html(document: Document, place: Place, sheet: PageView, *, number: int) -> str:
    """A page with its boxes and text; ``data-picture`` is its picture's address, but for the width.

    Boxes are given in hundredths of the page's width and height. What a box has to say to those
    who do not see it is in the description of the picture.
    """
    page = page_numbered(document, number)
    text, _start = piece_on(document, number=number, start=place.start, end=place.end)
    named = page_words(number, page.label if page else None)
    description = _("Picture of {page}.", page=named)
    if sheet.boxes:
        description += " " + _("Marked on it: {words}", words=one_line(text))
    cited = page and document.text[max(place.start, page.start) : min(place.end, page.end)].strip()
    return render(
        "app/web/source/pdf_view.html",
        sheet=sheet,
        # The token of the document as such is the same for all places in it.
        picture=f"page/{token(document.id, 0, 0)}.png?number={number}&v={DRAWN_AS}",
        description=description,
        recognised=bool(cited and page and page.ocr),
        unmarked=bool(cited and not sheet.boxes),
    )

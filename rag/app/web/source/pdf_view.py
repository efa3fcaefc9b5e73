"""The page of a PDF as a picture, with the quotation marked at its boxes, as a fragment of HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.app.library.pdf_pages import PDF, PageView, piece_on
from rag.app.web.shared.places import Place, token
from rag.cite import page_words
from rag.html import one_line, render

if TYPE_CHECKING:
    from rag.schema import Document, Page

__all__ = ["DRAWN_AS", "is_pictured", "page_numbered", "sheet_html"]

# Raise it when pages are drawn otherwise, so that browsers ask for their pictures anew.
DRAWN_AS = 1


def is_pictured(document: Document) -> bool:
    """Whether the document has pages that can be shown as pictures."""
    return document.media_type == PDF and bool(document.pages)


def page_numbered(document: Document, number: int) -> Page | None:
    """The page of this number; None if there is none."""
    return next((page for page in document.pages if page.number == number), None)


def sheet_html(document: Document, place: Place, sheet: PageView, *, number: int) -> str:
    """A page with its boxes; ``data-picture`` is the address of its picture, but for the width.

    Boxes are given in hundredths of the page's width and height. What a box has to say to those
    who do not see it is in the description of the picture.
    """
    page = page_numbered(document, number)
    label = page.label if page else None
    description = f"Picture of {page_words(number, label)}."
    if sheet.boxes:
        text, _ = piece_on(document, number=number, start=place.start, end=place.end)
        description += f" Marked on it: {one_line(text)}"
    cited = _pages_of(document, place)
    return render(
        "app/web/source/pdf_view.html",
        number=number,
        last=max(page.number for page in document.pages),
        label=label if label and label != str(number) else "",
        start=page.start if page else 0,
        sheet=sheet,
        # The token of the document as such is the same for all places in it.
        picture=f"page/{token(document.id, 0, 0)}.png?number={number}&v={DRAWN_AS}",
        description=description,
        cited=[_named(each) for each in cited],
        here=next((each for each in cited if each.number == number), None),
        others=[_named(each) for each in cited if each.number != number],
    )


def _pages_of(document: Document, place: Place) -> list[Page]:
    """The pages that have some of the cited characters, not only white space."""
    return [
        page
        for page in document.pages
        if document.text[max(place.start, page.start) : min(place.end, page.end)].strip()
    ]


def _named(page: Page) -> dict[str, object]:
    return {"number": page.number, "words": page_words(page.number, page.label)}

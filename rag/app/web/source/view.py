"""The source panel: a document with the cited characters marked, as a fragment of HTML.

What is marked is ``document.text[start:end]``, taken here and now; nothing that came with the
request is shown.
"""

from __future__ import annotations

from rag.app.web.shared.fragments import escape
from rag.app.web.shared.places import Place
from rag.app.web.source.outline import outline_html
from rag.app.web.source.text import Window, blocks
from rag.cite import long_date, page_reference, page_words
from rag.readers.passages import section_path
from rag.schema import Document, Page

__all__ = ["WHOLE_UP_TO", "message_html", "reference", "source_html"]

WHOLE_UP_TO = 60_000
"""Characters up to which a document is shown whole unless asked for."""
_AROUND = 12_000
# On a small screen these are shown when they are asked for.
_MINOR = ("Author", "Country", "File", "Publisher")


_EVIDENCE = (
    '<button type="button" class="link" data-evidence title="What is marked, or the words that you '
    'select, as evidence for a gold question">Use as evidence …</button>'
)


def message_html(title: str, message: str) -> str:
    """A message in place of a source."""
    return (
        f'<div class="source-head"><h2 id="source-title" tabindex="-1">{escape(title)}</h2>'
        f"<p>{escape(message)}</p></div>"
    )


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
    middle = (place.start, place.end) if around is None else (max(0, around), max(0, around))
    window = _window(document, *middle, whole=whole)
    return "".join(
        (
            _head(document, place),
            _clipping(document, place),
            _tools(document, place, pictured=pictured),
            _PAGE_VIEW if pictured else "",
            '<div class="source-text" tabindex="0" role="region" aria-label="Text">',
            _back(place, window),
            _elsewhere(document, window, before=True),
            f'<div class="document" dir="auto">{"".join(blocks(document, place, window))}</div>',
            _elsewhere(document, window, before=False),
            "</div>",
        )
    )


def _window(document: Document, first: int, last: int, *, whole: bool) -> Window:
    length = len(document.text)
    if whole or length <= WHOLE_UP_TO:
        return Window(0, length)
    start = document.text.rfind("\n\n", 0, max(0, first - _AROUND)) + 1
    end = document.text.find("\n\n", min(length, last + _AROUND))
    return Window(start, length if end < 0 else end)


# Between the head and the text ----------------------------------------------------------------

_PAGE_VIEW = (
    '<div class="page-view" hidden>'
    '<div class="source-page" tabindex="0" role="region" aria-label="Picture of the page"></div>'
    '<div class="zooms" role="group" aria-label="Size of the picture">'
    '<button type="button" data-zoom="out" aria-label="Zoom out">−</button>'
    '<button type="button" data-zoom="fit" aria-label="Fit the page to the panel">Fit</button>'
    '<button type="button" data-zoom="in" aria-label="Zoom in">+</button></div></div>'
)
_VIEWS = (
    '<div class="views" role="group" aria-label="Show the source as">'
    '<button type="button" data-view="page" aria-pressed="false">Page</button>'
    '<button type="button" data-view="text" aria-pressed="true">Text</button></div>'
)
_SHEET_TOOLS = (
    '<div class="sheet-tools" role="group" aria-label="Page" hidden>'
    '<button type="button" data-turn="-1" aria-label="Previous page">‹</button>'
    '<label><span class="visually-hidden">Page of the file</span>'
    '<input type="text" inputmode="numeric" autocomplete="off" data-sheet-number></label>'
    '<span class="sheet-last"></span>'
    '<button type="button" data-turn="1" aria-label="Next page">›</button>'
    "</div>"
)


def _tools(document: Document, place: Place, *, pictured: bool) -> str:
    """The choice of view, the outline, and what pictures of pages need; empty without any."""
    outline = outline_html(document, place.start if place.start < place.end else None)
    views = _VIEWS if pictured else ""
    sheets = _SHEET_TOOLS if pictured else ""
    inside = f"{views}{outline}{sheets}"
    return f'<div class="source-tools">{inside}</div>' if inside else ""


def _back(place: Place, window: Window) -> str:
    """A way back where the cited characters are not in what is shown."""
    if place.start == place.end or (window.start <= place.start and place.end <= window.end):
        return ""
    return (
        '<p class="left-out">Another part of the document is shown. '
        '<button type="button" data-back>Back to the quotation</button></p>'
    )


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
        f"<div{' data-minor' if name in _MINOR else ''}><dt>{name}</dt>"
        f"<dd><bdi>{escape(value)}</bdi></dd></div>"
        for name, value in _facts(document, place).items()
    )
    more = '<button type="button" class="link" data-more>All details</button>'
    title = escape(" ".join(document.title.split()))
    warnings = "".join(
        f'<p class="warning">Read with a warning: <bdi>{escape(warning)}</bdi></p>'
        for warning in document.warnings
    )
    return (
        f'<div class="source-head"><h2 id="source-title" tabindex="-1"><bdi>{title}</bdi></h2>'
        f'<dl class="facts">{rows}</dl>{more}{_EVIDENCE}'
        f"{_recognised(document, place)}{warnings}</div>"
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


def _elsewhere(document: Document, window: Window, *, before: bool) -> str:
    """Says that a part of the document is left out, if it is."""
    left_out = window.start if before else len(document.text) - window.end
    if not left_out:
        return ""
    side = "before" if before else "after"
    return (
        f'<p class="left-out">{left_out:,} characters {side} this are not shown. '
        '<button type="button" data-whole>Show the whole document</button></p>'
    )

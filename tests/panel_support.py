"""A collection with a PDF, a text and a transcript, and the places in it that tests open."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from page_support import make_chatbot
from pdf_made import report

from rag.answer import Chatbot
from rag.app.web.shared.places import token
from rag.models.embedding import SentenceEmbedding
from rag.schema import Document, Page
from rag.settings import Settings

INQUIRY, HARBOUR, BRIEFING = "inquiry.pdf", "harbour.md", "briefing.txt"
TEXTS = {
    HARBOUR: (
        "# The harbour of Velmora\n\n## The strike\n\n"
        "The harbour of Velmora was closed for eleven weeks in 2018. Three warehouses burned "
        "down during the strike, and nobody was prosecuted.\n\n"
        + "The dockers met every morning at the gate and read the names of the dead.\n\n" * 20
        + "## The reopening\n\nThe port authority reopened the harbour on 4 June 2018.\n"
    ),
    BRIEFING: (
        "Briefing on the elections in Orsk\n\n"
        "AMBASSADOR LINDEN: Good morning. The election in Orsk was postponed twice.\n\n"
        "QUESTION: How many observers were there?\n\n"
        "AMBASSADOR LINDEN: There were 412 observers from nineteen countries at the election.\n"
    ),
}

NEAR_ARE_DRAWN = """() => {
  const view = document.querySelector('.source-page').getBoundingClientRect();
  const isNear = (leaf) => {
    const box = leaf.getBoundingClientRect();
    return box.bottom > view.top - 0.75 * view.height && box.top < view.bottom + 0.75 * view.height;
  };
  return [...document.querySelectorAll('.leaf')].filter(isNear).every((leaf) => leaf.dataset.drawn);
}"""
"""JavaScript: all pages are drawn that are drawn before they come into view."""


@cache
def inquiry() -> bytes:
    """A report of twelve pages, the first five numbered in Roman numerals."""
    return report(labelled=True).content


def panel_chatbot(folder: Path, embedding: SentenceEmbedding) -> tuple[Chatbot, Settings]:
    """A chatbot over the collection; its files are in ``folder / "reports"``."""
    return make_chatbot(folder, {INQUIRY: inquiry(), **TEXTS}, embedding=embedding)


def document(chatbot: Chatbot, source: str) -> Document:
    """The document of a source."""
    (found,) = (one.id for one in chatbot.documents() if one.source == source)
    opened = chatbot.document(found)
    assert opened is not None
    return opened


def sentence_on(of: Document, number: int) -> tuple[int, int]:
    """The characters of a sentence in the middle of a page."""
    page = page_of(of, number)
    start = of.text.index("In case", (page.start + page.end) // 2)
    return start, of.text.index(".", start) + 1


def over_pages(of: Document) -> tuple[int, int, int]:
    """The characters of a sentence that crosses pages, and the number of its first page."""
    for page, following in zip(of.pages, of.pages[1:], strict=False):
        start = of.text.rfind("In case", page.start, following.start - 20)
        end = of.text.find(".", max(start, 0)) + 1
        if start >= 0 and end > following.start + 20:
            return start, end, page.number
    raise AssertionError("no sentence crosses pages")


def page_of(of: Document, number: int) -> Page:
    """The page of that number."""
    return next(page for page in of.pages if page.number == number)


def link(of: Document, start: int, end: int) -> str:
    """What opens a place, to stand behind the address of the page."""
    return f"#src={token(of.id, start, end)}"

"""Places that a user calls the evidence of a question: found, shown, and as gold evidence.

Source, page and quote are always those of the document in the index.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from rag.app.web.shared.places import parse_token, token
from rag.cite import page_words
from rag.evaluation.gold import GoldEvidence, locate

if TYPE_CHECKING:
    from rag.schema import Document
    from rag.store import Store

__all__ = ["LONGEST_QUOTE", "Found", "Places", "found_in"]

LONGEST_QUOTE: Final = 20_000
"""Characters; what is longer is no quotation."""


@dataclass(frozen=True, slots=True)
class Found:
    """The characters ``[start, end)`` of a document; neither begins nor ends with white space."""

    document: Document
    start: int
    end: int

    @property
    def quote(self) -> str:
        """The characters themselves."""
        return self.document.text[self.start : self.end]

    @property
    def told(self) -> dict[str, Any]:
        """The place as a JSON object for the page: token, source, title, page and quote."""
        page = self.document.page_at(self.start)
        return {
            "token": token(self.document.id, self.start, self.end),
            "source": self.document.source,
            "title": " ".join(self.document.title.split()),
            "page": page_words(page.number, page.label, page.kind) if page else "",
            "quote": self.quote.encode("utf-8", "replace").decode("utf-8"),
        }

    @property
    def evidence(self) -> GoldEvidence:
        """As gold evidence; with offsets where the quote alone would be found elsewhere first."""
        page, text = self.document.page_at(self.start), self.document.text
        sayable = self.quote.encode("utf-8", "replace").decode("utf-8") == self.quote
        exact = not sayable or locate(text, self.quote) != (self.start, self.end)
        return GoldEvidence(
            source=self.document.source,
            page=page.number if page else None,
            quote=self.quote if sayable else None,
            start=self.start if exact else None,
            end=self.end if exact else None,
        )


class Places:
    """Places in the documents of an index, each of which is taken from it once."""

    def __init__(self, index: Store) -> None:
        self.index = index
        self._documents: dict[str, Document | None] = {}

    def document(self, document_id: str) -> Document | None:
        """The document with this id."""
        if document_id not in self._documents:
            self._documents[document_id] = self.index.document(document_id)
        return self._documents[document_id]

    @cached_property
    def _ids(self) -> dict[str, str]:
        return {one.source: one.document_id for one in self.index.sources().values()}

    def of_source(self, source: str) -> Document | None:
        """The document with this source."""
        return self.document(self._ids[source]) if source in self._ids else None

    def at(self, given: str) -> Found | None:
        """The place of a token; None if there is none, or if it is no quotation."""
        named = parse_token(given)
        document = self.document(named.document_id) if named else None
        if named is None or document is None or not named.start < named.end <= len(document.text):
            return None
        return found_in(document, named.start, named.end)

    def again(self, given: str, *, source: str, quote: str) -> Found | None:
        """The place of a token or, if its document was read anew, of the words in this source."""
        if found := self.at(given):
            return found
        document = self.of_source(source)
        span = locate(document.text, quote) if document else None
        return found_in(document, *span) if document and span else None


def found_in(document: Document, start: int, end: int) -> Found | None:
    """The place of these characters without white space around them; None if too few or many."""
    text = document.text[start:end]
    start, end = end - len(text.lstrip()), start + len(text.rstrip())
    return Found(document, start, end) if 0 < end - start <= LONGEST_QUOTE else None

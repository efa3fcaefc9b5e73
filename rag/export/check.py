"""Checks every quotation of an export against the collection as it is now."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from rag.cite.citations import page_words
from rag.cite.items import one_line
from rag.cite.references import pinpoint
from rag.errors import QueryError, SourceNotFound
from rag.export.build import cite_place, same_words, span_of
from rag.export.reading import ReadExport
from rag.export.records import Place, Quotation
from rag.language.words import well_formed
from rag.quotes.lookup import check_quotation
from rag.quotes.records import Difference, Match
from rag.schema import Citation, Document
from rag.store import Store

ExportStatus = Literal[
    "verbatim",
    "moved",
    "changed_document",
    "changed_reading",
    "edited",
    "not_found",
    "taken_out",
    "unchecked",
]
"""What is true of a quotation in an export.

- ``verbatim``: the visible words are those at the recorded place;
- ``moved``: the words stand, but at another place: of the document, or in another document;
- ``changed_document``: the file of that name has changed, and has the words no more;
- ``changed_reading``: the file is the same, but a newer reader gets slightly other words from it;
- ``edited``: the visible words are not those that were exported;
- ``not_found``: the words stand nowhere in the collection;
- ``taken_out``: the quotation was exported, but cannot be seen any more;
- ``unchecked``: it was exported as a quotation that names no place.
"""


@dataclass(frozen=True, slots=True)
class CheckedItem:
    """A quotation with what is true of it.

    ``number`` is None for one that people have put in. ``note`` says what is to be known, and
    ``place`` where the words stand now, if they do. ``pinpoint_changed`` says that the footnote
    does not name the place any more that the index has for the words.
    """

    number: int | None
    status: ExportStatus
    words: str
    note: str = ""
    place: Citation | None = None
    differences: tuple[Difference, ...] = ()
    pinpoint_changed: bool = False

    @property
    def holds(self) -> bool:
        """Whether the export may be relied on in this; what was taken out misleads nobody."""
        return self.status in ("verbatim", "taken_out") and not self.pinpoint_changed


@dataclass(frozen=True, slots=True)
class CheckedExport:
    """All quotations of an export. ``made`` is None, and ``notes`` say so, without its record."""

    made: str | None
    items: tuple[CheckedItem, ...]
    notes: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether every quotation holds."""
        return all(item.holds for item in self.items)


def check_export(index: Store, read: ReadExport) -> CheckedExport:
    """Compare every quotation that a reader of the export sees with the collection as it is now."""
    record = read.record
    if record is None:
        words = (
            "the record of the export was taken out of the file: its quotations were looked for in "
            "all documents"
        )
        found = tuple(_looked_up(index, each.words, each.number) for each in read.visible)
        return CheckedExport(None, found, (words,))
    recorded = {each.number: each for each in record.quotations}
    items: list[CheckedItem] = []
    for number, quotation in recorded.items():
        seen = [each.words for each in read.visible if each.number == number]
        items += [_check(index, quotation, one_line(words), read) for words in seen]
        if not seen:
            note = "it was exported, but cannot be seen in the file any more"
            items.append(CheckedItem(number, "taken_out", one_line(quotation.quote), note))
    items += [
        _looked_up(index, each.words, None) for each in read.visible if each.number not in recorded
    ]
    items += [
        CheckedItem(None, "unchecked", statement.text, "it was exported without a place")
        for turn in record.turns
        for statement in turn.statements
        if statement.kind == "unchecked"
    ]
    then, now = record.collection.documents, index.counts()[0]
    told = f"the collection had {then} documents when this was exported, and has {now} now"
    return CheckedExport(record.made, tuple(items), (told,) if then != now else ())


def _check(index: Store, quotation: Quotation, words: str, read: ReadExport) -> CheckedItem:
    """Check one quotation, of which a reader sees ``words`` (on one line)."""
    document = index.document(quotation.document_id)
    here = document.text[quotation.start : quotation.end] if document else ""
    if document is None or well_formed(here) != quotation.quote:
        return _elsewhere(index, quotation, words, document)
    if not same_words(words, here):
        return _edited(index, quotation, words)
    place = _cited(index, document, quotation.start, quotation.end)
    if place is None or _names_place(place, document, quotation, read):
        return CheckedItem(quotation.number, "verbatim", words, place=place)
    where = place.section or ""
    if place.page is not None:
        where = page_words(place.page, place.page_label, place.page_kind)
    named = ", ".join(filter(None, (one_line(place.title), where)))
    note = f"the footnote does not name the place of the words: {named}"
    return CheckedItem(quotation.number, "verbatim", words, note, place, pinpoint_changed=True)


def _elsewhere(
    index: Store, quotation: Quotation, words: str, document: Document | None
) -> CheckedItem:
    """Find where words stand that are not at the recorded place, and say why they are not."""
    number, source = quotation.number, quotation.source
    row = index.source(source)
    successor = index.document(row.document_id) if row else None
    for each, note in (
        (document, f"the reading of {source} has changed; it stands there still"),
        (successor, f"{source} has changed; it stands there still"),
    ):
        if each is not None and (span := span_of(words, each.text)):
            return CheckedItem(number, "moved", words, note, _cited(index, each, *span))
    if document is not None and not same_words(words, quotation.quote):
        return _edited(index, quotation, words)
    if document is not None and (now := _read_otherwise(index, words, document)) is not None:
        note = f"the reading of {source} has changed; its words are now those that are shown"
        return CheckedItem(number, "changed_reading", words, note, now.citation, now.differences)
    found = _looked_up(index, words, number)
    gone = f"{source} is not in the collection any more"
    if found.status == "verbatim":
        why = gone if successor is None else f"{source} has changed"
        return replace(found, status="moved", note=f"{why}; the words stand in another document")
    if successor is not None and successor.id != quotation.document_id:
        note = f"{source} has changed since, and does not have these words"
        return replace(found, status="changed_document", note=note)
    return replace(found, note=gone) if document is None else found


def _read_otherwise(index: Store, words: str, document: Document) -> Match | None:
    """Where the document, whose file is the same as it was, has nearly these words."""
    try:
        result = check_quotation(index, words, source=document.source)
    except (QueryError, SourceNotFound):
        return None
    near = (each for each in result.matches if each.citation.document_id == document.id)
    return next(near, None) if result.status == "near" else None


def _edited(index: Store, quotation: Quotation, words: str) -> CheckedItem:
    """The result for visible words that differ from those that were exported."""
    found = _looked_up(index, words, quotation.number)
    note = f"exported was: “{one_line(quotation.quote)}”"
    if found.status == "verbatim":
        note = f"{note}; what is there now stands elsewhere in the collection"
    return replace(found, status="edited", note=note)


def _looked_up(index: Store, words: str, number: int | None) -> CheckedItem:
    """Look a quotation up of which only the words are known."""
    words = one_line(words)
    try:
        result = check_quotation(index, words)
    except QueryError as error:
        return CheckedItem(number, "not_found", words, f"not looked up: {error}")
    if result.status == "verbatim":
        return CheckedItem(number, "verbatim", words, place=result.matches[0].citation)
    if result.matches:
        best, note = result.matches[0], "it differs from the closest passage"
        return CheckedItem(number, "not_found", words, note, best.citation, best.differences)
    if result.closest:
        note, place = "shown is the closest passage", result.closest[0].citation
        return CheckedItem(number, "not_found", words, note, place)
    return CheckedItem(number, "not_found", words, "nothing in the collection comes close")


def _cited(index: Store, document: Document, start: int, end: int) -> Citation | None:
    found = cite_place(index, Place(document.id, start, end))
    return found[1] if found else None


def _names_place(
    place: Citation, document: Document, quotation: Quotation, read: ReadExport
) -> bool:
    """Whether the visible footnote still names the document, and the place of the words in it."""
    if not read.notes:
        return True
    note = read.notes.get(quotation.number, "")
    if _times(document.title, quotation.reference) and not _times(document.title, note):
        return False
    located = pinpoint(place, document)
    if located is None:
        return True
    return _times(located[1], note) >= max(1, _times(located[1], quotation.reference))


def _times(words: str, note: str) -> int:
    """How often a note has these words; a stop at their end may stand elsewhere in it."""
    bare = re.escape(one_line(words).rstrip(".,"))
    return len(re.findall(rf"(?<!\w){bare}(?!\w)", one_line(note)))

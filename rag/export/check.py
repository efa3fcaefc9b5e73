"""Checks every quotation of an export against the collection as it is now."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.cite import one_line, page_words, pinpoint
from rag.errors import QueryError
from rag.export.build import cite_place, storable
from rag.export.reading import ReadExport, Visible
from rag.export.records import Place, Quotation
from rag.quotes import Difference, check_quotation, find_places, read_quotation
from rag.schema import Citation, Document
from rag.store import Store

__all__ = ["CheckedExport", "CheckedItem", "ExportStatus", "check_export"]

ExportStatus = Literal[
    "verbatim", "moved", "changed_document", "edited", "not_found", "taken_out", "unchecked"
]
"""What is true of a quotation in an export.

- ``verbatim``: the visible words are those at the recorded place;
- ``moved``: the words stand, but at another place: of the document, or in another document;
- ``changed_document``: the file of that name has changed, and has the words no more;
- ``edited``: the visible words are not those that were exported;
- ``not_found``: the words stand nowhere in the collection;
- ``taken_out``: the quotation was exported, but cannot be seen any more;
- ``unchecked``: it was exported as a quotation that names no place.
"""

# A quotation that was taken out of the file misleads nobody.
_HOLDS = ("verbatim", "taken_out")


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
        """Whether the export may be relied on in this."""
        return self.status in _HOLDS and not self.pinpoint_changed


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
    if read.record is None:
        words = (
            "the record of the export was taken out of the file: its quotations were looked for in "
            "all documents"
        )
        found = tuple(_added(index, each, number=each.number) for each in read.visible)
        return CheckedExport(None, found, (words,))
    recorded = {each.number: each for each in read.record.quotations}
    seen: dict[int, list[Visible]] = {}
    added: list[Visible] = []
    for each in read.visible:
        if each.number in recorded:
            seen.setdefault(each.number, []).append(each)
        else:
            added.append(each)
    items = [
        checked
        for number, quotation in recorded.items()
        for checked in _check_all(index, quotation, seen.get(number, ()), read)
    ]
    items += [_added(index, each, number=None) for each in added]
    items += [
        CheckedItem(None, "unchecked", statement.text, "it was exported without a place")
        for turn in read.record.turns
        for statement in turn.statements
        if statement.kind == "unchecked"
    ]
    return CheckedExport(read.record.made, tuple(items), _state(index, read))


def _state(index: Store, read: ReadExport) -> tuple[str, ...]:
    documents = index.counts()[0]
    then = read.record.collection.documents if read.record else documents
    if then == documents:
        return ()
    return (f"the collection had {then} documents when this was exported, and has {documents} now",)


def _check_all(
    index: Store, quotation: Quotation, seen: Sequence[Visible], read: ReadExport
) -> list[CheckedItem]:
    if not seen:
        note = "it was exported, but cannot be seen in the file any more"
        return [CheckedItem(quotation.number, "taken_out", one_line(quotation.quote), note)]
    return [_check(index, quotation, each, read) for each in seen]


def _check(index: Store, quotation: Quotation, visible: Visible, read: ReadExport) -> CheckedItem:
    words = one_line(visible.words)
    document = index.document(quotation.document_id)
    here = document.text[quotation.start : quotation.end] if document else ""
    if document is not None and storable(here) == quotation.quote:
        if not _same(words, here):
            return _edited(index, quotation, words, document)
        place = _cited(index, document, quotation.start, quotation.end)
        changed = not _names_place(place, document, quotation, read)
        note = _pinpoint_note(place) if changed else ""
        return CheckedItem(
            quotation.number, "verbatim", words, note, place, pinpoint_changed=changed
        )
    return _elsewhere(index, quotation, words, document)


def _elsewhere(
    index: Store, quotation: Quotation, words: str, document: Document | None
) -> CheckedItem:
    """The words do not stand at the place: where they do, and why."""
    number = quotation.number
    row = index.source(quotation.source)
    successor = index.document(row.document_id) if row else None
    for each, note in (
        (document, "it stands at another place of the document"),
        (successor, f"{quotation.source} has changed; it stands there still"),
    ):
        if each is not None and (span := _find(words, each.text)):
            return CheckedItem(number, "moved", words, note, _cited(index, each, *span))
    if document is not None and not _same(words, quotation.quote):
        return _edited(index, quotation, words, document)
    found = _added(index, Visible(number, words), number=number)
    if found.status == "verbatim":
        gone = "is not in the collection any more" if successor is None else "has changed"
        note = f"{quotation.source} {gone}; the words stand in another document"
        return CheckedItem(number, "moved", words, note, found.place)
    if successor is not None and successor.id != quotation.document_id:
        note = f"{quotation.source} has changed since, and does not have these words"
        return CheckedItem(number, "changed_document", words, note, found.place, found.differences)
    if document is None:
        note = f"{quotation.source} is not in the collection any more"
        return CheckedItem(number, "not_found", words, note, found.place, found.differences)
    return found


def _edited(index: Store, quotation: Quotation, words: str, document: Document) -> CheckedItem:
    """The visible words are others than those that were exported."""
    found = _added(index, Visible(quotation.number, words), number=quotation.number)
    was = one_line(document.text[quotation.start : quotation.end])
    note = f"exported was: “{was}”"
    if found.status == "verbatim":
        note = f"{note}; what is there now stands elsewhere in the collection"
    return CheckedItem(quotation.number, "edited", words, note, found.place, found.differences)


def _added(index: Store, visible: Visible, *, number: int | None) -> CheckedItem:
    """A quotation of which nothing is known but its words."""
    words = one_line(visible.words)
    try:
        result = check_quotation(index, words)
    except QueryError as error:
        return CheckedItem(number, "not_found", words, f"not looked up: {error}")
    if result.status == "verbatim":
        return CheckedItem(number, "verbatim", words, place=result.matches[0].citation)
    close = (*result.matches, *result.closest)
    if not close:
        return CheckedItem(number, "not_found", words, "nothing in the collection comes close")
    note = (
        "it differs from the closest passage" if result.matches else "shown is the closest passage"
    )
    differences = result.matches[0].differences if result.matches else ()
    return CheckedItem(number, "not_found", words, note, close[0].citation, differences)


def _same(words: str, text: str) -> bool:
    """Whether these are the words of the text, whole or in part, but for signs of typography."""
    return words == one_line(text) or _find(words, text) is not None


def _find(words: str, text: str) -> tuple[int, int] | None:
    try:
        place = next(iter(find_places(read_quotation(words), text)), None)
    except QueryError:
        return None
    return (place.start, place.end) if place else None


def _cited(index: Store, document: Document, start: int, end: int) -> Citation | None:
    found = cite_place(index, Place(document.id, start, end))
    return found[1] if found else None


def _names_place(
    place: Citation | None, document: Document, quotation: Quotation, read: ReadExport
) -> bool:
    """Whether the visible footnote still names the document, and the place of the words in it."""
    if place is None or not read.notes:
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


def _pinpoint_note(place: Citation | None) -> str:
    if place is None:
        return ""
    where = place.section or ""
    if place.page is not None:
        where = page_words(place.page, place.page_label, place.page_kind)
    named = ", ".join(filter(None, (one_line(place.title), where)))
    return f"the footnote does not name the place of the words: {named}"

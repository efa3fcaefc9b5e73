"""The library: the documents of one index, found, added, corrected and removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from rag.app.library.adding import TURN_SECONDS, Adding
from rag.app.library.pdf_pages import Pages
from rag.app.library.write_lock import WriteLock
from rag.errors import QueryError, SourceNotFound
from rag.ingest.pipeline import remove
from rag.language.translation import _
from rag.language.words import well_formed
from rag.schema import DocumentInfo, Metadata
from rag.settings import Settings
from rag.store import PeopleWriter, StatementStore, Store

EDITABLE = ("title", "publisher", "date", "country", "author", "speaker", "language")
"""The metadata fields that can be corrected by hand."""


class Library:
    """What people do with the documents of an index while it is being asked.

    Everything may be called from any thread. ``adding`` takes in files; searching and correcting
    go on meanwhile. ``pages`` shows the pages of PDFs, and ``index`` is for looking things up.
    While others wait, what somebody adds is taken in for ``turn_seconds`` at first.
    """

    def __init__(
        self, index: Store, settings: Settings, *, turn_seconds: float = TURN_SECONDS
    ) -> None:
        self.index = index
        self.pages = Pages(index, settings)
        self._lock = WriteLock()
        self.adding = Adding(index, settings, self._lock, turn_seconds=turn_seconds)

    def sources(self) -> dict[str, str]:
        """The document id of every source; sources of identical files lead to one document."""
        known = self.index.sources().values()
        return {each.source: each.document_id for each in known}

    def as_read(self, document_id: str) -> Metadata:
        """The metadata as it would be without any correction by hand.

        Raises:
            SourceNotFound: there is no such document.
        """
        layers = self.index.layers(document_id)
        if layers is None:
            raise SourceNotFound(_("this document is not in the library any more: reload the page"))
        return replace(layers, edits={}).effective()

    def edit(self, document_id: str, changes: Mapping[str, str | None]) -> DocumentInfo:
        """Correct metadata by hand; None takes a correction back, ``""`` means not known.

        Raises:
            QueryError: a field that cannot be edited, or a value that does not fit it.
            SourceNotFound: there is no such document.
            IndexBusy: something else is being written.
        """
        for name in changes:
            if name not in EDITABLE:
                raise QueryError(f"{name!r} cannot be edited: choose from {', '.join(EDITABLE)}")
        storable = {name: value and well_formed(value) for name, value in changes.items()}
        with self._lock.short(), self.index.writing() as writer:
            return writer.edit(document_id, storable)

    def remove(self, document_ids: Sequence[str]) -> list[str]:
        """Remove documents; the result names their sources.

        Raises:
            SourceNotFound: one of them is not there; nothing has been removed then.
            IndexBusy: something else is being written.
        """
        if any(self.index.information(each) is None for each in document_ids):
            raise SourceNotFound(_("this document is not in the library any more: reload the page"))
        with self._lock.short():
            return remove(self.index, list(document_ids))

    def merge_people(self, person_id: str, other_id: str) -> None:
        """Let two people be one from now on.

        Raises:
            SourceNotFound: there is no such person.
            IndexBusy: something else is being written.
        """
        self._decide(lambda writer: writer.merge_people(person_id, other_id))

    def split_person(self, person_id: str, name: str) -> None:
        """Let one of a person's names be somebody else's; raises as :meth:`merge_people`."""
        self._decide(lambda writer: writer.split_person(person_id, name))

    def undo_decision(self, decision_id: int) -> None:
        """Take back a merge or a split; raises as :meth:`merge_people`."""
        self._decide(lambda writer: writer.undo_decision(decision_id))

    def _decide(self, decide: Callable[[PeopleWriter], None]) -> None:
        if not isinstance(self.index, StatementStore):
            raise SourceNotFound(_("this collection has no index of statements"))
        with self._lock.short(), self.index.writing() as writer:
            decide(writer)

    def close(self) -> None:
        """Stop what is being done; the index stays open."""
        self.pages.close()
        self.adding.close()

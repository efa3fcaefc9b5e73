"""What happens to each material in its turn: nothing, a new description, or a new document."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from rag.errors import EmptyDocument, LimitExceeded
from rag.ingest.archives.members import complete_mark
from rag.ingest.known_sources import Fingerprint, Known, lasts, told
from rag.ingest.progress import Telling
from rag.ingest.records import FileState
from rag.ingest.source_file import Archive, Material
from rag.ingest.workers import ReadFile
from rag.schema import Document
from rag.store import Entry, Source, Store, Writer

__all__ = ["Intake"]

# Embedded and published together: enough to keep the model busy, few enough that little is done
# again after an interruption.
BATCH_PASSAGES = 128
_BATCH_BYTES = 50_000_000
_BATCH_LEADS = 200

# Few printed pages have more.
_CHARACTERS_A_PAGE = 3000


@dataclass(frozen=True, slots=True)
class _Waiting:
    material: Material
    entry: Entry
    row: Source


class Intake:
    """The changes that one ingestion makes to an index, in the order of the materials.

    ``whole_archives`` are the origins of archives that were read to their end, ``left_out`` those
    of what failed or was cancelled.
    """

    def __init__(
        self,
        index: Store,
        writer: Writer,
        known: Known,
        *,
        max_pages: int,
        telling: Telling,
        is_cancelled: Callable[[str], bool],
    ) -> None:
        self._max_pages = max_pages
        self._index = index
        self._writer = writer
        self._known = known
        self._telling = telling
        self._is_cancelled = is_cancelled
        self._batch: list[_Waiting] = []
        self._publishing: deque[_Waiting] = deque()
        self._leads: list[Source] = []
        self.whole_archives: list[str] = []
        self.left_out: list[str] = []

    @property
    def waiting_passages(self) -> int:
        """Passages of documents that are not published yet."""
        return sum(len(each.entry.passages) for each in self._batch)

    # Is there anything to read?

    def is_to_be_read(self, material: Material, document_id: str) -> bool:
        """Whether the index has no current reading of this content."""
        known = self._known.get(material.source)
        return not (
            (known and known.document_id == document_id and Fingerprint.of(known).is_current)
            or self._is_in_batch(document_id)
            or self._known.twin(material.source, document_id)
        )

    def _is_in_batch(self, document_id: str) -> bool:
        return any(each.entry.document.id == document_id for each in self._batch)

    def publish_twin(self, document_id: str) -> None:
        """Publish what waits if this content is part of it."""
        if self._is_in_batch(document_id):
            self.publish()

    # Without reading.

    def take_known(self, material: Material, document_id: str) -> None:
        """Let a source lead to content that the index has, and describe it anew if need be."""
        known = self._known.get(material.source)
        twin = self._known.twin(material.source, document_id)
        if known is not None and known.document_id == document_id:
            self._compare(material, known, twin)
        elif twin is not None:
            self._follow(material, twin)

    def _compare(self, material: Material, known: Source, twin: Source | None) -> None:
        """The content is the same; is what is told of it?"""
        before = Fingerprint.of(known)
        owned = twin is not None and Fingerprint.of(twin).is_owner
        row = _row(material, known.document_id, follows=owned and not before.is_owner)
        now = Fingerprint.of(row)
        if now.is_owner and before.given != now.given and self._is_told_otherwise(material, row):
            self._describe(material, row)
            self._telling.state(material, "updated")
        else:
            if (known.origin, before.given) != (row.origin, now.given):
                self._lead(row)
            self._telling.state(material, "unchanged")
        self._note(material, row)

    def _is_told_otherwise(self, material: Material, row: Source) -> bool:
        layers = self._index.layers(row.document_id)
        return layers is None or told(layers.given) != told(material.given)

    def _follow(self, material: Material, twin: Source) -> None:
        """The content is that of another source; if that is gone, it has moved to this one."""
        has_moved = Fingerprint.of(twin).is_owner and not lasts(twin.origin)
        row = _row(material, twin.document_id, follows=not has_moved)
        if has_moved:
            self._describe(material, row)
            self._telling.state(material, "added")
        else:
            self._lead(row)
            self._telling.state(material, "duplicate", twin.source)
        self._note(material, row)

    def _describe(self, material: Material, row: Source) -> None:
        self._lead_all()
        self._writer.describe(row.document_id, material.given, sources=[row])

    def _lead(self, row: Source) -> None:
        self._leads.append(row)
        if len(self._leads) >= _BATCH_LEADS:
            self._lead_all()

    def _lead_all(self) -> None:
        """Publish sources that lead to documents which are there.

        That is to be done before any document changes: it might be the last source of one.
        """
        leads, self._leads = self._leads, []
        if leads:
            self._writer.lead(leads)

    def _note(self, material: Material, row: Source) -> None:
        self._known.put(row)
        if material.archive is not None:
            material.archive.rows[row.source] = row

    # With a reading.

    def take_read(self, material: Material, document_id: str, read: ReadFile) -> int:
        """Take a document to those that are published next; the number of its passages.

        Raises:
            EmptyDocument: it comes to no passage.
            LimitExceeded: its text is longer than so many pages can be.
        """
        reading = read.reading
        self._check_length(len(reading.text))
        document = Document(
            id=document_id,
            source=material.source,
            text=reading.text,
            metadata=reading.metadata,
            media_type=read.media_type,
            pages=reading.pages,
            headings=reading.headings,
            turns=reading.turns,
            tables=reading.tables,
            warnings=reading.warnings,
        )
        passages = self._writer.cut(document)
        if not passages:
            raise EmptyDocument("there is no text in it")
        row = _row(material, document_id)
        entry = Entry(
            document,
            passages,
            row.origin,
            row.fingerprint,
            material.given,
            material.content if material.keep else None,
        )
        self._batch.append(_Waiting(material, entry, row))
        self._telling.state(material, "embedding")
        held = sum(len(each.entry.original or b"") for each in self._batch)
        if self.waiting_passages >= BATCH_PASSAGES or held > _BATCH_BYTES:
            self.publish()
        return len(passages)

    def _check_length(self, characters: int) -> None:
        """Formats without pages are bounded, too: cutting takes memory by the text's length."""
        if characters > self._max_pages * _CHARACTERS_A_PAGE:
            raise LimitExceeded(
                f"{characters:,} characters, more than {self._max_pages} pages "
                "have: split it, or raise RAG_MAX_PAGES"
            )

    def publish(self) -> None:
        """Embed and publish what waits, but for what is not wanted any more."""
        self._lead_all()
        batch, self._batch = self._batch, []
        for each in batch:
            if self._is_cancelled(each.material.name):
                self.give_up(each.material)
            else:
                self._publishing.append(each)
        if self._publishing:
            self._telling.pace.begin()
            self._writer.add([each.entry for each in self._publishing])
            self._telling.pace.embed(sum(len(each.entry.passages) for each in self._publishing))
        self.tell_published()

    def tell_published(self) -> None:
        """Tell of the documents that are visible; after Ctrl-C some, all or none may be."""
        while self._publishing:
            each = self._publishing[0]
            is_visible = self._index.source(each.row.source) == each.row
            self._publishing.popleft()  # not before: Ctrl-C while it is looked up must not lose it
            if not is_visible:
                continue
            warnings = each.entry.document.warnings
            state: FileState = "updated" if self._known.get(each.row.source) else "added"
            self._telling.state(each.material, state, "; ".join(warnings) or None)
            self._telling.warn(each.row.source, warnings)
            self._note(each.material, each.row)

    # Without a document.

    def give_up(self, material: Material) -> None:
        """It is not wanted any more."""
        self._telling.state(material, "cancelled")
        self._leave(material)

    def fail(self, material: Material, error: str) -> None:
        """It cannot be read; its earlier version stays, if there is one."""
        self._telling.state(material, "failed", error)
        self._leave(material)

    def _leave(self, material: Material) -> None:
        self.left_out.append(material.origin)
        if material.archive is not None:
            material.archive.failed = True

    def end_archive(self, material: Material, archive: Archive) -> None:
        """If all of it was taken in, note that, so that it need not be opened again."""
        self.publish()
        if material.error is None and not archive.states:
            self.fail(material, "there is no document in it: remove it or replace it")
        elif material.error is None:
            self._telling.end_archive(material, archive)
        if not archive.whole:
            return
        self.whole_archives.append(archive.origin)
        if archive.failed:
            return
        mark = complete_mark(archive, len(archive.rows))
        marked = [
            replace(row, fingerprint=str(replace(Fingerprint.of(row), archive=mark)))
            for row in archive.rows.values()
        ]
        if marked != list(archive.rows.values()):
            self._writer.lead(marked)


def _row(material: Material, document_id: str, *, follows: bool = False) -> Source:
    """The source's row; with ``follows`` what is given with it is not applied."""
    archive = material.archive.digest if material.archive else ""
    fingerprint = Fingerprint("" if follows else told(material.given), archive)
    return Source(material.source, material.origin, str(fingerprint), document_id)

"""Last stage: documents become visible, and sources that the index knows are compared with it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace

from rag.ingest.archives.unpack import complete_mark
from rag.ingest.known_sources import Fingerprint, KnownSources, lasts, metadata_hash, row_of
from rag.ingest.progress import Reporter
from rag.ingest.records import Archive, Failure, FileState, SourceFile
from rag.readers import merge_metadata, ocr
from rag.readers.ocr import waits_for_ocr
from rag.schema import Metadata
from rag.store import Entry, Source, Store, Writer

# Embedded and published together: enough to keep the model busy, few enough that little is done
# again after an interruption.
BATCH_PASSAGES = 128
_BATCH_BYTES = 50_000_000
_BATCH_LEADS = 200

_Waiting = tuple[SourceFile, Entry]


class Publisher:
    """The changes that one ingestion makes to an index, in the order of the files.

    ``whole_archives`` are the origins of archives that were read to their end, ``left_out`` those
    of what failed or was cancelled.
    """

    def __init__(
        self,
        index: Store,
        writer: Writer,
        known: KnownSources,
        *,
        reporter: Reporter,
        is_cancelled: Callable[[str], bool],
        may_recognise: bool,
    ) -> None:
        self._index = index
        self._writer = writer
        self._known = known
        self._reporter = reporter
        self._is_cancelled = is_cancelled
        self._may_recognise = may_recognise and ocr.is_installed()
        self._batch: list[_Waiting] = []
        self._publishing: deque[_Waiting] = deque()
        self._leads: list[Source] = []
        self._replaced: set[str] = set()  # sources that led to something before
        self.whole_archives: list[str] = []
        self.left_out: list[str] = []

    @property
    def waiting_passages(self) -> int:
        """Passages of documents that are not published yet."""
        return sum(len(entry.passages) for _, entry in self._batch)

    # Is there anything to read?

    def is_to_be_read(self, file: SourceFile) -> bool:
        """Whether the index has no current reading of this content, or one that OCR betters."""
        if self._is_in_batch(file):
            return False
        known = self._known.get(file.source)
        is_read = known is not None and (
            known.document_id == file.document_id and Fingerprint.of(known).is_current
        )
        if not is_read and not self._known.twin(file.source, file.document_id):
            return True
        before = self._index.information(file.document_id) if self._may_recognise else None
        return before is not None and waits_for_ocr(before.warnings)

    def _is_in_batch(self, file: SourceFile) -> bool:
        return any(entry.document.id == file.document_id for _, entry in self._batch)

    def publish_twin(self, file: SourceFile) -> None:
        """Publish what waits if this content is part of it."""
        if self._is_in_batch(file):
            self.publish()

    # Without reading.

    def take_known(self, file: SourceFile) -> None:
        """Let a source lead to content that the index has, and describe it anew if need be."""
        known = self._known.get(file.source)
        twin = self._known.twin(file.source, file.document_id)
        if known is not None and known.document_id == file.document_id:
            self._compare(file, known, twin)
        elif twin is not None:
            self._follow(file, twin)

    def _compare(self, file: SourceFile, known: Source, twin: Source | None) -> None:
        """The source has the same content as before: publish its metadata if they have changed."""
        before = Fingerprint.of(known)
        owned = twin is not None and Fingerprint.of(twin).is_owner
        row = row_of(file, follows=owned and not before.is_owner)
        now = Fingerprint.of(row)
        if now.is_owner and before.given != now.given and self._is_told_otherwise(file, row):
            self._describe(file, row)
            self._reporter.state(file, "updated")
        else:
            if (known.origin, before.given) != (row.origin, now.given):
                self._lead(row)
            self._reporter.state(file, "unchanged")
        self._note(file, row)

    def _is_told_otherwise(self, file: SourceFile, row: Source) -> bool:
        layers = self._index.layers(row.document_id)
        return layers is None or metadata_hash(layers.given) != metadata_hash(file.given)

    def _follow(self, file: SourceFile, twin: Source) -> None:
        """Another source has this content: this is a duplicate or, if that is gone, has moved."""
        has_moved = Fingerprint.of(twin).is_owner and not lasts(twin.origin)
        row = row_of(file, follows=not has_moved)
        if has_moved:
            self._describe(file, row)
            self._reporter.state(file, "added")
        else:
            self._lead(row)
            self._reporter.state(file, "duplicate", twin.source)
        self._note(file, row)

    def _describe(self, file: SourceFile, row: Source) -> None:
        self._lead_all()
        self._writer.describe(row.document_id, file.given, sources=[row])

    def describe_known(self, row: Source, given: Metadata) -> None:
        """Describe a document whose file is not at hand, unless it is another source's."""
        before, layers = Fingerprint.of(row), self._index.layers(row.document_id)
        if not before.is_owner or layers is None:
            return
        fetched = {k: v for k, v in layers.given.extra.items() if k in ("url", "retrieved")}
        given = merge_metadata(first=given, then=Metadata(extra=fetched))
        now = replace(row, fingerprint=str(replace(before, given=metadata_hash(given))))
        if now != row:
            self._writer.describe(row.document_id, given, sources=[now])
            self._known.put(now)
            self._reporter.result.updated.append(row.source)

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

    def _note(self, file: SourceFile, row: Source) -> None:
        self._known.put(row)
        if file.archive is not None:
            file.archive.rows[row.source] = row

    # With a reading.

    def take_read(self, file: SourceFile, entry: Entry) -> None:
        """Take a document to those that are published next."""
        self._batch.append((file, entry))
        if self._known.get(entry.document.source) is not None:
            self._replaced.add(entry.document.source)
        self._reporter.state(file, "embedding")
        held = sum(len(each.original or b"") for _, each in self._batch)
        if self.waiting_passages >= BATCH_PASSAGES or held > _BATCH_BYTES:
            self.publish()

    def publish(self) -> None:
        """Embed and publish what waits, but for what is not wanted any more."""
        self._lead_all()
        batch, self._batch = self._batch, []
        for file, entry in batch:
            if self._is_cancelled(file.name):
                self.give_up(file)
            else:
                self._publishing.append((file, entry))
        if self._publishing:
            self._reporter.time.begin()
            self._writer.add([entry for _, entry in self._publishing])
            self._reporter.time.embedded += sum(len(each.passages) for _, each in self._publishing)
        self.report_published()

    def report_published(self) -> None:
        """Report the documents that are visible; after Ctrl-C some, all or none may be."""
        while self._publishing:
            file, entry = self._publishing[0]
            row = entry.as_source
            is_visible = self._index.source(row.source) == row
            self._publishing.popleft()  # not before: Ctrl-C while it is looked up must not lose it
            if not is_visible:
                continue
            warnings = entry.document.warnings
            state: FileState = "updated" if row.source in self._replaced else "added"
            self._reporter.state(file, state, "; ".join(warnings) or None)
            self._reporter.result.warnings += [Failure(row.source, each) for each in warnings]
            self._note(file, row)

    # Without a document.

    def give_up(self, file: SourceFile) -> None:
        """Report a file as cancelled."""
        self._reporter.state(file, "cancelled")
        self._leave(file)

    def fail(self, file: SourceFile, error: str) -> None:
        """Report a file that cannot be read; its earlier version, if there is one, stays."""
        self._reporter.state(file, "failed", error)
        self._leave(file)

    def _leave(self, file: SourceFile) -> None:
        self.left_out.append(file.origin)
        if file.archive is not None:
            file.archive.failed = True

    def end_archive(self, file: SourceFile, archive: Archive) -> None:
        """Report an archive; if all of it was ingested, note that, so it is not opened again."""
        self.publish()
        if file.error is None and not archive.states:
            self.fail(file, "there is no document in it: remove it or replace it")
        elif file.error is None:
            self._reporter.end_archive(file, archive)
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

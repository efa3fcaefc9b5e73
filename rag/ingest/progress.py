"""What is told of an ingestion, while it goes on and at its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag import patience
from rag.ingest.discover import Collection
from rag.ingest.eta import Pace
from rag.ingest.known_sources import Known
from rag.ingest.records import Failure, FileReport, FileState, Ingestion, Progress
from rag.ingest.source_file import Archive, Material

__all__ = ["Telling"]


class Telling:
    """Keeps the result, and reports each file and how far the whole is."""

    def __init__(
        self,
        *,
        on_file: Callable[[FileReport], None] | None,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self.result = Ingestion()
        self.pace = Pace()
        self._on_file = on_file or (lambda _report: None)
        self._on_progress = on_progress or (lambda _progress: None)
        self._known_items: set[str] = set()
        self._files = self._total_files = self._size = self._total_size = self._passages = 0

    def expect(self, collection: Collection, known: Known) -> None:
        """Note what there is to do."""
        for failure in collection.failed:
            self.result.failed.append(failure)
            self._on_file(FileReport(failure.source, "failed", failure.error, failure.source))
        for item in collection.items:
            is_known = known.origin(item.source) is not None
            if is_known:
                self._known_items.add(item.name)
            self.pace.expect(item.source, item.size, is_known=is_known)
            self._total_files += 1
            self._total_size += item.size
        self.progress("")

    def state(self, material: Material, state: FileState, message: str | None = None) -> None:
        """A file has come to ``state``; if it is a last one, it is in the result from now on."""
        result, source = self.result, material.source
        if material.archive is not None and not material.ends:
            material.archive.states[state] += 1
        match state:
            case "added" | "updated" | "unchanged" | "cancelled":
                getattr(result, state).append(source)
            case "failed":
                result.failed.append(Failure(source, message or ""))
            case "duplicate":
                result.duplicates[source] = message or ""
        self._on_file(FileReport(source, state, message, material.name))

    def end_archive(self, material: Material, archive: Archive) -> None:
        """Report an archive, which is in the result only by what was in it."""
        order: tuple[FileState, ...] = ("added", "updated", "unchanged", "duplicate", "cancelled")
        state: FileState = next((each for each in order if archive.states[each]), "failed")
        told = [f"{archive.states[each]} {each}" for each in (*order, "failed")]
        message = ", ".join(each for each in told if not each.startswith("0 "))
        self._on_file(FileReport(material.source, state, message, material.name))

    def warn(self, source: str, warnings: Sequence[str]) -> None:
        """A document is in the index, but its reader was not content with all of it."""
        self.result.warnings += [Failure(source, warning) for warning in warnings]

    def settle(self, material: Material, *, passages: int | None) -> None:
        """A material has had its turn; it came to so many passages, None if it was not read."""
        patience.progress()
        item = material.name if material.archive is None else material.archive.name
        is_known = item in self._known_items
        self.pace.settle(item, material.share, is_known=is_known, passages=passages)
        self._files += 1
        if material.archive is not None and not material.ends:
            self._total_files += 1
        self._size += material.share
        self._passages += passages or 0

    def progress(self, source: str, *, waiting: int = 0) -> None:
        """Report how far the whole is, with ``waiting`` passages that are not embedded yet."""
        self._on_progress(
            Progress(
                source,
                self._files,
                self._total_files,
                self._size,
                self._total_size,
                self._passages,
                self.pace.remaining_seconds(waiting),
            )
        )

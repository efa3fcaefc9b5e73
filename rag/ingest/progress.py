"""Reports of an ingestion: the state of each file, how far the whole is, and the time left."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence

from rag import patience
from rag.ingest.known_sources import KnownSources
from rag.ingest.records import (
    Archive,
    Failure,
    FileReport,
    FileState,
    Ingestion,
    Item,
    Progress,
    SourceFile,
)

_ENDED: tuple[FileState, ...] = ("added", "updated", "unchanged", "duplicate", "cancelled")


class Reporter:
    """Keeps the result of an ingestion, and calls those who want to hear of it.

    ``time`` estimates how long it will still take.
    """

    def __init__(
        self,
        *,
        on_file: Callable[[FileReport], None] | None,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self.result = Ingestion()
        self.time = RemainingTime()
        self._on_file = on_file or (lambda _report: None)
        self._on_progress = on_progress or (lambda _progress: None)
        self._known_items: set[str] = set()
        self._files = self._total_files = self._size = self._total_size = self._passages = 0

    def expect(
        self,
        items: Sequence[Item],
        failed: Sequence[Failure],
        warnings: Sequence[Failure],
        known: KnownSources,
    ) -> None:
        """Count the items to come, and report what failed already when it was discovered."""
        self.result.warnings += warnings
        for failure in failed:
            self.result.failed.append(failure)
            self._on_file(FileReport(failure.source, "failed", failure.error, failure.source))
        for item in items:
            is_known = known.origin(item.source) is not None
            if is_known:
                self._known_items.add(item.name)
            self.time.expect(item.source, item.size, is_known=is_known)
            self._total_files += 1
            self._total_size += item.size
        self.progress("")

    def state(self, file: SourceFile, state: FileState, message: str | None = None) -> None:
        """A file has come to ``state``; if it is a last one, it is in the result from now on."""
        if file.archive is not None and not file.ends:
            file.archive.states[state] += 1
        match state:
            case "added" | "updated" | "unchanged" | "cancelled":
                getattr(self.result, state).append(file.source)
            case "failed":
                self.result.failed.append(Failure(file.source, message or ""))
            case "duplicate":
                self.result.duplicates[file.source] = message or ""
        self._on_file(FileReport(file.source, state, message, file.name))

    def sidecar(self, name: str, count: int) -> None:
        """Report an uploaded ``metadata.csv`` that tells of ``count`` files."""
        lines = [each.error for each in self.result.warnings if each.source == name]
        message = "; ".join((f"tells of {count} file{'s'[: count != 1]}", *lines))
        self._on_file(FileReport(name, "updated", message, name))

    def end_archive(self, file: SourceFile, archive: Archive) -> None:
        """Report an archive, which is in the result only by what was in it."""
        state: FileState = next((each for each in _ENDED if archive.states[each]), "failed")
        counts = [(archive.states[each], each) for each in (*_ENDED, "failed")]
        message = ", ".join(f"{count} {each}" for count, each in counts if count)
        self.result.warnings += archive.warnings
        message = "; ".join((message, *(each.error for each in archive.warnings)))
        self._on_file(FileReport(file.source, state, message, file.name))

    def settle(self, file: SourceFile, *, passages: int | None) -> None:
        """Count a file as done; ``passages`` is None if it was not read."""
        patience.progress()
        item = file.name if file.archive is None else file.archive.name
        is_known = item in self._known_items
        self.time.settle(item, file.share, is_known=is_known, passages=passages)
        self._files += 1
        if file.depth or (file.archive is not None and not file.ends):
            self._total_files += 1
        self._size += file.share
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
                self.time.remaining_seconds(waiting),
            )
        )


class RemainingTime:
    """Passages still to come, by the bytes still to read, over the passages embedded each second.

    How many passages a byte comes to is learnt for each kind of file: a PDF has other bytes than a
    text. Of files that the index knows, only as many count as have turned out to be changed.
    ``embedded`` counts the passages that are done.
    """

    def __init__(self) -> None:
        self.embedded = 0
        self._began: float | None = None
        self._left: Counter[tuple[str, bool]] = Counter()
        self._seen: Counter[bool] = Counter()
        self._changed: Counter[bool] = Counter()
        self._read: Counter[str] = Counter()
        self._passages: Counter[str] = Counter()

    def expect(self, name: str, size: int, *, is_known: bool) -> None:
        """Count a file of ``size`` bytes that is still to come."""
        self._left[_suffix(name), is_known] += size

    def settle(self, name: str, size: int, *, is_known: bool, passages: int | None) -> None:
        """Count ``size`` bytes of a file as done; ``passages`` is None if it was not read."""
        self._left[_suffix(name), is_known] -= size
        self._seen[is_known] += size
        if passages is not None:
            self._changed[is_known] += size
            self._read[_suffix(name)] += size
            self._passages[_suffix(name)] += passages

    def begin(self) -> None:
        """Start the clock when the first passages are embedded."""
        if self._began is None:
            self._began = time.monotonic()

    def remaining_seconds(self, waiting: int) -> float | None:
        """An estimate, with ``waiting`` passages that are read already; None if there is none."""
        if self._began is None or not self.embedded or not self._read.total():
            return None
        overall = self._passages.total() / self._read.total()
        expected = float(waiting)
        for (suffix, is_known), left in self._left.items():
            read = self._read[suffix]
            density = self._passages[suffix] / read if read else overall
            share = self._changed[True] / max(self._seen[True], 1) if is_known else 1.0
            expected += max(left, 0) * density * share
        return expected * max(time.monotonic() - self._began, 0.001) / self.embedded


def _suffix(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[2].lower()

"""Archives as collections of documents, also inside one another; and one that is as it was."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from rag.errors import DamagedFile, LimitExceeded, ReadingError
from rag.ingest.archives.entries import Budget, Entry, OverBudget, entries, is_archive, read_entry
from rag.ingest.known_sources import READER_VERSION, Fingerprint, metadata_hash
from rag.ingest.records import Archive, Failure, Item, SourceFile
from rag.ingest.snapshot import (
    ID_DIGITS,
    changed_meanwhile,
    digest,
    id_of,
    is_litter,
    open_file,
    refuse_unsupported,
    still_the_same,
    too_large,
)
from rag.readers import Limits, merge_metadata
from rag.readers.metadata.sidecar import SIDECAR, sidecar_of
from rag.schema import Metadata
from rag.settings import Settings
from rag.store import Source

_SIDECAR_BYTES = 20_000_000
_IN_MEMORY_BYTES = 16_000_000


def archive_digest(item: Item, path: Path, *, limits: Limits) -> str:
    """A digest of an archive, of what sidecars beside it say, and of how it would be read.

    Raises:
        LimitExceeded: it is larger than it may be when expanded.
        ReadingError: it cannot be opened.
    """
    with open_file(path) as file:
        if os.fstat(file.fileno()).st_size > limits.expanded_bytes:
            raise too_large(limits.expanded_bytes, "RAG_MAX_ARCHIVE_MEGABYTES")
        parts = [READER_VERSION, digest(file), metadata_hash(item.given), *["ocr"] * limits.ocr]
    parts += [f"{name} {metadata_hash(row)}" for name, row in sorted(item.members.items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:ID_DIGITS]


def complete_mark(archive: Archive, count: int) -> str:
    """What the rows of an archive are marked with when it was taken in completely."""
    return f"{archive.digest}/{count}"


def rows_as_before(rows: Sequence[Source], archive: Archive) -> list[Source]:
    """The rows of what this very archive came to, if all of it did without a failure.

    Other rows among ``rows`` are of what was in an earlier version of it.
    """
    of_this = [row for row in rows if Fingerprint.of(row).archive.startswith(archive.digest)]
    complete = complete_mark(archive, len(of_this))
    return of_this if all(Fingerprint.of(row).archive == complete for row in of_this) else []


def unchanged(rows: Sequence[Source], item: Item, archive: Archive) -> Iterator[SourceFile]:
    """What the archive came to before, without a look at it, and its end."""
    for row in rows:
        archive.rows[row.source] = row
        name = item.name + row.source.removeprefix(archive.source)
        yield SourceFile(name, row.source, row.origin, unchanged=True, archive=archive)
    archive.whole = True
    yield archive.end(share=item.size)


def unpack(item: Item, path: Path, archive: Archive, *, settings: Settings) -> Iterator[SourceFile]:
    """The files in an archive, and its end; if there is a reason to stop early, that comes last."""
    unpacking = _Unpacking(item, archive, settings)
    error = None
    try:
        with open_file(path) as file:
            before = os.fstat(file.fileno())
            yield from unpacking.files(file, size=before.st_size)
            if not still_the_same(file, path, before):
                raise changed_meanwhile()
            archive.whole = True
    except ReadingError as raised:
        error = str(raised)
    except OSError as raised:
        error = f"cannot be opened: {raised.strerror or raised}"
    yield archive.end(share=item.size - unpacking.done, error=error)


class _Unpacking:
    """One walk through an archive. ``done`` is how far it is, in bytes of the archive's file."""

    def __init__(self, item: Item, archive: Archive, settings: Settings) -> None:
        self.done = 0
        self._position = 0  # after the outermost entry at hand
        self._item = item
        self._archive = archive
        self._limits = Limits.of(settings)
        self._most = settings.max_file_megabytes * 1_000_000
        self._tables: dict[str, Mapping[str, Metadata]] = {}
        self._paths: set[str] = set()

    def files(self, file: BinaryIO, *, size: int) -> Iterator[SourceFile]:
        """The files in it that are not hidden or litter, in its order.

        Raises:
            DamagedFile: it is no archive, or damaged from here on.
            LimitExceeded: it comes to more than the settings allow.
        """
        yield from self._walk(file, self._item.name, "", 1, Budget(self._limits, packed=size))

    def _walk(
        self, file: BinaryIO, name: str, prefix: str, depth: int, budget: Budget
    ) -> Iterator[SourceFile]:
        if depth > self._limits.depth:
            raise LimitExceeded(
                f"archives inside archives, more than {self._limits.depth} deep: unpack it, or "
                "raise RAG_MAX_ARCHIVE_DEPTH"
            )
        yield from self._read_sidecars(file, name, prefix, budget)
        file.seek(0)
        for entry in entries(file, name=name, budget=budget):
            inside = _inside(entry.name)
            if _is_left_out(inside) or _is_sidecar(inside):
                continue
            path = free_name(prefix + inside, is_taken=self._paths.__contains__)
            self._paths.add(path)
            if depth == 1:
                self._position = entry.position
            try:
                yield from self._entry(entry, path, depth, budget)
            except OverBudget:
                raise
            except ReadingError as error:
                yield self._file(path, error=str(error).removeprefix(f"{path}: "))

    def _entry(self, entry: Entry, path: str, depth: int, budget: Budget) -> Iterator[SourceFile]:
        if entry.problem:
            raise DamagedFile(entry.problem)
        if not is_archive(path):
            refuse_unsupported(path)
            content = io.BytesIO()
            read_entry(entry, content, most=self._most, budget=budget)
            yield self._file(path, content.getvalue())
            return
        with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as spooled:
            inner = cast("BinaryIO", spooled)
            read_entry(entry, inner, most=self._limits.expanded_bytes, budget=budget)
            inner.seek(0)
            yield from self._walk(inner, path, path + "/", depth + 1, budget)

    def _file(self, path: str, content: bytes = b"", *, error: str | None = None) -> SourceFile:
        """A file out of the archive; ``path`` leads through archives inside the archive."""
        before, self.done = self.done, min(max(self.done, self._position), self._item.size)
        return SourceFile(
            f"{self._item.name}/{path}",
            f"{self._archive.source}/{path}",
            f"{self._archive.origin}/{path}",
            content,
            path.rpartition("/")[2],
            self._given_to(path),
            id_of(content) if error is None else "",
            error=error,
            keep=True,
            share=self.done - before,
            archive=self._archive,
        )

    # Sidecars.

    def _read_sidecars(
        self, file: BinaryIO, name: str, prefix: str, budget: Budget
    ) -> Iterator[SourceFile]:
        """Note every ``metadata.csv``: the files that it tells of may come before it.

        What is damaged or too much shows when the files themselves are read.
        """
        before = budget.entries, budget.expanded
        try:
            for entry in entries(file, name=name, budget=budget):
                inside = _inside(entry.name)
                if entry.problem or _is_left_out(inside) or not _is_sidecar(inside):
                    continue
                folder = (prefix + inside).rpartition("/")[0]
                try:
                    self._tables[folder] = self._table(entry, prefix + inside, budget)
                except OverBudget:
                    raise
                except ReadingError as error:
                    yield self._file(prefix + inside, error=str(error))
        except ReadingError:
            pass
        budget.entries, budget.expanded = before

    def _table(self, entry: Entry, path: str, budget: Budget) -> Mapping[str, Metadata]:
        content = io.BytesIO()
        read_entry(entry, content, most=_SIDECAR_BYTES, budget=budget)
        try:
            sidecar = sidecar_of(content.getvalue())
        except ReadingError as error:
            raise ReadingError(str(error).removeprefix(SIDECAR).lstrip(":, ")) from error
        source = f"{self._archive.source}/{path}"
        self._archive.warnings += [Failure(source, each) for each in sidecar.problems]
        return sidecar.rows

    def _given_to(self, path: str) -> Metadata:
        """What the sidecars from the file's folder upwards say of it; the nearest wins."""
        given = Metadata()
        for folder in map(str, PurePosixPath(path).parents):
            table = self._tables.get("" if folder == "." else folder, {})
            inside = path if folder == "." else path.removeprefix(folder + "/")
            given = merge_metadata(first=given, then=table.get(inside, Metadata()))
        given = merge_metadata(first=given, then=self._item.members.get(path, Metadata()))
        return merge_metadata(first=given, then=self._item.given)


def free_name(name: str, *, is_taken: Callable[[str], bool]) -> str:
    """``name``, or the first of ``report (2).pdf``, ``report (3).pdf``, … that is not taken."""
    free, number = name, 1
    while is_taken(free):
        number += 1
        free = _numbered(name, number)
    return free


def _numbered(name: str, number: int) -> str:
    """``name`` with a number before its suffix: ``report (2).pdf``, ``reports (2).tar.gz``."""
    folder, slash, last = name.rpartition("/")
    stem, dot, suffix = last.rpartition(".")
    if is_archive(last) and stem.lower().endswith(".tar"):
        stem, suffix = stem[:-4], f"{stem[-3:]}.{suffix}"
    if not dot or not stem:
        return f"{name} ({number})"
    return f"{folder}{slash}{stem} ({number}).{suffix}"


def _inside(name: str) -> str:
    """The path of an entry without what says nothing; one that leads out stays as it is."""
    if name.startswith("/") or ".." in name.split("/"):
        return name[:200]
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def _is_left_out(path: str) -> bool:
    parts = [part for part in path.split("/") if part not in ("", "..")]
    return not parts or any(map(is_litter, parts))


def _is_sidecar(path: str) -> bool:
    return path.rpartition("/")[2] == SIDECAR

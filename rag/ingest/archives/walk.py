"""Archives: collections of documents in one file, also inside one another."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from rag.errors import DamagedFile, LimitExceeded, ReadingError
from rag.ingest.archives.budget import Budget, OverBudget
from rag.ingest.archives.entries import Entry, entries, is_archive, read_entry
from rag.ingest.snapshot import refuse_unsupported
from rag.ingest.walk import is_litter
from rag.readers import Limits, merge_metadata, read_sidecar
from rag.readers.metadata.sidecar import SIDECAR
from rag.schema import Metadata

__all__ = ["Member", "Unpacking", "numbered"]

_SIDECAR_BYTES = 20_000_000
_IN_MEMORY_BYTES = 16_000_000


@dataclass(frozen=True, slots=True)
class Member:
    """A file out of an archive: its bytes, or why there are none.

    ``path`` is its place, through archives inside the archive; no two have the same. ``position``
    is how far into the archive file one is after it, in bytes.
    """

    path: str
    position: int
    content: bytes = b""
    error: str | None = None
    given: Metadata = field(default_factory=Metadata)


class Unpacking:
    """One walk through an archive.

    ``given`` is what is told of all its members, and ``rows`` what is told of some, by path; a
    ``metadata.csv`` inside says more.
    """

    def __init__(
        self,
        *,
        limits: Limits,
        most: int,
        given: Metadata | None = None,
        rows: dict[str, Metadata] | None = None,
    ) -> None:
        self._limits = limits
        self._most = most
        self._given = given or Metadata()
        self._rows = dict(rows or {})
        self._tables: dict[str, dict[str, Metadata]] = {}
        self._paths: set[str] = set()

    def members(self, file: BinaryIO, *, name: str, size: int) -> Iterator[Member]:
        """The files in it that are not hidden or litter, in its order.

        Raises:
            DamagedFile: it is no archive, or damaged from here on.
            LimitExceeded: it comes to more than the limits allow.
        """
        budget = Budget(self._limits, packed=size)
        yield from self._walk(file, name, "", 1, budget)

    def _walk(
        self, file: BinaryIO, name: str, prefix: str, depth: int, budget: Budget
    ) -> Iterator[Member]:
        if depth > self._limits.depth:
            raise LimitExceeded(
                f"archives inside archives, more than {self._limits.depth} deep: unpack it, or "
                "raise RAG_MAX_ARCHIVE_DEPTH"
            )
        yield from self._read_sidecars(file, name, prefix, budget)
        file.seek(0)
        for entry in entries(file, name=name, limits=self._limits, budget=budget):
            inside = _inside(entry.name)
            if _is_left_out(inside) or _is_sidecar(inside):
                continue
            path = self._own_path(prefix + inside)
            try:
                yield from self._entry(entry, path, depth, budget)
            except OverBudget:
                raise
            except ReadingError as error:
                yield Member(path, entry.position, error=str(error).removeprefix(f"{path}: "))

    def _entry(self, entry: Entry, path: str, depth: int, budget: Budget) -> Iterator[Member]:
        if entry.problem:
            raise DamagedFile(entry.problem)
        if not is_archive(path):
            refuse_unsupported(path)
            content = io.BytesIO()
            read_entry(entry, content, most=self._most, limits=self._limits, budget=budget)
            yield Member(path, entry.position, content.getvalue(), given=self._given_to(path))
            return
        with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as spooled:
            inner = cast("BinaryIO", spooled)
            read_entry(
                entry, inner, most=self._limits.expanded_bytes, limits=self._limits, budget=budget
            )
            inner.seek(0)
            for member in self._walk(inner, path, path + "/", depth + 1, budget):
                # Inside, places are counted in another file.
                yield Member(
                    member.path, entry.position, member.content, member.error, member.given
                )

    def _own_path(self, path: str) -> str:
        """``path``, with a number where the archive has had a file of this name."""
        count, own = 1, path
        while own in self._paths:
            count += 1
            own = numbered(path, count)
        self._paths.add(own)
        return own

    # Sidecars.

    def _read_sidecars(
        self, file: BinaryIO, name: str, prefix: str, budget: Budget
    ) -> Iterator[Member]:
        """Note every ``metadata.csv``: the files that it tells of may come before it.

        What is damaged or too much shows when the files themselves are read.
        """
        before = budget.entries, budget.expanded
        try:
            for entry in entries(file, name=name, limits=self._limits, budget=budget):
                inside = _inside(entry.name)
                if entry.problem or _is_left_out(inside) or not _is_sidecar(inside):
                    continue
                try:
                    self._tables[_folder(prefix + inside)] = self._table(entry, budget)
                except OverBudget:
                    raise
                except ReadingError as error:
                    yield Member(prefix + inside, entry.position, error=str(error))
        except ReadingError:
            pass
        budget.entries, budget.expanded = before

    def _table(self, entry: Entry, budget: Budget) -> dict[str, Metadata]:
        content = io.BytesIO()
        read_entry(entry, content, most=_SIDECAR_BYTES, limits=self._limits, budget=budget)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / SIDECAR
            path.write_bytes(content.getvalue())
            try:
                return read_sidecar(path.parent)
            except ReadingError as error:
                raise ReadingError(str(error).removeprefix(str(path)).lstrip(":, ")) from error

    def _given_to(self, path: str) -> Metadata:
        """What the sidecars from the member's folder upwards say of it; the nearest wins."""
        given = Metadata()
        for folder in map(str, PurePosixPath(path).parents):
            table = self._tables.get("" if folder == "." else folder, {})
            inside = path if folder == "." else path.removeprefix(folder + "/")
            given = merge_metadata(first=given, then=table.get(inside, Metadata()))
        given = merge_metadata(first=given, then=self._rows.get(path, Metadata()))
        return merge_metadata(first=given, then=self._given)


def numbered(name: str, number: int) -> str:
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


def _folder(path: str) -> str:
    return path.rpartition("/")[0]

"""From items to materials: the bytes of files, archives, uploads and addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from rag.errors import ReadingError
from rag.ingest.archives.entries import is_archive
from rag.ingest.archives.members import (
    digest_of,
    member_materials,
    rows_as_before,
    unchanged_materials,
)
from rag.ingest.archives.walk import numbered
from rag.ingest.discover import Collection, Item
from rag.ingest.known_sources import UPLOADED, Fingerprint, Known
from rag.ingest.snapshot import id_of, read_file, refuse_unsupported
from rag.ingest.source_file import Archive, Material
from rag.readers import Limits
from rag.schema import Metadata
from rag.settings import Settings
from rag.store import Source

__all__ = ["Materials", "without_name"]


class Materials:
    """The materials of a collection's items, in their order, each made when it is asked for."""

    def __init__(
        self,
        collection: Collection,
        known: Known,
        *,
        settings: Settings,
        is_cancelled: Callable[[str], bool],
    ) -> None:
        self._collection = collection
        self._known = known
        self._settings = settings
        self._most = settings.max_file_megabytes * 1_000_000
        self._is_cancelled = is_cancelled

    def __iter__(self) -> Iterator[Material]:
        for item in self._collection.items:
            plain = Material(item.name, item.source, item.origin, share=item.size)
            if self._is_cancelled(item.name):
                yield replace(plain, cancelled=True)
                continue
            try:
                yield from self._of(item)
            except ReadingError as error:
                yield replace(plain, error=without_name(error, item.name))
            except OSError as error:
                yield replace(plain, error=f"cannot be opened: {error.strerror or error}")

    def _of(self, item: Item) -> Iterator[Material]:
        if item.path is None:
            yield from self._fetched(item)
        elif is_archive(item.name):
            yield from self._unpacked(item, item.path)
        else:
            yield self._file(item, item.path)

    def _file(self, item: Item, path: Path) -> Material:
        refuse_unsupported(item.name)
        content = read_file(path, most=self._most)
        source, origin = item.source, item.origin
        if item.is_upload:
            source = self._free_name(item.name, lambda row: row.document_id == id_of(content))
            origin = UPLOADED + source
        return Material(
            item.name,
            source,
            origin,
            content,
            item.name.rpartition("/")[2],
            item.given,
            keep=item.is_upload,
            share=item.size,
        )

    def _fetched(self, item: Item) -> Iterator[Material]:
        from rag.ingest.fetch import fetch

        found = fetch(item.name, settings=self._settings)
        if found.url in self._collection.taken:
            return  # another address of the same page
        self._collection.taken[found.url] = found.url
        yield Material(
            item.name,
            found.url,
            found.url,
            found.content,
            found.name,
            Metadata(extra={"url": found.url, "retrieved": found.retrieved}),
            keep=True,
        )

    def _unpacked(self, item: Item, path: Path) -> Iterator[Material]:
        digest = digest_of(item, path, limits=Limits.of(self._settings))
        archive = Archive(item.name, item.source, item.origin, digest)
        if item.is_upload:
            archive.source = self._free_name(
                item.name,
                lambda row: Fingerprint.of(row).archive.partition("/")[0] == archive.digest,
            )
            archive.origin = UPLOADED + archive.source
        rows = rows_as_before(self._known.archive(archive.source), archive)
        if rows:
            found = unchanged_materials(rows, item, archive)
        else:
            found = member_materials(item, path, archive, settings=self._settings)
        for material in found:
            self._collection.taken[material.source] = material.origin
            yield material

    def _free_name(self, name: str, is_same: Callable[[Source], bool]) -> str:
        """``name``, with a number if that is the name of something else already."""
        count, free = 1, name
        while True:
            row = self._known.get(free) or next(iter(self._known.archive(free)), None)
            if free not in self._collection.taken and (row is None or is_same(row)):
                self._collection.taken[free] = UPLOADED + free
                return free
            count += 1
            free = numbered(name, count)


def without_name(error: ReadingError, name: str) -> str:
    """The reason; the name is shown beside it and need not stand there twice."""
    return str(error).removeprefix(f"{name.rpartition('/')[2]}: ").removeprefix(f"{name}: ")

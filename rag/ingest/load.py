"""Second stage: from items to files with their bytes, out of folders, archives and the web."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from rag.errors import ReadingError
from rag.ingest.archives.entries import is_archive
from rag.ingest.archives.unpack import (
    archive_digest,
    free_name,
    rows_as_before,
    unchanged,
    unpack,
)
from rag.ingest.known_sources import Fingerprint, KnownSources
from rag.ingest.records import UPLOADED, Archive, Item, SourceFile
from rag.ingest.snapshot import id_of, read_file, refuse_unsupported
from rag.readers import Limits
from rag.schema import Metadata
from rag.settings import Settings
from rag.store import Source


class Loader:
    """Opens, unpacks or fetches items. ``taken`` has the origin of every source so far."""

    def __init__(self, known: KnownSources, taken: dict[str, str], *, settings: Settings) -> None:
        self._known = known
        self._taken = taken
        self._settings = settings

    def files(self, item: Item) -> Iterator[SourceFile]:
        """The files that an item comes to; one with an error if it comes to none.

        The files of an archive are followed by its end, see :attr:`SourceFile.ends`.
        """
        try:
            if item.path is None:
                yield from self._fetched(item)
            elif is_archive(item.name):
                yield from self._unpacked(item, item.path)
            else:
                yield self._opened(item, item.path)
        except (ReadingError, OSError) as error:
            reason = (
                without_name(error, item.name)
                if isinstance(error, ReadingError)
                else f"cannot be opened: {error.strerror or error}"
            )
            yield SourceFile(item.name, item.source, item.origin, error=reason, share=item.size)

    def _opened(self, item: Item, path: Path) -> SourceFile:
        refuse_unsupported(item.name)
        content = read_file(path, most=self._settings.max_file_megabytes * 1_000_000)
        source, origin, document_id = item.source, item.origin, id_of(content)
        if item.is_upload:
            source = self._free_name(item.name, lambda row: row.document_id == document_id)
            origin = UPLOADED + source
        return SourceFile(
            item.name,
            source,
            origin,
            content,
            item.name.rpartition("/")[2],
            item.given,
            document_id,
            keep=item.is_upload,
            share=item.size,
        )

    def _fetched(self, item: Item) -> Iterator[SourceFile]:
        from rag.ingest.fetch import fetch

        found = fetch(item.name, settings=self._settings)
        if found.url in self._taken:
            return  # another address of the same page
        self._taken[found.url] = found.url
        given = Metadata(extra={"url": found.url, "retrieved": found.retrieved})
        yield SourceFile(
            item.name,
            found.url,
            found.url,
            found.content,
            found.name,
            given,
            id_of(found.content),
            keep=True,
        )

    def _unpacked(self, item: Item, path: Path) -> Iterator[SourceFile]:
        digest = archive_digest(item, path, limits=Limits.of(self._settings))
        archive = Archive(item.name, item.source, item.origin, digest)
        if item.is_upload:
            archive.source = self._free_name(
                item.name, lambda row: Fingerprint.of(row).archive.partition("/")[0] == digest
            )
            archive.origin = UPLOADED + archive.source
        rows = rows_as_before(self._known.archive(archive.source), archive)
        found = (
            unchanged(rows, item, archive)
            if rows
            else unpack(item, path, archive, settings=self._settings)
        )
        for file in found:
            self._taken[file.source] = file.origin
            yield file

    def _free_name(self, name: str, is_same: Callable[[Source], bool]) -> str:
        """``name``, with a number if that is the name of something else already."""

        def is_taken(name: str) -> bool:
            row = self._known.get(name) or next(iter(self._known.archive(name)), None)
            return name in self._taken or not (row is None or is_same(row))

        free = free_name(name, is_taken=is_taken)
        self._taken[free] = UPLOADED + free
        return free


def without_name(error: ReadingError, name: str) -> str:
    """The reason; the name is shown beside it and need not stand there twice."""
    return str(error).removeprefix(f"{name.rpartition('/')[2]}: ").removeprefix(f"{name}: ")

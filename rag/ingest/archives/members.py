"""The materials in an archive."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from rag.errors import LimitExceeded, ReadingError
from rag.ingest.archives.walk import Member, Unpacking
from rag.ingest.discover import Item
from rag.ingest.known_sources import READER_VERSION, Fingerprint, told
from rag.ingest.snapshot import digest, open_file, still_the_same
from rag.ingest.source_file import Archive, Material
from rag.readers import Limits
from rag.settings import Settings
from rag.store import Source

__all__ = [
    "complete_mark",
    "digest_of",
    "member_materials",
    "rows_as_before",
    "unchanged_materials",
]


def digest_of(item: Item, path: Path, *, limits: Limits) -> str:
    """A digest of an archive, of what sidecars beside it say, and of how it would be read.

    Raises:
        LimitExceeded: it is larger than it may be when expanded.
        ReadingError: it cannot be opened.
    """
    with open_file(path) as file:
        if os.fstat(file.fileno()).st_size > limits.expanded_bytes:
            raise LimitExceeded(
                f"larger than {limits.expanded_bytes // 1_000_000} MB: split it, or raise "
                "RAG_MAX_ARCHIVE_MEGABYTES"
            )
        parts = [READER_VERSION, digest(file), told(item.given)]
    parts += [f"{name} {told(row)}" for name, row in sorted(item.members.items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:20]


def rows_as_before(rows: Sequence[Source], archive: Archive) -> list[Source]:
    """The rows of what this very archive came to, if all of it did without a failure.

    Other rows among ``rows`` are of what was in an earlier version of it.
    """
    of_this = [row for row in rows if Fingerprint.of(row).archive.startswith(archive.digest)]
    complete = complete_mark(archive, len(of_this))
    return of_this if all(Fingerprint.of(row).archive == complete for row in of_this) else []


def complete_mark(archive: Archive, count: int) -> str:
    """What the rows of an archive are marked with when it was taken in completely."""
    return f"{archive.digest}/{count}"


def unchanged_materials(rows: Sequence[Source], item: Item, archive: Archive) -> Iterator[Material]:
    """What the archive came to before, without a look at it, and its end."""
    for row in rows:
        archive.rows[row.source] = row
        name = item.name + row.source.removeprefix(archive.source)
        yield Material(name, row.source, row.origin, unchanged=True, archive=archive)
    archive.whole = True
    yield _end(item, archive, share=item.size)


def member_materials(
    item: Item, path: Path, archive: Archive, *, settings: Settings
) -> Iterator[Material]:
    """The files in an archive, and its end; if there is a reason to stop early, that comes last."""
    done = 0
    error = None
    try:
        with open_file(path) as file:
            before = os.fstat(file.fileno())
            for member in _members(file, before.st_size, item, settings):
                position = min(max(done, member.position), item.size)
                yield _material(member, item, archive, share=position - done)
                done = position
            if not still_the_same(file, path, before):
                raise ReadingError(
                    "it changed while it was read: wait until it is complete, then run the "
                    "command again"
                )
            archive.whole = True
    except ReadingError as raised:
        error = str(raised)
    except OSError as raised:
        error = f"cannot be opened: {raised.strerror or raised}"
    yield _end(item, archive, share=item.size - done, error=error)


def _end(item: Item, archive: Archive, *, share: int, error: str | None = None) -> Material:
    return Material(
        item.name,
        archive.source,
        archive.origin,
        error=error,
        share=share,
        archive=archive,
        ends=True,
    )


def _members(file: BinaryIO, size: int, item: Item, settings: Settings) -> Iterator[Member]:
    unpacking = Unpacking(
        limits=Limits.of(settings),
        most=settings.max_file_megabytes * 1_000_000,
        given=item.given,
        rows=dict(item.members),
    )
    yield from unpacking.members(file, name=item.name, size=size)


def _material(member: Member, item: Item, archive: Archive, *, share: int) -> Material:
    return Material(
        f"{item.name}/{member.path}",
        f"{archive.source}/{member.path}",
        f"{archive.origin}/{member.path}",
        member.content,
        member.path.rpartition("/")[2],
        member.given,
        error=member.error,
        keep=True,
        share=share,
        archive=archive,
    )

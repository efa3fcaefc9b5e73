"""What the index knows already, and how a source's row tells whether anything has changed."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from rag.ingest.archives.entries import is_archive
from rag.ingest.records import UPLOADED, Input, Item, SourceFile
from rag.ingest.snapshot import ID_DIGITS
from rag.schema import Metadata
from rag.store import Source, Store

READER_VERSION = "10"
"""Changes when the readers come to give another text for the same file."""


def metadata_hash(given: Metadata) -> str:
    """A hash of what is given with a file, but for the time at which it was retrieved."""
    fields = asdict(given)
    fields["extra"] = {name: each for name, each in given.extra.items() if name != "retrieved"}
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:ID_DIGITS]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """By what a source's row is compared, besides the id of its document.

    ``given`` is the digest of what was given with the file, empty where it was not applied because
    the document belongs to another source. ``archive`` is the digest of the archive it came out of,
    followed, once all of the archive was taken in without a failure, by ``/`` and the number of its
    sources.
    """

    given: str
    archive: str = ""
    version: str = READER_VERSION

    def __str__(self) -> str:
        return f"{self.version} {self.given} {self.archive}"

    @classmethod
    def of(cls, source: Source) -> Fingerprint:
        """The fingerprint in a source's row."""
        version, given, archive = (*source.fingerprint.split(" "), "", "")[:3]
        return cls(given, archive, version)

    @property
    def is_owner(self) -> bool:
        """Whether the document is described by what was given with this source."""
        return bool(self.given)

    @property
    def is_current(self) -> bool:
        """Whether the present readers made it."""
        return self.version == READER_VERSION


def row_of(file: SourceFile, *, follows: bool = False) -> Source:
    """The row of a file's source; with ``follows`` what is given with it is not applied."""
    archive = file.archive.digest if file.archive else ""
    fingerprint = Fingerprint("" if follows else metadata_hash(file.given), archive)
    return Source(file.source, file.origin, str(fingerprint), file.document_id)


class KnownSources(Protocol):
    """The sources that a store has: by name, by archive, and by the document they lead to."""

    def put(self, row: Source) -> None:
        """Note a row as it is from now on."""

    def twin(self, source: str, document_id: str) -> Source | None:
        """Another source that leads to this content as the present readers read it.

        The one whose document it is, if there is one.
        """

    def get(self, source: str) -> Source | None:
        """The row of a source."""

    def all(self) -> list[Source]:
        """All rows."""

    def archive(self, source: str) -> list[Source]:
        """The rows of what came out of an archive."""

    def origin(self, source: str) -> str | None:
        """Where a file or archive of this name came from."""


def known_sources(store: Store, inputs: Sequence[Input]) -> KnownSources:
    """What a store knows: asked when it is needed for a single file, else read all at once."""
    if len(inputs) == 1 and isinstance(inputs[0], Item):
        return StoredSources(store)
    return Known(store.sources())


class StoredSources:
    """The sources of a store, each asked for when it is needed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._noted: dict[str, Source] = {}

    def put(self, row: Source) -> None:
        """Note a row as it is from now on, though it may not be in the store yet."""
        self._noted[row.source] = row

    def twin(self, source: str, document_id: str) -> Source | None:
        """Another source that leads to this content as the present readers read it."""
        leading = self._store.sources_of(document_id)
        stored = [row for row in leading if row.source not in self._noted]
        noted = [row for row in self._noted.values() if row.document_id == document_id]
        rows = [
            row
            for row in (*stored, *noted)
            if row.source != source and Fingerprint.of(row).is_current
        ]
        return next((row for row in rows if Fingerprint.of(row).is_owner), next(iter(rows), None))

    def get(self, source: str) -> Source | None:
        """The row of a source."""
        return self._noted.get(source) or self._store.source(source)

    def all(self) -> list[Source]:
        """All rows."""
        return list(self._store.sources().values())

    def archive(self, source: str) -> list[Source]:
        """The rows of what came out of an archive."""
        return self._store.sources_below(source) if is_archive(source) else []

    def origin(self, source: str) -> str | None:
        """Where a file or archive of this name came from."""
        return _origin_of(self, source)


class Known:
    """All sources of a store, read at once; fulfils :class:`KnownSources`.

    Archives are as they were at the beginning; the others follow what is :meth:`put`.
    """

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources: dict[str, Source] = {}
        self._archives: defaultdict[str, list[Source]] = defaultdict(list)
        self._leading: defaultdict[str, dict[str, Source]] = defaultdict(dict)
        self._owners: dict[str, Source] = {}
        for source in sources.values():
            self.put(source)
            if prefix := _archive_of(source.source):
                self._archives[prefix].append(source)

    def put(self, row: Source) -> None:
        """Note a row as it is from now on."""
        before = self._sources.get(row.source)
        if before is not None:
            self._leading[before.document_id].pop(before.source, None)
            if self._owners.get(before.document_id) == before:
                del self._owners[before.document_id]
        self._sources[row.source] = row
        fingerprint = Fingerprint.of(row)
        if fingerprint.is_current:
            self._leading[row.document_id][row.source] = row
            if fingerprint.is_owner:
                self._owners.setdefault(row.document_id, row)

    def twin(self, source: str, document_id: str) -> Source | None:
        """Another source that leads to this content as the present readers read it.

        The one whose document it is, if there is one.
        """
        owner = self._owners.get(document_id)
        if owner is not None and owner.source != source:
            return owner
        rows = self._leading.get(document_id, {})
        return next((row for row in rows.values() if row.source != source), None)

    def get(self, source: str) -> Source | None:
        """The row of a source."""
        return self._sources.get(source)

    def all(self) -> list[Source]:
        """All rows."""
        return list(self._sources.values())

    def archive(self, source: str) -> list[Source]:
        """The rows of what came out of an archive."""
        return self._archives.get(source, [])

    def origin(self, source: str) -> str | None:
        """Where a file or archive of this name came from."""
        return _origin_of(self, source)


def _origin_of(known: KnownSources, source: str) -> str | None:
    if (row := known.get(source)) is not None:
        return row.origin
    for row in known.archive(source):
        return row.origin.removesuffix(row.source.removeprefix(source))
    return None


def _archive_of(source: str) -> str | None:
    """The outermost archive that a source is in."""
    parts = source.split("/")
    for count in range(1, len(parts)):
        if is_archive(parts[count - 1]) and not is_address(source):
            return "/".join(parts[:count])
    return None


def is_address(given: object) -> bool:
    """Whether an input, or an origin, is an http(s) address."""
    return isinstance(given, str) and given.lower().startswith(("http://", "https://"))


def lasts(origin: str) -> bool:
    """Whether what came from ``origin`` may still be there.

    For what was uploaded or fetched nothing says that it is not.
    """
    if origin.startswith(UPLOADED) or is_address(origin):
        return True
    try:
        return Path(origin).exists() or any(each.is_file() for each in Path(origin).parents)
    except OSError:
        return True  # it cannot be looked at, which does not mean that it is gone

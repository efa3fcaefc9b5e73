"""What is to be ingested, under which source, and what the sidecars say of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rag.errors import LimitExceeded, ReadingError, SourceNotFound
from rag.ingest.known_sources import UPLOADED, Known, lasts
from rag.ingest.records import Failure, Upload
from rag.ingest.snapshot import printable
from rag.ingest.walk import walk
from rag.readers import merge_metadata, read_sidecar
from rag.readers.metadata.sidecar import SIDECAR
from rag.schema import Metadata

__all__ = ["Collection", "Item"]

Tables = Mapping[str, Metadata]


@dataclass(frozen=True, slots=True)
class Item:
    """A file or address to ingest.

    ``path`` is None for an address. ``name`` is what the input calls it. ``given`` is what sidecars
    say of it, and ``members`` what they say of the files inside, should it be an archive.
    """

    name: str
    source: str
    origin: str
    path: Path | None = None
    size: int = 0
    given: Metadata = field(default_factory=Metadata)
    members: Tables = field(default_factory=dict)

    @property
    def is_upload(self) -> bool:
        """Whether the bytes came without a place where they stay."""
        return self.origin.startswith(UPLOADED)


class Collection:
    """The items that the inputs come to, in a fixed order, each file once.

    ``failed`` are the files that cannot be items; ``unread`` the folders, below the given ones,
    that could not be looked into.
    """

    def __init__(self, known: Known, *, max_files: int) -> None:
        self.items: list[Item] = []
        self.failed: list[Failure] = []
        self.unread: list[str] = []
        self.taken: dict[str, str] = {}
        self._known = known
        self._max_files = max_files
        self._origins: set[str] = set()
        self._tables: dict[Path, Tables] = {}

    def add_upload(self, upload: Upload) -> None:
        """Note an upload; its source is settled when its content is known."""
        self._append(
            Item(upload.name, upload.name, UPLOADED + upload.name, upload.path, _size(upload.path))
        )

    def add_address(self, address: str) -> None:
        """Note an address; its source is settled when it has been fetched."""
        if address not in self._origins:
            self._origins.add(address)
            self._append(Item(address, address, address))

    def add_path(self, path: Path) -> None:
        """Note a file, or the files below a folder.

        Raises:
            SourceNotFound: it does not exist.
            LimitExceeded: there are more files than the settings allow.
        """
        if not path.exists():
            raise SourceNotFound(f"{path} does not exist: check the path")
        if not path.is_dir():
            self._add_file(path, path.parent)
            return
        found = walk(path)
        for file in found.files:
            self._add_file(file, path)
        for failed, reason in found.failed:
            name = printable(failed.relative_to(path).as_posix())
            self.failed.append(Failure(name if name != "." else str(path), reason))
        self.unread += [_origin(folder) for folder in found.unread]

    def _add_file(self, file: Path, root: Path) -> None:
        origin = _origin(file)
        if origin in self._origins:
            return  # named twice, or linked to
        self._origins.add(origin)
        source = self._source_of(file, root, origin)
        self.taken[source] = origin
        given, members = self._given(file, root)
        self._append(Item(source, source, origin, file, _size(file), given, members))

    def _append(self, item: Item) -> None:
        self.items.append(item)
        if len(self.items) > self._max_files:
            raise LimitExceeded(
                f"more than {self._max_files} files: ingest them folder by folder, or raise "
                "RAG_MAX_FILES"
            )

    def _given(self, file: Path, root: Path) -> tuple[Metadata, dict[str, Metadata]]:
        """What the sidecars from the file's folder up to ``root`` say of it; the nearest wins."""
        given = Metadata()
        members: dict[str, Metadata] = {}
        for folder in _up_to(file.parent, root):
            table = self._table(folder, root)
            if not table:
                continue
            name = _normal(file.relative_to(folder).as_posix())
            given = merge_metadata(first=given, then=table.get(name, Metadata()))
            for inside, metadata in _below(table, name):
                nearer = members.get(inside, Metadata())
                members[inside] = merge_metadata(first=nearer, then=metadata)
        return given, members

    def _table(self, folder: Path, root: Path) -> Tables:
        if folder not in self._tables:
            self._tables[folder] = {}
            try:
                rows = read_sidecar(folder)
                self._tables[folder] = {_normal(name): row for name, row in rows.items()}
            except ReadingError as error:
                path = folder / SIDECAR
                reason = str(error).removeprefix(str(path)).lstrip(":, ")
                self.failed.append(Failure(printable(path.relative_to(root).as_posix()), reason))
        return self._tables[folder]

    def _source_of(self, file: Path, root: Path, origin: str) -> str:
        """The path below the folder; with the folder's name before it if that name is taken.

        Two folders may each hold a ``report.pdf``: the second must not replace the first.
        """
        name = printable(file.relative_to(root).as_posix())
        ancestors = [printable(part) for part in root.resolve().parts[1:]]
        while self._belongs_to_another(name, origin) and ancestors:
            name = f"{ancestors.pop()}/{name}"
        return name

    def _belongs_to_another(self, name: str, origin: str) -> bool:
        if name in self.taken:
            return self.taken[name] != origin
        known = self._known.origin(name)
        return known is not None and known != origin and lasts(known)


def _up_to(folder: Path, root: Path) -> Iterator[Path]:
    while True:
        yield folder
        if folder == root or folder == folder.parent:
            return
        folder = folder.parent


def _below(table: Tables, name: str) -> Iterator[tuple[str, Metadata]]:
    """The rows of a table on the members of the archive ``name``."""
    for row, metadata in table.items():
        if row.startswith(name + "/"):
            yield row.removeprefix(name + "/"), metadata


def _normal(name: str) -> str:
    """A file name as it is compared: some systems take accents apart, spreadsheets do not."""
    return unicodedata.normalize("NFC", printable(name))


def _origin(path: Path) -> str:
    return printable(str(path.resolve()))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0

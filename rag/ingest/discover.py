"""First stage: which files and addresses there are, under which sources, and what sidecars say."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePath, PurePosixPath

from rag.errors import LimitExceeded, ReadingError
from rag.ingest.known_sources import KnownSources, is_address, lasts
from rag.ingest.records import UPLOADED, Failure, Input, Item, Upload
from rag.ingest.snapshot import NOT_REGULAR, is_litter, printable
from rag.language.finished_messages import later
from rag.readers import merge_metadata, read_sidecar
from rag.readers.metadata.sidecar import SIDECAR, Sidecar, sidecar_of
from rag.schema import Metadata

_LINK_OUT = later("a link that leads out of the folder: it is followed with --follow-links")
_UPLOADS = PurePosixPath(UPLOADED)  # under which the names of uploads are paths of their own


class Collection:
    """The items that the inputs come to, in a fixed order, each file once.

    ``failed`` are the files that cannot be items; ``unread`` the folders, below the given ones,
    that could not be looked into. ``warnings`` are the lines of sidecars that could not be used,
    ``told`` the rows of the sidecars that were given by themselves, and ``uploaded_tables`` how
    many files each uploaded sidecar tells of.
    """

    def __init__(self, known: KnownSources, *, max_files: int, follow_links: bool) -> None:
        self.items: list[Item] = []
        self.failed: list[Failure] = []
        self.warnings: list[Failure] = []
        self.told: dict[str, Metadata] = {}
        self.uploaded_tables: dict[str, int] = {}
        self.unread: list[str] = []
        self.taken: dict[str, str] = {}
        self._known = known
        self._max_files = max_files
        self._follow_links = follow_links
        self._origins: set[str] = set()
        self._tables: dict[PurePath, Mapping[str, Metadata]] = {}

    def add(self, inputs: Sequence[Input]) -> None:
        """Note what the inputs come to.

        The sources of uploads and addresses are settled when their content is known.

        Raises:
            LimitExceeded: there are more files than the settings allow.
        """
        uploads = [given for given in inputs if isinstance(given, Upload)]
        for each in filter(lambda upload: PurePosixPath(upload.name).name == SIDECAR, uploads):
            self._take_uploaded_table(each)
        for given in inputs:
            if isinstance(given, Upload):
                self._add_upload(given)
            elif isinstance(given, Item):
                if not given.is_upload:
                    self.taken[given.source] = given.origin
                self._append(given)
            elif not is_address(given):
                self._add_path(Path(given))
            elif (address := str(given)) not in self._origins:
                self._origins.add(address)
                self._append(Item(address, address, address))

    def _take_uploaded_table(self, upload: Upload) -> None:
        name = PurePosixPath(upload.name)
        try:
            sidecar = sidecar_of(upload.path.read_bytes())
        except ReadingError as error:
            self.failed.append(Failure(upload.name, _reason(error, SIDECAR)))
            return
        self.warnings += [Failure(upload.name, each) for each in sidecar.problems]
        rows = self._tables[_UPLOADS / name.parent] = _normalised(sidecar)
        self.told.update({str(name.parent / file): row for file, row in rows.items()})
        self.uploaded_tables[upload.name] = len(rows)

    def _add_upload(self, upload: Upload) -> None:
        name, path = upload.name, upload.path
        if PurePosixPath(name).name == SIDECAR:
            return
        place = _UPLOADS / name
        pairs = [
            (_normal(place.relative_to(folder).as_posix()), self._tables.get(folder, {}))
            for folder in list(place.parents)[:-1]
        ]
        self._append(Item(name, name, UPLOADED + name, path, _size(path), *_merged(pairs)))

    def _add_path(self, path: Path) -> None:
        if path.name == SIDECAR and path.is_file():
            self.told.update(self._table(path.parent, path.parent))
            return
        if not path.is_dir():
            self._add_file(path, path.parent)
            return
        files, failed, unread = _walk(path, follow_links=self._follow_links)
        for file in files:
            self._add_file(file, path)
        for each, reason in failed:
            name = printable(each.relative_to(path).as_posix())
            self.failed.append(Failure(name if name != "." else str(path), reason))
        self.unread += [_origin(folder) for folder in unread]

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
        """What the sidecars from the file's folder up to ``root`` say of it."""
        folders = list(file.parents)
        pairs = (
            (_normal(file.relative_to(folder).as_posix()), self._table(folder, root))
            for folder in folders[: folders.index(root) + 1]
        )
        return _merged(pairs)

    def _table(self, folder: Path, root: Path) -> Mapping[str, Metadata]:
        if folder not in self._tables:
            self._tables[folder] = {}
            path = folder / SIDECAR
            name = printable(path.relative_to(root).as_posix())
            try:
                if not self._follow_links and _leads_out(path, root):
                    raise ReadingError(_LINK_OUT)
                sidecar = read_sidecar(folder)
                self._tables[folder] = _normalised(sidecar)
                self.warnings += [Failure(name, each) for each in sidecar.problems]
            except ReadingError as error:
                self.failed.append(Failure(name, _reason(error, str(path))))
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


def _merged(
    tables: Iterable[tuple[str, Mapping[str, Metadata]]],
) -> tuple[Metadata, dict[str, Metadata]]:
    """What ``tables``, the nearest first, say of a file, each under the name it has there.

    The second is what they say of the files in it, should it be an archive.
    """
    given = Metadata()
    members: dict[str, Metadata] = {}
    for name, rows in tables:
        for row, metadata in rows.items():
            if row == name:
                given = merge_metadata(first=given, then=metadata)
            elif row.startswith(f"{name}/"):
                inside = row.removeprefix(f"{name}/")
                nearer = members.get(inside, Metadata())
                members[inside] = merge_metadata(first=nearer, then=metadata)
    return given, members


def _normalised(sidecar: Sidecar) -> dict[str, Metadata]:
    return {_normal(name): row for name, row in sidecar.rows.items()}


def _reason(error: ReadingError, name: str) -> str:
    return str(error).removeprefix(name).lstrip(":, ")


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


def _leads_out(path: Path, root: Path) -> bool:
    """Whether ``path`` is a link to something that does not lie below ``root``."""
    return path.is_symlink() and not path.resolve().is_relative_to(root.resolve())


def _walk(
    root: Path, *, follow_links: bool
) -> tuple[list[Path], list[tuple[Path, str]], list[Path]]:
    """The regular files below ``root``, those left out and why, and folders not looked into.

    Hidden files, litter and sidecars are no files here. Links are followed, those out of ``root``
    with ``follow_links`` only, and into each folder once, so that links in a circle come to an end;
    a folder that has a place of its own below ``root`` is found there and not through a link.
    """
    files: list[Path] = []
    failed: list[tuple[Path, str]] = []
    unread: list[Path] = []
    seen: set[tuple[int, int]] = set()
    folders, links = [root], list[Path]()
    while folders or links:
        folder = folders.pop() if folders else links.pop(0)
        try:
            there = folder.stat()
            if (there.st_dev, there.st_ino) in seen:
                continue
            seen.add((there.st_dev, there.st_ino))
            names = sorted(os.listdir(folder))  # noqa: PTH208 - scandir's order is the disk's
        except OSError as error:
            failed.append((folder, later(f"cannot be opened: {error.strerror or error}")))
            unread.append(folder)
            continue
        for path in (folder / name for name in names if not is_litter(name)):
            mode = _mode(path)
            if mode and not follow_links and path.name != SIDECAR and _leads_out(path, root):
                failed.append((path, _LINK_OUT))
            elif stat.S_ISDIR(mode):
                (links if path.is_symlink() else folders).append(path)
            elif not stat.S_ISREG(mode):
                lost = later("a link that leads nowhere: remove or mend it")
                reason = NOT_REGULAR if mode else lost
                failed.append((path, reason))
            elif path.name != SIDECAR:
                files.append(path)
    return sorted(files), sorted(failed), unread


def _mode(path: Path) -> int:
    """The type of what ``path`` leads to; 0 where it leads nowhere."""
    try:
        return path.stat().st_mode
    except OSError:
        return 0

"""An index as one file with all that cannot be rebuilt, and an index made of such a file.

::

    catalog.sqlite     documents, passages and their vectors
    originals/ID       the bytes of documents that have no lasting place elsewhere
    manifest.json      format, settings, counts; size and SHA-256 of each of the others

The file is a ZIP archive. Nothing in it is believed before it has been checked.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rag.errors import BackupProblem, IndexBusy, IndexProblem
from rag.store.folder.catalog import Catalog
from rag.store.folder.durable import replacing
from rag.store.folder.index import Index
from rag.store.folder.index_versions import CATALOG, Layout
from rag.store.folder.originals import Originals
from rag.store.folder.rebuild import building, fill
from rag.store.folder.storage_errors import translating_errors
from rag.store.maintenance.check import check_catalog

_FORMAT = 3
_MANIFEST, _ORIGINALS = "manifest.json", "originals/"
_NAMES = re.compile(r"catalog\.sqlite|originals/[0-9A-Za-z]{1,64}")
_LONGEST_MANIFEST = 200_000_000  # bytes
_MOST_PARTS = 1_000_000
_CHUNK = 1 << 20

# What reading a damaged archive may raise.
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError),
    *(ValueError, KeyError, TypeError, AttributeError),
)

OnProgress = Callable[[int, int], None]
"""Called with the number of parts, or documents, that are done, and of all."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was in a backup, and with which settings it was built."""

    documents: int
    passages: int
    created: str
    settings: dict[str, str]


def backup(
    index: Index, target: Path, *, force: bool = False, on_progress: OnProgress | None = None
) -> dict[str, Any]:
    """Write all of an index to one file, which is there whole or not at all; its manifest.

    Others may read the index meanwhile.

    Raises:
        BackupProblem: there is such a file already and not ``force``, or the index is not sound.
        IndexBusy: the index is being written.
    """
    if target.exists() and not (force and target.is_file()):
        raise BackupProblem(f"{target} exists already: choose another name, or add --force")
    if not target.parent.is_dir():
        raise BackupProblem(f"{target.parent}/ does not exist: check the path")
    with nullcontext() if index.generation.is_copy else index.layout.locked():
        if check_catalog(index.catalog):
            raise _unsound(index, f"the index in {index.folder}/ is not sound")
        with (
            _scratch(index) as folder,
            translating_errors(target.parent, "the backup"),
            replacing(target) as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        ):
            return _write(index, folder, archive, on_progress or (lambda *_: None))


def restore(
    source: Path, root: Path, *, force: bool = False, on_progress: OnProgress | None = None
) -> Restored:
    """Make an index in the folder ``root`` of a backup; nothing is embedded.

    An index that is there goes on serving until the new one is complete, and is replaced then.

    Raises:
        BackupProblem: the file is no backup, or damaged, or there is an index and not ``force``;
            nothing has changed then.
        IndexBusy: the index in the folder is being written.
    """
    layout = Layout(root)
    if layout.exists() and not force:
        raise BackupProblem(
            f"there is an index in {root}/: add --force to replace it, or name another folder "
            "with --index"
        )
    with _opened(source) as archive:
        found = _Backup(archive, source)
        with translating_errors(root, "the folder of the index"):
            root.mkdir(parents=True, exist_ok=True)
        with layout.locked():
            layout.remove_left_over()
            layout.demand_space(3 * found.size)
            originals = Originals(root)
            try:
                with building(layout, found.put_catalog) as generation:
                    catalog = generation.catalog
                    kept = catalog.kept_originals()
                    found.check_originals(kept)
                    for document_id in kept:
                        originals.put(document_id, found.original(document_id))
                    documents, passages = catalog.counts()
                    for done, _ in enumerate(fill(generation), start=1):
                        if on_progress is not None:
                            on_progress(done, documents)
                    restored = Restored(documents, passages, found.created, catalog.settings())
            except BaseException:
                _forget_new(originals, layout)
                raise
            originals.clear(kept)
            return restored


# Writing.


def _unsound(index: Index, problem: str) -> BackupProblem:
    return BackupProblem(
        f"{problem}: run 'rag doctor --repair --index {index.folder}', then 'rag backup' again"
    )


@contextmanager
def _scratch(index: Index) -> Iterator[Path]:
    """Room for a copy: a generation that is never completed, so the next writer removes it."""
    if index.generation.is_copy:
        with tempfile.TemporaryDirectory(prefix="footnote-") as temporary:
            yield Path(temporary)
        return
    index.layout.demand_space(int(1.1 * index.catalog.path.stat().st_size))
    _, folder = index.layout.new_folder()
    try:
        yield folder
    finally:
        index.layout.remove_left_over()


def _write(
    index: Index, folder: Path, archive: zipfile.ZipFile, on_progress: OnProgress
) -> dict[str, Any]:
    index.catalog.copy_to(folder / CATALOG)
    originals = index.kept_originals()
    files = {CATALOG: folder / CATALOG}
    files |= {f"{_ORIGINALS}{each}": index.originals.path(each) for each in originals}
    parts: dict[str, dict[str, Any]] = {}
    for done, (name, path) in enumerate(files.items()):
        on_progress(done, len(files))
        original = name.removeprefix(_ORIGINALS)
        if original in originals and not path.is_file():
            raise _unsound(index, f"the original of {index.names()[original]} is missing")
        parts[name] = _add(archive, name, path)
        if parts[name]["sha256"] != originals.get(original, parts[name]["sha256"]):
            raise _unsound(index, f"the original of {index.names()[original]} is damaged")
    documents, passages = index.counts()
    manifest = {
        "format": _FORMAT,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "settings": index.settings(),
        "documents": documents,
        "passages": passages,
        "parts": parts,
    }
    archive.writestr(_MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False))
    on_progress(len(files), len(files))
    return manifest


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> dict[str, Any]:
    """Add a file to the archive; its size and SHA-256."""
    digest, size = hashlib.sha256(), 0
    info = zipfile.ZipInfo(name, date_time=datetime.now(UTC).timetuple()[:6])
    # Most originals do not get smaller.
    info.compress_type = zipfile.ZIP_DEFLATED if name == CATALOG else zipfile.ZIP_STORED
    with path.open("rb") as source, archive.open(info, "w", force_zip64=True) as part:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            part.write(chunk)
    return {"size": size, "sha256": digest.hexdigest()}


# Reading.


@contextmanager
def _opened(source: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(source)
    except OSError as error:
        raise BackupProblem(f"{source} cannot be opened: {error.strerror or error}") from error
    except _DAMAGE as error:
        raise BackupProblem(f"{source} is no backup, or a damaged one: take another") from error
    with archive:
        yield archive


def _forget_new(originals: Originals, layout: Layout) -> None:
    """Remove the originals of a restoration that came to nothing."""
    number = layout.current()
    if number is None:
        originals.clear(())
        return
    # If that catalog is damaged, nobody can say which originals are its own.
    with (
        suppress(IndexProblem),
        closing(Catalog(layout.folder(number) / CATALOG, root=layout.root)) as catalog,
    ):
        originals.clear(catalog.kept_originals())


class _Backup:
    """A backup file whose content is checked as it is read."""

    def __init__(self, archive: zipfile.ZipFile, path: Path) -> None:
        """Read the manifest and compare it with the list of parts."""
        self._archive, self._path = archive, path
        with self._suspicion():
            manifest = self._manifest()
            self.created = str(manifest["created"])
            self._parts: dict[str, tuple[int, str]] = {
                name: (int(part["size"]), str(part["sha256"]))
                for name, part in manifest["parts"].items()
            }
            self._check_names()
        self.size = sum(size for size, _ in self._parts.values())

    @contextmanager
    def _suspicion(self) -> Iterator[None]:
        try:
            yield
        except _DAMAGE as error:
            raise self._damaged("it cannot be read to the end") from error

    def _damaged(self, reason: str) -> BackupProblem:
        return BackupProblem(f"{self._path} is damaged ({reason}): take another backup")

    def _manifest(self) -> dict[str, Any]:
        if _MANIFEST not in self._archive.namelist():
            raise BackupProblem(f"{self._path} is no backup: it has no {_MANIFEST}")
        if self._archive.getinfo(_MANIFEST).file_size > _LONGEST_MANIFEST:
            raise self._damaged("its manifest is too long")
        manifest: dict[str, Any] = json.loads(self._archive.read(_MANIFEST))
        if manifest["format"] != _FORMAT:
            raise BackupProblem(
                f"{self._path} was made by another version of Footnote (format "
                f"{str(manifest['format'])[:20]}): use that version to restore it"
            )
        return manifest

    def _check_names(self) -> None:
        infos = self._archive.infolist()
        sizes = {info.filename: info.file_size for info in infos}
        if len(infos) != len(sizes) or len(infos) > _MOST_PARTS:
            raise self._damaged("it has a part twice, or too many")
        if sizes.keys() - {_MANIFEST} != self._parts.keys() or CATALOG not in self._parts:
            raise self._damaged("its parts are not those of its manifest")
        for name, (size, _) in self._parts.items():
            if not _NAMES.fullmatch(name) or sizes[name] != size:
                raise self._damaged(f"the part {name[:80]!r} is not as its manifest says")

    def _chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a part; an error at their end, if they are not what was put there."""
        size, sha256 = self._parts[name]
        digest, seen = hashlib.sha256(), 0
        with self._suspicion(), self._archive.open(name) as part:
            while chunk := part.read(_CHUNK):
                seen += len(chunk)
                if seen > size:
                    break
                digest.update(chunk)
                yield chunk
        if (seen, digest.hexdigest()) != (size, sha256):
            raise self._damaged(f"the part {name} is not what was put there")

    def original(self, document_id: str) -> bytes:
        """The bytes of one original."""
        return b"".join(self._chunks(f"{_ORIGINALS}{document_id}"))

    def check_originals(self, known: dict[str, str]) -> None:
        """Raise an error unless the originals are those that the catalog names."""
        prefix = len(_ORIGINALS)
        there = {name[prefix:]: sha for name, (_, sha) in self._parts.items() if "/" in name}
        if there != known:
            raise self._damaged("its originals are not those of its catalog")

    def put_catalog(self, path: Path) -> None:
        """Write the catalog to ``path``, and check it."""
        with translating_errors(path.parent, "the folder of the index"), path.open("xb") as file:
            file.writelines(self._chunks(CATALOG))
        try:
            with closing(Catalog(path, root=path.parent)) as catalog:
                self._check_tables(catalog)
                if check_catalog(catalog):
                    raise self._damaged("its catalog does not agree with itself")
        except (IndexBusy, BackupProblem):
            raise
        except IndexProblem as error:
            raise self._damaged("its catalog cannot be opened") from error

    def _check_tables(self, catalog: Catalog) -> None:
        """Raise an error unless the tables are ours, and nothing else is there."""
        with closing(Catalog(catalog.path.with_name("empty"), root=catalog.root)) as empty:
            ours = _schema(empty)
        for leftover in catalog.path.parent.glob("empty*"):
            leftover.unlink()
        # Triggers and views would run when the tables are used.
        if _schema(catalog) != ours:
            raise self._damaged("its catalog has other tables")


def _schema(catalog: Catalog) -> set[tuple[str, ...]]:
    rows = catalog.rows("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master")
    return {tuple(row) for row in rows}

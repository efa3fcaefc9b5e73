"""Make an index of a backup. Nothing in the file is believed before it has been checked."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import BackupProblem, IndexBusy, IndexProblem
from rag.store.folder.catalog import Catalog
from rag.store.folder.index_versions import CATALOG, Layout
from rag.store.folder.originals import Originals
from rag.store.folder.rebuild import building, fill
from rag.store.folder.storage_errors import translating_errors
from rag.store.maintenance.backup import (
    BACKUP_FORMAT,
    MANIFEST,
    ORIGINALS,
    PASSAGES,
    VECTORS,
    OnProgress,
)
from rag.store.maintenance.check import check_catalog

__all__ = ["Restored", "restore"]

_NAMES = re.compile(r"catalog\.sqlite|vectors\.npy|passages\.json|originals/[0-9A-Za-z]{1,64}")
_NEEDED = {CATALOG, VECTORS, PASSAGES}
_LONGEST_MANIFEST = 200_000_000  # bytes
_MOST_PARTS = 1_000_000
_CHUNK = 1 << 20
_STEP = 1000

# What reading a damaged archive may raise.
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError),
    *(ValueError, KeyError, TypeError, AttributeError),
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What was in a backup, and with which settings it was built."""

    documents: int
    passages: int
    created: str
    settings: dict[str, str]


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
        backup = _Backup(archive, source)
        with translating_errors(root, "the folder of the index"):
            root.mkdir(parents=True, exist_ok=True)
        with layout.locked():
            layout.remove_left_over()
            layout.demand_space(3 * backup.size)
            originals = Originals(root)
            try:
                with building(layout, backup.put_catalog) as generation:
                    catalog = generation.catalog
                    kept = catalog.kept_originals()
                    backup.check_originals(kept)
                    for document_id in kept:
                        originals.put(document_id, backup.original(document_id))
                    documents, passages = catalog.counts()
                    for done, _ in enumerate(fill(generation), start=1):
                        if on_progress is not None:
                            on_progress(done, documents)
                    restored = Restored(documents, passages, backup.created, catalog.settings())
            except BaseException:
                _forget_new(originals, layout)
                raise
            originals.clear(kept)
            return restored


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
        if MANIFEST not in self._archive.namelist():
            raise BackupProblem(f"{self._path} is no backup: it has no {MANIFEST}")
        if self._archive.getinfo(MANIFEST).file_size > _LONGEST_MANIFEST:
            raise self._damaged("its manifest is too long")
        manifest: dict[str, Any] = json.loads(self._archive.read(MANIFEST))
        if manifest["format"] != BACKUP_FORMAT:
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
        if sizes.keys() - {MANIFEST} != self._parts.keys() or not self._parts.keys() >= _NEEDED:
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
        return b"".join(self._chunks(f"{ORIGINALS}{document_id}"))

    def check_originals(self, known: dict[str, str]) -> None:
        """Raise an error unless the originals are those that the catalog names."""
        prefix = len(ORIGINALS)
        there = {name[prefix:]: sha for name, (_, sha) in self._parts.items() if "/" in name}
        if there != known:
            raise self._damaged("its originals are not those of its catalog")

    def put_catalog(self, path: Path) -> None:
        """Write the catalog to ``path``, checked, with the vectors in it again."""
        vectors, passages = path.with_name(VECTORS), path.with_name(PASSAGES)
        for part in (path, vectors, passages):
            with (
                translating_errors(path.parent, "the folder of the index"),
                part.open("xb") as file,
            ):
                file.writelines(self._chunks(part.name))
        try:
            with closing(Catalog(path, root=path.parent)) as catalog:
                self._check_tables(catalog)
                self._put_vectors(catalog, vectors, passages)
                if check_catalog(catalog):
                    raise self._damaged("its catalog does not agree with itself")
        except (IndexBusy, BackupProblem):
            raise
        except IndexProblem as error:
            raise self._damaged("its catalog cannot be opened") from error
        vectors.unlink()
        passages.unlink()

    def _check_tables(self, catalog: Catalog) -> None:
        """Raise an error unless the tables are ours, and nothing else is there."""
        with closing(Catalog(catalog.path.with_name("empty"), root=catalog.root)) as empty:
            ours = _schema(empty)
        for leftover in catalog.path.parent.glob("empty*"):
            leftover.unlink()
        # Triggers and views would run when the tables are used.
        if _schema(catalog) != ours:
            raise self._damaged("its catalog has other tables")

    def _put_vectors(self, catalog: Catalog, vectors: Path, passages: Path) -> None:
        with self._suspicion():
            ids = json.loads(passages.read_text("utf-8"))
            array = np.load(vectors, allow_pickle=False) if ids else np.zeros((0, 0), "<f4")
            fits = array.dtype == np.dtype("<f4") and array.ndim == 2 and len(array) == len(ids)
            if not fits or sorted(ids) != sorted(catalog.passage_owners()):
                raise self._damaged("its vectors do not fit its passages")
        for at in range(0, len(ids), _STEP):
            rows = zip(ids[at : at + _STEP], array[at : at + _STEP], strict=True)
            catalog.put_vectors(dict(rows))


def _schema(catalog: Catalog) -> set[tuple[str, ...]]:
    rows = catalog.rows("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master")
    return {tuple(row) for row in rows}

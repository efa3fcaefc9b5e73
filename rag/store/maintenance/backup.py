"""One file with all that cannot be made again: catalog, vectors, originals.

::

    catalog.sqlite     without the vectors
    vectors.npy        float32, one row for each passage
    passages.json      the passage ids, in the order of the rows
    originals/ID       the bytes of documents that have no lasting place elsewhere
    manifest.json      format, settings, counts; size and SHA-256 of each of the others

The file is a ZIP archive; the vectors can be read without this program.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.errors import BackupProblem
from rag.store.catalog import Catalog
from rag.store.durable import replacing
from rag.store.index_versions import CATALOG
from rag.store.storage_errors import faults

if TYPE_CHECKING:
    from rag.store.index import Index

__all__ = ["BACKUP_FORMAT", "MANIFEST", "ORIGINALS", "PASSAGES", "VECTORS", "backup"]

BACKUP_FORMAT = 1
MANIFEST, VECTORS, PASSAGES, ORIGINALS = (
    "manifest.json",
    "vectors.npy",
    "passages.json",
    "originals/",
)
_CHUNK = 1 << 20

OnProgress = Callable[[int, int], None]
"""Called with the parts that are done, and how many there are."""


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
        sound = index.catalog.passage_owners().keys() == {
            each for ids, _ in index.catalog.all_vectors() for each in ids
        }
        if not sound or index.catalog.unfinished():
            raise BackupProblem(
                f"the index in {index.folder}/ is not sound: run 'rag doctor --repair --index "
                f"{index.folder}', then 'rag backup' again"
            )
        with (
            _scratch(index) as folder,
            faults(target.parent, "the backup"),
            replacing(target) as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        ):
            return _write(index, folder, _Parts(archive), on_progress or (lambda *_: None))


@contextmanager
def _scratch(index: Index) -> Iterator[Path]:
    """Room for copies, as a generation that is never finished: the next writer knows what to do."""
    if index.generation.is_copy:
        with tempfile.TemporaryDirectory(prefix="footnote-") as temporary:
            yield Path(temporary)
        return
    index.layout.demand_space(int(1.5 * index.catalog.path.stat().st_size))
    _, folder = index.layout.new_folder()
    try:
        yield folder
    finally:
        index.layout.remove_left_over()


class _Parts:
    """The parts of a backup as they are written, with size and SHA-256."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.told: dict[str, dict[str, object]] = {}
        self._archive = archive

    def add(self, name: str, path: Path) -> str:
        """Add a file; returns its SHA-256."""
        told, size = hashlib.sha256(), 0
        info = zipfile.ZipInfo(name, date_time=datetime.now(UTC).timetuple()[:6])
        # Vectors and most originals do not get smaller.
        info.compress_type = (
            zipfile.ZIP_DEFLATED if name in (CATALOG, PASSAGES) else zipfile.ZIP_STORED
        )
        with path.open("rb") as source, self._archive.open(info, "w", force_zip64=True) as part:
            while chunk := source.read(_CHUNK):
                told.update(chunk)
                size += len(chunk)
                part.write(chunk)
        self.told[name] = {"size": size, "sha256": told.hexdigest()}
        return told.hexdigest()

    def finish(self, manifest: dict[str, Any]) -> None:
        """Add the manifest."""
        self._archive.writestr(MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False))


def _write(index: Index, folder: Path, parts: _Parts, on_progress: OnProgress) -> dict[str, Any]:
    index.catalog.copy_to(folder / CATALOG)
    with closing(Catalog(folder / CATALOG, root=index.folder)) as catalog:
        _take_vectors_out(catalog, folder)
        originals = catalog.originals()
        documents, passages = catalog.counts()
        settings = catalog.settings()
    names = (CATALOG, VECTORS, PASSAGES)
    total = len(names) + len(originals)
    for done, name in enumerate(names):
        on_progress(done, total)
        parts.add(name, folder / name)
    for done, (document_id, sha256) in enumerate(originals.items(), start=len(names)):
        on_progress(done, total)
        path = index.originals.path(document_id)
        if not path.is_file() or parts.add(f"{ORIGINALS}{document_id}", path) != sha256:
            raise BackupProblem(
                f"the original of {index.catalog.source_of(document_id)} is missing or damaged: "
                f"run 'rag doctor --repair --index {index.folder}', then 'rag backup' again"
            )
    manifest = {
        "format": BACKUP_FORMAT,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "settings": settings,
        "documents": documents,
        "passages": passages,
        "parts": parts.told,
    }
    parts.finish(manifest)
    on_progress(total, total)
    return manifest


def _take_vectors_out(catalog: Catalog, folder: Path) -> None:
    """Move the vectors from a copy of the catalog to an array that numpy can read."""
    ids: list[str] = []
    count = catalog.rows("SELECT count(*) FROM vectors")[0][0]
    array = None
    for names, vectors in catalog.all_vectors():
        rows = np.stack(vectors)
        if array is None:
            array = np.lib.format.open_memmap(
                folder / VECTORS, "w+", np.dtype("<f4"), (count, rows.shape[1])
            )
        array[len(ids) : len(ids) + len(names)] = rows
        ids += names
    if array is None:
        np.save(folder / VECTORS, np.zeros((0, 0), "<f4"), allow_pickle=False)
    else:
        array.flush()
    (folder / PASSAGES).write_text(json.dumps(ids), "utf-8")
    with catalog.transaction() as connection:
        connection.execute("DELETE FROM vectors")
    catalog.rows("VACUUM")
    catalog.rows("PRAGMA journal_mode = DELETE")

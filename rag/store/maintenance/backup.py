"""One file with all that cannot be rebuilt: catalog, vectors, originals.

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
from typing import Any

import numpy as np

from rag.errors import BackupProblem
from rag.store.folder.catalog import Catalog
from rag.store.folder.durable import replacing
from rag.store.folder.index import Index
from rag.store.folder.index_versions import CATALOG
from rag.store.folder.storage_errors import translating_errors
from rag.store.maintenance.check import check_catalog

__all__ = ["BACKUP_FORMAT", "MANIFEST", "ORIGINALS", "PASSAGES", "VECTORS", "OnProgress", "backup"]

BACKUP_FORMAT = 2
MANIFEST, VECTORS, PASSAGES = "manifest.json", "vectors.npy", "passages.json"
ORIGINALS = "originals/"
_CHUNK = 1 << 20

OnProgress = Callable[[int, int], None]
"""Called with the number of parts, or documents, that are done, and of all."""


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


def _unsound(index: Index, problem: str) -> BackupProblem:
    return BackupProblem(
        f"{problem}: run 'rag doctor --repair --index {index.folder}', then 'rag backup' again"
    )


@contextmanager
def _scratch(index: Index) -> Iterator[Path]:
    """Room for copies: a generation that is never completed, so that the next writer removes it."""
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


def _write(
    index: Index, folder: Path, archive: zipfile.ZipFile, on_progress: OnProgress
) -> dict[str, Any]:
    index.catalog.copy_to(folder / CATALOG)
    with closing(Catalog(folder / CATALOG, root=index.folder)) as catalog:
        _take_vectors_out(catalog, folder)
        originals = catalog.kept_originals()
        documents, passages = catalog.counts()
        settings = catalog.settings()
    files = {name: folder / name for name in (CATALOG, VECTORS, PASSAGES)}
    files |= {f"{ORIGINALS}{each}": index.originals.path(each) for each in originals}
    parts: dict[str, dict[str, Any]] = {}
    for done, (name, path) in enumerate(files.items()):
        on_progress(done, len(files))
        original = name.removeprefix(ORIGINALS)
        if original in originals and not path.is_file():
            raise _unsound(index, f"the original of {index.names()[original]} is missing")
        parts[name] = _add(archive, name, path)
        if parts[name]["sha256"] != originals.get(original, parts[name]["sha256"]):
            raise _unsound(index, f"the original of {index.names()[original]} is damaged")
    manifest = {
        "format": BACKUP_FORMAT,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "settings": settings,
        "documents": documents,
        "passages": passages,
        "parts": parts,
    }
    archive.writestr(MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False))
    on_progress(len(files), len(files))
    return manifest


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> dict[str, Any]:
    """Add a file to the archive; its size and SHA-256."""
    digest, size = hashlib.sha256(), 0
    info = zipfile.ZipInfo(name, date_time=datetime.now(UTC).timetuple()[:6])
    # Vectors and most originals do not get smaller.
    info.compress_type = zipfile.ZIP_DEFLATED if name in (CATALOG, PASSAGES) else zipfile.ZIP_STORED
    with path.open("rb") as source, archive.open(info, "w", force_zip64=True) as part:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            part.write(chunk)
    return {"size": size, "sha256": digest.hexdigest()}


def _take_vectors_out(catalog: Catalog, folder: Path) -> None:
    """Move the vectors from a copy of the catalog to an array that numpy can read."""
    ids: list[str] = []
    count = catalog.rows("SELECT count(*) FROM vectors")[0][0]
    array = None
    for vectors in catalog.all_vectors():
        rows = np.stack(list(vectors.values()))
        if array is None:
            array = np.lib.format.open_memmap(
                folder / VECTORS, "w+", np.dtype("<f4"), (count, rows.shape[1])
            )
        array[len(ids) : len(ids) + len(rows)] = rows
        ids += vectors
    if array is None:
        np.save(folder / VECTORS, np.zeros((0, 0), "<f4"), allow_pickle=False)
    else:
        array.flush()
    (folder / PASSAGES).write_text(json.dumps(ids), "utf-8")
    catalog.rows("DELETE FROM vectors")
    catalog.rows("VACUUM")
    catalog.rows("PRAGMA journal_mode = DELETE")

"""Where uploaded bytes wait: a folder inside the index that belongs to this process alone."""

from __future__ import annotations

import shutil
import unicodedata
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from filelock import FileLock, Timeout

from rag.errors import IndexProblem, UnsupportedFormat
from rag.ingest.snapshot import too_large
from rag.language.translation import _

_UPLOADS = "uploads"
_LONGEST_NAME = 400


def clean_name(name: str) -> str:
    """The name that an upload goes by: ``/``-separated parts, none of which leads anywhere else.

    It is shown and searched, and is no path of any file. Control characters become spaces.

    Raises:
        UnsupportedFormat: nothing of the name is left.
    """
    printable = "".join(
        " " if unicodedata.category(each) in {"Cc", "Zl", "Zp"} else each for each in name
    )
    text = printable.encode("utf-8", "replace").decode("utf-8").replace("\\", "/")
    parts = (" ".join(part.split()) for part in text.split("/"))
    kept = "/".join(part for part in parts if part not in {"", ".", ".."})
    if not kept:
        raise UnsupportedFormat(_("a file without a name cannot be added: give it a name"))
    return kept if len(kept) <= _LONGEST_NAME else "…" + kept[1 - _LONGEST_NAME :]


class Staging:
    """The folders of received files, one for each job; made when first needed.

    A lock tells other processes that the folder is in use. What a process left behind that has
    ended is removed when the next one starts.
    """

    def __init__(self, index_folder: Path) -> None:
        self._root = index_folder / _UPLOADS
        self._own: Path | None = None
        self._lock: FileLock | None = None
        self._sweep()

    def _sweep(self) -> None:
        for left_over in self._root.glob("*/") if self._root.is_dir() else ():
            lock = _lock_of(left_over)
            try:
                lock.acquire()
            except (Timeout, OSError):
                continue  # another process is using it, or the index is read-only
            _remove(left_over, lock)

    def folder(self, job_id: str) -> Path:
        """A new folder for the files of one job.

        Raises:
            IndexProblem: it cannot be made.
        """
        try:
            if self._own is None:
                own = self._root / uuid4().hex
                self._root.mkdir(exist_ok=True)
                lock = _lock_of(own)
                lock.acquire()
                self._own, self._lock = own, lock
            made = self._own / job_id
            made.mkdir(parents=True)
        except OSError as error:
            raise IndexProblem(
                f"the upload cannot be kept in {self._root} ({error.strerror}): check the "
                "permissions of the index folder"
            ) from error
        return made

    def close(self) -> None:
        """Remove everything of this process."""
        if self._own is not None and self._lock is not None:
            _remove(self._own, self._lock)
            self._own = self._lock = None


def _lock_of(folder: Path) -> FileLock:
    return FileLock(folder.with_name(f"{folder.name}.lock"), timeout=0)


def _remove(folder: Path, lock: FileLock) -> None:
    """Remove a folder and the lock on it, which we hold."""
    shutil.rmtree(folder, ignore_errors=True)
    lock.release()
    Path(lock.lock_file).unlink(missing_ok=True)


class Incoming:
    """One file while its bytes arrive; written by one thread at a time."""

    def __init__(self, path: Path, *, most_bytes: int) -> None:
        self.size = 0
        self._path = path
        self._most_bytes = most_bytes
        self._file: BinaryIO | None = None

    def expect(self, size: int) -> None:
        """Look at how many bytes are said to come, before any has.

        Raises:
            LimitExceeded: that is too many.
        """
        if size > self._most_bytes:
            raise too_large(self._most_bytes)

    def write(self, chunk: bytes) -> None:
        """Append bytes.

        Raises:
            LimitExceeded: the file is larger than the setting ``max_file_megabytes``.
            IndexProblem: there is no room for it.
        """
        if self.size + len(chunk) > self._most_bytes:
            raise too_large(self._most_bytes)
        try:
            if self._file is None:
                self._file = self._path.open("xb")
            self._file.write(chunk)
        except OSError as error:
            raise IndexProblem(
                f"it cannot be kept ({error.strerror}): make room on the disk of the "
                "index, then add it again"
            ) from error
        self.size += len(chunk)

    def close(self, *, keep: bool) -> None:
        """Finish the file; without ``keep`` nothing of it stays."""
        if self._file is not None:
            self._file.close()
        elif keep:
            self._path.touch()
        if not keep:
            self._path.unlink(missing_ok=True)

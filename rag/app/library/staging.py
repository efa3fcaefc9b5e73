"""Where uploaded bytes wait: a folder inside the index that belongs to this process alone."""

from __future__ import annotations

import shutil
import unicodedata
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from filelock import FileLock, Timeout

from rag.errors import IndexProblem, LimitExceeded, UnsupportedFormat

__all__ = ["Incoming", "Staging", "clean_name", "too_large"]

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
        raise UnsupportedFormat("a file without a name cannot be added: give it a name")
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
            lock = FileLock(self._lock_file(left_over), timeout=0)
            try:
                lock.acquire()
            except (Timeout, OSError):
                continue  # another process is using it, or the index is read-only
            shutil.rmtree(left_over, ignore_errors=True)
            lock.release()
            self._lock_file(left_over).unlink(missing_ok=True)

    def _lock_file(self, folder: Path) -> Path:
        return folder.with_name(f"{folder.name}.lock")

    def folder(self, job_id: str) -> Path:
        """A new folder for the files of one job.

        Raises:
            IndexProblem: it cannot be made.
        """
        try:
            if self._own is None:
                own = self._root / uuid4().hex
                self._root.mkdir(exist_ok=True)
                lock = FileLock(self._lock_file(own), timeout=0)
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

    def remove(self, folder: Path) -> None:
        """Remove the folder of a job that has ended."""
        shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Remove everything of this process."""
        if self._own is not None and self._lock is not None:
            shutil.rmtree(self._own, ignore_errors=True)
            self._lock.release()
            self._lock_file(self._own).unlink(missing_ok=True)
            self._own = self._lock = None


def too_large(most_bytes: int) -> LimitExceeded:
    """What to say of a file with more bytes than that."""
    return LimitExceeded(
        f"larger than {most_bytes // 1_000_000} MB; split the file, or set RAG_MAX_FILE_MEGABYTES"
    )


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

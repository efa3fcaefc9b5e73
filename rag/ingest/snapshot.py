"""Files on the disk: their bytes as they were at one moment, and their names."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from rag.errors import LimitExceeded, ReadingError
from rag.language.finished_messages import later
from rag.readers import is_supported, media_type_of

NOT_REGULAR = later("not a regular file: only those can be read")

_LITTER = frozenset(("__MACOSX", "Thumbs.db", "desktop.ini", "$RECYCLE.BIN"))
_ATTEMPTS = 4
ID_DIGITS = 32
"""Digits of an id: 128 bits of a SHA-256, so that nobody can make two files with the same."""
_PAUSE_SECONDS = 0.25


def read_file(path: Path, *, most: int) -> bytes:
    """The content of a regular file of at most ``most`` bytes.

    A file that is written to meanwhile is tried again, a second long in all.

    Raises:
        LimitExceeded: it is larger.
        ReadingError: it is no regular file, cannot be opened, or does not come to rest.
    """
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(_PAUSE_SECONDS)
        with open_file(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > most:
                raise too_large(most)
            before = os.fstat(file.fileno())
            content = file.read(size + 1)
            if len(content) == size and still_the_same(file, path, before):
                return content
    raise changed_meanwhile()


def changed_meanwhile() -> ReadingError:
    """The error for a file that somebody writes to."""
    return ReadingError(
        "it changes while it is read: wait until it is complete, then run the command again"
    )


def too_large(most: int, setting: str = "RAG_MAX_FILE_MEGABYTES") -> LimitExceeded:
    """The error for a file of more than ``most`` bytes, which ``setting`` allows."""
    return LimitExceeded(f"larger than {most // 1_000_000} MB: split it, or raise {setting}")


@contextmanager
def open_file(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file for reading; anything else is refused instead of waited for.

    Raises:
        ReadingError: it is no regular file, or cannot be opened.
    """
    # Without O_NONBLOCK a named pipe would keep us until somebody writes to it.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        file = open(os.open(path, flags), "rb")  # noqa: PTH123, SIM115 - Path has no such flags
    except OSError as error:
        raise ReadingError(f"cannot be opened: {error.strerror or error}") from error
    with file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ReadingError(NOT_REGULAR)
        yield file


def still_the_same(file: BinaryIO, path: Path, before: os.stat_result) -> bool:
    """Whether ``path`` still leads to ``file``, and nobody wrote to it since ``before``."""
    now, there = os.fstat(file.fileno()), path.stat()
    return (now.st_size, now.st_mtime_ns) == (before.st_size, before.st_mtime_ns) and (
        (there.st_dev, there.st_ino) == (now.st_dev, now.st_ino)
    )


def id_of(content: bytes) -> str:
    """The id of the document whose file has this content."""
    return hashlib.sha256(content).hexdigest()[:ID_DIGITS]


def digest(file: BinaryIO) -> str:
    """The same for a file too large to hold; it is at its beginning again afterwards."""
    found = hashlib.file_digest(cast("Any", file), "sha256").hexdigest()[:ID_DIGITS]
    file.seek(0)
    return found


def printable(name: str) -> str:
    """A file name as text: bytes that are no UTF-8 become replacement characters."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def is_litter(name: str) -> bool:
    """Whether a file or folder of this name is hidden, or left there by a program or system."""
    return name.startswith((".", "~$")) or name in _LITTER


def refuse_unsupported(name: str) -> None:
    """Do not even open a file that no reader is there for.

    Raises:
        UnsupportedFormat: there is none; the message lists those that there are.
    """
    if not is_supported(name):
        media_type_of(name, b"")

"""Errors of SQLite, Chroma and Tantivy as one line that says what to do.

Each of the three has errors of its own, and with the last two only the words of the message tell a
full disk from a damaged file.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.errors import IndexBusy, IndexProblem, RagError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_WORDS = ("disk is full", "no space left", "os error 28", "os error 27", "file too large")
_BUSY_WORDS = ("is locked", "lockbusy")
_READ_ONLY_WORDS = ("readonly", "read-only", "permission denied", "unable to open database")
_DISK_WORDS = ("disk i/o error", "input/output error")


@contextmanager
def translating_errors(root: Path, what: str) -> Iterator[None]:
    """Turn errors of the libraries into an :class:`IndexProblem`; our own errors pass.

    ``root`` is the folder of the index, ``what`` the part of it that is being used.
    """
    try:
        yield
    except (RagError, GeneratorExit, KeyboardInterrupt, SystemExit):
        raise
    except Exception as error:
        raise _problem(error, root, what) from error
    except BaseException as error:
        # A panic of a Rust library is no Exception, so that nobody catches it unawares.
        if type(error).__name__ != "PanicException":
            raise
        raise _problem(error, root, what) from error


def _problem(error: BaseException, root: Path, what: str) -> IndexProblem:
    """What failed, and what the user can do about it."""
    text = str(error).lower()
    number = error.errno if isinstance(error, OSError) else None
    if number in _FULL or any(words in text for words in _FULL_WORDS):
        return IndexProblem(f"the disk is full: free space in {root}/, then run the command again")
    if any(words in text for words in _BUSY_WORDS):
        return IndexBusy(
            f"another process is using {what} in {root}/: wait until it is done, then run the "
            "command again"
        )
    if number in (errno.EROFS, errno.EACCES, errno.EPERM) or any(
        words in text for words in _READ_ONLY_WORDS
    ):
        return IndexProblem(
            f"{what} in {root}/ cannot be written ({first_line(error)}): check the permissions of "
            "the folder"
        )
    if any(words in text for words in _DISK_WORDS):
        return IndexProblem(
            f"{what} in {root}/ cannot be read or written ({first_line(error)}): check the disk "
            "and its free space, then run the command again"
        )
    if isinstance(error, sqlite3.DatabaseError) and what == "the catalog":
        return IndexProblem(
            f"{what} in {root}/ is damaged ({first_line(error)}): see 'rag doctor --index {root}'"
        )
    return IndexProblem(
        f"{what} in {root}/ cannot be used ({first_line(error)}): run 'rag doctor --repair "
        f"--index {root}'"
    )


def first_line(error: BaseException) -> str:
    """The error's message on one line, at most 200 characters of it."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split())[:200] or type(error).__name__

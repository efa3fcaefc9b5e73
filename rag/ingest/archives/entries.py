"""The entries of one ZIP or TAR file, mailbox or file of articles, in order.

Sizes and names in it are not trusted.

Entries are read as streams whose bytes are counted while they are expanded; nothing is ever
extracted to disk by the name that the archive has for it.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, Final, cast

from rag.errors import DamagedFile, LimitExceeded
from rag.ingest.archives.articles import article_pages, is_of_articles
from rag.ingest.snapshot import printable, too_large
from rag.language.finished_messages import later
from rag.readers import Limits

_SUFFIXES: Final = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_MAILBOX: Final = ".mbox"

# Less than this may be compressed by any ratio: there is little that it can expand to.
_SMALL = 1_000_000
_CHUNK = 1 << 16
_LONGEST_TAR_HEADER = 1 << 20
_XZ_MEMORY = 200_000_000
_ENCRYPTED = 0x1
_UTF8_NAME = 0x800
_METHODS = frozenset((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
_DRIVE = re.compile(r"[A-Za-z]:")
_LONGEST_NAME = 1000
_LONGEST_LINE = 1 << 16
_LONGEST_JSON = 200_000_000
_QUOTED_FROM = re.compile(rb">+From ")

_Open = Callable[[], BinaryIO]


class OverBudget(LimitExceeded):
    """The outermost archive has come to more than the settings allow: no more of it is read."""


class Budget:
    """What an archive of ``packed`` bytes may still come to, with all archives inside it."""

    def __init__(self, limits: Limits, *, packed: int) -> None:
        self.limits = limits
        self.entries = 0
        self.expanded = 0
        self._packed = packed

    def count_entry(self) -> None:
        """One more file or folder."""
        self.entries += 1
        if self.entries > self.limits.files:
            raise _too_many(self.limits)

    def count_bytes(self, size: int) -> None:
        """More bytes that came out of it."""
        self.expanded += size
        if self.expanded > self.limits.expanded_bytes:
            raise OverBudget(
                f"expands to more than {self.limits.expanded_bytes // 1_000_000} MB: split it, or "
                "raise RAG_MAX_ARCHIVE_MEGABYTES"
            )
        if reason := self.too_dense(self.expanded, self._packed):
            raise OverBudget(reason)

    def too_dense(self, expanded: int, packed: int) -> str | None:
        """The error message for a decompression bomb; None if the ratio is allowed."""
        if expanded <= max(_SMALL, packed * self.limits.ratio):
            return None
        return later(
            f"expands to more than {self.limits.ratio} times its size: unpack it yourself, or "
            "raise RAG_MAX_ARCHIVE_RATIO"
        )


def _too_many(limits: Limits) -> OverBudget:
    return OverBudget(
        f"more than {limits.files} files in it: split it, or raise RAG_MAX_ARCHIVE_FILES"
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in an archive, to be opened unless ``problem`` says why not.

    ``packed`` is its compressed size, None where only the whole is compressed. ``position`` is how
    far into the archive file one is after it, in bytes.
    """

    name: str
    position: int
    open: _Open
    problem: str | None = None
    packed: int | None = None


def is_archive(name: str) -> bool:
    """Whether a file of this name is a collection of files."""
    return name.lower().endswith((*_SUFFIXES, _MAILBOX)) or is_of_articles(name)


def entries(file: BinaryIO, *, name: str, budget: Budget) -> Iterator[Entry]:
    """The files in an archive, in its order; folders are left out.

    Raises:
        DamagedFile: it is no archive, or damaged from here on.
        OverBudget: it comes to more than the settings allow.
    """
    if name.lower().endswith(_MAILBOX):
        yield from _messages(file, budget)
        return
    if is_of_articles(name):
        yield from _articles(file, name, budget)
        return
    is_zip = name.lower().endswith(".zip")
    found = _zip_entries(file, budget) if is_zip else _tar_entries(file, budget)
    try:
        yield from found
    except (LimitExceeded, DamagedFile, MemoryError):
        raise
    except Exception as error:  # these libraries raise almost anything on damaged files
        kind = "ZIP" if is_zip else "TAR"
        raise DamagedFile(f"a damaged or truncated {kind} archive ({_reason(error)})") from error


def read_entry(entry: Entry, into: BinaryIO, *, most: int, budget: Budget) -> None:
    """Expand an entry into a file that is open for writing.

    Raises:
        DamagedFile: it cannot be expanded, or is not what was packed.
        LimitExceeded: it is larger than ``most`` bytes, or compressed by too high a ratio.
        OverBudget: the archive is.
    """
    size = 0
    try:
        with entry.open() as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                budget.count_bytes(len(chunk))
                if entry.packed is not None and (reason := budget.too_dense(size, entry.packed)):
                    raise LimitExceeded(reason)
                if size > most:
                    raise too_large(most)
                into.write(chunk)
    except (LimitExceeded, DamagedFile, MemoryError):
        raise
    except Exception as error:
        raise DamagedFile(f"damaged inside the archive ({_reason(error)})") from error


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__


# ZIP


def _zip_entries(file: BinaryIO, budget: Budget) -> Iterator[Entry]:
    _check_directory(file, budget.limits)
    with zipfile.ZipFile(file) as archive:
        position = 0
        for member in archive.infolist():
            budget.count_entry()
            position += member.compress_size
            if member.is_dir():
                continue
            name = _zip_name(member)
            problem = _problem_of_name(name) or _zip_problem(member)
            opened = partial(archive.open, member)
            yield Entry(name, position, cast("_Open", opened), problem, member.compress_size)


def _zip_problem(member: zipfile.ZipInfo) -> str | None:
    mode = member.external_attr >> 16
    if member.flag_bits & _ENCRYPTED:
        return "encrypted with a password: pack it anew without one"
    if member.create_system == 3 and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "a link or device: only files are read"
    if member.compress_type not in _METHODS:
        return "packed by a method that is not read: pack it anew as an ordinary ZIP file"
    return None


def _zip_name(member: zipfile.ZipInfo) -> str:
    """The name of a member; what is not marked as UTF-8 often is all the same."""
    name = member.filename
    if not member.flag_bits & _UTF8_NAME:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = member.filename
    return printable(name.replace("\\", "/"))


def _check_directory(file: BinaryIO, limits: Limits) -> None:
    """Refuse a directory that is longer than so many files need: it would all be held in memory."""
    file.seek(0, io.SEEK_END)
    end = file.tell()
    tail_start = max(0, end - 66_000)
    file.seek(tail_start)
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    length = 0
    if 0 <= at <= len(tail) - 22:
        (length,) = struct.unpack_from("<L", tail, at + 12)
        if length == 0xFFFFFFFF and (large := tail.rfind(b"PK\x06\x06", 0, at)) >= 0:
            (length,) = struct.unpack_from("<Q", tail, large + 40)
    file.seek(0)
    if length > limits.files * 1000 + 1_000_000:
        raise _too_many(limits)


# TAR


def _tar_entries(file: BinaryIO, budget: Budget) -> Iterator[Entry]:
    stream = _Counted(_expanded(file), budget)
    with tarfile.open(fileobj=cast("BinaryIO", stream), mode="r:") as archive:
        while (member := archive.next()) is not None:
            budget.count_entry()
            if member.isdir():
                continue
            name = printable(member.name)
            problem = _problem_of_name(name)
            if not member.isreg():
                problem = problem or "a link or device: only files are read"
            opened = partial(archive.extractfile, member)
            yield Entry(name, file.tell(), cast("_Open", opened), problem)
            archive.members.clear()  # type: ignore[attr-defined]  # it keeps all it has seen
    # At a damaged header the library just stops.
    if stream.last.strip(b"\0"):
        raise DamagedFile("a damaged TAR archive: what follows the files named here is lost")


def _expanded(file: BinaryIO) -> BinaryIO:
    """The stream of a TAR file, by its first bytes whatever its name says."""
    start = file.read(6)
    file.seek(0)
    if start.startswith(b"\x1f\x8b"):
        return cast("BinaryIO", gzip.GzipFile(fileobj=file, mode="rb"))
    if start.startswith(b"BZh"):
        return cast("BinaryIO", bz2.BZ2File(file, "rb"))
    if start == b"\xfd7zXZ\x00":
        return cast("BinaryIO", io.BufferedReader(_Xz(file), _CHUNK))
    return file


class _Xz(io.RawIOBase):
    """What :mod:`lzma` would open, but with a bound on the memory that the file may ask for."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decompressor = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._decompressor.eof:
            packed = self._file.read(_CHUNK) if self._decompressor.needs_input else b""
            if not packed and self._decompressor.needs_input:
                raise EOFError("it ends too early")
            chunk = self._decompressor.decompress(packed, len(buffer))
            if chunk:
                buffer[: len(chunk)] = chunk
                return len(chunk)
        return 0


class _Counted:
    """A stream that only goes forward, counts what it skips, and reads no endless headers."""

    def __init__(self, stream: BinaryIO, budget: Budget) -> None:
        self.last = b""
        self._stream = stream
        self._budget = budget
        self._position = 0

    def tell(self) -> int:
        return self._position

    def seek(self, position: int) -> int:
        if position < self._position:
            raise DamagedFile("a damaged TAR archive: it refers back to what has passed")
        while self._position < position:
            chunk = self._stream.read(min(_CHUNK, position - self._position))
            if not chunk:
                break
            self._budget.count_bytes(len(chunk))
            self._position += len(chunk)
        return self._position

    def read(self, size: int) -> bytes:
        if size > _LONGEST_TAR_HEADER:
            raise DamagedFile("a damaged TAR archive: a header in it is too long")
        self.last = self._stream.read(size)
        self._position += len(self.last)
        return self.last


# Mailboxes


def _messages(file: BinaryIO, budget: Budget) -> Iterator[Entry]:
    """The messages of a mailbox (RFC 4155), called ``0001.eml``, ``0002.eml`` and so on.

    Each begins with a line ``From ``, at the beginning or after an empty line; inside a message
    such a line has ``>`` before it. Only one message is held in memory.
    """
    lines: list[bytes] = []
    size = number = 0
    is_after_blank = True
    while line := file.readline(_LONGEST_LINE):
        if is_after_blank and line.startswith(b"From "):
            if number:
                yield _message(number, lines, file.tell() - len(line), budget)
            number, size, lines = number + 1, 0, []
        elif not number and line.strip():
            raise DamagedFile("not a mailbox, which begins with a line 'From '; save it again")
        else:
            size += len(line)
            if size > budget.limits.expanded_bytes:
                raise too_large(budget.limits.expanded_bytes, "RAG_MAX_ARCHIVE_MEGABYTES")
            lines.append(line[1:] if _QUOTED_FROM.match(line) else line)
        is_after_blank = not line.strip()
    if number:
        yield _message(number, lines, file.tell(), budget)


def _message(number: int, lines: list[bytes], position: int, budget: Budget) -> Entry:
    budget.count_entry()
    content = b"".join(lines)
    return Entry(f"{number:04}.eml", position, lambda: io.BytesIO(content))


# Articles


def _articles(file: BinaryIO, name: str, budget: Budget) -> Iterator[Entry]:
    """The articles of a file of JSON as pages, called ``0001.html``, ``0002.html`` and so on."""
    content = file.read(_LONGEST_JSON + 1)
    if len(content) > _LONGEST_JSON:
        raise DamagedFile(f"larger than {_LONGEST_JSON // 1_000_000} MB: split it")
    for number, page in enumerate(article_pages(content, name), start=1):
        budget.count_entry()
        called = f"{number:04}.html"
        if isinstance(page, DamagedFile):
            yield Entry(called, len(content), io.BytesIO, str(page))
        else:
            yield Entry(called, len(content), partial(io.BytesIO, page))


# Names


def _problem_of_name(name: str) -> str | None:
    if name.startswith("/") or _DRIVE.match(name):
        return "an absolute path: only files inside the archive are read"
    if ".." in name.split("/"):
        return "its name leads out of the archive"
    if len(name) > _LONGEST_NAME:
        return f"its name is longer than {_LONGEST_NAME} characters"
    return None

"""Zip containers (office formats, e-books, archives), checked before they are expanded.

No more is read from a member than the size that it declares, so the check of the declared sizes
holds for what really comes out.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from lzma import LZMAError

from lxml import etree

from rag.errors import DamagedFile, LimitExceeded
from rag.language.finished_messages import later
from rag.readers.limits import Limits

# Smaller members may be compressed by any ratio: there is little that they can expand to.
_SMALL = 1_000_000

_ENCRYPTED = 0x1
_CHUNK = 1 << 20
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    LZMAError,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)

# ISO/IEC 29500 "strict" documents differ from the usual ones in the names of their namespaces.
_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/(relationships|math|main|diagram)")
_USUAL = rb"http://schemas.openxmlformats.org/\1/2006/\2"


def encrypted(name: str) -> DamagedFile:
    """The error for a file with a password."""
    return DamagedFile(f"{name}: encrypted with a password; save a copy without it")


def check_container(archive: zipfile.ZipFile, name: str, limits: Limits) -> None:
    """Refuse an open zip file that is encrypted or would expand beyond ``limits``.

    Looks at the directory of the archive only; nothing is expanded.

    Raises:
        LimitExceeded: too many members, too large, or compressed by too high a ratio.
        DamagedFile: a member is encrypted.
    """
    members = archive.infolist()
    if len(members) > limits.files:
        raise LimitExceeded(
            f"{name}: {len(members)} files inside, more than {limits.files}: split it, or raise "
            "RAG_MAX_ARCHIVE_FILES"
        )
    total = sum(member.file_size for member in members)
    if total > limits.expanded_bytes:
        raise LimitExceeded(
            f"{name}: expands to {_megabytes(total)} MB, more than "
            f"{_megabytes(limits.expanded_bytes)} MB: split it, or raise RAG_MAX_ARCHIVE_MEGABYTES"
        )
    for member in members:
        if member.flag_bits & _ENCRYPTED:
            raise encrypted(name)
        ratio = member.file_size / max(1, member.compress_size)
        if member.file_size > _SMALL and ratio > limits.ratio:
            raise LimitExceeded(
                f"{name}: a file inside expands to {ratio:.0f} times its size, more than "
                f"{limits.ratio} times: save it anew, or raise RAG_MAX_ARCHIVE_RATIO"
            )


def _megabytes(size: int) -> str:
    return f"{-(-size // 1_000_000):,}"


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> bytes:
    """The bytes of a member, never more than it declares; memory is bounded by that, too.

    Raises:
        DamagedFile: the member cannot be expanded, or its checksum is wrong.
    """
    parts: list[bytes] = []
    try:
        with archive.open(member) as file:
            # In one go, a member that declares too small a size would be expanded before it is cut.
            while part := file.read(_CHUNK):
                parts.append(part)
    except _UNREADABLE as error:
        raise DamagedFile(
            f"{name}: damaged, {_printable(member.filename)} inside cannot be expanded; "
            "download it again"
        ) from error
    return b"".join(parts)


def _printable(path: str) -> str:
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in path[:80])


class Container:
    """The members of a checked zip file; ``name`` is the file's, for messages."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self.name = name
        self._archive = archive
        # Some writers disagree with themselves on the case of names, and on slashes.
        self._members = {_key(member.filename): member for member in archive.infolist()}

    @property
    def paths(self) -> list[str]:
        """The members' names as they are in the archive."""
        return [member.filename for member in self._members.values()]

    def find(self, path: str) -> bytes | None:
        """The bytes of a member, None if there is none of this name."""
        member = self._members.get(_key(path))
        return None if member is None else read_member(self._archive, member, self.name)

    def read(self, path: str) -> bytes:
        """The bytes of a member that has to be there.

        Raises:
            DamagedFile: it is not.
        """
        content = self.find(path)
        if content is None:
            raise DamagedFile(
                f"{self.name}: damaged, {_printable(path)} is missing inside; download it again"
            )
        return content

    def find_xml(self, path: str) -> etree._Element | None:
        """The root element of a member, None if there is none of this name."""
        content = self.find(path)
        return None if content is None else parse_xml(content, self.name)

    def try_xml(self, path: str) -> etree._Element | None:
        """The root element of a member, None if it is not there or damaged."""
        try:
            return self.find_xml(path)
        except DamagedFile:
            return None

    def read_xml(self, path: str) -> etree._Element:
        """The root element of a member that has to be there; see :meth:`read`."""
        return parse_xml(self.read(path), self.name)


def _key(path: str) -> str:
    return path.replace("\\", "/").lstrip("/").casefold()


@contextmanager
def open_container(content: bytes, name: str, limits: Limits) -> Iterator[Container]:
    """Open and check a zip file in memory.

    Raises:
        DamagedFile: it is no zip file, truncated, or encrypted.
        LimitExceeded: see :func:`check_container`.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except _UNREADABLE as error:
        raise DamagedFile(f"{name}: damaged or truncated; download it again") from error
    with archive:
        check_container(archive, name, limits)
        yield Container(archive, name)


def parse_xml(content: bytes, name: str) -> etree._Element:
    """The root element of ``content``; comments and processing instructions are left out.

    Nothing is fetched, no entity is resolved, and a document that declares its own is refused.

    Raises:
        DamagedFile: not well-formed, or declares entities.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
    )
    try:
        root = etree.fromstring(_STRICT.sub(_USUAL, content), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        deep = "depth" in str(error)
        damaged = later("damaged, its XML is not well-formed")
        problem = later("nested too deeply") if deep else damaged
        raise DamagedFile(f"{name}: {problem}; save it anew") from error
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):  # type: ignore[union-attr]  # not in its stubs
        raise DamagedFile(f"{name}: its XML declares entities, which are not read; save it anew")
    return root

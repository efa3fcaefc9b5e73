"""Detects formats by the content of files, and refuses files under a wrong suffix."""

from __future__ import annotations

import io
import zipfile

from rag.errors import DamagedFile
from rag.language.finished_messages import later
from rag.readers.containers import encrypted
from rag.readers.decoding import check_is_text

_PDF, _PDF_WITHIN = b"%PDF-", 1024
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RTF = b"{\\rtf"
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*")

# The names of streams in the old container, which are in UTF-16.
_STREAMS = {
    "__substg1.0_": ".msg",  # first, as any of the others may be attached to a message
    "EncryptedPackage": "encrypted",
    "WordDocument": ".doc",
    "PowerPoint Document": ".ppt",
    "Workbook": ".xls",
    "Book": ".xls",
}
_FOLDERS = {"word/": ".docx", "ppt/": ".pptx", "xl/": ".xlsx"}
_MIMETYPES = {
    b"application/vnd.oasis.opendocument.text": ".odt",
    b"application/vnd.oasis.opendocument.spreadsheet": ".ods",
    b"application/vnd.oasis.opendocument.presentation": ".odp",
    b"application/epub+zip": ".epub",
}
_WORDS = {
    ".pdf": later("a PDF"),
    ".doc": later("an old binary Word document"),
    ".ppt": later("an old binary PowerPoint presentation"),
    ".docx": later("a Word document"),
    ".pptx": later("a PowerPoint presentation"),
    ".xlsx": later("an Excel workbook"),
    ".xls": later("an old Excel workbook"),
    ".odt": later("an OpenDocument text"),
    ".ods": later("an OpenDocument spreadsheet"),
    ".odp": later("an OpenDocument presentation"),
    ".epub": later("an EPUB book"),
    ".rtf": later("an RTF document"),
    ".msg": later("an Outlook message"),
    ".zip": later("a zip archive"),
    ".html": later("a web page"),
    ".txt": later("plain text"),
}


def kind_of(content: bytes) -> str | None:
    """The suffix of the format that ``content`` shows itself to be, None if it cannot be told.

    ``encrypted`` is an office document with a password, and the empty string one of the old
    binary formats.
    """
    if content.startswith(_ZIP):
        return _kind_of_zip(content)
    if content.startswith(_OLD_OFFICE):
        return _kind_of_old(content)
    if content.lstrip()[: len(_RTF)] == _RTF:
        return ".rtf"
    if _PDF in content[:_PDF_WITHIN]:
        return ".pdf"
    return None


def _kind_of_zip(content: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            paths = [path.replace("\\", "/").casefold() for path in archive.namelist()]
            first = archive.infolist()[0] if paths else None
            if first is not None and first.filename == "mimetype" and first.file_size < 100:
                with archive.open(first) as file:
                    mimetype = file.read(100).strip().removesuffix(b"-template")
                if mimetype in _MIMETYPES:
                    return _MIMETYPES[mimetype]
    except Exception:  # a damaged archive is for its reader to describe
        return None
    if "meta-inf/container.xml" in paths:
        return ".epub"
    for folder, suffix in _FOLDERS.items():
        if any(path.startswith(folder) for path in paths):
            return suffix
    return ".zip"


def _kind_of_old(content: bytes) -> str:
    """By the names in its directory, which can be anywhere in the file."""
    return next(
        (kind for name, kind in _STREAMS.items() if name.encode("utf-16-le") in content), ""
    )


def check_is(content: bytes, name: str, *suffixes: str) -> None:
    """Check that ``content`` is of the kind of one of ``suffixes``, the first being its own.

    A zip container that cannot be opened passes: its reader says what is wrong with it.

    Raises:
        DamagedFile: it is not; the message names the right suffix, or what to do about the file.
    """
    kind = kind_of(content)
    if kind not in suffixes and not (kind is None and content.startswith(_ZIP)):
        raise _refusal(kind or _kind_of_text(content), name, suffixes[0])


def check_text(content: bytes, name: str) -> None:
    """Raise :class:`DamagedFile` when what should be text is another format, or binary."""
    refuse_other_kinds(content, name)
    check_is_text(content, name)


def refuse_other_kinds(content: bytes, name: str) -> None:
    """Raise :class:`DamagedFile` when what should be text is known to be something else."""
    kind = kind_of(content)
    if kind is not None:
        raise _refusal(kind, name, ".txt")


def _kind_of_text(content: bytes) -> str:
    start = content[:500].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<?xml", b"<head", b"<table")):
        return ".html"
    if content.startswith(_PICTURES):
        return "picture"
    return ".txt" if 0 not in content[:1000] else "unknown"


def _refusal(kind: str, name: str, suffix: str) -> DamagedFile:
    if kind == "encrypted":
        return encrypted(name)
    if not kind:
        return DamagedFile(
            f"{name}: this is in an old binary format; open it in its program and save it as .docx"
        )
    if kind in _WORDS:
        return DamagedFile(f"{name}: this is {_WORDS[kind]}; rename it to end in {kind}")
    expected = _WORDS.get(suffix, f"a {suffix} file")
    other = later(f"not {expected}, although its name says so")
    what = later("a picture") if kind == "picture" else other
    return DamagedFile(f"{name}: this is {what}; download it again or replace it")

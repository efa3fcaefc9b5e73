"""What a server sends: its type and file name, its bytes decompressed, its text in UTF-8."""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from email.message import Message
from pathlib import PurePosixPath
from typing import Final

import httpx

from rag.errors import AddressRefused, ReadingError
from rag.ingest.snapshot import too_large
from rag.language.finished_messages import later
from rag.readers import is_supported, media_type_of, readers

# Type and name.

ACCEPTED: Final = {"Accept": "text/html,application/pdf,*/*;q=0.8", "Accept-Encoding": "gzip"}

# Suffixes of files that servers send under a media type, where they are others than those of its
# reader; the first is given to a name without.
_SUFFIXES: Final = {
    "application/xhtml+xml": (".xhtml", ".html"),
    "text/plain": (".txt", ".text", ".md", ".markdown", ".csv", ".tsv"),
    "application/x-pdf": (".pdf",),
    "text/rtf": (".rtf",),
    "message/rfc822": (".eml", ".mht", ".mhtml"),
    "application/vnd.ms-word.document.macroenabled.12": (".docm",),
    "application/vnd.ms-powerpoint.presentation.macroenabled.12": (".pptm",),
    "application/vnd.ms-excel.sheet.macroenabled.12": (".xlsm",),
    "application/vnd.ms-excel": (".xls", ".xlsx", ".csv"),
}
_SAYS_NOTHING: Final = (
    "",
    "application/octet-stream",
    "binary/octet-stream",
    "application/download",
    "application/x-download",
    "application/force-download",
)
_BY_KIND: Final = {"a PDF": ".pdf", "HTML": ".html"}
_PAGE = (".html", ".htm", ".xhtml")
_TEXT = (*_PAGE, ".txt", ".text", ".md", ".markdown", ".csv", ".tsv", ".tab", ".vtt", ".srt")

# Possessive throughout: what is not HTML must be seen to be none in one pass.
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^>]*+>\s*+)?+(?:<!--(?:(?!-->).)*+-->\s*+)*+"
    rb"<(?:!doctype\s++html|html)\b",
    re.IGNORECASE | re.DOTALL,
)
_BEGINNINGS = (
    (b"PK\x03\x04", "a ZIP archive or an office file"),
    (b"\xd0\xcf\x11\xe0", "an office file of the old kind"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a compressed file"),
)
_LONGEST_NAME = 100


class ContentType:
    """The header ``Content-Type``: the media type in lower case, and the charset if it says so."""

    def __init__(self, header: str) -> None:
        message = Message()
        message["content-type"] = header
        given = header.partition(";")[0].strip().lower()
        self.media_type = given if "/" in given else ""
        self.charset = message.get_content_charset() if self.media_type else None


def name_of(url: httpx.URL, headers: httpx.Headers, content: bytes) -> str:
    """A file name, whose suffix says what ``content`` is and is one that can be read.

    Raises:
        AddressRefused: the type cannot be read, or is not said.
    """
    declared = ContentType(headers.get("content-type", "")).media_type
    suggested = _suggested(url, headers)
    suffixes = _suffixes(declared, suggested, content)
    name = suggested or url.host
    suffix = next((each for each in suffixes if name.lower().endswith(each)), "")
    stem = name[: len(name) - len(suffix)]
    return f"{stem[:_LONGEST_NAME]}{suffix or suffixes[0]}"


def is_text(name: str) -> bool:
    """Whether a file of this name is characters in some encoding, and nothing else."""
    return name.lower().endswith(_TEXT)


def check_kept(name: str, declared: str, content: bytes) -> None:
    """Whether the bytes are what the header (or where that says nothing, the suffix) says.

    Raises:
        AddressRefused: they are not; the message names both.
    """
    kind = _kind(content)
    is_page = name.lower().endswith(_PAGE)
    other = is_text(name) and kind is not None and not (is_page and kind == "HTML")
    reason = later("open it in a browser, save it with the right suffix and add the file")
    try:
        media_type_of(name, content)
    except ReadingError as error:
        if not other:
            reason = str(error).removeprefix(f"{name}: ")
        if kind == "HTML":
            reason = later("a page for signing in, or an error? Open it in a browser")
    else:
        if not other:
            return
    said = PurePosixPath(name).suffix if declared in _SAYS_NOTHING else declared
    raise AddressRefused(
        f"it says that this is {said}, but sends {kind or 'something else'}: {reason}"
    )


def _suffixes(declared: str, suggested: str, content: bytes) -> tuple[str, ...]:
    if declared in _SAYS_NOTHING:
        suffix = PurePosixPath(suggested).suffix.lower()
        seen = _BY_KIND.get(_kind(content) or "", "")
        found: tuple[str, ...] = (suffix if is_supported(suggested) else seen,)
    else:
        known = (each.suffixes for each in readers() if each.media_type == declared)
        found = _SUFFIXES.get(declared) or next(known, ())
    if not found or not found[0]:
        what = "does not say what it is" if declared in _SAYS_NOTHING else f"is {declared[:80]}"
        raise AddressRefused(
            f"what it sends {what}, and cannot be read; save it in a format that is supported"
        )
    return found


def _kind(content: bytes) -> str | None:
    """What the first bytes give away."""
    if _HTML.match(content[:5000]):
        return "HTML"
    if b"%PDF-" in content[:1024]:
        return "a PDF"
    return next((kind for start, kind in _BEGINNINGS if content.startswith(start)), None)


def _suggested(url: httpx.URL, headers: httpx.Headers) -> str:
    """The name that the server or the address gives the file, on one line and without folders."""
    message = Message()
    message["content-disposition"] = headers.get("content-disposition", "")
    for path in (message.get_filename() or "", url.path):
        last = path.replace("\\", "/").rstrip("/").rpartition("/")[2]
        if name := "".join(filter(str.isprintable, last)).strip(". "):
            return name
    return ""


# Bytes and characters.

_PIECE = 1_000_000
_GZIP_BEGINS = b"\x1f"

# Encodings that pages are written in. The others that Python knows are none for text, or slow.
_ENCODING = re.compile(
    r"(?:iso8859|iso2022|cp\d|koi8|mac_|gb|big5|euc|shift|utf-16|utf-32|tis|ptcp|hz)"
)
# Their bytes may look like those of ASCII, and so of UTF-8.
_UNLIKE_ASCII = re.compile(r"iso2022|hz|utf-16|utf-32")
# Browsers take these names for their larger relatives, and pages rely on it.
_MEANT: Final = {
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def body_of(headers: httpx.Headers, chunks: Iterable[bytes], *, most: int) -> bytes:
    """The body, decompressed; no more than ``most`` bytes and a little are ever held.

    Raises:
        LimitExceeded: it is longer than ``most``, or says so.
        AddressRefused: compressed in a way that was not asked for, damaged, or cut off.
    """
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > most:
        raise too_large(most)
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("gzip", "x-gzip"):
        chunks = _gunzipped(chunks)
    elif encoding not in ("identity", ""):
        raise AddressRefused("it answers in a compression that was not asked for")
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > most:
            raise too_large(most)
    return bytes(body)


def _gunzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Decompress piece by piece: a small chunk may hold gigabytes."""
    decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
    begun = False
    try:
        for chunk in chunks:
            rest, begun = chunk, begun or bool(chunk)
            while rest:
                if decoder.eof and not rest.startswith(_GZIP_BEGINS):
                    return  # padding after the end
                if decoder.eof:
                    decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
                yield decoder.decompress(rest, _PIECE)
                rest = decoder.unconsumed_tail or decoder.unused_data
    except zlib.error as error:
        raise AddressRefused("its compressed answer is damaged; try again") from error
    if begun and not decoder.eof:
        raise AddressRefused("its answer is cut off; try again")


def in_utf8(content: bytes, *, charset: str | None) -> bytes:
    """``content``, or if the server says that its text is in another charset, the same in UTF-8.

    The readers see the bytes only, and what the server said is lost to them; a byte order mark
    tells them that these are UTF-8 now, whatever the page says. As elsewhere, text that is valid
    UTF-8 counts as that, because servers often name the charset of another age for it.
    """
    if charset is None or content.startswith(_MARKS):
        return content
    try:
        encoding = codecs.lookup(charset).name
    except LookupError:
        return content
    if not _ENCODING.match(encoding):
        return content
    if not _UNLIKE_ASCII.match(encoding):
        with suppress(UnicodeDecodeError):
            content.decode("utf-8")
            return content
    try:
        text = content.decode(_MEANT.get(encoding, encoding))
    except UnicodeDecodeError:
        return content
    return codecs.BOM_UTF8 + text.removeprefix("\ufeff").encode("utf-8", "replace")

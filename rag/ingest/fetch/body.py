"""The bytes of an answer: decompressed within bounds, and text in UTF-8 whatever its charset."""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Final

import httpx

from rag.errors import AddressRefused
from rag.ingest.snapshot import too_large

__all__ = ["body_of", "in_utf8"]

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
    if not _UNLIKE_ASCII.match(encoding) and _is_utf8(content):
        return content
    try:
        text = content.decode(_MEANT.get(encoding, encoding))
    except UnicodeDecodeError:
        return content
    return codecs.BOM_UTF8 + text.removeprefix("\ufeff").encode("utf-8", "replace")


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True

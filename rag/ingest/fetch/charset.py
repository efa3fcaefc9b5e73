"""What a server says about the characters of a text, handed on to readers that see bytes only."""

from __future__ import annotations

import codecs
import re
from typing import Final

__all__ = ["in_utf8"]

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

"""Decodes text: by byte order mark, as UTF-8, as declared, or by detection."""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes

from rag.errors import DamagedFile

__all__ = ["check_is_text", "decode"]

# The longer marks first: the one of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# Below this many bytes beyond ASCII a detector guesses; windows-1252 is by far the most frequent.
_TOO_FEW_TO_DETECT = 24

# Text may hold a stray control character or two, a program or a picture holds many.
_MOST_CONTROLS = 0.02

_HARMLESS_CONTROLS = b"\t\n\v\f\r\x1a\x1b"
_CONTROLS = bytes(code for code in range(32) if code not in _HARMLESS_CONTROLS) + b"\x7f"

# How much of a large file is given to the detector, which is slow.
_SAMPLE = 200_000


def check_is_text(content: bytes, name: str) -> None:
    """Raise :class:`DamagedFile` when ``content`` is binary or in no known encoding."""
    if not _marked_encoding(content) and not _unmarked_utf16(content):
        sample = content[:_SAMPLE]
        controls = len(sample) - len(sample.translate(None, _CONTROLS))
        if sample.count(0) > 2 or controls > _MOST_CONTROLS * len(sample):
            raise DamagedFile(
                f"{name}: this is not text but a binary file; give it its right suffix"
            )
    decode(content, name)


def decode(content: bytes, name: str, *, declared: str | None = None) -> str:
    r"""The characters of ``content``: by its byte order mark, as UTF-8, as declared, or detected.

    Line ends become ``\n``; the byte order mark is not part of the result.

    Raises:
        DamagedFile: no encoding fits.
    """
    text = _decoded(content, declared)
    if text is None:
        raise DamagedFile(f"{name}: the encoding is not known; save the file as UTF-8")
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _decoded(content: bytes, declared: str | None) -> str | None:
    marked = _marked_encoding(content) or _unmarked_utf16(content)
    for encoding in (marked, "utf-8", declared):
        text = _strictly(content, encoding)
        if text is not None:
            return text
    if (text := _nearly_utf8(content)) is not None:
        return text
    beyond_ascii = sum(byte > 127 for byte in content[:_SAMPLE])
    if beyond_ascii >= _TOO_FEW_TO_DETECT:
        best = from_bytes(content[:_SAMPLE]).best()
        text = _strictly(content, best.encoding if best else None)
        if text is not None:
            return text
    return _strictly(content, "windows-1252")


def _strictly(content: bytes, encoding: str | None) -> str | None:
    if encoding is None:
        return None
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _nearly_utf8(content: bytes) -> str | None:
    """UTF-8 with a few stray bytes, which become ``\ufffd``; as windows-1252 all would be wrong."""
    text = content.decode("utf-8", "replace")
    stray = text.count("\ufffd")
    whole = sum(sign > "\x7f" for sign in text) - stray
    return text if 10 * stray <= whole else None


def _marked_encoding(content: bytes) -> str | None:
    return next((encoding for mark, encoding in _MARKS if content.startswith(mark)), None)


def _unmarked_utf16(content: bytes) -> str | None:
    """UTF-16 without its mark shows in Western text: every second byte is zero."""
    sample = content[:2000]
    if len(sample) < 8 or len(content) % 2:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    most, few = 0.8 * (len(sample) // 2), 0.05 * (len(sample) // 2)
    if odd >= most and even <= few:
        return "utf-16-le"
    if even >= most and odd <= few:
        return "utf-16-be"
    return None

"""What a server says that it sends, what it does send, and how the file is to be called."""

from __future__ import annotations

import re
import unicodedata
from email.message import Message
from pathlib import PurePosixPath
from typing import Final

import httpx

from rag.errors import AddressRefused, ReadingError
from rag.readers import is_supported, media_type_of, readers

__all__ = ["ACCEPTED", "ContentType", "check_kept", "is_page", "is_text", "name_of"]

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
_TEXT = (*_PAGE, ".txt", ".text", ".md", ".markdown", ".csv", ".tsv", ".tab", ".vtt")

_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b",
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

_NOT_IN_NAMES = re.compile(r'[<>:"|?*]')
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
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
    """A safe file name, whose suffix says what ``content`` is and is one that can be read.

    Raises:
        AddressRefused: the type cannot be read, or is not said.
    """
    declared = ContentType(headers.get("content-type", "")).media_type
    suggested = _suggested(url, headers)
    return _with_suffix(suggested or url.host, _suffixes(declared, suggested, content))


def is_page(name: str) -> bool:
    """Whether a file of this name is HTML."""
    return name.lower().endswith(_PAGE)


def is_text(name: str) -> bool:
    """Whether a file of this name is characters in some encoding, and nothing else."""
    return name.lower().endswith(_TEXT)


def check_kept(name: str, declared: str, content: bytes) -> None:
    """Whether the bytes are what the header (or where that says nothing, the suffix) says.

    Raises:
        AddressRefused: they are not; the message names both.
    """
    kind = _kind(content)
    other = is_text(name) and kind is not None and not (is_page(name) and kind == "HTML")
    reason = "open it in a browser, save it with the right suffix and add the file"
    try:
        media_type_of(name, content)
    except ReadingError as error:
        if not other:
            reason = str(error).removeprefix(f"{name}: ")
        if kind == "HTML":
            reason = "a page for signing in, or an error? Open it in a browser"
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
    message = Message()
    message["content-disposition"] = headers.get("content-disposition", "")
    return _safe(message.get_filename() or "") or _safe(url.path)


def _safe(path: str) -> str:
    """The last part of ``path``, with nothing in it that means something to a file system."""
    plain = unicodedata.normalize("NFC", path.replace("\\", "/").rstrip("/").rpartition("/")[2])
    printed = "".join(sign for sign in plain if unicodedata.category(sign)[0] != "C")
    name = " ".join(_NOT_IN_NAMES.sub("_", printed).split()).strip(". ")
    return f"_{name}" if _DEVICE.match(name) else name


def _with_suffix(name: str, suffixes: tuple[str, ...]) -> str:
    suffix = next((each for each in suffixes if name.lower().endswith(each)), "")
    stem = name[: len(name) - len(suffix)] if suffix else name
    return f"{stem[:_LONGEST_NAME].rstrip('. ') or 'page'}{suffix or suffixes[0]}"

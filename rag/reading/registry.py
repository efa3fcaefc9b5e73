"""Which reader reads which file: one reader for each media type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from rag.errors import DamagedFile, EmptyDocument, UnsupportedFormat
from rag.reading.decoding import check_is_text
from rag.reading.html import read_html
from rag.reading.limits import Limits
from rag.reading.markdown import read_markdown
from rag.reading.pdf import check_is_pdf, looks_like_pdf, read_pdf
from rag.reading.text import read_text
from rag.schema import Reading

__all__ = ["is_supported", "media_type_of", "read"]


@dataclass(frozen=True, slots=True)
class _Family:
    """One family of formats: its suffixes, its reader, and the check of a file's first bytes."""

    media_type: str
    suffixes: tuple[str, ...]
    read: Callable[[bytes, str, Limits], Reading]
    check: Callable[[bytes, str], None]


def _without_limits(
    reader: Callable[[bytes, str], Reading],
) -> Callable[[bytes, str, Limits], Reading]:
    """A reader of formats that cannot expand: the size of the file is its only limit."""
    return lambda content, name, _limits: reader(content, name)


def _check_text(content: bytes, name: str) -> None:
    if looks_like_pdf(content):
        raise DamagedFile(f"{name}: this is a PDF; rename it to end in .pdf")
    check_is_text(content, name)


_FAMILIES = (
    _Family("text/plain", (".txt", ".text"), _without_limits(read_text), _check_text),
    _Family("text/markdown", (".md", ".markdown"), _without_limits(read_markdown), _check_text),
    _Family("text/html", (".html", ".htm", ".xhtml"), _without_limits(read_html), _check_text),
    _Family("application/pdf", (".pdf",), read_pdf, check_is_pdf),
)
_BY_SUFFIX = {suffix: family for family in _FAMILIES for suffix in family.suffixes}
_BY_MEDIA_TYPE = {family.media_type: family for family in _FAMILIES}


def is_supported(name: str) -> bool:
    """Whether a file of this name has a reader; its content is not looked at."""
    return _suffix(name) in _BY_SUFFIX


def media_type_of(name: str, content: bytes) -> str:
    """The media type that ``name`` promises, after a look at whether ``content`` keeps it.

    Raises:
        UnsupportedFormat: no reader for this suffix; the message lists those that there are.
        EmptyDocument: no bytes, or only white space.
        DamagedFile: the content is not what the suffix says.
    """
    family = _BY_SUFFIX.get(_suffix(name))
    if family is None:
        known = ", ".join(_BY_SUFFIX)
        raise UnsupportedFormat(f"{name}: this type of file cannot be read; supported are {known}")
    if not content.strip():
        raise EmptyDocument(f"{name}: the file is empty; remove it or replace it")
    family.check(content, name)
    return family.media_type


def read(content: bytes, *, name: str, media_type: str, limits: Limits | None = None) -> Reading:
    """Read ``content``; ``name`` is used in messages only.

    The text of the result is never empty.

    Raises:
        UnsupportedFormat: no reader for ``media_type``.
        EmptyDocument: there is no text in the file.
        DamagedFile: the file is truncated, encrypted or not of this type.
        LimitExceeded: it is larger, longer or deeper nested than ``limits`` allow.
    """
    family = _BY_MEDIA_TYPE.get(media_type)
    if family is None:
        known = ", ".join(_BY_MEDIA_TYPE)
        raise UnsupportedFormat(f"{name}: no reader for {media_type}; supported are {known}")
    try:
        reading = family.read(content, name, limits or Limits())
    except RecursionError as error:
        raise DamagedFile(f"{name}: nested too deeply to be read; simplify the file") from error
    if not reading.text:
        raise EmptyDocument(f"{name}: there is no text in this file; remove it or replace it")
    return reading


def _suffix(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).suffix.lower()

"""Which reader reads which file: one reader for each media type.

Readers are imported when the first file of their kind is read: a search needs none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import PurePosixPath
from typing import cast

from rag.errors import DamagedFile, EmptyDocument, RagError, UnsupportedFormat
from rag.readers.limits import Limits
from rag.schema import Reading

__all__ = ["is_supported", "media_type_of", "read"]

_Reader = Callable[[bytes, str, Limits], Reading]
_Check = Callable[[bytes, str], None]


@dataclass(frozen=True, slots=True)
class _Family:
    """One family of formats: its suffixes, its reader, and the check of a file's first bytes."""

    media_type: str
    suffixes: tuple[str, ...]
    read: _Reader
    check: _Check


def _reader(place: str) -> _Reader:
    """The reader at ``module:function`` of this package, imported when it is first called."""

    def read_later(content: bytes, name: str, limits: Limits) -> Reading:
        return cast("_Reader", _function(place))(content, name, limits)

    return read_later


def _reader_of_text(place: str) -> _Reader:
    """A reader of formats that cannot expand: the size of the file is its only limit."""

    def read_later(content: bytes, name: str, _limits: Limits) -> Reading:
        return cast("Callable[[bytes, str], Reading]", _function(place))(content, name)

    return read_later


def _check(place: str) -> _Check:
    """The check at ``module:function`` of this package, imported when it is first called."""

    def check_later(content: bytes, name: str) -> None:
        cast("_Check", _function(place))(content, name)

    return check_later


def _check_is(*suffixes: str) -> _Check:
    """The check that a file is of the kind of one of ``suffixes``."""

    def check_later(content: bytes, name: str) -> None:
        from rag.readers.signatures import check_is

        check_is(*suffixes)(content, name)

    return check_later


def _function(place: str) -> object:
    module, _, function = place.partition(":")
    return getattr(import_module(f"rag.readers.{module}"), function)


def _check_text(content: bytes, name: str) -> None:
    from rag.readers.decoding import check_is_text
    from rag.readers.signatures import refuse_other_kinds

    refuse_other_kinds(content, name)
    check_is_text(content, name)


_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_POWERPOINT = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OLD_EXCEL = "application/vnd.ms-excel"
_OPEN_TEXT = "application/vnd.oasis.opendocument.text"
_OPEN_SLIDES = "application/vnd.oasis.opendocument.presentation"
_OPEN_SHEETS = "application/vnd.oasis.opendocument.spreadsheet"
_BOOK = "application/epub+zip"
_TABS = "text/tab-separated-values"
_XLS = (".xls", ".xlsx")

_FAMILIES = (
    _Family("text/plain", (".txt", ".text"), _reader_of_text("text:read_text"), _check_text),
    _Family(
        "text/markdown",
        (".md", ".markdown"),
        _reader_of_text("markdown:read_markdown"),
        _check_text,
    ),
    _Family(
        "text/html", (".html", ".htm", ".xhtml"), _reader_of_text("web.html:read_html"), _check_text
    ),
    _Family(
        "application/pdf",
        (".pdf",),
        _reader("pdf.reader:read_pdf"),
        _check("pdf.reader:check_is_pdf"),
    ),
    _Family(_WORD, (".docx", ".docm"), _reader("office.docx:read_docx"), _check_is(".docx")),
    _Family(_OPEN_TEXT, (".odt",), _reader("office.odt:read_odt"), _check_is(".odt")),
    _Family("application/rtf", (".rtf",), _reader("office.rtf:read_rtf"), _check_is(".rtf")),
    _Family(
        _POWERPOINT, (".pptx", ".pptm"), _reader("office.pptx:read_slides"), _check_is(".pptx")
    ),
    _Family(_OPEN_SLIDES, (".odp",), _reader("office.odp:read_odp"), _check_is(".odp")),
    _Family(_EXCEL, (".xlsx", ".xlsm"), _reader("tables.xlsx:read_excel"), _check_is(".xlsx")),
    _Family(_OLD_EXCEL, (".xls",), _reader("tables.xls:read_xls"), _check_is(*_XLS)),
    _Family(_OPEN_SHEETS, (".ods",), _reader("tables.ods:read_ods"), _check_is(".ods")),
    _Family("text/csv", (".csv",), _reader("tables.delimited:read_csv"), _check_text),
    _Family(_TABS, (".tsv", ".tab"), _reader("tables.delimited:read_tsv"), _check_text),
    _Family(_BOOK, (".epub",), _reader("web.epub:read_epub"), _check_is(".epub")),
    _Family("message/rfc822", (".eml",), _reader("mail:read_mail"), _check("mail:check_is_mail")),
    _Family(
        "multipart/related",
        (".mht", ".mhtml"),
        _reader("mail:read_mhtml"),
        _check("mail:check_is_mhtml"),
    ),
)
_BY_SUFFIX = {suffix: family for family in _FAMILIES for suffix in family.suffixes}
_BY_MEDIA_TYPE = {family.media_type: family for family in _FAMILIES}

# What a program saves its old or own files as, so that they can be read.
_SAVE_AS = {
    ".doc": ".docx",
    ".dot": ".docx",
    ".wps": ".docx",
    ".wpd": ".docx",
    ".pages": ".docx",
    ".ppt": ".pptx",
    ".pps": ".pptx",
    ".key": ".pptx",
    ".xlsb": ".xlsx",
    ".numbers": ".xlsx",
    ".msg": ".eml",
    ".mobi": ".epub",
    ".azw3": ".epub",
}


def is_supported(name: str) -> bool:
    """Whether a file of this name has a reader; its content is not looked at."""
    return _suffix(name) in _BY_SUFFIX


def media_type_of(name: str, content: bytes) -> str:
    """The media type that ``name`` promises, after a look at whether ``content`` keeps it.

    Raises:
        UnsupportedFormat: no reader for this suffix; the message lists those that there are, or
            names the one to save the file as.
        EmptyDocument: no bytes, or only white space.
        DamagedFile: the content is not what the suffix says.
    """
    suffix = _suffix(name)
    family = _BY_SUFFIX.get(suffix)
    if family is None:
        if suffix in _SAVE_AS:
            raise UnsupportedFormat(
                f"{name}: {suffix} files cannot be read; open it in its program and save it as "
                f"{_SAVE_AS[suffix]}"
            )
        known = ", ".join(_BY_SUFFIX)
        raise UnsupportedFormat(f"{name}: this type of file cannot be read; supported are {known}")
    if not content.strip():
        raise EmptyDocument(f"{name}: the file is empty; remove it or replace it")
    family.check(content, name)
    return family.media_type


def read(content: bytes, *, name: str, media_type: str, limits: Limits | None = None) -> Reading:
    """Read ``content``; ``name`` is used in messages, and for metadata that the file lacks.

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
    except (RagError, MemoryError, ImportError):
        raise
    except RecursionError as error:
        raise DamagedFile(f"{name}: nested too deeply to be read; simplify the file") from error
    except Exception as error:  # what a parser did not foresee must not stop the other files
        raise DamagedFile(
            f"{name}: damaged, its reader failed ({type(error).__name__}); save it anew or "
            "download it again"
        ) from error
    if not reading.text:
        raise EmptyDocument(f"{name}: there is no text in this file; remove it or replace it")
    from rag.readers.metadata.completion import complete

    return replace(reading, metadata=complete(reading, name=name))


def _suffix(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).suffix.lower()

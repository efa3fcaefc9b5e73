"""Which reader reads which file: one reader for each media type.

Readers are imported when the first file of their kind is read: a search needs none of them. Other
packages add readers by entry points of the group ``footnote_rag.readers`` (see
``docs/extending.md``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import PurePosixPath
from typing import Any

from rag.errors import DamagedFile, EmptyDocument, RagError, UnsupportedFormat
from rag.readers.extensions import READERS, installed
from rag.readers.limits import Limits
from rag.schema import Reading


@dataclass(frozen=True, slots=True)
class ReaderEntry:
    """A format, and the functions that read it. They run in a process that reads files.

    Attributes:
        media_type: The media type of the format, such as ``text/vtt``.
        suffixes: The suffixes of its files, in lower case and with their dot.
        read: Gets the content of a file, its name and the limits that hold for it, and gives what
            is in it. It raises a :class:`rag.errors.ReadingError` whose message begins with the
            name of the file and says what to do; any other exception counts as damage of the file.
        check: Gets content and name and raises :class:`rag.errors.DamagedFile` if the content is
            not what the suffix promises. None if any content will do.
    """

    media_type: str
    suffixes: tuple[str, ...]
    read: Callable[[bytes, str, Limits], Reading]
    check: Callable[[bytes, str], None] | None = None


def _function(place: str) -> Callable[..., Any]:
    """The function at ``module:function`` of this package, imported when it is first called."""
    module, _, function = place.partition(":")

    def call(*given: object) -> Any:  # noqa: ANN401 - what the function gives
        return getattr(import_module(f"rag.readers.{module}"), function)(*given)

    return call


def _entry(media_type: str, suffixes: str, reader: str, check: str) -> ReaderEntry:
    """A format of our own; ``check`` is a function, or the suffixes of what a file may be."""
    check_content = _function(check) if ":" in check else _check_is(*check.split())
    return ReaderEntry(media_type, tuple(suffixes.split()), _function(reader), check_content)


def _plain(media_type: str, suffixes: str, reader: str, check: str) -> ReaderEntry:
    """A format that cannot expand: the size of the file is the only limit of its reader."""
    read_plain = _function(reader)
    entry = _entry(media_type, suffixes, reader, check)
    return replace(entry, read=lambda content, name, _limits: read_plain(content, name))


def _check_is(*suffixes: str) -> Callable[[bytes, str], None]:
    """The check that a file is of the kind of one of ``suffixes``."""
    check = _function("signatures:check_is")
    return lambda content, name: check(content, name, *suffixes)


_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
_TEXT = "signatures:check_text"

_BUILT_IN = (
    _plain("text/plain", ".txt .text", "text:read_text", _TEXT),
    _plain("text/markdown", ".md .markdown", "markdown:read_markdown", _TEXT),
    _plain("text/html", ".html .htm .xhtml", "web.html:read_html", _TEXT),
    _entry("application/pdf", ".pdf", "pdf.reader:read_pdf", "pdf.reader:check_is_pdf"),
    _entry(_OOXML + "wordprocessingml.document", ".docx .docm", "office.docx:read_docx", ".docx"),
    _entry("application/msword", ".doc .dot", "office.libreoffice:read_doc", ".doc .docx"),
    _entry(
        "application/vnd.ms-powerpoint", ".ppt .pps", "office.libreoffice:read_ppt", ".ppt .pptx"
    ),
    _entry(_ODF + "text", ".odt", "office.odf:read_odt", ".odt"),
    _plain("application/rtf", ".rtf", "office.rtf:read_rtf", ".rtf"),
    _entry(
        _OOXML + "presentationml.presentation", ".pptx .pptm", "office.pptx:read_slides", ".pptx"
    ),
    _entry(_ODF + "presentation", ".odp", "office.odf:read_odp", ".odp"),
    _entry(_OOXML + "spreadsheetml.sheet", ".xlsx .xlsm", "tables.excel:read_xlsx", ".xlsx"),
    _entry("application/vnd.ms-excel", ".xls", "tables.excel:read_xls", ".xls .xlsx"),
    _entry(_ODF + "spreadsheet", ".ods", "tables.ods:read_ods", ".ods"),
    _plain("text/csv", ".csv", "tables.delimited:read_csv", _TEXT),
    _plain("text/tab-separated-values", ".tsv .tab", "tables.delimited:read_tsv", _TEXT),
    _plain("text/vtt", ".vtt", "captions:read_captions", "captions:check_is_captions"),
    _plain("application/x-subrip", ".srt", "captions:read_captions", "captions:check_is_subtitles"),
    _entry("image/png", ".png", "images:read_image", "images:check_is_image"),
    _entry("image/jpeg", ".jpg .jpeg", "images:read_image", "images:check_is_image"),
    _entry("image/tiff", ".tif .tiff", "images:read_image", "images:check_is_image"),
    _entry("application/epub+zip", ".epub", "web.epub:read_epub", ".epub"),
    _plain("message/rfc822", ".eml", "mail:read_mail", "mail:check_is_message"),
    _plain("application/vnd.ms-outlook", ".msg", "outlook:read_outlook_mail", ".msg"),
    _plain("multipart/related", ".mht .mhtml", "mail:read_mhtml", "mail:check_is_message"),
)
_BY_SUFFIX = {suffix: entry for entry in _BUILT_IN for suffix in entry.suffixes}
_BY_MEDIA_TYPE = {entry.media_type: entry for entry in _BUILT_IN}

# Text that cannot say in which code page it is.
_IN_A_CODE_PAGE = (
    *("text/plain", "text/markdown", "text/csv", "text/tab-separated-values"),
    *("text/vtt", "application/x-subrip"),
)

# What a program saves its old or own files as, so that they can be read.
_SAVE_AS = {
    **dict.fromkeys((".wps", ".wpd", ".pages"), ".docx"),
    **dict.fromkeys((".key",), ".pptx"),
    **dict.fromkeys((".xlsb", ".numbers"), ".xlsx"),
    **dict.fromkeys((".mobi", ".azw3"), ".epub"),
}


def readers() -> tuple[ReaderEntry, ...]:
    """All formats that can be read: our own, and then those of other packages.

    Where two have the same suffix or media type the first counts, so that installing a package
    cannot change how the formats above are read.
    """
    return (*_BUILT_IN, *installed(READERS, ReaderEntry))


def _reader_of(suffix: str) -> ReaderEntry | None:
    known = _BY_SUFFIX.get(suffix)  # without a search through the installed packages
    return known or next((entry for entry in readers() if suffix in entry.suffixes), None)


def is_supported(name: str) -> bool:
    """Whether a file of this name has a reader; its content is not looked at."""
    return _reader_of(_suffix(name)) is not None


def media_type_of(name: str, content: bytes) -> str:
    """The media type that ``name`` promises, after a look at whether ``content`` keeps it.

    Raises:
        UnsupportedFormat: no reader for this suffix; the message lists those that there are, or
            names the one to save the file as.
        EmptyDocument: no bytes, or only white space.
        DamagedFile: the content is not what the suffix says.
    """
    suffix = _suffix(name)
    entry = _reader_of(suffix)
    if entry is None:
        if suffix in _SAVE_AS:
            raise UnsupportedFormat(
                f"{name}: {suffix} files cannot be read; open it in its program and save it as "
                f"{_SAVE_AS[suffix]}"
            )
        known = ", ".join(each for entry in readers() for each in entry.suffixes)
        raise UnsupportedFormat(f"{name}: this type of file cannot be read; supported are {known}")
    if not content.strip():
        raise EmptyDocument(f"{name}: the file is empty; remove it or replace it")
    if entry.check is not None:
        entry.check(content, name)
    return entry.media_type


def read(content: bytes, *, name: str, media_type: str, limits: Limits | None = None) -> Reading:
    """Read ``content``; ``name`` is used in messages, and for metadata that the file lacks.

    The text of the result is never empty.

    Raises:
        UnsupportedFormat: no reader for ``media_type``.
        EmptyDocument: there is no text in the file.
        DamagedFile: the file is truncated, encrypted or not of this type.
        LimitExceeded: it is larger, longer or deeper nested than ``limits`` allow.
    """
    entry = _BY_MEDIA_TYPE.get(media_type) or next(
        (each for each in readers() if each.media_type == media_type), None
    )
    if entry is None:
        known = ", ".join(each.media_type for each in readers())
        raise UnsupportedFormat(f"{name}: no reader for {media_type}; supported are {known}")
    try:
        reading = entry.read(content, name, limits or Limits())
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
    from rag.readers.decoding import note_of_guess
    from rag.readers.metadata.completion import complete

    notes = note_of_guess(content) if entry.media_type in _IN_A_CODE_PAGE else ()
    return replace(
        reading,
        metadata=complete(reading, name=name),
        warnings=(*reading.warnings, *notes),
    )


def _suffix(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).suffix.lower()

"""The formats of exports, by the names of files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Final, Literal, get_args

from rag.errors import QueryError
from rag.export.embedded_json import to_json
from rag.export.markdown import to_markdown
from rag.export.page import to_html
from rag.export.records import Export

__all__ = ["FORMATS", "ExportFormat", "format_of", "media_type", "write_export"]

ExportFormat = Literal["md", "docx", "html", "json"]
FORMATS: Final[tuple[ExportFormat, ...]] = get_args(ExportFormat)

_SUFFIXES: Final[Mapping[str, ExportFormat]] = {
    ".md": "md",
    ".markdown": "md",
    ".docx": "docx",
    ".html": "html",
    ".htm": "html",
    ".json": "json",
}
_MEDIA_TYPES: Final[Mapping[ExportFormat, str]] = {
    "md": "text/markdown; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
}


def format_of(name: str | PurePath) -> ExportFormat:
    """The format that the suffix of a file's name stands for.

    Raises:
        QueryError: it stands for none.
    """
    suffix = PurePath(name).suffix
    found = _SUFFIXES.get(suffix.casefold())
    if found is None:
        raise QueryError(
            f"{name}: an export ends in .md, .docx, .html or .json"
            + (f", not in {suffix}" if suffix else "")
        )
    return found


def media_type(format: ExportFormat) -> str:  # noqa: A002
    """The media type of a format, with its encoding."""
    return _MEDIA_TYPES[format]


def write_export(export: Export, *, format: ExportFormat) -> bytes:  # noqa: A002
    """The bytes of the file; the same export gives the same text every time."""
    if format == "docx":
        from rag.export.word import to_docx  # python-docx takes a while to import

        return to_docx(export)
    if format == "md":
        return to_markdown(export).encode()
    if format == "html":
        return to_html(export).encode()
    return (to_json(export, indent=2) + "\n").encode()

"""The formats of exports: by which suffix each is known, and how it is written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Final, Literal, get_args

from rag.cite.items import one_line
from rag.errors import QueryError
from rag.export.embedded_json import RECORD_ID, to_json
from rag.export.markdown import to_markdown
from rag.export.records import Export
from rag.export.text import CHECKING, TITLE, caption, ocr_warning, state
from rag.html import render, source_hash

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
MEDIA_TYPES: Final[Mapping[ExportFormat, str]] = {
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


def _to_html(export: Export) -> str:
    """The export as one page that holds everything, runs nothing and fetches nothing.

    Its record stands in an element that no browser runs.
    """
    from markupsafe import Markup

    style = Path(__file__).with_name("page.css").read_text("utf-8")
    return render(
        "export/page.html",
        title=TITLE,
        policy=(
            f"default-src 'none'; style-src {source_hash(style)}; base-uri 'none'; "
            "form-action 'none'"
        ),
        style=Markup(style),  # noqa: S704 - our own
        state=state(export),
        checking=CHECKING,
        export=export,
        caption=caption,
        ocr_warning=ocr_warning,
        one_line=one_line,
        record_id=RECORD_ID,
        record=Markup(to_json(export)),  # noqa: S704 - without signs that mean something in HTML
    )


def write_export(export: Export, *, format: ExportFormat) -> bytes:  # noqa: A002
    """The bytes of the file; the same export gives the same text every time."""
    if format == "docx":
        from rag.export.word import to_docx  # python-docx takes a while to import

        return to_docx(export)
    if format == "md":
        return to_markdown(export).encode()
    if format == "html":
        return _to_html(export).encode()
    return (to_json(export, indent=2) + "\n").encode()

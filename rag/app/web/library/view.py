"""The Library tab, and documents and jobs as the objects that its script shows as text."""

from __future__ import annotations

from collections import Counter
from typing import Any

from rag.app.library import EDITABLE, FileStatus, JobStatus
from rag.app.web.shared.places import token
from rag.cite import long_date
from rag.html import count, one_line, render
from rag.schema import DocumentInfo

__all__ = ["document_view", "job_view", "library_html"]

FILES_SHOWN = 200

_COLUMNS = {
    "title": "Title",
    "publisher": "Publisher",
    "country": "Country",
    "date": "Date",
    "language": "Language",
    "pages": "Pages",
    "passages": "Passages",
    "added": "Added",
    "status": "Status",
}
_HINTS = {"date": "As 2019-03-13, 2019-03 or 2019", "language": "As a code: en, fr, am"}

# What a document of a media type is divided into, where that is not pages.
_NOUNS = (
    ("presentation", "slide"),
    ("spreadsheet", "row"),
    ("excel", "row"),
    ("csv", "row"),
    ("tab-separated", "row"),
)
_PROBLEMS_FIRST = {"failed": 0, "reading": 1, "embedding": 1, "receiving": 2}


def library_html() -> str:
    """The tab as it stands on the page before its script fills it."""
    return render(
        "app/web/library/library.html",
        columns=_COLUMNS,
        unsorted=("language", "status"),
        editable=EDITABLE,
        hints=_HINTS,
    )


def document_view(document: DocumentInfo) -> dict[str, Any]:
    """A document as a row of the table."""
    metadata = document.metadata
    return {
        "id": document.id,
        "token": token(document.id, 0, 0),
        "title": one_line(metadata.title or document.source),
        "source": one_line(document.source),
        "values": {name: getattr(metadata, name) for name in EDITABLE},
        "date": long_date(metadata.date) if metadata.date else None,
        "pages": _pages(document),
        "passages": document.passages,
        "added": document.added,
        "warnings": list(document.warnings),
        "edited": list(document.edited),
    }


def job_view(job: JobStatus) -> dict[str, Any]:
    """A job with its files: at most ``FILES_SHOWN``, rather failures and those under way.

    While it runs they stay in their order; once it has ended the failures come first.
    """
    chosen = sorted(job.files, key=lambda file: (_PROBLEMS_FIRST.get(file.state, 3), file.number))
    shown = chosen[:FILES_SHOWN]
    if job.state != "done":
        shown.sort(key=lambda file: file.number)
    return {
        "id": job.id,
        "state": job.state,
        "files": [_file_view(file) for file in shown],
        "total": len(job.files),
        "counts": dict(Counter(file.state for file in job.files)),
        "share": round(job.share, 3),
        "passages": job.passages,
        "remaining": job.remaining_seconds,
        "message": job.message,
    }


def _file_view(file: FileStatus) -> dict[str, Any]:
    return {
        "number": file.number,
        "name": one_line(file.name),
        "source": one_line(file.source),
        "state": file.state,
        "message": file.message,
        "ended": file.ended,
        "token": token(file.document.id, 0, 0) if file.document else None,
        "counts": _counts(file.document) if file.document else None,
    }


def _pages(document: DocumentInfo) -> str | None:
    """The number of pages; slides and rows of tables say that they are that."""
    if not document.pages:
        return None
    noun = next((noun for sign, noun in _NOUNS if sign in document.media_type), None)
    return count(document.pages, noun) if noun else f"{document.pages:,}"


def _counts(document: DocumentInfo) -> str:
    pages = _pages(document)
    if pages and pages.replace(",", "").isdigit():
        pages = count(document.pages or 0, "page")
    return ", ".join(filter(None, (pages, count(document.passages, "passage"))))

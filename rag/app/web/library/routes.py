"""The Library tab: its HTML, and the routes by which its script sees and changes documents."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from rag.answer.unread import better_model
from rag.app.access.visit import add_details, visit_of
from rag.app.library.adding import Adding
from rag.app.library.jobs import FileStatus, JobStatus
from rag.app.library.library import EDITABLE, Library
from rag.app.web.chat.collection import choices, conditions
from rag.app.web.shared.http import (
    Asked,
    Refused,
    arriving,
    body,
    from_this_page,
    json_answer,
)
from rag.app.web.shared.places import token
from rag.cite.citations import long_date
from rag.html import one_line, render
from rag.language.finished_messages import in_readers_language
from rag.language.translation import N_, _, joined, n_, written
from rag.schema import DocumentInfo, PageKind
from rag.settings import Settings

_PAGE = 50
_LONGEST_TEXT = 300
_UPLOADS_AT_ONCE = 6
_CHUNK = 1 << 20

_FILES_SHOWN = 200

_COLUMNS = {
    "title": N_("Title"),
    "publisher": N_("Publisher"),
    "country": N_("Country"),
    "date": N_("Date"),
    "language": N_("Language"),
    "pages": N_("Pages"),
    "passages": N_("Passages"),
    "added": N_("Added"),
    "status": N_("Status"),
}
_LABELS = {**_COLUMNS, "author": N_("Author"), "speaker": N_("Speaker")}
_HINTS = {"date": N_("As 2019-03-13, 2019-03 or 2019"), "language": N_("As a code: en, fr, am")}

# What a document of a media type is divided into, where that is not pages.
_KINDS: tuple[tuple[str, PageKind], ...] = (
    ("presentation", "slide"),
    ("spreadsheet", "row"),
    ("excel", "row"),
    ("csv", "row"),
    ("tab-separated", "row"),
)
_PROBLEMS_FIRST = {"failed": 0, "reading": 1, "embedding": 1, "receiving": 2}

Sort = Literal["title", "source", "date", "country", "publisher", "added", "pages", "passages"]


def library_html() -> str:
    """The tab as it stands on the page before its script fills it."""
    return render(
        "app/web/library/library.html",
        columns=_COLUMNS,
        unsorted=("language", "status"),
        editable=EDITABLE,
        hints=_HINTS,
        labels=_LABELS,
    )


class _File(Asked):
    name: str = Field(max_length=4_000)
    size: int = Field(ge=0)


class _Announcement(Asked):
    files: list[_File]


class _Cancellation(Asked):
    job: str
    file: int | None = None


class _Edit(Asked):
    document: str
    changes: dict[str, str | None]


class _Removal(Asked):
    documents: list[str] = Field(min_length=1, max_length=1_000)


def library_routes(library: Library, settings: Settings) -> APIRouter:
    """The routes below ``/library``, all of which answer with JSON."""
    router = APIRouter(prefix="/library")
    changes = APIRouter(dependencies=[Depends(from_this_page)])
    uploads = asyncio.Semaphore(_UPLOADS_AT_ONCE)

    @router.get("/documents")
    def documents(
        text: Annotated[str, Query(max_length=_LONGEST_TEXT)] = "",
        country: str = "",
        publisher: str = "",
        earliest: Annotated[str, Query(alias="from")] = "",
        latest: Annotated[str, Query(alias="to")] = "",
        sort: Sort = "title",
        descending: bool = False,
        first: Annotated[int, Query(ge=0, le=10**9)] = 0,
    ) -> Response:
        """A page of the documents that fit."""
        where = conditions(country, publisher, earliest, latest)
        found = library.index.find(
            text, where=where, sort=sort, descending=descending, first=first, count=_PAGE
        )
        views = [_document_view(one) for one in found.documents]
        return json_answer(
            {"total": found.total, "first": first, "page": _PAGE, "documents": views}
        )

    @router.get("/about")
    def about(request: Request) -> Response:
        """What the filters offer, how much there is, and whether it may be changed."""
        documents = library.index.documents()
        offered = choices(documents)
        refused = visit_of(request).read_only
        return json_answer(
            {
                "documents": len(documents),
                "passages": sum(one.passages for one in documents),
                **dict(zip(("country", "publisher", "from", "to"), offered[:4], strict=True)),
                "read_only": refused,
                "better_model": "" if refused else better_model(library.index),
                "megabytes": settings.max_file_megabytes,
                "most_files": settings.max_files,
                "index": str(settings.index),
            }
        )

    @router.get("/jobs")
    def jobs() -> Response:
        """What is being added, and what was added lately."""
        return json_answer({"jobs": [_job_view(job) for job in library.adding.jobs()]})

    @router.get("/read/{document_id}")
    def read(document_id: str) -> Response:
        """A document's metadata without any correction by hand."""
        metadata = library.as_read(document_id)
        return json_answer({"values": {name: getattr(metadata, name) for name in EDITABLE}})

    @changes.post("/jobs")
    async def announce(request: Request) -> Response:
        """Open a job for files that are to follow."""
        asked = await body(request, _Announcement)
        named = [(file.name, file.size) for file in asked.files]
        job = await run_in_threadpool(library.adding.announce, named)
        add_details(request, subject=f"{job.id}: {', '.join(name for name, _size in named)}")
        # Every file, so that the sender knows the numbers; they are those of the list.
        return json_answer({"job": job.id, "files": len(job.files)})

    @changes.post("/upload")
    async def upload(request: Request) -> Response:
        """Receive one announced file: ``?job=…&file=…``, the bytes as the body."""
        job, number = request.query_params.get("job", ""), request.query_params.get("file", "")
        if not number.isdecimal() or len(number) > 9:
            raise Refused(400, _("the request does not say which file it brings"))
        add_details(request, subject=f"{job}: file {number}")
        if uploads.locked():
            raise Refused(429, _("too many files are arriving at once: try again in a moment"))
        async with uploads:
            await _receive(request, library.adding, job, int(number))
        return json_answer({"received": True})

    @changes.post("/cancel")
    async def cancel(request: Request) -> Response:
        """Cancel a file, or a whole job."""
        asked = await body(request, _Cancellation)
        library.adding.cancel(asked.job, asked.file)
        return jobs()

    @changes.post("/forget")
    async def forget(request: Request) -> Response:
        """Take a job that has ended off the list."""
        library.adding.forget((await body(request, _Cancellation)).job)
        return jobs()

    @changes.post("/edit")
    async def edit(request: Request) -> Response:
        """Correct the metadata of a document."""
        asked = await body(request, _Edit)
        add_details(request, subject=asked.document)
        edited = await run_in_threadpool(library.edit, asked.document, asked.changes)
        return json_answer({"document": _document_view(edited)})

    @changes.post("/remove")
    async def remove(request: Request) -> Response:
        """Remove documents."""
        asked = await body(request, _Removal)
        add_details(request, subject=" ".join(asked.documents))
        return json_answer({"removed": await run_in_threadpool(library.remove, asked.documents)})

    router.include_router(changes)
    return router


async def _receive(request: Request, adding: Adding, job: str, number: int) -> None:
    """Take in the body of a request as the bytes of an announced file, a megabyte at a time."""
    length = request.headers.get("content-length", "")
    with adding.receiving(job, number) as incoming:
        if length.isdecimal():
            incoming.expect(int(length))
        waiting = bytearray()
        async for chunk in arriving(request):
            if not adding.is_expected(job, number):
                raise Refused(409, _("cancelled"))
            waiting += chunk
            if len(waiting) >= _CHUNK:
                await run_in_threadpool(incoming.write, bytes(waiting))
                waiting.clear()
        await run_in_threadpool(incoming.write, bytes(waiting))


# Documents and jobs as the script shows them ----------------------------------------------------


def _document_view(document: DocumentInfo) -> dict[str, Any]:
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
        "warnings": list(map(in_readers_language, document.warnings)),
        "edited": list(document.edited),
    }


def _job_view(job: JobStatus) -> dict[str, Any]:
    """A job with its files: at most 200, rather failures and those under way.

    While it runs they stay in their order; once it has ended the failures come first.
    """
    chosen = sorted(job.files, key=lambda file: (_PROBLEMS_FIRST.get(file.state, 3), file.number))
    shown = chosen[:_FILES_SHOWN]
    if job.state != "done":
        shown.sort(key=lambda file: file.number)
    return {
        "id": job.id,
        "state": job.state,
        "files": [_file_view(file) for file in shown],
        "total": len(job.files),
        "counts": job.counts,
        "share": round(job.share, 3),
        "passages": job.passages,
        "remaining": job.remaining_seconds,
        "message": job.message and in_readers_language(_(job.message)),
    }


def _file_view(file: FileStatus) -> dict[str, Any]:
    return {
        "number": file.number,
        "name": one_line(file.name),
        "source": one_line(file.source),
        "state": file.state,
        "message": file.message and in_readers_language(_(file.message)),
        "ended": file.ended,
        "token": token(file.document.id, 0, 0) if file.document else None,
        "counts": _counts(file.document) if file.document else None,
    }


def _pages(document: DocumentInfo) -> str | None:
    """The number of pages; slides and rows of tables say that they are that."""
    if not document.pages:
        return None
    return (
        _counted(document.pages, kind)
        if (kind := _kind(document))
        else str(written(document.pages))
    )


def _kind(document: DocumentInfo) -> PageKind | None:
    """What the document is divided into, where that is not pages."""
    return next((kind for sign, kind in _KINDS if sign in document.media_type), None)


def _counted(number: int, kind: PageKind) -> str:
    if kind == "slide":
        return n_("{count} slide", "{count} slides", number)
    if kind == "row":
        return n_("{count} row", "{count} rows", number)
    return n_("{count} page", "{count} pages", number)


def _counts(document: DocumentInfo) -> str:
    pages = _counted(document.pages, _kind(document) or "page") if document.pages else ""
    return joined((pages, n_("{count} passage", "{count} passages", document.passages)))

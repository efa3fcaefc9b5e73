"""Adding documents over HTTP: files that are uploaded, or an address that is fetched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from rag.app.api.admission import check_may_edit
from rag.app.api.calls import errors
from rag.app.api.models import AddressRequest, JobAnswer
from rag.app.library.adding import Adding
from rag.app.library.jobs import FileStatus, JobStatus
from rag.app.web.shared.http import Refused, arriving, body, json_answer
from rag.errors import RagError
from rag.ingest.snapshot import too_large
from rag.settings import Settings

_AT_ONCE: Final = 4  # uploads of programs; those of the page are counted by themselves
_MOST_FILES: Final = 100  # of one request
_AROUND: Final = 1_000_000  # bytes of a form beside its files
_CHUNK: Final = 1 << 20
_FILES_TOLD: Final = 200
_WANTED: Final = (
    "send files as multipart/form-data in fields named 'file', or an address as JSON: "
    '{"url": "https://…"}'
)
_FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "minItems": 1,
                            "maxItems": _MOST_FILES,
                        }
                    },
                }
            },
            "application/json": {"schema": AddressRequest.model_json_schema()},
        },
    }
}


def ingest_routes(adding: Adding, settings: Settings) -> APIRouter:
    """``/ingest``, which opens a job, and ``/jobs/{id}``, which tells of it."""
    router = APIRouter(tags=["Change"])
    uploads = asyncio.Semaphore(_AT_ONCE)

    @router.post(
        "/ingest",
        status_code=202,
        response_model=JobAnswer,
        responses=errors(408, 413, 415, 429),
        openapi_extra=_FORM,
    )
    async def ingest(request: Request) -> Response:
        """Add files, archives of files, or with RAG_ALLOW_URLS a page of the web.

        They are received at once and read afterwards: the job tells what becomes of each.
        """
        check_may_edit(request)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "application/json":
            asked = await body(request, AddressRequest, longest=_AROUND)
            job = await run_in_threadpool(adding.announce_address, asked.url)
        elif kind == "multipart/form-data":
            if uploads.locked():
                raise Refused(429, "too many files are arriving at once: try again in a moment")
            async with uploads:
                job = await _received(request, adding, settings)
        else:
            raise Refused(415, _WANTED)
        return _job(job, status=202)

    @router.get("/jobs/{job_id}", response_model=JobAnswer, responses=errors(404))
    def job(job_id: str) -> Response:
        """What has become of files that were added; the last 20 jobs are remembered."""
        return _job(adding.job(job_id))

    return router


async def _received(request: Request, adding: Adding, settings: Settings) -> JobStatus:
    """The job of the files in a form."""
    most = settings.max_file_megabytes * 1_000_000
    stream = _bounded(request, most)
    parser = MultiPartParser(
        request.headers, stream, max_files=_MOST_FILES, max_fields=1, max_part_size=_CHUNK
    )
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, UnicodeError) as error:
        words = str(getattr(error, "message", "")) or "it is damaged"
        raise Refused(400, f"the form cannot be read: {words}; {_WANTED}") from error
    try:
        files = [each for each in form.getlist("file") if isinstance(each, UploadFile)]
        if not files or len(files) != len(form.multi_items()):
            raise Refused(422, _WANTED)
        return await run_in_threadpool(_taken, adding, files)
    finally:
        await form.close()


async def _bounded(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    """The body as it arrives, with files of at most ``most`` bytes together."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > most + _AROUND:
        raise too_large(most)
    arrived = 0
    async for chunk in arriving(request):
        arrived += len(chunk)
        if arrived > most + _AROUND:
            raise too_large(most)
        yield chunk


def _taken(adding: Adding, files: Sequence[UploadFile]) -> JobStatus:
    """Hand the files over to the library; one that it refuses says so in the job."""
    named = [(each.filename or "", each.size or 0) for each in files]
    opened = adding.announce(named)
    for status, file in zip(opened.files, files, strict=True):
        if status.ended:
            continue
        with suppress(RagError), adding.receiving(opened.id, status.number) as incoming:
            while chunk := file.file.read(_CHUNK):
                incoming.write(chunk)
    return adding.job(opened.id)


def _job(job: JobStatus, *, status: int = 200) -> Response:
    told = {
        "id": job.id,
        "state": job.state,
        "share": round(job.share, 3),
        "passages": job.passages,
        "remaining_seconds": job.remaining_seconds,
        "message": job.message,
        "files": [_file(each) for each in job.files[:_FILES_TOLD]],
        "total": len(job.files),
    }
    return json_answer(told, status=status)


def _file(file: FileStatus) -> dict[str, Any]:
    return {
        "number": file.number,
        "name": file.name,
        "source": file.source,
        "state": file.state,
        "size": file.size,
        "message": file.message,
        "document_id": file.document.id if file.document else None,
    }

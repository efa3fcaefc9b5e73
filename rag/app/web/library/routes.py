"""The routes of the Library tab: what its script asks for, and what it may change."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from rag.app.library import EDITABLE
from rag.app.web.chat.collection import choices, conditions
from rag.app.web.library.view import document_view, job_view
from rag.app.web.shared.requests import Asked, body, editors_only
from rag.app.web.shared.responses import Refused, json_answer
from rag.app.web.shared.security import read_only

if TYPE_CHECKING:
    from rag.app.library import Library
    from rag.settings import Settings

__all__ = ["library_routes"]

PAGE = 50
_LONGEST_TEXT = 300
_UPLOADS_AT_ONCE = 6
_SILENCE_SECONDS = 60
_CHUNK = 1 << 20

Sort = Literal["title", "source", "date", "country", "publisher", "added", "pages", "passages"]


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
    routes = _Routes(library, settings)
    for path, seen in (
        ("/documents", routes.documents),
        ("/about", routes.about),
        ("/jobs", routes.jobs),
        ("/read/{document_id}", routes.read),
    ):
        router.get(path)(seen)
    allowed = [Depends(editors_only(settings))]
    for path, done in (
        ("/jobs", routes.announce),
        ("/upload", routes.upload),
        ("/cancel", routes.cancel),
        ("/forget", routes.forget),
        ("/edit", routes.edit),
        ("/remove", routes.remove),
    ):
        router.post(path, dependencies=allowed)(done)
    return router


class _Routes:
    def __init__(self, library: Library, settings: Settings) -> None:
        self._library = library
        self._settings = settings
        self._uploading = 0

    # Looking.

    def documents(
        self,
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
        found = self._library.find(
            text,
            where=conditions(country, publisher, earliest, latest),
            sort=sort,
            descending=descending,
            first=first,
            count=PAGE,
        )
        documents = [document_view(one) for one in found.documents]
        return json_answer(
            {"total": found.total, "first": first, "page": PAGE, "documents": documents}
        )

    def about(self, request: Request) -> Response:
        """What the filters offer, how much there is, and whether it may be changed."""
        documents = self._library.documents()
        offered = choices(documents)
        return json_answer(
            {
                "documents": len(documents),
                "passages": sum(one.passages for one in documents),
                **dict(zip(("country", "publisher", "from", "to"), offered, strict=True)),
                "read_only": read_only(request, self._settings),
                "megabytes": self._settings.max_file_megabytes,
                "most_files": self._settings.max_files,
                "index": str(self._settings.index),
            }
        )

    def jobs(self) -> Response:
        """What is being added, and what was added lately."""
        return json_answer({"jobs": [job_view(job) for job in self._library.adding.jobs()]})

    def read(self, document_id: str) -> Response:
        """A document's metadata without any correction by hand."""
        metadata = self._library.as_read(document_id)
        return json_answer({"values": {name: getattr(metadata, name) for name in EDITABLE}})

    # Changing.

    async def announce(self, request: Request) -> Response:
        """Open a job for files that are to follow."""
        asked = await body(request, _Announcement)
        named = [(file.name, file.size) for file in asked.files]
        job = await run_in_threadpool(self._library.adding.announce, named)
        # Every file, so that the sender knows the numbers; they are those of the list.
        return json_answer({"job": job.id, "files": len(job.files)})

    async def upload(self, request: Request) -> Response:
        """Receive one announced file: ``?job=…&file=…``, the bytes as the body."""
        job, number = request.query_params.get("job", ""), request.query_params.get("file", "")
        if not number.isdecimal() or len(number) > 9:
            raise Refused(400, "the request does not say which file it brings")
        if self._uploading >= _UPLOADS_AT_ONCE:
            raise Refused(429, "too many files are arriving at once: try again in a moment")
        self._uploading += 1
        try:
            await self._receive(request, job, int(number))
        finally:
            self._uploading -= 1
        return json_answer({"received": True})

    async def _receive(self, request: Request, job: str, number: int) -> None:
        length = request.headers.get("content-length", "")
        with self._library.adding.receiving(job, number) as incoming:
            if length.isdecimal():
                incoming.expect(int(length))
            stream = request.stream()
            waiting = bytearray()
            while True:
                try:
                    chunk = await asyncio.wait_for(anext(stream), _SILENCE_SECONDS)
                except StopAsyncIteration:
                    break
                except TimeoutError as error:
                    raise Refused(408, "nothing more arrived for a minute") from error
                except ClientDisconnect as error:
                    raise Refused(400, "the upload broke off") from error
                if not self._library.adding.is_expected(job, number):
                    raise Refused(409, "cancelled")
                waiting += chunk
                if len(waiting) >= _CHUNK:
                    await run_in_threadpool(incoming.write, bytes(waiting))
                    waiting.clear()
            await run_in_threadpool(incoming.write, bytes(waiting))

    async def cancel(self, request: Request) -> Response:
        """Cancel a file, or a whole job."""
        asked = await body(request, _Cancellation)
        self._library.adding.cancel(asked.job, asked.file)
        return self.jobs()

    async def forget(self, request: Request) -> Response:
        """Take a job that has ended off the list."""
        asked = await body(request, _Cancellation)
        self._library.adding.forget(asked.job)
        return self.jobs()

    async def edit(self, request: Request) -> Response:
        """Correct the metadata of a document."""
        asked = await body(request, _Edit)
        edited = await run_in_threadpool(self._library.edit, asked.document, asked.changes)
        return json_answer({"document": document_view(edited)})

    async def remove(self, request: Request) -> Response:
        """Remove documents."""
        asked = await body(request, _Removal)
        return json_answer(
            {"removed": await run_in_threadpool(self._library.remove, asked.documents)}
        )

"""What all routes of the API share: bounded requests, and errors in one shape."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import Message

from rag.app.api.errors import WENT_WRONG, error_response
from rag.app.api.models import Error
from rag.app.web.shared.http import Refused, status_of
from rag.errors import RagError
from rag.language.words import one_line

_LONGEST_BODY: Final = 4_000_000
_TOO_LONG: Final = f"the request is longer than {_LONGEST_BODY:,} bytes: ask for less at once"
_SEE: Final = "see /api/v1/openapi.json"

log = logging.getLogger(__name__)


class BoundedRoute(APIRoute):
    """A route that reads no more than four megabytes of a request."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, which gets the request with a bounded body."""
        handle = super().get_route_handler()

        async def handle_bounded(request: Request) -> Response:
            length = request.headers.get("content-length", "")
            if length.isdecimal() and int(length[:20]) > _LONGEST_BODY:
                raise Refused(413, _TOO_LONG)
            arrived = 0

            async def receive() -> Message:
                nonlocal arrived
                message = await request.receive()
                arrived += len(message.get("body", b""))
                if arrived > _LONGEST_BODY:
                    raise HTTPException(413, _TOO_LONG)
                return message

            return await handle(Request(request.scope, receive))

        return handle_bounded


def add_errors(app: FastAPI) -> None:
    """Answer every error of an application in the shape of :mod:`rag.app.api.errors`."""

    @app.exception_handler(Refused)
    async def refused(_request: Request, error: Refused) -> Response:
        return error_response(error.status, str(error))

    @app.exception_handler(RagError)
    async def failed(_request: Request, error: RagError) -> Response:
        return error_response(status_of(error), str(error))

    @app.exception_handler(RequestValidationError)
    async def misunderstood(_request: Request, error: RequestValidationError) -> Response:
        return error_response(422, _fault(error))

    @app.exception_handler(HTTPException)
    async def other(request: Request, error: HTTPException) -> Response:
        words = str(error.detail)
        if error.status_code == 404:
            words = (
                f"there is nothing at {one_line(request.url.path)[:200]}: see /api/v1/openapi.json"
            )
        elif error.status_code == 405:
            words = f"{request.method} is not what this takes: {_SEE}"
        return error_response(error.status_code, words, headers=error.headers)

    @app.exception_handler(Exception)
    async def unexpected(_request: Request, _error: Exception) -> Response:
        return error_response(500, WENT_WRONG)


def _fault(error: RequestValidationError) -> str:
    """The first thing that is wrong with a request, and where."""
    first = error.errors()[0]
    where = ".".join(str(each) for each in first["loc"])
    return f"the request cannot be understood: {where}: {first['msg']}"


_MEANINGS: Final = {
    400: "What is asked for makes no sense; the message says why.",
    401: "A key is needed.",
    403: "Not allowed to this caller.",
    404: "There is no such thing.",
    408: "The upload came to a standstill.",
    409: "Something else is being written.",
    413: "Larger than a limit allows.",
    415: "The body is of another type.",
    422: "The request is not of the form that is specified.",
    429: "Too many requests of this caller are waiting.",
    503: "Too many requests are waiting, or it took too long.",
}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors of a route, for the specification; some can come from every one."""
    listed = sorted({400, 401, 403, 422, 503, *statuses})
    return {each: {"model": Error, "description": _MEANINGS[each]} for each in listed}

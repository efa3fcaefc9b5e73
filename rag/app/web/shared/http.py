"""What routes share: requests of the page's scripts, and answers, which browsers do not keep.

Requests are JSON of a known form and limited length, and come from this page only.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, TypeVar

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from rag.app.api.errors import error_response, is_for_programs
from rag.app.web.shared.security import forgery
from rag.errors import IndexBusy, IndexProblem, LimitExceeded, RagError, SourceNotFound, TookTooLong
from rag.language.finished_messages import in_readers_language
from rag.language.translation import _

NOT_KEPT = {"cache-control": "no-store"}
_STATUSES: tuple[tuple[type[RagError], int], ...] = (
    (SourceNotFound, 404),
    (LimitExceeded, 413),
    (IndexBusy, 409),
    (IndexProblem, 503),
    (TookTooLong, 503),
)


class Refused(Exception):
    """A request that is refused, with its HTTP status and a message for the user."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


def fragment(content: str, *, status: int = 200, name: str | None = None) -> Response:
    """An HTML fragment; with ``name``, a download under that file name."""
    saved = {"content-disposition": f'attachment; filename="{name}"'} if name else {}
    # A text can hold half of a surrogate pair, which has no encoding.
    encoded = content.encode("utf-8", "replace")
    return HTMLResponse(encoded, status_code=status, headers={**NOT_KEPT, **saved})


def plain(words: str, *, status: int = 200) -> Response:
    """A message for the user as plain text."""
    content = words.encode("utf-8", "replace")
    return Response(content, status, NOT_KEPT, "text/plain; charset=utf-8")


def json_answer(value: dict[str, Any], *, status: int = 200) -> Response:
    """A JSON object in ASCII."""
    # ASCII only: a text can hold half of a surrogate pair, which has no encoding.
    return Response(json.dumps(value, ensure_ascii=True), status, NOT_KEPT, "application/json")


def error_answer(status: int, words: str) -> Response:
    """An error message for the user, as ``{"error": …}``."""
    return json_answer({"error": words}, status=status)


def add_error_answers(app: FastAPI) -> None:
    """Turn :class:`Refused` and errors of the program, raised in routes, into error messages."""

    @app.exception_handler(Refused)
    async def refused(_request: Request, error: Refused) -> Response:
        return error_answer(error.status, in_readers_language(error))

    @app.exception_handler(RagError)
    async def failed(_request: Request, error: RagError) -> Response:
        return error_answer(status_of(error), in_readers_language(error))

    @app.exception_handler(HTTPException)
    async def nowhere(request: Request, error: HTTPException) -> Response:
        # A path with a line break is below no mount, so it does not come to the programs' own.
        if is_for_programs(request.scope["path"]):
            return error_response(error.status_code, str(error.detail), headers=error.headers)
        return await http_exception_handler(request, error)


def status_of(error: RagError) -> int:
    """The HTTP status that an error of the program is answered with."""
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 400)


def page_address(request: Request) -> str:
    """The address of the page that a request belongs to, as the browser has it."""
    path = request.scope.get("root_path", "") + "/"
    return str(request.url.replace(path=path, query="", fragment=""))


# Requests -------------------------------------------------------------------------------------

_LONGEST_BODY = 16_000_000
_SILENCE_SECONDS = 60


class Asked(BaseModel):
    """The body of a request; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


Body = TypeVar("Body", bound=Asked)


async def body(request: Request, kind: type[Body], *, longest: int = _LONGEST_BODY) -> Body:
    """The body of a request, which must be JSON, fit ``kind`` and have at most so many bytes.

    Raises:
        Refused: it is not so.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refused(415, _("the request is not JSON"))
    content = bytearray()
    try:
        async for chunk in request.stream():
            content += chunk
            if len(content) > longest:
                raise Refused(413, _("the request is too long"))
        return kind.model_validate_json(bytes(content))
    except ClientDisconnect as error:
        raise Refused(400, _("the request broke off")) from error
    except ValidationError as error:
        words = _("the request cannot be understood: {fault}", fault=first_fault(error))
        raise Refused(422, words) from error


async def arriving(request: Request) -> AsyncIterator[bytes]:
    """The body of an upload as it arrives.

    Raises:
        Refused: it breaks off, or nothing more arrives for a minute.
    """
    stream = request.stream()
    while True:
        try:
            yield await asyncio.wait_for(anext(stream), _SILENCE_SECONDS)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise Refused(408, _("nothing more arrived for a minute")) from error
        except ClientDisconnect as error:
            raise Refused(400, _("the upload broke off")) from error


def first_fault(error: ValidationError) -> str:
    """The field with the first validation error, and its message."""
    first = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))} {first['msg']}"


def from_this_page(request: Request) -> None:
    """Dependency of routes that only this page may call.

    Raises:
        Refused: another site seems to have made the browser send the request.
    """
    if reason := forgery(request):
        raise Refused(403, _("refused: {reason}", reason=reason))

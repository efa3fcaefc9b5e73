"""What the page's scripts and their routes tell one another: JSON, in and out."""

from __future__ import annotations

import json
import threading
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from rag.errors import RagError

__all__ = [
    "Asked",
    "AtOnce",
    "Refused",
    "Route",
    "body",
    "error_answer",
    "json_answer",
    "worded",
]

_LONGEST_BODY = 16_000_000

Route = Callable[[Request], Awaitable[Response]]
Result = TypeVar("Result")


class Asked(BaseModel):
    """The body of a request; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


Body = TypeVar("Body", bound=Asked)


class Refused(Exception):
    """A request that is not carried out, with its status and the words for the user."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


async def body(request: Request, kind: type[Body], *, longest: int = _LONGEST_BODY) -> Body:
    """The body of a request, which must be JSON, fit ``kind`` and have at most so many bytes.

    Raises:
        Refused: it is not so.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refused(415, "the request is not JSON")
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > longest:
            raise Refused(413, "the request is too long")
    try:
        return kind.model_validate_json(bytes(content))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Refused(422, f"the request cannot be understood: {place} {first['msg']}") from error


def worded(
    action: Route,
    *,
    status: Callable[[RagError], int] = lambda _: 400,
    broken_off: str = "the request broke off",
) -> Route:
    """The action with its errors as words; ``status`` gives that of an error of the program."""

    @wraps(action)
    async def route(request: Request) -> Response:
        try:
            return await action(request)
        except Refused as refused:
            return error_answer(refused.status, str(refused))
        except RagError as error:
            return error_answer(status(error), str(error))
        except ClientDisconnect:
            return error_answer(400, broken_off)

    return route


class AtOnce:
    """Runs so many pieces of work at once in threads, and refuses more with these words."""

    def __init__(self, most: int, words: str) -> None:
        self._free = threading.BoundedSemaphore(most)
        self._words = words

    async def run(self, work: Callable[[], Result]) -> Result:
        """Do it.

        Raises:
            Refused: too much is being done already.
        """
        if not self._free.acquire(blocking=False):
            raise Refused(503, self._words)
        try:
            return await run_in_threadpool(work)
        finally:
            self._free.release()


def error_answer(status: int, words: str) -> Response:
    """Words for the user, as ``{"error": …}``."""
    return json_answer({"error": words}, status=status)


def json_answer(value: dict[str, Any], *, status: int = 200) -> Response:
    """An object that the browser does not keep."""
    # ASCII only: a text can hold half of a surrogate pair, which has no encoding.
    content = json.dumps(value, ensure_ascii=True)
    headers = {"cache-control": "no-store"}
    return Response(content, status, headers=headers, media_type="application/json")

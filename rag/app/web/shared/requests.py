"""What the page's scripts send: JSON of a known form and limited length, from this page only."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from fastapi import Request
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from rag.app.web.shared.responses import Refused
from rag.app.web.shared.security import forgery, read_only

if TYPE_CHECKING:
    from rag.settings import Settings

__all__ = ["Asked", "AtOnce", "body", "editors_only", "first_fault", "from_this_page"]

_LONGEST_BODY = 16_000_000

Result = TypeVar("Result")


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
        raise Refused(415, "the request is not JSON")
    content = bytearray()
    try:
        async for chunk in request.stream():
            content += chunk
            if len(content) > longest:
                raise Refused(413, "the request is too long")
        return kind.model_validate_json(bytes(content))
    except ClientDisconnect as error:
        raise Refused(400, "the request broke off") from error
    except ValidationError as error:
        raise Refused(422, f"the request cannot be understood: {first_fault(error)}") from error


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
        raise Refused(403, f"refused: {reason}")


def editors_only(settings: Settings) -> Callable[[Request], None]:
    """Dependency of routes that change the library: checks origin and permission."""

    def check(request: Request) -> None:
        from_this_page(request)
        if reason := read_only(request, settings):
            raise Refused(403, reason)

    return check


class AtOnce:
    """Run at most ``most`` jobs at once in threads; refuse more with an error message."""

    def __init__(self, most: int, words: str) -> None:
        self._free = threading.BoundedSemaphore(most)
        self._words = words

    async def run(self, work: Callable[[], Result]) -> Result:
        """Run the job in a thread, and return its result.

        Raises:
            Refused: too much is being done already.
        """
        if not self._free.acquire(blocking=False):
            raise Refused(503, self._words)
        try:
            return await run_in_threadpool(work)
        finally:
            self._free.release()

"""What the page's scripts and their routes tell one another: JSON, in and out."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, ValidationError

__all__ = ["Asked", "Refused", "body", "error_answer", "json_answer"]

_LONGEST_BODY = 16_000_000


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


def error_answer(status: int, words: str) -> Response:
    """Words for the user, as ``{"error": …}``."""
    return json_answer({"error": words}, status=status)


def json_answer(value: dict[str, Any], *, status: int = 200) -> Response:
    """An object that the browser does not keep."""
    # ASCII only: a text can hold half of a surrogate pair, which has no encoding.
    content = json.dumps(value, ensure_ascii=True)
    headers = {"cache-control": "no-store"}
    return Response(content, status, headers=headers, media_type="application/json")

"""What routes answer with: fragments of the page, words, and JSON; browsers keep none of it."""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse

from rag.errors import IndexBusy, LimitExceeded, RagError, SourceNotFound

__all__ = [
    "NOT_KEPT",
    "Refused",
    "add_error_answers",
    "error_answer",
    "fragment",
    "json_answer",
    "plain",
]

NOT_KEPT = {"cache-control": "no-store"}
_STATUSES: tuple[tuple[type[RagError], int], ...] = (
    (SourceNotFound, 404),
    (LimitExceeded, 413),
    (IndexBusy, 409),
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
        return error_answer(error.status, str(error))

    @app.exception_handler(RagError)
    async def failed(_request: Request, error: RagError) -> Response:
        status = next((status for kind, status in _STATUSES if isinstance(error, kind)), 400)
        return error_answer(status, str(error))

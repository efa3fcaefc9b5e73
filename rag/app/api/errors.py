"""Errors as other programs get them: one shape, whatever went wrong.

::

    {"error": {"code": "not_found", "message": "one sentence that says what is wrong, what to do"}}

The code goes with the HTTP status, so a program may look at either.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

CODES: Final = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "timeout",
    409: "busy",
    413: "too_large",
    415: "unsupported_media_type",
    421: "misdirected",
    422: "invalid_request",
    429: "too_many_requests",
    500: "internal_error",
    503: "unavailable",
}
"""The code of each HTTP status that is ever answered with an error."""
WENT_WRONG: Final = (
    "something went wrong: try again, and if it happens again see what the server has logged"
)

# Wherever the application is mounted.
_FOR_PROGRAMS: Final = re.compile(r"(?:^|/)(?:api/v1|v1|mcp)(?:/|$)")


def is_for_programs(path: str) -> bool:
    """Whether an address is one that other programs call, and not the page."""
    return bool(_FOR_PROGRAMS.search(path))


def error_object(status: int, message: str) -> dict[str, Any]:
    """The JSON object of an error."""
    code = CODES.get(status) or ("bad_request" if status < 500 else "unavailable")
    return {"error": {"code": code, "message": message}}


def error_response(
    status: int, message: str, *, headers: Mapping[str, str] | None = None
) -> Response:
    """An error as a response. After one about a body that is too large nothing more is read."""
    content = json.dumps(error_object(status, message), ensure_ascii=True)
    kept = {"cache-control": "no-store", **(headers or {})}
    if status == 413:
        kept["connection"] = "close"
    return Response(content, status, kept, "application/json")

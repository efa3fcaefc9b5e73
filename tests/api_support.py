"""What the tests of the API for other programs share."""

from __future__ import annotations

import json
from typing import Any

import httpx

QUESTION = "For how long was the harbour of Velmora closed?"
CLOSED = "The harbour of Velmora was closed for eleven weeks in 2018 after the dockers' strike."
"""What answers it, in one of :data:`page_support.REPORTS`."""


def events(text: str) -> list[tuple[str, dict[str, Any]]]:
    """The events of a stream: name and object."""
    found = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


def refused(response: httpx.Response, status: int, code: str) -> str:
    """The message of an error, which has the one shape that all errors have."""
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert response.json() == {"error": {"code": code, "message": error["message"]}}
    return str(error["message"])

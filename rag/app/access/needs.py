"""Which role a request needs: one table for everything that is served.

What is not in the table needs the highest role, so that a route that is added without a line here
is closed, not open.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from rag.app.access.identity import Role

Action = Literal[
    "ask",
    "search",
    "open",
    "check",
    "export",
    "evaluate",
    "announce",
    "add",
    "correct",
    "remove",
]
"""What a request is to its visitor; the trail and the limits go by it."""


@dataclass(frozen=True, slots=True)
class Need:
    """The role that a request needs, and the action that it is, if it is one that counts.

    ``is_listed`` says whether the table knows the path.
    """

    role: Role
    action: Action | None = None
    is_listed: bool = True


_UNKNOWN: Final = Need(Role.ADMINISTRATOR, is_listed=False)

# Methods, path below the collection, role, action. "{}" is one part of a path, "{*}" all the rest.
_READER, _EDITOR = Role.READER, Role.EDITOR
_TABLE: Final[tuple[tuple[str, str, Role, Action | None], ...]] = (
    # The page, its files, and the events of Gradio, none of which changes the library. What an
    # event asks, rag/app/web/chat and rag/app/web/page.py note themselves.
    ("GET", "/", _READER, None),
    ("GET", "/favicon.ico", _READER, None),
    ("GET", "/robots.txt", _READER, None),
    ("GET", "/theme.css", _READER, None),
    ("GET", "/manifest.json", _READER, None),
    ("GET", "/pwa_icon", _READER, None),
    ("GET", "/config", _READER, None),
    ("GET", "/config/", _READER, None),
    ("GET", "/static/{*}", _READER, None),
    ("GET", "/assets/{*}", _READER, None),
    ("GET", "/svelte/{*}", _READER, None),
    ("GET", "/scripts/{*}", _READER, None),
    ("GET", "/gradio_api/info", _READER, None),
    ("GET", "/gradio_api/info/", _READER, None),
    ("GET", "/gradio_api/app_id", _READER, None),
    ("GET", "/gradio_api/app_id/", _READER, None),
    ("GET", "/gradio_api/startup-events", _READER, None),
    ("GET", "/gradio_api/heartbeat/{}", _READER, None),
    ("POST", "/gradio_api/queue/join", _READER, None),
    ("GET", "/gradio_api/queue/data", _READER, None),
    ("GET", "/gradio_api/queue/status", _READER, None),
    ("POST", "/gradio_api/cancel", _READER, None),
    ("POST", "/gradio_api/reset", _READER, None),
    ("POST", "/gradio_api/reset/", _READER, None),
    # Documents.
    ("GET", "/source/{}", _READER, "open"),
    ("GET", "/pages/{}", _READER, "open"),
    ("GET", "/page/{}", _READER, None),
    ("GET", "/find/{}", _READER, None),
    ("GET", "/original/{}", _READER, "export"),
    ("GET", "/reference", _READER, None),
    ("GET", "/reference/{}", _READER, None),
    ("POST", "/export/{}", _READER, "export"),
    # Search, people, lookup, many questions.
    ("GET", "/search/hits", _READER, "search"),
    ("GET", "/search/{}", _READER, "export"),
    ("GET", "/people/list", _READER, None),
    ("GET", "/people/person/{}", _READER, None),
    ("GET", "/people/statements", _READER, "search"),
    ("GET", "/people/export/{}", _READER, "export"),
    ("POST", "/people/merge", _EDITOR, "correct"),
    ("POST", "/people/split", _EDITOR, "correct"),
    ("POST", "/people/undo", _EDITOR, "correct"),
    ("GET", "/lookup/example", _READER, None),
    ("POST", "/lookup/pieces", _READER, None),
    ("POST", "/lookup/check", _READER, "check"),
    ("POST", "/many/questions", _READER, None),
    ("POST", "/many/scopes", _READER, None),
    ("POST", "/many/answer", _READER, "ask"),
    ("POST", "/many/rows", _READER, None),
    ("POST", "/many/{}", _READER, "export"),
    # Evaluation and gold questions.
    ("GET", "/evaluation/about", _READER, None),
    ("POST", "/evaluation/runs", _READER, "evaluate"),
    ("POST", "/evaluation/cancel", _READER, None),
    ("POST", "/evaluation/compare", _READER, None),
    ("GET", "/evaluation/runs/{}", _READER, None),
    ("GET", "/evaluation/runs/{}/{}", _READER, None),
    ("POST", "/gold/offer", _READER, None),
    ("POST", "/gold/find", _READER, None),
    ("POST", "/gold/file", _READER, None),
    # The library.
    ("GET", "/library/documents", _READER, None),
    ("GET", "/library/about", _READER, None),
    ("GET", "/library/jobs", _READER, None),
    ("GET", "/library/read/{}", _READER, None),
    ("POST", "/library/jobs", _EDITOR, "announce"),
    ("POST", "/library/upload", _EDITOR, "add"),
    ("POST", "/library/cancel", _EDITOR, None),
    ("POST", "/library/forget", _EDITOR, None),
    ("POST", "/library/edit", _EDITOR, "correct"),
    ("POST", "/library/remove", _EDITOR, "remove"),
    # Other programs.
    ("GET", "/api/v1/openapi.json", _READER, None),
    ("POST", "/api/v1/search", _READER, "search"),
    ("POST", "/api/v1/ask", _READER, "ask"),
    ("POST", "/api/v1/cite", _READER, "check"),
    ("GET", "/api/v1/documents", _READER, None),
    ("GET", "/api/v1/documents/{}", _READER, "open"),
    ("GET", "/api/v1/documents/{}/text", _READER, "open"),
    ("GET", "/api/v1/statements", _READER, "search"),
    ("GET", "/api/v1/people", _READER, None),
    ("GET", "/api/v1/jobs/{}", _READER, None),
    ("GET", "/api/v1/models", _READER, None),
    ("POST", "/api/v1/chat/completions", _READER, "ask"),
    ("POST", "/api/v1/ingest", _EDITOR, "add"),
    ("DELETE", "/api/v1/documents/{}", _EDITOR, "remove"),
    ("GET", "/v1/models", _READER, None),
    ("POST", "/v1/chat/completions", _READER, "ask"),
    ("GET", "/mcp", _READER, None),
    ("POST", "/mcp", _READER, None),
    ("DELETE", "/mcp", _READER, None),
)


def _pattern(path: str) -> re.Pattern[str]:
    quoted = re.escape(path).replace(r"\{\*\}", ".*").replace(r"\{\}", "[^/]+")
    return re.compile(quoted, re.DOTALL)


_LINES: Final = tuple(
    (method, _pattern(path), Need(role, action)) for method, path, role, action in _TABLE
)


def needed(method: str, path: str) -> Need:
    """What a request with this method to this path, below its collection, needs."""
    method = "GET" if method == "HEAD" else method
    for known, pattern, need in _LINES:
        if known == method and pattern.fullmatch(path):
            return need
    return _UNKNOWN

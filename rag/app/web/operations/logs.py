"""Logs as JSON, one object a line, for programs that collect them."""

from __future__ import annotations

import json
import logging
import sys
import threading
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from rag.app.web.operations.requests import PRESENT, RequestNote
from rag.settings import Settings

_FIELDS: Final = "footnote"
_SHORTEST_SECRET: Final = 6  # shorter ones would be found in the middle of words
_requests = logging.getLogger("rag.requests")
_threads = logging.getLogger("rag.threads")


def log_as_json(settings: Settings) -> None:
    """Write all logs of this process to standard error as JSON from now on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(secrets_of(settings)))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("rag").setLevel(logging.INFO)
    logging.captureWarnings(True)

    def failed(given: threading.ExceptHookArgs) -> None:
        if given.exc_value is not None:
            _threads.error("a thread has failed", exc_info=given.exc_value)

    threading.excepthook = failed


def log_request(note: RequestNote) -> None:
    """Write a line about a request that has been answered."""
    fields = {
        "method": note.method,
        "route": note.route,
        "status": note.status,
        "milliseconds": round(note.seconds * 1000, 1),
    }
    level = logging.ERROR if note.status >= 500 else logging.INFO
    _requests.log(level, "request", extra={_FIELDS: fields})


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """What no line may have: the values of secret settings, and the password in an address."""
    secrets = set()
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            secret = value.get_secret_value()
            try:
                password = urlsplit(secret).password or ""
            except ValueError:
                password = ""
            secrets |= {secret, password, unquote(password)}
    return tuple(sorted((each for each in secrets if len(each) >= _SHORTEST_SECRET), key=len))[::-1]


class JsonLines(logging.Formatter):
    """Formats a record as one JSON object in ASCII.

    Of errors only their type and the places in the code that they passed are told, and of messages
    of other libraries only the pattern: the rest may quote a question or a document.
    """

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        super().__init__()
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line, without its end."""
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._without_secrets(_message(record)),
        }
        note = PRESENT.get()
        if note is not None:
            told["request_id"] = note.id
        told.update(getattr(record, _FIELDS, {}))
        if record.exc_info and record.exc_info[0] is not None:
            kind, _error, trace = record.exc_info
            told["error"] = {"type": f"{kind.__module__}.{kind.__qualname__}", "at": _places(trace)}
        return json.dumps(told, ensure_ascii=True)

    def _without_secrets(self, message: str) -> str:
        for secret in self._secrets:
            message = message.replace(secret, "[secret]")
        return message


def _message(record: logging.LogRecord) -> str:
    if record.name.partition(".")[0] == "rag":
        return record.getMessage()
    # Warnings are about code, and are the only ones whose pattern says nothing.
    told = record.getMessage() if record.name == "py.warnings" else str(record.msg)
    return told.strip().partition("\n")[0]


def _places(trace: TracebackType | None) -> list[str]:
    return [
        f"{each.filename}:{each.lineno} in {each.name}"
        for each in traceback.StackSummary.extract(
            traceback.walk_tb(trace), lookup_lines=False, capture_locals=False
        )
    ]

"""The trail: who did what and when, in a file of which nothing can be changed unnoticed.

Each line is a JSON object with the hash of the line before it, and its own. Who changes, moves or
removes a line breaks the chain there; what is cut off at the end is missed only by who has kept the
last hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from filelock import FileLock

from rag.app.access.identity import Identity
from rag.errors import RagError, SettingsError

_FIRST: Final = "0" * 64
_LONGEST_LINE: Final = 1 << 20
_LOCK_SECONDS: Final = 10
_LONGEST: Final = 2_000  # of what comes from a request, in characters


class TrailBroken(RagError):
    """A line of the trail is not as it was written."""


@dataclass(frozen=True, slots=True)
class Trail:
    """The trail in one file, which several processes may write. Questions are kept if asked for."""

    path: Path
    questions: bool = False

    def check(self) -> None:
        """Complain now rather than at the first request.

        Raises:
            SettingsError: the file cannot be written.
        """
        try:
            with self._lock(), self.path.open("ab"):
                pass
        except OSError as error:
            raise SettingsError(
                f"{self.path} cannot be written ({error.strerror}): correct RAG_AUDIT"
            ) from error

    def note(
        self,
        action: str,
        identity: Identity,
        *,
        collection: str | None = None,
        subject: str = "",
        question: str = "",
        status: int | None = None,
    ) -> None:
        """Append a line.

        Raises:
            OSError: it cannot be written.
        """
        noted = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "action": action,
            "user": identity.label or None,
            "address": identity.address or None,
            "collection": collection,
            "subject": subject[:_LONGEST] or None,
            "status": status,
        }
        if self.questions and question:
            noted["question"] = question[:_LONGEST]
        with self._lock(), self.path.open("a+b") as file:
            number, previous, is_whole = _end(file)
            line = {"number": number + 1, **noted, "previous": previous}
            content = json.dumps({**line, "hash": _hash(line)}, ensure_ascii=True)
            # A line that a crash has cut short stays as it is, for the check to find.
            file.write(f"{'' if is_whole else chr(10)}{content}\n".encode())

    def _lock(self) -> FileLock:
        return FileLock(f"{self.path}.lock", timeout=_LOCK_SECONDS)


def read_trail(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a trail, oldest first, checked one by one.

    Raises:
        SettingsError: there is no such file, or it cannot be read.
        TrailBroken: a line was changed, removed or cut short.
    """
    try:
        with path.open(encoding="utf-8") as file:
            previous = _FIRST
            for number, text in enumerate(file, start=1):
                line = _parsed(text)
                own = line.pop("hash", None)
                if line.get("previous") != previous or own != _hash(line):
                    raise TrailBroken(
                        f"{path}: line {number} is not as it was written, or one before it is gone"
                    )
                previous = str(own)
                yield {**line, "hash": own}
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror})") from error


def _end(file: Any) -> tuple[int, str, bool]:  # noqa: ANN401 - a file of bytes
    """The number and hash of the last line, and whether it is whole."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _LONGEST_LINE))
    content: bytes = file.read()
    if not content:
        return 0, _FIRST, True
    last = content.rstrip(b"\n").rpartition(b"\n")[2].decode("utf-8", "replace")
    line = _parsed(last)
    return int(line.get("number", 0)), str(line.get("hash", "")), content.endswith(b"\n")


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _hash(line: dict[str, Any]) -> str:
    content = json.dumps(line, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()

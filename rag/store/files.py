"""The files that documents were read from: which bytes, and whether they are still there."""

from __future__ import annotations

import hashlib
from pathlib import Path

_SHORTEST_ID = 16


def digest(content: bytes) -> str:
    """The SHA-256 of some bytes, in hexadecimal digits. A document's id begins with it."""
    return hashlib.sha256(content).hexdigest()


def content_at(origin: Path, document_id: str) -> bytes | None:
    """What is in a file, if a document's id says that it is what the document was read from."""
    try:
        if len(document_id) < _SHORTEST_ID or not origin.is_absolute() or not origin.is_file():
            return None
        content = origin.read_bytes()
    except (OSError, ValueError):
        return None
    return content if digest(content).startswith(document_id) else None

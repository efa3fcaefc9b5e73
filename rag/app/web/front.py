"""What stands in front of an application, from the outside in."""

from __future__ import annotations

from fastapi import FastAPI

from rag.app.access.forwarded import Forwarded
from rag.app.access.gate import Gate
from rag.app.access.middleware import Access
from rag.app.web.shared.reader_language import ReaderLanguage
from rag.app.web.shared.security import Guard


def put_in_front(app: FastAPI, gate: Gate) -> None:
    """Have every request guarded, understood as the browser sent it, and let in or refused."""
    settings = gate.settings
    app.add_middleware(Access, gate=gate)
    app.add_middleware(ReaderLanguage)
    app.add_middleware(Forwarded, trusted=gate.trusted, root_path=settings.root_path.rstrip("/"))
    app.add_middleware(Guard, host=settings.host, names=gate.names)

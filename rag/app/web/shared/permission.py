"""Who may change the library from the page, and the reason for those who may not."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rag.app.web.shared.security import is_loopback

if TYPE_CHECKING:
    from starlette.requests import Request

    from rag.settings import Settings

__all__ = ["MARK", "forgery", "read_only"]

MARK = "x-footnote"
"""A header that a page of another site cannot send without asking this server, which says no."""

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def read_only(request: Request, settings: Settings) -> str | None:
    """Why this visitor may not change the library; None for one who may."""
    if settings.editing == "always":
        return None
    if settings.editing == "never":
        return (
            "This library is read-only here: it was started with editing switched off "
            "(RAG_EDITING=never)."
        )
    if not is_loopback(settings.host):
        return (
            "This library is read-only here, because the page can be reached from other machines. "
            "Whoever runs it can add reports with “rag ingest”, or allow it for everybody with "
            "RAG_EDITING=always."
        )
    peer = request.client.host if request.client else ""
    if not is_loopback(peer) or any(name in request.headers for name in _FORWARDED):
        return (
            "This library can be changed only from the machine that it runs on (RAG_EDITING=local)."
        )
    return None


def forgery(request: Request) -> str | None:
    """Why a request looks as if another site had made the browser send it; None if it does not."""
    if request.headers.get(MARK) != "library":
        return f"the request lacks the header {MARK}: library"
    origins = request.headers.getlist("origin")
    if any(not _is_own(origin, request) for origin in origins):
        return "the request comes from another site"
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return "the request comes from another site"
    return None


def _is_own(origin: str, request: Request) -> bool:
    parts = urlsplit(origin)
    host = request.headers.get("host", "").casefold()
    return parts.scheme in ("http", "https") and parts.netloc.casefold() == host

"""Pieces of HTML that the page's scripts ask for: how they are escaped and sent."""

from __future__ import annotations

import html

from fastapi.responses import HTMLResponse

__all__ = ["escape", "fragment"]


def escape(text: str) -> str:
    """The text as HTML character data, also inside quoted attributes.

    Carriage returns become references, because a browser would turn them into line feeds.
    """
    return html.escape(text).replace("\r", "&#13;")


def fragment(content: str, *, status: int = 200) -> HTMLResponse:
    """A piece of the page as a response that the browser does not keep."""
    # A text can hold half of a surrogate pair, which has no encoding.
    encoded = content.encode("utf-8", "replace")
    return HTMLResponse(encoded, status_code=status, headers={"cache-control": "no-store"})

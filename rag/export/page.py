"""Exports as one HTML file that holds everything, runs nothing and fetches nothing."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from rag.cite import one_line
from rag.export.embedded_json import RECORD_ID, to_json
from rag.export.records import Export
from rag.export.text import CHECKING, TITLE, by_number, caption, state, unseen
from rag.html import render

__all__ = ["to_html"]


def to_html(export: Export) -> str:
    """The export as a page, with its record in an element that no browser runs."""
    from markupsafe import Markup

    style = Path(__file__).with_name("page.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    styles = f"style-src 'sha256-{digest}'"
    return render(
        "export/page.html",
        title=TITLE,
        policy=f"default-src 'none'; {styles}; base-uri 'none'; form-action 'none'",
        style=Markup(style),  # noqa: S704 - our own
        state=state(export),
        checking=CHECKING,
        export=export,
        caption=caption,
        notes=list(by_number(export).values()),
        unseen=unseen,
        one_line=one_line,
        record_id=RECORD_ID,
        record=Markup(to_json(export)),  # noqa: S704 - without signs that mean something in HTML
    )

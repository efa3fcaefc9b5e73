"""Places in documents, and the token of one that a link carries.

An empty span means the document as such.
"""

from __future__ import annotations

import re

from rag.export.records import Place

_TOKEN = re.compile(r"(?P<document>[\w.-]*)\.(?P<start>\d{1,12})\.(?P<end>\d{1,12})", re.ASCII)


def token(document_id: str, start: int, end: int) -> str:
    r"""The place as ``[\w.-]+``, to stand after ``#src=`` in a link."""
    quoted = re.sub(r"[^A-Za-z0-9_-]", lambda found: f".{ord(found[0]):x}.", document_id)
    return f"{quoted}.{start}.{end}"


def link(document_id: str, start: int, end: int) -> str:
    """The address within the page that opens a place in the source panel."""
    return f"#src={token(document_id, start, end)}"


def parse_token(given: str) -> Place | None:
    """The place that a token names; None if it is not a token.

    Whether the document exists, and reaches that far, is for the caller to find out.
    """
    found = _TOKEN.fullmatch(given)
    if found is None or len(given) > 2000:
        return None
    try:
        document_id = re.sub(
            r"\.([0-9a-f]{1,6})\.", lambda code: chr(int(code[1], 16)), found["document"]
        )
    except ValueError:
        return None
    return Place(document_id, int(found["start"]), int(found["end"]))

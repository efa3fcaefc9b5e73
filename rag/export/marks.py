"""How the parts of an export that programs look for are marked in each format."""

from __future__ import annotations

from typing import Final

__all__ = ["BOOKMARK", "RECORD", "RECORD_ID", "RECORD_NAMESPACE"]

RECORD: Final = "<!-- footnote-export "
"""In Markdown, what stands before the record; `` -->`` comes after it."""
RECORD_ID: Final = "footnote-export"
"""In HTML, the id of the element with the record."""
RECORD_NAMESPACE: Final = "urn:footnote-rag:export"
"""In Word documents, the XML namespace of the part with the record."""
BOOKMARK: Final = "footnote_quotation_"
"""In Word documents, what the bookmark of a quotation begins with; its number follows."""

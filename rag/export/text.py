"""The program's own sentences in exports, the same in every format."""

from __future__ import annotations

from datetime import datetime

from rag.cite.citations import long_date
from rag.cite.styles import style_named
from rag.export.records import Export, ExportedStatement, Quotation

TITLE = "Answers with their sources"
CHECKING = "To check every quotation against the collection again: rag verify FILE"


def state(export: Export) -> str:
    """When and from what an export was made, in one paragraph."""
    documents = export.collection.documents
    made = datetime.fromisoformat(export.made)
    return (
        f"Made on {long_date(made.date().isoformat())}, {made:%H:%M} UTC with {export.program} "
        "from a collection of "
        f"{documents} document{'s' * (documents != 1)} "
        f"(state {export.collection.ids_sha256[:16]}). "
        f"References: {style_named(export.style).title}. "
        "Quotations are word for word; line breaks and signs that are not seen are left out."
    )


def caption(statement: ExportedStatement) -> str:
    """The line before a statement that says of what kind it is; empty if none is needed."""
    if statement.kind == "quote":
        return f"{statement.heading}:" if statement.heading else ""
    if statement.kind == "unchecked":
        return (
            "Unchecked: this was given as a quotation, but no place was named where it stands in "
            "the collection:"
        )
    if statement.kind == "generated":
        return f"Written by a language model{_marked(statement)}:"
    return ""


def _marked(statement: ExportedStatement) -> str:
    """The result of the check of a generated sentence, to follow "Written by a language model"."""
    match statement.support:
        case "verbatim":
            return ", word for word as in its footnote"
        case "follows":
            return "; follows from the quotations in its footnotes"
        case "not_found":
            return f"; not found: {statement.fault or 'what it says'}"
    fault = f" ({statement.fault})" if statement.fault else ""
    return f"; meaning not checked{fault}, compare it with the quotations in its footnotes"


def ocr_warning(quotation: Quotation) -> str:
    """A sentence for words that were recognised in a picture; empty for all others."""
    return "The words were recognised in a picture and may be wrong." if quotation.ocr else ""

"""What exports say besides the documents' words: the same in every format."""

from __future__ import annotations

from datetime import datetime

from rag.cite import long_date, style_named
from rag.export.records import Export, ExportedStatement, Quotation

__all__ = ["CHECKING", "TITLE", "by_number", "caption", "state", "unseen", "when"]

TITLE = "Answers with their sources"
CHECKING = "To check every quotation against the collection again: rag verify FILE"


def when(made: str) -> str:
    """The time of an export in words: ``27 November 2026, 20:44 UTC``."""
    moment = datetime.fromisoformat(made)
    return f"{long_date(moment.date().isoformat())}, {moment:%H:%M} UTC"


def state(export: Export) -> str:
    """When and from what an export was made, in one paragraph."""
    documents = export.collection.documents
    return (
        f"Made on {when(export.made)} with {export.program} from a collection of "
        f"{documents} document{'s' * (documents != 1)} "
        f"(state {export.collection.ids_sha256[:16]}). "
        f"References: {style_named(export.style).title}. "
        "Quotations are word for word; line breaks and signs that are not seen are left out."
    )


def caption(statement: ExportedStatement) -> str:
    """What is to be said before a statement, so that nobody takes it for something else."""
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
    """What was found of a generated sentence, to be read after who wrote it."""
    match statement.support:
        case "verbatim":
            return ", word for word as in its footnote"
        case "follows":
            return "; follows from the quotations in its footnotes"
        case "not_found":
            return f"; not found: {statement.fault or 'what it says'}"
    fault = f" ({statement.fault})" if statement.fault else ""
    return f"; meaning not checked{fault}, compare it with the quotations in its footnotes"


def unseen(quotation: Quotation) -> str:
    """What a reader of the footnote must know about the words; empty if there is nothing."""
    return "The words were recognised in a picture and may be wrong." if quotation.ocr else ""


def by_number(export: Export) -> dict[int, Quotation]:
    """The quotations by their numbers."""
    return {quotation.number: quotation for quotation in export.quotations}

"""The records as the JSON objects that the commands print and the evaluation writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from rag.answer.all_hits import AllHits
from rag.cite.answers import Answer
from rag.cite.references import reference
from rag.cite.styles import style_named
from rag.export.check import CheckedExport
from rag.ingest.records import Ingestion
from rag.quotes.drafts import CheckedQuotation
from rag.quotes.records import Match, Verification
from rag.schema import Citation, DocumentInfo, Hit
from rag.store import FoundStatements, Person, PersonForm, Store

JsonObject = dict[str, Any]


def hit_object(hit: Hit) -> JsonObject:
    """One hit: where it stands, whose words they are, and the text."""
    passage = hit.passage
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "document_id": passage.document_id,
        "passage_id": passage.id,
        "source": hit.source,
        "title": hit.title,
        "publisher": hit.metadata.publisher,
        "date": hit.metadata.date,
        "country": hit.metadata.country,
        "page_start": passage.page_start,
        "page_end": passage.page_end,
        "section": passage.section,
        "speaker": passage.speaker,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
    }


def search_object(query: str, hits: Sequence[Hit]) -> JsonObject:
    """What ``rag search --json`` prints."""
    return {"query": query, "hits": [hit_object(hit) for hit in hits]}


def all_hits_object(query: str, found: AllHits, *, count: int) -> JsonObject:
    """What ``rag search --json`` prints of a query with operators: the first ``count`` matches."""
    hits = [
        {**hit_object(each.as_hit(rank)), "sentence": each.sentence}
        for rank, each in enumerate(found.matches[:count], start=1)
    ]
    facets = {name: dict(values) for name, values in found.facets.items()}
    counts = {"total": found.total, "documents": found.documents, "facets": facets}
    return {"query": query, **counts, "hits": hits}


def answer_object(answer: Answer) -> JsonObject:
    """What ``rag ask --json`` prints."""
    return {
        "question": answer.question,
        "query": answer.query,
        "answer": answer.text,
        "abstained": answer.abstained,
        "judged": answer.judged,
        "reason": answer.reason,
        "statements": [asdict(statement) for statement in answer.statements],
        "citations": [asdict(citation) for citation in answer.citations],
        "hits": [hit_object(hit) for hit in answer.hits],
        "confidence": round(answer.confidence, 6),
        "kind": answer.kind,
        "notes": list(answer.notes),
        "model": answer.model,
        "invented": answer.invented,
        "documents": [document_object(document) for document in answer.documents],
        "suggestions": list(answer.suggestions),
        "listing": asdict(answer.listing) if answer.listing else None,
        "timings_ms": dict(answer.timings_ms),
    }


def document_object(document: DocumentInfo) -> JsonObject:
    """One document of ``rag list --json``."""
    fields = asdict(document)
    metadata = fields.pop("metadata")
    extra = metadata.pop("extra")
    return {**fields, **metadata, "extra": extra}


def statements_object(found: FoundStatements) -> JsonObject:
    """What ``rag statements --json`` prints."""
    names = ("document_id", "source", "start", "end", "text", "speaker", "person", "role")
    listed = [
        {name: getattr(each, name) for name in (*names, "country", "how", "cue", "page")}
        for each in found.statements
    ]
    return {"statements": listed, "total": found.total}


def person_object(person: Person, forms: Sequence[PersonForm] = ()) -> JsonObject:
    """One person of ``rag people --json``, with the names that they are called by if given."""
    return {**asdict(person), **({"names": [asdict(each) for each in forms]} if forms else {})}


def ingestion_object(
    result: Ingestion, *, documents: int, passages: int, seconds: float
) -> JsonObject:
    """What ``rag ingest --json`` prints."""
    return {
        "added": len(result.added),
        "updated": len(result.updated),
        "unchanged": len(result.unchanged),
        "removed": len(result.removed),
        "cancelled": len(result.cancelled),
        "failed": [asdict(failure) for failure in result.failed],
        "warnings": [
            {"source": warning.source, "warning": warning.error} for warning in result.warnings
        ],
        "duplicates": [
            {"source": source, "same_as": twin} for source, twin in result.duplicates.items()
        ],
        "documents": documents,
        "passages": passages,
        "seconds": round(seconds, 3),
    }


Referring = Callable[[Citation], str]
"""What gives the reference of a citation in some style."""


def referring(index: Store, style: str) -> Referring:
    """What gives the reference of a citation in a style; empty where the document is gone.

    Raises:
        QueryError: there is no such style.
    """
    chosen = style_named(style).name

    def refer(citation: Citation) -> str:
        document = index.document(citation.document_id)
        return reference(document, citation, style=chosen).text if document else ""

    return refer


def verification_object(
    verification: Verification, *, refer: Referring | None = None
) -> JsonObject:
    """What ``rag cite --json`` prints for one quotation.

    ``elsewhere`` is true when the words stand outside the source or speaker that was named, too
    or instead; ``elsewhere_matches`` are the places. With ``refer`` each place has its reference.
    """
    return {
        "quotation": verification.quotation,
        "status": verification.status,
        "matches": [_match_object(match, refer) for match in verification.matches],
        "total": verification.total,
        "closest": [_match_object(match, refer) for match in verification.closest],
        "elsewhere": bool(verification.elsewhere),
        "elsewhere_matches": [_match_object(match, refer) for match in verification.elsewhere],
        "note": verification.note,
    }


def draft_object(
    quotations: Sequence[CheckedQuotation], *, refer: Referring | None = None
) -> JsonObject:
    """What ``rag cite --file DRAFT --json`` prints; ``speaker`` is whom the draft names."""
    return {
        "quotations": [
            {
                **verification_object(each.verification, refer=refer),
                "start": each.start,
                "end": each.end,
                "speaker": each.speaker,
            }
            for each in quotations
        ]
    }


def checked_export_object(checked: CheckedExport) -> JsonObject:
    """What ``rag verify --json`` prints.

    ``made`` is the time of the export, null where its record was taken out of the file.
    """
    return {
        "made": checked.made,
        "holds": checked.holds,
        "quotations": [
            {
                "number": item.number,
                "status": item.status,
                "holds": item.holds,
                "text": item.words,
                "note": item.note or None,
                "pinpoint_changed": item.pinpoint_changed,
                "place": asdict(item.place) if item.place else None,
                "differences": [asdict(each) for each in item.differences],
            }
            for item in checked.items
        ],
        "notes": list(checked.notes),
    }


def _match_object(match: Match, refer: Referring | None) -> JsonObject:
    # Rounding must not make the same of what is only nearly so.
    rounded = round(match.similarity, 4)
    return {
        **asdict(match.citation),
        "similarity": min(rounded, 0.9999) if match.similarity < 1 else 1.0,
        "differences": [asdict(difference) for difference in match.differences],
        "parts": [asdict(part) for part in match.parts],
        **({"reference": refer(match.citation)} if refer is not None else {}),
    }

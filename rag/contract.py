"""The records as the JSON objects that the commands print and the evaluation writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rag.ingestion import Ingestion
from rag.schema import Answer, DocumentInfo, Hit

__all__ = ["answer_object", "document_object", "hit_object", "ingestion_object", "search_object"]

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


def answer_object(answer: Answer) -> JsonObject:
    """What ``rag ask --json`` prints."""
    return {
        "question": answer.question,
        "query": answer.query,
        "answer": answer.text,
        "abstained": answer.abstained,
        "reason": answer.reason,
        "statements": [asdict(statement) for statement in answer.statements],
        "citations": [asdict(citation) for citation in answer.citations],
        "hits": [hit_object(hit) for hit in answer.hits],
        "confidence": round(answer.confidence, 6),
        "timings_ms": dict(answer.timings_ms),
    }


def document_object(document: DocumentInfo) -> JsonObject:
    """One document of ``rag list --json``."""
    fields = asdict(document)
    metadata = fields.pop("metadata")
    extra = metadata.pop("extra")
    return {**fields, **metadata, "extra": extra}


def ingestion_object(
    result: Ingestion, *, documents: int, passages: int, seconds: float
) -> JsonObject:
    """What ``rag ingest --json`` prints."""
    return {
        "added": len(result.added),
        "updated": len(result.updated),
        "unchanged": len(result.unchanged),
        "removed": len(result.removed),
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

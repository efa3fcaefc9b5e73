"""Rows of the catalog's tables as records, and back."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from rag.schema import Document, DocumentInfo, Heading, Metadata, Page, Passage, Turn
from rag.store.filters import METADATA, fold
from rag.store.metadata_overrides import Layers, decode_metadata

__all__ = [
    "INFORMATION",
    "Source",
    "document_columns",
    "document_of",
    "haystack",
    "information_of",
    "layers_of",
    "metadata_columns",
    "metadata_of",
    "passage_columns",
    "passage_of",
    "text_columns",
]

INFORMATION = ", ".join(
    f"d.{name}"
    for name in (
        *("id", "source", "media_type", "characters", "pages", "passages", "extra", "warnings"),
        *("added", "edits", *METADATA),
    )
)
"""The columns that :func:`information_of` reads."""

# What a search in the list of documents looks at, besides the sources.
_SEARCHED = ("title", "publisher", "country", "author", "speaker")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a document came from.

    ``source`` is what users see and filter by, ``origin`` the absolute path of the file, and
    ``fingerprint`` changes whenever the file or its metadata do.
    """

    source: str
    origin: str
    fingerprint: str
    document_id: str


def metadata_of(row: sqlite3.Row, prefix: str = "") -> Metadata:
    """The metadata that count."""
    return Metadata(
        **{name: row[prefix + name] for name in METADATA}, extra=_decoded(row["extra"]) or {}
    )


def layers_of(row: sqlite3.Row) -> Layers:
    """All that is known, and from where."""
    return Layers(
        found=decode_metadata(row["found"]),
        given=decode_metadata(row["given"]),
        edits=json.loads(row["edits"]),
    )


def document_of(row: sqlite3.Row) -> Document:
    """A document, from its rows in both tables."""
    return Document(
        id=row["id"],
        source=row["source"],
        text=row["text"],
        metadata=metadata_of(row),
        media_type=row["media_type"],
        pages=_records(Page, row["page_records"]),
        headings=_records(Heading, row["headings"]),
        turns=_records(Turn, row["turns"]),
        warnings=tuple(json.loads(row["warnings"])),
    )


def information_of(row: sqlite3.Row) -> DocumentInfo:
    """A document as a list shows it."""
    return DocumentInfo(
        id=row["id"],
        source=row["source"],
        metadata=metadata_of(row),
        media_type=row["media_type"],
        pages=row["pages"] or None,
        passages=row["passages"],
        characters=row["characters"],
        warnings=tuple(_decoded(row["warnings"]) or ()),
        added=row["added"],
        edited=tuple(sorted(_decoded(row["edits"]) or ())),
    )


def passage_of(row: sqlite3.Row) -> Passage:
    """A passage with its text."""
    return Passage(
        id=row["id"],
        document_id=row["document_id"],
        start=row["start"],
        end=row["end"],
        text=row["text"],
        section=row["section"],
        speaker=row["speaker"],
        page_start=row["page_start"],
        page_end=row["page_end"],
        sentences=tuple((start, end) for start, end in json.loads(row["sentences"])),
    )


def document_columns(document: Document) -> dict[str, object]:
    """What the reader made of a document, but for its metadata and long texts."""
    return {
        "id": document.id,
        "source": document.source,
        "media_type": document.media_type,
        "characters": len(document.text),
        "pages": len(document.pages),
        "warnings": json.dumps(document.warnings, ensure_ascii=False),
    }


def metadata_columns(metadata: Metadata) -> dict[str, object]:
    """The metadata that count."""
    extra = json.dumps(dict(metadata.extra), ensure_ascii=False)
    return {**{name: getattr(metadata, name) for name in METADATA}, "extra": extra}


def text_columns(document: Document) -> tuple[object, ...]:
    """A row of ``texts``."""
    structure = (document.pages, document.headings, document.turns)
    return (
        document.id,
        document.text,
        *(
            json.dumps([dataclasses.astuple(each) for each in records], ensure_ascii=False)
            for records in structure
        ),
    )


def passage_columns(passage: Passage) -> tuple[object, ...]:
    """A row of ``passages``."""
    return (
        passage.id,
        passage.document_id,
        passage.start,
        passage.end,
        passage.section,
        passage.speaker,
        passage.page_start,
        passage.page_end,
        json.dumps(passage.sentences),
    )


def haystack(row: sqlite3.Row, sources: list[str]) -> str:
    """All that a search in the list looks at, folded, one value a line."""
    values = [*sources, *(row[name] for name in _SEARCHED)]
    return "\n".join(fold(value) or "" for value in values if value)


def _decoded(encoded: str) -> Any:  # noqa: ANN401 - as json.loads
    """Most lists and dictionaries are empty; not parsing them makes long lists faster."""
    return None if encoded in ("{}", "[]") else json.loads(encoded)


def _records(kind: type[Any], encoded: str) -> tuple[Any, ...]:
    return tuple(kind(*values) for values in json.loads(encoded))

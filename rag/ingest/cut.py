"""Fourth stage: what a file came to becomes a document with passages, on its way into a store."""

from __future__ import annotations

from dataclasses import replace

from rag.attribution import with_statements
from rag.errors import EmptyDocument
from rag.ingest.known_sources import row_of
from rag.ingest.records import ReadFile, SourceFile
from rag.readers import merge_metadata
from rag.schema import Document, Passage, passage_id
from rag.store import Entry, Writer


def cut(file: SourceFile, read: ReadFile, *, writer: Writer) -> Entry:
    """The document of a file, on its way into the store of ``writer``.

    It was cut and attributed by the process that read it, as far as that could.

    Raises:
        EmptyDocument: it comes to no passage.
    """
    reading = read.reading
    document = Document(
        id=file.document_id,
        source=file.source,
        text=reading.text,
        metadata=reading.metadata,
        media_type=read.media_type,
        pages=reading.pages,
        headings=reading.headings,
        turns=reading.turns,
        tables=reading.tables,
        warnings=reading.warnings,
        asides=reading.asides,
        carried=reading.carried,
        statements=read.statements,
        speakers=read.speakers,
    )
    if not read.is_attributed:
        document = with_statements(document)
    cut_for = None
    if read.passages is None:
        passages = writer.cut(document)
    else:
        cut_for = merge_metadata(first=file.given, then=reading.metadata)
        passages = tuple(_named(each, document) for each in read.passages)
    if not passages:
        raise EmptyDocument("there is no text in it")
    row = row_of(file)
    kept = file.content if file.keep else None
    return Entry(document, passages, row.origin, row.fingerprint, file.given, kept, cut_for)


def _named(passage: Passage, document: Document) -> Passage:
    """A passage with its document's id, its own, and its text."""
    return replace(
        passage,
        id=passage_id(document.id, passage.start, passage.end),
        document_id=document.id,
        text=document.text[passage.start : passage.end],
    )

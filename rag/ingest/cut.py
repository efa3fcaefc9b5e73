"""Fourth stage: what was read of a file becomes a document, with statements, cut into passages."""

from __future__ import annotations

from rag.attribution import with_statements
from rag.errors import EmptyDocument, LimitExceeded
from rag.ingest.known_sources import row_of
from rag.ingest.records import ReadFile, SourceFile
from rag.schema import Document
from rag.store import Entry, Writer

__all__ = ["cut"]

# Few printed pages have more.
_CHARACTERS_A_PAGE = 3000


def cut(file: SourceFile, read: ReadFile, *, writer: Writer, max_pages: int) -> Entry:
    """The document of a file, on its way into the store of ``writer``.

    Raises:
        EmptyDocument: it comes to no passage.
        LimitExceeded: its text is longer than ``max_pages`` can be.
    """
    reading = read.reading
    # Formats without pages are bounded, too: cutting takes memory by the text's length.
    if len(reading.text) > max_pages * _CHARACTERS_A_PAGE:
        raise LimitExceeded(
            f"{len(reading.text):,} characters, more than {max_pages} pages have: split it, or "
            "raise RAG_MAX_PAGES"
        )
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
    )
    passages = writer.cut(document)
    if not passages:
        raise EmptyDocument("there is no text in it")
    row = row_of(file)
    kept = file.content if file.keep else None
    read_for_words = with_statements(document)
    return Entry(read_for_words, passages, row.origin, row.fingerprint, file.given, kept)

"""Hits and answers as tables: what is in which column, the same on the page and in a file."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from rag.answer.all_hits import AllHits
from rag.app.web.shared.places import link
from rag.cite.citations import cite_characters
from rag.export.tables import TableFormat, write_table
from rag.store import Store

_HIT_COLUMNS = (
    *("Quotation", "Speaker", "Title", "Publisher", "Date", "Country", "Section", "Page"),
    *("Printed page", "File", "First character", "Link"),
)


def hits_table(index: Store, found: AllHits, *, format_: TableFormat, address: str = "") -> bytes:
    """All hits, a row each, with the sentence and where it stands.

    ``address`` is that of the page, to which the links lead; without it they are left out.
    """
    document = cache(index.document)

    def rows() -> Iterator[tuple[str | int | None, ...]]:
        for each in found.matches:
            whole = document(each.info.id)
            if whole is None:
                continue
            cited = cite_characters(
                whole,
                each.start,
                each.end,
                number=1,
                passage_id=each.passage.id,
                section=each.passage.section,
                speaker=each.passage.speaker,
            )
            yield (
                cited.quote,
                cited.speaker,
                cited.title,
                cited.publisher,
                cited.date,
                each.info.metadata.country,
                cited.section,
                cited.page,
                cited.page_label,
                cited.source,
                cited.start,
                address + link(cited.document_id, cited.start, cited.end) if address else None,
            )

    return write_table(_HIT_COLUMNS, rows(), format_=format_)

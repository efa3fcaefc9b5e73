"""Filters by year on tables and chats that have no date of their own, and whose rows have one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from rag.language.translation import N_, _
from rag.schema import Condition, Document, Hit
from rag.store import Store

_UNDATED: Final = N_(
    "Documents without a date are left out by the filter on the year, here {count}. "
    "'rag edit SOURCE date=2019' gives one a date."
)


def of_the_years(index: Store, hits: Iterable[Hit], where: Sequence[Condition]) -> Iterator[Hit]:
    """The hits that meet the conditions on the year in ``where``, which their documents do.

    Of a document without a date only the rows or messages count that are of such a year: the others
    are no sentences of the hit, and a hit without any is left out.
    """
    bounds = [each for each in where if each.field == "year"]
    documents: dict[str, Document | None] = {}
    for hit in hits:
        passage = hit.passage
        if not bounds or hit.metadata.date:
            yield hit
            continue
        if passage.document_id not in documents:
            documents[passage.document_id] = index.document(passage.document_id)
        document = documents[passage.document_id]
        if document is not None:
            own = tuple(each for each in passage.sentences if _is_of(document, each[0], bounds))
            if own:
                kept = replace(passage, sentences=own)
                yield replace(hit, passage=kept, parts=(kept,))


def left_out(index: Store, where: Sequence[Condition]) -> tuple[str, ...]:
    """The note that a filter on the year left out documents without any date; empty if none."""
    others = [each for each in where if each.field != "year"]
    if len(others) == len(where):
        return ()
    count = sum(not each.metadata.years for each in index.documents(others))
    return (_(_UNDATED, count=count),) if count else ()


def meets(year: int, bounds: Sequence[Condition]) -> bool:
    """Whether a year meets all conditions on it; those with ``=`` are alternatives."""
    equal = [each for each in bounds if each.operator == "="]
    others = [each for each in bounds if each.operator != "="]
    return (not equal or any(each.holds_for(year) for each in equal)) and all(
        each.holds_for(year) for each in others
    )


def _is_of(document: Document, offset: int, bounds: Sequence[Condition]) -> bool:
    page = document.page_at(offset)
    return page is not None and page.date is not None and meets(int(page.date[:4]), bounds)

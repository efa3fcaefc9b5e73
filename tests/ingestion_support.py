"""What the tests of ingestion share: three short reports, and looks into an index."""

from __future__ import annotations

from rag.answer.records import Query
from rag.answer.retrieve import Retriever
from rag.schema import Hit
from rag.settings import load_settings
from rag.store import Index
from rag.store.document_writer import first_of_copies

PRISONS = "Prison conditions\n\nInspectors said that cells in Baku were overcrowded and cold."
PRESS = "The press\n\nTwo newspapers in Addis Ababa were closed, and a radio station was fined."
ELECTIONS = "Elections\n\nObservers called the vote in Tbilisi calm, with few complaints."

SETTINGS = load_settings()


def contents(index: Index) -> tuple[list[str], set[str]]:
    """Sources and passage ids; both derived stores must agree with the catalog."""
    known = {
        passage.id for document in index.documents() for passage in index.passages_of(document.id)
    }
    needed = {each for vectors in index.all_vectors() for each in first_of_copies(vectors)}
    assert needed <= index.vectors.passage_ids() <= known
    assert index.lexical.passage_counts().keys() == known
    assert index.unfinished() == {}
    return [document.source for document in index.documents()], known


def hits(index: Index, query: str) -> tuple[Hit, ...]:
    """What is found for a query, best first."""
    return Retriever(index).search(Query.of(query))


def found(index: Index, query: str) -> list[str]:
    """The sources of what is found for a query, best first."""
    return [hit.source for hit in hits(index, query)]


def countries(index: Index) -> dict[str, str | None]:
    """The country of each document, by source."""
    return {each.source: each.metadata.country for each in index.documents()}


def slow_page() -> bytes:
    """A page that takes its reader ten seconds or more."""
    return b"<p>word </p>" * 400_000

"""Query to hits: dense and lexical search, fused; neighbouring passages joined; filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.retrieval.searching import Query, parse_condition, retrieve

if TYPE_CHECKING:
    from rag.retrieval.plug import FootnoteRetriever

__all__ = ["FootnoteRetriever", "Query", "parse_condition", "retrieve"]


def __getattr__(name: str) -> object:
    # LlamaIndex takes seconds to import: only for those who use it.
    if name == "FootnoteRetriever":
        from rag.retrieval.plug import FootnoteRetriever

        return FootnoteRetriever
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

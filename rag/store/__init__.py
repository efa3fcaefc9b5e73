"""The index: catalog (the truth), vectors and lexical index (derived from it)."""

from rag.store.catalog import Found, Source
from rag.store.filtered_search import Narrowed
from rag.store.index import Entry, Index, Writer
from rag.store.lexical import analyse, content_terms

__all__ = ["Entry", "Found", "Index", "Narrowed", "Source", "Writer", "analyse", "content_terms"]

"""The index: catalog (the truth), vectors and lexical index (derived from it)."""

from rag.storage.catalog import Found, Source
from rag.storage.index import Entry, Index, Writer
from rag.storage.lexical import analyse, content_terms
from rag.storage.narrowed import Narrowed

__all__ = ["Entry", "Found", "Index", "Narrowed", "Source", "Writer", "analyse", "content_terms"]

"""Where documents, passages, vectors and words are kept.

:class:`Store` says what the program needs of it; :class:`Index` is the store in a folder, with
SQLite, Chroma and Tantivy.
"""

from rag.store.folder.index import Index
from rag.store.folder.lexical import analyse, content_terms
from rag.store.metadata_overrides import MetadataLayers
from rag.store.protocol import Entry, Found, Scored, Search, Source, Store, Writer

__all__ = [
    "Entry",
    "Found",
    "Index",
    "MetadataLayers",
    "Scored",
    "Search",
    "Source",
    "Store",
    "Writer",
    "analyse",
    "content_terms",
]

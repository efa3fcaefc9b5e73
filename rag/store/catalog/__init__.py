"""The catalog: documents, passages, vectors and what is being written, in one SQLite file.

It is the truth of the index: Chroma and Tantivy hold nothing that cannot be made from it.
"""

from rag.store.catalog.reading import SORTS, Found
from rag.store.catalog.rows import Source
from rag.store.catalog.writing import Catalog, Publication

__all__ = ["SORTS", "Catalog", "Found", "Publication", "Source"]

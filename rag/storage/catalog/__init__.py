"""The catalog: documents, passages, vectors and what is being written, in one SQLite file.

It is the truth of the index: Chroma and Tantivy hold nothing that cannot be made from it.
"""

from rag.storage.catalog.reading import SORTS, Found
from rag.storage.catalog.rows import Source
from rag.storage.catalog.writing import Catalog, Publication

__all__ = ["SORTS", "Catalog", "Found", "Publication", "Source"]

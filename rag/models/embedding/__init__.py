"""The embedding model: what texts mean, as vectors.

Queries and passages are embedded by different methods, because many models want different prompts
for them. Vectors are rows of unit length, so that a dot product is a cosine similarity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.models.embedding.model import (
    Embedding,
    TokenEmbedding,
    TokenVectors,
    Vectors,
    cosines,
    open_embedding,
)

if TYPE_CHECKING:
    from rag.models.embedding.llama_index import SentenceEmbedding

__all__ = [
    "Embedding",
    "SentenceEmbedding",
    "TokenEmbedding",
    "TokenVectors",
    "Vectors",
    "cosines",
    "open_embedding",
]


def __getattr__(name: str) -> object:
    # LlamaIndex takes seconds to import: only for those who use it.
    if name == "SentenceEmbedding":
        from rag.models.embedding.llama_index import SentenceEmbedding

        return SentenceEmbedding
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

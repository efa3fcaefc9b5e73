"""The embedding model: what texts and their tokens mean, as vectors.

Queries and passages are embedded by different verbs, because many models want different prompts
for them. Vectors are rows of unit length, so that a dot product is a cosine similarity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.models.embedding.folders import BUILT_IN, built_in_folder, contents
from rag.models.embedding.local import open_embedding
from rag.models.embedding.tokens import Tokenizer
from rag.models.embedding.torch_backend import fast_arithmetic, quiet
from rag.models.embedding.vectors import Embedding, TokenVectors, Vectors, unit

if TYPE_CHECKING:
    from rag.models.embedding.llama_index import SentenceEmbedding

__all__ = [
    "BUILT_IN",
    "Embedding",
    "SentenceEmbedding",
    "TokenVectors",
    "Tokenizer",
    "Vectors",
    "built_in_folder",
    "contents",
    "fast_arithmetic",
    "open_embedding",
    "quiet",
    "unit",
]


def __getattr__(name: str) -> object:
    # LlamaIndex takes seconds to import: only for those who use it.
    if name == "SentenceEmbedding":
        from rag.models.embedding.llama_index import SentenceEmbedding

        return SentenceEmbedding
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

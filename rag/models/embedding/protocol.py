"""What is asked of an embedding model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

import numpy as np

from rag.models.inference import Floats

__all__ = ["Embedding", "Vectors", "unit"]

Vectors = Floats
"""Vectors as the rows of an array of float32: shape ``(texts, dimension)``."""


class Embedding(Protocol):
    """An embedding model. Safe to share between threads.

    ``model_name`` is what an index records. Texts longer than the model reads are cut off. Every
    method raises :class:`rag.errors.SettingsError` if the model cannot be loaded.
    """

    model_name: str

    @property
    def dimension(self) -> int:
        """Number of components of a vector."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts of the collection: rows of unit length, shape ``(texts, dimension)``."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed what is searched for: rows of unit length, shape ``(texts, dimension)``."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Lengths of texts in the model's tokens, without the special ones."""
        ...


def unit(vectors: Vectors) -> Vectors:
    """The rows of ``vectors``, each brought to length 1."""
    return cast("Vectors", vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))

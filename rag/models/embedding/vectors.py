"""What an embedding model gives, and what is asked of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt

__all__ = ["Embedding", "Offsets", "TokenVectors", "Vectors", "Verbs", "unit"]

Vectors = npt.NDArray[np.float32]
Offsets = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """A text token by token: each token's vector in its context, and where it stands.

    ``vectors`` has shape ``(tokens, dimension)`` and rows of unit length; ``offsets`` has shape
    ``(tokens, 2)``: start and end in the text. Special tokens are left out.
    """

    vectors: Vectors
    offsets: Offsets


class Verbs(Protocol):
    """What an embedding model does. Safe to share between threads.

    What is longer than the model reads is cut off. Every verb raises SettingsError if the model
    cannot be loaded.
    """

    @property
    def dimension(self) -> int:
        """Number of components of a vector."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts of the collection: float32, shape ``(len(texts), dimension)``."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed what is searched for: float32, shape ``(len(texts), dimension)``."""
        ...

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Embed every token of each text in the context of that text."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Lengths of texts in the model's tokens, without the special ones."""
        ...


class Embedding(Verbs, Protocol):
    """An embedding model with the name that an index records."""

    model_name: str


def unit(vectors: Vectors) -> Vectors:
    """Rows of unit length."""
    return cast("Vectors", vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))

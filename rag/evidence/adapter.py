"""What was learned about token vectors: which tokens of a sentence answer those of a question.

The embedding model's token vectors tell what is similar. A change of few directions on top of them
(``v + v D U``, at unit length again; compare Hu et al. 2021, "LoRA"), learned from questions and
their evidence, turns those of an answer towards those of its question. A token of the question
counts as much as the softmax of ``v · w`` over the question says. ``benchmarks/train_adapter.py``
trains it; it fits the built-in embedding model alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import cast

import numpy as np
from safetensors.numpy import load

from rag.embedding import BUILT_IN, TokenVectors, Vectors, unit

__all__ = ["Adapter", "adapter_of", "load_adapter"]

_FILE = "adapter.safetensors"


@dataclass(frozen=True, slots=True)
class Adapter:
    """What was learned.

    ``down`` has shape ``(dimension, rank)``, ``up`` the reverse, ``importance`` ``(dimension,)``.
    """

    down: Vectors
    up: Vectors
    importance: Vectors

    def adapt(self, tokens: TokenVectors) -> TokenVectors:
        """The tokens with other vectors, of unit length as well."""
        moved = tokens.vectors + tokens.vectors @ self.down @ self.up
        return TokenVectors(unit(cast("Vectors", moved)), tokens.offsets)

    def weigh(self, tokens: TokenVectors) -> Vectors:
        """How much each token of a question counts: shape ``(tokens,)``, with the sum 1.

        ``tokens`` are as the embedding model gives them.
        """
        value = tokens.vectors @ self.importance
        exponent = np.exp(value - value.max(initial=0))
        return cast("Vectors", exponent / exponent.sum())


@cache
def adapter_of(model_name: str) -> Adapter | None:
    """The adapter of an embedding model; None if there is none for it."""
    if Path(model_name).name != BUILT_IN:
        return None
    return load_adapter((resources.files("rag.evidence") / _FILE).read_bytes())


def load_adapter(content: bytes) -> Adapter:
    """An adapter from what ``benchmarks/train_adapter.py`` has written."""
    read = {name: each.astype(np.float32) for name, each in load(content).items()}
    return Adapter(read["down"], read["up"], read["importance"])

"""An embedding model as one converted network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.models.embedding.protocol import Vectors, unit
from rag.models.inference import Inputs, Network
from rag.models.tokenizer import Tokenizer, batches, padded

__all__ = ["ConvertedModel", "Described"]

# More in one batch gains nothing on a processor, and takes memory.
_BATCH_TEXTS = 32
_BATCH_TOKENS = 4096


@dataclass(frozen=True, slots=True)
class Described:
    """What is to be known about a model beside its network.

    ``tokenizer`` is the content of its ``tokenizer.json``. ``longest`` counts in tokens, the
    special ones included; ``padding`` is the number of the token that fills up a batch. The prompts
    are put before every text.
    """

    tokenizer: str
    longest: int
    padding: int
    dimension: int
    query_prompt: str
    passage_prompt: str


class ConvertedModel:
    """The methods of :class:`rag.models.embedding.Embedding`, on a converted network."""

    def __init__(self, network: Network, described: Described) -> None:
        self._network = network
        self._described = described
        self._tokenizer = Tokenizer(described.tokenizer, longest=described.longest)

    @property
    def dimension(self) -> int:
        """Number of components of a vector."""
        return self._described.dimension

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts of the collection."""
        return self._embed(texts, self._described.passage_prompt)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed what is searched for."""
        return self._embed(texts, self._described.query_prompt)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Lengths of texts in tokens."""
        return self._tokenizer.count(texts)

    def _embed(self, texts: Sequence[str], prompt: str) -> Vectors:
        rows = [each.ids for each in self._tokenizer.read([prompt + text for text in texts])]
        groups = list(batches(list(map(len, rows)), most=_BATCH_TEXTS, most_tokens=_BATCH_TOKENS))
        inputs = (self._inputs([rows[number] for number in group]) for group in groups)
        # One batch is waited for by a person; many are an ingestion's.
        outputs = (
            self._network.run_all(inputs) if len(groups) > 1 else map(self._network.run, inputs)
        )
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for group, output in zip(groups, outputs, strict=True):
            vectors[group] = output
        return unit(vectors)

    def _inputs(self, rows: Sequence[Sequence[int]]) -> Inputs:
        most = self._described.longest
        return {
            "input_ids": padded(rows, most=most, fill=self._described.padding),
            "attention_mask": padded([[1] * len(row) for row in rows], most=most),
        }

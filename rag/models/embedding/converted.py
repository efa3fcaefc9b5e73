"""An embedding model as one converted network, which gives sentence and token vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rag.models.embedding.tokens import Tokenizer
from rag.models.embedding.vectors import TokenVectors, Vectors, unit
from rag.models.inference import Inputs, Network

if TYPE_CHECKING:
    from tokenizers import Encoding

__all__ = ["SENTENCE", "TOKENS", "ConvertedModel", "Described"]

SENTENCE, TOKENS = 0, 1  # the network's outputs

# More in one batch gains nothing on a processor, and takes memory.
_BATCH_TEXTS = 32
_BATCH_TOKENS = 4096
# Every shape is prepared for once; so there are fewer of them.
_STEP = 8


@dataclass(frozen=True, slots=True)
class Described:
    """What is to be known about a model beside its network.

    ``longest`` counts in tokens, the special ones included; ``padding`` is the number of the token
    that fills up a batch.
    """

    tokenizer: str
    longest: int
    padding: int
    dimension: int
    query_prompt: str
    passage_prompt: str


class ConvertedModel:
    """The verbs of an embedding model."""

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
        return self._sentences(texts, self._described.passage_prompt)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed what is searched for."""
        return self._sentences(texts, self._described.query_prompt)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Lengths of texts in tokens."""
        return [len(tokens) for tokens in self._tokenizer.plain(texts)]

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Embed every token of each text in the context of that text."""
        encoded = self._tokenizer.read(texts)
        found: dict[int, TokenVectors] = {}
        for batch in _batches(encoded):
            output = self._network.run(self._inputs([encoded[n] for n in batch]), output=TOKENS)
            for row, number in zip(output, batch, strict=True):
                one = encoded[number]
                kept = ~np.array(one.special_tokens_mask, bool)
                offsets = np.array(one.offsets, np.int64).reshape(-1, 2)
                found[number] = TokenVectors(unit(row[: len(kept)][kept]), offsets[kept])
        return [found[number] for number in range(len(texts))]

    def _sentences(self, texts: Sequence[str], prompt: str) -> Vectors:
        encoded = self._tokenizer.read([prompt + text for text in texts])
        batches = list(_batches(encoded))
        inputs = (self._inputs([encoded[number] for number in batch]) for batch in batches)
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        # Little is wanted soon, by someone who waits; much is wanted by an ingestion.
        outputs = (
            self._network.run_all(inputs, output=SENTENCE)
            if len(batches) > 1
            else (self._network.run(each, output=SENTENCE) for each in inputs)
        )
        for batch, output in zip(batches, outputs, strict=True):
            vectors[batch] = output
        return unit(vectors)

    def _inputs(self, encoded: Sequence[Encoding]) -> Inputs:
        """A batch, filled up to the longest and a little more."""
        longest = max(len(each.ids) for each in encoded)
        width = min(-(-longest // _STEP) * _STEP, max(longest, self._described.longest))
        ids = np.full((len(encoded), width), self._described.padding, np.int64)
        inside = np.zeros((len(encoded), width), np.int64)
        for row, each in enumerate(encoded):
            ids[row, : len(each.ids)] = each.ids
            inside[row, : len(each.ids)] = 1
        return {"input_ids": ids, "attention_mask": inside}


def _batches(encoded: Sequence[Encoding]) -> Iterator[list[int]]:
    """Numbers of texts of about the same length, the shortest first."""
    batch: list[int] = []
    for number in sorted(range(len(encoded)), key=lambda each: len(encoded[each].ids)):
        width = len(encoded[number].ids)
        if batch and (len(batch) == _BATCH_TEXTS or (len(batch) + 1) * width > _BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch

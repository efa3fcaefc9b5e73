"""The embedding model of a name, run by what suits this machine."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np
import numpy.typing as npt

from rag.models.inference.model_cache import Conversion, Options, cached_network, has_gpu
from rag.models.inference.runtime import Floats, Inputs, Network
from rag.models.registry import MULTILINGUAL, embedding_folder, folder_hash
from rag.models.tokenizer import Tokenizer, batches, padded

if TYPE_CHECKING:
    from rag.models.embedding.torch_model import TorchModel

Vectors = Floats
"""Vectors as the rows of an array of float32: shape ``(texts, dimension)``."""

# More in one batch gains nothing on a processor, and takes memory.
_BATCH_TEXTS = 32
_BATCH_TOKENS = 4096
# What is converted: texts alone, or tokens too.
_KINDS = ("sentence embedding", "sentence and token embedding")


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

    def tokenizer(self) -> str | None:
        """The content of the model's ``tokenizer.json``, for other processes; None without."""
        ...


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """The tokens of a text as a model sees them in it.

    ``vectors`` are rows of unit length, shape ``(tokens, dimension)``; ``starts`` has the character
    of the text at which each token begins.
    """

    vectors: Vectors
    starts: npt.NDArray[np.intp]


class TokenEmbedding(Embedding, Protocol):
    """An embedding model that gives the vectors of tokens too; the multilingual one is."""

    def embed_tokens(self, texts: Sequence[str], *, as_queries: bool = False) -> list[TokenVectors]:
        """The tokens of each text, without those of the prompt; those cut off are missing."""
        ...


def open_embedding(name: str, options: Options | None = None) -> TokenEmbedding:
    """The embedding model of that name from this machine, loaded at first use.

    ``name`` is a name of :mod:`rag.models.registry`, a folder with a sentence-transformers model,
    or the name of one in the local Hugging Face cache; nothing is fetched from the network.
    """
    return LocalEmbedding(name, options)


def unit(vectors: Vectors) -> Vectors:
    """The rows of ``vectors``, each brought to length 1."""
    return cast("Vectors", vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def cosines(query: Vectors, rows: Vectors) -> list[float]:
    """Cosine similarity of each row to ``query`` (shape ``(dimension,)``)."""
    return list(map(float, rows @ query / (np.linalg.norm(rows, axis=1) * np.linalg.norm(query))))


class LocalEmbedding:
    """An :class:`Embedding` that is loaded at first use."""

    def __init__(self, model_name: str, options: Options | None = None) -> None:
        self.model_name = model_name
        self._options = options
        self._lock = threading.Lock()
        self._model: ConvertedModel | TorchModel | None = None

    @property
    def dimension(self) -> int:
        """Number of components of a vector."""
        return self._loaded.dimension

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts of the collection."""
        return self._loaded.embed(texts, as_queries=False)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed what is searched for."""
        return self._loaded.embed(texts, as_queries=True)

    def embed_tokens(self, texts: Sequence[str], *, as_queries: bool = False) -> list[TokenVectors]:
        """The tokens of each text; of the multilingual model alone where it is converted."""
        return self._loaded.embed_tokens(texts, as_queries=as_queries)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Lengths of texts in the model's tokens."""
        return self._loaded.count_tokens(texts)

    def tokenizer(self) -> str | None:
        """The content of the model's ``tokenizer.json``; None without."""
        return self._loaded.tokenizer()

    @property
    def _loaded(self) -> ConvertedModel | TorchModel:
        with self._lock:
            if self._model is None:
                self._model = _load(self.model_name, self._options or Options.of())
            return self._model


def _load(name: str, options: Options) -> ConvertedModel | TorchModel:
    """The model as a converted network or, where it does not convert, on torch."""
    folder = embedding_folder(name, options.cache)
    with_tokens = name == MULTILINGUAL.name
    if folder is not None and options.uses_openvino and not has_gpu():

        def convert() -> Conversion:
            from rag.models.embedding.torch_model import conversion

            return conversion(folder, threads=options.threads, with_tokens=with_tokens)

        found = cached_network(
            f"embedding model {Path(name).name!r}",
            {"kind": _KINDS[with_tokens], "model": folder_hash(folder)},
            convert=convert,
            options=options,
        )
        if found is not None:
            return ConvertedModel(found.network, ModelNotes(**found.notes))
    # Torch takes seconds to import: only when it is needed.
    from rag.models.embedding.torch_model import TorchModel, load

    return TorchModel(load(folder or name, threads=options.threads))


def of_text(rows: Vectors, spans: Sequence[tuple[int, int]], prompt: int) -> TokenVectors:
    """The tokens that stand in a text itself, which follows ``prompt`` characters.

    ``spans`` are the characters of each of the ``rows``, none for special tokens.
    """
    own = [number for number, (start, end) in enumerate(spans) if prompt < end > start]
    starts = [max(0, spans[number][0] - prompt) for number in own]
    return TokenVectors(unit(rows[own]), np.array(starts, np.intp))


@dataclass(frozen=True, slots=True)
class ModelNotes:
    """What is to be known about a converted model beside its network.

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
    """An embedding model as one converted network."""

    def __init__(self, network: Network, notes: ModelNotes) -> None:
        self.dimension = notes.dimension
        self._network = network
        self._notes = notes
        self._tokenizer = Tokenizer(notes.tokenizer, longest=notes.longest)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Lengths of texts in tokens."""
        return self._tokenizer.count(texts)

    def tokenizer(self) -> str:
        """The content of the model's ``tokenizer.json``."""
        return self._notes.tokenizer

    def embed(self, texts: Sequence[str], *, as_queries: bool) -> Vectors:
        """Rows of unit length, shape ``(texts, dimension)``."""
        prompt = self._notes.query_prompt if as_queries else self._notes.passage_prompt
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

    def embed_tokens(self, texts: Sequence[str], *, as_queries: bool) -> list[TokenVectors]:
        """The tokens of each text, of a network that was converted with them."""
        prompt = self._notes.query_prompt if as_queries else self._notes.passage_prompt
        found = []
        for read in self._tokenizer.read([prompt + text for text in texts]):
            (rows,) = self._network.run(self._inputs([read.ids]), output=1)
            found.append(of_text(rows[: len(read.ids)], read.offsets, len(prompt)))
        return found

    def _inputs(self, rows: Sequence[Sequence[int]]) -> Inputs:
        most = self._notes.longest
        return {
            "input_ids": padded(rows, most=most, fill=self._notes.padding),
            "attention_mask": padded([[1] * len(row) for row in rows], most=most),
        }

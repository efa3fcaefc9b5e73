"""The embedding model of a name, run by what suits this machine."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from rag.models.embedding.converted import ConvertedModel, Described
from rag.models.embedding.protocol import Embedding, Vectors
from rag.models.embedding.torch_backend import TorchModel, load
from rag.models.inference import Conversion, Options, cached_network, has_gpu
from rag.models.registry import embedding_folder, folder_hash

__all__ = ["LocalEmbedding", "open_embedding"]


def open_embedding(name: str, options: Options | None = None) -> Embedding:
    """The embedding model of that name from this machine, loaded at first use.

    ``name`` is a name of :mod:`rag.models.registry`, a folder with a sentence-transformers model,
    or the name of one in the local Hugging Face cache; nothing is fetched from the network.
    """
    return LocalEmbedding(name, options)


class LocalEmbedding:
    """What :func:`open_embedding` gives. Safe to share between threads."""

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
        return self._loaded.embed_passages(texts)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed what is searched for."""
        return self._loaded.embed_queries(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Lengths of texts in the model's tokens."""
        return self._loaded.count_tokens(texts)

    @property
    def _loaded(self) -> ConvertedModel | TorchModel:
        with self._lock:
            if self._model is None:
                self._model = _load(self.model_name, self._options or Options.of())
            return self._model


def _load(name: str, options: Options) -> ConvertedModel | TorchModel:
    folder = embedding_folder(name, options.cache)
    if folder is not None and options.uses_openvino and not has_gpu():

        def convert() -> Conversion:
            from rag.models.embedding.conversion import conversion

            return conversion(folder, threads=options.threads)

        found = cached_network(
            f"embedding model {Path(name).name!r}",
            {"kind": "sentence embedding", "model": folder_hash(folder)},
            convert=convert,
            options=options,
        )
        if found is not None:
            return ConvertedModel(found.network, Described(**found.notes))
    return TorchModel(load(folder or name, threads=options.threads))

"""The embedding model of a name, with whatever runs it best on this machine."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from rag.models.embedding.converted import ConvertedModel, Described
from rag.models.embedding.folders import contents, find_folder
from rag.models.embedding.torch_backend import TorchModel, load
from rag.models.embedding.vectors import Embedding, TokenVectors, Vectors, Verbs
from rag.models.inference import Conversion, Options, has_gpu, is_installed, kept

__all__ = ["LocalEmbedding", "open_embedding"]


def open_embedding(name: str, options: Options | None = None) -> Embedding:
    """The model of that name, loaded at first use.

    ``name`` is :data:`BUILT_IN`, a folder, or the name of a model in the local Hugging Face cache;
    nothing is fetched from the network.
    """
    return LocalEmbedding(name, options)


class LocalEmbedding:
    """An embedding model, loaded at first use and safe to share between threads."""

    def __init__(self, model_name: str, options: Options | None = None) -> None:
        self.model_name = model_name
        self._options = options
        self._lock = threading.Lock()
        self._verbs: Verbs | None = None

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

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Embed every token of each text in the context of that text."""
        return self._loaded.embed_tokens(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Lengths of texts in the model's tokens."""
        return self._loaded.count_tokens(texts)

    @property
    def _loaded(self) -> Verbs:
        with self._lock:
            if self._verbs is None:
                self._verbs = _open(self.model_name, self._options or Options.of())
            return self._verbs


def _open(name: str, options: Options) -> Verbs:
    if options.engine == "openvino" and is_installed() and not has_gpu():
        folder = find_folder(name)
        if folder is not None:

            def convert() -> Conversion:
                from rag.models.embedding.converting import conversion

                return conversion(name, threads=options.threads)

            found = kept(
                f"embedding model {Path(name).name!r}",
                {"kind": "embedding", "model": contents(folder)},
                convert=convert,
                options=options,
            )
            if found is not None:
                return ConvertedModel(found.network, Described(**found.notes))
    return TorchModel(load(name, threads=options.threads))

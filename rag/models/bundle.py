"""The models that search and read. They can be made ready while the program is still imported."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass

from rag.models.cross_encoder.model import CrossEncoder, PassageText
from rag.models.embedding import Embedding, open_embedding
from rag.models.inference.model_cache import Options
from rag.settings import Settings


@dataclass(frozen=True, slots=True)
class Models:
    """What the settings name. Each is loaded at first use, once for all who share it."""

    embedding: Embedding
    cross_encoder: CrossEncoder

    @classmethod
    def of(cls, settings: Settings) -> Models:
        """The models of the settings, not loaded yet."""
        options = Options.of(settings)
        return cls(
            open_embedding(settings.embedding_model, options),
            CrossEncoder(settings.cross_encoder, options),
        )

    def load(self, *, to_search: bool = False) -> None:
        """Load them, or only what searching needs, so that the first question does not wait.

        Raises:
            SettingsError: one cannot be loaded.
        """
        self.embedding.embed_queries(["a"])
        if not to_search:
            self.cross_encoder.read("a", [PassageText("", "a", ((0, 1),))])
            self.cross_encoder.score("a", ["a"])

    def begin_loading(self, *, to_search: bool = False) -> None:
        """Load them in the background; whoever uses one meanwhile waits until it is there."""
        threading.Thread(
            target=self._try_loading, args=(to_search,), name="footnote-models"
        ).start()

    def _try_loading(self, to_search: bool) -> None:
        with suppress(Exception):  # it will happen again where somebody can be told of it
            self.load(to_search=to_search)

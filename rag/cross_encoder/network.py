"""The built-in model's network: MiniLM with a low-rank adapter, and a score for each sentence.

Question and window are read as one sequence, so every word of the window has a meaning that
depends on the question. A sentence's score comes from the mean of its tokens beside the vector of
the whole; the score of "none of these" is 0, so scores are log-odds against it.

The adapter is low-rank (Hu et al. 2021, "LoRA"); for inference it is added into the weights.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch
from torch import nn
from transformers import AutoModel, AutoTokenizer

from rag.cross_encoder.windows import Window

if TYPE_CHECKING:
    from transformers import BertModel, PreTrainedTokenizerBase

__all__ = ["SCALE", "LowRank", "Network", "body_and_tokenizer", "linear_layers"]

SCALE = 2.0
_HIDDEN = 128


def body_and_tokenizer(folder: Path) -> tuple[BertModel, PreTrainedTokenizerBase]:
    """The embedding model's network without its pooling, and its tokenizer."""
    body = AutoModel.from_pretrained(
        folder, add_pooling_layer=False, local_files_only=True, attn_implementation="sdpa"
    )
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return cast("BertModel", body), cast("PreTrainedTokenizerBase", tokenizer)


def linear_layers(body: BertModel) -> dict[str, nn.Linear]:
    """Every linear layer of the encoder, by name."""
    found = body.encoder.named_modules()
    return {name: layer for name, layer in found if isinstance(layer, nn.Linear)}


class LowRank(nn.Module):
    """A linear layer and its correction: ``base(x) + scale * x aᵀ bᵀ``. Only the latter learns."""

    def __init__(self, base: nn.Linear, rank: int) -> None:
        super().__init__()
        self.base = base.requires_grad_(requires_grad=False)
        spread = 1 / math.sqrt(base.in_features)
        self.a = nn.Parameter(torch.randn(rank, base.in_features) * spread)
        self.b = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Shape ``(…, in_features)`` to ``(…, out_features)``."""
        correction = (x @ self.a.T.to(x.dtype)) @ (SCALE * self.b).T.to(x.dtype)
        return cast("torch.Tensor", self.base(x) + correction)


class Network(nn.Module):
    """Scores of the sentences of some windows, all read for one question each."""

    def __init__(self, body: BertModel, tokenizer: PreTrainedTokenizerBase) -> None:
        super().__init__()
        self.body = body
        self._first = int(tokenizer.cls_token_id or 0)
        self._between = int(tokenizer.sep_token_id or 0)
        width = body.config.hidden_size
        self.segment = nn.Parameter(torch.zeros(width))
        self.head = nn.Sequential(nn.Linear(2 * width, _HIDDEN), nn.GELU(), nn.Linear(_HIDDEN, 1))

    def forward(
        self, questions: Sequence[Sequence[int]], windows: Sequence[Window]
    ) -> list[torch.Tensor]:
        """For each pair of question and window a tensor with a score for each sentence."""
        rows = [
            [self._first, *question, self._between, *window.told, *window.tokens, self._between]
            for question, window in zip(questions, windows, strict=True)
        ]
        longest = max(len(row) for row in rows)
        ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
        lengths = torch.tensor([len(row) for row in rows])[:, None]
        begins = torch.tensor([len(question) + 2 for question in questions])[:, None]
        places = torch.arange(longest)[None, :]
        inside = places < lengths
        answering = (inside & (places >= begins))[..., None]
        embedded = self.body.embeddings.word_embeddings(ids)
        embedded = embedded + (answering * self.segment).to(embedded.dtype)
        states = self.body(inputs_embeds=embedded, attention_mask=inside.long()).last_hidden_state
        return self._scores(states.float(), questions, windows)

    def _scores(
        self, states: torch.Tensor, questions: Sequence[Sequence[int]], windows: Sequence[Window]
    ) -> list[torch.Tensor]:
        described = []
        for state, question, window in zip(states, questions, windows, strict=True):
            first = len(question) + 2 + len(window.told)
            starts = (0, *window.ends[:-1])
            for start, end in zip(starts, window.ends, strict=True):
                mean = state[first + start : first + end].mean(0)
                described.append(torch.cat([mean, state[0]]))
        scores = self.head(torch.stack(described))[:, 0]
        return list(scores.split([len(window.ends) for window in windows]))

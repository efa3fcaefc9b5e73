"""The built-in model's network: MiniLM, its upper layers trained further, and a score on top.

Question and sentence are read as one sequence, so every word has a meaning that depends on the
other side. The score comes from the cosine of the two parts and from what else a small network
sees in them; the score of "none of these" is 0 in training, so scores are log-odds against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch
from torch import nn
from transformers import AutoModel

from rag.cross_encoder.excerpts import Row, inputs
from rag.embedding import Tokenizer

if TYPE_CHECKING:
    from transformers import BertModel

__all__ = ["Network", "body_and_tokenizer"]

_HIDDEN = 128


def body_and_tokenizer(folder: Path) -> tuple[BertModel, Tokenizer]:
    """The embedding model's network without its pooling, and its tokenizer."""
    body = AutoModel.from_pretrained(
        folder, add_pooling_layer=False, local_files_only=True, attn_implementation="sdpa"
    )
    return cast("BertModel", body), Tokenizer.of_folder(folder)


class Network(nn.Module):
    """Scores of questions and sentences."""

    def __init__(self, body: BertModel) -> None:
        super().__init__()
        self.body = body
        width = body.config.hidden_size
        self.head = nn.Sequential(
            nn.Linear(4 * width, _HIDDEN), nn.GELU(), nn.Dropout(0.1), nn.Linear(_HIDDEN, 1)
        )
        self.slope = nn.Parameter(torch.tensor([6.0]))
        self.bias = nn.Parameter(torch.tensor([-3.0]))

    def forward(self, rows: Sequence[Row]) -> torch.Tensor:
        """Shape ``(len(rows),)``."""
        return self.score(**{name: torch.from_numpy(each) for name, each in inputs(rows).items()})

    def score(
        self,
        ids: torch.Tensor,
        inside: torch.Tensor,
        question: torch.Tensor,
        sentence: torch.Tensor,
    ) -> torch.Tensor:
        """The same, of rows as :func:`~rag.cross_encoder.excerpts.inputs` has them."""
        states = self.body(input_ids=ids, attention_mask=inside).last_hidden_state.float()
        asked, said = _mean(states, question), _mean(states, sentence)
        seen = [states[:, 0], said, asked * said, (asked - said).abs()]
        # Not torch's cosine_similarity, for which OpenVINO has no counterpart.
        directions = [nn.functional.normalize(each, dim=1, eps=1e-8) for each in (asked, said)]
        cosine = (directions[0] * directions[1]).sum(1)
        return cast(
            "torch.Tensor", self.head(torch.cat(seen, 1))[:, 0] + self.slope * cosine + self.bias
        )


def _mean(states: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """The mean state of the tokens chosen in each row; zero where there are none."""
    weights = chosen / chosen.sum(1, keepdim=True).clamp(min=1)
    return torch.einsum("rt,rtw->rw", weights, states)

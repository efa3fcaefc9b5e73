"""The network on torch, and how it is converted. Imported only where torch is needed.

What was trained further is kept apart from the published weights, as small as it can be. The change
of a weight matrix by fine-tuning has few directions that matter (Hu et al. 2021, "LoRA"), so the
product of two thin matrices from its singular value decomposition stands for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn
from transformers import AutoModelForSequenceClassification, BertForSequenceClassification

from rag.errors import SettingsError
from rag.models.cross_encoder.model import LONGEST, PassageText, Row, batch_inputs, rows
from rag.models.embedding.torch_model import quiet
from rag.models.inference.model_cache import Conversion
from rag.models.inference.runtime import Floats, NotConvertible, convert
from rag.models.inference.runtime import Network as Converted
from rag.models.registry import CROSS_ENCODER
from rag.models.tokenizer import Tokenizer

LAYERS = 9
"""Of the published twelve: above them all goes into one score for the passage."""
FIRST_CHANGED = 7
"""From this layer on, counted from 0, weights were trained further; below they are as published."""

# Of the numbers of a state or of scores, in the mean; half precision rounds by less.
_MOST_DIFFERENCE = 0.1

_EXAMPLES = (
    ("When was the bridge opened?", PassageText("Bridges. ", "It was opened in 1931.", ((0, 22),))),
    ("How many died?", PassageText("", "Twelve people died, the ministry said. " * 6, ((0, 38),))),
    ("Who resigned?", PassageText("Prisons. ", "Cells held fourteen people each.", ((0, 32),))),
)


class ReadingNetwork(nn.Module):
    """The lower layers of the cross-encoder, as published."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        published = _published(folder)
        self.body = published.bert
        self.body.pooler = None
        self.body.encoder.layer = self.body.encoder.layer[:LAYERS]
        self.width = int(published.config.hidden_size)

    def forward(self, ids: Tensor, inside: Tensor, types: Tensor) -> Tensor:
        """The states of every token before and after the changed layers.

        Shape ``(rows, tokens, 2 * width)``.
        """
        read = self.body(
            input_ids=ids, attention_mask=inside, token_type_ids=types, output_hidden_states=True
        )
        return torch.cat([read.hidden_states[FIRST_CHANGED], read.last_hidden_state], dim=-1)


class PublishedNetwork(nn.Module):
    """The whole cross-encoder as published, which scores a text."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.whole = _published(folder)

    def forward(self, ids: Tensor, inside: Tensor, types: Tensor) -> Tensor:
        """The score of every row, shape ``(rows, 1)``."""
        read = self.whole(input_ids=ids, attention_mask=inside, token_type_ids=types)
        return cast("Tensor", read.logits)


def _published(folder: Path) -> BertForSequenceClassification:
    found = AutoModelForSequenceClassification.from_pretrained(
        folder, local_files_only=True, attn_implementation="sdpa"
    )
    return cast("BertForSequenceClassification", found)


def load_published(folder: Path) -> PublishedNetwork:
    """The network as published.

    Raises:
        SettingsError: what is in the folder is not this model.
    """
    try:
        with quiet():
            return PublishedNetwork(folder).eval()
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise _other_model(folder) from error


def load_network(folder: Path, learned: bytes) -> tuple[ReadingNetwork, Mapping[str, Floats]]:
    """The network with what was learned, and the head: ``weight`` and ``bias``.

    Raises:
        SettingsError: what is in the folder is not this model, or ``learned`` is not of it.
    """
    try:
        with quiet():
            network = ReadingNetwork(folder)
        body = {name: each.detach() for name, each in network.body.named_parameters()}
        changed = unpack(load(learned), body)
        head = {name: changed.pop(f"head.{name}").numpy() for name in ("weight", "bias")}
        network.body.load_state_dict({**network.body.state_dict(), **changed})
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        raise _other_model(folder) from error
    return network.eval(), head


def _other_model(folder: Path) -> SettingsError:
    return SettingsError(
        f"the model in {folder} is not the cross-encoder: remove the folder and run "
        f"'{CROSS_ENCODER.get}'"
    )


def conversion(folder: Path, learned: bytes | None) -> Conversion:
    """Convert a network, and say how to check the result.

    That is the one that reads passages, whose head is in the notes of the conversion, or without
    ``learned`` the published one that scores texts.

    Raises:
        NotConvertible: it cannot be converted.
        SettingsError: as of :func:`load_network`.
    """
    network: nn.Module
    head: Mapping[str, Floats] = {}
    if learned is None:
        network = load_published(folder)
    else:
        network, head = load_network(folder, learned)
    tokenizer = Tokenizer.of_folder(folder, longest=LONGEST)
    batch = [row for asked, text in _EXAMPLES for row in rows(tokenizer, asked, [text])]
    example = [(name, torch.from_numpy(each)) for name, each in batch_inputs(batch[:2]).items()]
    with quiet():
        model = convert(network, example)
    wanted = run_torch(network, batch)
    notes = {name: each.ravel().tolist() for name, each in head.items()}
    return Conversion(model, lambda converted: _check(converted, batch, wanted), notes)


def run_torch(network: nn.Module, batch: Sequence[Row]) -> Floats:
    """The network's output for a batch."""
    arrays = {name: torch.from_numpy(each) for name, each in batch_inputs(batch).items()}
    with torch.inference_mode():
        return cast("Floats", network(**arrays).float().numpy())


def _check(converted: Converted, batch: Sequence[Row], wanted: Floats) -> None:
    """Compare the states, where there are tokens, or the scores to what they were.

    Raises:
        NotConvertible: they differ by more than rounding.
    """
    got = converted.run(batch_inputs(batch))
    differences = np.abs(got - wanted)
    if differences.ndim > 2:
        differences = differences[batch_inputs(batch)["inside"] > 0]
    worst = float(differences.mean())
    if not worst <= _MOST_DIFFERENCE:  # not a number is no pass
        raise NotConvertible(f"it gives other values when converted (by {worst:.2f})")


_LEFT, _RIGHT = ".left", ".right"


def pack(
    learned: Mapping[str, Tensor], body: Mapping[str, Tensor], *, rank: int
) -> dict[str, Tensor]:
    """The learned parameters in half precision.

    Of what is in ``body`` too, only the difference is kept, and of a large matrix only as much
    of that as two matrices of ``rank`` hold.
    """
    packed: dict[str, Tensor] = {}
    for name, weight in learned.items():
        change = weight - body[name] if name in body else weight
        if name not in body or change.dim() != 2 or rank * sum(change.shape) >= change.numel():
            packed[name] = change.half().contiguous()
            continue
        left, values, right = torch.linalg.svd(change.float(), full_matrices=False)
        root = values[:rank].sqrt()
        packed[name + _LEFT] = (left[:, :rank] * root).half().contiguous()
        packed[name + _RIGHT] = (root[:, None] * right[:rank]).half().contiguous()
    return packed


def unpack(packed: Mapping[str, Tensor], body: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The learned parameters again, in full precision."""
    found = {
        name: each.float() for name, each in packed.items() if not name.endswith((_LEFT, _RIGHT))
    }
    for name, left in packed.items():
        if name.endswith(_LEFT):
            weight = name.removesuffix(_LEFT)
            found[weight] = left.float() @ packed[weight + _RIGHT].float()
    return {name: each + body[name] if name in body else each for name, each in found.items()}

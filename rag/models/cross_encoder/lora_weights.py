"""What was learned, as small as it can be kept: changes of the published weights, and the head.

The change of a weight matrix by fine-tuning has few directions that matter (Hu et al. 2021,
"LoRA"), so the product of two thin matrices from its singular value decomposition stands for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

__all__ = ["pack", "unpack"]

_LEFT, _RIGHT = ".left", ".right"


def pack(
    learned: Mapping[str, torch.Tensor], body: Mapping[str, torch.Tensor], *, rank: int
) -> dict[str, torch.Tensor]:
    """The learned parameters in half precision.

    Of what is in ``body`` too, only the difference is kept, and of a large matrix only as much
    of that as two matrices of ``rank`` hold.
    """
    import torch

    packed: dict[str, torch.Tensor] = {}
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


def unpack(
    packed: Mapping[str, torch.Tensor], body: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """The learned parameters again, in full precision."""
    found = {
        name: each.float() for name, each in packed.items() if not name.endswith((_LEFT, _RIGHT))
    }
    for name, left in packed.items():
        if name.endswith(_LEFT):
            weight = name.removesuffix(_LEFT)
            found[weight] = left.float() @ packed[weight + _RIGHT].float()
    return {name: each + body[name] if name in body else each for name, each in found.items()}

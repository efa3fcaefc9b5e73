"""The built-in model's network, loaded on torch or converted from there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn

from rag.cross_encoder.excerpts import Excerpt, LogOdds, Row, inputs, rows
from rag.cross_encoder.learned import unpack
from rag.cross_encoder.network import Network, body_and_tokenizer
from rag.embedding import Tokenizer, built_in_folder, quiet
from rag.errors import SettingsError
from rag.inference import Conversion, NotConvertible, convert
from rag.inference import Network as Converted

__all__ = ["built_in", "conversion"]

_MOST_DIFFERENCE = 0.05  # in log-odds

_EXAMPLES = (
    (
        "When was the bridge over the river opened?",
        (
            Excerpt("The old bridge.", "It took nine years to build.", "It was opened in 1931."),
            Excerpt("The old bridge.", "", "The bridge is painted green."),
            Excerpt("Bread. > Baking", "", "Flour, water and salt are all that is needed."),
            Excerpt("", "", "x"),
        ),
    ),
    (
        "What did the ministry say about prisoners? – And about the two women who were detained?",
        (
            Excerpt(
                "Prisons in the north. > Women Minister:",
                "Inspectors came twice. They were not let in at first, and said so in public.",
                "“Nobody has been detained,” the ministry said, “and those who were are free.”",
            ),
            Excerpt("Prisons.", "", "Cells held fourteen people each, said the inspectors. " * 12),
        ),
    ),
)


def built_in(name: str, learned: bytes) -> Network:
    """The network with what was learned, which was read from ``name``.

    Raises:
        SettingsError: it is not what was learned by this network.
    """
    with quiet():  # the pooling that is left out on purpose would be reported
        body, _ = body_and_tokenizer(built_in_folder())
    network = Network(body)
    began = {f"body.{name}": weight.detach() for name, weight in body.named_parameters()}
    try:
        left = network.load_state_dict(unpack(load(learned), began), strict=False)
        if left.unexpected_keys or any(not each.startswith("body.") for each in left.missing_keys):
            raise KeyError
    except (SafetensorError, RuntimeError, KeyError) as error:
        raise SettingsError(
            f"{name} does not hold what the cross-encoder has learned: set RAG_CROSS_ENCODER to "
            "built-in or to another file"
        ) from error
    return network.eval()


def conversion(name: str, learned: bytes) -> Conversion:
    """Convert the network with what was learned, and say how to check the result.

    Raises:
        NotConvertible: it cannot be converted.
        SettingsError: as of :func:`built_in`.
    """
    network = built_in(name, learned)
    tokenizer = Tokenizer.of_folder(built_in_folder())
    batches = [rows(tokenizer, question, excerpts) for question, excerpts in _EXAMPLES]
    example = [(each, torch.from_numpy(array)) for each, array in inputs(batches[0]).items()]
    try:
        with quiet():
            model = convert(_Scored(network), example)
    except Exception as error:  # of many kinds, by torch, transformers and OpenVINO
        raise NotConvertible(f"it cannot be converted ({type(error).__name__})") from error
    with torch.inference_mode():
        wanted = [network(batch).numpy() for batch in batches]
    return Conversion(model, lambda converted: _check(converted, batches, wanted))


class _Scored(nn.Module):
    """The network with its inputs in the order in which they are named."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, ids: Tensor, inside: Tensor, question: Tensor, sentence: Tensor) -> Tensor:
        return self.network.score(ids, inside, question, sentence)


def _check(
    converted: Converted, batches: Sequence[Sequence[Row]], wanted: Sequence[LogOdds]
) -> None:
    """Compare the converted network's log-odds to what they were.

    Raises:
        NotConvertible: they differ by more than rounding.
    """
    for batch, known in zip(batches, wanted, strict=True):
        got = converted.run(inputs(batch))
        worst = float(np.abs(got - known).max()) if got.shape == known.shape else np.inf
        if not worst <= _MOST_DIFFERENCE:  # not a number is no pass
            raise NotConvertible(f"it gives other values when converted (by {worst:.2f})")

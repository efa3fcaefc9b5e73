"""Networks for the processor: converted to OpenVINO once, cached, and run without torch."""

from rag.models.inference.model_cache import (
    CachedNetwork,
    Conversion,
    Options,
    cached_network,
    has_gpu,
)
from rag.models.inference.runtime import Floats, Inputs, Network, NotConvertible, convert

__all__ = [
    "CachedNetwork",
    "Conversion",
    "Floats",
    "Inputs",
    "Network",
    "NotConvertible",
    "Options",
    "cached_network",
    "convert",
    "has_gpu",
]

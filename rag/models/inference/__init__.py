"""Networks for the processor: converted to OpenVINO once, kept, and run without torch."""

from rag.models.inference.model_cache import Conversion, Kept, NotConvertible, kept
from rag.models.inference.options import Options, has_gpu
from rag.models.inference.runtime import Floats, Inputs, Network, convert, is_installed, version

__all__ = [
    "Conversion",
    "Floats",
    "Inputs",
    "Kept",
    "Network",
    "NotConvertible",
    "Options",
    "convert",
    "has_gpu",
    "is_installed",
    "kept",
    "version",
]

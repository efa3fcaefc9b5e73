"""Does this sentence, in its passage, answer this question? A small model reads both at once."""

from rag.cross_encoder.model import BUILT_IN, CrossEncoder, open_cross_encoder
from rag.cross_encoder.windows import Window

__all__ = ["BUILT_IN", "CrossEncoder", "Window", "open_cross_encoder"]

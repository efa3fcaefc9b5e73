"""Does this sentence, where it stands, answer this question? A small model reads both at once."""

from rag.cross_encoder.excerpts import BEFORE_CHARACTERS, Excerpt
from rag.cross_encoder.model import BUILT_IN, CrossEncoder, open_cross_encoder
from rag.cross_encoder.remembered import Remembered

__all__ = [
    "BEFORE_CHARACTERS",
    "BUILT_IN",
    "CrossEncoder",
    "Excerpt",
    "Remembered",
    "open_cross_encoder",
]

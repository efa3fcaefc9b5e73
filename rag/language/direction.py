"""In which direction a text is written."""

from __future__ import annotations

import unicodedata
from collections import Counter


def is_right_to_left(text: str) -> bool:
    """Whether more letters are of scripts that run from right to left than of others."""
    kinds = Counter(unicodedata.bidirectional(letter) for letter in text if letter.isalpha())
    return kinds["R"] + kinds["AL"] > kinds["L"]

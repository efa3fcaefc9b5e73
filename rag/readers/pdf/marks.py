"""Raised characters: the marks of notes, which are not part of a sentence, and what is.

Pure functions. ``arrested.¹²`` would otherwise read as ``arrested.12``, and ``2019⁴`` as 20194.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["CLOSING", "MARK", "Piece", "is_raised", "text_of_pieces"]

MARK = re.compile(r"[\[(]?[\d*†‡§¶]{1,4}(?:\s?[,;–-]\s?[\d*†‡§¶]{1,4})*[\])]?")
"""What is a note's mark where it is raised: digits or signs, possibly several with commas."""

# Raised is what is so much smaller and higher, in units of the size of the text around it.
_SMALLER, _HIGHER = 0.85, 0.12

_UNIT = re.compile(r"(?:^|[\s(/\d])(?:[kcdm]?m|mi|ft|yd)$")
_BASE = re.compile(r"[×x*·]\s?10$|[$£€¥]\s?\d+$")
_NUMBER = re.compile(r"[−–-]?\d+")
_EXPONENTS = str.maketrans("0123456789-−–+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻⁻⁺")
CLOSING = ".,;:!?)]”’"
"""Signs that stand close to what is before them."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A character with its size and its height over the baseline of its line."""

    text: str
    size: float
    height: float


def is_raised(size: float, height: float, *, beside: float) -> bool:
    """Whether a character of this size and height is raised against text of size ``beside``."""
    return size <= _SMALLER * beside and height >= _HIGHER * beside


def text_of_pieces(pieces: Sequence[Piece], *, size: float) -> tuple[str, int]:
    """The text of characters on one line, most of which are of ``size``, without note marks.

    Exponents become characters of their own (``km²``). A mark at the beginning stays, as it may be
    that of the note itself; the second value is its length, 0 where there is none.
    """
    text, mark, dropped = "", 0, False
    for part, raised in _parts(pieces, size):
        if not raised:
            text = text.rstrip() + part if dropped and part[:1] in CLOSING else text + part
        elif _is_exponent(text, part.strip()):
            text += part.translate(_EXPONENTS)
        elif MARK.fullmatch(part.strip()) is None:
            text += part
        elif not text.strip():
            text, mark = part.strip() + " ", len(part.strip())
        else:
            text, dropped = text + part[len(part.rstrip()) :], True
            continue
        dropped = False
    return text, mark


def _parts(pieces: Sequence[Piece], size: float) -> Iterator[tuple[str, bool]]:
    """The text cut where it rises and falls; a space goes with what is before it."""
    part, raised = "", False
    for piece in pieces:
        here = raised if piece.text.isspace() else is_raised(piece.size, piece.height, beside=size)
        if here != raised:
            if part:
                yield part, raised
            part, raised = "", here
        part += piece.text
    if part:
        yield part, raised


def _is_exponent(text: str, part: str) -> bool:
    """Whether digits raised after ``text`` belong to a unit, a power of ten or a price."""
    if part in {"2", "3"} and _UNIT.search(text):
        return True
    return _NUMBER.fullmatch(part) is not None and _BASE.search(text) is not None

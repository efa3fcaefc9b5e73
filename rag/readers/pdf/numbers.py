"""Page numbers as they are printed: what number they are, and how others are written like them.

Pure functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["ROMAN", "PrintedNumber", "printed_numbers", "roman_value", "to_roman"]

ROMAN = r"(?=[ivxlc])c{0,3}(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})"
"""A pattern for Roman numbers under 400 in lower case; words such as ``civil`` are none."""

_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_PARTS = ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"))

# An Arabic number with the letter or number of its part before it, or a Roman number.
_ARABIC = re.compile(r"(?<![\w.,/-])((?:[A-Z]{1,2}|\d{1,2})[-–.])?(\d{1,5})(?![\w,/]|\.\d|-\d)")
_ROMAN = re.compile(rf"(?<![\w-])(?:({ROMAN})|({ROMAN.upper()}))(?![\w-])")
_OF = re.compile(r"(\d{1,5})\s*(?:of|/|sur|de|von)\s*\d{1,5}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PrintedNumber:
    """A number and how it is written: ``kind`` is ``arabic``, ``roman`` or ``ROMAN``."""

    kind: str
    prefix: str
    value: int

    def label(self, value: int) -> str:
        """``value`` written in the same way."""
        if self.kind == "arabic":
            return f"{self.prefix}{value}"
        roman = to_roman(value)
        return roman if self.kind == "roman" else roman.upper()


def printed_numbers(text: str) -> Iterator[PrintedNumber]:
    """All that may be the number of the page in ``text``, a line of its furniture."""
    of = _OF.search(text)
    if of:
        yield PrintedNumber("arabic", "", int(of[1]))
        return
    for match in _ARABIC.finditer(text):
        yield PrintedNumber("arabic", match[1] or "", int(match[2]))
    for match in _ROMAN.finditer(text):
        kind = "roman" if match[0].islower() else "ROMAN"
        yield PrintedNumber(kind, "", roman_value(match[0]))


def roman_value(letters: str) -> int:
    """The value of a Roman number in either case."""
    values = [_VALUES[letter] for letter in letters.lower()]
    following = [*values[1:], 0]
    return sum(
        -value if value < after else value for value, after in zip(values, following, strict=True)
    )


def to_roman(value: int) -> str:
    """``value``, at least 1, in lower case."""
    letters = ""
    for size, part in _PARTS:
        while value >= size:
            letters, value = letters + part, value - size
    return letters + "i" * value

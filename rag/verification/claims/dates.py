"""Dates in a text, as far as each is told: a year, a month of a year, a day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.verification.claims.lexicon import MONTHS
from rag.verification.claims.reading import plain

__all__ = ["Date", "dates_in", "years_in"]

_SHORT = {month[:3]: number for number, month in enumerate(MONTHS, start=1)} | {"sept": 9}
_MONTH = (
    rf"(?:(?:{'|'.join(month.capitalize() for month in MONTHS)})\b|"
    r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_DAY = r"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?"
_YEAR = r"(?:1[0-9]|20)\d\d"
_TILL = r"\s?(?:-|–|to|and|until|through)\s?"
_PATTERN = re.compile(
    rf"""(?x)
    \b(?P<m1>{_MONTH})\s+(?P<d1>{_DAY})\b(?:{_TILL}(?P<d1b>{_DAY})\b(?!\s*(?:{_MONTH}|percent|%)))?
        (?:,?\s+(?P<y1>{_YEAR})\b)?
    |\b(?P<d2>{_DAY})(?:{_TILL}(?P<d2b>{_DAY}))?\s+(?:of\s+)?(?P<m2>{_MONTH})(?:,?\s+(?P<y2>{_YEAR})\b)?
    |\b(?P<m3>{_MONTH})(?:\s+of)?,?\s+(?P<y3>{_YEAR})\b
    |\b(?P<y4>{_YEAR})-(?P<m4>0[1-9]|1[0-2])(?:-(?P<d4>0[1-9]|[12]\d|3[01]))?\b
    |\b(?P<d5>0?[1-9]|[12]\d|3[01])[./](?P<m5>0?[1-9]|1[0-2])[./](?P<y5>{_YEAR})\b
    |(?<=\b[Ii]n\s)(?P<m6>{_MONTH})|(?<=[a-z]\s)(?P<m7>{_MONTH})(?!\s+[A-Z])
    |(?<![\d,.$€£])\b(?P<y8>{_YEAR})(?:[-–/](?P<to>\d\d))?\b(?!,\d|\.\d|\s*%|\s+percent|s\b)
    """
)


@dataclass(frozen=True, slots=True)
class Date:
    """A date at ``[start, end)`` of a text; what is not told is None."""

    year: int | None
    month: int | None
    day: int | None
    start: int
    end: int

    def fits(self, other: Date) -> bool:
        """Whether both may be the same date: no part is told differently."""
        pairs = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        return all(one is None or two is None or one == two for one, two in pairs)

    def adds(self, other: Date) -> bool:
        """Whether it tells a part of the date that ``other`` leaves out."""
        pairs = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        return any(one is not None and two is None for one, two in pairs)


@lru_cache(maxsize=4_000)
def dates_in(text: str) -> tuple[Date, ...]:
    """The dates of a text, in order; a year alone is one too."""
    return tuple(_dates(plain(text)))


def years_in(dates: Sequence[Date]) -> set[int]:
    """The years that some dates tell."""
    return {date.year for date in dates if date.year is not None}


def _dates(text: str) -> Iterator[Date]:
    for found in _PATTERN.finditer(text):
        parts = {name: value for name, value in found.groupdict().items() if value}
        month = next((_month(parts[name]) for name in parts if name[0] == "m"), None)
        year = next((int(parts[name]) for name in parts if name[0] == "y"), None)
        days = [int(re.sub(r"\D", "", parts[name])) for name in parts if name[0] == "d"]
        told: list[int | None] = [*days] or [None]
        for day in told:
            yield Date(year, month, day, *found.span())
        if "to" in parts and year is not None:
            yield Date(year // 100 * 100 + int(parts["to"]), None, None, *found.span())


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    short = text.lower().rstrip(".")
    return _SHORT.get(short) or _SHORT[short[:3]]

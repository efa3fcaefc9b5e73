"""Days and months in a text, in any form; years alone are figures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rag.language.word_lists import listed

_NAMES = listed(
    "january february march april may june july august september october november december"
)
MONTHS = {name: number for number, name in enumerate(_NAMES, start=1)}
MONTHS |= {name[:3]: number for name, number in MONTHS.items()} | {"sept": 9}
_MONTH = "|".join(name.capitalize() for name in sorted(MONTHS, key=len, reverse=True))
_DAY = r"(?:[12]\d|3[01]|0?[1-9])"
_TILL = r"\s?(?:-|–|to|and|until|through)\s?"
_YEAR = r"(?:1[5-9]|20)\d\d"
# "May" and "March" are months only where something says so; the others by themselves.
_PATTERN = re.compile(
    rf"""(?x)
    \b(?P<y1>{_YEAR})-(?P<m1>0[1-9]|1[0-2])(?:-(?P<d1>0[1-9]|[12]\d|3[01]))?\b
    |\b(?P<d2>{_DAY})[./](?P<m2>{_DAY})[./](?P<y2>{_YEAR})\b
    |\b(?P<d3>{_DAY})(?:st|nd|rd|th)?(?:{_TILL}(?P<d3b>{_DAY})(?:st|nd|rd|th)?)?\s+(?:of\s+)?
        (?P<m3>{_MONTH})\b\.?(?:,?\s+(?P<y3>{_YEAR})\b)?
    |\b(?P<m4>{_MONTH})\b\.?\s+(?P<d4>{_DAY})(?:st|nd|rd|th)?\b(?!\d|\s?%|\s+per\s?cent)
        (?:{_TILL}(?P<d4b>{_DAY})(?:st|nd|rd|th)?\b(?!\s+(?:{_MONTH})))?(?:,?\s+(?P<y4>{_YEAR})\b)?
    |\b(?P<m5>{_MONTH})\b\.?(?:\s+of)?,?\s+(?P<y5>{_YEAR})\b
    |\b(?P<m6>(?!May|Mar)(?:{_MONTH}))\b
    |(?<=\b[Ii]n\s)(?P<m7>{_MONTH})\b|(?<=\b(?:by|of)\s)(?P<m8>{_MONTH})\b
    |(?<=\b(?:last|late|next|this|from)\s)(?P<m9>{_MONTH})\b
    |(?<=\b(?:since|until|early|after)\s)(?P<m10>{_MONTH})\b|(?<=\bduring\s)(?P<m11>{_MONTH})\b
    |(?<=\bbefore\s)(?P<m12>{_MONTH})\b|(?<=-)(?P<m13>March|May)\b
    """
)


@dataclass(frozen=True, slots=True)
class Date:
    """A month, with the day and the year where they are told."""

    written: str
    month: int
    day: int | None = None
    year: int | None = None


def has_date(date: Date, text: str) -> bool:
    """Whether a text has this day or month; the year may stand apart from it where it has none."""
    years = {int(each) for each in re.findall(rf"\b{_YEAR}\b", text)}
    for _, _, other in date_spans(text):
        same = other.month == date.month and (date.day is None or other.day == date.day)
        year = date.year is None or date.year == other.year
        if same and (year or (other.year is None and date.year in years)):
            return True
    return False


@lru_cache(maxsize=2_000)
def date_spans(text: str) -> tuple[tuple[int, int, Date], ...]:
    """The dates of a text with the characters ``[start, end)`` of each; two of "3–5 May"."""
    return tuple(each for found in _PATTERN.finditer(text) for each in _dates(found))


def _dates(found: re.Match[str]) -> Iterator[tuple[int, int, Date]]:
    fields = {name: value for name, value in found.groupdict().items() if value}
    month = next(value for name, value in fields.items() if name[0] == "m")
    days = [int(value) for name, value in fields.items() if name[0] == "d"]
    year = next((int(value) for name, value in fields.items() if name[0] == "y"), None)
    written = " ".join(found[0].split())
    dates: list[tuple[int, int | None]]
    if not month.isdigit():
        dates = [(MONTHS[month.lower()], day) for day in days] or [(MONTHS[month.lower()], None)]
    elif "m2" in fields:  # 3/5/2019 is the third of May to some, the fifth of March to others
        dates = [(int(month), days[0]), (days[0], int(month))]
    else:
        dates = [(int(month), days[0] if days else None)]
    for number, day in dates:
        if number <= len(_NAMES):
            yield found.start(), found.end(), Date(written, number, day, year)

"""What is known about a document: names of fields, dates, and which source wins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from typing import Final

from rag.readers.blocks import clean
from rag.schema import Metadata

__all__ = ["KNOWN", "iso_date", "merge_metadata", "metadata_from"]

KNOWN: Final = tuple(each.name for each in fields(Metadata) if each.name != "extra")

_MONTH_NAMES = (
    ("january", "jan"),
    ("february", "feb"),
    ("march", "mar"),
    ("april", "apr"),
    ("may",),
    ("june", "jun"),
    ("july", "jul"),
    ("august", "aug"),
    ("september", "sep", "sept"),
    ("october", "oct"),
    ("november", "nov"),
    ("december", "dec"),
)
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names}
_ISO = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?![\d-])")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\s+([a-z]+)\.?,?\s+(\d{4})\b", re.IGNORECASE)
_MONTH_FIRST = re.compile(r"([a-z]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b", re.IGNORECASE)
_NO_DAY = re.compile(r"([a-z]+)\.?,?\s+(\d{4})\b", re.IGNORECASE)
_NUMBERS = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})\b")
_WEEKDAY = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+", re.IGNORECASE)


def merge_metadata(*, first: Metadata, then: Metadata) -> Metadata:
    """Both together; where both know a field, ``first`` wins. ``extra`` is merged key by key."""
    known = {name: getattr(first, name) or getattr(then, name) for name in KNOWN}
    return Metadata(**known, extra={**then.extra, **first.extra})


def metadata_from(pairs: Mapping[str, str] | Iterable[tuple[str, str]]) -> Metadata:
    """Metadata from names and values; names are compared without regard to case.

    Empty values count as not given. Fields that are not known go to ``extra`` as they are, and so
    does a date that cannot be understood.
    """
    items = pairs.items() if isinstance(pairs, Mapping) else pairs
    known: dict[str, str] = {}
    extra: dict[str, str] = {}
    for given, value in items:
        name, text = given.strip().lower(), clean(value)
        if not text or not name:
            continue
        found = iso_date(text) if name == "date" else text
        if name in KNOWN and found:
            known.setdefault(name, found)
        else:
            extra.setdefault(given.strip(), text)
    return Metadata(**known, extra=extra)


def iso_date(text: str) -> str | None:
    """``text`` as ISO 8601, shortened to the month or year if it says no more; None if unsure.

    Understood are ISO dates and times, ``13 March 2019``, ``March 13, 2019``, ``March 2019`` and
    ``13/3/2019``, but not ``3/4/2019``, which is a day in March or in April.
    """
    text = _WEEKDAY.sub("", text.strip())
    if match := _ISO.match(text):
        return _checked(match[1], match[2], match[3])
    if match := _DAY_FIRST.match(text):
        return _checked(match[3], _MONTHS.get(match[2].lower()), match[1], named=True)
    if match := _MONTH_FIRST.match(text):
        return _checked(match[3], _MONTHS.get(match[1].lower()), match[2], named=True)
    if match := _NO_DAY.match(text):
        return _checked(match[2], _MONTHS.get(match[1].lower()), None, named=True)
    if match := _NUMBERS.match(text):
        return _from_numbers(int(match[1]), int(match[2]), match[3])
    return None


def _from_numbers(one: int, two: int, year: str) -> str | None:
    if one != two and one <= 12 and two <= 12:
        return None
    day, month = (one, two) if two <= 12 else (two, one)
    return _checked(year, month, day)


def _checked(
    year: str, month: str | int | None, day: str | int | None, *, named: bool = False
) -> str | None:
    if month is None:
        return None if named else year
    try:
        found = date(int(year), int(month), int(day or 1))
    except ValueError:
        return None
    return found.isoformat() if day else found.isoformat()[:7]

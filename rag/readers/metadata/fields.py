"""The fields of metadata, dates in ISO 8601, and merging what several sources say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from typing import Final

from rag.readers.blocks import clean
from rag.schema import Metadata

KNOWN: Final = tuple(each.name for each in fields(Metadata) if each.name != "extra")
"""The names of the fields that are not in ``extra``."""

MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
"""Pattern of an English month's name, to be used without regard to case."""
DAY: Final = r"\d{1,2}(?:st|nd|rd|th)?"
"""Pattern of a day of the month."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?![\d-])")
_NAMED = re.compile(
    rf"(?:(?P<day>{DAY})\s+(?P<month>{MONTH}),?|(?P<month_first>{MONTH})\s+(?P<day_last>{DAY}),?"
    rf"|(?P<only_month>{MONTH}),?)\s+(?P<year>\d{{4}})\b",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})\b")
_YEAR = re.compile(r"(?:19|20)\d\d")
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
    if match := _NAMED.match(text):
        month = match["month"] or match["month_first"] or match["only_month"]
        day = re.sub(r"\D", "", match["day"] or match["day_last"] or "")
        return _checked(match["year"], _MONTHS.index(month[:3].lower()) + 1, day)
    if match := _NUMBERS.match(text):
        one, two = int(match[1]), int(match[2])
        if one != two and max(one, two) <= 12:
            return None
        return _checked(match[3], *((two, one) if two <= 12 else (one, two)))
    return None


def date_or_year(text: str) -> str | None:
    """``text`` as :func:`iso_date` has it, or the year where the rest is not understood.

    As of ``3/4/2019``, ``11 février 2019`` and ``2019年2月11日``: a year, with no more than two
    small numbers and three words.
    """
    if found := iso_date(text):
        return found
    numbers = re.findall(r"\d+", text)
    years = [each for each in numbers if _YEAR.fullmatch(each)]
    words = re.findall(r"[^\W\d_]+", text)
    is_short = len(numbers) <= 3 and len(words) <= 3
    others = [each for each in numbers if each not in years]
    fits = is_short and all(len(each) <= 2 for each in others) and (others or len(words) <= 1)
    return years[0] if len(years) == 1 and fits else None


def _checked(year: str, month: str | int | None, day: str | int | None) -> str | None:
    """The date in ISO 8601, if there is such a day."""
    try:
        found = date(int(year), int(month or 1), int(day or 1)).isoformat()
    except ValueError:
        return None
    return found if day else found[:7] if month else year

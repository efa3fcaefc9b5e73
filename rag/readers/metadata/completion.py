"""Fill in missing metadata from the front page of a report and the name of its file.

What the file's own properties say counts first, then its front page, then its name. Where there is
doubt, a field stays empty: no country is better than a wrong one. The speaker is never guessed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath

from rag.language.detection import language_of
from rag.language.document_country import country_of_file, country_of_title
from rag.language.word_lists import words
from rag.readers.metadata.fields import iso_date, merge_metadata
from rag.readers.metadata.front_page import institution, read_front_page
from rag.schema import YEARS_OF_ROWS, Metadata, Reading

_APART = re.compile(r"[\W_]+")
_DATE = re.compile(
    r"(?<![^\W_])((?:19|20)\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?![^\W_])"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_ANY_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")
_YEAR_OF_REPORT = re.compile(r"(?<![\w./–-])(?:19|20)\d\d(?![\w/–-])")

# Kinds of documents that are about a year.
_YEARLY = words(
    "report review survey yearbook bulletin statement factsheet assessment profile update"
)
_YEARLY_TITLE = re.compile(rf"\b(?:{'|'.join(_YEARLY)}|reports|fact\s?sheet)\b", re.IGNORECASE)
_YEARLY_FILE = _YEARLY | words("briefing speech hrr")
# About the report of a year, and perhaps from the next.
_ABOUT_ANOTHER = re.compile(
    r"\b(?:release|launch|presentation|response|reply|comments?|remarks|press|briefing|on\s+the)\b",
    re.IGNORECASE,
)


def complete(reading: Reading, *, name: str) -> Metadata:
    """The metadata of ``reading``, with what its front page and its file name add.

    ``name`` is the name of the file, with or without folders. Fields that are known stay as they
    are; those for which nothing plain is said stay None. ``date`` may be a year only; ``country``
    is an English name, ``language`` an ISO 639 code. Where the rows have dates and the document has
    none, ``extra`` has their years.
    """
    stem = PurePosixPath(name.replace("\\", "/")).stem
    found = merge_metadata(first=reading.metadata, then=_front_page(reading))
    title = found.title or ""
    date = found.date or _date_of_file(stem) or year_of_title(title) or _year_of_file(stem)
    years = sorted({page.date[:4] for page in reading.pages if page.date}) if not date else ()
    return replace(
        found,
        extra={YEARS_OF_ROWS: ", ".join(years), **found.extra} if years else found.extra,
        publisher=found.publisher or (institution(found.author) if found.author else None),
        date=date,
        country=found.country or _country(title, stem),
        language=found.language or language_of(reading.text),
    )


def _front_page(reading: Reading) -> Metadata:
    """What the top of the text says; a cell named Date or Author speaks of its row alone."""
    found = read_front_page(reading)
    of_rows = any(page.kind == "row" for page in reading.pages[:1])
    return Metadata(title=found.title) if of_rows else found


def _country(title: str, stem: str) -> str | None:
    """The country that title or file name is about; none if they do not agree."""
    named = {country_of_title(title), country_of_file(stem)} - {None}
    return named.pop() if len(named) == 1 else None


def year_of_title(title: str) -> str | None:
    """The year of a title such as "2019 Human Rights Report"; none if there are several."""
    is_dated = len(_ANY_YEAR.findall(title)) == 1 and not _ABOUT_ANOTHER.search(title)
    if not is_dated or not _YEARLY_TITLE.search(title):
        return None
    found = _YEAR_OF_REPORT.search(title)
    return found[0] if found else None


def _date_of_file(stem: str) -> str | None:
    """The day in a name such as ``briefing-2019-03-13`` or ``20190313_briefing``."""
    dates = {iso_date("-".join(match.group(1, 3, 4))) for match in _DATE.finditer(stem)}
    return dates.pop() if len(dates) == 1 else None


def _year_of_file(stem: str) -> str | None:
    """The year at the end of a name such as ``ethiopia-2019`` or ``annual_report_2019``.

    "apollo-11-1969" has a year as well, but it is that of the event.
    """
    parts = [part for part in _APART.split(stem) if part]
    years = [part for part in parts if _YEAR.fullmatch(part)]
    if len(years) != 1 or parts[-1] != years[0]:
        return None
    is_report = _YEARLY_FILE & {part.lower() for part in parts} or country_of_file(stem)
    return years[0] if is_report else None

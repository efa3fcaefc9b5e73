"""Metadata from the top of a report: title, publisher, author and date.

Only lines in the form of such a statement count. A date inside a sentence is no date of
publication, and a name in the text is not its author; where there is doubt, a field stays empty.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import takewhile

from rag.language.word_lists import words
from rag.readers.blocks import BETWEEN
from rag.readers.metadata.fields import DAY, MONTH, iso_date
from rag.schema import Metadata, Reading

_LISTS: dict[str, list[str]] = tomllib.loads(
    files(__package__).joinpath("front_page.toml").read_text("utf-8")
)


def _pattern(*alternatives: str) -> re.Pattern[str]:
    """Alternatives without regard to case, kinds of apostrophes, or how words are spaced."""
    pattern = "|".join(alternatives).replace(" ", r"\s+").replace("children's", "children['’]s")
    return re.compile(pattern, re.IGNORECASE)


# What stands further down is not on the front page, or not about the report. The text itself
# begins where a paragraph is longer than what is said about a report.
_MOST_BLOCKS, _MOST_CHARACTERS, _SHORTEST_TEXT = 25, 2500, 300
_LONGEST_LINE, _LONGEST_TITLE = 120, 200

# A date on its own further down may be that of anything: of an event, or of today.
_MOST_BEFORE_DATE = 8

_FULL_DATE = rf"(?:{MONTH}\s+{DAY},?\s+\d{{4}}|{DAY}\s+{MONTH},?\s+\d{{4}})"
_DATE = rf"(?:{_FULL_DATE}|{MONTH},?\s+\d{{4}}|\d{{4}}-\d\d-\d\d)"
_WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s+)?"
_LABELLED_DATE = re.compile(
    r"^(?:for\s+immediate\s+release|(?:date\s+(?:of\s+publication|published|issued|released)"
    r"|publication\s+date|release\s+date|published|issued|released|posted|date)(?:\s+on)?)"
    rf"\s*[:,–—-]?\s*{_WEEKDAY}(?P<date>{_DATE})\b",
    re.IGNORECASE,
)
# A place and a time may stand beside it: "Washington, DC, March 13, 2019, 10:00 a.m."
_ONLY_DATE = re.compile(
    rf"^(?:[^\W\d_][\w .'’-]*,\s*){{0,2}}{_WEEKDAY}(?P<date>{_DATE})"
    r"(?:[,\s]+\d{1,2}[:.]\d\d\s*(?:[ap]\.?m\.?)?(?:\s+[A-Z]{2,4})?)?\.?$",
    re.IGNORECASE,
)
_DATELINE = re.compile(
    r"^\(?[A-Z][\w'’-]*(?:[ ,.]{1,2}[A-Z][\w'’-]*){0,3}\.?,\s+"
    rf"(?P<date>(?i:{_FULL_DATE}))\s*(?:\([^)]{{1,30}}\)\s*)?(?:\)\s*)?[-–—]"
)
_AFTER_AUTHOR = re.compile(rf"\s*(?:[|•·,–—-]\s*)?(?P<date>(?i:{_FULL_DATE}))$")

# A chronology has dates of its own between the paragraphs.
_MOST_DATES = 2

_NAME = (
    r"[^\W\d_a-z][\w'’.-]*(?:\s+(?:(?:de|da|di|dos|du|la|le|van|von|der|den|ter|bin|ibn|al|el)\s+)*"
    r"[^\W\d_a-z][\w'’.-]*){1,4}"
)
_BY = re.compile(
    rf"^(?:by|author:|authors:|written\s+by:?)\s+(?-i:(?P<name>{_NAME}(?:,?\s+(?:and|&)\s+{_NAME})?))",
    re.IGNORECASE,
)
_NO_PERSONS = frozenset(_LISTS["no_persons"])

_PUBLISHED_BY = re.compile(
    r"^(?:published|issued)\s+by:?\s+(?:the\s+)?(?P<name>[^\W\d_][^.;:|©]{2,80}?)\s*[.;|]?$",
    re.IGNORECASE,
)
_COPYRIGHT = re.compile(
    r"^(?:copyright\s*)?(?:©|\(c\)|copyright)\s*(?:\d{4}(?:\s*[-–]\s*\d{4})?,?\s+)?(?:by\s+)?"
    r"(?:the\s+)?(?P<name>[^\W\d_][^.;:|©\d]{2,80}?)(?:,?\s+\d{4})?\s*"
    r"(?:[.|,]?\s*all\s+rights\s+reserved)?\.?$",
    re.IGNORECASE,
)
_UNITED_NATIONS = (
    f"(?:united nations|un)(?: (?:{'|'.join(_LISTS['bodies_of_the_united_nations'])}))?"
)
_INSTITUTION = _pattern(
    r"(?:the )?(?:(?:united states|u\.?\s?s\.?|uk|federal|national) )?(?:department|ministry) "
    r"(?:of|for) (?:the )?[\w\s,&’'-]{3,60}",
    f"(?:office of the )?{_UNITED_NATIONS}",
    *_LISTS["institutions"],
)
_BESIDE = re.compile(r"(?<!\s)\s+[•·|]\s+")
_SMALL = {word.capitalize(): word for word in words("of the and for in on to")}
_ABBREVIATIONS = frozenset(word.upper() for word in _LISTS["abbreviations"])
_NO_TITLE = _pattern(
    *_LISTS["parts_of_reports"],
    r"(?:annex|appendix|for immediate release).*",
    r"(?:chapter|section|part|article|page)\b.*",
    r"\W*\d[\d.]*\W.*",
)
_WORD = re.compile(r"[^\W_]{2,}")


_Line = tuple[str, int | None]  # a block at the top, with its level if it is a heading


def read_front_page(reading: Reading) -> Metadata:
    """What the top of the text says, field by field; None where it says nothing plain."""
    lines = list(_lines(reading))
    short = [line for line in lines if len(line[0]) <= _LONGEST_LINE]
    return Metadata(
        title=_title(lines, reading),
        publisher=_publisher(short),
        author=_author([line for line, _ in short]),
        date=_date([line for line, _ in lines], reading.text),
    )


def institution(text: str) -> str | None:
    """``text`` if it is the name of an institution, such as a ministry; capitals are reduced."""
    name = _BESIDE.split(text)[0].strip()
    return _in_title_case(name) if _INSTITUTION.fullmatch(name) else None


def _lines(reading: Reading) -> Iterator[_Line]:
    """The blocks up to the first paragraph of the text, that one included."""
    levels = {heading.start: heading.level for heading in reading.headings}
    start = 0
    for text in reading.text[: 2 * _MOST_CHARACTERS].split(BETWEEN)[:_MOST_BLOCKS]:
        if start > _MOST_CHARACTERS:
            return
        yield text, levels.get(start)
        if len(text) > _SHORTEST_TEXT:
            return
        start += len(text) + len(BETWEEN)


def _title(lines: Sequence[_Line], reading: Reading) -> str | None:
    """The first heading of the outermost level, unless it names a part that all reports have.

    Where there are several, they are chapters, and only what begins the text is its title.
    """
    at = next((at for at, (_, level) in enumerate(lines) if level == 1), None)
    if at is None:
        return None
    first, _ = lines[at]
    if len(first) > _LONGEST_TITLE or _NO_TITLE.fullmatch(first) or _is_imprint(first):
        return None
    begins = all(_is_imprint(line) for line, _ in lines[:at])
    is_only = sum(each.level == 1 for each in reading.headings) == 1
    return first if (begins or is_only) and len(_WORD.findall(first)) > 1 else None


def _is_imprint(line: str) -> bool:
    """Whether a line says who published something, or when."""
    dated = _ONLY_DATE.match(line) or _LABELLED_DATE.match(line)
    return (
        institution(line) is not None or dated is not None or _NO_TITLE.fullmatch(line) is not None
    )


def _date(lines: Sequence[str], text: str) -> str | None:
    short = [line for line in lines if len(line) <= _LONGEST_LINE]
    for pattern, where in ((_LABELLED_DATE, short), (_AFTER_AUTHOR, short), (_DATELINE, lines)):
        found = next((date for line in where if (date := _matched(pattern, line))), None)
        if found:
            return found
    # Below a long line the text has begun, perhaps broken into lines of which one is a date.
    top = list(takewhile(lambda line: len(line) <= _LONGEST_LINE, lines))[:_MOST_BEFORE_DATE]
    alone = {date for line in top if (date := _matched(_ONLY_DATE, line))}
    return alone.pop() if len(alone) == 1 and not _is_chronology(text) else None


def _matched(pattern: re.Pattern[str], line: str) -> str | None:
    if pattern is _AFTER_AUTHOR:
        author = _BY.match(line)
        match = pattern.fullmatch(line, author.end()) if author else None
    else:
        match = pattern.match(line)
    return iso_date(match["date"]) if match else None


def _is_chronology(text: str) -> bool:
    return sum(_ONLY_DATE.match(block) is not None for block in text.split(BETWEEN)) > _MOST_DATES


def _author(lines: Sequence[str]) -> str | None:
    for line in lines:
        match = _BY.match(line)
        if match is None:
            continue
        ends = match.end() == len(line) or _AFTER_AUTHOR.fullmatch(line, match.end())
        if ends and not _NO_PERSONS & set(match["name"].lower().split()):
            return match["name"]
    return None


def _publisher(lines: Sequence[_Line]) -> str | None:
    for pattern in (_PUBLISHED_BY, _COPYRIGHT):
        for line, _ in lines:
            if (match := pattern.match(line)) and match["name"][0].isupper():
                return _in_title_case(match["name"].strip(" ,"))
    # A masthead: above the title, or below it before anything else is said.
    first = [line for line, level in lines[:3] if level in (None, 1)]
    return next((found for line in first if (found := institution(line))), None)


def _in_title_case(name: str) -> str:
    """``name``, or if it is in capitals, the same as it is written elsewhere."""
    if not name.isupper():
        return name
    first, *others = (
        word if word in _ABBREVIATIONS or "." in word else word.capitalize()
        for word in name.split()
    )
    return " ".join((first, *(_SMALL.get(word, word) for word in others)))

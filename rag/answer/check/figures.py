"""Figures in digits and in words, as values that can be compared.

A figure has one or more readings: "2 to 3 million" may begin with 2 or with 2,000,000. Two figures
are the same when they share a reading, exactly: 152 is not "about 150".
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from importlib import resources

from rag.answer.check.dates import date_spans

Reading = tuple[Fraction, str]
"""A value and its unit: ``%``, a currency, a measure, ``times``, ``th`` (17th), ``s`` (1990s)."""

_WORDS = tomllib.loads((resources.files("rag.answer.check") / "figures.toml").read_text("utf-8"))
_TENS = _WORDS["tens"].split()
_VALUES = {word: value for value, word in enumerate(_WORDS["ones"].split())}
_VALUES |= {word: 10 * value for value, word in enumerate(_TENS, start=2)}
_SCALES: dict[str, int] = _WORDS["scales"]
_ORDINALS = {word: value for value, word in enumerate(_WORDS["ordinals"].split(), start=1)}
_ORDINALS |= _WORDS["more_ordinals"]
_PARTS = _WORDS["parts"] | {word: value for word, value in _ORDINALS.items() if value > 3}
_SIGNS: dict[str, str] = _WORDS["signs"]
_TIMES: dict[str, int] = _WORDS["times"]
_MANY: dict[str, int] = _WORDS["many"]
_CURRENCIES: dict[str, str] = _WORDS["currencies"]
_MONEY = frozenset(_WORDS["money"].split())
_SPANS = frozenset(_WORDS["spans"].split())
_UNIT_WORD = re.compile(
    rf"(?i)[\s-]*(?:us |american )?({'|'.join(sorted(_MONEY | _SPANS, key=len, reverse=True))})s?\b"
)

_SMALL = "|".join(sorted(_VALUES, key=len, reverse=True))
_SCALE = "hundred|thousand|million|billion|trillion|dozen"
_PART = "|".join(sorted(_PARTS, key=len, reverse=True))
# "First" and "second" by themselves mostly number nothing.
_ORDINAL = "|".join(sorted(set(_ORDINALS) - {"first", "second"}, key=len, reverse=True))
_PATTERN = re.compile(
    rf"""(?ix)
    \b(?P<many>{"|".join(_MANY)})\b
    |\b(?P<count>a|an|one|two|three|four|five|\d+)[\s-]+(?P<part>{_PART})s?\b(?!\s+(?:time|day|year))
    |\b(?P<half>half)\b(?!-) | (?P<sign>[{"".join(_SIGNS)}])
    |\b(?P<times>twice|thrice|(?:double|treble|triple|quadruple)[sd]?|doubling|tripling)\b
    |\b(?P<decade>(?:1[5-9]|20)\d0)s\b
    |\b(?P<ordinal>\d+)(?:st|nd|rd|th)\b
    |\b(?:(?P<tens>{"|".join(_TENS)})-)?(?P<ordinal_word>{_ORDINAL}|(?<=-)(?:first|second))\b
    |(?P<currency>[$€£¥₹]\s?|\b(?:usd|eur|gbp)\s)?
     (?:(?<![\w.,])(?<![A-Za-z]-)
        (?P<digits>\d{{1,3}}(?:[,\u2009\u202f\u00a0 ]\d{{3}})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)*)
        (?:[\s-]?(?P<scale>{_SCALE}|bn|mn|m|k)s?\b)?
       |\b(?P<spelled>(?:an?\s+(?=(?:{_SCALE})\b))?(?:{_SMALL}|{_SCALE})
          (?:(?:[\s-]+|\s+and\s+)(?:{_SMALL}|{_SCALE}))*)\b)
     (?P<and_a_half>\s+and\s+a\s+half(?:\s+(?P<late>million|billion))?)?
     (?P<percent>\s?%|[\s-]per\s?cent(?:age)?\b|\s+pct\b)?
    """
)
_RANGE = re.compile(r"(?i)\s?(?:-|–|—|to|and|or)\s?")
# "One" that counts nothing: "no one", "one of them", "one must".
_NO_COUNT = re.compile(r"(?i)\b(?:no|any|every|some|each|another|this|that|which|the)[\s-]$")
_COUNTS = re.compile(r"\s+(?!of\b|another\b|or\b|and\b|is\b|was\b|can\b|must\b|who\b|that\b)\w")
_SINGLE = re.compile(r"(?i)\b(?:a single|sole|lone|only)\b")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as it is written, and what it may mean."""

    written: str
    readings: frozenset[Reading]


@lru_cache(maxsize=2_000)
def figures_in(text: str) -> tuple[Figure, ...]:
    """The figures of a text in their order, without those that are part of a day or a name."""
    taken = [(start, end) for start, end, _ in date_spans(text)]
    found = [
        (match, reading)
        for match in _PATTERN.finditer(text)
        if not any(match.start() < end and start < match.end() for start, end in taken)
        and (reading := _reading(text, match)) is not None
    ]
    return tuple(_with_range(text, found))


def has_figure(figure: Figure, text: str) -> bool:
    """Whether a text has the same figure.

    A sum without its currency is found in the sum with it, but not the other way round; 18 years
    are found in "aged 18", but not in 18 months.
    """
    there = {reading for other in figures_in(text) for reading in other.readings}
    there |= {(Fraction(date.year), "") for *_, date in date_spans(text) if date.year}
    counted = {value for value, unit in there if unit in _COUNTED}
    if (Fraction(1), "one") in figure.readings:
        return Fraction(1) in counted or _SINGLE.search(text) is not None
    return any(
        (value, unit) in there
        or (not unit and value in counted)
        or (unit in _SPANS and (value, "") in there)
        for value, unit in figure.readings
    )


_COUNTED = _MONEY | _SPANS | {"", "one"}


def _with_range(text: str, found: Sequence[tuple[re.Match[str], Reading]]) -> Iterator[Figure]:
    """The figures, with what "5 or 6 percent" and "2 to 3 million" say of their first figure."""
    for number, (match, (value, unit)) in enumerate(found):
        readings = {(value, unit)}
        if match["part"] and match["count"].lower() in ("a", "an"):  # a third of them, a third man
            readings.add((Fraction(_PARTS[match["part"].lower()]), "th"))
        if number + 1 < len(found):
            following, (_, other) = found[number + 1]
            if _RANGE.fullmatch(text, match.end(), following.start()):
                scale = _SCALES.get((following["scale"] or "").lower(), 1)
                readings |= {(value, other), (value * scale, unit), (value * scale, other)}
        yield Figure(" ".join(match[0].split()), frozenset(readings))


def _reading(text: str, match: re.Match[str]) -> Reading | None:
    if match["many"]:
        return Fraction(_MANY[match["many"].lower()]), "many"
    if match["part"] or match["half"] or match["sign"]:
        return 100 * _fraction(match), "%"
    if match["times"]:
        stem = re.sub(r"(?i)(?:d|s|ing)$", "", match["times"].lower())
        return Fraction(_TIMES.get(stem) or _TIMES[f"{stem}e"]), "times"
    if match["decade"]:
        return Fraction(match["decade"]), "s"
    if match["ordinal"]:
        return Fraction(match["ordinal"]), "th"
    if match["ordinal_word"]:
        tens = _VALUES[match["tens"].lower()] if match["tens"] else 0
        return Fraction(tens + _ORDINALS[match["ordinal_word"].lower()]), "th"
    return _number(text, match)


def _fraction(match: re.Match[str]) -> Fraction:
    if match["sign"]:
        return Fraction(_SIGNS[match["sign"]])
    if match["half"]:
        return Fraction(1, 2)
    count = match["count"].lower()
    return Fraction(
        int(count) if count.isdigit() else _VALUES.get(count, 1), _PARTS[match["part"].lower()]
    )


def _number(text: str, match: re.Match[str]) -> Reading | None:
    if match["digits"]:
        bare = re.sub(r"[,\s\u2009\u202f\u00a0]", "", match["digits"])
        value = Fraction(bare.replace(".", "") if bare.count(".") > 1 else bare)
        value *= _SCALES.get((match["scale"] or "").lower(), 1)
    else:
        value = Fraction(_spelled(match["spelled"]))
    if match["and_a_half"]:
        value += Fraction(_SCALES.get((match["scale"] or "").lower(), 1), 2)
        value *= _SCALES.get((match["late"] or "").lower(), 1)
    if match["percent"]:
        return value, "%"
    if (match["spelled"] or "").lower() == "one" and value == 1:
        before = text[max(match.start() - 10, 0) : match.start()]
        counts = not _NO_COUNT.search(before) and _COUNTS.match(text, match.end())
        return (Fraction(1), "one") if counts else None
    return value, _unit(text, match)


def _unit(text: str, match: re.Match[str]) -> str:
    sign = (match["currency"] or "").strip().lower()
    if sign:
        return _CURRENCIES[sign]
    word = _UNIT_WORD.match(text, match.end())
    return word[1].lower().replace("meter", "metre") if word else ""


def _spelled(text: str) -> int:
    """The value of a number in words, such as "two hundred and five thousand"."""
    total = group = 0
    for word in re.findall(r"[a-z]+", text.lower()):
        if word in _VALUES:
            group += _VALUES[word]
        elif word in ("hundred", "dozen"):
            group = max(group, 1) * _SCALES[word]
        elif word in _SCALES:
            total += max(group, 1) * _SCALES[word]
            group = 0
    return total + group

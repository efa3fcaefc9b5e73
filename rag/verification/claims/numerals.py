"""Numbers in digits and in words, and what they are numbers of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache, lru_cache

from rag.verification.claims.figures import Bound, Figure, Kind
from rag.verification.claims.lexicon import MEASURES
from rag.verification.claims.reading import plain, stem

__all__ = ["figures_in"]

_SMALL = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
_TENS = {
    word: 10 * number
    for number, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
_SCALES = {
    "hundred": 100,
    "thousand": 1000,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "dozen": 12,
    "bn": 10**9,
    "k": 1000,
    "m": 10**6,
}
_ORDINALS = {
    word: number
    for number, word in enumerate(
        [
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
            "thirteenth",
            "fourteenth",
            "fifteenth",
            "sixteenth",
            "seventeenth",
            "eighteenth",
            "nineteenth",
            "twentieth",
        ],
        start=2,
    )
} | {"hundredth": 100, "thirtieth": 30, "fortieth": 40, "fiftieth": 50}
_PARTS = {
    "half": 2,
    "halves": 2,
    "third": 3,
    "thirds": 3,
    "quarter": 4,
    "quarters": 4,
    "fourths": 4,
    **{f"{word}s": number for word, number in _ORDINALS.items() if number > 3},
    **{word: number for word, number in _ORDINALS.items() if number > 4},
}
_SIGNS = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅛": "1/8"}
_TIMES = {
    **dict.fromkeys(["double", "doubled", "doubles", "doubling", "twofold", "twice"], Fraction(2)),
    **dict.fromkeys(
        ["triple", "tripled", "triples", "tripling", "threefold", "thrice"], Fraction(3)
    ),
    **dict.fromkeys(["quadruple", "quadrupled", "fourfold"], Fraction(4)),
    **dict.fromkeys(["quintupled", "fivefold"], Fraction(5)),
    **dict.fromkeys(["halve", "halved", "halves", "halving"], Fraction(1, 2)),
}
_WHOLES = frozenset((*range(2, 13), 15, 20, 25, 30, 50, 100, 1000))
_MANY = "dozens|scores|hundreds|thousands|millions|billions|tens"
_DIGITS = r"\d{1,3}(?:[,\u2009\u202f\u00a0 ]\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3}){2,}|\d+(?:\.\d+)?"
_NAMED = "|".join(sorted((*_SMALL, *_TENS), key=len, reverse=True))
_SCALE_NAMES = "hundred|thousand|million|billion|trillion|dozen"
_SPELLED = (
    rf"(?:a\s+(?={_SCALE_NAMES}))?(?:{_NAMED}|{_SCALE_NAMES})\b"
    rf"(?:(?:[\s-]+|\s+and\s+)(?:{_NAMED}|{_SCALE_NAMES})\b)*"
)
_PART_NAMES = "|".join(sorted(_PARTS, key=len, reverse=True))
_PATTERN = re.compile(
    rf"""(?ix)
    (?P<many>\b(?:(?:tens|hundreds)\s+of\s+)?(?:{_MANY})\b)
    |(?P<ratio>\b(?:\d+|{_NAMED})\s+(?:in|out\s+of)\s+(?:every\s+)?(?:1000?|[2-9]\d?|1[0-5]|{_NAMED})\b(?!\s*(?:january|
        february|march|april|may|june|july|august|september|october|november|december)))
    |(?P<fraction>\b(?:a|an|one|two|three|four|\d)[\s-]+(?:{_PART_NAMES})\b(?!\s+(?:time|term|day|year))
        |\bhalf\b(?!-)|[½⅓⅔¼¾⅕⅛]|(?<![\d/])\d/\d(?![\d/]))
    |(?P<times>\b(?:{"|".join(_TIMES)})\b|\b(?:\d+|{_NAMED})\s+times\b)
    |(?P<decade>\b(?:1[5-9]|20)\d0s\b)
    |(?P<ordinal>\b\d+(?:st|nd|rd|th)\b|\b(?:(?:{"|".join(_TENS)})-)?(?:{"|".join(_ORDINALS)})\b)
    |(?P<currency>(?:us\$|[$€£¥₼]|\busd\s?|\beur\s?|\bgbp\s?)\s?)?
     (?:(?<![\w.])(?P<digits>{_DIGITS})
        (?:[\s-]?(?P<scale>hundred|thousand|million|billion|trillion|bn|mn|m|k)\b)?
      |\b(?P<spelled>{_SPELLED}))
     (?P<half>\s+and\s+a\s+half(?:\s+(?P<late>million|billion))?)?
     (?P<percent>\s*%|[\s-]per\s?cent(?:age\s+points?)?\b|\s+percentage\s+points?\b|\s+pct\b)?
    """
)
_BEFORE: tuple[tuple[Bound, str], ...] = (
    ("most", r"up to|at most|no more than|not more than|a maximum of|as many as|as high as"),
    (
        "above",
        r"more than|over|above|at least|no fewer than|no less than|exceeding|exceeded|upwards of|"
        r"greater than|higher than|a minimum of|in excess of",
    ),
    (
        "below",
        r"less than|fewer than|under|below|nearly|almost|close to|just short of|not quite|"
        r"lower than|smaller than",
    ),
    ("about", r"about|around|some|approximately|roughly|an estimated|estimated|circa|or so"),
)
_BOUNDS = tuple(
    (bound, re.compile(rf"(?i)(?:\b(?:{names}))(?:\s+(?:an?|the|us))?\s*$"))
    for bound, names in _BEFORE
)
_AFTER = re.compile(
    r"(?i)\s*(?:[-\s]\w+){0,2}?\s*\b(?P<above>or more|or higher)|\b(?P<below>or less)"
)
_CURRENCIES = {
    "$": "dollar",
    "us$": "dollar",
    "usd": "dollar",
    "€": "euro",
    "eur": "euro",
    "£": "pound",
    "gbp": "pound",
    "¥": "yen",
    "₼": "manat",
}
_NEXT = re.compile(r"[\s-]*(?:u\.?s\.?\s+)?([^\W\d_]+)")


@lru_cache(maxsize=4_000)
def figures_in(text: str) -> tuple[Figure, ...]:
    """The figures of a text, in order; "one" only where it counts something (kind ``one``)."""
    return tuple(_shared(_unsigned(plain(text))))


_TIE = re.compile(r"(?i)\s*(?:-|–|to|and|or|through)\s*")


def _shared(text: str) -> Iterator[Figure]:
    """The figures, where "5 or 6 percent" are two percentages and "2 to 3 million" are millions."""
    found = list(_figures(text))
    for number, figure in enumerate(found):
        following = found[number + 1] if number + 1 < len(found) else None
        if (
            following is None
            or figure.kind != "number"
            or figure.scaled
            or not _TIE.fullmatch(text, figure.end, following.start)
        ):
            yield figure
        elif following.kind == "percent" and figure.value <= 100:
            yield replace(figure, kind="percent")
        elif following.unit and not figure.unit:
            yield replace(figure, unit=following.unit)
        elif following.scaled and figure.value < 1000:
            yield replace(figure, value=figure.value * _scale_of(following), scaled=True)
        else:
            yield figure


def _scale_of(figure: Figure) -> int:
    word = figure.written.split()[-1].lower()
    return _SCALES.get(word, 1)


def _unsigned(text: str) -> str:
    """Dashes between figures as one sign that belongs to neither."""
    return re.sub(r"(?<=\d)-(?=\d)", "–", text)


def _figures(text: str) -> Iterator[Figure]:
    for found in _PATTERN.finditer(text):
        if _inside_name(text, found):
            continue
        if figure := _figure(text, found):
            yield figure


def _inside_name(text: str, found: re.Match[str]) -> bool:
    """Whether the digits are part of a name: "COVID-19", "G20", "F-16"."""
    before = text[max(found.start() - 12, 0) : found.start()]
    return re.search(r"[A-Z][A-Za-z]*[-+]$", before) is not None and not re.search(
        r"(?i)\b(?:mid|pre|post|late|early)-$", before
    )


def _figure(text: str, found: re.Match[str]) -> Figure | None:
    read = _value(found)
    if read is None:
        return None
    value, kind, digits = read
    unit = _unit(text, found)
    if found["fraction"] and (span := _OF_SPAN.match(text, found.end())):
        value, kind, unit = value * _DURATIONS[span[1].lower()][0] / 100, "number", "year"
    if unit in _DURATIONS and kind in ("number", "one"):
        value, unit = value * _DURATIONS[unit][0], _DURATIONS[unit][1]
    elif found["currency"] or unit in _CURRENCIES.values():
        kind = "money"
        sign = (found["currency"] or "").strip().lower()
        unit = _CURRENCIES.get(sign, unit)
    if kind == "one" and unit:
        kind = "number"
    if kind == "one" and (
        _NO_ONE.search(text[: found.start()]) or _ONE_OF.match(text, found.end())
    ):
        return None
    return Figure(
        value,
        kind,
        unit,
        _bound(text, found),
        digits,
        found.start(),
        found.end(),
        found[0].strip(),
        scaled=bool(found["scale"] or found["late"]),
        step=_step(found, value),
    )


def _step(found: re.Match[str], value: Fraction) -> Fraction:
    """What the last digit that is not 0 counts: 100,000 in "1.6 million", 1,000 in "44,000"."""
    if value.denominator == 1:
        bare = str(int(value))
        return Fraction(10 ** (len(bare) - len(bare.rstrip("0"))))
    return Fraction(1, 10 ** len((found["digits"] or "").partition(".")[2]))


_NO_ONE = re.compile(r"(?i)\b(?:no|any|every|each|another|this|that|which|the)[\s-]\Z")
_ONE_OF = re.compile(r"(?i)\s+of\b|\s+another\b")
_OF_SPAN = re.compile(r"(?i)\s+of\s+an?\s+(century|decade)\b")
_DURATIONS = {"decade": (10, "year"), "century": (100, "year")}


def _value(found: re.Match[str]) -> tuple[Fraction, Kind, int] | None:
    if found["many"]:
        return Fraction(_many(found["many"])), "many", 0
    if found["ratio"]:
        part, whole = re.split(r"(?i)\s+(?:in|out\s+of)\s+(?:every\s+)?", found["ratio"])
        if _whole_number(whole) not in _WHOLES or _whole_number(part) >= _whole_number(whole):
            return None
        return Fraction(100 * _whole_number(part), _whole_number(whole)), "percent", 2
    if found["fraction"]:
        return 100 * _fraction(found["fraction"]), "percent", 2
    if found["times"]:
        word = found["times"].lower()
        return _TIMES.get(word) or Fraction(_whole_number(word.split()[0])), "times", 1
    if found["decade"]:
        return Fraction(int(found["decade"][:-1])), "decade", 4
    if found["ordinal"]:
        return Fraction(_ordinal(found["ordinal"])), "ordinal", 2
    if found["digits"] is None and found["spelled"] is None:
        return None
    return _counted(found)


def _counted(found: re.Match[str]) -> tuple[Fraction, Kind, int]:
    if found["digits"]:
        bare = re.sub(r"[,\u2009\u202f\u00a0 ]", "", found["digits"])
        if bare.count(".") > 1:
            bare = bare.replace(".", "")
        value, digits = Fraction(bare), len(bare.replace(".", "").strip("0")) or 1
        scale = (found["scale"] or "").lower()
        value *= _SCALES.get("m" if scale == "mn" else scale, 1)
    else:
        value = Fraction(_spelled(found["spelled"]))
        digits = len(str(int(value)).rstrip("0")) or 1
    if found["half"]:
        value = (value + Fraction(1, 2)) * _SCALES.get((found["late"] or "").lower(), 1)
    if found["percent"]:
        return value, "percent", digits
    word = (found["spelled"] or "").lower()
    return value, ("one" if word == "one" else "number"), digits


def _many(text: str) -> int:
    table = {"dozens": 12, "scores": 20, "tens": 10, "hundreds": 100, "thousands": 1000}
    table |= {"millions": 10**6, "billions": 10**9}
    value = 1
    for word in re.findall(r"(?i)tens|dozens|scores|hundreds|thousands|millions|billions", text):
        value *= table[word.lower()]
    return value


def _whole_number(text: str) -> int:
    return int(text) if text.isdigit() else _spelled(text)


def _spelled(text: str) -> int:
    """The value of a number in words, such as "two hundred and five thousand"."""
    total = group = 0
    for word in re.findall(r"[a-z]+", text.lower()):
        if word in _SMALL or word in _TENS:
            group += _SMALL.get(word, _TENS.get(word, 0))
        elif word in ("hundred", "dozen"):
            group = max(group, 1) * _SCALES[word]
        elif word in _SCALES and word not in ("a", "m", "k"):
            total += max(group, 1) * _SCALES[word]
            group = 0
    return total + group


def _fraction(text: str) -> Fraction:
    if text in _SIGNS or "/" in text:
        above, below = _SIGNS.get(text, text).split("/")
        return Fraction(int(above), int(below) or 1)
    first, *rest = re.split(r"[\s-]+", text.lower())
    if not rest:
        return Fraction(1, 2)
    count = 1 if first in ("a", "an") else _whole_number(first)
    return Fraction(count, _PARTS[rest[-1]])


def _ordinal(text: str) -> int:
    if text[0].isdigit():
        return int(re.match(r"\d+", text)[0])  # type: ignore[index]
    *tens, last = text.lower().split("-")
    return sum(_TENS[word] for word in tens) + _ORDINALS[last]


@cache
def _measures() -> dict[str, str]:
    return {stem(word): group.split()[0] for group in MEASURES.split("/") for word in group.split()}


def _unit(text: str, found: re.Match[str]) -> str:
    following = _NEXT.match(text, found.end())
    return _measures().get(stem(following[1].lower()), "") if following else ""


def _bound(text: str, found: re.Match[str]) -> Bound:
    before = text[max(found.start() - 30, 0) : found.start()]
    for bound, pattern in _BOUNDS:
        if pattern.search(before):
            return bound
    after = _AFTER.match(text, found.end())
    if after:
        return "above" if after["above"] else "below"
    return "exact"

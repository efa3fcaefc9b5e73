"""What each figure of a sentence is a figure of, and who does what to whom."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from rag.verification.claims.dates import Date, dates_in
from rag.verification.claims.figures import Figure, says_same
from rag.verification.claims.lexicon import LIGHT, REPORTING, words
from rag.verification.claims.names import Name, names_in
from rag.verification.claims.numerals import figures_in
from rag.verification.claims.quoted import speakers_in
from rag.verification.claims.reading import Word, read, related

__all__ = ["figure_misplaced"]

_FAR = 12
_JOINTS = {",": 3, ";": 8, "and": 3, "while": 4, "but": 4, "or": 3, "(": 2, ":": 3, ".": 9}
_SINGLE = words("a an one single sole another the")
_TIES = frozenset(("and", "to", "or", "of", "the", "-", "–", ","))
Place = tuple[Figure, int, int]


def _tied(found: Sequence[Word], places: Sequence[Place]) -> list[Place]:
    """The places, where the two ends of a range stand at one and the same place."""
    tied = list(places)
    for number in range(len(tied) - 1):
        (one, first, last), (two, start, end) = tied[number], tied[number + 1]
        between = [word.lower for word in found[last + 1 : start]]
        if len(between) <= 2 and set(between) <= _TIES:
            tied[number], tied[number + 1] = (one, first, end), (two, first, end)
    for number in reversed(range(len(tied) - 1)):
        if tied[number + 1][1] == tied[number][1]:
            tied[number] = (*tied[number][:2], tied[number + 1][2])
    return tied


def _kind(figure: Figure) -> str:
    """Figures of one kind may be taken for one another: percentages, years of time, numbers."""
    if figure.kind in ("percent", "times", "ordinal", "date"):
        return figure.kind
    return figure.unit if figure.kind != "money" else "number"


@dataclass(frozen=True, slots=True)
class _Counted:
    """A text with its figures and dates, and the numbers of the first and last word of each."""

    found: tuple[Word, ...]
    figures: tuple[Place, ...]

    @classmethod
    def of(cls, text: str, dated: Sequence[Figure]) -> _Counted:
        found = read(text)
        places = []
        counted = [
            figure
            for figure in figures_in(text)
            if not any(date.start < figure.end and figure.start < date.end for date in dated)
        ]
        for figure in sorted([*counted, *dated], key=lambda each: each.start):
            inside = [
                at
                for at, word in enumerate(found)
                if word.start < figure.end and figure.start < word.end
            ]
            if inside:
                places.append((figure, inside[0], inside[-1]))
        return cls(found, tuple(_tied(found, places)))

    def distance(self, at: int, place: Place) -> int:
        """How far a word is from a figure; commas and conjunctions in between set it apart."""
        _, first, last = place
        start, end = (last + 1, at) if at > last else (at + 1, first)
        if first <= at <= last:
            return 0
        between = self.found[start:end]
        return 1 + sum(_JOINTS.get(word.lower, 1) for word in between)

    def nearest(self, at: int, kind: str) -> tuple[int, list[Figure]]:
        """The least distance of a word to a figure of a kind, and the figures at that distance."""
        measured = [
            (self.distance(at, place), place[0])
            for place in self.figures
            if _kind(place[0]) == kind
        ]
        least = min((distance for distance, _ in measured), default=_FAR)
        return least, [figure for distance, figure in measured if distance == least]


def figure_misplaced(statement: str, told: Sequence[str]) -> Figure | None:
    """A figure or date that the passages give for something else than the statement does."""
    dates = [date for text in told for date in dates_in(text)]
    ours = _Counted.of(statement, _dated(statement, dates))
    theirs = [_Counted.of(text, _dated(text, dates)) for text in told]
    if "respectively" in statement.lower():
        return None
    speaking = _places_of(ours.found, speakers_in(statement))
    named_at = _places_of(ours.found, names_in(statement))
    if unequal := _other_ratio(ours, theirs):
        return unequal
    several = sum(figure.kind == "date" for figure, _, _ in ours.figures) > 1
    for place in ours.figures:
        if place[0].kind == "date" and several:
            continue  # each of them may be told of the whole
        verdicts = [
            (verdict, at)
            for at in _anchors(ours, place, speaking)
            if (verdict := _verdict(at, place, ours, theirs, is_name=at in named_at))
        ]
        if sum(verdict / max(ours.distance(at, place), 1) for verdict, at in verdicts) < 0:
            return place[0]
    return None


def _dated(text: str, known: Sequence[Date]) -> list[Figure]:
    """The dates of a text as figures: alike where they may be the same of the ``known`` dates."""
    return [
        Figure(
            value=Fraction(next((at for at, each in enumerate(known, 1) if date.fits(each)), 0)),
            kind="date",
            unit="",
            bound="exact",
            digits=0,
            start=date.start,
            end=date.end,
            written=text[date.start : date.end],
        )
        for date in dates_in(text)
        if date.month is not None or not _NAMING.search(text[: date.start])
    ]


# "The reports for 2018" are called so; it is not when something happened.
_NAMING = re.compile(r"(?i)\bfor\s+(?:the\s+year\s+)?\Z")


def _ratios(side: _Counted) -> list[tuple[Figure, Figure]]:
    """Pairs of figures that are set against each other: "by 98 votes to 41", "from 71 to 63"."""
    pairs = []
    for one, two in itertools.pairwise(
        figure for figure, _, _ in side.figures if figure.kind != "date"
    ):
        between = [
            word.lower
            for word in side.found
            if word.is_word and one.end <= word.start and word.end <= two.start
        ]
        near = len(between) <= 2 and between[-1:] in (["to"], ["of"])
        if near or between == ["of", "the"]:
            pairs.append((one, two))
    return pairs


def _other_ratio(ours: _Counted, theirs: Sequence[_Counted]) -> Figure | None:
    """The figure of a pair that the passages set against another one."""
    told = [pair for side in theirs for pair in _ratios(side)]
    for one, two in _ratios(ours):
        if any(says_same(one, first) and says_same(two, second) for first, second in told):
            continue
        if any(says_same(one, first) for first, _ in told):
            return two
        if any(says_same(two, first) and says_same(one, second) for first, second in told):
            return one
        if any(says_same(two, second) for _, second in told):
            return one
    return None


def _places_of(found: Sequence[Word], names: Sequence[Name]) -> set[int]:
    return {
        at for name in names for at, word in enumerate(found) if name.start <= word.start < name.end
    }


def _tied_to(side: _Counted, place: Place) -> list[Figure]:
    """The figure of a place with the others of its range or list."""
    return [place[0], *(other[0] for other in side.figures if other[1:] == place[1:])]


def _anchors(side: _Counted, place: Place, speaking: set[int]) -> list[int]:
    """The two words nearest to a figure that are nearer to it than to any other figure."""
    figure, first, last = place
    near: list[tuple[int, int]] = []
    if figure.kind == "ordinal":
        return []
    if figure.kind == "one":
        following = last + 1
        counts = following < len(side.found) and side.found[following].is_content
        return [following] if counts else []
    if first and side.found[first - 1].lower in _LABELS:
        return []
    for at, word in enumerate(side.found):
        if not word.is_content or word.lower in REPORTING | _UNTELLING or first <= at <= last:
            continue
        if at == last + 1 and figure.unit:
            continue
        if at in speaking or any(a <= at <= b for _, a, b in side.figures):
            continue
        distance = side.distance(at, place)
        least, nearest = side.nearest(at, _kind(figure))
        tied = _tied_to(side, place)
        if distance <= 6 and distance == least and all(each in tied for each in nearest):
            near.append((distance, at))
    return [at for _, at in sorted(near)[:3]]


_LABELS = words(
    "category article resolution resolutions chapter section paragraph page number numbers no "
    "phase stage level type grade aged age agenda protocol rule group class room route highway "
    "clause"
)
_UNTELLING = LIGHT | words("percent per cent million billion thousand hundred dozen dollar dollars")

# How much a word counts for that stands nearest to another figure in the passages: a name whose
# own figure there is not in the statement at all leaves no doubt.
_NAME, _NAME_OF_ANOTHER = 1.5, 6.0
_OF_NAME = 6  # a figure farther from a name than this is not that name's own


def _weight(is_name: bool, *, elsewhere: bool, beside: bool) -> float:
    """How much a word tells against a figure.

    ``elsewhere``: the figure that it stands nearest to in the passages is in the statement as well,
    so that the word may be about both. ``beside``: it stands right next to the figures.
    """
    if is_name:
        return _NAME if elsewhere else _NAME_OF_ANOTHER
    if elsewhere:
        return 1.0 if beside else 0.3
    return 3.0 if beside else 1.0


def _verdict(
    spot: int, place: Place, ours: _Counted, theirs: Sequence[_Counted], *, is_name: bool
) -> float:
    """How much a word tells for the figure (positive) or against it; 0 if it does not tell."""
    word = ours.found[spot]
    is_name = is_name and place[0].kind != "date"
    tied = _tied_to(ours, place)
    against = 0.0
    for side in theirs:
        same = [told for told, _, _ in side.figures if any(says_same(each, told) for each in tied)]
        if not same and place[0].kind != "one":
            continue
        exact = any(word.stem == other.stem for other in side.found)
        for at, other in enumerate(side.found):
            if word.stem != other.stem if exact else not _same(word, other):
                continue
            least, nearest = side.nearest(at, _kind(place[0]))
            if least > _FAR:
                continue
            if place[0].kind == "one":
                if at and side.found[at - 1].lower in _SINGLE:
                    return 1.0
                against = 1.0 if least <= 3 else against
            elif any(told in same for told in nearest):
                return _NAME if is_name else 1.0
            elif min(side.distance(at, each) for each in side.figures if each[0] in same) > least:
                elsewhere = any(
                    says_same(each[0], told) for each in ours.figures for told in nearest
                )
                if _is_of_them(side, same):
                    continue
                beside = least <= 2 and ours.distance(spot, place) <= 2
                named = is_name and least <= _OF_NAME
                against = max(against, _weight(named, elsewhere=elsewhere, beside=beside))
    return -against


def _is_of_them(side: _Counted, figures: Sequence[Figure]) -> bool:
    """Whether a figure is one "of them": then what stands before it is told of it, too."""
    following = [
        " ".join(word.lower for word in side.found[last + 1 : last + 3])
        for figure, _, last in side.figures
        if figure in figures
    ]
    return any(
        each in ("of them", "of whom", "of these", "of those", "of which") for each in following
    )


def _same(word: Word, other: Word) -> bool:
    return word.stem == other.stem or (
        word.is_content and other.is_content and related(word.stem, other.stem)
    )

"""Dates of a statement that the passages do not have, or have for something else."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.verification.claims.dates import Date, dates_in, years_in
from rag.verification.claims.reading import plain, read, stem
from rag.verification.claims.sources import (
    Similarity,
    Source,
    Told,
    around,
    called,
    has_word,
    texts_of,
    told_words,
)

__all__ = ["date_fault", "most_like"]


def date_fault(
    statement: str,
    date: Date,
    sources: Sequence[Source],
    told: Sequence[Told],
    similarity: Similarity | None,
) -> str | None:
    """What is wrong with a date of a statement, as a clause; None if nothing is found."""
    here = [other for each in told for other in dates_in(each.text)]
    everywhere = [
        other for text in (texts_of(sources), around(sources)) for other in dates_in(text)
    ]
    written = statement[date.start : date.end]
    if not _in_parts(date, everywhere):
        return f"the date {written} is not in the {called(sources)} it cites"
    if _replaced(statement, date, told, similarity):
        return f"the passage has another date than {written} for this"
    if _is_of_something_else(statement, date, told):
        return f"the passage gives {written} for something else"
    if any(date.fits(other) and _shares(date, other) for other in here):
        return None
    mine = dates_in(statement)
    unused = [other for other in here if not any(each.fits(other) for each in mine)]
    if any(_as_exact(date, other) for other in unused):
        return f"the passage has another date than {written} for this"
    return None


def _in_parts(date: Date, everywhere: Sequence[Date]) -> bool:
    """Whether its year is told in one place, and its day and month in another."""
    if date.year is not None and date.year not in years_in(everywhere):
        return False
    return any(
        date.fits(other) and date.month in (None, other.month) and date.day in (None, other.day)
        for other in everywhere
    )


def _replaced(
    statement: str, date: Date, told: Sequence[Told], similarity: Similarity | None
) -> bool:
    """Whether the sentence that says the rest of it has another date, and not this one.

    It must be so of the one with most of the words, and of the closest of those with nearly
    as many.
    """
    mine = dates_in(statement)
    for best in (most_like(statement, told), most_like(statement, told, similarity)):
        dates = dates_in(best)
        if any(date.fits(other) for other in dates) or not any(
            _as_exact(date, other) and not any(each.fits(other) for each in mine) for other in dates
        ):
            return False
    return True


def most_like(statement: str, told: Sequence[Told], similarity: Similarity | None = None) -> str:
    """The sentence with most of the statement's words, figures and dates aside.

    Where sentences differ by a word at most, the closest in meaning.
    """
    wanted = told_words(statement)
    texts = [each.text for each in told]
    shared = [sum(has_word(word.stem, text) for word in wanted) for text in texts]
    if similarity is None:
        return texts[shared.index(max(shared))]
    near = [at for at, count in enumerate(shared) if count >= max(shared) - 1]
    nearness = similarity(statement, [texts[at] for at in near])
    return max(zip(nearness, (texts[at] for at in near), strict=True))[1]


_ATTRIBUTIVE = re.compile(r"(?i)(?:\bthe|\bits|\btheir|'s|s')\s+\Z")
_NOUN = re.compile(r"\s+([a-z][a-z-]+)")


def _is_of_something_else(statement: str, date: Date, told: Sequence[Told]) -> bool:
    """Whether the passages have the date only of a noun ("the June 22 attack") not spoken of here.

    There must be another date in the same sentence, which may be the one of the statement.
    """
    if date.day is None or _noun_dated(statement, date) is not None:
        return False
    mine = {word.stem for word in read(statement)}
    told_with: list[bool] = []
    for each in told:
        dates = dates_in(each.text)
        same = [other for other in dates if date.fits(other) and other.day == date.day]
        others = [
            other
            for other in dates
            if other.day is not None
            and not date.fits(other)
            and _noun_dated(each.text, other) is None
        ]
        for other in same:
            noun = _noun_dated(each.text, other)
            told_with.append(noun is not None and noun not in mine and bool(others))
    return bool(told_with) and all(told_with)


def _noun_dated(text: str, date: Date) -> str | None:
    """The stem of "attack" in "the June 22 attack"; None where a date stands by itself."""
    folded = plain(text)
    noun = _NOUN.match(folded, date.end)
    if noun is None or not _ATTRIBUTIVE.search(folded[: date.start]):
        return None
    return stem(noun[1])


def _shares(date: Date, other: Date) -> bool:
    """Whether they tell one part in common, so that to fit means something."""
    pairs = ((date.year, other.year), (date.month, other.month), (date.day, other.day))
    return any(one is not None and one == two for one, two in pairs)


def _as_exact(date: Date, other: Date) -> bool:
    return (date.day is None) == (other.day is None) and (date.month is None) == (
        other.month is None
    )

"""Names of columns in the first rows of a table, and what may be one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import groupby, pairwise

YEAR = re.compile(r"(?:19|20)\d\d$")
_NUMBER = re.compile(r"[-+(]?[^\w\s]?\s?\d[\d.,'\s\u00a0/:-]*[%)]?$")
_FIGURE = re.compile(r"(?!(?:19|20)\d\d(?:\s?[-–/]\s?\d{2,4})?$)(?=\D*\d)[\W\d_]+")

MOST_HEADING_ROWS = 3

_LONGEST_NAME = 80


def is_number(text: str) -> bool:
    """Whether a text is a number, maybe with a unit's sign, or a date or time in figures."""
    return _NUMBER.match(text) is not None


def is_figure(text: str) -> bool:
    """Whether a text is a number, and not the year or the years that name a column."""
    return _FIGURE.fullmatch(text) is not None


def joined_names(rows: Sequence[Sequence[str]]) -> tuple[int, list[str]] | None:
    """The number of header rows, if more than one, and their names joined: ``2017, Men``.

    A row names groups of columns if what is below it tells the columns of each group apart, and
    repeats itself from group to group or leaves a column to the row above. Groups may be in groups.
    """
    for deep in range(len(rows), 1, -1):
        names: Sequence[str] | None = rows[deep - 1]
        for at in range(deep - 2, -1, -1):
            names = names and _joined(rows[at], names, outermost=at == 0)
        if names:
            return deep, list(names)
    return None


def _joined(upper: Sequence[str], lower: Sequence[str], *, outermost: bool) -> list[str] | None:
    """The names of ``lower`` with those of their groups before them, if ``upper`` names groups."""
    groups = _groups(upper, lower)
    if groups is None:
        return None
    names = [*lower, *[""] * (len(groups) - len(lower))]
    if outermost and len(set(zip(groups, names, strict=True))) < len(names):
        return None
    return [
        ", ".join(dict.fromkeys(filter(None, each))) for each in zip(groups, names, strict=True)
    ]


def _groups(names: Sequence[str], below: Sequence[str]) -> list[str] | None:
    """For each column its group, if ``names`` names groups of the columns of ``below``."""
    width = max(len(names), len(below))
    upper = [*names, *[""] * (width - len(names))]
    lower = [*below, *[""] * (width - len(below))]
    if any(is_number(name) and not YEAR.match(name) for name in (*upper, *lower)):
        return None
    groups: list[str] = []
    for own, name in zip(upper, lower, strict=True):
        goes_on = not own and bool(name) and bool(groups)
        groups.append(groups[-1] if goes_on else own)
    spans = [
        [lower[at] for at in span]
        for group, span in (
            (group, list(at)) for group, at in groupby(range(width), key=groups.__getitem__)
        )
        if group and len(span) > 1
    ]
    leaves = [name for span in spans for name in span]
    told_apart = all(map(_is_name, leaves)) and all(len({*span}) == len(span) for span in spans)
    if not spans or not told_apart:
        return None
    corner = next(at for at in range(width) if upper[at] or lower[at])
    under_a_name = upper[corner] and lower[corner] in ("", upper[corner]) and lower[corner + 1 :]
    repeats = len(set(leaves)) < len(leaves)
    merged = not upper[corner] and any(one and one == two for one, two in pairwise(upper))
    return groups if under_a_name or repeats or merged else None


def _is_name(text: str) -> bool:
    return any(map(str.isalnum, text)) and len(text) <= _LONGEST_NAME


def are_names(cells: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a row may name the columns of the rows below it."""
    names = [name for name in cells if name]
    words = [name for name in names if not is_number(name)]
    if not words or len(set(names)) <= len(names) // 2:
        return False
    return all(may_name(name, below, column) for column, name in enumerate(cells) if name)


def may_name(name: str, below: Sequence[Sequence[str]], column: int) -> bool:
    """Whether a text may name a column: it is short, no sentence and no figure."""
    if len(name) > _LONGEST_NAME or (name.endswith((".", ";")) and " " in name):
        return False
    if is_number(name):
        return YEAR.match(name) is not None and not most(YEAR.match, below, column)
    return any(map(str.isalnum, name))


def most(is_such: Callable[[str], object], rows: Sequence[Sequence[str]], column: int) -> bool:
    """Whether most values of a column, of which the first 200 rows are looked at, are such."""
    values = [row[column] for row in rows[:200] if column < len(row) and row[column]]
    return 2 * sum(bool(is_such(value)) for value in values) > len(values)

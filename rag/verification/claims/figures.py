"""What a figure says, and whether two of them say the same."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

__all__ = ["Bound", "Figure", "Kind", "says_same"]

Kind = Literal["number", "percent", "money", "times", "ordinal", "decade", "many", "one", "date"]
Bound = Literal["above", "below", "about", "most", "exact"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure at ``[start, end)``: ``value`` with its ``kind``, its measure and its bound.

    ``unit`` is the measure that follows ("year", "dollar"), empty where another word or none does.
    ``digits`` is how many digits of it are significant. ``written`` is the text itself.
    """

    value: Fraction
    kind: Kind
    unit: str
    bound: Bound
    digits: int
    start: int
    end: int
    written: str
    scaled: bool = False
    step: Fraction = Fraction(1)


def says_same(claimed: Figure, told: Figure) -> bool:
    """Whether a figure that is claimed is the one that is told, or that one rounded.

    A rounded figure keeps two digits or more, or is very near; and it says that it is rounded
    ("about", "more than") or counts in millions.
    """
    if "date" in (claimed.kind, told.kind):
        return (claimed.kind, claimed.value) == (told.kind, told.value)
    if {claimed.kind, told.kind} == {"percent", "times"}:
        return {claimed.value, told.value} == {Fraction(50), Fraction(1, 2)}
    if {claimed.kind, told.kind} == {"number", "times"}:
        return claimed.value == told.value and "twice" in (claimed.written, told.written)
    if claimed.kind == "ordinal" and told.kind == "number" and told.unit == "year":
        return claimed.value == told.value
    if claimed.kind == "many" and told.kind in ("number", "money"):
        return 2 * claimed.value <= told.value < 1000 * claimed.value
    if claimed.kind != told.kind and {claimed.kind, told.kind} - {"number", "one", "money"}:
        return False
    if claimed.unit and told.unit and claimed.unit != told.unit:
        return False
    if claimed.value == told.value:
        return _bounds_agree(claimed, told)
    return _is_rounded(claimed, told)


def _bounds_agree(claimed: Figure, told: Figure) -> bool:
    clash = {"above": ("below", "most"), "below": ("above",), "most": ("above",)}
    return told.bound not in clash.get(claimed.bound, ())


def _is_rounded(claimed: Figure, told: Figure) -> bool:
    if claimed.kind in ("many", "ordinal", "decade", "times") or told.digits <= claimed.digits:
        return False
    if claimed.bound == "exact" and not claimed.scaled:
        return False
    off = abs(claimed.value - told.value)
    # One digit says little: "more than 300,000" of 303,733, but not of 340,000.
    if claimed.digits < 2 and told.value < 10**6 and off > told.value / 30:
        return False
    if claimed.bound == "above" and claimed.value > told.value:
        return False
    if claimed.bound in ("below", "most") and claimed.value < told.value:
        return False
    step = claimed.step if claimed.bound != "exact" else claimed.step / 2
    return off <= step and off <= told.value / 20

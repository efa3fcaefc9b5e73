"""Under which name rows of a table stand: ``Current assets`` above ``Cash`` and ``Mines``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.readers.column_names import is_figure

_LONGEST_NAME = 60
_DECIMALS = re.compile(r"[.,](\d{1,2})$")
_NEGATIVE = ("(", "-", "−", "–")

_Values = dict[int, tuple[float, float]]
"""The figures of a row by column, each with the unit of its last digit."""


def groups_of(rows: Sequence[Sequence[str]]) -> list[str]:
    """For each row, given as its cells, the name of the group it is under; "" where there is none.

    A name stands alone in its row. How rows are set in is not known here, so a group must end to be
    one: with the sums of its rows, or of all rows since the sums before. Where the very first row
    is a name, each row is under the name before it all the same.
    """
    under = [""] * len(rows)
    values = [_values(row) for row in rows]
    sectioned = bool(rows) and bool(_name(rows[0]))
    name, begin, after_sum = "", 0, 0
    for at, row in enumerate(rows):
        if own := _name(row):
            _forget(under, begin if name and not sectioned else at, at)
            name, begin = own, at + 1
        elif not values[at]:
            continue
        elif name and _is_sum(values[at], values[begin:at]):
            under[at] = name
            name, after_sum = "", at + 1
        elif _is_sum(values[at], values[after_sum:at]):
            name, after_sum = "", at + 1
        else:
            under[at] = name
    _forget(under, begin if name and not sectioned else len(rows), len(rows))
    return under


def _forget(under: list[str], first: int, end: int) -> None:
    """Take back the name of a group that ends nowhere."""
    under[first:end] = [""] * (end - first)


def _name(row: Sequence[str]) -> str:
    text = row[0] if row else ""
    is_name = text and not any(row[1:]) and not is_figure(text) and text[0] != "("
    return text.rstrip(" :") if is_name and len(text) <= _LONGEST_NAME and text[-1] != "." else ""


def _values(row: Sequence[str]) -> _Values:
    found: _Values = {}
    for at, cell in enumerate(row[1:], start=1):
        if is_figure(cell):
            digits = re.sub(r"[^\d.,]", "", cell).strip(".,")
            decimals = _DECIMALS.search(digits)
            unit = 10.0 ** -(len(decimals[1]) if decimals else 0)
            value = int(re.sub(r"\D", "", digits)) * unit
            found[at] = -value if cell.lstrip("$€£ ").startswith(_NEGATIVE) else value, unit
    return found


def _is_sum(total: _Values, rows: Sequence[_Values]) -> bool:
    """Whether figures are the sums of those above them, but for rounding; of two rows at least."""
    parts = [row for row in rows if row]
    return len(parts) > 1 and all(
        abs(value - sum(row[at][0] for row in parts if at in row)) <= 0.6 * unit * len(parts)
        for at, (value, unit) in total.items()
    )

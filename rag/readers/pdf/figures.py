"""Tables of figures: which lines are their rows, where their columns are, and groups of rows.

Pure functions on the lines of one column of a page, from top to bottom. A column of a table is
where figures stand under one another; what is left of the first is the label of the row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from rag.readers.blocks import clean, split_where
from rag.readers.pdf.lines import Line, Rule, texts_of

Edges = tuple[float, float]
"""Left and right, in points."""

# The sign of a currency, or its letters: $, €, US$, EUR.
_CURRENCY = re.compile(
    r"[^\w\s.,;:!?()\[\]{}'\"“”‘’/\\|@#*+<=>~^`%&•—–-]{1,3}|[A-Z]{1,3}\$|[A-Z]{3}"
)
_YEAR = re.compile(r"(?:19|20)\d\d(?:\s?[-–/]\s?\d{2,4})?(?:\s?(?:\(\w{1,2}\)|\*))?")
_NUMBER = r"(?:\d{1,3}(?:[ \u00a0\u202f'’]\d{3})+(?:[.,]\d+)?|\d(?:[\d.,]*\d)?)"
_FIGURE = re.compile(
    rf"(?:\W{{0,3}}\s?(?=[(.\d])\(?[-–−+]?\s?\.?{_NUMBER}\s?(?:[%‰x]|bps|pts)?\s?\)?\s?%?|"
    r"[-–—]{1,2}\s?%?|[Nn]/[AaMm]|[Nn][AaMm]|N\.[AM]\.)"
    r"(?:\s?(?:\([a-z\d]{1,2}\)|[*†‡]))?(?:\s\W{1,2})?"
)
_MARK = re.compile(r"\(\w{1,2}\)|[*†‡]{1,2}")

FURTHEST = 4.5
"""Lines of one table are no further apart, in units of the font size."""

# So many of the lines of a table have figures. The pages of a table of contents are so many.
_FEWEST, _CONTENTS = 0.4, 4

# In units of the font size: the mark of a note is so near its word, the end of the name of a lone
# column so near its figures.
_HANGS, _NEAR = 0.5, 4.0

# Of the rows: no more have figures where there is no column.
_FEW = 0.12

# So many lines may stand between two rows; so many rows above show what columns there are.
_MOST_BETWEEN, _ROWS_ABOVE = 5, 40

# A label that is set in stands so much further right, in units of the font size.
_INSET = 0.4

# So many times the usual distance of rows: what follows is not in the same group.
_WIDER = 1.4


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure with the sign of its currency, or other text of a row.

    The edges are those of the figure without the sign, which may stand far from it.
    """

    text: str
    left: float
    right: float
    is_figure: bool

    @property
    def middle(self) -> float:
        """Halfway between its edges."""
        return (self.left + self.right) / 2


@dataclass(frozen=True, slots=True)
class Row:
    """A line as cells: those before the first figure, and the ``figures`` and what is among them.

    A line that is no row of figures has all its cells in ``label``.
    """

    line: Line
    label: Sequence[Cell]
    figures: Sequence[Cell]

    @property
    def has_figures(self) -> bool:
        """Whether it has any, other than what may be the mark of a note."""
        return bool(self.figures) or any(
            cell.is_figure and not _MARK.fullmatch(cell.text) for cell in self.label
        )


def tables_of(rows: Sequence[Row]) -> Iterator[tuple[int, int]]:
    """The tables among ``rows`` without their heads: each first row, and the one after the last."""
    for first, end in _spans(rows):
        if _is_table([row for row in rows[first:end] if row.figures], end - first):
            yield first, end


def _is_table(rows: Sequence[Row], lines: int) -> bool:
    """Whether most ``rows`` of figures have a label, and they are no few of so many ``lines``."""
    labelled = sum(bool(row.label) for row in rows)
    figures = [cell.text for row in rows for cell in row.figures]
    if len(figures) == 1:
        return False
    if len(figures) == len(rows) >= _CONTENTS and all(map(str.isdecimal, figures)):
        pages = list(map(int, figures))
        if pages == sorted(pages):
            return False  # a table of contents
    wide = all(len(row.figures) > 1 for row in rows) and len(rows) == lines
    wide &= len(figures) > 2
    return (wide or 2 * labelled >= len(rows)) and len(rows) >= _FEWEST * lines


def row_of(line: Line) -> Row:
    """``line`` as cells."""
    cells = list(_cells(line))
    at = next((number for number, cell in enumerate(cells) if cell.is_figure), len(cells))
    others = sum(not cell.is_figure for cell in cells[at:])
    # Words after figures: a row only if the figures are more, and none after the mark of a note.
    if 2 * others > len(cells) - at or (others and at == 0):
        return Row(line, cells, [])
    return Row(line, cells[:at], cells[at:])


def _cells(line: Line) -> Iterator[Cell]:
    """The texts of a line; the sign of a currency is one with the figure after it."""
    sign = ""
    last: Cell | None = None
    for text, left, right in _pieces(line):
        first = last is None and text.isalpha()  # a label such as AWS
        if not (sign or first) and _CURRENCY.fullmatch(text) and right < line.right:
            sign = text
            continue
        near = last is not None and left - last.right < _HANGS * line.size
        if last and near and not last.is_figure and _MARK.fullmatch(text):
            last = Cell(f"{last.text} {text}", last.left, right, is_figure=False)
            continue
        if last:
            yield last
        is_figure = not _YEAR.fullmatch(text) and (
            _FIGURE.fullmatch(text) is not None or not any(map(str.isalnum, text))
        )
        told = f"{sign} {text}" if sign else text
        last = Cell(told, left, right, is_figure)
        sign = ""
    if last:
        yield last


def _pieces(line: Line) -> Iterator[tuple[str, float, float]]:
    """The runs of a line with their edges; figures that are close together in one run apart."""
    for run, spaced in texts_of(line.runs):
        text = clean(spaced)
        width, at = (run.right - run.left) / max(1, len(text)), 0
        for part in _figures_in(text):
            yield part, run.left + at * width, run.left + (at + len(part)) * width
            at += len(part) + 1


def _figures_in(text: str) -> list[str]:
    """The figures and signs of currencies that are side by side in a text, or the text itself."""
    before, _, last = text.rpartition(" ")
    if _CURRENCY.fullmatch(last) and _FIGURE.fullmatch(before):
        return [before, last]
    words = text.split(" ")
    if _YEAR.fullmatch(text) or _FIGURE.fullmatch(text):
        return [text]
    several = all(_FIGURE.fullmatch(word) or _CURRENCY.fullmatch(word) for word in words)
    return words if several else [text]


def _spans(rows: Sequence[Row]) -> Iterator[tuple[int, int]]:
    """Where rows of figures follow one another under the same columns, from the first on."""
    first = last = -1
    for at, row in enumerate(rows):
        if not row.figures or (not any(map(_is_number, row.figures)) and last < 0):
            continue
        if last >= 0 and not _goes_on(rows[first : last + 1], rows[last + 1 : at], row):
            yield first, last + 1
            first = -1
        first = at if first < 0 else first
        last = at
    if last >= 0:
        yield first, last + 1


def _is_number(cell: Cell) -> bool:
    return any(map(str.isdigit, cell.text))


def _goes_on(table: Sequence[Row], between: Sequence[Row], row: Row) -> bool:
    """Whether ``row`` is one of the table's, with no more than labels ``between``."""
    lines = [table[-1].line, *(each.line for each in between), row.line]
    if len(between) > _MOST_BETWEEN or any(
        one.baseline - other.baseline > FURTHEST * max(one.size, other.size)
        for one, other in pairwise(lines)
    ):
        return False
    columns = columns_of_figures(table[-_ROWS_ABOVE:])
    if not columns:
        return False
    labels = edges_of_labels(table)
    if any(is_text(each, labels, columns) for each in between):
        return False
    if any(len(each.label) > 1 or over_columns(each, labels, columns) for each in between):
        return False  # another head, or lines of text in columns
    under = sum(column_of(cell, columns) is not None for cell in row.figures)
    return 2 * under > min(len(row.figures), len(columns))


def is_text(row: Row, labels: Edges, columns: Sequence[Edges]) -> bool:
    """Whether a line runs from the labels into the columns, as text does and no row."""
    line, edge = row.line, columns[0][0]
    begins = line.left < labels[0] + 0.25 * (edge - labels[0]) and line.right > columns[0][1]
    across = line.left < sum(columns[0]) / 2 and line.right > sum(columns[-1]) / 2
    return len(line.runs) == 1 and (begins or (across and len(columns) > 2))


def edges_of_labels(rows: Sequence[Row]) -> Edges:
    """The edges between which the labels of rows stand."""
    cells = [row.label[0] for row in rows if row.figures and row.label]
    left = min(row.line.left for row in rows if row.figures)
    return left, max((cell.right for cell in cells), default=left)


def over_columns(row: Row, labels: Edges, columns: Sequence[Edges]) -> list[Cell]:
    """The cells of a line without figures that stand over columns, beside the labels."""
    if row.has_figures:
        return []
    # Names are centred over figures that are set to the right, so that they begin before them.
    edge, size = columns[0][0], row.line.size
    apart = (sum(columns[1]) - sum(columns[0])) / 2 if len(columns) > 1 else 0.0

    def is_over(cell: Cell) -> bool:
        if cell.middle > edge - size:
            return True
        if cell.left <= labels[1]:
            return False
        if not apart:
            return cell.right > edge - _NEAR * size
        width = cell.right - cell.left
        narrow = width < 1.5 * apart and cell.right - edge > 0.1 * width
        return narrow or cell.middle > edge - 0.4 * apart

    return [cell for cell in row.label if is_over(cell)]


def columns_of_figures(rows: Sequence[Row]) -> list[Edges]:
    """The edges of the columns: where figures of several rows stand.

    What few rows have between two columns, as a long figure, does not make them one.
    """
    edges = sorted(
        edge for row in rows for cell in row.figures for edge in ((cell.left, 1), (cell.right, -1))
    )
    few = _FEW * sum(bool(row.figures) for row in rows)
    found: list[Edges] = []
    begun, over = 0.0, 0
    for place, step in edges:
        if step > 0 and over <= few < over + 1:
            begun = place
        over += step
        if step < 0 and over <= few < over + 1 and place > begun:
            found.append((begun, place))
    return found


def column_of(cell: Cell, columns: Sequence[Edges]) -> int | None:
    """The number of the column in which most of a figure stands; None where that is none."""
    shared = [min(cell.right, right) - max(cell.left, left) for left, right in columns]
    most = max(shared, default=0.0)
    return shared.index(most) if most > 0 else None


# Groups of rows.


def is_broken(line: Line, rest: str) -> bool:
    """Whether a line is the beginning of a label that goes on with ``rest``."""
    if not rest:
        return not line.text.endswith(":")
    return rest.lstrip("(")[:1].islower() and line.text[-1] not in ".:;"


@dataclass(slots=True)
class _Group:
    """The name of a group of rows, how far those are set in, and whether its total has come."""

    line: Line
    inset: float | None = None
    ended: bool = False


class Groups:
    """The names that rows stand under, such as ``Earnings per share`` above ``Basic``.

    Rows that are set in further than a name are under it, until its total; so are rows that are not
    set in. A total has a rule over its figures or is set in further still.
    """

    def __init__(
        self, rows: Sequence[Row], columns: Sequence[Edges], rules: Sequence[Rule]
    ) -> None:
        self._columns, self._rules = columns, rules
        self._usual = median(
            [one.line.baseline - other.line.baseline for one, other in pairwise(rows)] or [0.0]
        )
        self._groups: list[_Group] = []
        self._last: Line | None = None

    def name_of(self, row: Line, top: float, *, after: Sequence[Line]) -> str:
        """The name that ``row``, which begins at height ``top``, is under; "" where there is none.

        ``after`` are the lines between it and the row before.
        """
        for name in _whole(after):
            self._leave(name.left - _INSET * name.size)
            self._groups.append(_Group(name))
        is_total = not after and self._is_total(row, top)
        self._last = row
        self._leave(row.left + _INSET * row.size)
        if not self._groups:
            return ""
        group = self._groups[-1]
        if group.inset is None:
            group.inset = row.left
        is_outside = abs(row.left - group.inset) > _INSET * row.size
        inside = not is_outside and not group.ended
        group.ended |= is_total or is_outside
        is_level = group.line.left > row.left - _INSET * row.size
        return group.line.text if inside and not (is_level and is_total) else ""

    def _leave(self, edge: float) -> None:
        """Leave the groups whose names stand no further left than ``edge``."""
        self._groups = [each for each in self._groups if each.line.left < edge]

    def _is_total(self, row: Line, top: float) -> bool:
        """Whether a row is the total of those above it, or stands apart from them."""
        last = self._last
        if last is None:
            return False
        if last.baseline - top > _WIDER * self._usual or (row.bold and not last.bold):
            return True
        left, right = self._columns[-1]
        edge = self._columns[0][0] - 3 * row.size
        drawn = [rule for rule in self._rules if row.baseline < rule.height < last.baseline]
        beside = [rule.height for rule in drawn if rule.left < edge]  # over the whole row
        return any(
            rule.left < right and left < rule.right
            for rule in drawn
            if not any(abs(rule.height - height) < 1 for height in beside)
        )


def _whole(lines: Sequence[Line]) -> Iterator[Line]:
    """Names of groups, with those that are broken over lines put together."""
    for part in split_where(lines, lambda part, line: not is_broken(part[-1], line.text)):
        yield replace(part[0], text=" ".join(line.text for line in part))

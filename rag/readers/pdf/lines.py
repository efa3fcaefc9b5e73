"""Characters put together into runs and lines, without the raised marks of notes.

Pure functions. Lengths are in points, the origin is at the lower left: a higher baseline is
further up the page.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from rag.language.scripts import is_right_to_left

# What a note mark looks like where it is raised: digits or signs, possibly several with commas.
RAISED_MARK = re.compile(r"[\[(]?[\d*†‡§¶]{1,4}(?:\s?[,;–-]\s?[\d*†‡§¶]{1,4})*[\])]?")

# Raised characters are so much smaller and higher, in units of the size of the text beside them.
_SMALLER, _HIGHER = 0.85, 0.12

# Raised digits after a unit, a power of ten or a price are no mark: km², 10⁶, $5⁰⁰.
_UNIT = re.compile(r"(?:^|[\s(/\d])(?:[kcdm]?m|mi|ft|yd)$")
_BASE = re.compile(r"[×x*·]\s?10$|[$£€¥]\s?\d+$")
_NUMBER = re.compile(r"[−–-]?\d+")
_EXPONENTS = str.maketrans("0123456789-−–+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻⁻⁺")

_CLOSING = ".,;:!?)]”’"

# In units of the font size: baselines of one line differ by less, those of a mark and its line
# by less than the second; a mark is so close to the word before it.
_SAME_LINE, _MARK_HEIGHT, _HANGS = 0.4, 0.65, 0.5
_SAME_EDGE = 2.0  # points

_SPACES = re.compile("[ \t]+")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")

# In units of the font size: a wider gap, or another baseline, begins another run. So far over its
# baseline, in units of the smaller size, stands the text beside a drop cap, and no note mark.
_GAP, _JUMP, _STEP_BACK = 0.9, 0.5, 1.0
_CAP_HEIGHT = 1.1

# What stands in the text for the bullets of the Symbol font, and for what pdfium makes of a hyphen
# at a line end.
_PLAIN = {"\uf0b7": "•", "\uf0a7": "▪", "\x02": "-"}
_LIGATURES = re.compile("[ﬀ-ﬆ]")


Box = tuple[float, float, float, float]
"""Left, bottom, right and top on a page, in points."""


@dataclass(slots=True)
class Style:
    """``angle`` is the direction of the line in degrees, from 0 for level text.

    ``item`` is the address of the text object, ``light`` says that it is white or nearly so.
    """

    size: float
    bold: bool
    angle: int
    cosine: float
    sine: float
    item: int = 0
    light: bool = False

    def on_page(self, along: float, across: float) -> tuple[float, float]:
        """The point of the page that is so far along and across the direction of the line."""
        return (
            along * self.cosine - across * self.sine,
            along * self.sine + across * self.cosine,
        )


@dataclass(slots=True)
class Glyph:
    """A character as it is printed; ``left`` and ``right`` are places along its line."""

    text: str
    style: Style
    left: float
    right: float
    baseline: float


@dataclass(frozen=True, slots=True)
class Rule:
    """A level line that is drawn on the page, ``height`` points over its lower edge."""

    left: float
    right: float
    height: float


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that stand side by side on one baseline, without a wide gap.

    The first ``mark`` characters are the raised mark with which a note begins.
    """

    text: str
    left: float
    right: float
    baseline: float
    size: float
    bold: bool
    mark: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of one column, or with ``row`` one row of a table.

    ``bold`` when all of it is; ``runs`` are in the order of ``text``. ``marked`` says that it
    begins with a raised mark, as a note does. ``carried`` are the spans of ``text`` that stand in
    the head of the table.
    """

    text: str
    left: float
    right: float
    baseline: float
    size: float
    bold: bool
    runs: tuple[Run, ...] = ()
    marked: bool = False
    row: bool = False
    carried: tuple[tuple[int, int], ...] = ()


def runs_of(glyphs: Iterable[Glyph | None]) -> Iterator[tuple[Run, list[Glyph]]]:
    """Characters that follow one another on one baseline without a wide gap, as runs with text.

    ``glyphs`` are in the order of the file, with None for the end of a line.
    """
    for group in _grouped(glyphs):
        run = run_of(group)
        if run.text:
            yield run, group


def plain(sign: str) -> str:
    """What a character of a font is in plain letters."""
    return unicodedata.normalize("NFKC", sign) if _LIGATURES.match(sign) else _PLAIN.get(sign, sign)


def _grouped(glyphs: Iterable[Glyph | None]) -> Iterator[list[Glyph]]:
    group: list[Glyph] = []
    last: Glyph | None = None  # that is no space
    for glyph in (*glyphs, None):
        inked = glyph is not None and not glyph.text.isspace()
        if group and (glyph is None or (inked and last is not None and _apart(last, glyph))):
            yield group
            group, last = [], None
        if glyph is not None:
            group.append(glyph)
            last = glyph if inked else last


def _apart(last: Glyph, glyph: Glyph) -> bool:
    small, size = sorted((last.style.size, glyph.style.size))
    return (
        last.style.angle != glyph.style.angle
        or abs(last.baseline - glyph.baseline) > min(_JUMP * size, _CAP_HEIGHT * small)
        or glyph.left - last.right > _GAP * size
        or (glyph.left < last.left - _STEP_BACK * size and glyph.right < last.left)
    )


def run_of(group: Sequence[Glyph]) -> Run:
    """Characters that stand side by side, in the order of reading, as one run."""
    inked = [glyph for glyph in group if not glyph.text.isspace()] or list(group)
    sizes = Counter(round(glyph.style.size, 1) for glyph in inked)
    size = sizes.most_common(1)[0][0]
    main = next(glyph for glyph in inked if round(glyph.style.size, 1) == size)
    text, mark = text_without_marks(
        (
            plain(glyph.text),
            is_raised(glyph.style.size, glyph.baseline - main.baseline, beside=size),
        )
        for glyph in group
    )
    return Run(
        text=_SPACES.sub(" ", _CONTROLS.sub("", text)).strip(),
        left=min(glyph.left for glyph in inked),
        right=max(glyph.right for glyph in inked),
        baseline=main.baseline,
        size=size,
        bold=all(glyph.style.bold for glyph in inked),
        mark=mark,
    )


def is_raised(size: float, height: float, *, beside: float) -> bool:
    """Whether a character, so high over the baseline of text of size ``beside``, is raised."""
    return size <= _SMALLER * beside and height >= _HIGHER * beside


def is_note_mark(run: Run, text: Run) -> bool:
    """Whether ``run`` is the mark of a note, raised against ``text`` in the same line."""
    raised = is_raised(run.size, run.baseline - text.baseline, beside=text.size)
    return raised and RAISED_MARK.fullmatch(run.text) is not None


def text_without_marks(characters: Iterable[tuple[str, bool]]) -> tuple[str, int]:
    """The text of characters on one line, each with whether it is raised, without note marks.

    ``arrested.¹²`` would otherwise read as ``arrested.12``, and ``2019⁴`` as 20194. Exponents
    become characters of their own (``km²``). A mark at the beginning stays, as it may be that of
    the note itself; the second value is its length, 0 where there is none.
    """
    text, mark, dropped = "", 0, False
    for raised, part in _parts(characters):
        if not raised:
            text = text.rstrip() + part if dropped and part[:1] in _CLOSING else text + part
        elif _is_exponent(text, part.strip()):
            text += part.translate(_EXPONENTS)
        elif RAISED_MARK.fullmatch(part.strip()) is None:
            text += part
        elif not text.strip():
            text, mark = part.strip() + " ", len(part.strip())
        else:
            text, dropped = text + part[len(part.rstrip()) :], True
            continue
        dropped = False
    return text, mark


def _parts(characters: Iterable[tuple[str, bool]]) -> Iterator[tuple[bool, str]]:
    """The text cut where it rises and falls; a space goes with what is before it."""
    last = False
    settled: list[tuple[str, bool]] = []
    for text, raised in characters:
        last = last if text.isspace() else raised
        settled.append((text, last))
    for raised, part in groupby(settled, key=lambda each: each[1]):
        yield raised, "".join(text for text, _ in part)


def _is_exponent(text: str, part: str) -> bool:
    """Whether digits raised after ``text`` belong to a unit, a power of ten or a price."""
    if part in {"2", "3"} and _UNIT.search(text):
        return True
    return _NUMBER.fullmatch(part) is not None and _BASE.search(text) is not None


def lines_of(runs: Iterable[Run]) -> list[Line]:
    """Runs side by side put together into lines, from top to bottom."""
    rows: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: -run.baseline):
        if rows and _is_beside(rows[-1], run):
            rows[-1].append(run)
        else:
            rows.append([run])
    return [_line(row) for row in rows]


def _is_beside(row: Sequence[Run], run: Run) -> bool:
    # Compared with the largest of the row, so that a raised note mark does not move the line.
    largest = max(row, key=lambda each: each.size)
    apart = abs(largest.baseline - run.baseline) / max(largest.size, run.size)
    mark, text = sorted((largest, run), key=lambda each: each.size)
    return apart < _SAME_LINE or (apart < _MARK_HEIGHT and is_note_mark(mark, text))


def _line(row: Sequence[Run]) -> Line:
    ordered = sorted(row, key=lambda run: run.left)
    if is_right_to_left("".join(run.text for run in ordered)):
        ordered.reverse()
    main = _main(ordered)
    first = ordered[0]
    return Line(
        text="".join(text for _, text in texts_of(ordered)).strip(),
        left=min(run.left for run in ordered),
        right=max(run.right for run in ordered),
        baseline=main.baseline,
        size=main.size,
        bold=all(run.bold for run in ordered),
        runs=tuple(ordered),
        marked=first.mark > 0 or is_note_mark(first, main),
    )


def _main(runs: Sequence[Run]) -> Run:
    """The run that most of a line is."""
    return max(runs, key=lambda run: (len(run.text) * run.size, run.size))


def texts_of(ordered: Sequence[Run]) -> Iterator[tuple[Run, str]]:
    """The runs of a line with their texts, without the note marks that hang on the one before.

    A text begins with a space where there is one between it and the text before.
    """
    main = _main(ordered)
    yield ordered[0], ordered[0].text
    for before, run in pairwise(ordered):
        hangs = -0.5 < (run.left - before.right) / main.size < _HANGS
        if hangs and is_note_mark(run, main):
            continue
        text = run.text[run.mark :].lstrip() if hangs else run.text
        yield run, text if hangs and text[:1] in _CLOSING else f" {text}"


def row_of_lines(group: Sequence[Line], columns: Sequence[float]) -> Line:
    """The lines of one row of a table as one, cell by cell; ``columns`` are left edges."""
    head = group[0]
    if len(group) == 1:
        return replace(head, row=True)
    runs = sorted(
        (run for line in group for run in line.runs),
        key=lambda run: (bisect_right(columns, run.left + _SAME_EDGE), -run.baseline, run.left),
    )
    return replace(
        head,
        text=" ".join(run.text for run in runs),
        left=min(line.left for line in group),
        right=max(line.right for line in group),
        baseline=group[-1].baseline,
        runs=tuple(runs),
        row=True,
    )

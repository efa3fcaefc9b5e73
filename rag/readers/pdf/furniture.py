"""Running heads and page numbers: taken out of the text, and read for the labels of the pages.

Pure functions.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from roman_numerals import RomanNumeral

from rag.readers.blocks import split_where
from rag.readers.pdf.layout import table_spans
from rag.readers.pdf.lines import Line, Run, lines_of

# Roman numbers under 400, but no words such as "civil".
_ROMAN = r"(?=[ivxlc])c{0,3}(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})"

# Where the number of a page may stand: at either end of a line, or as in "Page 3 of 12".
_AT_AN_END = re.compile(r"\d+\s*(?:of|/)\s*\d+|^\W*\d+(?!\w)|(?<!\w)\d+\W*$")
_FIRST_OR_LAST = re.compile(r"^\d{1,4}(?=\s|$)|(?<=\s)\d{1,4}$")
_ROMAN_ALONE = re.compile(rf"^\W*{_ROMAN}\W*$", re.IGNORECASE)
_ROMAN_AT_AN_END = re.compile(rf"^{_ROMAN}(?=\s*[|•·–—])|(?<=[|•·–—\s]){_ROMAN}$")

# Anything in a line that may be its page's number: "12", "A-3", "iv", "XII", "3 of 40".
_ARABIC_NUMBER = re.compile(
    r"(?<![\w,/])(?<!\d\.)(?<!\w-)((?:[A-Z]{1,2}|\d{1,2})[-–.])?(\d{1,5})(?![\w,/]|\.\d|-\d)"
)
_ROMAN_NUMBER = re.compile(rf"(?<![\w-])(?:{_ROMAN}|{_ROMAN.upper()})(?![\w-])")
_NUMBER_OF = re.compile(r"(\d{1,5})\s*(?:of|/|sur|de|von)\s*\d{1,5}", re.IGNORECASE)

# The number that lawyers stamp on each page, glued to letters or not: ABC00000183.
_BATES = re.compile(r"(?<![^\W_])[a-z][a-z_-]{1,15}[-_ ]?(?P<number>\d{4,10})$")

# How far, in points, the same running head may move from page to page.
_WANDER = 8.0

# So many lines from the edge of a page may be furniture.
_DEEPEST = 5

# On so few pages two repetitions must do, and then the gap to the text must be wide as well.
_FEW_PAGES = 4
_WIDE_GAP = 1.6

# A line that differs is furniture if one below it is the same on so many pages.
_MOST_PAGES = 0.5

# A heading with a number is in so much larger type than the text.
_LARGER = 1.1

# So many pages must carry on a sequence of numbers for it to be believed, but in a short file
# two; so many pages in a row may be without a number, as blank pages and openings of chapters are.
_FEWEST_NUMBERED, _SHORT_FILE = 3, 5
_LONGEST_GAP = 4

_NUMBER = re.compile(r"\d{1,4}")
_WORDS = re.compile(r"[^\W\d_](?:\W+[^\W\d_]+){2}")
_OPENS_LOWER = re.compile(r"[a-zà-ÿ]")

# Numbers of lines go up by one or by five; of so many steps most must, over the document.
_STEPS = (1, 5)
_REGULAR, _FEWEST = 0.8, 3

# Where so many lines have a number, they are the lines' own; so many of those begin in lower case,
# as the cells of a table hardly ever do. Elsewhere a number is that of a paragraph of more lines.
_DENSE, _LOWER, _LINES_EACH = 0.7, 0.1, 1.5


@dataclass(frozen=True, slots=True)
class Cleared:
    """The runs of a page that are its text, and the lines around them that are furniture."""

    runs: list[Run]
    furniture: list[str]


def without_furniture(pages: Sequence[Sequence[Run]]) -> list[Cleared]:
    """Each page without what is repeated at the top and the bottom of the pages.

    The column names of a table that every page repeats stay on the first one.
    """
    lines = [lines_of(page) for page in pages]
    removed: list[set[int]] = [set() for _ in pages]
    furniture: list[list[str]] = [[] for _ in pages]
    for edge in (0, -1):
        rest = [list(page) for page in lines]
        for _ in range(_DEEPEST):
            outermost = {number: page[edge] for number, page in enumerate(rest) if page}
            found = sorted({*_repeated(rest, outermost), *_numbered(rest, outermost)})
            for number in found:
                before = lines[number - 1] if number else []
                if edge == 0 and _names_columns(rest[number], before):
                    continue
                line = rest[number].pop(edge)
                removed[number].update(id(run) for run in line.runs)
                furniture[number].append(line.text)
            if not found and not _without_both(rest, edge, removed, furniture):
                break
    return [
        Cleared([run for run in page if id(run) not in gone], texts)
        for page, gone, texts in zip(pages, removed, furniture, strict=True)
    ]


def _without_both(
    rest: Sequence[list[Line]],
    edge: int,
    removed: Sequence[set[int]],
    furniture: Sequence[list[str]],
) -> bool:
    """Take out a line that most pages repeat below another that differs, and that one with it.

    What stands farther out than a running head is none of the text either, if it stands at one
    place on these pages. False if there is no such line.
    """
    inner = {
        number: page[1] if edge == 0 else page[-2]
        for number, page in enumerate(rest)
        if len(page) > 2
    }
    alike: dict[str, list[int]] = defaultdict(list)
    for number, line in inner.items():
        if any(map(str.isalpha, line.text)):
            alike[line.text.casefold()].append(number)
    same = max(alike.values(), key=len, default=[])
    near = _at_one_place(same, inner) if same else []
    outer = {number: rest[number][edge] for number in near}
    near = _at_one_place(near, outer) if near else []
    if len(near) < max(_FEW_PAGES, _MOST_PAGES * len(rest)):
        return False
    for number in near:
        for _ in range(2):
            line = rest[number].pop(edge)
            removed[number].update(id(run) for run in line.runs)
            furniture[number].append(line.text)
    return True


def _repeated(pages: Sequence[Sequence[Line]], outermost: dict[int, Line]) -> Iterator[int]:
    """The pages whose outermost line is repeated at the same place on others."""
    candidates: dict[str, list[int]] = defaultdict(list)
    for number, line in outermost.items():
        candidates[_generalised(line.text)].append(number)
    for key, numbers in candidates.items():
        near = _at_one_place(numbers, outermost)
        has_words = any(map(str.isalpha, key))
        counted = _count_pages({number: outermost[number].text for number in near})
        if has_words and counted:
            is_furniture = not any(_stands_out(pages[each], outermost[each]) for each in near)
        else:
            is_furniture = counted or (has_words and "#" not in key)
        if is_furniture and _enough(near, pages, outermost):
            yield from near
            continue
        alike: dict[str, list[int]] = defaultdict(list)
        for number in near if has_words else ():
            alike[outermost[number].text.casefold()].append(number)
        for same in alike.values():
            if len(same) > 1 and _enough(same, pages, outermost):
                yield from same


def _names_columns(lines: Sequence[Line], before: Sequence[Line]) -> bool:
    """Whether the first line is a row of a table, and not repeated from the page ``before``."""
    spans = table_spans(lines[:4])
    is_row = bool(spans) and spans[0][0] == 0
    return is_row and all(line.text != lines[0].text for line in before)


def _numbered(pages: Sequence[Sequence[Line]], outermost: dict[int, Line]) -> Iterator[int]:
    """The pages whose outermost line begins or ends with the number of the page.

    So a running head that changes from chapter to chapter is found as well.
    """
    steps: dict[int, list[int]] = defaultdict(list)
    for number, line in outermost.items():
        if match := _FIRST_OR_LAST.search(line.text):
            steps[int(match[0]) - number].append(number)
    for numbers in steps.values():
        if len(numbers) >= max(_FEW_PAGES, 0.3 * len(pages)):
            for number in _at_one_place(numbers, outermost):
                if not _stands_out(pages[number], outermost[number]):
                    yield number


def _generalised(text: str) -> str:
    """``text`` with ``#`` where a page number may stand."""
    if _ROMAN_ALONE.match(text):
        return "#"
    text = text.casefold()
    if bates := _BATES.search(text):
        return text[: bates.start("number")] + "#"
    return _ROMAN_AT_AN_END.sub("#", _AT_AN_END.sub("#", text))


def _at_one_place(numbers: Sequence[int], outermost: dict[int, Line]) -> list[int]:
    place = median(outermost[number].baseline for number in numbers)
    return [each for each in numbers if abs(outermost[each].baseline - place) <= _WANDER]


def _stands_out(lines: Sequence[Line], line: Line) -> bool:
    """Whether ``line`` is in larger type than the others of its page, as ``Annex 2`` is."""
    return len(lines) > 1 and line.size > _LARGER * median(each.size for each in lines)


def _count_pages(texts: dict[int, str]) -> bool:
    """Whether the numbers in ``texts`` go up by one with each page, at least on most of them."""
    steps = Counter(
        step
        for page, text in texts.items()
        for step in {number - page for number in _counted(text)}
    )
    # Two sequences, as many reports number their front matter apart; more if they are long.
    counted = sum(n for at, (_, n) in enumerate(steps.most_common()) if at < 2 or n > 3)
    return counted >= 0.6 * len(texts)


def _counted(text: str) -> set[int]:
    """All numbers in a line that may go up by one with each page."""
    bates = _BATES.search(text.casefold())
    numbers = {number.value for number in _printed_numbers(text)}
    return numbers | {int(bates["number"])} if bates else numbers


def _enough(
    numbers: Sequence[int], pages: Sequence[Sequence[Line]], outermost: dict[int, Line]
) -> bool:
    if len(pages) > _FEW_PAGES:
        return len(numbers) > 2
    return len(numbers) > 1 and all(_stands_apart(pages[each], outermost[each]) for each in numbers)


def _stands_apart(lines: Sequence[Line], outer: Line) -> bool:
    """Whether the gap between the outermost line and the next is wide, or that is furniture too."""
    if len(lines) < 2:
        return True
    inner = lines[1] if outer is lines[0] else lines[-2]
    gap = abs(outer.baseline - inner.baseline)
    alike = _generalised(inner.text) == _generalised(outer.text)
    return alike or gap > _WIDE_GAP * max(outer.size, inner.size)


# Labels.


@dataclass(frozen=True, slots=True)
class _Number:
    """A printed number and how it is written: ``kind`` is ``arabic``, ``roman`` or ``ROMAN``."""

    kind: str
    prefix: str
    value: int


def page_labels(
    given: Sequence[str | None], furniture: Sequence[Sequence[str]]
) -> list[str | None]:
    """The label of each page, None where there is none.

    ``given`` are those of the file. Where it gives none, or just counts the pages while something
    else is printed, they are taken from the lines of ``furniture``, as far as their numbers follow
    one another; a page without a number between two others of a sequence gets its own.
    """
    counting = [str(number) for number in range(1, len(given) + 1)]
    if any(label not in (None, own) for label, own in zip(given, counting, strict=True)):
        return list(given)
    printed = _printed_labels(furniture)
    agrees = all(label in (None, own) for label, own in zip(printed, given, strict=True))
    return list(given) if agrees else printed


def _printed_labels(furniture: Sequence[Sequence[str]]) -> list[str | None]:
    pages_of: dict[_Number, list[int]] = defaultdict(list)
    for page, lines in enumerate(furniture):
        # A line that a neighbouring page has as well holds no page number, but years over a table.
        around = [*furniture[max(0, page - 1) : page], *furniture[page + 1 : page + 2]]
        own = [line for line in lines if all(line not in other for other in around)]
        for each in dict.fromkeys(number for line in own for number in _printed_numbers(line)):
            pages_of[_Number(each.kind, each.prefix, each.value - page)].append(page)
    fewest = _FEWEST_NUMBERED if len(furniture) > _SHORT_FILE else 2
    sequences = [
        (first, pages)
        for first, numbered in pages_of.items()
        for pages in split_where(numbered, lambda part, page: page - part[-1] > _LONGEST_GAP + 1)
        if len(pages) >= fewest and first.value + pages[0] > 0
    ]
    found: list[str | None] = [None] * len(furniture)
    for first, pages in sorted(sequences, key=lambda each: -len(each[1])):
        inside = range(pages[0], pages[-1] + 1)
        if all(found[page] is None for page in inside):
            for page in inside:
                found[page] = _written(first, first.value + page)
    return found


def _printed_numbers(text: str) -> Iterator[_Number]:
    """All that may be the number of the page in ``text``, a line of its furniture."""
    if of := _NUMBER_OF.search(text):
        yield _Number("arabic", "", int(of[1]))
        return
    for match in _ARABIC_NUMBER.finditer(text):
        yield _Number("arabic", match[1] or "", int(match[2]))
    for match in _ROMAN_NUMBER.finditer(text):
        kind = "roman" if match[0].islower() else "ROMAN"
        yield _Number(kind, "", int(RomanNumeral.from_string(match[0])))


def _written(like: _Number, value: int) -> str:
    """``value`` written in the same way as ``like``."""
    if like.kind == "arabic":
        return f"{like.prefix}{value}"
    numeral = RomanNumeral(value)
    return numeral.to_lowercase() if like.kind == "roman" else numeral.to_uppercase()


# Numbers of lines and paragraphs, beside the text.


def without_numbers(pages: Sequence[Sequence[Run]]) -> list[list[Run]]:
    """The pages without the numbers of lines (of pleadings) and paragraphs (of judgments).

    They stand outside the text, and go up regularly. The numbers of the rows of a table stay, and
    so does a number that stands alone on its page, as that of the page itself does.
    """
    beside = [_outside(page) for page in pages]
    numbered = [(page, found) for page, found in zip(pages, beside, strict=True) if len(found) > 1]
    values = [[int(run.text) for run in found] for _, found in numbered]
    if not _go_up(values) or not _is_prose(numbered):
        return [list(page) for page in pages]
    gone = {id(run) for _, found in numbered for run in found}
    # A paragraph that is alone on its page has its number, too, if it is the next.
    lasts = {values_of[-1] for values_of in values}
    gone |= {
        id(found[0]) for found in beside if len(found) == 1 and int(found[0].text) - 1 in lasts
    }
    return [[run for run in page if id(run) not in gone] for page in pages]


def _outside(page: Sequence[Run]) -> list[Run]:
    """The numbers under one another on the left or right of all text, from top to bottom."""
    numbers = [run for run in page if _NUMBER.fullmatch(run.text)]
    edges = Counter(round(edge) for run in numbers for edge in (run.left, run.right))
    best: list[Run] = []
    for edge, count in edges.most_common(4):
        column = [run for run in numbers if min(abs(run.left - edge), abs(run.right - edge)) < 2]
        if count <= len(best):
            continue
        bottom, top = (end(run.baseline for run in column) for end in (min, max))
        text = [
            run for run in page if bottom - 2 <= run.baseline <= top + 2 and _WORDS.search(run.text)
        ]
        if not text:
            continue
        left, right = min(run.left for run in text), max(run.right for run in text)
        outside = [
            run
            for run in column
            if run.right + 0.3 * run.size < left or run.left - 0.3 * run.size > right
        ]
        best = max(best, outside, key=len)
    return sorted(best, key=lambda run: -run.baseline)


def _go_up(pages: Sequence[Sequence[int]]) -> bool:
    steps = Counter(after - before for page in pages for before, after in pairwise(page))
    regular = max((steps[step] for step in _STEPS), default=0)
    return regular >= _FEWEST - 1 and regular >= _REGULAR * steps.total()


def _is_prose(pages: Sequence[tuple[Sequence[Run], Sequence[Run]]]) -> bool:
    """Whether the lines beside the numbers are text that goes on from line to line."""
    lines = numbered = lower = 0
    for page, numbers in pages:
        gone = {id(number) for number in numbers}
        # From the first number down to where another might stand.
        step = max((a.baseline - b.baseline for a, b in pairwise(numbers)), default=0.0)
        top, bottom = numbers[0].baseline + 2, numbers[-1].baseline - step
        beside = [run for run in page if id(run) not in gone and bottom < run.baseline <= top]
        rows = lines_of(beside)
        own = [row for row in rows if any(_is_level(number, row) for number in numbers)]
        lines, numbered = lines + len(rows), numbered + len(own)
        lower += sum(_OPENS_LOWER.match(row.text) is not None for row in own)
    if not numbered:
        return False
    if numbered >= _DENSE * lines:
        return lower >= max(1, _LOWER * numbered)
    return lines >= _LINES_EACH * numbered


def _is_level(number: Run, line: Line) -> bool:
    return abs(number.baseline - line.baseline) < 0.4 * max(number.size, line.size)

"""Running heads and page numbers: taken out of the text, and read for the labels of the pages.

Pure functions.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from roman_numerals import RomanNumeral

from rag.readers.blocks import split_where
from rag.readers.pdf.lines import Line, Run, lines_of
from rag.readers.pdf.table_rows import table_spans

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

# The number that lawyers stamp on each page, glued to letters or not: ABC00000183, GX-12.0183.
_BATES = re.compile(r"(?<![^\W_])[a-z](?:[a-z\d_.-]{0,20}[a-z_.-])? ?(?P<number>\d{3,10})$")
_STAMP = re.compile(r"[a-z][a-z_.-]{0,20}(?P<number>\d{4,10})[_.-][a-z_.-]{1,20}")

# How far, in points, the same running head may move from page to page.
_WANDER = 8.0

# So many lines from the edge of a page may be furniture.
_DEEPEST = 5

# On so few pages two repetitions must do, and then the gap to the text must be wide as well.
_FEW_PAGES = 4
_WIDE_GAP = 1.6

# A line of fewer words may be a running head however close it is to the text; paragraphs are no
# further apart, in units of the font size.
_WORDS_OF_TEXT, _PARAGRAPHS_APART = 6, 2.0

# A line that differs is furniture if one below it is the same on so many pages.
_MOST_PAGES = 0.5

# A heading with a number is in so much larger type than the text.
_LARGER = 1.1

# So many pages must carry on a sequence of numbers for it to be believed, but in a short file
# two; so many pages in a row may be without a number, as blank pages and openings of chapters are.
_FEWEST_NUMBERED, _SHORT_FILE = 3, 5
_LONGEST_GAP = 4


@dataclass(frozen=True, slots=True)
class Cleared:
    """The runs of a page that are its text, and the lines around them that are furniture.

    ``gutters`` are the left edges of texts that are known to stand beside the first.
    """

    runs: list[Run]
    furniture: list[str]
    gutters: tuple[float, ...] = ()


def without_furniture(pages: Sequence[Sequence[Run]]) -> list[Cleared]:
    """Each page without what is repeated at the top and the bottom of the pages.

    The column names of a table that every page repeats stay on the first one.
    """
    lines = [lines_of(page) for page in pages]
    removed: list[set[int]] = [set() for _ in pages]
    furniture: list[list[str]] = [[] for _ in pages]
    for edge in (0, -1):
        rest = [list(page) for page in lines]
        taken: list[list[Line]] = [[] for _ in pages]  # from the edge inwards
        for _ in range(_DEEPEST):
            outermost = {number: page[edge] for number, page in enumerate(rest) if page}
            found = sorted({*_repeated(rest, outermost), *_numbered(rest, outermost)})
            for number in found:
                before = lines[number - 1] if number else []
                if edge == 0 and _names_columns(rest[number], before):
                    continue
                taken[number].append(rest[number].pop(edge))
            if not found and not _without_both(rest, edge, taken):
                break
        for number, page in enumerate(rest):
            around = _without_text(taken[number], page[edge] if page else None)
            removed[number].update(id(run) for line in around for run in line.runs)
            furniture[number] += [line.text for line in around]
    return [
        Cleared([run for run in page if id(run) not in gone], texts)
        for page, gone, texts in zip(pages, removed, furniture, strict=True)
    ]


def _without_text(taken: Sequence[Line], kept: Line | None) -> list[Line]:
    """Of the lines that were taken for furniture, from the edge inwards, those that are none.

    Lines of text are full of words and as close as those of a paragraph: to the line that is
    ``kept``, or to one another where nothing is. The letters of one form share such lines.
    """
    inwards = [*taken, kept] if kept else list(taken)
    groups = split_where(inwards, lambda part, line: not _are_of_a_text(part[-1], line))
    found: list[Line] = []
    for group in groups:
        full = [at for at, line in enumerate(group) if len(line.text.split()) >= _WORDS_OF_TEXT]
        is_text = len(group) > 1 and full and (kept is None or group[-1] is kept)
        found += [each for each in (group[: full[0]] if is_text else group) if each is not kept]
    return found


def _are_of_a_text(line: Line, other: Line) -> bool:
    gap = abs(line.baseline - other.baseline)
    return line.size == other.size and gap <= _PARAGRAPHS_APART * line.size


def _without_both(rest: Sequence[list[Line]], edge: int, taken: Sequence[list[Line]]) -> bool:
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
        taken[number] += [rest[number].pop(edge) for _ in range(2)]
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


def without_repeated(pages: Sequence[Sequence[str]]) -> list[list[str]]:
    """Of the texts beside those of the pages, such as turned ones, those that are no furniture.

    What is on page after page is a watermark, or a stamp if its number goes up with the pages.
    """
    most = max(2, len(pages) // 3)
    places: dict[str, dict[int, str]] = defaultdict(dict)
    for number, texts in enumerate(pages):
        for text in texts:
            places[text][number] = text
            places[_generalised(text)][number] = text
    gone = {
        text
        for key, found in places.items()
        if len(found) > most and ("#" not in key or _count_pages(found))
        for text in (key, *found.values())
    }
    return [[text for text in dict.fromkeys(texts) if text not in gone] for texts in pages]


def _generalised(text: str) -> str:
    """``text`` with ``#`` where a page number may stand."""
    if _ROMAN_ALONE.match(text):
        return "#"
    text = text.casefold()
    if bates := _BATES.search(text) or _STAMP.fullmatch(text):
        return text[: bates.start("number")] + "#" + text[bates.end("number") :]
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
    bates = _BATES.search(text.casefold()) or _STAMP.fullmatch(text.casefold())
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
    if of := list(_NUMBER_OF.finditer(text)):
        yield from (_Number("arabic", "", int(match[1])) for match in of)
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

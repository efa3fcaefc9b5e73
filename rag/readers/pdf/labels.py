"""The labels of pages: those that the file gives, or those that are printed at their edges.

Pure functions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.readers.pdf.numbers import PrintedNumber, printed_numbers

__all__ = ["labels_of"]

# So many pages must carry on a sequence of numbers for it to be believed; in a short file, two.
_FEWEST, _FEW_PAGES = 3, 5

# So many pages in a row may be without a number, as blank pages and openings of chapters are.
_LONGEST_GAP = 4


@dataclass(frozen=True, slots=True)
class _Sequence:
    """Pages (from 0) on which the same kind of number goes up by one with each page."""

    number: PrintedNumber
    step: int
    pages: tuple[int, ...]


def labels_of(given: Sequence[str | None], furniture: Sequence[Sequence[str]]) -> list[str | None]:
    """The label of each page, None where there is none.

    ``given`` are those of the file. Where it gives none, or just counts the pages while something
    else is printed, they are taken from the lines of ``furniture``, as far as their numbers follow
    one another; a page without a number between two others of a sequence gets its own.
    """
    if not _is_trivial(given):
        return list(given)
    printed = _printed(furniture)
    if not any(printed):
        return list(given)
    agrees = all(not theirs or theirs == own for own, theirs in zip(given, printed, strict=True))
    return list(given) if agrees else printed


def _is_trivial(given: Sequence[str | None]) -> bool:
    """Whether the file's labels say nothing but how many pages there are."""
    return not any(given) or all(
        label is None or label == str(number) for number, label in enumerate(given, start=1)
    )


def _printed(furniture: Sequence[Sequence[str]]) -> list[str | None]:
    found: list[str | None] = [None] * len(furniture)
    sequences = sorted(_sequences(furniture), key=lambda each: -len(each.pages))
    for sequence in sequences:
        first, last = sequence.pages[0], sequence.pages[-1]
        inside = range(first, last + 1)
        if any(found[page] is not None for page in inside):
            continue
        for page in inside:
            found[page] = sequence.number.label(page + sequence.step)
    return found


def _sequences(furniture: Sequence[Sequence[str]]) -> Iterator[_Sequence]:
    pages_of: dict[tuple[str, str, int], list[int]] = defaultdict(list)
    for page, lines in enumerate(furniture):
        numbers = {number for line in lines for number in printed_numbers(line)}
        for number in numbers:
            pages_of[number.kind, number.prefix, number.value - page].append(page)
    fewest = _FEWEST if len(furniture) > _FEW_PAGES else 2
    for (kind, prefix, step), pages in pages_of.items():
        for part in _without_gaps(pages):
            if len(part) >= fewest and part[0] + step > 0:
                yield _Sequence(PrintedNumber(kind, prefix, 0), step, tuple(part))


def _without_gaps(pages: Sequence[int]) -> Iterator[list[int]]:
    part: list[int] = []
    for page in pages:
        if part and page - part[-1] > _LONGEST_GAP + 1:
            yield part
            part = []
        part.append(page)
    if part:
        yield part

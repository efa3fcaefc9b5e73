"""Plain text whose lines are numbered on each page, as the records of hearings are."""

from __future__ import annotations

import re
from itertools import groupby, pairwise

from rag.readers.transcripts import starts_with_label

# Extracts have the number of the page before that of the line: "41:07".
_NUMBERED = re.compile(r"[ \t]{0,8}(?:\d{1,5}:)?(?P<number>\d{1,2})(?:[ \t]+(?P<line>\S.*)|[ \t]*)")
_NUMBER_OF_PAGE = re.compile(r"(?:page )?[-–]? ?\d{1,5} ?[-–]?", re.IGNORECASE)

_FEWEST, _REGULAR, _NUMBERED_SHARE, _LOWER = 6, 0.9, 0.6, 0.1
_SET_IN = 3


def without_line_numbers(text: str) -> str:
    """``text`` with one line for each paragraph and without the numbers, if its lines have them.

    The numbers go up by one and begin again at 1 with each page. Lines that go on in lower case
    tell such a text from a table or a list. What stands between two pages is left out if the number
    of a page is among it.
    """
    lines = text.expandtabs(4).split("\n")
    matches = [_NUMBERED.fullmatch(line) for line in lines]
    found = [(int(match["number"]), match["line"] or "") for match in matches if match]
    if len(found) < _FEWEST or not _is_numbered(found, sum(bool(line.strip()) for line in lines)):
        return text
    least = min(match.start("line") for match in matches if match and match["line"])
    paragraphs: list[str] = []
    left_out: set[str] = set()
    parts = groupby(zip(lines, matches, strict=True), key=lambda each: each[1] is not None)
    for is_numbered, part in parts:
        if not is_numbered:
            beside = [" ".join(line.split()) for line, _ in part if line.strip()]
            if any(map(_NUMBER_OF_PAGE.fullmatch, beside)):
                left_out.update(beside)
            else:
                paragraphs += [line for line in beside if line not in left_out]
            continue
        for _, match in part:
            own = ((match and match["line"]) or "").rstrip()
            if match is None or not own:
                continue  # a number alone
            set_in = match.start("line") >= least + _SET_IN
            if not paragraphs or set_in or starts_with_label(own):
                paragraphs.append(own)
            else:
                paragraphs[-1] += own if paragraphs[-1].endswith("-") else f" {own}"
    return "\n\n".join(paragraphs)


def _is_numbered(found: list[tuple[int, str]], lines: int) -> bool:
    numbers = [number for number, _ in found]
    steps = [after - before == 1 or after == 1 for before, after in pairwise(numbers)]
    lower = sum(line[:1].islower() for _, line in found)
    return (
        1 in numbers
        and sum(steps) >= _REGULAR * len(steps)
        and len(found) >= _NUMBERED_SHARE * lines
        and lower >= _LOWER * sum(bool(line) for _, line in found)
    )

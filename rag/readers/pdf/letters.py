"""A piece of text found again among the characters of a page, letter by letter.

Pure functions. Letters and digits alone are compared, in one case and without ligatures, so that
white space, broken words and kinds of quotation marks make no difference.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.readers.pdf.characters import Glyph

__all__ = ["Letters", "Placed", "spans_of"]

# Text that does not stand on the page in one piece is looked for in pieces of so many letters;
# so much of it must be found, and gaps so long are closed.
_PIECE, _SHARE, _CLOSED = 16, 0.6, 8


@dataclass(frozen=True, slots=True)
class Placed:
    """A character that shows, in reading order; ``line`` is the same for one line.

    ``begins`` says that there is white space before it, ``mark`` that it is that of a note.
    """

    glyph: Glyph
    line: tuple[int, int]
    begins: bool
    mark: bool


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters of ``placed`` as one string; ``at`` is, for each, the place of its character."""

    placed: Sequence[Placed]
    text: str
    at: list[int]

    @classmethod
    def of(cls, placed: Sequence[Placed]) -> Letters:
        """Collect the letters and digits."""
        text: list[str] = []
        at: list[int] = []
        for place, each in enumerate(placed):
            letters = _letters(each.glyph.text)
            text.append(letters)
            at += [place] * len(letters)
        return cls(placed, "".join(text), at)

    def begins_word(self, letter: int) -> bool:
        """Whether a word begins at ``letter``, or ends before it."""
        if letter in (0, len(self.at)):
            return True
        here, before = self.at[letter], self.at[letter - 1]
        return here - before > 1 or self.placed[here].begins


def _letters(text: str) -> str:
    if text.isascii():
        return text.lower() if text.isalnum() else ""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def spans_of(letters: Letters, text: str, before: str, *, exact: bool) -> list[tuple[int, int]]:
    """The ranges of ``letters.placed`` that are ``text``; none when it is not there.

    Of several places the one that has most of ``before`` before it is meant. With ``exact`` it
    must stand there in one piece; otherwise most of it, in the right order, is enough.
    """
    wanted = _letters_of(text)
    if not wanted:
        return []
    if exact:
        begin = _best(letters, wanted, _letters_of(before))
        found = [] if begin is None else [(begin, begin + len(wanted))]
    else:
        found = _in_pieces(letters.text, wanted, len(_letters_of(before)))
    spans = [(letters.at[first], letters.at[last - 1] + 1) for first, last in found]
    return _with_signs(letters, spans if exact else _closed(letters, spans), text)


def _closed(letters: Letters, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans with short gaps closed, but for lines that have no part in the text.

    Such a line is a running head between the end of one column and the top of the next.
    """
    lines = {letters.placed[at].line for span in spans for at in range(*span)}
    closed = list(spans[:1])
    for first, last in spans[1:]:
        gap = range(closed[-1][1], first)
        if 0 < len(gap) <= _PIECE + _CLOSED:
            closed += [(at, at + 1) for at in gap if letters.placed[at].line in lines]
        closed.append((max(first, closed[-1][1]), last))
    return [(first, last) for first, last in closed if first < last]


def _letters_of(text: str) -> str:
    return "".join(map(_letters, text.replace("\xad", "")))


def _best(letters: Letters, wanted: str, before: str) -> int | None:
    """Where ``wanted`` begins: at a word, if it may, and after most of ``before``."""
    places = list(_places(letters.text, wanted))
    whole = [
        place
        for place in places
        if letters.begins_word(place) and letters.begins_word(place + len(wanted))
    ]
    return max(
        whole or places,
        key=lambda place: (_alike(letters.text, place, before), -abs(place - len(before))),
        default=None,
    )


def _places(text: str, wanted: str) -> Iterator[int]:
    place = text.find(wanted)
    while place >= 0:
        yield place
        place = text.find(wanted, place + 1)


def _alike(text: str, place: int, before: str) -> int:
    """How many letters before ``place`` are the last ones of ``before``."""
    count = 0
    for one, other in zip(reversed(text[:place]), reversed(before), strict=False):
        if one != other:
            break
        count += 1
    return count


def _in_pieces(text: str, wanted: str, expected: int) -> list[tuple[int, int]]:
    """The places of the pieces of ``wanted``, one after the other."""
    found: list[tuple[int, int]] = []
    matched, cursor = 0, -1
    for begin in range(0, len(wanted), _PIECE):
        piece = wanted[begin : begin + _PIECE]
        if len(piece) < _PIECE // 2 and found:
            piece = wanted[-_PIECE:]
        place = text.find(piece, cursor) if cursor >= 0 else _nearest(text, piece, expected)
        if place < 0:
            continue
        # What is alike before it belongs to a piece that was not found as a whole.
        missing = min(begin - matched, place - found[-1][1] if found else place)
        more = _alike(text, place, wanted[max(0, begin - missing) : begin])
        found.append((place - more, place + len(piece)))
        matched, cursor = matched + more + len(piece), place + 1
    return found if matched >= _SHARE * len(wanted) else []


def _nearest(text: str, piece: str, expected: int) -> int:
    return min(_places(text, piece), key=lambda place: abs(place - expected), default=-1)


def _with_signs(letters: Letters, spans: list[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    """The spans with the quotation marks and full stops at the ends of ``text``."""
    if not spans:
        return []
    signs = "".join(text.split())
    leading = next(at for at, sign in enumerate(signs) if _letters(sign))
    trailing = next(at for at, sign in enumerate(reversed(signs)) if _letters(sign))
    first, last = spans[0][0], spans[-1][1]
    while leading and first and not _letters(letters.placed[first - 1].glyph.text):
        first, leading = first - 1, leading - 1
    while trailing and last < len(letters.placed) and not _letters(letters.placed[last].glyph.text):
        last, trailing = last + 1, trailing - 1
    if len(spans) == 1:
        return [(first, last)]
    return [(first, spans[0][1]), *spans[1:-1], (spans[-1][0], last)]

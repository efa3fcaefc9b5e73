"""Aligns the tokens of a quotation with those of a source by dynamic programming.

The sum of scores is highest (Gotoh 1982, "An improved algorithm for matching biological sequences":
a gap costs more to open than to go on; the stretch of the source may begin and end anywhere). What
the quotation itself leaves out, by an ellipsis, costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from rag.language.folding import fold
from rag.quotes.normal_form import Token

Floats = npt.NDArray[np.float32]
Step = tuple[int | None, int | None]

_CASE = 0.6  # of its weight: the same word but for case and accents
_OTHER = -0.4  # another word in the same place
_UNLIKE = -0.9  # a word in the place of a sign
_OPEN = 1.0
_LEFT_OUT = 0.04  # each further token of the source that the quotation leaves out
_PUT_IN = 0.1  # each further token that the quotation puts in
_NEVER = np.float32(-1e9)


def weight(token: Token) -> float:
    """The weight of a token: 1 for numbers and words of four or more letters, less for others."""
    if token.kind != "word":
        return 0.1
    return 1.0 if len(token.word) > 3 or token.word[0].isdigit() else 0.5


@lru_cache(maxsize=20_000)
def _bare(word: str) -> str:
    """A word's letters and figures without case and accents."""
    return "".join(filter(str.isalnum, fold(word)))


def _other_case(word: str) -> str:
    first = word[0]
    return (first.lower() if first.isupper() else first.upper()) + word[1:]


class Table:
    """The scores of all ways to align; one row for each of our tokens, one column for theirs."""

    def __init__(
        self, ours: Sequence[Token], theirs: Sequence[Token], gaps: set[int], free: set[int]
    ) -> None:
        self._ours, self._theirs, self._gaps, self._free = ours, theirs, gaps, free
        shape = (len(ours) + 1, len(theirs) + 1)
        self._best = np.zeros(shape, np.float32)  # with all ways in
        self._met = np.zeros(shape, np.float32)  # without one of theirs left out just before
        self._put_in = np.full(shape, _NEVER, np.float32)
        self._columns = np.arange(shape[1], dtype=np.float32) * np.float32(_LEFT_OUT)
        self._words = np.array([token.word for token in theirs], object)
        self._bare = np.array([_bare(token.word) for token in theirs], object)
        self._is_word = np.array([token.kind == "word" for token in theirs], bool)
        for at in range(len(ours)):
            self._fill(at)

    def _scores(self, at: int) -> Floats:
        token = self._ours[at]
        worth = weight(token)
        same = self._words == token.word
        if at in self._free:
            same |= self._words == _other_case(token.word)
        alike = (self._bare == _bare(token.word)) & self._is_word
        other = np.where(self._is_word == (token.kind == "word"), _OTHER, _UNLIKE)
        scores: Floats = np.where(same, worth, np.where(alike, worth * _CASE, other))
        return scores.astype(np.float32)

    def _before(self, at: int) -> Floats:
        """The scores that token ``at`` goes on from; an ellipsis before it leads anywhere on."""
        row: Floats = self._best[at]
        return np.maximum.accumulate(row) if at in self._gaps else row

    def _fill(self, at: int) -> None:
        before = self._before(at)
        put_in = np.maximum(before - _OPEN, self._put_in[at] - _PUT_IN)
        met = put_in.copy()
        np.maximum(met[1:], before[:-1] + self._scores(at), out=met[1:])
        left_out = np.full_like(met, _NEVER)
        left_out[1:] = np.maximum.accumulate(met + self._columns)[:-1]
        left_out[1:] -= self._columns[1:] + np.float32(_OPEN - _LEFT_OUT)
        self._put_in[at + 1], self._met[at + 1] = put_in, met
        self._best[at + 1] = np.maximum(met, left_out)

    def steps(self) -> list[Step]:
        """The best way: pairs of token numbers, None on the side where there is none."""
        steps: list[Step] = []
        row, column = len(self._ours), int(np.argmax(self._best[-1]))
        putting_in = False
        while row:
            if not putting_in:
                start = self._left_out_from(row, column)
                steps.extend((None, there) for there in range(column - 1, start - 1, -1))
                column = start
                putting_in = bool(self._put_in[row, column] >= self._met[row, column])
            steps.append((row - 1, None if putting_in else column - 1))
            if putting_in:
                opened = self._before(row - 1)[column] - np.float32(_OPEN)
                putting_in = bool(self._put_in[row - 1, column] - np.float32(_PUT_IN) > opened)
            else:
                column -= 1
            row -= 1
            if not putting_in:
                column = self._jumped_from(row, column)
        return steps[::-1]

    def _left_out_from(self, row: int, column: int) -> int:
        """The column before the tokens of theirs that are left out just before ``column``."""
        if self._best[row, column] <= self._met[row, column]:
            return column
        reach = self._met[row, :column] + self._columns[:column]
        return column - 1 - int(np.argmax(reach[::-1]))

    def _jumped_from(self, row: int, column: int) -> int:
        """The nearest column from which an ellipsis before token ``row`` led to ``column``."""
        if row not in self._gaps:
            return column
        return column - int(np.argmax(self._best[row, column::-1]))

"""Differences between a quotation and the words of a source that come closest to it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from math import fsum

from rag.quotes.normal_form import Token, pass_token
from rag.quotes.places import belongs
from rag.quotes.quotation import Quotation
from rag.quotes.records import Difference
from rag.quotes.word_table import Step, Table, weight

MOST_WORDS = 1000
"""Longer quotations are not aligned: the time grows with the square of the length."""

# Words in a row that are hardly the same by chance: for quotations of at least so many words. In
# short ones fewer must do.
_RUNS = ((12, 4), (8, 3), (0, 2))


@dataclass(frozen=True, slots=True)
class Alignment:
    """A quotation beside the characters ``[start, end)`` of a source.

    ``similarity`` is ``2 m / (q + s)``: ``m`` the weight of the tokens that are the same in both,
    ``q`` that of the quotation's tokens, ``s`` that of the source's, without what an ellipsis
    leaves out. A number or a word of four or more letters weighs 1, a shorter word 0.5, a sign
    0.1. ``covered`` are the quotation's words, by their offsets, that stand in the source in a row
    with others: four at least, three in a quotation of fewer than twelve words, two of fewer than
    eight.
    """

    start: int
    end: int
    similarity: float
    differences: tuple[Difference, ...]
    covered: frozenset[int]


def align(quotation: Quotation, source: Sequence[Token], text: str) -> Alignment | None:
    """Align a quotation with tokens of a source; None if they share no word.

    ``text`` is the text that the offsets of ``source`` count in.
    """
    parts = [list(phrase.tokens) for phrase in quotation.phrases]
    theirs = _mended(source, {token.word for part in parts for token in part})
    known = {token.word for token in theirs}
    parts = [_mended(part, known) for part in parts]
    ours = [token for part in parts for token in part]
    gaps = {sum(map(len, parts[:number])) for number in range(1, len(parts))}
    free = _free(quotation, parts)
    steps = Table(ours, theirs, gaps, free).steps()
    same = [
        (at, there)
        for at, there in steps
        if at is not None
        and there is not None
        and pass_token(ours, at, theirs, there, any_case=at in free) == (at + 1, there + 1)
    ]
    if not any(ours[at].kind == "word" for at, _ in same):
        return None
    runs = _with_ends(theirs, list(_runs(steps, set(same), gaps)), steps)
    met = {there for _, there in steps if there is not None}
    met.update(there for _, run in runs for there in run)
    shared = fsum(weight(ours[at]) for at, _ in same)
    whole = fsum(map(weight, ours)) + fsum(weight(theirs[each]) for each in met)
    return Alignment(
        start=theirs[min(met)].start,
        end=theirs[max(met)].end,
        similarity=2 * shared / whole,
        differences=tuple(_differences(quotation, text, ours, theirs, runs, steps)),
        covered=_covered(ours, same),
    )


def _mended(tokens: Sequence[Token], words: Collection[str]) -> list[Token]:
    """The tokens, with words that are broken at line ends joined where that makes one of words."""
    mended: list[Token] = []
    at = 0
    while at < len(tokens):
        token, last, word = tokens[at], at, tokens[at].word
        while last + 2 < len(tokens) and tokens[last + 1].broken:
            last += 2
            word += tokens[last].word
            if word in words:
                token, at = token._replace(word=word, end=tokens[last].end), last
        mended.append(token)
        at += 1
    return mended


def _free(quotation: Quotation, parts: Sequence[Sequence[Token]]) -> set[int]:
    """The numbers of the tokens whose first letter may be a capital in one text only."""
    free: set[int] = set()
    offset = 0
    for phrase, part in zip(quotation.phrases, parts, strict=True):
        words = (at for at, token in enumerate(part) if token.kind == "word")
        if phrase.free_case and (first := next(words, None)) is not None:
            free.add(offset + first)
        free.update(offset + at for at, token in enumerate(part) if token.bracketed)
        offset += len(part)
    return free


Run = tuple[list[int], list[int]]
"""Token numbers of ours and of theirs that stand in the same place and are not the same."""


def _runs(steps: Sequence[Step], same: set[tuple[int, int]], gaps: set[int]) -> Iterator[Run]:
    """Steps that are not the same, one beside the other; words for words are runs of their own."""
    run: list[Step] = []
    for at, there in [*steps, (-1, -1)]:
        ended = (at, there) in same or at == -1
        if run and (ended or at in gaps):
            ours = [number for number, _ in run if number is not None]
            theirs = [number for _, number in run if number is not None]
            if len(ours) == len(theirs) == len(run):
                yield from (([one], [other]) for one, other in zip(ours, theirs, strict=True))
            else:
                yield ours, theirs
            run = []
        if not ended:
            run.append((at, there))


def _with_ends(theirs: Sequence[Token], runs: list[Run], steps: Sequence[Step]) -> list[Run]:
    """The runs, with the tokens that belong to the first and last token of the source's stretch."""
    met = [there for _, there in steps if there is not None]
    first = before = met[0]
    while before > 0 and belongs(theirs, before):
        before -= 1
    last = after = met[-1]
    while after + 1 < len(theirs) and belongs(theirs, after + 1):
        after += 1
    if before < first:
        mine, other = runs.pop(0) if runs and first in runs[0][1] else ([], [])
        runs.insert(0, (mine, [*range(before, first), *other]))
    if after > last:
        mine, other = runs.pop() if runs and last in runs[-1][1] else ([], [])
        runs.append((mine, [*other, *range(last + 1, after + 1)]))
    return runs


def _differences(
    quotation: Quotation,
    text: str,
    ours: Sequence[Token],
    theirs: Sequence[Token],
    runs: Sequence[Run],
    steps: Sequence[Step],
) -> Iterator[Difference]:
    """The runs in words; an empty side has the place between the words around it."""
    for mine, other in runs:
        if mine:
            yours = ours[mine[0]].start, ours[mine[-1]].end
        else:
            yours = (_beside(ours, other[0], [(b, a) for a, b in steps]),) * 2
        if other:
            source = theirs[other[0]].start, theirs[other[-1]].end
        else:
            source = (_beside(theirs, mine[0], steps),) * 2
        yield Difference(
            " ".join(quotation.text[slice(*yours)].split()),
            " ".join(text[slice(*source)].split()),
            *yours,
            *source,
        )


def _beside(tokens: Sequence[Token], number: int, steps: Sequence[Step]) -> int:
    """Where in ``tokens`` token ``number`` of the other side would stand."""
    before = [there for at, there in steps if at is not None and at < number and there is not None]
    if before:
        return tokens[before[-1]].end
    return next(tokens[there].start for _, there in steps if there is not None)


def _covered(ours: Sequence[Token], same: Sequence[tuple[int, int]]) -> frozenset[int]:
    """The offsets of our words that stand in a row with others."""
    words = sum(token.kind == "word" for token in ours)
    needed = next(run for least, run in _RUNS if words >= least)
    covered: set[int] = set()
    row: list[int] = []
    previous = (-2, -2)
    for at, there in same:
        if (at, there) != (previous[0] + 1, previous[1] + 1):
            row = []
        if ours[at].kind == "word":
            row.append(ours[at].start)
        if len(row) >= needed:
            covered.update(row)
        previous = at, there
    return frozenset(covered)

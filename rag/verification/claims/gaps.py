"""What a quotation leaves out or puts in, by an ellipsis or in brackets, and whether that deceives.

An ellipsis and brackets let a quotation stand word for word and yet say something else: "refugees
were … offered a path" of refugees who were not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.errors import QueryError
from rag.verification.claims.denials import denials_in, is_denying
from rag.verification.claims.poles import are_opposites
from rag.verification.claims.quotations import quotations
from rag.verification.claims.reading import read
from rag.verification.places import Place, find_places
from rag.verification.quotation import Quotation, read_quotation

__all__ = ["deceptive_gap"]

_FULL_STOP = re.compile(r"[.!?][\"'”’)\]]*\s+(?=\S)")
_ENDED = re.compile(r"[.!?][\"'”’)\]]*\s*\Z")
_BRACKETED = re.compile(r"\[([^\[\]]*)\]")


def deceptive_gap(statement: str, texts: Sequence[str]) -> str | None:
    """What is wrong with a gap in a quotation of the statement, as a clause; mostly None.

    A quotation that stands honestly in one place of the texts is not held against the others.
    """
    for text in quotations(statement):
        try:
            quotation = read_quotation(text)
        except QueryError:
            continue
        if len(quotation.phrases) < 2:
            continue
        faults = [
            _fault(quotation, place, told)
            for told in texts
            for place in find_places(quotation, told)
        ]
        if faults and all(faults):
            return faults[0]
    return None


def _fault(quotation: Quotation, place: Place, text: str) -> str | None:
    if len(place.spans) < len(quotation.phrases):
        return None  # the signs are the text's own
    for number, ((_, start), (end, _)) in enumerate(pairwise(place.spans)):
        put_in = _put_in(quotation, number)
        left_out = text[start:end]
        if denied := _denial_left_out(text, place, (start, end)):
            if not any(is_denying(word) for word in read(put_in)):
                return f"the quotation leaves out “{denied}”"
        elif denied := next((w.text for w in read(put_in) if is_denying(w)), None):
            return f"the quotation puts in “{denied}”"
        for mine, theirs in _opposed(put_in, left_out):
            return f"the quotation puts “{mine}” for “{theirs}”"
        if _joins_sentences(text, start, end):
            return "the quotation makes one sentence of the parts of two"
    return None


def _put_in(quotation: Quotation, number: int) -> str:
    """The words in brackets between a phrase and the next."""
    before, after = quotation.phrases[number], quotation.phrases[number + 1]
    between = quotation.text[before.tokens[-1].end : after.tokens[0].start]
    return " ".join(_BRACKETED.findall(between))


def _denial_left_out(text: str, place: Place, gap: tuple[int, int]) -> str | None:
    """A word in the gap that denies what is quoted before or after it."""
    whole = text[place.start : place.end]
    found = read(whole)
    start, end = gap[0] - place.start, gap[1] - place.start
    for denial in denials_in(whole):
        if denial.kind == "plain" and start <= found[denial.at].start < end:
            kept = [at for at in denial.scope if not start <= found[at].start < end]
            if kept:
                return found[denial.at].text
    return None


def _opposed(put_in: str, left_out: str) -> Iterator[tuple[str, str]]:
    for mine in read(put_in):
        for theirs in read(left_out):
            if mine.stem and theirs.stem and are_opposites(mine.stem, theirs.stem):
                yield mine.text, theirs.text


def _joins_sentences(text: str, start: int, end: int) -> bool:
    """Whether a gap lies between the beginning of one sentence and the end of another."""
    if not _FULL_STOP.search(text[start:end]) or _ENDED.search(text[:start]):
        return False
    return text[start:end].strip()[:1] not in ".!?" and not _ENDED.search(text[:end])

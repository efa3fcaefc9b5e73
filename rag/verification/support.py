"""Whether a sentence that a language model wrote says what the passages say that it cites.

No rule here understands the sentence. Each one looks for a way in which such sentences go wrong:
quotations and figures and names that are not there, a "not" put in or left out, roles exchanged, a
claim made of an allegation, the words of one person under the name of another, or a sentence that
has too little in common with any of the passage. What none of them finds is called supported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.verification.claims.checks import contrary, coverage, quotations_missing, too_far
from rag.verification.claims.missing import figures_missing, names_missing
from rag.verification.claims.sources import (
    Similarity,
    Source,
    Told,
    closest,
    told_words,
    verbatim,
)

__all__ = ["Similarity", "Source", "Support", "Told", "best_source", "check_statement"]


@dataclass(frozen=True, slots=True)
class Support:
    """Whether a statement is supported; if not, why, as a clause to be read after "because".

    ``sentences`` are those of the cited passages that come closest to it, in the order of the
    passages and of the text: the ones that support it, if it is supported.
    """

    supported: bool
    fault: str | None
    sentences: tuple[Told, ...]


_PLAINLY = 0.75  # share of the words that another passage must have to be named as the right one
_TELLING = 2  # words that a sentence without a citation needs: "Nobody was jailed" fits anywhere
_LONGEST = 1000  # characters of a sentence that is checked

_Check = Callable[[str, Sequence[Source], Sequence[Told], Similarity | None], str | None]
_CHECKS: tuple[_Check, ...] = (
    quotations_missing,
    figures_missing,
    names_missing,
    contrary,
    too_far,
)


def check_statement(
    text: str,
    cited: Sequence[Source],
    *,
    given: Sequence[Source] = (),
    similarity: Similarity | None = None,
) -> Support:
    """Check one sentence, without its citation marks, against the passages that it cites.

    ``given`` are all passages that the model had: where one of them says what the cited ones do
    not, the fault names it. ``similarity`` is how close in meaning sentences are; without it,
    words alone are compared. The time taken grows with the number of sentences, not with more.
    """
    told, fault = _check(text, cited, similarity)
    if fault is not None and (right := _says_it(text, cited, given, similarity)):
        fault = f"passage {right.number} ({right.title}) says this, not the one it cites"
    ordered = sorted(told, key=lambda each: (each.source.number, each.start))
    return Support(fault is None, fault, tuple(ordered))


def _check(
    text: str, cited: Sequence[Source], similarity: Similarity | None
) -> tuple[list[Told], str | None]:
    if len(text) > _LONGEST:
        return [], "it is too long to be checked: no sentence has so many words"
    if same := verbatim(text, cited):
        return [same], None
    told = closest(text, cited, similarity=similarity)
    if not told:
        return [], "there is nothing in the passage it cites that could support it"
    for check in _CHECKS:
        if fault := check(text, cited, told, similarity):
            return told, " ".join(fault.split())  # it may quote names across lines
    return told, None


def _says_it(
    text: str, cited: Sequence[Source], given: Sequence[Source], similarity: Similarity | None
) -> Source | None:
    """The first passage that supports the text and was not cited."""
    numbers = {source.number for source in cited}
    for source in given:
        if source.number in numbers:
            continue
        told, fault = _check(text, [source], similarity)
        if fault is None and coverage(text, [source], told, similarity) >= _PLAINLY:
            return source
    return None


def best_source(
    text: str, given: Sequence[Source], *, similarity: Similarity | None = None
) -> Support:
    """Check a sentence that cites nothing against each passage: the best that supports it.

    Where none does, the support is that of the passage which comes closest.
    """
    tried = [check_statement(text, [source], similarity=similarity) for source in given]
    if not tried:
        return Support(False, "there are no passages", ())
    if len(told_words(text)) < _TELLING and not verbatim(text, given):
        return Support(False, "it says too little to tell which passage it is about", ())
    shares = [
        coverage(text, [source], support.sentences, similarity)
        for source, support in zip(given, tried, strict=True)
    ]
    best = max(range(len(tried)), key=lambda at: (tried[at].supported, shares[at], -at))
    return tried[best]

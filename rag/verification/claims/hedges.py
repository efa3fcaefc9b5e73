"""What is only alleged in the passages, and stated as a fact in a statement."""

from __future__ import annotations

from collections.abc import Sequence

from rag.verification.claims.denials import Denial, denials_in
from rag.verification.claims.lexicon import words
from rag.verification.claims.polarity import Side, carried
from rag.verification.claims.reading import Word, clause_of, read

__all__ = ["dropped_hedge"]

_HEDGES = words("""
    alleged allegedly allege alleges alleging allegation allegations reportedly purportedly
    purported supposedly apparently presumably possibly perhaps suspected suspect suspects suspicion
    accused accuse accuses accusing rumored rumoured unconfirmed unverified might believed
    believe believes suspect suspects claimed claim claims likely probably potentially seemingly
    """)
_SOFT_MODALS = words("may might could")
_HEDGED = (
    words("""
    said say says told report reported reports reporting stated states state according account
    argued argues warned noted describes described suggest suggests suggested indicate indicates
    indicated estimated estimate estimates appear appears appeared seem seems seemed may might
    could can would if possible potential potentially whether words view asserted asserts
    maintained charged charges blamed blames charge contend contended complained complains held
    called risk likelihood
    """)
    | _HEDGES
)
_PASSIVE = words("is are was were be been being")


def dropped_hedge(statement: str, told: Sequence[str]) -> str | None:
    """The word that leaves open whether something is so, where the statement says that it is."""
    ours = read(statement)
    mine = Side(ours, denials_in(statement))
    for text in told:
        found = read(text)
        for at, word in enumerate(found):
            if not _is_hedge(found, at) or _is_hedged(ours, found, at):
                continue
            scope = [each for each in clause_of(found, at) if found[each].is_content]
            if word.lower.endswith("ly") or len(scope) < 2:
                scope = [
                    each for each in clause_of(found, at, forward=False) if found[each].is_content
                ] + scope
            denial = Denial(at, tuple(scope), "hedge", word.text)
            side = Side(found, ())
            pairs = carried(denial, side, mine)
            met = {each for each, _, _ in pairs}
            if word.lower in _SOFT_MODALS and not _has_verb(found, at, ours):
                continue
            if len(met) >= 2 and 2 * len(met) >= min(len(scope), 6):
                return word.text
    return None


def _has_verb(theirs: Sequence[Word], at: int, ours: Sequence[Word]) -> bool:
    """Whether the statement has the very verb that "may" or "could" goes with."""
    verb = next((word for word in theirs[at + 1 : at + 5] if word.is_content), None)
    return verb is not None and any(word.stem == verb.stem for word in ours)


def _is_hedged(ours: Sequence[Word], theirs: Sequence[Word], hedge: int) -> bool:
    """Whether the statement leaves it open too, by a word that it does not have from elsewhere."""
    others = {word.stem for at, word in enumerate(theirs) if at != hedge}
    return any(
        word.lower in _HEDGED and (word.stem not in others or word.stem == theirs[hedge].stem)
        for word in ours
    )


def _is_hedge(found: Sequence[Word], at: int) -> bool:
    word = found[at]
    following = found[at + 1].lower if at + 1 < len(found) else ""
    if word.lower == "could" and any(other.lower == "but" for other in found[at:]):
        return False  # what could have been, and was not
    if word.lower in ("reported", "said", "thought", "understood", "believed"):
        before = {other.lower for other in found[max(at - 3, 0) : at]}
        return following == "to" and bool(before & _PASSIVE)
    if at and found[at - 1].lower in ("i", "we", "us"):
        return False  # in a speech, what the speaker believes is what is said
    return (word.lower in _HEDGES or word.lower in _SOFT_MODALS) and word.text != "May"

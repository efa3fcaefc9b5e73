"""What is denied in a sentence, and what is only alleged, and whether two sentences agree on it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.verification.claims.denials import DENYING, Denial, denials_in, without_prefix
from rag.verification.claims.lexicon import LIGHT, REPORTING, words
from rag.verification.claims.poles import are_opposites
from rag.verification.claims.reading import Word, clause_of, read, related

__all__ = ["Side", "carried", "opposite_denial"]

_PERMITTING = words(
    "allow allows allowed permit permits permitted let lets may can could legal lawful free "
    "authorized authorised entitled enable enables enabled"
)

# What may license a denial in other words: "too few" for "not enough", "stopped" for "no longer".
_LICENSING = words("""
    few little too less stop stopped end ended cease ceased except apart other instead rather
    avoid miss missing lost lose false wrong free empty close closed cancel canceled cancelled
    withdraw withdrew abandon abandoned suspend suspended void null until yet
    limited restricted barred impossible drop dropped gave called off
    yet beyond excluded alone solely exclusively unpaid unclear silent incomplete unlikely
    frozen freeze unchanged stagnant same constant
    insufficient inadequate weak poor hard difficult disregarded ignored ignore disregard unless
    double overdue pending unresolved impunity deprived stripped voluntary optional
    """)


@dataclass(frozen=True, slots=True)
class Side:
    """A text with its denials: the statement's own, or what the passages say."""

    found: tuple[Word, ...]
    denials: tuple[Denial, ...]
    text: str = ""

    def parity(self, at: int) -> int:
        """How often the word is denied, modulo two; words like "unlawful" are not counted."""
        return sum(at in each.scope for each in self.denials if each.kind == "plain") % 2

    def forbidden(self, at: int) -> bool:
        """Whether the word is forbidden, or forbids."""
        return any(
            at in each.scope or at == each.at for each in self.denials if each.kind == "forbids"
        )


def opposite_denial(
    statement: str, told: Sequence[str], *, remarks: Sequence[str] = ()
) -> str | None:
    """The denial that one of them has and the other lacks; None where they agree.

    ``told`` are the sentences of the passages that come closest to the statement; ``remarks`` are
    short ones on what was said before ("He could not do it"), which may be what it denies.
    """
    ours = Side(read(statement), denials_in(statement))
    theirs = [Side(read(each), denials_in(each), each) for each in told]
    short = [Side(read(each), denials_in(each), each) for each in remarks]
    for number, side in enumerate(theirs):
        for denial in side.denials:
            if _is_dropped(denial, side, ours, theirs, first=number == 0):
                return denial.phrase
    for denial in ours.denials:
        if denial.kind == "plain" and _is_added(denial, ours, [*theirs, *short]):
            return denial.phrase
    return None


def _same_word(one: Word, other: Word) -> bool:
    return one.stem == other.stem or related(one.stem, other.stem)


def _pairs(scope: Sequence[int], side: Side, other: Side) -> list[tuple[int, int, int]]:
    """Words of a scope, with the same word of the other text, and 1 if that has a negative prefix.

    Names and figures are left out: they stand in denied and other clauses alike.
    """
    pairs: list[tuple[int, int, int]] = []
    for at in scope:
        word = side.found[at]
        for there, theirs in enumerate(other.found):
            if not theirs.is_content:
                continue
            if _same_word(word, theirs):
                pairs.append((at, there, 0))
            elif _negated(word) == theirs.stem or _negated(theirs) == word.stem:
                pairs.append((at, there, 1))
    return pairs


def _negated(word: Word) -> str:
    return without_prefix(word.lower)


def carried(denial: Denial, side: Side, other: Side) -> list[tuple[int, int, int]]:
    """The pairs for a denial whose words the other text has too; empty if it is about others."""
    scope = [
        at
        for at in denial.scope
        if side.found[at].lower not in REPORTING | LIGHT or len(denial.scope) < 3
    ][:8]
    if not scope:
        return []
    pairs = _pairs(scope, side, other)
    met = {at for at, _, _ in pairs}
    verbs = [at for at in denial.scope if not side.found[at].lower.endswith("ly")]
    head = bool(verbs) and verbs[0] in met
    if head and side.found[verbs[0]].lower in REPORTING and len(met) < 2:
        return []
    exact = {at for at, there, _ in pairs if _is_family(side.found[at], other.found[there])}
    if not exact:
        return []
    enough = len(met) * 2 >= len(scope) and len(met) >= 2
    head = head and (verbs[0] in exact)
    enough = enough and (denial.kind == "hedge" or _is_of_same_clause(denial, pairs, side, other))
    return pairs if enough or (head and (len(scope) <= 3 or len(met) >= 2)) else []


def _is_of_same_clause(
    denial: Denial, pairs: Sequence[tuple[int, int, int]], side: Side, other: Side
) -> bool:
    """Whether the other text's clause says little else than the clause of the denial."""
    there = pairs[0][1]
    before = clause_of(other.found, there, forward=False)
    says = max((at for at in before if other.found[at].lower in REPORTING), default=-1)
    clause = [*(at for at in before if at > says), there, *clause_of(other.found, there)]
    mine = [*clause_of(side.found, denial.at, forward=False), *denial.scope]
    told = [
        at
        for at in clause
        if other.found[at].is_content and other.found[at].lower not in REPORTING | LIGHT
    ]
    met = [at for at in told if any(_same_word(other.found[at], side.found[each]) for each in mine)]
    return len(met) >= 0.75 * len(told)


def _is_family(one: Word, other: Word) -> bool:
    """Whether they are forms of one word, not only synonyms."""
    shorter, longer = sorted((one.stem, other.stem), key=len)
    return (
        longer.startswith(shorter[: max(4, len(shorter) - 2)])
        or _negated(one) == other.stem
        or _negated(other) == one.stem
    )


def _is_dropped(
    denial: Denial, side: Side, ours: Side, theirs: Sequence[Side], *, first: bool
) -> bool:
    pairs = carried(denial, side, ours)
    if not pairs:
        return False
    if denial.kind == "forbids":
        return _is_permitted(ours, pairs)
    if side.found[denial.at].lower in REPORTING:
        return False
    if any(_agrees(pair, side, ours) for pair in pairs) or _licensed(denial, side, ours):
        return False
    if any(_denies_nearby(ours, there) for _, there, _ in pairs):
        return False
    # Another sentence of the passages may say it without the denial.
    stems = {ours.found[there].stem for _, there, _ in pairs}
    needed = len(stems) * (1.0 if first else 0.6)
    return not any(
        other is not side and len(_affirmed(other) & stems) >= needed for other in theirs
    )


def _denies_nearby(side: Side, at: int) -> bool:
    """Whether something is denied in the words right after one: "received no answer"."""
    return any(
        each.kind == "plain"
        and 0 < each.at - at <= 3
        and each.at - 1 in (at, *clause_of(side.found, at))
        for each in side.denials
    )


def _affirmed(side: Side) -> set[str]:
    """The stems of the words that are not denied."""
    return {word.stem for at, word in enumerate(side.found) if not side.parity(at)}


def _is_permitted(ours: Side, pairs: Sequence[tuple[int, int, int]]) -> bool:
    """Whether the statement permits what the passage forbids."""
    if any(each.kind in ("plain", "forbids") for each in ours.denials):
        return False
    words_there = [word.lower for word in ours.found]
    return any(word in _PERMITTING for word in words_there) and len({at for at, _, _ in pairs}) >= 2


def _agrees(pair: tuple[int, int, int], side: Side, other: Side) -> bool:
    at, there, flipped = pair
    if other.forbidden(there) and side.parity(at):
        return True
    return (side.parity(at) + flipped) % 2 == other.parity(there)


def _licensed(denial: Denial, side: Side, other: Side) -> bool:
    """Whether the other text says the denial in other words."""
    cue = side.found[denial.at].lower
    following = side.found[denial.at + 1].lower if denial.at + 1 < len(side.found) else ""
    there = {word.lower for word in other.found}
    if any(_negated(word) for word in other.found if word.is_content) and _has_negated_pair(
        denial, side, other
    ):
        return True
    if following == "longer":
        return bool(there & words("stopped stop ended end ceased former formerly once used past"))
    if following == "yet":
        return bool(there & words("yet still remain remained remains pending awaiting before"))
    if "until" in {word.lower for word in side.found[denial.at :]}:
        return bool(there & words("until only first before"))
    if cue == "without":
        return bool(there & words("lack lacks lacked lacking absence free"))
    return bool(there & _LICENSING_STRONG)


_SAME_CUE = words("without never lack lacks lacked unable nobody neither hardly")


def _is_said_so(denial: Denial, ours: Side, theirs: Sequence[Side]) -> bool:
    """Whether the passages deny a part of it in the same way, or affirm the opposite of it."""
    cue = ours.found[denial.at].lower
    denied = {ours.found[at].stem for at in denial.scope}
    for side in theirs:
        for each in side.denials:
            same = side.found[each.at].lower == cue and cue in _SAME_CUE
            if same and denied & {side.found[at].stem for at in each.scope}:
                return True
        clause = {ours.found[at].stem for at in clause_of(ours.found, denial.at, forward=False)}
        for at, word in enumerate(side.found):
            beside = {
                side.found[each].stem
                for each in (
                    *clause_of(side.found, at, forward=False),
                    *clause_of(side.found, at),
                )
            }
            if beside & (clause | denied) and any(are_opposites(one, word.stem) for one in denied):
                return True
    return False


def _is_of_pronoun(denial: Denial, side: Side) -> bool:
    """Whether what is denied is only "it" or "so", which may be what the statement denies."""
    return denial.kind == "plain" and any(
        word.lower in ("it", "so", "this", "that") for word in side.found[denial.at : denial.at + 5]
    )


_UNREAL = re.compile(r"(?i)\b(?:could|should|would|might|ought to) have\b")
_OTHERS = words("other others else any outside beyond more")
_LICENSING_STRONG = words("""
    few little too hardly rarely except apart only impossible insufficient inadequate unclear unpaid
    stop stops stopping stopped end ends ended cease ceases abandon abandoned silent false wrong
    cancelled canceled off out limit limited limits maximum cap capped dismissed dismiss frozen
    freeze unchanged
    """)


def _has_negated_pair(denial: Denial, side: Side, other: Side) -> bool:
    bare = {_negated(word) for word in other.found}
    return any(side.found[at].stem in bare for at in denial.scope)


def _is_added(denial: Denial, ours: Side, theirs: Sequence[Side]) -> bool:
    """Whether the statement denies what the passages say, or what they do not speak of so."""
    cue = ours.found[denial.at].lower
    agreeing = opposed = False
    most = 0
    for side in theirs:
        pairs = carried(denial, ours, side)
        met = len({at for at, _, _ in pairs})
        if met and met >= most:
            agrees = any(_agrees(pair, ours, side) for pair in pairs)
            agreeing, opposed = agrees or (agreeing and met == most), not agrees
            most = met
        if _has_negated_pair(denial, ours, side):
            agreeing = True
        if any(each.kind == "forbids" for each in side.denials):
            agreeing = True
        if len(side.text) <= 60 and any(_is_of_pronoun(each, side) for each in side.denials):
            agreeing = True
    if agreeing:
        return False
    there = {word.lower for side in theirs for word in side.found}
    if any(_UNREAL.search(side.text) for side in theirs):
        return False
    if {"before", "any"} <= there or _is_said_so(denial, ours, theirs):
        return False
    if "only" in there and _OTHERS & {word.lower for word in ours.found}:
        return False
    plain_there = any(each.kind == "plain" for side in theirs for each in side.denials)
    if cue in DENYING:
        following = ours.found[denial.at + 1].lower if denial.at + 1 < len(ours.found) else ""
        licensing = _LICENSING_STRONG | DENYING
        return opposed and following in ("to", "that", "having") and not there & licensing
    if there & (_LICENSING_STRONG if opposed else _LICENSING):
        return False
    return opposed or not plain_there

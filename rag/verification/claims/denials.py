"""What is denied in a sentence, by which word."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.verification.claims.lexicon import words
from rag.verification.claims.reading import Word, clause_of, read, stem

__all__ = ["DENYING", "Denial", "all_denied", "denials_in", "is_denying", "without_prefix"]

_MOST = 12  # denials in one sentence; the checks take quadratic time in them

_NEGATIVE = words(
    "not no never nobody none nothing neither nor cannot without hardly scarcely barely rarely "
    "seldom nowhere unable inability lack lacks lacked lacking absence"
)

# Verbs that deny what follows them; "failed to", "unable to" and such.
DENYING = words(
    "deny denies denied denying refuse refuses refused refusing refusal reject rejects rejected "
    "fail fails failed failing failure prevented unwilling declined declines disputed disputes"
)

# What they deny follows them: "refused to sign", "denied that it was so", "rejected any claim".
_DENIED_BY = words("to that any having in ever")
_FORBIDDING = words(
    "ban bans banned forbid forbids forbidden prohibit prohibits prohibited bar bars barred outlaw "
    "outlawed illegal unlawful crime offence offense punishable barring banning criminalized "
    "criminalised prevents prevented blocked"
)
_PREFIXES = re.compile(
    r"^(?:un(?!der|til|it|ion|iv|less|ite|cle|iq|ani)|non-?|il(?=leg|lit)|ir(?=reg|rel|resp)|"
    r"im(?=poss|prop|perf|mob)|"
    r"in(?=adeq|accu|capa|comp|cons|corr|direct|effec|effic|elig|human|secur|suffic|toler|valid|"
    r"visib|volun|depend|abil|action|equal|freq|sepa|formal|signif|sens|sign|stabil)|"
    r"dis(?=agree|appro|allow|obey|satis|contin|honest|trust|resp))(?=\w{3})"
)
_EXCEPT = re.compile(r"\b(?:except|other than|apart from|aside from|besides)\b", re.I)
_NO_DENIAL = re.compile(
    r"(?ix)\b(?:not\s+(?:only|just|merely|simply)"
    r"|no\s+(?:doubt|matter|(?:less|fewer|more|later|longer|higher|lower)\s+than)"
    r"|not\s+(?:to\s+)?(?:exceed\w*|surpass\w*|(?:more|less|fewer)\s+than)"
    r"|whether\s+or\s+not|if\s+not|No\.\s*\d|nothing\s+but"
    r"|without\s+(?:delay|doubt|exception|interruption|question))\b"
)
_IN_PLACE_OF = re.compile(r"(?i)\b(?:rather\s+than|instead\s+of|as\s+opposed\s+to|free\s+of)\b")


@dataclass(frozen=True, slots=True)
class Denial:
    """A word at number ``at`` of a sentence that denies the words of ``scope``, by number.

    ``kind`` is ``plain`` for "not", "denied" and such, ``forbids`` for "banned", ``hedge`` for
    words that leave open whether it is so.
    """

    at: int
    scope: tuple[int, ...]
    kind: str
    phrase: str


@lru_cache(maxsize=4_000)
def denials_in(text: str) -> tuple[Denial, ...]:
    """The denials of a sentence, in order; of very many, the first."""
    return tuple(itertools.islice(_denials(text, read(text)), _MOST))


def _denials(text: str, found: Sequence[Word]) -> Iterator[Denial]:
    skipped = [match.span() for match in _NO_DENIAL.finditer(text)]
    replaced = {match.start() for match in _IN_PLACE_OF.finditer(text)}
    for at, word in enumerate(found):
        if any(start <= word.start < end for start, end in skipped):
            continue
        following = found[at + 1].lower if at + 1 < len(found) else ""
        if word.lower in _NEGATIVE or word.start in replaced:
            if word.lower != "without" and _EXCEPT.search(_ahead(text, found, at)):
                continue
            if word.lower in ("no", "nothing", "none", "nobody") and any(
                other.lower == "but" for other in found[at + 1 : at + 4]
            ):
                continue
            scope = _denied_after(found, at)
            if word.lower in ("nobody", "none", "nothing", "neither"):
                scope = scope or clause_of(found, at, forward=False)
            yield _denial(text, found, at, scope, "plain")
        elif word.lower in DENYING and (
            following in _DENIED_BY or word.lower.startswith("den") or following.endswith("ing")
        ):
            yield _denial(text, found, at, clause_of(found, at), "plain")
        elif word.lower in ("could", "should", "would") and following == "have":
            if any(other.lower == "but" for other in found[at:]):
                yield _denial(text, found, at, clause_of(found, at), "plain")
        elif word.lower in _FORBIDDING:
            both = clause_of(found, at, forward=False) + clause_of(found, at)
            yield _denial(text, found, at, both, "forbids")


def _denied_after(found: Sequence[Word], at: int) -> list[int]:
    """The words that a "not" reaches: to the end of the clause, or to the next "not"."""
    scope = clause_of(found, at)
    beyond = scope[-1] + 1 if scope else at + 1
    whom = beyond < len(found) and found[beyond].lower in ("who", "whom", "which", "that")
    if whom and (found[at].lower in ("nobody", "nothing", "none") or len(scope) == 1):
        scope += [beyond, *clause_of(found, beyond)]  # "no one who was there"
    ends = next((each for each in scope if found[each].lower in _NEGATIVE - {"without"}), None)
    return [each for each in scope if ends is None or each < ends]


def _ahead(text: str, found: Sequence[Word], at: int) -> str:
    end = min(at + 9, len(found) - 1)
    return text[found[at].end : found[end].end]


def _denial(text: str, found: Sequence[Word], at: int, scope: Sequence[int], kind: str) -> Denial:
    numbers = tuple(each for each in scope if found[each].is_content)
    last = numbers[min(2, len(numbers) - 1)] if numbers else at
    start, end = min(found[at].start, found[last].start), max(found[at].end, found[last].end)
    return Denial(at, numbers, kind, text[start:end])


_BARE = words("a an the any there such")


def all_denied(statement: str, sentence: str, *, previous: str = "") -> bool:
    """Whether a short sentence denies nothing but words of the statement: "No meeting took place".

    One that only says "That did not" denies what the sentence before it, ``previous``, says.
    """
    denials = [each for each in denials_in(sentence) if each.kind == "plain"]
    if len(denials) != 1 or any(each.kind == "plain" for each in denials_in(statement)):
        return False
    found = read(sentence)
    mine = {word.stem for word in read(statement)}
    rest = [
        word
        for at, word in enumerate(found)
        if word.is_word and at != denials[0].at and word.lower not in _BARE | _AUXILIARIES
    ]
    if len(rest) > 6 or not rest or not all(word.stem in mine for word in rest):
        return False
    if denials[0].scope or found[denials[0].at].lower in ("no", "nobody", "none", "nothing"):
        return True
    said = {word.stem for word in read(previous) if word.is_content}
    return len(said & mine) >= 2


_AUXILIARIES = words("do does did is are was were be been has have had will would can could")


@lru_cache(maxsize=20_000)
def without_prefix(lower: str) -> str:
    """The stem without a negative prefix ("lawful" of "unlawful"); empty if it has none."""
    bare = _PREFIXES.sub("", lower)
    return stem(bare) if bare != lower else ""


def is_denying(word: Word) -> bool:
    """Whether a word by itself denies what follows: "not", "refused"; not "forbidden"."""
    return word.lower in _NEGATIVE or word.lower in DENYING

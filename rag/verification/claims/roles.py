"""Who does what to whom, and which of two has more."""

from __future__ import annotations

from collections.abc import Sequence

from rag.verification.claims.lexicon import MONTHS, REPORTING, words
from rag.verification.claims.names import names_in, nameset
from rag.verification.claims.numerals import figures_in
from rag.verification.claims.reading import Word, read, related
from rag.verification.claims.thesaurus import irregular_verbs

__all__ = ["roles_swapped"]

_PASSIVE = words("is are was were be been being get got gets")


def roles_swapped(statement: str, told: Sequence[str]) -> tuple[str, str] | None:
    """Two names or things that stand on opposite sides of a verb in the statement and passages."""
    ours = read(statement)
    for text in told:
        theirs = read(text)
        for at, word in enumerate(ours):
            if not _is_verb_like(word) or _is_attribute(ours, at):
                continue
            for there, other in enumerate(theirs):
                if _is_attribute(theirs, there):
                    continue
                if other.stem == word.stem and (pair := _crossed(ours, at, theirs, there)):
                    return pair
        if pair := _other_agent(statement, ours, text, theirs):
            return pair
        if pair := _ends_swapped(ours, theirs) or _comparison_swapped(ours, theirs):
            return pair
    return None


def _is_attribute(found: Sequence[Word], at: int) -> bool:
    """Whether a participle goes with the noun after it: "the stolen letters", "London-based"."""
    before = found[at - 1].lower if at else ""
    if before in _BEFORE_NOUN:
        return True
    # "a short written plan"
    beside = at + 1 < len(found) and found[at + 1].is_content and not found[at + 1].is_capital
    return beside and at > 1 and found[at - 2].lower in ("a", "an")


_BEFORE_NOUN = words("the a an its their his her these those of from with for - more most")


def _is_verb_like(word: Word) -> bool:
    if not word.is_content or word.is_capital:
        return False
    return word.lower.endswith("ed") or word.lower in irregular_verbs()


_STOPS = frozenset(".;:,()")


def _sides(found: Sequence[Word], at: int) -> tuple[list[Word], list[Word]]:
    """Who acts, and on whom: the words before and after a verb, turned round in the passive."""
    before: list[Word] = []
    for number, word in enumerate(reversed(found[max(at - 9, 0) : at])):
        # "…, the minister, refused": the comma before a verb ends an apposition, not the clause.
        if word.lower in _STOPS and not (word.text == "," and number == 0):
            break
        if word.lower in REPORTING:
            break
        if _is_thing(word) and not _is_of(found, max(at - 9, 0), at - 1 - number):
            before.append(word)
    after: list[Word] = []
    for word in found[at + 1 : at + 10]:
        if word.lower in _STOPS:
            break
        if _is_thing(word):
            after.append(word)
    following = [word.lower for word in found[at + 1 : at + 8]]
    passive = any(word.lower in _PASSIVE for word in found[max(at - 3, 0) : at])
    if (passive and "by" in following) or "by" in following[:2]:
        by = next(
            number for number, word in enumerate(found[at + 1 :], at + 1) if word.lower == "by"
        )
        agent = [word for word in found[by + 1 : by + 7] if _is_thing(word)]
        return agent[:3], before[:3]
    return before[:3], after[:4]


def _is_of(found: Sequence[Word], first: int, at: int) -> bool:
    """Whether a name only tells where somebody is from: "the president of Armenia"."""
    while at > first and (found[at - 1].is_capital or found[at - 1].lower == "the"):
        at -= 1
    return found[at].is_capital and at > 0 and found[at - 1].lower in ("of", "from", "in", "for")


def _is_thing(word: Word) -> bool:
    return (
        word.is_content
        and word.lower not in REPORTING
        and not word.lower.endswith("ly")
        and word.lower not in MONTHS
        and not figures_in(word.text)
        and not word.text[:1].isdigit()
    )


def _crossed(
    ours: Sequence[Word], at: int, theirs: Sequence[Word], there: int
) -> tuple[str, str] | None:
    who, whom = _sides(ours, at)
    who_there, whom_there = _sides(theirs, there)
    beside = theirs[there - 1].lower if there else ""
    if not who_there and beside in (
        "and",
        "or",
        "then",
        "also",
        "later",
        "has",
        "had",
        ",",
    ):  # "…, and received": the subject stands at the head of the sentence
        who_there = [word for word in theirs[:there] if word.is_capital and _is_thing(word)][:1]
    for one in who:
        for two in whom:
            if one.stem == two.stem:
                continue
            crossed = _in(one, [*whom_there, *_named_after(theirs, there)]) and _in(two, who_there)
            straight = _in(one, who_there) or _in(two, whom_there)
            if crossed and not straight:
                return one.text, two.text
    agent = next((word for word in who_there if word.is_capital), None)
    if ours[at].lower in REPORTING and ours[min(at + 1, len(ours) - 1)].lower != "against":
        return None
    if agent and who and who[0].is_capital and not _in(agent, who) and _in(agent, whom):
        return who[0].text, agent.text
    return None


def _other_agent(
    statement: str, ours: Sequence[Word], text: str, theirs: Sequence[Word]
) -> tuple[str, str] | None:
    """Who does it in the statement, and who does the very same to the very same in a sentence."""
    there_named = nameset(text)
    for at, word in enumerate(ours):
        if not _is_verb_like(word) or word.lower in REPORTING or not at:
            continue
        name = next((each for each in names_in(statement) if each.end == ours[at - 1].end), None)
        if name is None or there_named.has(name):
            continue
        done_to = {each.stem for each in _sides(ours, at)[1]}
        for there, other in enumerate(theirs):
            if other.stem != word.stem or not there or _is_attribute(theirs, there):
                continue
            agent = next(
                (each for each in names_in(text) if each.end == theirs[there - 1].end), None
            )
            if agent and len(done_to & {each.stem for each in _sides(theirs, there)[1]}) >= 2:
                return name.text, agent.text
    return None


def _named_after(found: Sequence[Word], at: int) -> list[Word]:
    """The names after a verb, to the end of the sentence."""
    return [word for word in found[at + 1 :] if word.is_capital and _is_thing(word)]


def _in(word: Word, group: Sequence[Word]) -> bool:
    return any(_kin(word, other) for other in group)


def _kin(word: Word, other: Word) -> bool:
    if word.stem == other.stem:
        return True
    return word.is_capital and other.is_capital and related(word.stem, other.stem)


_ENDS = (("from", "to"), ("from", "into"), ("by", "against"))


def _ends_swapped(ours: Sequence[Word], theirs: Sequence[Word]) -> tuple[str, str] | None:
    """What goes from one to the other in the statement, and the other way in the passages."""
    for one, other in _ENDS:
        start, end = _after(ours, one), _after(ours, other)
        start_there, end_there = _after(theirs, one), _after(theirs, other)
        if (
            start
            and end
            and start_there
            and end_there
            and _kin(start, end_there)
            and _kin(end, start_there)
            and not _kin(start, end)
        ):
            return start.text, end.text
    return None


_MORE = words("more higher larger greater bigger better older longer stronger")
_LESS = words("less lower smaller fewer worse younger shorter weaker")


def _comparison_swapped(ours: Sequence[Word], theirs: Sequence[Word]) -> tuple[str, str] | None:
    """What is more than the other in the statement, and less in the passages."""
    mine, told = _compared(ours), _compared(theirs)
    if mine is None or told is None:
        return None
    (one, two, more), (first, second, more_there) = mine, told
    crossed = _kin(one, second) and _kin(two, first)
    return (one.text, two.text) if crossed and more == more_there and not _kin(one, two) else None


def _compared(found: Sequence[Word]) -> tuple[Word, Word, bool] | None:
    """The two things of a comparison with "than", and whether the first has more."""
    than = next((at for at, word in enumerate(found) if word.lower == "than"), None)
    if than is None:
        return None
    signs = [at for at in range(than) if found[at].lower in _MORE | _LESS]
    things = [word for word in found[: signs[-1]] if _is_thing(word)] if signs else []
    other = next((word for word in found[than + 1 : than + 6] if _is_thing(word)), None)
    if not things or other is None:
        return None
    return things[0], other, found[signs[-1]].lower in _MORE


def _after(found: Sequence[Word], preposition: str) -> Word | None:
    """The first name after a preposition."""
    for at, word in enumerate(found):
        if word.lower == preposition:
            for following in found[at + 1 : at + 4]:
                if following.is_capital and following.is_content:
                    return following
    return None

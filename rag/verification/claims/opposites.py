"""Words that turn a claim round: direction, order, and how many of all."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from rag.verification.claims.denials import denials_in, without_prefix
from rag.verification.claims.lexicon import words
from rag.verification.claims.poles import poles_of
from rag.verification.claims.reading import Word, read, related

__all__ = ["level_of", "opposite_word", "order_turned", "quantity_changed"]

_NEAR = 7  # words on each side that tell what a word is about


def opposite_word(statement: str, told: Sequence[str]) -> tuple[str, str] | None:
    """A word of the statement, and its opposite that the passages have in its place."""
    ours = read(statement)
    theirs = [read(text) for text in told]
    claimed = {pole for word in ours for pole in poles_of(word.stem)}
    for at, word in enumerate(ours):
        for pair, side in poles_of(word.stem):
            if (pair, 1 - side) in claimed:
                continue
            same = max((_nearness(ours, at, found, (pair, side))[0] for found in theirs), default=0)
            for text, found in zip(told, theirs, strict=True):
                shared, there = _nearness(ours, at, found, (pair, 1 - side))
                if shared <= 1.3 * same or there is None:
                    continue
                if _denied(statement, at) == _denied(text, there):
                    return word.text, found[there].text
    if any(each.kind != "hedge" for text in (statement, *told) for each in denials_in(text)):
        return None
    return _over_and_under(ours, theirs)


def _over_and_under(
    ours: Sequence[Word], theirs: Sequence[Sequence[Word]]
) -> tuple[str, str] | None:
    """A word turned round by its beginning ("unlawful"), or by "up" and "down" before "from"."""
    there = {word.lower: word.text for found in theirs for word in found}
    stems = {word.stem for found in theirs for word in found}
    bare = {without_prefix(word.lower): word for found in theirs for word in found}
    mine = {word.stem for word in ours}
    against = {  # "against the law" is "unlawful"
        word.stem
        for found in theirs
        for at, word in enumerate(found)
        if {other.lower for other in found[max(at - 3, 0) : at]} & _AGAINST
    }
    for at, word in enumerate(ours):
        if word.is_content and word.stem not in stems and word.stem in bare:
            return word.text, bare[word.stem].text
        affirmed = without_prefix(word.lower)
        if affirmed and word.stem not in stems and affirmed in stems - mine - against:
            return word.text, next(w.text for found in theirs for w in found if w.stem == affirmed)
        if turned := _turned(ours, at, theirs):
            return word.text, turned
        for one, other in (("over", "under"), ("under", "over"), ("pro-", "anti-")):
            turned = other + word.lower.removeprefix(one)
            if word.lower.startswith(one) and len(word.lower) > 7 and turned in there:
                return word.text, there[turned]
    return None


def _nearness(
    ours: Sequence[Word], at: int, theirs: Sequence[Word], pole: tuple[int, int]
) -> tuple[float, int | None]:
    """How much a word of this pole is about the same, and the number of the word; 0 if none is.

    Words that both have near by tell it, the nearer the more. One of the same stem as the word at
    ``at`` is about the same in any case.
    """
    mine = _around(ours, at)
    best: tuple[float, int | None] = (0.0, None)
    for there, word in enumerate(theirs):
        if pole not in poles_of(word.stem):
            continue
        if word.stem == ours[at].stem:
            return 99.0, there
        other = _around(theirs, there)
        shared = sum(1 / other[each] + 1 / mine[each] for each in mine.keys() & other.keys())
        if shared > best[0]:
            best = shared, there
    return best


def _around(found: Sequence[Word], at: int) -> dict[str, int]:
    """The stems of the words near one, with how far from it they stand."""
    near: dict[str, int] = {}
    for distance in range(_NEAR, 0, -1):
        for place in (at - distance, at + distance):
            if 0 <= place < len(found) and found[place].is_content:
                near[found[place].stem] = distance
    near.pop(found[at].stem, None)
    return near


def _denied(text: str, at: int) -> int:
    denials = [each for each in denials_in(text) if each.kind == "plain"]
    return sum(at in each.scope for each in denials) % 2


_AGAINST = words("against without contrary outside beyond lack lacks lacked less non violation")


def _turned(ours: Sequence[Word], at: int, theirs: Sequence[Sequence[Word]]) -> str:
    """The word "down", where the statement has "up from" or "up by", and the passages "down"."""
    word, other = ours[at].lower, {"up": "down", "down": "up"}.get(ours[at].lower)
    following = ours[at + 1].lower if at + 1 < len(ours) else ""
    if other is None or following not in ("from", "by"):
        return ""
    pairs = {(a.lower, b.lower) for found in theirs for a, b in itertools.pairwise(found)}
    return other if (other, following) in pairs and (word, following) not in pairs else ""


def order_turned(statement: str, told: Sequence[str]) -> tuple[str, str] | None:
    """The words "before" and "after", where one stands for the other between the same things."""
    ours = read(statement)
    for at, word in enumerate(ours):
        if word.lower not in ("before", "after"):
            continue
        if any(each.kind == "plain" and each.at < at for each in denials_in(statement)):
            continue  # "none came before it ended" is "it ended before any came"
        for text in told:
            found = read(text)
            for there, other in enumerate(found):
                if other.lower not in ("before", "after"):
                    continue
                straight, crossed = _sides(ours, at, found, there)
                same = word.lower == other.lower
                if (same and crossed > straight + 1) or (not same and straight > crossed + 1):
                    return word.text, other.text
    return None


def _sides(ours: Sequence[Word], at: int, theirs: Sequence[Word], there: int) -> tuple[int, int]:
    """How many words stand on the same side of both, and how many on the other side."""

    def near(found: Sequence[Word], start: int, end: int) -> set[str]:
        return {word.stem for word in found[max(start, 0) : end] if word.is_content}

    left, right = near(ours, at - 8, at), near(ours, at + 1, at + 9)
    left_there, right_there = near(theirs, there - 8, there), near(theirs, there + 1, there + 9)
    straight = len(left & left_there) + len(right & right_there)
    crossed = len(left & right_there) + len(right & left_there)
    return straight, crossed


# From all to none. What is said of more than the passage says is a fault; of fewer, it is not.
_QUANTIFIERS: dict[str, int] = {
    **dict.fromkeys(["all", "every", "each", "whole", "entire", "everyone", "everybody", "any"], 5),
    **dict.fromkeys(["most", "majority", "bulk", "mostly"], 4),
    **dict.fromkeys(["many", "numerous"], 3),
    **dict.fromkeys(["some", "several", "various", "certain", "part", "partly"], 2),
    **dict.fromkeys(["few", "hardly", "handful"], 1),
}
_NEARLY = words("nearly almost practically virtually not")
_UNIVERSAL = words(
    "all every each whole entire everyone everybody any throughout total totally both completely "
    "complete fully full always no none nobody only across everywhere anyone wherever nationwide "
    "everything anything entirely nothing neither never"
)
_EXCLUSIVE = words("only sole solely exclusively just alone merely")
_EXCLUSIVE_THERE = _EXCLUSIVE | words(
    "except apart no but other limited unique exclusive until single one nothing save restricted "
    "never none not unless first without until"
)


def quantity_changed(statement: str, told: Sequence[str]) -> tuple[str, str] | None:
    """A word for more than the passages say ("all" for "some"), and theirs (empty if none)."""
    ours = read(statement)
    theirs = [read(text) for text in told]
    lower = {word.lower for found in theirs for word in found}
    for at, word in enumerate(ours):
        level = level_of(ours, at)
        if level is None:
            continue
        head = _head(ours, at)
        if head is None:
            continue
        clash = [_other_level(found, head) for found in theirs]
        levels = [each for each in clash if each is not None]
        if levels and not any(known >= level for known, _ in levels):
            return word.text, levels[0][1]
        if level == 5 and not levels and not lower & _UNIVERSAL and word.lower != "any":
            return word.text, ""
    return _exclusive(ours, lower)


def level_of(found: Sequence[Word], at: int) -> int | None:
    """How much of all a quantifier says, from 5 (all) to 1 (few); None for any other word."""
    word = found[at]
    level = _QUANTIFIERS.get(word.lower)
    if word.lower == "only" and at + 1 < len(found) and _is_number(found[at + 1]):
        return 1
    if level is None:
        return None
    before = found[at - 1].lower if at else ""
    if level == 5 and before in _NEARLY:
        return 4
    if word.lower in ("all", "most", "few", "some") and before in (
        "at",
        "a",
        "in",
        "the",
        "above",
        "of",
        "after",
        "first",
    ):
        return None
    if word.lower == "some" and at + 1 < len(found) and found[at + 1].text[:1].isdigit():
        return None
    if word.lower in ("any", "certain", "part", "whole"):
        return None
    following = found[at + 1] if at + 1 < len(found) else None
    if word.lower == "each" and (following is None or not following.is_content):
        return None  # "twelve feet each" are so many for one
    return level


def _head(found: Sequence[Word], at: int) -> list[str] | None:
    """The stems of the noun that a quantifier counts: what follows, up to a preposition."""
    stems: list[str] = []
    for word in found[at + 1 : at + 7]:
        if word.lower in (
            "of",
            "the",
            "these",
            "those",
            "its",
            "their",
            "his",
            "her",
            "one",
            "'",
            "s",
        ):
            continue
        if not word.is_word or (stems and not word.is_content):
            break
        if word.is_content:
            stems.append(word.stem)
    return stems[:3] or None


def _other_level(found: Sequence[Word], head: Sequence[str]) -> tuple[int, str] | None:
    best: tuple[int, str] | None = None
    for at in range(len(found)):
        level = level_of(found, at)
        if level is None:
            continue
        heads = _head(found, at) or []
        if any(related(one, other) for one in head[:2] for other in heads) and (
            best is None or level > best[0]
        ):
            nearly = found[at - 1].text + " " if at and found[at - 1].lower in _NEARLY else ""
            best = level, nearly + found[at].text
    return best


def _exclusive(ours: Sequence[Word], lower: set[str]) -> tuple[str, str] | None:
    for at, word in enumerate(ours):
        if word.lower not in ("only", "solely", "exclusively") or lower & _EXCLUSIVE_THERE:
            continue
        following = ours[at + 1] if at + 1 < len(ours) else None
        before = ours[at - 1].lower if at else ""
        if before == "not" or following is None or _is_number(following):
            continue
        return word.text, ""
    return None


def _is_number(word: Word) -> bool:
    return word.text[:1].isdigit() or bool(
        re.fullmatch(
            r"one|two|three|four|five|six|seven|eight|nine|ten|half|a|about|some|partly|in|part",
            word.lower,
        )
    )

"""Sentences that are nearly those of a passage: which words have been put in the place of others.

Where most words of a statement stand in a sentence of the passage in the same order, the few that
differ are looked at one by one. A statement in words of its own is none of this module's business.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rag.verification.claims.denials import is_denying
from rag.verification.claims.figures import Figure, says_same
from rag.verification.claims.lexicon import LIGHT, REPORTING, words
from rag.verification.claims.names import Name, names_in, nameset
from rag.verification.claims.numerals import figures_in
from rag.verification.claims.opposites import level_of
from rag.verification.claims.poles import are_opposites
from rag.verification.claims.reading import Word, read, related

__all__ = ["Change", "changed_word"]

Alike = Callable[[str, str], float]
"""How close in meaning two words are, in [-1, 1]."""
_COPIED = 0.72  # share of the statement's words that stand in the sentence in the same order
_SHORTEST = 5  # words
_LEFT_OUT = 3  # words; more than that is a clause left out, which may be denied by itself
_UNLIKE = 0.25
_NEARLY_ALL = 0.85


@dataclass(frozen=True, slots=True)
class Change:
    """Words of the statement and those of the passage in their place; one of them may be empty."""

    yours: str
    source: str
    denied: bool = False


def changed_word(
    statement: str, told: Sequence[str], *, alike: Alike | None = None
) -> Change | None:
    """The first change of sense in a statement that is nearly one of the sentences, if it is."""
    ours = [word for word in read(statement) if word.is_word]
    if len(ours) < _SHORTEST:
        return None
    best: tuple[float, list[Word], SequenceMatcher[str], str] | None = None
    for text in told:
        theirs = [word for word in read(text) if word.is_word]
        matcher = SequenceMatcher(
            None, [word.stem for word in ours], [word.stem for word in theirs], autojunk=False
        )
        share = sum(block.size for block in matcher.get_matching_blocks()) / len(ours)
        if share >= _COPIED and (best is None or share > best[0]):
            best = share, theirs, matcher, text
    if best is None:
        return None
    share, theirs, matcher, text = best
    same_denials = sum(map(is_denying, ours)) == sum(map(is_denying, theirs))
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            continue
        inside = a > 0 and b < len(ours)
        change = _change(ours[a:b], theirs[c:d], inside=inside) or _other_item(
            _items(statement, ours[a:b]), _items(text, theirs[c:d]), text
        )
        if change is None and inside and alike is not None and share >= _NEARLY_ALL:
            change = _other_word(ours[a:b], theirs[c:d], alike)
        # "denied that it was so" says the same as "said that it was not so".
        if change is not None and not (change.denied and same_denials):
            return change
    return None


def _change(ours: Sequence[Word], theirs: Sequence[Word], *, inside: bool) -> Change | None:
    yours, source = (" ".join(word.text for word in side) for side in (ours, theirs))
    if max(len(ours), len(theirs)) <= _LEFT_OUT and inside:
        denied = sum(map(is_denying, ours)), sum(map(is_denying, theirs))
        if bool(denied[0]) != bool(denied[1]) and not _is_denied_otherwise(ours, theirs):
            return Change(yours, source, denied=True)
    if not ours or not theirs:
        return None
    level, other = _level(ours), _level(theirs)
    if level is not None and other is not None and (level > other or (level == 1 and other > 2)):
        return Change(yours, source)
    for one in ours:
        for two in theirs:
            if len(ours) <= 2 and len(theirs) <= 2 and are_opposites(one.stem, two.stem):
                return Change(one.text, two.text)
    return None


_OTHERWISE = words("few little hardly lack lacks lacked without un only free avoid stop stopped")


def _is_denied_otherwise(ours: Sequence[Word], theirs: Sequence[Word]) -> bool:
    """Whether a denial stands for other words that deny: "not in force" for "suspended"."""
    silent = ours if any(map(is_denying, theirs)) else theirs
    return any(word.is_content or word.lower in _OTHERWISE for word in silent)


@dataclass(frozen=True, slots=True)
class _Items:
    """The names and figures in some words of a text, and the words themselves."""

    text: str
    names: tuple[Name, ...]
    figures: tuple[Figure, ...]


def _items(text: str, found: Sequence[Word]) -> _Items:
    if not found:
        return _Items("", (), ())
    start, end = found[0].start, found[-1].end

    def inside(item: Name | Figure) -> bool:
        return item.start < end and start < item.end

    # A first word may be a verb ("Let us …"): as a name it proves nothing.
    names = tuple(name for name in names_in(text) if inside(name) and name.start > 0)
    return _Items(text[start:end], names, tuple(filter(inside, figures_in(text))))


def _other_item(ours: _Items, theirs: _Items, text: str) -> Change | None:
    """A name in the place of another name, or a figure in the place of another figure."""
    if ours.names and theirs.names:
        known, told = (
            nameset(" ; ".join((side.text, *(name.text for name in side.names))))
            for side in (ours, theirs)
        )
        same = any(map(told.has, ours.names)) or any(map(known.has, theirs.names))
        same = same or any(name.is_short_form and nameset(text).has(name) for name in ours.names)
        if not same:
            return Change(ours.names[0].text, theirs.names[0].text)
    if (
        ours.figures
        and theirs.figures
        and not any(says_same(one, two) for one in ours.figures for two in theirs.figures)
    ):
        return Change(ours.figures[0].written, theirs.figures[0].written)
    return None


def _level(found: Sequence[Word]) -> int | None:
    levels = [level for at in range(len(found)) if (level := level_of(found, at)) is not None]
    return levels[0] if levels else None


def _other_word(ours: Sequence[Word], theirs: Sequence[Word], alike: Alike) -> Change | None:
    """One word in the place of another that has nothing to do with it; verbs have too many."""
    mine, other = _telling(ours), _telling(theirs)
    if len(mine) != 1 or len(other) != 1 or max(len(ours), len(theirs)) > 2:
        return None
    one, two = mine[0], other[0]
    if related(one.stem, two.stem) or figures_in(one.text) or figures_in(two.text):
        return None
    if any(word.lower.endswith(("ed", "ing")) for word in (one, two)):
        return None
    if one.is_capital != two.is_capital or alike(one.lower, two.lower) >= _UNLIKE:
        return None
    return Change(one.text, two.text)


def _telling(found: Sequence[Word]) -> list[Word]:
    return [word for word in found if word.is_content and word.lower not in REPORTING | LIGHT]

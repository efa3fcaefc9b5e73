"""Proper names in a sentence, and whether a text has them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from rag.verification.claims.aliases import NATIONAL_ENDINGS, aliases, demonyms
from rag.verification.claims.lexicon import (
    FUNCTION,
    LIGHT,
    MONTHS,
    PLURALS,
    REPORTING,
    ROLES,
)
from rag.verification.claims.reading import Word, plain, read, stem

__all__ = ["Name", "Nameset", "key", "names_in", "nameset"]

_INNER = frozenset(
    [
        "of",
        "the",
        "de",
        "del",
        "la",
        "le",
        "von",
        "van",
        "der",
        "bin",
        "ibn",
        "al",
        "el",
        "for",
        "on",
        "in",
        "and",
    ]
)
_SUFFIXES = re.compile(
    r"(?:ly|ing|tion|sion|ity|ment|ness|ence|ance|ism|ship|hood|cy|dom|ure|al|ive|ous|ful|ic|able|"
    r"ible|less|ary|ed|wide|ist|ists|ers|ors|ions|ies|ments|ances|ences)$"
)
_SPEAKS = frozenset(["said", "says", "told", "tells", "added", "noted", "argued", "stated"])


@dataclass(frozen=True, slots=True)
class Name:
    """A proper name at ``[start, end)``; ``keys`` are its words in their simplest form.

    ``parts`` are the names on both sides of an "of" or "in" that may as well stand apart.
    """

    text: str
    keys: tuple[str, ...]
    start: int
    end: int
    parts: tuple[tuple[str, ...], ...] = ()

    @property
    def is_short_form(self) -> bool:
        """Whether it is written in capitals, as acronyms are."""
        letters = self.text.replace(".", "")
        return len(letters) > 1 and letters.rstrip("s").isupper()


def key(word: str) -> str:
    """A word of a name in its simplest form: lower case, no accents, of the country itself."""
    bare = unicodedata.normalize("NFD", plain(word).casefold())
    bare = "".join(each for each in bare if each.isalnum())
    return demonyms().get(bare, bare)


@lru_cache(maxsize=4_000)
def names_in(text: str) -> tuple[Name, ...]:
    """The proper names of a sentence, in order, without months, weekdays and titles.

    The first word of a sentence counts only if it looks like a name and not like any other word.
    """
    words = read(text)
    found: list[Name] = []
    for first, last in _runs(words):
        found.extend(_name(text, words, first, last))
    return tuple(found)


def _runs(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Number ranges of words with capitals that stand together; little words may lie between."""
    at = 0
    while at < len(words):
        if not _may_be_name(words, at):
            at += 1
            continue
        end = at + 1
        while (step := _next(words, end)) is not None:
            end = step
        yield at, end
        at = end


def _next(words: Sequence[Word], end: int) -> int | None:
    """Where the name goes on to, if it goes on at ``end``."""
    if end >= len(words):
        return None
    word = words[end]
    if word.is_capital and word.is_word:
        return end + 1
    if word.text == "-" and end + 1 < len(words) and words[end + 1].start == word.end:
        beside = words[end - 1].end == word.start and words[end + 1].is_capital
        return end + 2 if beside else None
    if word.lower in _INNER - {"and", "in", "on", "for"}:
        after = end + 1
        if after < len(words) and words[after].lower == "the":
            after += 1
        if after < len(words) and words[after].is_capital:
            return after + 1
    return None


def _may_be_name(words: Sequence[Word], at: int) -> bool:
    word = words[at]
    if not word.is_capital or not word.is_word or word.text == "I":
        return False
    if at + 1 < len(words) and words[at + 1].text == "$":
        return False
    if not _opens(words, at):
        return True
    if at + 2 < len(words) and words[at + 1].text == "-" and not words[at + 2].is_capital:
        return False
    following = words[at + 1] if at + 1 < len(words) else None
    if following and following.is_capital and following.is_word and word.lower not in FUNCTION:
        return True
    return _looks_like_name(word, following)


def _opens(words: Sequence[Word], at: int) -> bool:
    """Whether a sentence, or what is quoted, begins here: a capital then says nothing."""
    before = words[at - 1].text if at else "."
    return at == 0 or before in ('"', "'", ".", ":", "!", "?", "(", ";")


def _looks_like_name(word: Word, following: Word | None) -> bool:
    if word.lower in FUNCTION | REPORTING | LIGHT | PLURALS | ROLES:
        return False
    if word.text.isupper() and len(word.text) > 1:
        return True
    if following is not None and (following.lower in _SPEAKS or following.text == "'"):
        return not _SUFFIXES.search(word.lower) or len(word.lower) < 6
    if _SUFFIXES.search(word.lower):
        return False
    # A plural may be of anything ("Farmers"), a singular without an article is mostly a name.
    return not (word.lower.endswith("s") and stem(word.lower) != word.lower)


def _name(text: str, words: Sequence[Word], first: int, last: int) -> Iterator[Name]:
    """The name in a run of words, without roles and function words around it."""
    while first < last and _is_around(words[first]):
        first += 1
    while first < last and (words[last - 1].lower in ROLES | _INNER or not words[last - 1].is_word):
        last -= 1
    inside = [word for word in words[first:last] if word.is_word]
    if not inside or all(
        word.lower in ROLES | FUNCTION | {*MONTHS} and not _is_acronym(word) for word in inside
    ):
        return
    keys = tuple(key(word.text) for word in inside if word.lower not in _INNER)
    if keys:
        start, end = inside[0].start, inside[-1].end
        yield Name(text[start:end], keys, start, end, _parts(inside))


def _is_acronym(word: Word) -> bool:
    return word.text.isupper() and len(word.text) > 1


def _parts(words: Sequence[Word]) -> tuple[tuple[str, ...], ...]:
    parts: list[list[str]] = [[]]
    for word in words:
        if word.lower in ("of", "in"):
            parts.append([])
        elif word.lower not in _INNER:
            parts[-1].append(key(word.text))
    return tuple(tuple(part) for part in parts if part)


def _is_around(word: Word) -> bool:
    if not word.is_word or word.lower in MONTHS or word.lower in ROLES:
        return True
    return word.lower in FUNCTION and not _is_acronym(word)


@dataclass(frozen=True, slots=True)
class Nameset:
    """What names a text has: its words as keys, in order, and those that it has as acronyms."""

    keys: tuple[str, ...]
    known: frozenset[str]
    capitals: frozenset[str]
    acronyms: frozenset[str]

    def has(self, name: Name) -> bool:
        """Whether the name stands in the text, in full, in part, or by another name of the same."""
        return (
            self.stands(name.keys)
            or self._by_other_name(name)
            or self._in_two(name.keys)
            or (len(name.parts) > 1 and all(map(self.stands, name.parts)))
        )

    def _in_two(self, keys: tuple[str, ...]) -> bool:
        """Whether a name of three words or more stands in two pieces: "UNESCO", "Heritage"."""
        return len(keys) > 2 and any(
            self.stands(keys[:at]) and self.stands(keys[at:]) for at in range(1, len(keys))
        )

    def stands(self, keys: tuple[str, ...]) -> bool:
        """Whether the words stand close to one another, in any order."""
        return any(self._close(variant) for variant in _variants(keys))

    def _close(self, keys: Sequence[str]) -> bool:
        matched = [self._places(each) for each in keys]
        if not all(matched):
            return False
        reach = len(keys) + 2
        return any(
            all(any(abs(place - at) <= reach for place in places) for places in matched)
            for at in matched[0]
        )

    def _places(self, each: str) -> tuple[int, ...]:
        if each in self.known:
            return _places_of(self.keys)[each]
        return tuple(
            place
            for form in _forms(each)
            if form in self.known
            for place in _places_of(self.keys)[form]
        )

    def _by_other_name(self, name: Name) -> bool:
        joined = "".join(name.keys)
        forms = {joined, joined[:-1]} if name.text.endswith("s") else {joined}
        if name.is_short_form and forms & self.acronyms:
            return True
        return len(name.keys) > 1 and any(each in self.known for each in _initials(name.keys))


@lru_cache(maxsize=200)
def _places_of(keys: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    table: dict[str, list[int]] = {}
    for at, each in enumerate(keys):
        table.setdefault(each, []).append(at)
    return {each: tuple(places) for each, places in table.items()}


@lru_cache(maxsize=20_000)
def _forms(each: str) -> tuple[str, ...]:
    """Other forms of the same word: the people of a country, a plural."""
    found: set[str] = set()
    for ending in NATIONAL_ENDINGS:
        if ending and each.endswith(ending) and len(each) - len(ending) >= 3:
            root = each[: -len(ending)]
            found.update((root, *(root + added for added in ("a", "e", "o", "y", "ia", "i"))))
    roots = {each, *found}
    for root in tuple(roots):
        bare = root.rstrip("aeoy")
        if len(bare) >= 3:
            found.update(f"{base}{ending}" for base in {root, bare} for ending in NATIONAL_ENDINGS)
    found.discard(each)
    return tuple(sorted(found))


def _initials(keys: Sequence[str]) -> tuple[str, ...]:
    joined = "".join(each[0] for each in keys)
    return (joined,) if len(joined) > 2 else ()


@cache
def _groups() -> dict[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    table: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {}
    for group in aliases():
        forms = tuple(dict.fromkeys(_keys_of(name) for name in group))
        for form in forms:
            table[form] = table.get(form, ()) + tuple(each for each in forms if each != form)
    return table


def _keys_of(name: str) -> tuple[str, ...]:
    return tuple(key(word.text) for word in read(name) if word.is_word and word.lower not in _INNER)


@lru_cache(maxsize=20_000)
def _variants(keys: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The name itself, and with a part of it in other words: "UN" for "United Nations"."""
    found = [keys]
    for start in range(len(keys)):
        for end in range(start + 1, len(keys) + 1):
            others = _groups().get(keys[start:end], ())
            found.extend((*keys[:start], *other, *keys[end:]) for other in others)
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=1_000)
def nameset(text: str) -> Nameset:
    """The names that a text has."""
    words = [word for word in read(text) if word.is_word]
    keys = tuple(key(word.text) for word in words if word.lower not in _INNER)
    capitals = frozenset(key(word.text) for word in words if word.is_capital)
    return Nameset(keys, frozenset(keys), capitals, _acronyms(words))


def _acronyms(words: Sequence[Word]) -> frozenset[str]:
    """The initials of every run of three or more words of which the first and last are capitals."""
    kept = [word for word in words if word.lower not in _INNER]
    found: set[str] = set()
    for at, word in enumerate(kept):
        if not word.is_capital:
            continue
        initials = word.lower[0]
        for other in kept[at + 1 : at + 7]:
            initials += other.lower[0]
            if not other.is_capital:
                break
            if len(initials) > 2:
                found.add(initials)
    return frozenset(found)

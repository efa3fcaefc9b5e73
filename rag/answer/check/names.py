"""Names in a sentence, as runs of words with capitals, and whether a text has them.

A name is compared word by word without regard to case and accents. It is found where its words
stand together, or in parts that each stand somewhere; but a part of one person's name and a part
of another's make nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from itertools import pairwise

from rag.answer.check.dates import MONTHS
from rag.language.folding import composed, fold
from rag.language.places import countries_called
from rag.language.word_lists import words
from rag.language.words import FUNCTION_WORDS, PARTICLES

_WORD = re.compile(r"[^\W_]+(?:[-'’.&][^\W_]+)*\.?")
_SENTENCE = re.compile(r"[.!?:]\s+[\"'“”‘’(\[]*$|^[\s\"'“”‘’(\[]*$")
_POSSESSIVE = re.compile(r"['’]s?$")
_INNER = (PARTICLES - FUNCTION_WORDS) | {"of", "the", "for", "and"}
_SKIPPED = words("i mr mrs ms dr sir madam") | MONTHS.keys()
_COMMON_ENDING = re.compile(r"(?:[ts]ions?|ments?|ness|ship|ity|ities|ally|ously)$")
_BETWEEN = 2  # words of a name that may be left out: "Barack Obama" for "Barack Hussein Obama"
_ENDINGS = ("an", "n", "ian", "i", "ese", "ish", "s", "ans", "ns", "ians", "is")
_STOPS = ("", "a", "e", "y", "o", "ia")


@dataclass(frozen=True, slots=True)
class Name:
    """A run of words with capitals: as it is written, and its words folded."""

    written: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    folded: str
    start: int
    end: int

    @property
    def is_capital(self) -> bool:
        return any(letter.isupper() for letter in self.text)


def names_in(text: str) -> tuple[Name, ...]:
    """The names of a sentence. A common word at its beginning is none, whatever its capital."""
    text = composed(text)
    return tuple(
        Name(
            _POSSESSIVE.sub("", text[run[0].start : run[-1].end]),
            tuple(each.folded for each in run),
        )
        for run in _runs(text, _words(text))
    )


def has_name(name: Name, text: str) -> bool:
    """Whether a text has the name, or its initials, or the words that they stand for."""
    text = composed(text)
    if len(short := name.written.removesuffix("s")) > 2 and short.isupper():
        initials = "".join(
            word[0] for each in _words(text) for word in each.text.split("-") if word
        )
        if short.casefold() in initials.casefold():
            return True
    return _covered(name.words, text)


@lru_cache(maxsize=2_000)
def _words(text: str) -> tuple[_Word, ...]:
    found = []
    for match in _WORD.finditer(text):
        word = match[0] if "." in match[0][:-1] else match[0].rstrip(".")
        found.append(_Word(word, _fold(word), match.start(), match.start() + len(word)))
    return tuple(found)


def _fold(word: str) -> str:
    return "".join(letter for letter in fold(_POSSESSIVE.sub("", word)) if letter.isalnum())


def _runs(text: str, words: Sequence[_Word]) -> Iterator[list[_Word]]:
    run: list[_Word] = []
    for at, word in enumerate(words):
        joined = bool(run) and not re.search(r"[^\s'’\"-]", text[run[-1].end : word.start])
        if word.is_capital and not _is_plain(text, words, at):
            if run and not (joined or _bridges(text, words, run[-1], at)):
                yield run
                run = []
            run.append(word)
        elif run and word.folded not in _INNER:
            yield run
            run = []
    if run:
        yield run


def _bridges(text: str, words: Sequence[_Word], last: _Word, at: int) -> bool:
    """Whether only little words such as "of the" stand between a name's last word and this one."""
    between = [each for each in words[max(at - 3, 0) : at] if each.start >= last.end]
    gap = re.sub(r"[\w\s-]", "", text[last.end : words[at].start])
    return bool(between) and not gap and all(each.folded in _INNER - {"and"} for each in between)


def _is_plain(text: str, words: Sequence[_Word], at: int) -> bool:
    """Whether a word with a capital is no name: a month, a title, or a word that begins."""
    word = words[at]
    if word.folded in _SKIPPED or not word.folded:
        return True
    if not _SENTENCE.search(text[: word.start]) or word.text[1:].lower() != word.text[1:]:
        return text[word.end : word.end + 1] == "$"
    first = _fold(word.text.partition("-")[0])
    return first in _common_words() or _COMMON_ENDING.search(word.folded) is not None


@cache
def _common_words() -> frozenset[str]:
    """Words that public reports hardly ever write with a capital inside a sentence."""
    file = resources.files("rag.answer.check") / "common_words.txt"
    return frozenset(file.read_text("utf-8").split()) | _INNER | {"a", "in", "on", "at"}


def _covered(name: Sequence[str], text: str) -> bool:
    """Whether the words stand in the text together, or in parts that are no parts of two names."""
    at, loose = 0, False
    while at < len(name):
        ends = range(len(name), at, -1)
        end = next((each for each in ends if _stands_in(name[at:each], text)), None)
        if end is None:
            return False
        alone = end == at + 1 and len(name) > 1 and _inside_a_name(name[at], text)
        if alone and loose:
            return False
        at, loose = end, alone
    return True


def _stands_in(part: Sequence[str], text: str) -> bool:
    """Whether words of a name stand in the text together, or as initials, or it has theirs."""
    if _together(part, _words(text)):
        return True
    if len(part) == 1:
        return part[0] in _initials(text)
    initials = "".join(word[0] for word in part)
    return any(each.folded == initials and each.text.isupper() for each in _words(text))


def _together(part: Sequence[str], there: Sequence[_Word]) -> bool:
    """Whether words stand in this order, with no more than two others of a name between them."""
    for at, word in enumerate(there):
        if _same(part[0], word.folded):
            if len(part) == 1:
                return True
            rest = there[at + 1 : at + 1 + len(part) * (_BETWEEN + 1)]
            if _goes_on(part[1:], rest):
                return True
    return False


def _goes_on(part: Sequence[str], there: Sequence[_Word]) -> bool:
    passed, at = 0, 0
    for word in there:
        if _same(part[at], word.folded):
            passed, at = 0, at + 1
            if at == len(part):
                return True
        elif passed == _BETWEEN or not (word.is_capital or word.folded in _INNER):
            return False
        else:
            passed += 1
    return False


def _inside_a_name(word: str, text: str) -> bool:
    """Whether the text has the word only as a part of longer names, and never in lower case."""
    there = _words(text)
    places = [at for at, each in enumerate(there) if _same(word, each.folded)]
    return bool(places) and all(
        there[at].is_capital
        and any(
            one.is_capital and other.is_capital and not text[one.end : other.start].strip()
            for one, other in pairwise(there[max(at - 1, 0) : at + 2])
        )
        for at in places
    )


def _same(claimed: str, told: str) -> bool:
    """Whether two words are the same, or one is a country or place and the other its people."""
    if claimed == told:
        return True
    one, other = countries_called(claimed), countries_called(told)
    if one and other:
        return not one.isdisjoint(other)
    return _people_of(claimed, told) or _people_of(told, claimed)


def _people_of(people: str, country: str) -> bool:
    return any(
        len(stem := people.removesuffix(ending)) >= 4
        and people.endswith(ending)
        and any(country == stem + stop for stop in (*_STOPS, "stan", "land"))
        for ending in _ENDINGS
    )


@lru_cache(maxsize=500)
def _initials(text: str) -> frozenset[str]:
    """The initials of the text's names, and of the words of each that stand side by side."""
    return frozenset(
        "".join(each.folded[0] for each in run[first:last])
        for run in _runs(text, _words(text))
        for first in range(len(run))
        for last in range(first + 2, len(run) + 1)
    )

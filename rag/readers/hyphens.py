"""Lines of one paragraph joined, with the words that were broken at their ends made whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.language.word_lists import words

SOFT_HYPHEN = "\xad"
_HYPHENS = "-‐"
_WORD = re.compile(r"[^\W\d_]+(?:[-‐’'][^\W\d_]+)*")
_LAST_PART = re.compile(r"([^\W\d_]+(?:[-‐][^\W\d_]+)*)[-‐]$")
_FIRST_PART = re.compile(r"[^\W\d_]+(?:[-‐][^\W\d_]+)*")


# Parts of compounds that are hardly ever half of a word that was broken.
_FIRST_OF_COMPOUND = words(
    "all cross ex full half high long low middle part self semi short so then well"
)
_LAST_OF_COMPOUND = words(
    "based born called controlled elect free general held known led level like long made old owned "
    "range related run scale size standing style term time up wide year"
)

# "thirty-one" is written with its hyphen; so are fractions.
_TENS = words(
    "twenty thirty forty fifty sixty seventy eighty ninety "
    "vingt trente quarante cinquante soixante quatre"
)
_UNITS = words(
    "one two three four five six seven eight nine first second third fourth fifth sixth seventh "
    "eighth ninth "
    "deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize vingt"
)
_FRACTIONS = words("one two three four five seven nine")
_PARTS = words("half third thirds quarter quarters fourths fifth fifths sixth sixths eighth tenth")

# No word is longer: looking further back in a line of megabytes would take minutes.
_LONGEST_WORD = 200

# In text that is set without breaking words, fewer lines than this end in a hyphen.
_FEWEST_BROKEN = 0.03


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one document in lower case: whole words, and the parts of compounds.

    ``breaks_words`` says whether so many of its lines end in a hyphen that words were broken there.
    """

    words: frozenset[str]
    parts: frozenset[str]
    breaks_words: bool

    @classmethod
    def of(cls, lines: Sequence[str]) -> Vocabulary:
        """Collect the words; those at a line end that may be broken are left out."""
        seen: set[str] = set()
        parts: set[str] = set()
        for line in lines:
            found = [word.lower().replace("‐", "-") for word in _WORD.findall(line)]
            if found and line.rstrip()[-1:] in _HYPHENS + SOFT_HYPHEN:
                found.pop()
            seen.update(found)
            for word in found:
                parts.update(word.split("-"))
        broken = sum(_last_part(line.rstrip()) is not None for line in lines)
        return cls(frozenset(seen), frozenset(parts), broken > _FEWEST_BROKEN * len(lines))


def join_lines(lines: Sequence[str], vocabulary: Vocabulary) -> str:
    """One line of text out of ``lines``, joined one after the other with :func:`join`."""
    settled: list[str] = []
    text = ""
    for line in lines:
        text = join(text, line, vocabulary)
        settled.append(text[:-_LONGEST_WORD])
        text = text[-_LONGEST_WORD:]
    return "".join(settled) + text


def join(text: str, line: str, vocabulary: Vocabulary) -> str:
    """``text`` and the line after it; ``text`` may lose a hyphen, ``line`` stays whole at the end.

    A soft hyphen at a line end vanishes. A hyphen vanishes when the word goes on in lower case,
    unless it seems to be a true compound: the document has it with the hyphen elsewhere; or it has
    nowhere the whole without the hyphen, and both halves are words or no words are broken at all.
    """
    following = line.strip()
    if not text or not following:
        return text or following
    if text.endswith(SOFT_HYPHEN):
        return text[:-1] + following
    if _is_attached(text, following):
        return text + following
    last, first = _last_part(text), _FIRST_PART.match(following)
    if last is None or first is None:
        return f"{text} {following}"
    if following[0].isupper() or _is_compound(last[1], first[0], vocabulary):
        return text + following
    return text[:-1] + following


def _last_part(text: str) -> re.Match[str] | None:
    return _LAST_PART.search(text, max(0, len(text) - _LONGEST_WORD))


def _is_attached(text: str, following: str) -> bool:
    """Whether the sign at the end belongs to both sides: a long dash, or one between numbers."""
    before = text[-2:-1]
    if text[-1] == "—":
        return not before.isspace()
    return text[-1] in _HYPHENS + "–" and before.isdigit() and following[0].isdigit()


def _is_compound(last: str, first: str, vocabulary: Vocabulary) -> bool:
    left, right = last.lower().replace("‐", "-"), first.lower().replace("‐", "-")
    if f"{left}-{right}" in vocabulary.words:
        return True
    if left in _TENS and right.split("-")[0] in _UNITS:
        return True
    if left in _FRACTIONS and right in _PARTS:
        return True
    if left.split("-")[0] in _TENS and f"{left}{right}" not in vocabulary.words:
        return True  # "thirty-day", "sixty-year-old"
    if left + right in vocabulary.words:
        return False
    outer, inner = left.split("-")[-1], right.split("-")[0]
    if outer in _FIRST_OF_COMPOUND or inner in _LAST_OF_COMPOUND or not vocabulary.breaks_words:
        return True
    return outer in vocabulary.parts and inner in vocabulary.parts

"""Messages that are finished in English, in the language of whoever reads them later.

An error is made where nobody reads it: in a process that reads a file, in a thread that many wait
for, or long before, as a warning that the catalog keeps. It travels as English text, with its
values in it. Where it is shown, :func:`in_readers_language` finds the message of the catalogue that
it was made of, and puts the values into the translation. ``scripts/messages.py`` gathers these
messages without any mark, from wherever an error is raised; what becomes one in another way is
marked by :func:`later`.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

from rag.language.translation import ENGLISH, catalogue, forms_of, language, originals

CONTEXT: Final = "error"
"""The context that these messages have in the catalogues."""

# What an error is about stands before it: "report.pdf: ", "metadata.csv, line 3: ".
_ABOUT: Final = re.compile(r"[:,] ")
_MOST_ABOUT: Final = 12
_LONGEST: Final = 1200  # characters of a message that are looked at


def later(text: str) -> str:
    """Mark a text that is made here in English, and shown by :func:`in_readers_language`."""
    return text


def in_readers_language(text: object) -> str:
    """A finished message in the reader's language; as it is where its translation is not known.

    Names before it stay, and so do the values in it, unless they are such messages themselves.
    """
    return _translated(language(), str(text))


@lru_cache(4096)
def _translated(code: str, text: str) -> str:
    if code == ENGLISH or len(text) > _LONGEST:
        return text
    # The last beginning that fits has least in its first gap.
    found = [
        (literal, start, told)
        for start in _starts(text)
        if (match := _whole(code, text[start:])) is not None
        for literal, told in [match]
    ]
    if not found:
        return text
    _, start, told = max(found)
    return text[:start] + told


def _starts(text: str) -> Iterator[int]:
    yield 0
    for number, found in enumerate(_ABOUT.finditer(text)):
        if number == _MOST_ABOUT:
            return
        yield found.end()


def _whole(code: str, text: str) -> tuple[int, str] | None:
    """How many characters of a message stand in a text, and its translation; None for no message.

    Of several the one counts that has most characters.
    """
    for literal, pattern, translation in _patterns(code):
        if found := pattern.fullmatch(text):
            values = {name: _translated(code, value) for name, value in found.groupdict().items()}
            return literal, translation.format(**values)
    return None


@cache
def _patterns(code: str) -> tuple[tuple[int, re.Pattern[str], str], ...]:
    """The messages as patterns with their translations, those with most characters first."""
    known = []
    for each in catalogue(code):
        (translation, *_others) = forms_of(each)
        if each.context == CONTEXT and translation and not each.fuzzy:
            pattern, literal = _pattern(originals(each)[0])
            known.append((literal, pattern, translation))
    return tuple(sorted(known, key=lambda each: -each[0]))


def _pattern(message: str) -> tuple[re.Pattern[str], int]:
    """What matches a message with any values, and how many characters it has without them."""
    parts, literal, seen = [], 0, set[str]()
    for text, name, *_rest in string.Formatter().parse(message):
        parts.append(re.escape(text))
        literal += len(text)
        if name:
            parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>.*?)")
            seen.add(name)
    return re.compile("".join(parts), re.DOTALL), literal

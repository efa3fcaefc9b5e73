"""Text made comparable, in two degrees.

:func:`canonical` makes one of the ways to write the same characters (quotation marks, dashes,
ligatures, decomposed accents, the same letter on an Arabic and a Persian keyboard, the digits of
all scripts) and keeps everything that a reader sees as different: two texts that say the same word
for word have the same canonical form.

:func:`fold` goes on from there to what people type for it: no case, no accents, and a plain letter
for one with a stroke, a hook or no dot. Names, questions and the lexical index are compared so:

>>> fold("Kılıçdaroğlu"), fold("ØRSTED"), fold("Weiß"), fold("ЁЛКА ۱۴")
('kilicdaroglu', 'orsted', 'weiss', 'елка 14')
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

_DOUBLE: Final = '"“”„‟«»″‶〝〞〟＂❝❞'
_SINGLE: Final = "'`´‘’‚‛‹›′‵ʼʹʻʽˈ＇❛❜"
_DASHES: Final = "-‐‑‒–—―−⁃﹘﹣－─⸺⸻"
_SPECIAL: Final = {
    **dict.fromkeys(_DOUBLE, '"'),
    **dict.fromkeys(_SINGLE, "'"),
    **dict.fromkeys(_DASHES, "-"),
}
_SAME_LETTERS: Final = {
    *("<compat>", "<wide>", "<narrow>", "<font>", "<noBreak>"),
    *("<initial>", "<medial>", "<final>", "<isolated>"),
}
_RAISED: Final = {"<super>", "<sub>"}
NO_WIDTH: Final = re.compile(
    "[\u00ad\u034f\u061c\u0640\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]"
)
"""Characters that are no part of a word: soft hyphens, joiners, direction marks, and the stroke
that stretches Arabic letters."""
SPACELESS: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3031-\u31ff\u3400-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
"""The characters of scripts that put no space between words, as ranges of a regular expression."""
_SOFT_BREAK: Final = re.compile(r"\u00ad\s+")
_NON_JOINER: Final = "\u200c"  # sets the parts of Persian words apart

# Letters that Unicode does not call a plain letter WITH something.
_LETTERS: Final = {
    "ı": "i",
    "ȷ": "j",
    "ə": "a",
    "ŋ": "n",
    "ð": "d",
    "þ": "th",
    "ĸ": "q",
    "æ": "ae",
    "œ": "oe",
    "ٱ": "ا",
    "ة": "ه",
    "ہ": "ه",
    "ھ": "ه",
    "ە": "ه",
    "ى": "ي",
}
# One letter, typed on keyboards for two languages.
_SAME_LETTER: Final = {"ی": "ي", "ک": "ك"}
_PLAIN_WITH: Final = re.compile(r"LATIN SMALL LETTER ([A-Z]) WITH ")


def composed(text: str) -> str:
    """The text with each letter and its accents as one character where there is such a one."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """The text in lower case without accents, quotation marks and dashes all plain.

    Vowel signs and other marks without which a script of Asia is not read stay.
    """
    if text.isascii():
        return text.lower().replace("`", "'")
    return composed(text).translate(_FOLDED)


class _Folded(dict[int, str]):
    """What each character is folded to, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_character(chr(code))
        return folded


_FOLDED: Final = _Folded()


def _fold_character(character: str) -> str:
    if NO_WIDTH.match(character):
        return character if character == _NON_JOINER else ""
    plain = _SPECIAL.get(character) or unicodedata.normalize("NFKD", character).casefold()
    letters = (each for each in unicodedata.normalize("NFKD", plain) if not _is_accent(each))
    return composed("".join(map(_plain_letter, letters)))


def _is_accent(mark: str) -> bool:
    """Whether it is an accent, or a vowel point of Hebrew or Arabic."""
    combining = unicodedata.combining(mark)
    return combining >= 200 or 10 <= combining <= 36


def _plain_letter(letter: str) -> str:
    if known := _SPECIAL.get(letter) or _LETTERS.get(letter) or _SAME_LETTER.get(letter):
        return known
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    found = _PLAIN_WITH.match(unicodedata.name(letter, ""))
    return found[1].lower() if found else letter


@cache
def canonical_character(character: str) -> str:
    """The canonical form of one character: itself, another one, several, or none."""
    if known := _SPECIAL.get(character) or _SAME_LETTER.get(character):
        return known
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if NO_WIDTH.match(character):
        return ""
    tag, _, rest = unicodedata.decomposition(character).partition(" ")
    whole = unicodedata.normalize("NFKC", character)
    if tag in _SAME_LETTERS or (tag in _RAISED and rest and whole.isalpha()):
        return "".join(map(canonical_character, whole)) if whole != character else character
    plain = composed(character)
    return character if plain == character else "".join(map(canonical_character, plain))


@cache
def joins(character: str) -> bool:
    """Whether a character may melt with the one before it: accents, vowel signs, jamo."""
    return unicodedata.category(character)[0] == "M" or "\u1160" <= character <= "\u11ff"


def canonical(text: str) -> tuple[str, Sequence[int]]:
    """The canonical form of ``text``, and the offset in ``text`` of each character of it.

    The offsets have one more item: the length of ``text``.
    """
    foreign = set(text) if "`" in text or not text.isascii() else set()
    changed = {each: new for each in foreign if (new := canonical_character(each)) != each}
    if not any(map(joins, foreign)) and all(len(new) == 1 for new in changed.values()):
        table = {ord(old): new for old, new in changed.items()}
        return (text.translate(table) if table else text), range(len(text) + 1)
    pieces: list[str] = []
    offsets: list[int] = []
    for start, end in _clusters(text):
        soft = _SOFT_BREAK.match(text, start)
        begin = soft.end() if soft else start
        piece = composed("".join(map(canonical_character, text[begin:end])))
        pieces.append(piece)
        offsets.extend([start] * len(piece))
    return "".join(pieces), [*offsets, len(text)]


def composed_with_offsets(text: str) -> tuple[str, Sequence[int]]:
    """:func:`composed`, and the offset in ``text`` of each character of it.

    The offsets have one more item: the length of ``text``.
    """
    if unicodedata.is_normalized("NFC", text):
        return text, range(len(text) + 1)
    pieces: list[str] = []
    offsets: list[int] = []
    for start, end in _clusters(text):
        piece = composed(text[start:end])
        pieces.append(piece)
        offsets.extend(min(start + at, end - 1) for at in range(len(piece)))
    return "".join(pieces), [*offsets, len(text)]


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Runs of characters that may melt into one; a soft hyphen takes the line break with it."""
    start = 0
    while start < len(text):
        soft = _SOFT_BREAK.match(text, start)
        end = soft.end() if soft else start + 1
        while end < len(text) and (joins(text[end]) or text[end] in "\u200b\u200c\u200d\u2060"):
            end += 1
        yield start, end
        start = end

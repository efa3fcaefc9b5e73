"""The one country that a title or a file name is about, if it is plain which one.

A name that is merely there proves little: "Michael Jordan", "New Mexico", "Bank of China". So it
counts only in the places where titles put the country they are about, and only if no other country
is named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from rag.language.countries import code_of_iso3, countries
from rag.language.folding import fold
from rag.language.word_lists import words
from rag.language.words import word_list

# More places than one, or first names too: the rest of the title has to speak of a country.
_AMBIGUOUS = words("GE JE")
_ABOUT_COUNTRIES = re.compile(
    r"\b(?:human rights|country (?:report|conditions|of origin|policy)|asylum|refugees?|"
    r"general (?:assembly|debate)|periodic review|trafficking in persons|religious freedom)\b"
)

_BEFORE = words("in on for from of across inside within against to")
_ARTICLES = words("the")
# Names that a country lends to something else: "Gulf of Mexico", "Mexico City".
_LENT_OF = word_list("lent_before")
_LENT = word_list("lent_after")
_OF_DOCUMENTS = word_list("kinds_of_reports")
# "Franz Ferdinand of Austria" is a person.
_TITLES = words(
    "archduke archduchess duke duchess king queen prince princess emperor empress tsar infanta"
)
_MARK = "|"
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[:|(),]")
_DASH = re.compile(r"\s[-‐–—|]\s")
_ISO3 = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class _Mention:
    """A country's name: the tokens ``[start, end)``."""

    code: str
    start: int
    end: int


def country_of_title(title: str) -> str | None:
    """The English name of the one country that ``title`` is about, or None."""
    tokens = _tokens(title)
    mentions = _mentions(tokens)
    if len({mention.code for mention in mentions}) != 1:
        return None
    code = mentions[0].code
    if code in _AMBIGUOUS and not _ABOUT_COUNTRIES.search(" ".join(tokens)):
        return None
    return countries()[code].name if any(_is_subject(each, tokens) for each in mentions) else None


def country_of_file(stem: str) -> str | None:
    """The country in a file name without suffix: ``south-sudan-2018`` or ``SSD_73_2018``."""
    parts = [part for part in re.split(r"[\W_]+", stem) if part]
    if (code := _only_code(parts)) is not None:
        return countries()[code].name
    tokens = [_folded(part) for part in parts]
    mentions = _mentions(tokens)
    if len({mention.code for mention in mentions}) != 1 or mentions[0].code in _AMBIGUOUS:
        return None
    return countries()[mentions[0].code].name if _is_all(mentions[0], tokens) else None


def _only_code(parts: Sequence[str]) -> str | None:
    """The country whose three letters stand there, if besides there is next to nothing."""
    letters = [part for part in parts if not part.isdecimal()]
    rest = [part for part in letters if part.lower() not in _OF_DOCUMENTS] or letters
    if len(rest) != 1 or not _ISO3.fullmatch(rest[0]):
        return None
    return code_of_iso3().get(rest[0])


def _is_subject(mention: _Mention, tokens: Sequence[str]) -> bool:
    """Whether the name stands where titles put the country that they are about."""
    after = tokens[mention.end] if mention.end < len(tokens) else ""
    before = tokens[mention.start - 1] if mention.start else ""
    leads = not before and after in (":", _MARK)
    ends = before in (":", _MARK, "(", ",") and after in ("", ")")
    return leads or ends or _is_all(mention, tokens) or _follows(mention, tokens)


def _is_all(mention: _Mention, tokens: Sequence[str]) -> bool:
    """Whether there is nothing else but years and words for kinds of documents."""
    others = [*tokens[: mention.start], *tokens[mention.end :]]
    return all(
        each.isdecimal() or each in _OF_DOCUMENTS or not each[0].isalnum() for each in others
    )


def _follows(mention: _Mention, tokens: Sequence[str]) -> bool:
    """Whether a preposition leads to the name, and it is not part of another one."""
    before = [each for each in tokens[: mention.start] if each not in _ARTICLES]
    if not before or before[-1] not in _BEFORE or (before[-1] == "of" and _TITLES & set(before)):
        return False
    lent = before[-1] == "of" and len(before) > 1 and before[-2] in _LENT_OF
    return not lent and (mention.end == len(tokens) or tokens[mention.end] not in _LENT)


def _mentions(tokens: Sequence[str]) -> list[_Mention]:
    """All names of countries, the longest at each place; "New Mexico" is none."""
    known = _by_name()
    found: list[_Mention] = []
    at = 0
    while at < len(tokens):
        lengths = range(min(_longest(), len(tokens) - at), 0, -1)
        length = next((n for n in lengths if tuple(tokens[at : at + n]) in known), 0)
        if length and not (at and tokens[at - 1] == "new"):
            found.append(_Mention(known[tuple(tokens[at : at + length])], at, at + length))
        at += length or 1
    return found


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(_folded(_DASH.sub(f" {_MARK} ", text)))


def _folded(text: str) -> str:
    """Lower case without accents, possessives, points and signs for "and"."""
    plain = fold(text.replace("&", " and "))
    return re.sub(r"\bst\.\s", "saint ", plain).replace("'s", "").replace(".", "")


@cache
def _by_name() -> Mapping[tuple[str, ...], str]:
    return {
        tuple(_tokens(name)): country.code
        for country in countries().values()
        for name in (country.name, *country.also)
    }


@cache
def _longest() -> int:
    return max(map(len, _by_name()))

"""The previous question with one thing in it replaced: "And in Ethiopia?", "what about women?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rag.questions.demonyms import adjective
from rag.questions.names import Known, people, surnames, years
from rag.questions.places import Place, places, tokens
from rag.questions.turns import Turn
from rag.questions.words import BODIES, FUNCTION_WORDS, MONTHS_AND_DAYS, ROLES

__all__ = ["put_into"]

_LED: Final = re.compile(
    r"^(?P<preposition>in|for|from|to|under|during|of|at|about|on|by|with|since|before|after|"
    r"regarding|concerning)\s+(?P<rest>.+)$",
    re.IGNORECASE,
)
_TIME: Final = re.compile(
    r"\b(?:(?:in|of|during|since|by|for|until)\s+)?(?:(?:early|late|mid)[\s-])?"
    r"(?:[A-Z][a-z]+\s+)?(?P<year>1[5-9]\d\d|20\d\d)\b"
)


def put_into(turn: Turn, fragment: str, *, known: Known) -> str | None:
    """The question of ``turn`` with ``fragment`` in the place of its like; None if there is none.

    A country replaces the country, a year the year, a name or a role whose words are asked for,
    anything else what these words are about.
    """
    fragment = fragment.strip(" ?.!,")
    led = _LED.match(fragment)
    preposition, bare = (led["preposition"].lower(), led["rest"]) if led else (None, fragment)
    named = places(fragment, known=known.countries)
    when = years(fragment)
    if (named or when) and not _other_words(fragment, named):
        text: str | None = turn.question
        if named:
            text = _country_replaced(turn, named, preposition, bare, known)
        if when and text is not None:
            text = _year_replaced(text, fragment)
        return text
    speaks = preposition in (None, "by", "for") and (_is_name(bare, known) or _is_speaker(bare))
    if speaks and (text := _speaker_replaced(turn, bare)):
        return text
    if preposition and (text := _same_place(turn.question, preposition, bare)):
        return text
    if turn.asked.topic and preposition in (None, "about", "on", "of", "regarding", "concerning"):
        return _replaced(turn.question, turn.asked.topic, bare)
    return None


def _other_words(fragment: str, named: Sequence[Place]) -> bool:
    """Whether there is more in the fragment than countries and times."""
    return any(
        token.key not in FUNCTION_WORDS | MONTHS_AND_DAYS
        and not token.key.isdecimal()
        and token.key not in ("mid", "early", "late")
        and not any(place.start <= token.start < place.end for place in named)
        for token in tokens(fragment)
    )


def _country_replaced(
    turn: Turn, named: Sequence[Place], preposition: str | None, bare: str, known: Known
) -> str | None:
    text = turn.question
    if len(named) > 1:
        return None
    there = places(text, known=known.countries)
    country = _without_year(bare)
    if not there:
        if turn.asked.topic and preposition in (None, "about", "on"):
            return _replaced(text, turn.asked.topic, country)
        return _appended(text, f"{preposition or 'in'} {country}")
    if len({place.country for place in there}) > 1:
        there = _alike(text, there, preposition)
    return _all_replaced(text, there, country, named[0].country) if there else None


def _alike(text: str, there: Sequence[Place], preposition: str | None) -> list[Place]:
    """Of several countries the one that the same preposition leads to, if it is one."""
    if preposition is None:
        return []
    led = [
        place
        for place in there
        if re.search(rf"\b{preposition}\s+(?:the\s+)?$", text[: place.start], re.IGNORECASE)
    ]
    return led if len({place.country for place in led}) == 1 else []


def _all_replaced(text: str, there: Sequence[Place], phrase: str, country: str) -> str | None:
    noun = re.sub(r"^the\s+", "", phrase, flags=re.IGNORECASE)
    article = "the " if noun != phrase else ""
    for place in sorted(there, key=lambda each: -each.start):
        if place.adjective:
            called = adjective(country)
            if called is None:
                return None
            plural = text[place.start : place.end].endswith("s") and not called.endswith("s")
            ending = "s" if plural and called.endswith(("n", "i", "k")) else ""
            text = text[: place.start] + called + ending + text[place.end :]
        else:
            before = re.sub(r"\bthe\s+$", "", text[: place.start], flags=re.IGNORECASE)
            text = before + article + noun + text[place.end :]
    return text


def _without_year(phrase: str) -> str:
    return _TIME.sub("", phrase).strip(" ,")


def _year_replaced(text: str, fragment: str) -> str | None:
    there = list(_TIME.finditer(text))
    time = _TIME.search(fragment)
    if time is None or len(there) > 1:
        return None
    if not there:
        phrase = time[0] if not time[0][:1].isdecimal() else f"in {time[0]}"
        return _appended(text, phrase)
    if time[0].split()[-1] == time["year"] and len(time[0].split()) <= 2:
        at = there[0].span("year") if not there[0][0].startswith(("in ", "of ")) else None
        at = at or there[0].span("year")
        return text[: at[0]] + time["year"] + text[at[1] :]
    return text[: there[0].start()] + time[0] + text[there[0].end() :]


def _appended(text: str, phrase: str) -> str:
    bare = text.rstrip(" ?.!")
    return f"{bare} {phrase}{text[len(bare) :].strip() or '?'}"


def _is_name(bare: str, known: Known) -> bool:
    if people(f"about {bare}", speakers=known.speakers):
        return True
    named = tokens(bare)
    return len(named) == 1 and (named[0].key in surnames(known.speakers) or named[0].text.istitle())


def _is_speaker(bare: str) -> bool:
    keys = [token.key for token in tokens(bare)]
    return (
        bool(keys) and len(keys) <= 6 and bool({keys[-1], keys[-1].rstrip("s")} & (ROLES | BODIES))
    )


def _same_place(text: str, preposition: str, name: str) -> str | None:
    """The name that the same preposition leads to replaced: "in Rio" by "in Tokyo"."""
    if not name[0].isupper():
        return None
    named = rf"\b{preposition}\s+(?P<name>[A-Z][\w'’-]*(?:\s[A-Z][\w'’-]*)*)"
    there = list(re.finditer(named, text))
    if len(there) != 1:
        return None
    return text[: there[0].start("name")] + name + text[there[0].end("name") :]


def _speaker_replaced(turn: Turn, name: str) -> str | None:
    asked = turn.asked
    if asked.speaker and asked.speaker in turn.question:
        return _replaced(turn.question, asked.speaker, name)
    there = [each for each in asked.people if each in turn.question]
    return _replaced(turn.question, there[0], name) if len(there) == 1 else None


def _replaced(text: str, old: str, new: str) -> str:
    return text.replace(old, new, 1)

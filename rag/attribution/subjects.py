"""Who says it: the subject of a verb of saying, as it stands in the sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rag.language.sentences import ABBREVIATED_TITLES
from rag.language.word_lists import words
from rag.language.words import (
    BODIES,
    BODY_NAMES,
    DAYS_AND_MONTHS,
    DOCUMENTS,
    FEMALE,
    MALE,
    MANY,
    NEVER_NAMES,
    PERSONS,
    PORTFOLIOS,
    TITLES,
    word_list,
)

__all__ = ["Kind", "Subject", "joint_subject", "read_subject", "trim_name", "whose_subject"]

Kind = Literal["person", "body", "many", "unknown"]

_LEAD = re.compile(r"\s*(?:(?i:according\s+to)\s+|(?i:in\s+the\s+\w+\s+of)\s+)?")
_GENITIVE = re.compile(r"['’”]s?\s")
_POSSESSIVE_END = re.compile(r"['’”]s?\Z")
_BY_NAME = re.compile(r"\sby\s(?:the\s)?(?P<name>[A-Z].*)\Z")
_ROLE_INSIDE = re.compile(rf", (?:{'|'.join(sorted(PERSONS))})\b")
# With them a noun phrase may open a sentence; "Ethiopian officials" keep their capital.
_ADJECTIVES = word_list("adjectives_of_groups")
_DETERMINERS = word_list("determiners")
_ABBREVIATED = {title.lower() for title in ABBREVIATED_TITLES}
_SUBJECTIVE = {"him": "he", "her": "she", "them": "they"}
_ARTICLES = words("the a an this that these those its his her their our some many most")


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject at ``[start, end)`` of its sentence.

    ``text`` is how to call it, ``name`` the name proper if there is one, ``title`` the nouns
    before the name, or those of a subject that has no name ("the prime minister").
    """

    text: str
    start: int
    end: int
    kind: Kind
    name: str | None = None
    title: str | None = None
    pronoun: str | None = None
    gender: str | None = None


def read_subject(found: re.Match[str], prefix: str = "") -> Subject | None:
    """The subject that a pattern found; None where it only looks like one."""
    groups = {key.removeprefix(prefix): key for key in found.groupdict() if key.startswith(prefix)}

    def group(name: str) -> str | None:
        return found[groups[name]] if name in groups else None

    if pronoun := group("pronoun"):
        start, end = found.span(groups["pronoun"])
        return _pronoun(pronoun, start, end)
    tail = group("tail") or ""
    if name := group("name"):
        start, end = found.span(groups["name"])
        aside = found.groupdict().get("aside")
        return _named(name, group("before") or "", group("role"), tail, start, aside)
    if head := group("head"):
        end = found.end(groups["head"])
        start = _noun_start(found, groups)
        return _noun(found.string[start:end], head, tail, start, found.groupdict().get("aside"))
    return None


def _noun_start(found: re.Match[str], groups: dict[str, str]) -> int:
    """Where the noun phrase begins: after what the pattern needs before a subject."""
    lead = _LEAD.match(found.string, found.start())
    return min(lead.end() if lead else found.start(), found.start(groups["head"]))


def _pronoun(pronoun: str, start: int, end: int) -> Subject:
    word = _SUBJECTIVE.get(pronoun.lower(), pronoun.lower())
    kinds: dict[str, Kind] = {"he": "person", "she": "person", "it": "body", "they": "many"}
    return Subject(word, start, end, kinds[word], pronoun=word)


def whose_subject(found: re.Match[str]) -> Subject | None:
    """The subject of "in his view", "by Kozak's account"."""
    if whose := found["whose"]:
        word = {"his": "he", "her": "she", "its": "it", "their": "they"}[whose.lower()]
        return _pronoun(word, *found.span("whose"))
    if owner := found["owner"]:
        start = found.start("owner")
        if owner[:1].isupper() and not owner.lower().startswith("the "):
            return _named(owner, "", None, "", start, None)
        last = owner.split()[-1].lower()
        if last in PERSONS | MANY | BODIES | DOCUMENTS:
            return _noun(owner, last, "", start, None)
    return None


def joint_subject(found: re.Match[str]) -> Subject | None:
    """Several together; they are called as the sentence calls them."""
    start, end = found.span("joint")
    phrase = re.sub(r"^(?:both|either)\s+", "", found["joint"], flags=re.IGNORECASE)
    first = phrase.split()[0].lower()
    if first in NEVER_NAMES - _DETERMINERS:
        return None  # "In Geneva, …": the subject begins later
    if phrase.split()[0] in PERSONS or _ROLE_INSIDE.search(phrase):
        return None  # the end of an apposition: "Smith, head of sales and marketing said"
    return Subject(_lower_article(phrase), start, end, "many")


def trim_name(name: str) -> str:
    """``name`` without words at its ends that are in capitals for another reason.

    >>> trim_name("Yesterday Kozak Wednesday")
    'Kozak'
    """
    parts = name.split()
    while parts and (
        (_bare(parts[0]) in NEVER_NAMES and len(parts[0]) > 1 and parts[0][1] != ".")
        # "Present-day Kate", but "Ban Ki-moon"
        or (len(parts) > 1 and re.fullmatch(r"[A-Z]\w+-[a-z]+", parts[0]))
    ):
        parts.pop(0)
    while parts and _bare(parts[-1]) in DAYS_AND_MONTHS:
        parts.pop()
    return " ".join(parts)


def _bare(word: str) -> str:
    return _POSSESSIVE_END.sub("", word.lower()).rstrip(".,")


def _named(
    name: str, before: str, role: str | None, tail: str, start: int, aside: str | None
) -> Subject | None:
    trimmed = trim_name(name)
    if not trimmed or not any(letter.isalpha() for letter in trimmed):
        return None
    words = [_bare(word) for word in trimmed.split()]
    if len(words) == 1 and words[0] in _ABBREVIATED:
        return None  # the rest of the name belongs to another phrase
    if trimmed in {"M.D.", "Ph.D.", "Jr.", "Sr.", "Esq.", "Inc.", "Ltd."}:
        return None  # the end of a name
    if len(words) == 1 and before and words[0] in PERSONS | BODIES | DOCUMENTS:
        return _noun(before + trimmed, trimmed, tail, start - len(before), aside)
    at = start + name.index(trimmed.split()[0])
    end = start + len(name)
    if len(words) == 1 and words[0] in MANY:
        plain = trimmed if trimmed[1:].lower() != trimmed[1:] else trimmed.lower()
        return Subject(plain, at, end, "many")
    title = " ".join([*before.lower().split(), *_titles(words)])
    kind = _kind_of_name(words, title, role, before)
    if kind == "body" and tail.startswith(" of "):
        trimmed = " ".join((trimmed + tail).split())
    return Subject(trimmed, at, end, kind, name=trimmed, title=title or None, gender=_gender(title))


def _titles(words: list[str]) -> list[str]:
    taken: list[str] = []
    for word in words[:-1]:
        if word not in TITLES and not (taken and word in PORTFOLIOS):
            break
        taken.append(word)
    return taken


def _kind_of_name(words: list[str], title: str, role: str | None, before: str) -> Kind:
    titled = _titles(words)
    if any(word in BODY_NAMES for word in words[len(titled) :]):
        return "body"
    if (role and role.lower() in PERSONS) or any(
        word in TITLES - {"the"} for word in title.split()
    ):
        return "person"
    if role and role.lower() in BODIES | MANY:
        return "body"
    if before.strip().lower() in _ARTICLES:
        return "body"
    return "unknown"


def _gender(title: str) -> str | None:
    words = set(title.replace(".", "").split())
    if words & (MALE - {"his"}):
        return "he"
    return "she" if words & (FEMALE - {"her"}) else None


def _noun(text: str, head: str, tail: str, start: int, aside: str | None) -> Subject | None:
    word = head.lower()
    words = text.split()
    bare = words[0].lower() == word
    kind: Kind = "many" if word in MANY else "person" if word in PERSONS else "body"
    has_article = words[0].lower() in _ARTICLES or words[0][0].isdigit()
    capital = words[-1][:1].isupper() or words[0][:1].isupper()
    if kind == "person" and not has_article and not _GENITIVE.search(text):
        return None
    if bare and kind == "body" and not capital and word not in {"parliament", "congress"}:
        return None
    end, gender = start + len(text), _gender(text.lower())
    if kind == "person" and (name := _apposed(aside)):
        return Subject(name, start, end, kind, name=name, title=text.lower(), gender=gender)
    full = " ".join((text + tail).split())
    if word in DOCUMENTS and (owner := _owner(full)):
        return Subject(owner, start, end, "unknown", name=owner)
    title = None if tail else " ".join(words).lower()
    return Subject(_lower_article(full), start, end, kind, title=title, gender=gender)


def _owner(phrase: str) -> str | None:
    """Whose report it is: "Amnesty’s report", "a report by Amnesty"; only of a name."""
    found = re.match(
        r"(?!(?:The|A|An|Its|His|Her|Their)\b)(?P<name>[A-Z][^'’”]*?)['’”]s?\s", phrase
    )
    by = _BY_NAME.search(phrase)
    name = trim_name((found or by)["name"]) if (found or by) else ""  # type: ignore[index]
    return name or None


def _apposed(aside: str | None) -> str | None:
    """The name between the commas of "the minister, John Smith, said"."""
    if aside is None:
        return None
    text = aside.strip(" ,")
    parts = text.split()
    if not 1 < len(parts) <= 6 or any(part[:1].islower() and len(part) > 3 for part in parts):
        return None
    return text if parts[0][:1].isupper() and parts[-1][:1].isupper() else None


def _lower_article(phrase: str) -> str:
    """A phrase as it is written inside a sentence: "the report" for "The report"."""
    first, *rest = phrase.split()
    word = first.lower() if first[1:].islower() or len(first) == 1 else first
    if word in _ADJECTIVES and rest and rest[0].islower():
        first = word
    if word in _ARTICLES or word in MANY | PERSONS | BODIES | DOCUMENTS or word in NEVER_NAMES:
        first = word
    return " ".join([first, *rest])

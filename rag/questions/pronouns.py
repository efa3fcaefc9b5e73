"""What pronouns and the like mean by the conversation: he, it, there, the minister."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rag.questions.clauses import sentences
from rag.questions.names import Known, people, surname
from rag.questions.places import places, tokens
from rag.questions.turns import (
    Turn,
    body_before,
    country_before,
    person_before,
    thing_before,
    year_before,
)
from rag.questions.words import (
    AUXILIARIES,
    FUNCTION_WORDS,
    MONTHS_AND_DAYS,
    ROLES,
    SAYING,
    alternatives,
    is_plural,
)
from rag.reading.wordlists import words

__all__ = ["Named", "name_pronouns"]

_AUX: Final = alternatives(AUXILIARIES)
_PERSONAL: Final = re.compile(r"\b(?:he|she|him|his|her|hers)\b", re.IGNORECASE)
_PLURAL: Final = re.compile(r"\b(?:they|them|their|theirs)\b", re.IGNORECASE)
_NEUTER: Final = re.compile(r"\b(?:it|its)\b(?!['’])", re.IGNORECASE)
_POSSESSIVE: Final = words("his her its their")

_GOOD: Final = (
    r"(?:possible|legal|illegal|lawful|true|necessary|safe|ok|okay|better|worth|important|common|"
    r"hard|easy|difficult|allowed|forbidden|time|late|likely|normal|mandatory|required|permitted|"
    r"compulsory|advisable|reasonable|right|wrong|good|bad|best|clear|known|said|fair|usual)"
)
# "is it possible to", "how long does it take to": it stands for nothing.
_EMPTY_IT: Final = re.compile(
    rf"\bit\s+(?:is\s+|was\s+|be\s+|been\s+)?(?:\w+\s+)?{_GOOD}\b.*\b(?:to|that|for|if|whether)\b|"
    r"\bit\s+(?:take|takes|took|cost|costs)\b.*\bto\b|\bit\s+(?:make|makes)\s+sense\b|"
    r"\btime\s+is\s+it\b|\bit\s+(?:rain|snow)|\bis\s+it\s+(?:that|who)\b|"
    r"\bfor\s+it\s+to\s+be\b",
    re.IGNORECASE,
)
# Words that point back, but to nothing that one phrase could name.
_POINTING: Final = re.compile(
    r"\b(?:this|these|those)\b(?!\s+(?:year|month|week|day|days|report|reports|document|documents|"
    r"collection|text|texts|article|section))|"
    r"\b(?:about|of|for|on|by|to|from|with|after|before|want|wanted|mean|know|confirm|confirmed|do|"
    r"did|is|was|say|said|does|deny|denied|cause|caused|explain)\s+that(?=\s*(?:$|[?.,!])|"
    r"\s+(?:mean|happen|change|include|apply|more|less|true|right)\b)|"
    r"\b(?:that|such\s+a)\s+(?:time|case|way|reason|place|group|people|period|city|day|person|man|"
    r"woman|decision|event|number|figure|law|claim|statement|situation)\b|"
    r"\b(?:the|that|which|another|a|any)\s+(?:\w+\s+)?ones?\b|"
    r"\bthe\s+(?:first|second|third|last|latter|former|other|others)(?=\s*(?:$|[?.,!]))|"
    r"\b(?:the\s+)?same(?=\s*(?:$|[?.,!]))|"
    r"\b(?:afterwards?|thereafter|(?:days?|weeks?|months?|years?)\s+(?:later|earlier)|"
    r"the\s+(?:next|following|previous|same)\s+(?:day|week|month|year))(?=\s*(?:$|[?.,!]))",
    re.IGNORECASE,
)
# A noun that is nothing without what it is of: "What was the reason?"
_OF_WHAT: Final = re.compile(
    r"\b(?:the|any)\s+(?:main\s+)?(?:reasons?|causes?|results?|outcomes?|consequences?|purposes?|"
    r"aims?|goals?|response|reaction|effects?|impact|details|solution|difference|exceptions?|"
    r"explanation|drop|decline|increase|rise|decrease|alternatives?|advantages?|disadvantages?|"
    r"benefits?|conditions?|requirements?|consequence)(?=\s*(?:$|[?.,!])|\s+(?:be|been|if)\b)",
    re.IGNORECASE,
)
_NO_NOUN: Final = re.compile(
    rf"^(?:and\s+|but\s+|so\s+)?(?:how\s+many|which)\s+(?:of\s+(?:them|these|those)\s+)?"
    rf"(?:{_AUX})\b",
    re.IGNORECASE,
)
_THERE: Final = re.compile(
    rf"(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )(?<!\bbe )(?<!\bbeen )\bthere\b"
    rf"(?!\s+(?:{_AUX}|be|been|any|a|an|no|enough)\b)(?=\s*(?:$|[?.,!]|\w))",
    re.IGNORECASE,
)
_THEN: Final = re.compile(
    r"\b(?:in\s+that\s+year|that\s+year|at\s+that\s+time|back\s+then)\b", re.I
)
_COUNTRY: Final = re.compile(r"\b(?:this|that|the)\s+(?:country|nation)\b(?!\s+of\b)", re.I)
_STATE: Final = re.compile(
    r"\bthe\s+(?P<body>government|opposition|authorities|police|army|parliament|president|"
    r"prime\s+minister|constitution)\b(?!['’]|\s+(?:of|in|from)\b|\s+[A-Z])"
)
_ROLE: Final = re.compile(
    rf"\bthe\s+(?:{alternatives(ROLES)})\b(?!['’]?\s*(?:of|for|to|in|from|at)\b|\s+[A-Z]|\s+general)",
)


@dataclass(frozen=True, slots=True)
class Named:
    """A question with its pronouns named; ``open`` if something still points back."""

    text: str
    changed: bool
    open: bool


def name_pronouns(question: str, turns: Sequence[Turn], *, known: Known) -> Named:
    """Put names where the question points back, as far as the conversation has them."""
    naming = _Naming(question, turns, known)
    naming.people()
    naming.country()
    naming.many()
    naming.thing()
    text = naming.text
    first = (sentences(text) or [""])[0]  # a later sentence points back to this one
    still = bool(
        naming.open or _POINTING.search(first) or _OF_WHAT.search(first) or _NO_NOUN.match(first)
    )
    return Named(text, text != question, still)


class _Naming:
    """One question on its way: every step names what it can and notes what stays open."""

    def __init__(self, question: str, turns: Sequence[Turn], known: Known) -> None:
        self.text = question
        self.open = False
        self._turns = turns
        self._known = known

    def people(self) -> None:
        """He and she, and "the minister" who has no name in the question."""
        if found := _ROLE.search(self.text):
            person = person_before(self._turns, known=self._known)
            if person and not self._people_in(self.text) and not person.startswith("the "):
                self._put(found, person)
        for found in reversed(list(_PERSONAL.finditer(self.text))):
            before = self.text[: found.start()]
            own = self._people_in(self.text[: found.end()]) or self._roles_in(before)
            if own and not (_is_object(found, self.text) and found[0].lower() != "her"):
                continue
            person = person_before(self._turns, known=self._known)
            if person is None or (own and self._same(person, own)):
                self.open = self.open or not own
                continue
            self._put(found, _cased(person, found[0], self._owns(found)))

    def country(self) -> None:
        """There, that country, that year, and the government of the country in question."""
        if places(self.text, known=self._known.countries):
            self._year()
            return
        country = country_before(self._turns)
        for pattern in (_COUNTRY, _THERE):
            if found := pattern.search(self.text):
                if country is None:
                    self.open = True
                elif pattern is _COUNTRY:
                    self._put(found, country)
                else:
                    self._put(found, f"in {country}")
                return
        found = _STATE.search(self.text)
        if found and country and not self._people_in(self.text):
            self._put(found, f"{found[0]} of {country}")
        self._year()

    def _year(self) -> None:
        year = year_before(self._turns)
        if found := _THEN.search(self.text):
            if year is None:
                self.open = True
            else:
                self._put(found, f"in {year}")

    def many(self) -> None:
        """They: whoever's words were asked for, if they are to say something again."""
        for found in reversed(list(_PLURAL.finditer(self.text))):
            before = self.text[: found.start()]
            apart = not _follows_auxiliary(before) or _another_clause(before)
            if apart and self._plural_in(before):
                continue
            speaker = body_before(self._turns)
            after = self.text[found.end() :].split()[:2]
            says = found[0].lower() == "they" and any(word.strip("?.,") in SAYING for word in after)
            if speaker and says:
                self._put(found, speaker)
            else:
                thing = thing_before(self._turns)
                if thing and is_plural(thing.split()[-1]) and found[0].lower() != "theirs":
                    self._put(found, _cased(thing, found[0], found[0].lower() in _POSSESSIVE))
                else:
                    self.open = True

    def thing(self) -> None:
        """It, unless it stands for nothing or for something in the question itself."""
        for found in reversed(list(_NEUTER.finditer(self.text))):
            if _EMPTY_IT.search(self.text[max(0, found.start() - 8) :]):
                continue
            before = self.text[: found.start()]
            inside = found[0].lower() == "its" or not (
                _follows_auxiliary(before) or _is_object(found, self.text)
            )
            if (inside or _another_clause(before)) and _has_noun(before):
                continue
            thing = thing_before(self._turns)
            if thing is None or is_plural(re.split(r"\s+(?:of|in)\s", thing)[0].split()[-1]):
                self.open = True
            else:
                self._put(found, _cased(thing, found[0], found[0].lower() == "its"))

    def _put(self, found: re.Match[str], name: str) -> None:
        self.text = self.text[: found.start()] + name + self.text[found.end() :]

    def _people_in(self, text: str) -> tuple[str, ...]:
        named = places(text, known=self._known.countries)
        return people(text, named=named, speakers=self._known.speakers)

    def _roles_in(self, text: str) -> tuple[str, ...]:
        return tuple(token.text for token in tokens(text) if token.key in ROLES | _PERSONS)

    def _plural_in(self, text: str) -> bool:
        named = [token for token in tokens(text) if token.key not in FUNCTION_WORDS]
        return any(is_plural(token.text) or token.text[0].isupper() for token in named[1:])

    def _owns(self, found: re.Match[str]) -> bool:
        """Whether the pronoun is a possessive; "her" is one before a noun."""
        word = found[0].lower()
        after = re.match(r"\s+(\w+)", self.text[found.end() :])
        if word == "her":
            return after is not None and after[1].lower() not in FUNCTION_WORDS
        return word in ("his", "hers")

    def _same(self, person: str, own: tuple[str, ...]) -> bool:
        return surname(person) in {surname(each) for each in own}


_PERSONS: Final = words("man woman boy girl person king queen pope child mother father someone who")
_BARE_VERBS: Final = words(
    "say do happen mean begin start go come want make take find get give become seem change work"
)


def _follows_auxiliary(before: str) -> bool:
    return bool(re.search(rf"(?:^|\s)(?:{_AUX})\s+$", before, re.IGNORECASE))


def _another_clause(before: str) -> bool:
    """Whether a clause ended before the pronoun's: "If I borrow money, can I treat it …"."""
    return bool(
        re.search(r"[.?!]\s|^\s*(?:if|when|since|because|although|while)\b.*,", before, re.I)
        or re.search(rf"(?:,|\bor|\band)\s+(?:{_AUX})\s+$", before, re.IGNORECASE)
    )


def _is_object(found: re.Match[str], text: str) -> bool:
    """After a preposition or verb and not before another verb: "about him", "top it up"."""
    if found[0].lower() in ("he", "she", "they", "his", "its", "their"):
        return False
    before = text[: found.start()].split()[-1:]
    after = re.match(r"\s+(\w+)", text[found.end() :])
    if not before or before[0].lower() in AUXILIARIES | {"that", "if", "when", "because", "how"}:
        return False
    return after is None or after[1].lower() not in AUXILIARIES


def _has_noun(before: str) -> bool:
    """Whether a noun or name stands there that the pronoun may mean."""
    return any(
        token.key not in FUNCTION_WORDS | SAYING | _BARE_VERBS | MONTHS_AND_DAYS
        for token in tokens(before)
    )


def _cased(name: str, pronoun: str, possessive: bool) -> str:
    text = f"{name}'s" if possessive and not name.endswith(("'s", "’s")) else name
    return text[0].upper() + text[1:] if pronoun[0].isupper() and len(pronoun) > 1 else text

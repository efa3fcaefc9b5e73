"""Whose words a question wants, and which of the sentences found are theirs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from rag.answer.records import Query
from rag.attribution import Attributed, Attributions
from rag.language.folding import fold
from rag.language.person_names import same_person
from rag.language.places import country_key, places, tokens
from rag.language.saying import ASKED, VERBS
from rag.language.word_lists import words
from rag.language.words import DOCUMENTS, ROLES, alternatives, word_list
from rag.schema import Document
from rag.store import content_terms

Span = tuple[int, int]
"""The characters ``[start, end)`` of a document."""

# They tell holders of one office apart in time, which a document seldom does.
_QUALIFIERS: Final = word_list("qualifiers")
# Offices that a more general word may mean.
_MEANT_BY: Final = {
    "leader": "president prime premier king queen chancellor emir sultan",
    "head": "president prime premier king queen chancellor emir sultan",
    "diplomat": "ambassador envoy consul",
}
# Of an office or a country they tell nothing: "the Emirati speaker" is whoever speaks for it.
_SAYING_LITTLE: Final = _QUALIFIERS | words("the a an of speaker speakers")
# Whoever speaks for a state speaks for these.
_STATE: Final = frozenset(content_terms("government authorities"))
# What a state speaks through.
_OFFICIAL: Final = word_list("official")


_INFLECTED: Final = ASKED - {each.verb for each in VERBS}
# "said", "says", "did not say", "would say"; "a report" is a noun.
_SAYS: Final = re.compile(
    rf"\b(?:(?:not|never|to|would|will|could|can|may|might)\s(?:\w+ly\s)?(?:{alternatives(ASKED)})|"
    rf"(?:{alternatives(_INFLECTED)})|according\sto)\b",
    re.IGNORECASE,
)


def voice(asked: Query, document: Document, found: Attributions, span: Span) -> Attributed | None:
    """The attribution under which a sentence carries the words that were asked for, if any.

    Where nobody's words are asked for, whose they are if that is certain; asked who said
    something, it is the one who is told to have said it. A country speaks through those who hold
    an office of it or speak for it in its documents, a body in what it publishes; they are shown
    under the names of those who speak.
    """
    wanted = asked.speaker
    if wanted is None:
        return found.heard(*span) if asked.kind == "who-said" else found.of(*span)
    named = (*each_of(wanted, asked.people), *asked.also_called)
    speakers = found.all(*span)
    for each in speakers:
        for one in named:
            if same_person(one, each.speaker) or _is_office_of(one, each, document, found):
                return each
    said = found.of(*span)
    if said and _speaks_for(wanted, said, document, found):
        return said
    if any(each.how == "turn" for each in speakers):
        return None  # in a reply, what another wrote is not its author's
    own = all(_is_work(each.speaker) for each in speakers) or found.is_mostly_own(*span)
    return _author(named, document) if own else None


def _is_work(name: str) -> bool:
    """Whether it is only the work that a document tells of: "the investigation", "this report"."""
    first, *rest = [token.key for token in tokens(name)] or [""]
    return first in ("the", "this") and len(rest) == 1 and rest[0] in DOCUMENTS


def _author(named: Sequence[str], document: Document) -> Attributed | None:
    """Whoever wrote the document, if asked for: what is mostly nobody else's is the author's."""
    author = " ".join((document.metadata.author or "").split())
    wrote = author and any(same_person(each, author) for each in named)
    return Attributed(author, False, "author") if wrote else None


def each_of(wanted: str, people: tuple[str, ...]) -> tuple[str, ...]:
    """Of "Ruiz and Holm" both, where both are people that the question names."""
    parts = re.split(r",?\s+and\s+|,\s+", wanted)
    named = len(parts) > 1 and all(
        any(same_person(part, person) for person in people) for part in parts
    )
    return (wanted, *parts) if named else (wanted,)


def is_asked_for(asked: Query, name: str) -> bool:
    """Whether the words of a person of this name are asked for."""
    wanted = each_of(asked.speaker, asked.people) if asked.speaker else ()
    return any(same_person(one, name) for one in (*wanted, *asked.also_called))


def countries_asked(asked: Query) -> frozenset[str]:
    """The keys of the countries whose words, or an office of which, are asked for."""
    if asked.speaker is None:
        return frozenset()
    # "Georgia" alone may be a state of the United States too, so it is found as no country.
    return _parted(asked.speaker)[1] | {country_key(asked.speaker)}


def kin(asked: Query, _: Document, found: Attributions, span: Span) -> Attributed | None:
    """Of a kind of people that was asked for, the attribution to others of that kind.

    "Aid organizations" may be the "humanitarian organizations" of a report, or not: they are
    shown under their own name, and only where nobody is called as the question calls them.
    """
    head = _head(asked.speaker or "")
    said = found.heard(*span) if head else None
    return said if said and _head(said.speaker) == head else None


def another(asked: Query, document: Document, found: Attributions, span: Span) -> bool:
    """Whether a sentence is an account, or a quotation, of the words of one not asked for."""
    said = found.heard(*span)
    if said is None:
        return False
    if said.how in ("turn", "metadata"):
        # Whoever speaks for the country may be the minister who is asked for.
        _, countries = _parted(asked.speaker or "")
        return bool(countries) and country_key(document.metadata.country or "") not in countries
    theirs = voice(asked, document, found, span) or kin(asked, document, found, span)
    return theirs is None


def tells_of(asked: Query, text: str) -> bool:
    """Whether a sentence names the one whose words were asked for, and has a verb of saying."""
    wanted = set(content_terms(asked.speaker or ""))
    return bool(wanted) and wanted <= set(content_terms(text)) and bool(_SAYS.search(text))


# Of these there are many at a time: "an official", "the witness who …".
_OF_MANY: Final = ROLES - words(
    "president vice-president chancellor premier minister secretary king queen emperor governor "
    "mayor commissioner chairman chairwoman chairperson chair director head chief leader spokesman "
    "spokeswoman spokesperson ambassador envoy rapporteur"
)


def names_one_office(wanted: str) -> bool:
    """Whether a phrase is for the one holder of an office: "the outgoing president of Chile".

    >>> names_one_office("the Chilean president"), names_one_office("the two Chilean presidents")
    (True, False)
    """
    role = re.split(r"\s(?:of|in|for|from|at|to|on|with|by|who|that)\s|,", wanted)[0]
    listed = [token.key for token in tokens(role)]
    if not listed or listed[0] in ("a", "an", "any", "some", "another", "each", "every"):
        return False
    parted = " and " in wanted or " or " in wanted
    return not parted and is_role(wanted) and listed[-1] in ROLES - _OF_MANY


@lru_cache(maxsize=1024)
def _head(phrase: str) -> str | None:
    """The noun of a phrase for many without a name: "organizations" of "local organizations"."""
    before = re.split(r"\s(?:of|in|for|from|at|to|on|with|by|who|that)\s", phrase)[0]
    listed = tokens(before)
    if not listed or (listed[-1].text[0].isupper() and len(listed) > 1):
        return None
    return listed[-1].key if listed[-1].key.endswith("s") and is_role(before) else None


def _is_office_of(
    wanted: str, attributed: Attributed, document: Document, found: Attributions
) -> bool:
    """Whether ``the Armenian prime minister`` is ``Nikol Pashinyan``, by what he is called."""
    if not is_role(wanted):
        return False
    called = (attributed.speaker, *found.offices(attributed.speaker))
    if attributed.how == "metadata":
        called = (*called, document.metadata.extra.get("role", ""))
    countries = _parted(wanted)[1] or {country_key(document.metadata.country or "")} - {""}
    # Who is "Russian President" once is no other country's where only "President" stands.
    theirs = frozenset[str]().union(*(_parted(each)[1] for each in called))
    if countries and theirs and not countries & theirs:
        return False
    return any(_means(wanted, each, document) for each in called)


@lru_cache(maxsize=1024)
def is_role(phrase: str) -> bool:
    """Whether a phrase is an office or a kind of people or bodies, and nobody's name."""
    taken = [(place.start, place.end) for place in places(phrase)]
    plain = [
        token
        for token in tokens(phrase)
        if not any(start <= token.start < end for start, end in taken)
    ]
    singular = {token.key.removesuffix("s") for token in plain} | {token.key for token in plain}
    named = [token for token in plain if token.text[0].isupper() and not _is_titular(token.key)]
    return not named and not singular.isdisjoint(ROLES)


def _is_titular(key: str) -> bool:
    """Whether a word in capitals may be part of an office: "Prime Minister", "the Secretary"."""
    return key in ROLES | words("the prime foreign vice deputy senior first of state")


def _means(wanted: str, called: str, document: Document) -> bool:
    """Whether the office ``wanted`` is the one in ``called``, of the same country if one is named.

    Where ``called`` names none it is of the country of the document.
    """
    role, countries = _parted(wanted)
    if not role:
        return False
    _, those = _parted(called)
    if countries and not (those or {country_key(document.metadata.country or "")}) & countries:
        return False
    terms = set(content_terms(called))
    return all(
        term in terms or not terms.isdisjoint(content_terms(_MEANT_BY.get(term, "")))
        for term in role
    )


# "the leaders at the General Assembly" are leaders.
_WHERE: Final = re.compile(r"\s(?:at|before|in front of)\s")


@lru_cache(maxsize=4096)
def _parted(phrase: str) -> tuple[frozenset[str], frozenset[str]]:
    """The terms of an office without countries, and the countries; both folded."""
    named = places(phrase)
    bare = phrase
    for place in sorted(named, key=lambda each: -each.start):
        bare = f"{bare[: place.start]} {bare[place.end :]}"
    bare = _WHERE.split(re.sub(r"\W+s\b", " ", bare))[0]
    kept = " ".join(token.text for token in tokens(bare) if token.key not in _SAYING_LITTLE)
    return frozenset(content_terms(kept)), frozenset(country_key(each.country) for each in named)


def _speaks_for(wanted: str, said: Attributed, document: Document, found: Attributions) -> bool:
    """Whether somebody speaks for the country, or for the publisher, that was asked for.

    In a document about a country many speak who do not speak for it.
    """
    known = document.metadata
    role, countries = _parted(wanted)
    country = country_key(known.country or "")
    speaks = said.how in ("turn", "metadata")
    if role and role <= _STATE and country in countries:
        return speaks
    if country and (country == country_key(wanted) or (not role and country in countries)):
        if speaks:
            return True
        called = (said.speaker, *found.offices(said.speaker))
        return any(_official(each, countries | {country}) for each in called)
    return bool(known.publisher) and fold(known.publisher or "") == fold(wanted)


def _official(called: str, countries: frozenset[str]) -> bool:
    _, those = _parted(called)
    if those and not those & countries:
        return False
    return bool(those) or bool({token.key for token in tokens(called)} & _OFFICIAL)

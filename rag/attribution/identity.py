"""Which speakers of different documents are one person or body.

A speaker is known by the name that the document calls them by, what it says that they are, and the
country and date of the document. Names are put together where nothing speaks against it and, for a
family name alone, something speaks for it; of several people who could be meant it is none.

>>> spoken = [
...     Mention("Ilham Aliyev", "a.txt", country="Azerbaijan"),
...     Mention("President Aliyev", "b.txt", country="Azerbaijan"),
...     Mention("Aliyev", "c.txt", country="Turkey"),
... ]
>>> [[each.name for each in group] for group in identify(spoken)]
[['Ilham Aliyev', 'President Aliyev'], ['Aliyev']]
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from rapidfuzz.distance import Levenshtein

from rag.language.folding import fold
from rag.language.person_names import PersonName, person_name, same_person
from rag.language.places import country_key, is_place, places, tokens
from rag.language.words import (
    BODIES,
    FEMALE,
    FUNCTION_WORDS,
    MALE,
    PERSONS,
    PORTFOLIOS,
    TITLES,
    word_list,
)

SpeakerKind = Literal["person", "body", "unnamed"]
"""``unnamed`` are those who are only described: "the applicant", "a police official"."""

_NO_NAMES = word_list("turn_labels")
_ADDRESS = MALE | FEMALE | {"dr", "prof", "professor"}
_TELLING = (PERSONS | TITLES) - _ADDRESS - PORTFOLIOS - word_list("qualifiers")
_SPAN_OF_NAME = 60  # years over which one person may speak
_SPAN_OF_SURNAME = 15
_LONG_PART = 5  # letters of a given name, one of which may be a slip of the pen
_LONG_NAME = 3  # parts, of which two people seldom have the same


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody who speaks in one document, by the name used there.

    ``source`` names the document, ``role`` is what it says that the speaker is, ``country`` and
    ``year`` are the document's.
    """

    name: str
    source: str
    role: str | None = None
    country: str | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """What decisions by hand call a speaker: a name in documents about a country, or in one.

    All are folded; an empty ``source`` means all documents.
    """

    name: str
    country: str
    source: str = ""

    def __str__(self) -> str:
        """The label as the catalog keeps it."""
        return json.dumps([self.name, self.country, self.source], ensure_ascii=False)

    @classmethod
    def of(cls, kept: str) -> Label:
        """The inverse of ``str``."""
        name, country, source = json.loads(kept)
        return cls(name, country, source)


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided by hand: that two labels are one person, or that one stands apart."""

    one: Label
    other: Label | None = None


def label_of(mention: Mention, *, in_document: bool = False) -> Label:
    """The label of a mention; ``in_document`` for that of its document alone."""
    source = mention.source if in_document else ""
    return Label(fold(mention.name), country_key(mention.country or ""), source)


@lru_cache(maxsize=20_000)
def kind_of(name: str) -> SpeakerKind:
    """Whether a name is a person's, a body's or a country's, or no name.

    >>> kind_of("Human Rights Watch"), kind_of("the applicant"), kind_of("Mr. Holm")
    ('body', 'unnamed', 'person')
    """
    known = person_name(name)
    if known.description or not known.parts or set(known.parts) <= _NO_NAMES:
        return "unnamed"
    if name[:1].islower() or _is_common(name, known):
        return "unnamed"
    acronym = len(known.parts) == 1 and name.isupper() and len(name) > 1 and not known.titles
    return "body" if known.is_body or is_place(name) or (acronym and len(name) < 6) else "person"


def _is_common(name: str, known: PersonName) -> bool:
    """Whether a name is only what somebody is: "the Applicant", "MODERATOR"."""
    return set(known.parts) <= PERSONS | TITLES or name.startswith(("The ", "the ", "A ", "An "))


def identify(
    mentions: Sequence[Mention], decisions: Iterable[Decision] = ()
) -> list[list[Mention]]:
    """The mentions in groups, one for each person or body; the result depends on no order.

    Who is only described is told apart by document. ``decisions`` are followed last, except that
    those who stand apart are put with nobody else before.
    """
    decided = list(decisions)
    groups = _Groups()
    apart = {str(each.one) for each in decided if each.other is None}
    for node in _nodes(mentions, apart):
        groups.place(node)
    for each in decided:
        if each.other is not None:
            groups.unite(each.one, each.other)
    return groups.listed()


@dataclass(slots=True)
class _Node:
    """Mentions that nothing tells apart, or a group of such."""

    mentions: list[Mention]
    name: str
    known: PersonName
    kind: SpeakerKind
    countries: set[str]
    own_countries: set[str]  # that the role names
    roles: set[str]
    fields: set[str]
    years: set[int]
    alone: bool = False
    names: set[str] = field(default_factory=set)

    @property
    def is_single(self) -> bool:
        return len(self.known.parts) == 1


def _nodes(mentions: Sequence[Mention], apart: Collection[str]) -> list[_Node]:
    """Nodes in the order in which they are placed: the fullest names first."""
    by_key: dict[tuple[object, ...], _Node] = {}
    for each in sorted(set(mentions), key=lambda one: (one.source, one.name)):
        node = _node(each)
        label = next(
            (str(found) for found in _labels(each) if str(found) in apart),
            None,
        )
        node.alone = label is not None
        unsupported = (
            node.is_single and node.kind == "person" and not (node.roles or node.countries)
        )
        by_document = (
            each.source if label is None and (unsupported or node.kind == "unnamed") else ""
        )
        key = (
            (label,)
            if label is not None
            else (fold(each.name), tuple(sorted(node.countries)), each.role or "", by_document)
        )
        if key in by_key:
            known = by_key[key]
            known.mentions.append(each)
            known.years |= node.years
        else:
            by_key[key] = node
    return sorted(
        by_key.values(),
        key=lambda node: (
            -sum(len(part) > 1 for part in node.known.parts),
            -len(node.known.parts),
            not (node.roles and node.countries),
            fold(node.name),
            node.mentions[0].source,
        ),
    )


def _labels(mention: Mention) -> tuple[Label, Label]:
    return label_of(mention, in_document=True), label_of(mention)


def _node(mention: Mention) -> _Node:
    known = person_name(mention.name)
    told = f"{' '.join(known.titles)} {fold(mention.role or '')}"
    words = [each.key for each in tokens(told)]
    roles = {word for word in words if word in _TELLING}
    if not roles and mention.role:
        roles = {word for word in words if word not in FUNCTION_WORDS | _ADDRESS}
    country = country_key(mention.country or "")
    own = {country_key(each.country) for each in places(mention.role or "")}
    return _Node(
        mentions=[mention],
        name=mention.name,
        known=known,
        kind=kind_of(mention.name),
        countries={country} - {""},
        own_countries=own,
        roles=roles,
        fields={word for word in words if word in PORTFOLIOS - _TELLING - {"of", "for", "and"}},
        years={mention.year} if mention.year else set(),
        names={mention.name},
    )


class _Groups:
    def __init__(self) -> None:
        self._groups: list[_Node] = []
        self._by_part: dict[tuple[str, ...], list[_Node]] = defaultdict(list)

    def place(self, node: _Node) -> None:
        """Put a node to the one group that it can only belong to, or begin another."""
        found = [] if node.alone or node.kind == "unnamed" else self._candidates(node)
        supported = [each for each in found if _supports(node, each)]
        if len(supported) == 1 or (
            len(found) == 1 and not supported and _may_stand(node, found[0])
        ):
            self._join(node, (supported or found)[0])
            return
        self._groups.append(node)
        if not node.alone:
            for key in {*((part,) for part in node.known.parts), *_pairs(node.known)}:
                self._by_part[key].append(node)

    def _candidates(self, node: _Node) -> list[_Node]:
        keys = [(node.known.parts[-1],), *_pairs(node.known)]
        near = {id(each): each for key in keys for each in self._by_part.get(key, ())}
        return [each for each in near.values() if _allows(node, each)]

    def _join(self, node: _Node, group: _Node) -> None:
        group.mentions += node.mentions
        for name in ("countries", "own_countries", "roles", "fields", "years", "names"):
            getattr(group, name).update(getattr(node, name))

    def unite(self, one: Label, other: Label) -> None:
        """Put the groups together in which the two labels stand, if both still stand somewhere."""
        ours = [each for each in self._groups if _has(each, one)]
        theirs = [each for each in self._groups if _has(each, other) and each not in ours]
        if not ours or not theirs:
            return
        first, *rest = [*ours, *theirs]
        for each in rest:
            first.mentions += each.mentions
            self._groups.remove(each)

    def listed(self) -> list[list[Mention]]:
        return [
            sorted(group.mentions, key=lambda each: (each.source, each.name))
            for group in self._groups
        ]


def _has(group: _Node, label: Label) -> bool:
    return any(label in _labels(each) for each in group.mentions)


def _pairs(known: PersonName) -> list[tuple[str, ...]]:
    """The first part with each other: what two forms of a name have in common, if not the last."""
    first, *rest = known.parts
    return [tuple(sorted((first, part))) for part in rest]


def _allows(node: _Node, group: _Node) -> bool:
    """Whether names, countries, offices and dates leave it open that both are one."""
    if node.kind != group.kind:
        return False
    if node.kind == "body":
        return _is_one_body(node, group)
    misspelt = bool(node.countries & group.countries) and _agree(node, group)
    if not all(
        same_person(node.name, name) or (misspelt and _are_one_misspelt(node.name, name))
        for name in group.names
    ):
        return False
    if not _ends_alike(node, group):
        return False
    if node.own_countries and group.own_countries and not node.own_countries & group.own_countries:
        return False
    span = _SPAN_OF_SURNAME if node.is_single or group.is_single else _SPAN_OF_NAME
    if node.years and group.years and _gap(node.years, group.years) > span:
        return False
    elsewhere = bool(node.countries and group.countries and not node.countries & group.countries)
    if elsewhere and (node.is_single or group.is_single):
        return False
    conflict = bool(node.roles and group.roles) and not _agree(node, group)
    return not (conflict and (elsewhere or node.is_single or group.is_single))


def _are_one_misspelt(name: str, other: str) -> bool:
    """Whether two full names differ by one letter of a given name, as "Michel" and "Michael" do."""
    one, two = person_name(name).parts, person_name(other).parts
    if len(one) != len(two) or len(one) < 2 or one[-1] != two[-1]:
        return False
    differing = [pair for pair in zip(one, two, strict=True) if pair[0] != pair[1]]
    return len(differing) == 1 and all(
        min(len(part), len(written)) >= _LONG_PART and Levenshtein.distance(part, written) == 1
        for part, written in differing
    )


def _ends_alike(node: _Node, group: _Node) -> bool:
    """Whether a single name is the last of a longer one, or an office says that people use it.

    "Chad" is not the Lake Chad Basin, but "Prime Minister Abiy" is Abiy Ahmed.
    """
    if node.is_single == group.is_single:
        return True
    single, full = (node, group) if node.is_single else (group, node)
    return single.known.parts[0] == full.known.parts[-1] or _agree(single, full)


def _is_one_body(node: _Node, group: _Node) -> bool:
    if node.known.parts != group.known.parts:
        return False
    general = set(node.known.parts) <= BODIES | PORTFOLIOS | {"of", "for", "and", "the", "court"}
    return not general or bool(node.countries and node.countries == group.countries)


def _gap(years: set[int], others: set[int]) -> int:
    return min(abs(one - other) for one in years for other in others)


def _agree(node: _Node, group: _Node) -> bool:
    """Whether both are called the same: "foreign minister" is no "minister of health"."""
    fields = not (node.fields and group.fields) or bool(node.fields & group.fields)
    return bool(node.roles & group.roles) and fields


def _supports(node: _Node, group: _Node) -> bool:
    """Whether something besides the name speaks for it that both are one."""
    return node.kind == "body" or bool(node.countries & group.countries) or _agree(node, group)


def _may_stand(node: _Node, group: _Node) -> bool:
    """Whether a full name by itself is enough: nothing is known, or it is a long one."""
    if node.is_single or group.is_single:
        return False
    unknown = not (node.countries and group.countries)
    return unknown or (
        node.known.parts == group.known.parts and len(node.known.parts) >= _LONG_NAME
    )

"""Who "he" is: the one person, body or group that was spoken of before."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rag.attribution.people import People
from rag.attribution.phrases import NAMES, PERSON_NOUN
from rag.attribution.subjects import Kind, Subject, trim_name
from rag.language.person_names import person_name, same_person
from rag.language.places import is_demonym
from rag.language.words import NEVER_NAMES

__all__ = ["Mention", "antecedent", "mentions"]

_ADJECTIVE = re.compile(r"\w+(?:ian|ese|ish|ean)s?\Z")  # "Hobbesian", "Californian"
_AFTER_ARTICLE = re.compile(r"\b(?:[Tt]he|[Aa]n?)\s+\Z")
_KINDS: dict[str, Kind] = {"he": "person", "she": "person", "it": "body", "they": "many"}


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody spoken of: how to call them, of what kind, and ``he`` or ``she`` if known.

    ``doubtful``: a word that only opens a sentence, and so may be no name at all. ``leads``: the
    first of those whom a sentence speaks of, as its subject mostly is.
    """

    speaker: str
    kind: Kind
    gender: str | None = None
    speaks: bool = False
    doubtful: bool = False
    leads: bool = False


def mentions(text: str, place: int, since: int, people: People) -> list[Mention]:
    """The people whom ``text``, which ends at ``place`` of the document, names or describes."""
    found: list[tuple[int, Mention]] = []
    for each in NAMES.finditer(text):
        name = trim_name(" ".join(each[0].split()))
        if _may_be_person(name, text, each, people):
            known = person_name(name)
            doubtful = _only_opens(name, text, each, people)
            if not (doubtful and people.is_common(name)):
                speaker = people.resolve(name, place)
                mention = Mention(speaker, "person", known.gender, doubtful=doubtful)
                found.append((each.start(), mention))
    for noun in PERSON_NOUN.finditer(text):
        phrase = noun[0].lower()
        # "Secretary John Smith" and "the minister, John Smith," are named already.
        if not re.match(r",?\s+[A-Z]", text[noun.end() :]):
            called = people.bearer(phrase, place, since) or phrase
            found.append((noun.start(), Mention(called, "person")))
    first = min((at for at, _ in found), default=None)
    return [replace(mention, leads=at == first) for at, mention in found]


def _may_be_person(name: str, text: str, found: re.Match[str], people: People) -> bool:
    if not name or name.lower() in NEVER_NAMES or len(name) < 2:
        return False
    single = " " not in name
    if single and (_ADJECTIVE.match(name) or is_demonym(name)):
        return False
    article = _AFTER_ARTICLE.search(text[: found.start()]) or found[0].startswith(("The ", "A "))
    if article and not person_name(name).titles:
        return False
    return people.is_person(name)


def _only_opens(name: str, text: str, found: re.Match[str], people: People) -> bool:
    before = text[: found.start()].rstrip()
    opens = not before or before[-1] in '.?!:“”"'
    return " " not in name and opens and not people.is_named(name)


def antecedent(
    subject: Subject,
    spoken_of: Iterable[Sequence[Mention]],
    *,
    has_the_floor: str | None = None,
) -> Mention | None:
    """The one whom the pronoun ``subject`` means, or None where it may be more than one.

    ``spoken_of`` are the mentions of the stretches of text before, nearest first: the first
    stretch with any of the right kind decides. Of several there, it is the one who
    ``has_the_floor``, if all others are only mentioned after somebody in their sentences.
    """
    kind = _KINDS[subject.pronoun or "it"]
    for stretch in spoken_of:
        able = [each for each in stretch if _fits(each, kind, subject.pronoun)]
        others = [each for each in stretch if each.gender not in {None, subject.pronoun}]
        distinct = [
            each
            for each in _distinct(able)
            if not any(same_person(each.speaker, other.speaker) for other in others)
        ]
        if len(distinct) == 1:
            return None if distinct[0].doubtful else distinct[0]
        if distinct:
            return _on_the_floor(distinct, stretch, has_the_floor)
    return None


def _on_the_floor(
    distinct: Sequence[Mention], stretch: Sequence[Mention], speaker: str | None
) -> Mention | None:
    if speaker is None:
        return None
    own = [each for each in distinct if same_person(each.speaker, speaker)]
    leading = [each for each in stretch if each.leads and not same_person(each.speaker, speaker)]
    rivals = [
        each
        for each in distinct
        if each not in own and any(same_person(each.speaker, other.speaker) for other in leading)
    ]
    return own[0] if len(own) == 1 and not rivals else None


def _fits(mention: Mention, kind: Kind, pronoun: str | None) -> bool:
    if kind == "person":
        if mention.kind not in {"person", "unknown"}:
            return False
        return mention.gender in {None, pronoun}
    return mention.speaks and mention.kind == kind


def _distinct(able: Sequence[Mention]) -> list[Mention]:
    kept: list[Mention] = []
    for mention in sorted(able, key=lambda each: (each.doubtful, -len(each.speaker.split()))):
        if not any(same_person(mention.speaker, other.speaker) for other in kept):
            kept.append(mention)
    return kept

"""Who "he" is: the one person, body or group that was spoken of before."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.attribution.names import person_name, same_person
from rag.attribution.people import People
from rag.attribution.phrases import NAMES, PERSON_NOUN
from rag.attribution.subjects import Kind, Subject, trim_name
from rag.attribution.vocabulary import NEVER_NAMES

__all__ = ["Mention", "antecedent", "mentions"]

_ADJECTIVE = re.compile(
    r"\w+(?:ian|ians|ese|ish|ean|rican|xican|raqi|aeli|stani|jani|Arab|French|Dutch|Greek)\Z"
)
_AFTER_ARTICLE = re.compile(r"\b(?:[Tt]he|[Aa]n?)\s+\Z")
_KINDS: dict[str, Kind] = {"he": "person", "she": "person", "it": "body", "they": "many"}


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody spoken of: how to call them, of what kind, and ``he`` or ``she`` if known.

    ``doubtful``: a word that only opens a sentence, and so may be no name at all.
    """

    speaker: str
    kind: Kind
    gender: str | None = None
    speaks: bool = False
    doubtful: bool = False


def mentions(text: str, place: int, since: int, people: People) -> list[Mention]:
    """The people whom ``text``, which ends at ``place`` of the document, names or describes."""
    found: list[Mention] = []
    for each in NAMES.finditer(text):
        name = trim_name(" ".join(each[0].split()))
        if _may_be_person(name, text, each, people):
            known = person_name(name)
            doubtful = _only_opens(name, text, each, people)
            if not (doubtful and people.is_common(name)):
                speaker = people.resolve(name, place)
                found.append(Mention(speaker, "person", known.gender, doubtful=doubtful))
    for noun in PERSON_NOUN.finditer(text):
        phrase = noun[0].lower()
        # "Secretary John Smith" and "the minister, John Smith," are named already.
        if not re.match(r",?\s+[A-Z]", text[noun.end() :]):
            found.append(Mention(people.bearer(phrase, place, since) or phrase, "person"))
    return found


def _may_be_person(name: str, text: str, found: re.Match[str], people: People) -> bool:
    if not name or name.lower() in NEVER_NAMES or len(name) < 2:
        return False
    single = " " not in name
    if single and _ADJECTIVE.match(name):
        return False
    article = _AFTER_ARTICLE.search(text[: found.start()]) or found[0].startswith(("The ", "A "))
    if article and not person_name(name).titles:
        return False
    return people.is_person(name)


def _only_opens(name: str, text: str, found: re.Match[str], people: People) -> bool:
    before = text[: found.start()].rstrip()
    opens = not before or before[-1] in '.?!:“”"'
    return " " not in name and opens and not people.is_named(name)


def antecedent(subject: Subject, spoken_of: Iterable[Sequence[Mention]]) -> Mention | None:
    """The one whom the pronoun ``subject`` means, or None where it may be more than one.

    ``spoken_of`` are the mentions of the stretches of text before, nearest first: the first
    stretch with any of the right kind decides.
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
            return None
    return None


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

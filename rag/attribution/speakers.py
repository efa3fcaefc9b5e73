"""Whom the subject of a verb of saying means: a full name, the bearer of a title, or "he".

A pronoun means the one person, body or group that was spoken of before; where that may be more than
one, it means nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from rag.attribution.paragraphs import HIDDEN, Paragraph, Sentence
from rag.attribution.people import People
from rag.attribution.records import Cue, Kind, Mention, Subject
from rag.language.name_patterns import NAMES, PERSON_NOUN, Late, any_of, trim_name
from rag.language.person_names import person_name, same_person
from rag.language.places import is_demonym
from rag.language.words import BODIES, DOCUMENTS, MANY, NEVER_NAMES

_ADJECTIVE = re.compile(r"\w+(?:ian|ese|ish|ean)s?\Z")  # "Hobbesian", "Californian"
_AFTER_ARTICLE = re.compile(r"\b(?:[Tt]he|[Aa]n?)\s+\Z")
_GROUPS = Late(rf"(?<![\w-])(?i:{any_of(MANY | BODIES)})(?![\w-])")
_TWICE = 2
_FARTHEST = 20  # sentences back in a long paragraph, beyond which a pronoun does not reach


def speaker_of(
    text: str,
    sentence: Sentence,
    cue: Cue,
    paragraphs: Sequence[Paragraph],
    people: People,
) -> Mention | None:
    """Whom a subject means; None for a pronoun that may mean more than one."""
    subject = cue.subject
    place = sentence.start + subject.end
    since = paragraphs[max(0, len(paragraphs) - 2)].start
    if subject.pronoun:
        found = _antecedent(
            subject,
            _spoken_of_before(text, sentence, cue, paragraphs, people),
            has_the_floor=_has_the_floor(paragraphs, people),
        )
        if found is None:
            return None
        gender = subject.pronoun if subject.pronoun in {"he", "she"} else None
        return replace(found, speaks=True, gender=gender)
    if subject.name and subject.doubtful and not _is_somebody(subject.name, people):
        return None
    if subject.name:
        name = people.resolve(subject.name, place)
        kind: Kind = subject.kind
        if kind == "unknown" and people.is_person(name):
            kind = "person"
        return Mention(name, kind, subject.gender, speaks=True)
    called = subject.text
    # A name at the start of a sentence may be taken for a plural: "Santos argued".
    if " " not in called and people.is_named(called.capitalize()):
        return Mention(people.resolve(called.capitalize(), place), "person", speaks=True)
    if subject.doubtful:
        return None
    if subject.kind == "person":
        called = people.bearer(called, place, since) or called
    elif subject.kind == "body":
        called = people.full_department(called, place)
    return Mention(called, subject.kind, subject.gender, speaks=True)


def _is_somebody(label: str, people: People) -> bool:
    """Whether what stands before a colon is a name, or a word for somebody, as "Poll: …"."""
    if people.is_run_in_heading(label):
        return False
    return label.lower() in DOCUMENTS | BODIES or people.is_spoken_of(label)


def _has_the_floor(paragraphs: Sequence[Paragraph], people: People) -> str | None:
    """Who alone of all people has been given words in the section so far, at least twice."""
    speakers = [
        said_by.speaker
        for paragraph in paragraphs
        for each in paragraph.sentences
        for cue, said_by in each.cues
        if said_by is not None and not cue.view and cue.depth == 0
        if said_by.kind == "person" or people.is_person(said_by.speaker)
    ]
    if len(speakers) < _TWICE:
        return None
    first, *others = speakers
    return first if all(same_person(first, other) for other in others) else None


def _spoken_of_before(
    text: str,
    sentence: Sentence,
    cue: Cue,
    paragraphs: Sequence[Paragraph],
    people: People,
) -> Iterator[list[Mention]]:
    """Who is spoken of before a pronoun: in its paragraph, then in the one before it."""
    subject = cue.subject
    *_, paragraph = paragraphs
    stop = sentence.start + _first_pronoun(sentence, subject)
    if cue.manner != "forward":
        # What stands before ", he said" is what he said; only its own subject may be himself.
        # Of "Armenia, he said, is …" not even that.
        opening = NAMES.compiled.match(sentence.hidden)
        own = opening is not None and sentence.hidden[opening.end() : opening.end() + 1] != ","
        stop = min(stop, sentence.start + (opening.end() if opening and own else 0))
    yield list(_mentioned(text, paragraph, stop, paragraphs, people))
    if len(paragraphs) > 1:
        before = paragraphs[-2]
        if before.mentions is None:
            before.mentions = list(_mentioned(text, before, before.end, paragraphs, people))
        yield before.mentions


def _first_pronoun(sentence: Sentence, subject: Subject) -> int:
    """Where a sentence has the pronoun for the first time: it means the same one throughout."""
    word = re.compile(rf"\b{subject.pronoun}\b", re.IGNORECASE)
    found = word.search(sentence.hidden)
    return min(found.start(), subject.start) if found else subject.start


def _mentioned(
    text: str, paragraph: Paragraph, stop: int, paragraphs: Sequence[Paragraph], people: People
) -> Iterator[Mention]:
    """All who are named up to ``stop`` by the writer, and those who speak; not whom they name."""
    since = paragraphs[max(0, len(paragraphs) - 2)].start
    begin = paragraph.start
    for sentence in paragraph.sentences[-_FARTHEST:]:
        own = _own_words(sentence, stop)
        yield from _mentions_in(own, sentence.start + len(own), since, people)
        yield from _groups_in(own)
        yield from (
            said_by
            for cue, said_by in sentence.cues
            if said_by is not None and sentence.start + cue.end <= stop
        )
        begin = sentence.end
    if not paragraph.sentences and begin < stop:
        yield from _mentions_in(text[begin:stop], stop, since, people)
        yield from _groups_in(text[begin:stop])


def _groups_in(text: str) -> Iterator[Mention]:
    """The groups and bodies that a text speaks of, whether or not they say anything."""
    for found in _GROUPS.compiled.finditer(text):
        word = found[0].lower()
        yield Mention(word, "many" if word in MANY else "body")


def _own_words(sentence: Sentence, stop: int) -> str:
    """The sentence up to ``stop``; what is quoted or reported in it is blank."""
    words = sentence.hidden[: max(0, stop - sentence.start)].replace(HIDDEN, " ")
    shown = [True] * len(words)
    for cue, _ in sentence.cues:
        start, end = cue.content
        shown[start:end] = [False] * len(shown[start:end])
        # Those whom an aside names beside the speaker are not spoken of.
        aside = slice(cue.subject.end, max(cue.subject.end, cue.end))
        shown[aside] = [False] * len(shown[aside])
    return "".join(letter if keep else " " for letter, keep in zip(words, shown, strict=True))


def _mentions_in(text: str, place: int, since: int, people: People) -> list[Mention]:
    """The people whom ``text``, which ends at ``place`` of the document, names or describes."""
    found: list[tuple[int, Mention]] = []
    for each in NAMES.compiled.finditer(text):
        name = trim_name(" ".join(each[0].split()))
        if _may_be_person(name, text, each, people):
            known = person_name(name)
            doubtful = _only_opens(name, text, each, people)
            if not (doubtful and people.is_common(name)):
                speaker = people.resolve(name, place)
                mention = Mention(speaker, "person", known.gender, doubtful=doubtful)
                found.append((each.start(), mention))
    for noun in PERSON_NOUN.compiled.finditer(text):
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


def _antecedent(
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
    for stretch in spoken_of:
        able = [each for each in stretch if _fits(each, subject)]
        if subject.kind != "person" and _may_be_silent(subject, able, stretch):
            return None
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


def _may_be_silent(pronoun: Subject, able: Sequence[Mention], stretch: Sequence[Mention]) -> bool:
    """Whether a group or body that says nothing is spoken of last, and so may be meant."""
    last = max((at for at, each in enumerate(stretch) if each in able), default=-1)
    kinds = {"many", "body"} if pronoun.pronoun == "they" else {"body"}
    return any(each.kind in kinds and not each.speaks for each in stretch[last + 1 :])


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


def _fits(mention: Mention, pronoun: Subject) -> bool:
    if pronoun.kind == "person":
        return mention.kind in {"person", "unknown"} and mention.gender in {None, pronoun.pronoun}
    # "They" is a body, too: "The Government denied it. They argued …".
    return mention.speaks and mention.kind in {pronoun.kind, "body"}


def _distinct(able: Sequence[Mention]) -> list[Mention]:
    kept: list[Mention] = []
    for mention in sorted(able, key=lambda each: (each.doubtful, -len(each.speaker.split()))):
        if not any(same_person(mention.speaker, other.speaker) for other in kept):
            kept.append(mention)
    return kept

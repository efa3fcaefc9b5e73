"""Interviews whose questions are bold: they are the interviewer's, what follows the other's.

Whose answers they are stands nowhere beside them: the title or the lead names who is interviewed.
Where that may be more than one, or nobody, the paragraphs are nobody's turns.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rag.language.name_patterns import NAME, NAMES, Late, trim_name
from rag.language.offices import offices
from rag.language.person_names import person_name, same_person
from rag.language.places import is_place
from rag.schema import Metadata, Turn

INTERVIEWER: Final = "Interviewer"
_ASKS: Final = re.compile(r"[?？؟][\"”’'»)\]]*$")
_FEWEST: Final = 3  # questions
_MOST_LEAD: Final = 8  # paragraphs before the first question
_WITH: Final = Late(
    r"\b(?i:interview|interviewed|entrevista|entretien|intervista|conversation|q\s?&\s?a|"
    r"questions (?:for|to)|questions and answers)\b[ ,:]{1,2}"
    rf"(?:(?i:with|to|for|mit|con|avec|met|a)\s+)?(?:the\s+)?(?P<name>{NAME})"
)
_SPOKE: Final = Late(
    rf"(?:(?P<by>{NAME})\s+)?\b(?:spoke|speaks|talked|talks|sat down)\s+(?:with|to)\s+"
    rf"(?P<name>{NAME})"
)
# Who writes it down; "Interview: Ann Holm" may be either.
_BY: Final = Late(
    r"(?im:^|\b)(?i:interview(?:ed)?(?: was)?(?: conducted)?(?: and edited)? by|by|words:?|text:?|"
    rf"interviewer:?|questions?(?: by|:)|as told to|interview:)\s+(?P<name>{NAME})"
)
# Who is only told of is interviewed where so many answers are of somebody who says "I": the answers
# of a body to frequent questions are not.
_FIRST_PERSON: Final = re.compile(r"\b(?:I|[Mm]y|[Mm]e)\b")
_NOTE: Final = re.compile(r"\b(?:this|the) (?:interview|conversation)\b", re.IGNORECASE)
_SHARE: Final = 1 / 3
_DOES: Final = (
    r"\s+(?:talks|speaks|explains|tells|describes|discusses|answers|looks back|recalls)\b"
)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph ``text[start:end]``, of which the characters up to ``bold`` are bold."""

    start: int
    end: int
    bold: int
    is_heading: bool = False


def bold_start(pieces: Sequence[tuple[str, bool]]) -> str:
    """The bold text that a paragraph begins with; ``pieces`` as in ``is_labelled``.

    >>> bold_start([("Why? ", True), ("It rained.", False)])
    'Why? '
    """
    found = ""
    for text, bold in pieces:
        if not bold and text.strip():
            break
        found += text
    return found


def interview_turns(
    text: str, paragraphs: Sequence[Paragraph], metadata: Metadata
) -> tuple[Turn, ...]:
    """The turns of an interview with bold questions, if it is plain who is interviewed."""
    asked = [each for each in paragraphs if _is_question(text, each)]
    bold = [each for each in paragraphs if each.bold > each.start and not each.is_heading]
    after = [each for each in bold if asked and each.start >= asked[0].start]
    if len(asked) < _FEWEST or 2 * len(asked) < len(after):
        return ()
    lead = [each for each in paragraphs if each.end <= asked[0].start]
    written = [text[each.start : each.end] for each in (*lead[:1], *lead[-_MOST_LEAD:])]
    title = metadata.title or ""
    interviewers = _interviewers(written, metadata)
    who, is_explicit = _interviewed([title, *written], interviewers)
    if who is None:
        return ()
    asks = interviewers[0] if len(interviewers) == 1 else INTERVIEWER
    turns = tuple(_turns(text, paragraphs[len(lead) :], who, asks))
    answers = [text[each.start : each.end] for each in turns if each.speaker == who]
    own = sum(_FIRST_PERSON.search(each) is not None for each in answers)
    return turns if is_explicit or own >= _SHARE * len(answers) > 0 else ()


def _is_question(text: str, paragraph: Paragraph) -> bool:
    bold = text[paragraph.start : paragraph.bold].rstrip()
    return not paragraph.is_heading and bool(_ASKS.search(bold))


def _turns(text: str, paragraphs: Sequence[Paragraph], who: str, asks: str) -> Iterator[Turn]:
    """The bold parts and what follows each, up to a heading or a note on the interview."""
    answer: tuple[int, int] | None = None
    is_open = False
    for each in paragraphs:
        if each.is_heading or (each.bold <= each.start and _is_note(text, each, who)):
            is_open = False
            continue
        if each.bold > each.start:
            if answer:
                yield Turn(who, *answer)
            answer, is_open = None, True
            yield Turn(asks, each.start, each.start + len(text[each.start : each.bold].rstrip()))
        rest = text[max(each.bold, each.start) : each.end]
        if is_open and rest.strip():
            begin = each.end - len(rest.lstrip())
            if answer and text[answer[1] : begin].strip():  # a heading or a note between
                yield Turn(who, *answer)
                answer = None
            answer = (answer[0] if answer else begin, each.end)
    if answer:
        yield Turn(who, *answer)


def _is_note(text: str, paragraph: Paragraph, who: str) -> bool:
    """Whether a paragraph tells of the interview or of who is interviewed: they say "I"."""
    words = text[paragraph.start : paragraph.end]
    return who in words or _NOTE.search(words) is not None


def _interviewers(lead: Sequence[str], metadata: Metadata) -> list[str]:
    named = [trim_name(found["name"]) for text in lead for found in _BY.compiled.finditer(text)]
    if metadata.author:
        named.insert(0, metadata.author)
    return _distinct(filter(None, named))


def _interviewed(texts: Sequence[str], interviewers: Collection[str]) -> tuple[str | None, bool]:
    """Who alone is said to be interviewed, or else who alone is told of with an office or a deed.

    Beside it whether the former is so.
    """
    whole = "\n".join(texts)
    full = _distinct(
        name
        for found in NAMES.compiled.finditer(whole)
        if (name := trim_name(" ".join(found[0].split()))) and _may_be_person(name)
    )

    def among(names: Iterator[str]) -> list[str]:
        """The fullest forms of some names, without those who ask."""
        known = [next((each for each in full if same_person(each, name)), name) for name in names]
        return [
            name
            for name in _distinct(known)
            if _may_be_person(name) and not any(same_person(name, by) for by in interviewers)
        ]

    with_whom = [
        trim_name(found[group])
        for pattern, groups in ((_WITH, ("name",)), (_SPOKE, ("by", "name")))
        for found in pattern.compiled.finditer(whole)
        for group in groups
        if found[group]
    ]
    explicit = among(iter(with_whom))
    if explicit:
        return explicit[0] if len(explicit) == 1 else None, True
    told = among(
        name
        for name in full
        if person_name(name).titles
        or any(True for _ in offices(whole, name))
        or re.search(re.escape(name) + _DOES, whole)
    )
    return told[0] if len(told) == 1 else None, False


def _may_be_person(name: str) -> bool:
    known = person_name(name)
    if known.description or known.is_body or is_place(name):
        return False
    return len(known.parts) > 1 or bool(known.titles)


def _distinct(names: Iterator[str] | Sequence[str]) -> list[str]:
    """One form of each person, the fullest."""
    kept: list[str] = []
    for name in sorted(dict.fromkeys(names), key=lambda each: -len(each.split())):
        if not any(same_person(name, other) for other in kept):
            kept.append(name)
    return kept

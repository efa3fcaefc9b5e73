"""Cues: the places where a sentence says that somebody says something, and what that is.

A cue ("said that", "according to") has a source, the subject who speaks, and content, the run of
the sentence that is given to the source: the terms of Pareti (2015), "Attribution: a computational
approach".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.attribution.grammar import (
    ACCORDING,
    BOUNDARY,
    DIRECT,
    JOINT,
    OPENINGS,
    RELATIVE,
    SUBJECT,
    VIEW,
    WITH_ASIDE,
    WITH_LONG_ASIDE,
    Late,
)
from rag.attribution.nesting import COORDINATE, Cue, cut, nest
from rag.attribution.subjects import Subject, joint_subject, read_subject, whose_subject
from rag.attribution.verbs import (
    NOUN_FOLLOWS,
    STANCE,
    VERB,
    after_addressee,
    agrees,
    closes,
    is_complement,
    is_judging,
    is_stance,
)
from rag.language.saying import BEFORE_SUBJECT, NOUNS, PARTICIPLES
from rag.language.word_lists import words

__all__ = ["HIDDEN", "Cue", "find_cues"]

HIDDEN = "\x01"
"""Stands for each character of a quotation in a sentence whose own words alone are looked at."""

_LONGEST_SENTENCE = 3000
_MOST_VERBS = 12
_LONGEST_CLAUSE = 320  # characters between a subject's start and its verb, at most
_INVERTED = Late(rf"[ \u00a0]+{SUBJECT}")
_CLOSING = r"(?:[”\"»]|(?<=\x01)['’])"
_BEFORE_INVERTED = re.compile(rf"(?:{_CLOSING}|[,—–-])\s*\Z")
_AFTER_QUOTE = re.compile(rf"{_CLOSING}[,.]?\s*[—–-]?\s*\Z")
_COMMA_BEFORE = re.compile(r"[,—–]\s*\Z")
_PASSIVE = re.compile(r"\b(?:is|are|was|were|be|been|being|get|got)(?:\s\w+ly|\salso)?\s\Z", re.I)
_QUOTED_AS_SAYING = re.compile(
    r"\b(?:is|was|were|has been|have been|had been)\s(?:\w+ly\s)?(?:quoted|cited)\b[^,.;“]{0,60}?"
    r"\bas (?:saying|stating|telling)\b"
)
_SUBORDINATE = words("when after before because since although though until where")
# After these a clause is part of what another says or does.
_NO_STANCE = _SUBORDINATE | words("who that which as while whereas how why so")
_LISTED = re.compile(r",\s(?:the\s)?(?:[A-Z][\w.’'-]*\s?){1,5},\Z")
_ARTICLE = re.compile(r"(?:The|An?|This|That) ")
_BETWEEN = re.compile(
    r"\b(?:and|but|while|when|after|before|as|who|which|because|that|if)\b|[;:“\"]"
)


def find_cues(sentence: str, *, stances: bool = False) -> list[Cue]:
    """All cues of a sentence by the places where they begin.

    Quotations in it are replaced by :data:`HIDDEN` characters, so that only the words of whoever
    wrote the sentence are looked at. Verbs of judging and wishing count with ``stances``.
    """
    if len(sentence) > _LONGEST_SENTENCE or len(VERB.findall(sentence)) > _MOST_VERBS:
        return []  # a list or a table, or no sentence at all
    cues: list[Cue] = list(_around(sentence))
    for quoted in _QUOTED_AS_SAYING.finditer(sentence):
        if placed := _subject_before(sentence, quoted.start()):
            said = (placed[0].start, len(sentence))
            cues.append(Cue(placed[0], placed[0].start, quoted.end(), said, "forward"))
    last_end = 0
    for verb in VERB.finditer(sentence):
        if verb.start() < last_end:
            continue
        cue = _cue(sentence, verb, [each for each in cues if each.manner != "around"])
        if cue is not None:
            cues.append(cue)
            last_end = cue.end
    cues += [each for each in _stances(sentence, cues) if stances or not each.stance]
    cues.sort(key=lambda cue: (cue.start, -cue.said[1]))
    return nest(cut(sentence, cues))


def _around(sentence: str) -> Iterator[Cue]:
    for found in ACCORDING.on(sentence).finditer(sentence):
        subject = whose_subject(found) or read_subject(found, "") or read_subject(found, "of_")
        if subject is not None and not (subject.name and NOUN_FOLLOWS.match(sentence, found.end())):
            yield Cue(subject, found.start(), found.end(), (0, len(sentence)), "around")


def _stances(sentence: str, known: Sequence[Cue]) -> Iterator[Cue]:
    """Views and wishes: "Kozak found it weak", "To him it was a start"."""
    taken = {cue.verb for cue in known}
    view = VIEW.match(sentence)
    if view is not None and not known:
        subject = read_subject(view)
        if subject is not None:
            yield Cue(subject, 0, view.end("pronoun"), (0, len(sentence)), "around", stance=True)
    for verb in STANCE.finditer(sentence):
        if verb.start() in taken or not is_stance(sentence, verb):
            continue
        if _PASSIVE.search(sentence, max(0, verb.start() - 30), verb.start()):
            continue
        placed = _subject_before(sentence, verb.start())
        if placed is None or placed[2] in _NO_STANCE or not agrees(verb[0], placed[0].kind):
            continue
        subject, start, _ = placed
        said = (_clause(sentence, start, subject.start), len(sentence))
        public = subject.kind in ("body", "many") and not subject.pronoun and is_judging(verb)
        at = subject.start
        yield Cue(subject, at, verb.end(), said, "forward", verb=verb.start(), stance=not public)


def _cue(sentence: str, verb: re.Match[str], before: Sequence[Cue]) -> Cue | None:
    if verb[0] in PARTICIPLES:
        return _participle(sentence, verb, before)
    if _PASSIVE.search(sentence, max(0, verb.start() - 30), verb.start()):
        return None
    if inverted := _inverted(sentence, verb):
        return inverted
    placed = _subject_before(sentence, verb.start())
    if placed is None:
        return _second_verb(sentence, verb, before)
    subject, start, word = placed
    if not agrees(verb[0], subject.kind):
        return None
    return _conclude(sentence, verb, subject, start, word)


def _inverted(sentence: str, verb: re.Match[str]) -> Cue | None:
    """Such as "…," said Kozak"."""
    if verb[0] not in BEFORE_SUBJECT or not _BEFORE_INVERTED.search(sentence[: verb.start()]):
        return None
    found = _INVERTED.compiled.match(sentence, verb.end())
    subject = read_subject(found) if found else None
    if (
        subject is None
        or found is None
        or (subject.pronoun and not _AFTER_QUOTE.search(sentence[: verb.start()]))
    ):
        return None
    # "The envoy, said Kozak, …" has an end; "Kozak, said officials were …" would have none.
    if not re.match(
        r"\s*(?:[,.;:?!—–]|$|(?:in|on|at|of|after|during|when|who|as|to|from|with|for)\b|[A-Z])",
        sentence[found.end() :],
    ):
        return None
    return Cue(subject, verb.start(), subject.end, (0, len(sentence)), "tag")


def _subject_before(sentence: str, verb: int) -> tuple[Subject, int, str] | None:
    """The subject of the verb at ``verb``, where its clause begins, and by which word."""
    begin = max(0, verb - _LONGEST_CLAUSE)
    boundaries = list(BOUNDARY.finditer(sentence, begin, verb))[::-1]
    if begin == 0 and not any(each.end() == 0 for each in boundaries):
        boundaries.append(re.match("", sentence))  # type: ignore[arg-type]
    for pattern in (DIRECT, RELATIVE, WITH_ASIDE):
        for boundary in boundaries:
            found = pattern.on(sentence).fullmatch(sentence, boundary.end(), verb)
            if found is None:
                continue
            word = (boundary.groupdict().get("word") or "").lower()
            if pattern is DIRECT and word in {"and", "or"}:
                joint = _joint(sentence, boundaries, verb)
                if joint is not None or not _ends_clause(sentence, boundary.start()):
                    return joint
            subject = read_subject(found)
            if subject is None:
                continue
            if pattern is RELATIVE:
                return subject, found.start("gap") - 3, "who"
            return subject, boundary.start(), word
    found = WITH_LONG_ASIDE.on(sentence).fullmatch(sentence, 0, verb)
    subject = read_subject(found) if found else None
    return (subject, 0, "") if subject is not None and subject.name else None


def _ends_clause(sentence: str, offset: int) -> bool:
    """Whether "and" at ``offset`` joins clauses, not only names: after a comma, or another cue."""
    before = sentence[:offset].rstrip()
    if _LISTED.search(before):
        return False  # "Oregon, Washington, and Idaho"
    return before.endswith((",", ";", "”", '"')) or VERB.search(before) is not None


def _joint(
    sentence: str, boundaries: Sequence[re.Match[str]], verb: int
) -> tuple[Subject, int, str] | None:
    for boundary in reversed(boundaries):
        found = JOINT.on(sentence).fullmatch(sentence, boundary.end(), verb)
        subject = joint_subject(found) if found is not None else None
        if subject is not None:
            word = (boundary.groupdict().get("word") or "").lower()
            # With a comma in it, it may as well be the end of a list that began before.
            part = "," in subject.text and boundary.end() > 0
            whole = word not in {"and", "or"} or _ends_clause(sentence, boundary.start())
            return (subject, boundary.start(), word) if whole and not part else None
    return None


def _conclude(
    sentence: str, verb: re.Match[str], subject: Subject, start: int, word: str
) -> Cue | None:
    """The cue of a subject with its verb, if what follows is something that can be said."""
    end = after_addressee(sentence, verb)
    before = sentence[: subject.start]
    rest = sentence[end:]
    tagged = bool(_AFTER_QUOTE.search(before)) and not re.match(r"\s*that\b", rest)
    interrupts = subject.pronoun and before.endswith(". ")  # "The U.S. he said, is …"
    comma = interrupts or _COMMA_BEFORE.search(before)
    if tagged or (comma and closes(sentence, verb, end) and word not in {"and", "but", "or"}):
        return Cue(subject, subject.start, end, (0, len(sentence)), "tag", verb=verb.start())
    if not is_complement(sentence, verb, end):
        return None
    if word == "as":
        return Cue(subject, start, end, (0, len(sentence)), "around")
    stop = len(sentence)
    if word in {"that", "which", "where"} and not VERB.search(sentence, 0, start):
        return None  # "a law that officials said would help"
    if word == "who" or (word in _SUBORDINATE and not sentence[:start].strip()):
        stop = _first_comma(sentence, end + 1)
    # The sentence around a clause that begins with "who" or "because" is not of its subject.
    depth = int(word == "who" or word in _SUBORDINATE)
    said = (_clause(sentence, start, subject.start), stop)
    return Cue(subject, subject.start, end, said, "forward", depth, verb.start())


def _first_comma(sentence: str, start: int) -> int:
    comma = sentence.find(",", start)
    return comma if comma > 0 else len(sentence)


def _clause(sentence: str, boundary: int, subject: int) -> int:
    """Where the clause of a subject begins: with the sentence, if only an adjunct is before it."""
    before = sentence[:boundary]
    if COORDINATE.search(sentence[:subject]) or len(before) > 80 or HIDDEN in before:
        return subject
    return 0 if sentence[boundary:subject].strip() in {"", ","} and ";" not in before else subject


def _participle(sentence: str, verb: re.Match[str], before: Sequence[Cue]) -> Cue | None:
    """Such as "…, saying that …": the subject is that of the clause before."""
    if not re.search(r",\s+(?:also |while )?\Z", sentence[: verb.start()]) or not is_complement(
        sentence, verb, verb.end()
    ):
        return None
    subject = before[-1].subject if before else _opening_subject(sentence, verb.start())
    if subject is None:
        return None
    return Cue(subject, verb.start(), verb.end(), (verb.start(), len(sentence)), "forward")


def _second_verb(sentence: str, verb: re.Match[str], before: Sequence[Cue]) -> Cue | None:
    """Such as "Kozak met reporters and said that …"."""
    joined = re.search(r"\band\s(?:\w+ly\s|also\s|then\s)?\Z", sentence[: verb.start()])
    if (
        joined is None
        or before
        or verb[0] in NOUNS
        or not is_complement(sentence, verb, after_addressee(sentence, verb))
    ):
        return None
    subject = _opening_subject(sentence, joined.start())
    if subject is None:
        return None
    end = after_addressee(sentence, verb)
    return Cue(subject, verb.start(), end, (verb.start(), len(sentence)), "forward")


def _opening_subject(sentence: str, stop: int) -> Subject | None:
    """The subject with which the sentence opens, if no other can come between it and ``stop``."""
    for opening in OPENINGS:
        found = opening.compiled.match(sentence)
        subject = read_subject(found) if found else None
        if found is not None and subject is not None:
            adjective = (
                subject.name
                and _ARTICLE.match(sentence)
                and NOUN_FOLLOWS.match(sentence, found.end())
            )
            between = _BETWEEN.search(sentence, found.end(), stop)
            return None if between or adjective else subject
    return None

"""Cues that are no verbs: "according to X", "in X's view", "X's claim that …", "X: …"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rag.attribution.complements import SUBJECTS, clause_of, reach
from rag.attribution.may_tell import SAYING
from rag.attribution.records import Cue, Subject
from rag.attribution.subjects import subject_of
from rag.language.word_lists import words

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_VIEW_OF = words(
    "words view views opinion account telling judgment judgement estimation submission"
)
_BEING = words("is was are were be been seemed remained meant")
_LABEL = re.compile(
    r"(?P<name>[A-Z][\w.’'-]*(?: [A-Z][\w.’'-]*){0,3}):\s*(?:(?P<quotes>[“\"‘])|(?=[A-Z]))"
)


def find_label(sentence: str) -> Iterator[tuple[int, Cue]]:
    """A name with a colon before what they said, as in a headline; without marks it is a view."""
    if found := _LABEL.match(sentence):
        name, doubtful = found["name"], not found["quotes"]
        subject = Subject(name, 0, found.end("name"), "unknown", name=name, doubtful=doubtful)
        end = found.end("name") + 1
        said = (end, len(sentence))
        yield -1, Cue(subject, 0, end, said, said, "forward", view=doubtful)


def find_phrases(
    sentence: str, doc: Doc, quotations: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, Cue]]:
    """Cues of the forms "according to X", "in X's view", "To him …", and "X's claim that …"."""
    for token in doc:
        if any(start < token.idx < end for start, end in quotations):
            continue
        phrase, speaker = _held_by(token)
        subject = subject_of(sentence, speaker) if speaker is not None else None
        if subject is None:
            continue
        if phrase is token and token.lower_ in SAYING:
            for said in _claimed(token):
                end = token.idx + len(token)
                yield token.idx, Cue(subject, subject.start, end, said, said, "forward")
            continue
        head = next((each for each in phrase.ancestors if each.tag_[:2] in ("VB", "MD")), None)
        view = token.text == "To"
        if head is None and token.lower_ != "according":
            continue
        if view and (head is None or (subject.pronoun and head.lower_ not in _BEING)):
            continue
        said = clause_of(head) if head is not None else (0, len(sentence))
        end = max(subject.end, token.idx + len(token))
        yield -1, Cue(subject, phrase.idx, end, said, said, "around", view=view)


def _held_by(token: Token) -> tuple[Token, Token | None]:
    """The phrase that a word is the head of, and by whom what the phrase tells of is held."""
    word, owner = token.lower_, next((each for each in token.children if each.dep_ == "poss"), None)
    if word == "according":
        return token, _object_of(token, "to")
    if word in _VIEW_OF and token.dep_ == "pobj" and token.head.lower_ in ("in", "by", "on"):
        if owner is None and any(each.dep_ == "det" for each in token.children):
            owner = _object_of(token, "of")
        return token.head, owner
    if token.text == "To" and token.i == 0 and token.doc[1:2].text in ("him", "her", "them"):
        return token, token.nbor(1)
    if token.text == "To" and token.i == 0:
        named = next((each for each in token.children if each.tag_.startswith("NNP")), None)
        apart = named is not None and token.right_edge.i + 1 < len(token.doc)
        if apart and token.right_edge.nbor(1).text == ",":
            return token, named
    return token, owner if word in SAYING else None


def _object_of(head: Token, preposition: str) -> Token | None:
    found = (each for each in head.children if each.lower_ == preposition)
    return next((noun for each in found for noun in each.children if noun.dep_ == "pobj"), None)


def _claimed(noun: Token) -> Iterator[tuple[int, int]]:
    """What somebody's claim is: "that …" after it, or after "was"."""
    clauses = [*noun.children]
    if noun.dep_ in SUBJECTS and noun.head.lower_ in _BEING:
        clauses += [each for each in noun.head.children if each.dep_ == "ccomp"]
    for each in clauses:
        that = any(part.dep_ == "mark" and part.lower_ == "that" for part in each.children)
        to = any(part.tag_ == "TO" for part in each.children)
        clause = each.dep_ in ("acl", "ccomp") and (that or (to and each.dep_ == "acl"))
        of = each.dep_ == "prep" and each.lower_ in ("for", "of", "against")
        if (clause or of) and each.i > noun.i:
            yield reach(each)

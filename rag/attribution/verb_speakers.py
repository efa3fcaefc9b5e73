"""Who does what a verb of saying says, by the grammar, also where the parser misread it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.attribution.complements import FINITE, SUBJECTS
from rag.language.saying import OF_FORM, SayingVerb
from rag.language.word_lists import words

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_SUBORDINATE = frozenset({"ccomp", "acl", "relcl", "advcl", "dobj", "pobj", "prep"})
_GOING_ON = words("go goes went going continue continues continued come comes came begin began")
_PAUSES = frozenset({",", "-", "--", "”", '"', "’", "—", "–"})


def speaker_of_verb(
    sentence: str, verb: Token, quotations: Sequence[tuple[int, int]], *, inside: bool
) -> Token | None:
    """The head of the noun phrase that does what the verb says; None where nobody is found.

    ``inside``: the verb stands in one of the ``quotations``, the spans in quotation marks.
    """
    speaker = _outside(_speaker(verb) or _inverted(sentence, verb, quotations))
    return speaker if inside or speaker is None else _after_quotation(speaker, verb, quotations)


def is_verb(noun: Token, known: SayingVerb | None) -> bool:
    """Whether a word taken for a noun is a verb with its clause: "Holm predicts that …"."""
    if known is None or noun.dep_ != "ROOT" or noun.lower_ != known.present:
        return False
    return any(each.dep_ == "ccomp" and each.i > noun.i for each in noun.children)


def _speaker(verb: Token) -> Token | None:
    """The head of the noun phrase that does what the verb says, also where it stands elsewhere."""
    if verb.tag_ == "NNS":
        return verb.nbor(-1) if verb.i and verb.nbor(-1).tag_.startswith("NN") else None
    passive = any(each.dep_ == "auxpass" for each in verb.children)
    if passive or (verb.tag_ == "VBN" and verb.dep_ == "acl"):
        return next(
            (
                to
                for by in verb.children
                if by.dep_ == "agent"
                for to in by.children
                if to.dep_ == "pobj"
            ),
            None,
        )
    subjects = [each for each in verb.children if each.dep_ == "nsubj"]
    before = [each for each in subjects if each.i < verb.i]  # the first may be in a quotation
    own = next(iter(before[-1:] or subjects), None)
    if own is not None and (named := _named_after(own, verb)):
        return named
    if own is not None:
        if verb.dep_ == "relcl" and own.lower_ in ("who", "which", "that"):
            told_of = verb.head.dep_ in SUBJECTS or verb.head.tag_.startswith("NNP")
            return verb.head if told_of else None
        return own
    head = verb.head
    if verb.dep_ == "conj" and head.tag_.startswith("VB"):
        # Of "Ruiz said Holm had left and told reporters …" either may have told them.
        unclear = head.dep_ == "ccomp" and head.head.lower_ in OF_FORM
        done_to = next((each for each in head.children if each.dep_ == "nsubjpass"), None)
        return None if unclear else done_to or _speaker(head)
    if verb.tag_ == "VBG" and verb.dep_ == "advcl":
        # "Holm denied that a strike was near, explaining that …" goes on with Holm.
        while verb.left_edge.i > 0 and verb.left_edge.nbor(-1).text in _PAUSES:
            if head.dep_ not in _SUBORDINATE or not head.head.tag_.startswith(("VB", "NN")):
                break
            head = head.head
        return _speaker(head) if head.tag_.startswith("VB") else None
    if verb.tag_ == "VBG" and verb.dep_ == "nsubj" and verb.i and verb.nbor(-1).text in _PAUSES:
        # ", writing “It rained”", where "writing" was taken for what rained
        while head.dep_ in ("conj", "ccomp") and head.head.tag_ in FINITE:
            head = head.head
        subject = next((each for each in head.lefts if each.dep_ == "nsubj"), None)
        return subject if subject is not None and subject.i < verb.i else None
    after_name = verb.i > 0 and verb.nbor(-1).tag_.startswith("NNP")
    if after_name and verb.tag_ == "VBG" and head.dep_ in ("prep", "pobj"):
        return verb.nbor(-1)  # "The meeting ended with Holm asking …"
    if verb.tag_ == "VBG" and verb.dep_ == "pcomp":
        return _speaker_of_gerund(head)
    if verb.dep_ == "xcomp" and head.lower_ in _GOING_ON:
        return _speaker(head)
    purpose = verb.dep_ == "advcl" and any(each.tag_ == "TO" for each in verb.lefts)
    if purpose and verb.i > head.i and head.tag_ in ("VBD", "VBZ", "VBN"):
        return _speaker(head)  # "called a meeting to explain that …"
    if verb.dep_ == "acl" and verb.tag_ == "VBG":
        return head if head.dep_ in ("nsubj", "appos") else None
    apart = verb.dep_ in ("ROOT", "ccomp") or (verb.dep_ == "acl" and head.dep_ == "ROOT")
    return _beside(verb) if verb.tag_ in FINITE and apart else None


def _named_after(subject: Token, verb: Token) -> Token | None:
    """Holm of "The plan, said Bo Holm, was dropped": the plan says nothing."""
    if verb.tag_ not in FINITE or subject.i + 2 > verb.i or verb.nbor(-1).text != ",":
        return None
    if "," in [each.text for each in verb.doc[subject.i : verb.i - 1]]:
        return None
    return _name_end(verb.doc, verb.i + 1)


def _name_end(doc: Doc, first: int) -> Token | None:
    """The last word of the name that begins with a word; None where that is no name."""
    last = first
    while last < len(doc) and doc[last].tag_.startswith("NNP"):
        last += 1
    return doc[last - 1] if last > first else None


def _speaker_of_gerund(preposition: Token) -> Token | None:
    """Who does what follows a preposition: Holm of "Holm began by saying", "accused of saying"."""
    head = preposition.head
    if head.tag_ == "VBN":
        done_to = next((each for each in head.children if each.dep_ == "nsubjpass"), None)
        if preposition.lower_ == "as" or done_to is None:
            return done_to
        return None
    return _speaker(head) if head.tag_.startswith("VB") else None


def _outside(speaker: Token | None) -> Token | None:
    """The word before the parenthesis in which a subject was found: Kasich of "Kasich (R-OH)"."""
    if speaker is None:
        return None
    for at in range(speaker.i - 1, max(-1, speaker.i - 4), -1):
        if speaker.doc[at].text == "(" and at > 0:
            return speaker.doc[at - 1]
    return speaker


def _after_quotation(
    speaker: Token, verb: Token, quotations: Sequence[tuple[int, int]]
) -> Token | None:
    """The speaker, or the name after the quotation in which the speaker was wrongly looked for."""
    around = next((each for each in quotations if each[0] < speaker.idx < each[1]), None)
    if around is None or around[1] > verb.idx:
        return speaker
    after = next((each.i for each in verb.doc if each.idx >= around[1]), verb.i)
    named = _name_end(verb.doc, after)
    return named if named and named.i < verb.i and verb.tag_ in FINITE else None


def _beside(verb: Token) -> Token | None:
    """The name before a verb that was taken for a part of something else.

    It stands right before the verb, as in "on Tuesday Bo Holm said", or before an aside between
    commas whose subject it was taken for: "Holm, whose firm makes them, said".
    """
    if verb.i == 0:
        return None
    before = verb.nbor(-1)
    if before.dep_ == "advmod" and before.i > 0:
        before = before.nbor(-1)
    if before.tag_.startswith("NNP"):
        return before
    if before.text != ",":
        return None
    if before.i > 0 and before.nbor(-1).dep_ == "appos":
        return before.nbor(-1)  # "In a letter to the court, the adviser, Bo Holm, said"
    for each in verb.lefts:
        for noun in each.children if each.dep_ in ("ccomp", "advcl") else ():
            if noun.dep_ == "nsubj" and noun.tag_.startswith("NN"):
                return noun if noun.i + 1 < verb.i and noun.nbor(1).text == "," else None
    return None


def _inverted(sentence: str, verb: Token, quotations: Sequence[tuple[int, int]]) -> Token | None:
    """The noun after a verb that follows a quotation: "“…?” asked the judge"."""
    if verb.tag_ not in FINITE or not any(
        stop <= verb.idx and not sentence[stop : verb.idx].strip() for _, stop in quotations
    ):
        return None
    if found := _name_end(verb.doc, verb.i + 1):
        return found
    return next(
        (
            each
            for each in verb.rights
            if each.tag_.startswith("NN")
            and (verb.lower_ in OF_FORM or each.tag_.startswith("NNP") or each.n_lefts)
        ),
        None,
    )

"""What is said: the clauses and objects that depend on a verb of saying, and where they end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag.attribution.may_tell import SAYING
from rag.language.word_lists import words
from rag.language.words import PERSONS, word_list

if TYPE_CHECKING:
    from spacy.tokens import Token

SUBJECTS = frozenset({"nsubj", "nsubjpass", "csubj"})
FINITE = frozenset({"VBD", "VBZ", "VBP", "MD"})
_NOT_SAID = words("nothing little goodbye hello so more much yes no otherwise")
_JUDGEMENTS = word_list("judgements")
_JUDGING_END = re.compile(r"\w{3,}(?:able|ible|ful|ous|less)\Z")


def complements(verb: Token, kinds: frozenset[str], *, view: bool = False) -> Iterator[Token]:
    """What is said, wished or judged after the verb, where it is of one of the kinds."""
    if any(each.dep_ == "dative" for each in verb.children):
        kinds = kinds - {"object"}
    for each in verb.children:
        if each.dep_ in SUBJECTS or each.lower_ in _NOT_SAID:
            continue
        if each.dep_ in ("ccomp", "xcomp"):
            helped = any(part.dep_ in ("aux", "auxpass") for part in each.children)
            open_end = any(part.tag_ == "TO" for part in each.children) or (
                each.tag_ == "VBG" and not helped
            )
            that = any(part.dep_ == "mark" and part.lower_ == "that" for part in each.children)
            if any(part.dep_ in SUBJECTS and part.tag_ == "WDT" for part in each.children):
                continue  # "the law that officials said would help"
            if open_end and not that:
                # "said cutting the output must be a part of it": nobody says doing something.
                whole = each.tag_ == "VBG" and kinds & {"clause", "object"}
                fits = bool(whole) or "infinitive" in kinds
            else:
                fits = "clause" in kinds or ("that" in kinds and that) or _judged(each, kinds)
            if fits and (each.dep_ == "ccomp" or open_end or "judged" in kinds):
                yield each
        elif each.dep_ == "advcl" and each.i > verb.i and "for" in kinds:
            if any(part.dep_ == "mark" and part.lower_ == "for" for part in each.children):
                yield each  # "called for the fund to be closed"
        elif each.dep_ in ("dobj", "attr"):
            noun = each.dep_ == "dobj" and "noun" in kinds and _is_saying(each)
            if noun or ("object" in kinds and not (view and _is_someones(each))):
                yield each
        elif each.dep_ in ("prep", "prt", "agent", "advmod") and each.lower_ in kinds:
            if each.i > verb.i and any(True for _ in each.children):
                yield each
        elif each.dep_ in ("oprd", "acomp") and _judged(each, kinds):
            yield each
        elif each.dep_ == "oprd" and "predicate" in kinds:
            yield next((part for part in verb.rights if part.dep_ == "dobj"), each)


def _is_saying(noun: Token) -> bool:
    """Whether an object is itself something said: "her call", "any delay"."""
    return noun.lower_ in SAYING or any(each.lower_ == "any" for each in noun.children)


def _is_someones(noun: Token) -> bool:
    """Whether an object is a person of somebody's, as in "supported his wife": that is an act."""
    return noun.lower_ in PERSONS and any(each.dep_ == "poss" for each in noun.children)


def _judged(word: Token, kinds: frozenset[str]) -> bool:
    plain = word.lower_
    return "judged" in kinds and (plain in _JUDGEMENTS or bool(_JUDGING_END.match(plain)))


def clause_of(verb: Token) -> tuple[int, int]:
    """The characters of a verb's clause, without the clauses that go on from it with another."""
    return reach(verb, whole=False)


def reach(head: Token, *, whole: bool = True) -> tuple[int, int]:
    """The characters of a word and all that depends on it.

    Not ``whole``: without clauses that go on from it with a subject of their own.
    """
    first, last = head.left_edge, head.right_edge
    if not whole:
        for each in head.children:
            own = any(part.dep_ in SUBJECTS for part in each.children)
            that = any(part.dep_ == "mark" and part.lower_ == "that" for part in each.children)
            if each.dep_ == "conj" and own and not that:
                last = min(last, each.left_edge.nbor(-1), key=lambda token: token.i)
    return first.idx, last.idx + len(last)


def stray_clause(verb: Token) -> Token | None:
    """The clause with "that" that was taken for a part of where or when it was said."""
    for part in verb.rights:
        for noun in part.children if part.dep_ == "prep" else ():
            for each in noun.children if noun.dep_ == "pobj" else ():
                that = any(at.dep_ == "mark" and at.lower_ == "that" for at in each.children)
                if that and each.dep_ in ("acl", "relcl"):
                    return each
    return None


def done_to(verb: Token) -> tuple[int, int] | None:
    """What a passive verb is said of: "The plan was rejected by the council"."""
    found = next((each for each in verb.lefts if each.dep_ == "nsubjpass"), None)
    if found is None and verb.dep_ == "acl":
        return verb.head.left_edge.idx, verb.idx
    return reach(found) if found is not None and found.tag_.startswith("NN") else None


def inserted_in(verb: Token) -> Token | None:
    """The verb of the clause that ", she said," or "as she said," is put into."""
    commented = verb.dep_ == "parataxis"
    commented = commented or (
        verb.dep_ == "advcl"
        and any(each.lower_ == "as" and each.dep_ == "mark" for each in verb.children)
    )
    # "It rained, the minister said on Tuesday, the agency reports."
    commented = commented or (
        verb.dep_ == "ccomp"
        and verb.head.i < verb.i
        and verb.left_edge.i > 0
        and verb.nbor(verb.left_edge.i - verb.i).nbor(-1).text == ","
        and not any(each.dep_ in ("mark", "ccomp") for each in verb.children)
    )
    if commented and not any(each.dep_ == "ccomp" and each.i > verb.i for each in verb.children):
        return verb.head
    return None

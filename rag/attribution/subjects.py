"""Who says it: the noun phrase that is the subject of a verb of saying, and how to call it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag.attribution.records import Kind, Subject
from rag.language.name_patterns import trim_name
from rag.language.person_names import person_name
from rag.language.places import is_demonym
from rag.language.word_lists import words
from rag.language.words import (
    BODIES,
    BODY_NAMES,
    DOCUMENTS,
    FEMALE,
    MALE,
    MANY,
    MONTHS_AND_DAYS,
    PARTICLES,
    PERSONS,
    TITLES,
)

if TYPE_CHECKING:
    from spacy.tokens import Token

_PRONOUNS = {
    **dict.fromkeys(("he", "him", "his"), "he"),
    **dict.fromkeys(("she", "her"), "she"),
    **dict.fromkeys(("they", "them", "their"), "they"),
    **dict.fromkeys(("it", "its"), "it"),
}
_KIND_OF_PRONOUN: dict[str, Kind] = {"he": "person", "she": "person", "they": "many", "it": "body"}
_NOBODY = words(
    "all another anybody anyone both everybody everyone few i many me most neither no nobody none "
    "nothing one others some somebody someone such that there these this those us we what which "
    "who you"
)
_PART = words("all another both few many most one others some")
_NO_NAME = re.compile(r"[\W\d_]*(?:\w\W?|M\.D\.|Ph\.D\.|Jr\.|Sr\.|Esq\.|Inc\.|Ltd\.)?")
_DATE_WORD = re.compile(r"[^\W\d_]+|\d+")
_JOINED = re.compile(r"([A-Z].*\S)\s+and\s+")
_ROLES = PERSONS | MANY | BODIES | DOCUMENTS
_APART = frozenset({"relcl", "appos", "advcl", "parataxis", "ccomp", "cc", "conj", "punct", "case"})
_PARTICLES = PARTICLES - {"of", "the"}
_NOT_IN_NAMES = frozenset({"DT", "PRP$", "IN", "CC", "PRP", "WRB", "RB"})
_APART_FROM_NAMES = frozenset({"punct", "nsubj", "dobj", "pobj", "npadvmod"})
_LONGEST = 14  # words in which somebody is called by what they are


def subject_of(sentence: str, head: Token) -> Subject | None:
    """The noun phrase of ``head`` as a subject; None where it is nobody who could be named."""
    if pronoun := _PRONOUNS.get(head.lower_):
        start, end = head.idx, head.idx + len(head)
        return Subject(pronoun, start, end, _KIND_OF_PRONOUN[pronoun], pronoun=pronoun)
    of_some = any(
        each.lower_ == "of"
        or (
            each.lower_ == "in"
            and (each.dep_ == "quantmod" or any(part.like_num for part in each.subtree))
        )
        for each in head.children
    )
    if head.lower_ in _NOBODY and not (of_some and head.lower_ in _PART):
        return None
    plain = head.tag_ in ("CD", "JJ") and not any(each.dep_ == "det" for each in head.children)
    if plain and head.tag_ == "JJ" and head.text.istitle() and not of_some:
        return Subject(head.text, head.idx, head.idx + len(head), "unknown", doubtful=True)
    if head.tag_ in ("EX", "WP", "WDT", "PRP") or (plain and not of_some):
        return None
    if any(
        each.dep_ in ("det", "neg") and each.lower_ in ("no", "neither", "any")
        for each in head.children
    ):
        return None
    if _is_date(sentence, head):
        return None
    together = [each for each in head.children if each.dep_ == "conj" and each.i > head.i]
    if together and together[0].tag_[:2] in ("NN", "PR"):
        return _joint(sentence, head)
    start, end = _span(head)
    document = _document(head)
    if document is not None and (owner := _owner(document)):
        named = _named(sentence, owner)
        return named or subject_of(sentence, owner)
    if named := _named(sentence, head):
        return named
    for each in head.children:
        if each.dep_ != "appos" or each.i < head.i:
            continue
        if any(part.dep_ == "conj" for part in each.children) and head.tag_ == "NNS":
            return _joint(sentence, each)
        if named := _named(sentence, each):
            gender = _gender(sentence[start:end]) or named.gender
            kind: Kind = "person" if head.lower_ in PERSONS else named.kind
            return Subject(named.text, start, named.end, kind, named.name, gender=gender)
    text = " ".join(sentence[start:end].split())
    if _NO_NAME.fullmatch(text):
        return None
    gender = _gender(text)
    return Subject(_lower(text, head), start, end, _kind(head), gender=gender)


def _is_date(sentence: str, head: Token) -> bool:
    """Whether a noun phrase is a day, as "the July 26"; "May" alone may be somebody."""
    start, end = _span(head)
    written = _DATE_WORD.findall(sentence[start:end].lower())
    return len(written) > 1 and all(
        word.isdecimal() or word in MONTHS_AND_DAYS or word in ("the", "of") for word in written
    )


def _span(head: Token) -> tuple[int, int]:
    """The noun phrase without what only adds to it: "the union of teachers" of ", which …"."""
    clause = max(
        (each.right_edge.i for each in head.lefts if each.dep_ in ("ccomp", "advcl")), default=-1
    )
    first = head.doc[clause + 1] if clause >= head.left_edge.i else head.left_edge
    while first.i < head.i and (
        first.text in "“”\"'‘"
        or first.dep_ in ("punct", "cc", "preconj")
        or (first.dep_ == "advmod" and first.head.i == head.i and first.nbor(1).tag_ != "HYPH")
    ):
        first = first.nbor(1)
    last = _end(head)
    return first.idx, last.idx + len(last)


def _end(head: Token) -> Token:
    last = head
    for each in head.rights:
        if each.dep_ in _APART or (each.dep_ == "acl" and each.nbor(-1).text == ","):
            break
        end = each.right_edge if each.dep_ in ("acl", "amod") else _inner_end(each)
        apart = "(" in (each.text, each.left_edge.text) or each.left_edge.i != last.i + 1
        if apart or end.i - head.i > _LONGEST:
            break
        last = end
    whole = head.right_edge
    if last.tag_ == "IN" and whole.i - head.i <= _LONGEST:
        return whole  # "persons with or affected by HIV"
    return last


def _inner_end(phrase: Token) -> Token:
    """The end of "of Oregon, Washington, and Idaho", without clauses in it."""
    last = phrase
    for each in phrase.rights:
        if each.dep_ in ("relcl", "appos", "advcl", "parataxis"):
            break
        if each.dep_ in ("cc", "punct"):
            continue
        last = _inner_end(each)
    return last


def _joint(sentence: str, head: Token) -> Subject | None:
    """Several together; they are called as the sentence calls them."""
    last = head
    for _ in range(8):
        following = next(
            (each for each in last.children if each.dep_ == "conj" and each.i > last.i), None
        )
        if following is None:
            break
        last = following
    start, (_, end) = _span(head)[0], _span(last)
    text = re.sub(r"^(?:both|either)\s+", "", " ".join(sentence[start:end].split()), flags=re.I)
    if len(text.split()) > 2 * _LONGEST or "(" in text:
        return None
    return Subject(_lower(text, head), start, end, "many")


def _document(head: Token) -> Token | None:
    """The document that a noun means: "the report", and the report of "results of the report"."""
    if head.lower_ in DOCUMENTS:
        return head
    for of in head.children:
        if of.dep_ == "prep" and of.lower_ in ("of", "from"):
            return next((each for each in of.children if each.lower_ in DOCUMENTS), None)
    return None


def _owner(document: Token) -> Token | None:
    """Whose report it is: "Amnesty’s report", "a report by Amnesty"; only of a name."""
    for each in document.children:
        if each.dep_ == "poss" and each.tag_.startswith("NNP"):
            return each
        if each.dep_ in ("prep", "agent") and each.lower_ in ("by", "from"):
            return next((noun for noun in each.children if noun.tag_.startswith("NNP")), None)
    for by in document.subtree:
        if by.i > document.i and by.lower_ == "by" and by.dep_ == "agent":
            return next((noun for noun in by.children if noun.tag_.startswith("NNP")), None)
    return None


def _name_words(head: Token) -> Iterator[Token]:
    """The words of a name from its end back to its first capital."""
    token, kept = head, [head]
    while token.i > token.sent.start:
        before = token.nbor(-1)
        if before.idx + len(before) == token.idx and before.text in "-‑’'.":
            pass
        elif (
            (
                before.lower_ not in _PARTICLES
                and before.text != "&"
                and not (before.text[0].isupper() and before.tag_ not in _NOT_IN_NAMES)
            )
            or before.head.i < head.left_edge.i
            or before.dep_ in _APART_FROM_NAMES
        ):
            break
        kept.append(before)
        token = before
    yield from reversed(kept)


def _named(sentence: str, head: Token) -> Subject | None:
    """The name that ends with ``head``, without titles; None where it has no capital of a name."""
    if not (head.tag_.startswith("NNP") or (head.text[0].isupper() and head.i > head.sent.start)):
        return None
    tokens = list(_name_words(head))
    while len(tokens) > 1 and (
        not tokens[0].text[0].isupper() and tokens[0].lower_ not in _PARTICLES
    ):
        tokens.pop(0)
    start, end = tokens[0].idx, head.idx + len(head)
    after = _end(head)
    of = next(
        (each for each in head.rights if each.dep_ == "prep" and each.lower_ in ("of", "for")), None
    )
    plain = head.lower_
    if (
        of is not None
        and plain in BODY_NAMES | TITLES
        and any(each.tag_.startswith("NNP") for each in of.children)
    ):
        end = after.idx + len(after)
    elif of is not None and plain in _ROLES:
        return None
    if head.i + 1 < len(head.doc) and head.nbor(1).lower_ in ("jr", "jr.", "sr.", "iii", "ii"):
        end = head.nbor(1).idx + len(head.nbor(1))
    written = " ".join(sentence[start:end].split())
    name = trim_name(written)
    if _NO_NAME.fullmatch(name):
        return None
    known = person_name(name)
    if len(tokens) == 1 and plain in _ROLES | TITLES and end == head.idx + len(head):
        return None  # "the Government", "the Minister"
    at = min(_span(head)[0], start)
    left = sentence[at:start]
    if joined := _JOINED.fullmatch(left):
        other = person_name(joined[1])
        if len(other.parts) > 1 and not other.description:  # taken for a part of the second name
            return Subject(" ".join(sentence[at:end].split()), at, end, "many")
    gender = known.gender or _gender(left)
    kind: Kind = "unknown"
    if known.is_body or any(part in BODY_NAMES for part in known.parts):
        kind = "body"
    elif known.titles or gender or any(word in PERSONS for word in left.lower().split()):
        kind = "person"
    elif re.match(r"(?i)(?:the|an?)\s", left):
        kind = "body"
    return Subject(name, at, end, kind, name=name, gender=gender)


def _kind(head: Token) -> Kind:
    word = head.lower_
    if word in MANY or (head.tag_ in ("NNS", "NNPS") and word not in BODIES):
        return "many"
    if word in PERSONS:
        return "person"
    return "body" if word in BODIES | DOCUMENTS else "unknown"


def _gender(title: str) -> str | None:
    found = set(re.findall(r"[^\W\d_]+", title.lower()))
    if found & (MALE - {"his"}):
        return "he"
    return "she" if found & (FEMALE - {"her"}) else None


def _lower(phrase: str, head: Token) -> str:
    """A phrase as it is written inside a sentence: "the report" for "The report"."""
    first, *rest = phrase.split()
    token = next((each for each in head.subtree if first.startswith(each.text)), head)
    plain = first.lower()
    if token.tag_ not in ("NNP", "NNPS") or plain in _ROLES:
        known = first[1:].islower() or len(first) == 1
        if known and (token.tag_ != "JJ" or not is_demonym(first)):
            return " ".join([plain, *rest])
    return phrase

"""Cues: the places where a sentence says that somebody says something, and what that is.

They are read off the grammar of the sentence: the subject of a verb of saying, what depends on the
verb as its object, and the clause that the verb is beside (", she said", "according to …").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.attribution.complements import (
    FINITE,
    SUBJECTS,
    clause_of,
    complements,
    done_to,
    inserted_in,
    reach,
    stray_clause,
)
from rag.attribution.may_tell import MAY_TELL
from rag.attribution.phrases import find_label, find_phrases
from rag.attribution.records import Cue, Manner, Subject
from rag.attribution.subjects import subject_of
from rag.attribution.verb_speakers import is_verb, speaker_of_verb
from rag.language.saying import OF_FORM, SayingVerb
from rag.language.word_lists import words
from rag.language.words import DOCUMENTS

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_JOINS = re.compile(
    r"(?P<apart>,\s*|\b(?=but|while|whereas|although))?\b(?:but|while|whereas|although|and)"
    r"(?:\s\w+ly|\salso|\sthen|\snow)?\s*\Z"
)
_CLAUSES_ONLY = frozenset({"clause"})
_APART = frozenset({"advcl", "relcl", "acl", "pcomp"})  # a clause beside the one that it is in
_UNREAL = words("if unless whether can could may might should must")
_NOT = words("not n't n’t never no hardly neither nor")
_TAG_AFTER = re.compile(r"[,?!…—–-][”\"’»][\s,—–-]*\Z")
_LONGEST_LEAD = 200  # characters between a verb of saying and the quotation that it introduces


def find_cues(sentence: str, doc: Doc, quotations: Sequence[tuple[int, int]]) -> list[Cue]:
    """The cues of a parsed sentence, in order; ``quotations`` are its spans in quotation marks."""
    found = [
        *find_label(sentence),
        *_verbs(sentence, doc, quotations),
        *find_phrases(sentence, doc, quotations),
    ]
    found.sort(key=lambda each: each[1].start)
    cues = _cut(sentence, found)
    return [
        replace(cue, depth=sum(_holds(sentence, each, verb, cue) for each in cues if each != cue))
        for (verb, _), cue in zip(found, cues, strict=True)
    ]


def _holds(sentence: str, outer: Cue, verb: int, inner: Cue) -> bool:
    """Whether a cue whose verb is at an offset stands in what another gives to its subject."""
    if outer.manner == "tag" and inner.manner == "tag" and outer.start < inner.start:
        return False
    if outer.subject.doubtful:
        return False  # "The Latest: Holm says …": it may be nobody's name
    if outer.manner == "forward" and verb < 0 and inner.start > outer.content[0]:
        # "said that, according to …"
        between = sentence[outer.content[0] : inner.start]
        return not re.sub(r"\bthat\b|\W", "", between)
    start, end = outer.content
    return start <= verb < end and not (outer.start <= verb < outer.end)


def _cut(sentence: str, found: Sequence[tuple[int, Cue]]) -> list[Cue]:
    """What is said ends with a semicolon, and where the next clause gives the word to another."""
    result = []
    for number, (_, cue) in enumerate(found):
        stop = cue.said[1]
        if cue.manner == "forward":
            if (semicolon := sentence.find(";", cue.end, stop)) > 0:
                stop = semicolon
            for verb, later in found[number + 1 :]:
                # Of "Holm said it rained and denied that …" the subject stands before both verbs.
                begin = verb if later.start <= cue.start else later.start
                joined = _JOINS.search(sentence[:begin])
                own = later.subject.pronoun and joined and not joined["apart"]  # "and he feels …"
                if later.manner != "forward" or later.view or joined is None or own:
                    continue
                told = sentence[cue.end : joined.start()].strip(" ,") if joined else ""
                if told not in ("", "that") and cue.end <= joined.start() < stop:
                    stop = joined.start()
        first = min(cue.content[0], stop)
        result.append(
            replace(cue, said=(cue.said[0], stop), content=(first, min(cue.content[1], stop)))
        )
    return result


def _verbs(
    sentence: str, doc: Doc, quotations: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, Cue]]:
    for verb in doc:
        known = OF_FORM.get(verb.lower_)
        if not (verb.tag_.startswith("VB") or is_verb(verb, known)):
            continue
        if verb.dep_ in ("aux", "auxpass", "amod", "compound"):
            continue
        inside = any(start < verb.idx < end for start, end in quotations)
        if known is None and (inside or not quotations):
            continue
        speaker = speaker_of_verb(sentence, verb, quotations, inside=inside)
        if speaker is None or not _is_told(verb, speaker, known):
            continue
        subject = subject_of(sentence, speaker)
        if subject is None or (inside and (subject.pronoun or not subject.name)):
            continue
        cue = _cue(sentence, doc, verb, speaker, subject, known, () if inside else quotations)
        if cue is not None:
            yield verb.idx, replace(cue, inside=inside)


def _is_told(verb: Token, speaker: Token, known: SayingVerb | None) -> bool:
    """Whether it was said: not denied, wished for, asked, only possible or only to be assumed."""
    if verb.dep_ == "ccomp" and _is_imperative(verb.head):
        return False
    for each in verb.children:
        if each.dep_ == "neg" and each.lower_ in _NOT and not (known and known.view):
            return False
        if each.lower_ in _UNREAL and each.dep_ in ("mark", "aux"):
            return False
        if each.dep_ in ("aux", "auxpass") and each.i < speaker.i < verb.i:
            return False  # "Did Kozak say …?"
    return True


def _is_imperative(verb: Token) -> bool:
    """Whether a sentence tells somebody to do it: "Assume (that) …"."""
    alone = not any(each.dep_ in SUBJECTS or each.dep_ == "aux" for each in verb.children)
    return verb.tag_ in ("VB", "VBP") and verb.i == verb.sent.start and alone


def _cue(
    sentence: str,
    doc: Doc,
    verb: Token,
    speaker: Token,
    subject: Subject,
    known: SayingVerb | None,
    quotations: Sequence[tuple[int, int]],
) -> Cue | None:
    start, end = min(subject.start, verb.idx), verb.idx + len(verb)

    def is_name(first: int, stop: int) -> bool:
        """Whether what stands in quotation marks is only what something is called."""
        inside = [each for each in doc if first < each.idx < stop]
        return not any(each.tag_.startswith("VB") or each.tag_ == "MD" for each in inside)

    clauses = [each.left_edge.idx for each in complements(verb, _CLAUSES_ONLY)]
    says_a_clause = any(
        at > end and not any(first <= at < stop for first, stop in quotations) for at in clauses
    )
    if verb.tag_ == "VBG" and verb.dep_ == "advcl":
        start = verb.idx  # "“…,” Holm said, citing the weather": the quotation is not what he cites
    if verb.i < speaker.i and verb.dep_ != "relcl":
        end = max(subject.end, end)
    follows = any(
        stop <= start
        and not sentence[stop:start].strip(" ,—–-")
        and not (is_name(first, stop) and says_a_clause)
        for first, stop in quotations
    )
    opening = next((first for first, _ in quotations if first >= end), None)
    if known is None:
        if follows and _TAG_AFTER.search(sentence[:start]):
            return _tag_of_quotation(verb, subject, start, end)
        main = verb.dep_ in ("ROOT", "conj", "advcl", "parataxis")
        introduced = (
            main and opening is not None and re.fullmatch(r"\s*[,:]\s*", sentence[end:opening])
        )
        return _forward(verb, subject, start, end, opening or 0) if introduced else None
    if known.said:
        if follows:
            return _tag_of_quotation(verb, subject, start, end)
        if cue := _of_grammar(sentence, verb, speaker, subject, known, start, end):
            return cue
        doing = any(each.dep_ == "xcomp" and each.i > verb.i for each in verb.children)
        if opening is not None and not doing and _leads_to(sentence[end:opening]):
            return _forward(verb, subject, start, end, opening)
        announces = sentence.rstrip().endswith(":") and verb.dep_ in ("ROOT", "conj")
        if announces and _leads_to(sentence[end:]):
            whole = (start, len(sentence))
            return Cue(subject, start, len(sentence), whole, (end, len(sentence)), "forward")
        if _follows_clause(sentence, doc, verb, start, end):
            return Cue(subject, start, end, (0, len(sentence)), (0, start), "tag")
    for content in complements(verb, known.view, view=True):
        judges = "judged" in known.view and subject.kind in ("body", "many")
        cue = _forward(verb, subject, start, end, content.left_edge.idx)
        return replace(cue, view=not judges)
    return None


def _of_grammar(
    sentence: str,
    verb: Token,
    speaker: Token,
    subject: Subject,
    known: SayingVerb,
    start: int,
    end: int,
) -> Cue | None:
    """The cue of a verb whose complement is what is said, or that is put into what is said."""
    if head := inserted_in(verb):
        said = clause_of(head)
        manner: Manner = "tag" if said[0] < start else "around"
        return Cue(subject, start, end, said, said, manner)
    kinds = known.said
    if any(each.dep_ == "agent" for each in verb.children):
        if "object" in kinds and (passive := done_to(verb)):
            return Cue(subject, verb.idx, max(end, subject.end), passive, passive, "tag")
        kinds &= {"clause", "that"}
    if "document" in kinds and speaker.lower_ in DOCUMENTS:
        kinds |= {"clause", "object"}
    spans = [reach(content) for content in complements(verb, kinds)]
    after = next((span for span in spans if span[1] > start), None)
    if spans and spans[0][1] <= start:
        first, last = spans[0]
        if after is None:
            return Cue(subject, start, end, (first, max(last, end)), (first, last), "tag")
        if sentence[last:start].strip() == ",":  # "It is no surprise, Holm said, that …"
            said = (first, after[1])
            return Cue(subject, start, end, said, said, "around")
    if after is not None:
        if sentence[:start].rstrip().endswith(",") and sentence[end : after[0]].strip() == ",":
            return Cue(subject, start, end, (0, after[1]), (0, after[1]), "around")
        return _forward(verb, subject, start, end, after[0])
    if kinds & {"clause", "that"} and (stray := stray_clause(verb)) is not None:
        return _forward(verb, subject, start, end, stray.left_edge.idx)
    if kinds & {"clause", "that"} and re.match(r"\s+that\s", sentence[end:]):
        # "submitted that preventive detention was …": "that" was taken for an article.
        said = (end if verb.dep_ == "relcl" else start, len(sentence))
        return Cue(subject, start, end, said, (end, len(sentence)), "forward")
    return None


def _leads_to(between: str) -> bool:
    """Whether what stands between a verb of saying and a quotation lets it introduce that."""
    if MAY_TELL.search(between):
        return False
    return len(between) < _LONGEST_LEAD and not re.search(
        r"[.;?!]\s|\b(?:and|but|who|which|when|while)\b", between
    )


def _tag_of_quotation(verb: Token, subject: Subject, start: int, end: int) -> Cue:
    """The cue of "“…,” she said", with what is said by the grammar of the sentence."""
    spans = [reach(each) for each in verb.children if each.dep_ == "ccomp"]
    first = min([start, *(span[0] for span in spans)])
    last = max([end, *(span[1] for span in spans)])
    return Cue(subject, start, end, (first, last), (first, start), "tag")


def _forward(verb: Token, subject: Subject, start: int, end: int, content: int) -> Cue:
    first, last = clause_of(verb)
    if verb.dep_ in _APART or verb.dep_ == "xcomp":
        first = content
    elif any(
        each.dep_ == "advcl" or any(part.dep_ == "pcomp" for part in each.children)
        for each in verb.lefts
    ):
        first = start  # "While Holm was silent, Ruiz said …" tells of Holm
    last = max(last, content)
    return Cue(subject, start, end, (min(first, content), last), (content, last), "forward")


def _follows_clause(sentence: str, doc: Doc, verb: Token, start: int, end: int) -> bool:
    """Whether ", she said" stands at the end of a sentence whose grammar was not understood."""
    before = sentence[:start].rstrip()
    if (
        verb.dep_ in _APART
        or not before.endswith((",", "—", "–"))
        or not re.match(r"\s*(?:[.,?!…]|\Z|(?:on|in|at|to|during)\s)", sentence[end:])
    ):
        return False
    return any(token.tag_ in FINITE and token.idx < start for token in doc)

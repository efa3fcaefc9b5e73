"""Cues: the places where a sentence says that somebody says something, and what that is.

They are read off the grammar of the sentence: the subject of a verb of saying, what depends on the
verb as its object, and the clause that the verb is beside (", she said", "according to …").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.attribution.records import Cue, Manner, Subject
from rag.attribution.subjects import subject_of
from rag.language.saying import OF_FORM, VERBS, SayingVerb
from rag.language.word_lists import words
from rag.language.words import DOCUMENTS, SAYING_NOUNS, word_list

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

# Of other verbs ("take the view", "see as") the forms besides the past are too common to look for.
_TELLING = frozenset({"clause", "that", "object", "infinitive", "judged", "quote"})
_LOOKED_FOR = [each for each in VERBS if _TELLING & (each.said | each.view)]


def _any(forms: Iterable[str]) -> str:
    return f"(?:{'|'.join(sorted(set(forms), key=len, reverse=True))})"


_SAYING = SAYING_NOUNS | word_list("said_objects")
_CLAUSES = words("that how why what whether he she they it there his her their")  # open one


def _in_titles(forms: Iterable[str]) -> Iterator[str]:
    """The forms, also as they stand in a headline: "Says"."""
    for form in forms:
        yield from (form, form.capitalize())


MAY_TELL = re.compile(
    # not "we said", which is the speaker's own, and not "a call", which is a noun
    r"(?<!\b[Ww]e\s)(?<!\bI\s)(?<![\w-])"
    rf"{_any(form for each in VERBS for form in each.past)}(?![\w-])|"
    rf"(?<![\w-]){_any(_in_titles(each.present for each in _LOOKED_FOR))}(?![\w-])|"
    r"(?<!\b[Ww]e\s)(?<!\bI\s)(?<!\bto\s)(?<!\b[Ll]et\sus\s)(?<![\w-])"
    rf"{_any(each.verb for each in _LOOKED_FOR)}\s+(?:[A-Z]|{_any(_CLAUSES)}\b)|"
    r"\bTo\s[A-Z]|(?m:^)[A-Z][\w.’'-]*(?: [A-Z][\w.’'-]*){0,3}:\s|"
    r"(?:(?<=s)|\b(?i:they|people|police|who|many|some|would|will|not))\s+(?:\w+ly\s+|also\s+)?"
    rf"{_any(each.verb for each in _LOOKED_FOR)}(?![\w-])|"
    r"(?:[,—–]|\b(?:as|is|was|are|were|been|by|and|on))\s+(?:\w+ly\s+)?"
    rf"{_any(each.participle for each in _LOOKED_FOR)}(?![\w-])|"
    r"\b(?i:according to|(?:the|in|by|on)\s(?:[\w’']+\s){0,4}?"
    r"(?:words|views?|opinion|account|telling|judge?ment|estimation|submission))\b|"
    rf"To (?:him|her|them)\b|['’]s?\s(?:[\w-]+\s){{0,3}}?{_any(_SAYING)}\s(?:that|is|was)\b"
)
"""What a sentence without quotation marks must have in it, to give words to anybody."""

_CLAUSE = frozenset({"ccomp", "xcomp", "pcomp"})
_SUBJECTS = frozenset({"nsubj", "nsubjpass", "csubj"})
_FINITE = frozenset({"VBD", "VBZ", "VBP", "MD"})
_APART = frozenset({"advcl", "relcl", "acl", "pcomp"})  # a clause beside the one that it is in
_SUBORDINATE = frozenset({"ccomp", "acl", "relcl", "advcl", "dobj", "pobj", "prep"})
_UNREAL = words("if unless whether can could may might should must")
_NOT = words("not n't n’t never no hardly neither nor")
_GOING_ON = words("go goes went going continue continues continued come comes came begin began")
_NOT_SAID = words("nothing little goodbye hello so more much yes no otherwise")
_VIEW_OF = words(
    "words view views opinion account telling judgment judgement estimation submission"
)
_DETERMINED = words("a an the this that these those any all")
_JUDGEMENTS = word_list("judgements")
_JUDGING_END = re.compile(r"\w{3,}(?:able|ible|ful|ous|less)\Z")
_TAG_AFTER = re.compile(r"[,?!…—–-][”\"’»][\s,—–-]*\Z")
_LONGEST_LEAD = 200  # characters between a verb of saying and the quotation that it introduces


def find_cues(sentence: str, doc: Doc, quotations: Sequence[tuple[int, int]]) -> list[Cue]:
    """The cues of a parsed sentence, in order; ``quotations`` are its spans in quotation marks."""
    found = [
        *_label(sentence),
        *_verbs(sentence, doc, quotations),
        *_phrases(sentence, doc, quotations),
    ]
    found.sort(key=lambda each: each[1].start)
    cues = [cue for _, cue in found]
    return [
        replace(cue, depth=sum(_holds(other, verb, cue) for other in cues if other is not cue))
        for (verb, _), cue in zip(found, _cut(sentence, cues), strict=True)
    ]


def _holds(outer: Cue, verb: int, inner: Cue) -> bool:
    """Whether a cue whose verb is at an offset stands in what another gives to its subject."""
    if outer.manner == "tag" and inner.manner == "tag" and outer.start < inner.start:
        return False
    start, end = outer.content
    return start <= verb < end and not (outer.start <= verb < outer.end)


def _cut(sentence: str, cues: Sequence[Cue]) -> list[Cue]:
    """What is said ends with a semicolon, and where the next clause gives the word to another."""
    result = []
    for number, cue in enumerate(cues):
        stop = cue.said[1]
        if cue.manner == "forward":
            if (semicolon := sentence.find(";", cue.end, stop)) > 0:
                stop = semicolon
            for later in cues[number + 1 :]:
                joined = re.search(
                    r"(?:,\s*)?\b(?:but|while|whereas|although|and)\s*\Z", sentence[: later.start]
                )
                own = later.view and later.subject.pronoun  # "and he feels that he can win"
                if later.manner != "forward" or joined is None or own:
                    continue
                told = sentence[cue.end : joined.start()].strip(" ,") if joined else ""
                if told not in ("", "that") and cue.end <= joined.start() < stop:
                    stop = joined.start()
        first = min(cue.content[0], stop)
        result.append(
            replace(cue, said=(cue.said[0], stop), content=(first, min(cue.content[1], stop)))
        )
    return result


_LABEL = re.compile(
    r"(?P<name>[A-Z][\w.’'-]*(?: [A-Z][\w.’'-]*){0,3}):\s*(?:(?P<quotes>[“\"‘])|(?=[A-Z]))"
)


def _label(sentence: str) -> Iterator[tuple[int, Cue]]:
    """A name with a colon before what they said, as in a headline; without marks it is a view."""
    if found := _LABEL.match(sentence):
        name, doubtful = found["name"], not found["quotes"]
        subject = Subject(name, 0, found.end("name"), "unknown", name=name, doubtful=doubtful)
        end = found.end("name") + 1
        said = (end, len(sentence))
        yield -1, Cue(subject, 0, end, said, said, "forward", view=doubtful)


def _verbs(
    sentence: str, doc: Doc, quotations: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, Cue]]:
    for verb in doc:
        if not verb.tag_.startswith("VB") or verb.dep_ in ("aux", "auxpass", "amod", "compound"):
            continue
        known = OF_FORM.get(verb.lower_)
        inside = any(start < verb.idx < end for start, end in quotations)
        if known is None and (inside or not quotations):
            continue
        speaker = _outside(_speaker(verb) or _inverted(sentence, verb, quotations))
        if speaker is None or not _is_told(verb, speaker, known):
            continue
        subject = subject_of(sentence, speaker)
        if subject is None or (inside and (subject.pronoun or not subject.name)):
            continue
        cue = _cue(sentence, doc, verb, speaker, subject, known, () if inside else quotations)
        if cue is not None:
            yield verb.idx, replace(cue, inside=inside)


def _speaker(verb: Token) -> Token | None:
    """The head of the noun phrase that does what the verb says, also where it stands elsewhere."""
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
    if own is not None:
        if verb.dep_ == "relcl" and own.lower_ in ("who", "which", "that"):
            told_of = verb.head.dep_ in _SUBJECTS or verb.head.tag_.startswith("NNP")
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
        while verb.left_edge.i > 0 and verb.left_edge.nbor(-1).text == ",":
            if head.dep_ not in _SUBORDINATE or not head.head.tag_.startswith(("VB", "NN")):
                break
            head = head.head
        return _speaker(head) if head.tag_.startswith("VB") else None
    if (
        verb.tag_ == "VBG"
        and verb.dep_ == "pcomp"
        and head.lower_ == "as"
        and head.head.tag_ == "VBN"
    ):
        return next((each for each in head.head.children if each.dep_ == "nsubjpass"), None)
    if verb.dep_ == "xcomp" and head.lower_ in _GOING_ON:
        return _speaker(head)
    if verb.dep_ == "acl" and verb.tag_ == "VBG":
        return head if head.dep_ in ("nsubj", "appos") else None
    return _beside(verb) if verb.tag_ in _FINITE and verb.dep_ in ("ROOT", "ccomp") else None


def _outside(speaker: Token | None) -> Token | None:
    """The word before the parenthesis in which a subject was found: Kasich of "Kasich (R-OH)"."""
    if speaker is None:
        return None
    for at in range(speaker.i - 1, max(-1, speaker.i - 4), -1):
        if speaker.doc[at].text == "(" and at > 0:
            return speaker.doc[at - 1]
    return speaker


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
    for each in verb.lefts:
        for noun in each.children if each.dep_ in ("ccomp", "advcl") else ():
            if noun.dep_ == "nsubj" and noun.tag_.startswith("NN"):
                return noun if noun.i + 1 < verb.i and noun.nbor(1).text == "," else None
    return None


def _inverted(sentence: str, verb: Token, quotations: Sequence[tuple[int, int]]) -> Token | None:
    """The noun after a verb that follows a quotation: "“…?” asked the judge"."""
    if not any(
        stop <= verb.idx and not sentence[stop : verb.idx].strip() for _, stop in quotations
    ):
        return None
    found = next((each for each in verb.rights if each.tag_.startswith("NN")), None)
    if found is None and verb.i + 1 < len(verb.doc) and verb.nbor(1).tag_.startswith("NNP"):
        found = verb.nbor(1)  # the first word of a name that was taken for a part of what follows
        while found.i + 1 < len(verb.doc) and found.nbor(1).tag_.startswith("NNP"):
            found = found.nbor(1)
    return found


def _is_told(verb: Token, speaker: Token, known: SayingVerb | None) -> bool:
    """Whether it was said: not denied, wished for, asked, only possible or only to be assumed."""
    if verb.dep_ == "ccomp" and _is_imperative(verb.head):
        return False
    for each in verb.children:
        if each.dep_ == "neg" and each.lower_ in _NOT and not (known and known.view):
            return False
        if each.lower_ in _UNREAL and each.dep_ in ("mark", "aux"):
            return False
        if (
            each.dep_ in ("aux", "auxpass")
            and each.i < speaker.i < verb.i
            and each.i == verb.sent.start
        ):
            return False  # "Did Kozak say …?"
    return True


def _is_imperative(verb: Token) -> bool:
    """Whether a sentence tells somebody to do it: "Assume (that) …"."""
    alone = not any(each.dep_ in _SUBJECTS or each.dep_ == "aux" for each in verb.children)
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
    if verb.tag_ == "VBG" and verb.dep_ == "advcl":
        start = verb.idx  # "“…,” Holm said, citing the weather": the quotation is not what he cites
    if verb.i < speaker.i and verb.dep_ != "relcl":
        end = max(subject.end, end)
    follows = any(
        stop <= start and not sentence[stop:start].strip(" ,—–-") for _, stop in quotations
    )
    opening = next((first for first, _ in quotations if first >= end), None)
    if known is None:
        if follows and _TAG_AFTER.search(sentence[:start]):
            return _tag_of_quotation(verb, subject, start, end)
        introduced = opening is not None and re.fullmatch(r"\s*[,:]\s*", sentence[end:opening])
        return _forward(verb, subject, start, end, opening or 0) if introduced else None
    if known.said:
        if follows:
            return _tag_of_quotation(verb, subject, start, end)
        if cue := _of_grammar(sentence, verb, speaker, subject, known, start, end):
            return cue
        if opening is not None and _leads_to(sentence[end:opening]):
            return _forward(verb, subject, start, end, opening)
        announces = sentence.rstrip().endswith(":") and verb.dep_ in ("ROOT", "conj")
        if announces and _leads_to(sentence[end:]):
            whole = (start, len(sentence))
            return Cue(subject, start, len(sentence), whole, (end, len(sentence)), "forward")
        if _follows_clause(sentence, doc, verb, start, end):
            return Cue(subject, start, end, (0, len(sentence)), (0, start), "tag")
    for content in _complements(verb, known.view, view=True):
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
    if head := _inserted_in(verb):
        said = _clause(head)
        manner: Manner = "tag" if said[0] < start else "around"
        return Cue(subject, start, end, said, said, manner)
    kinds = known.said
    if any(each.dep_ == "agent" for each in verb.children):
        kinds &= {"clause", "that"}
    if "document" in kinds and speaker.lower_ in DOCUMENTS:
        kinds |= {"clause", "object"}
    spans = [_reach(content) for content in _complements(verb, kinds)]
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
    spans = [_reach(each) for each in verb.children if each.dep_ == "ccomp"]
    first = min([start, *(span[0] for span in spans)])
    last = max([end, *(span[1] for span in spans)])
    return Cue(subject, start, end, (first, last), (first, start), "tag")


def _inserted_in(verb: Token) -> Token | None:
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


def _complements(verb: Token, kinds: frozenset[str], *, view: bool = False) -> Iterator[Token]:
    """What is said, wished or judged after the verb, where it is of one of the kinds."""
    if any(each.dep_ == "dative" for each in verb.children):
        kinds = kinds - {"object"}
    for each in verb.children:
        if each.dep_ in _SUBJECTS or each.lower_ in _NOT_SAID:
            continue
        if each.dep_ in ("ccomp", "xcomp"):
            helped = any(part.dep_ in ("aux", "auxpass") for part in each.children)
            open_end = any(part.tag_ == "TO" for part in each.children) or (
                each.tag_ == "VBG" and not helped
            )
            that = any(part.dep_ == "mark" and part.lower_ == "that" for part in each.children)
            if any(part.dep_ in _SUBJECTS and part.tag_ == "WDT" for part in each.children):
                continue  # "the law that officials said would help"
            if open_end and not that:
                # "said cutting the output must be a part of it": nobody says doing something.
                whole = each.tag_ == "VBG" and "clause" in kinds
                fits = whole or "infinitive" in kinds
            else:
                fits = "clause" in kinds or ("that" in kinds and that) or _judged(each, kinds)
            if fits and (each.dep_ == "ccomp" or open_end or "judged" in kinds):
                yield each
        elif each.dep_ in ("dobj", "attr") and "object" in kinds:
            if not view or _is_determined(each):
                yield each
        elif each.dep_ == "dobj" and "noun" in kinds and _is_saying(each):
            yield each
        elif each.dep_ in ("prep", "prt", "agent", "advmod") and each.lower_ in kinds:
            if any(True for _ in each.children):
                yield each
        elif each.dep_ in ("oprd", "acomp") and _judged(each, kinds):
            yield each
        elif each.dep_ == "oprd" and "predicate" in kinds:
            yield next((part for part in verb.rights if part.dep_ == "dobj"), each)


def _is_saying(noun: Token) -> bool:
    """Whether an object is itself something said: "her call", "any delay"."""
    return noun.lower_ in _SAYING or any(each.lower_ == "any" for each in noun.children)


def _is_determined(noun: Token) -> bool:
    if noun.tag_.startswith("NNP"):
        return True
    return any(each.dep_ == "det" and each.lower_ in _DETERMINED for each in noun.children) or (
        noun.tag_ in ("NNS", "NN") and not any(each.dep_ == "poss" for each in noun.children)
    )


def _judged(word: Token, kinds: frozenset[str]) -> bool:
    plain = word.lower_
    return "judged" in kinds and (plain in _JUDGEMENTS or bool(_JUDGING_END.match(plain)))


def _forward(verb: Token, subject: Subject, start: int, end: int, content: int) -> Cue:
    first, last = _clause(verb)
    if verb.dep_ in _APART or verb.dep_ == "xcomp":
        first = content
    elif any(each.dep_ == "advcl" for each in verb.lefts):
        first = start  # "While Holm was silent, Ruiz said …" tells of Holm
    last = max(last, content)
    return Cue(subject, start, end, (min(first, content), last), (content, last), "forward")


def _clause(verb: Token) -> tuple[int, int]:
    """The characters of a verb's clause, without the clauses that go on from it with another."""
    return _reach(verb, whole=False)


def _reach(head: Token, *, whole: bool = True) -> tuple[int, int]:
    first, last = head.left_edge, head.right_edge
    if not whole:
        for each in head.children:
            own = any(part.dep_ in _SUBJECTS for part in each.children)
            that = any(part.dep_ == "mark" and part.lower_ == "that" for part in each.children)
            if each.dep_ == "conj" and own and not that:
                last = min(last, each.left_edge.nbor(-1), key=lambda token: token.i)
    return first.idx, last.idx + len(last)


def _follows_clause(sentence: str, doc: Doc, verb: Token, start: int, end: int) -> bool:
    """Whether ", she said" stands at the end of a sentence whose grammar was not understood."""
    before = sentence[:start].rstrip()
    if (
        verb.dep_ in _APART
        or not before.endswith((",", "—", "–"))
        or not re.match(r"\s*(?:[.,?!…]|\Z|(?:on|in|at|to|during)\s)", sentence[end:])
    ):
        return False
    return any(token.tag_ in _FINITE and token.idx < start for token in doc)


def _phrases(
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
        if phrase is token and token.lower_ in _SAYING:
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
        said = _clause(head) if head is not None else (0, len(sentence))
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
    return token, owner if word in _SAYING else None


def _object_of(head: Token, preposition: str) -> Token | None:
    found = (each for each in head.children if each.lower_ == preposition)
    return next((noun for each in found for noun in each.children if noun.dep_ == "pobj"), None)


def _claimed(noun: Token) -> Iterator[tuple[int, int]]:
    """What somebody's claim is: "that …" after it, or after "was"."""
    clauses = [*noun.children]
    if noun.dep_ in _SUBJECTS and noun.head.lower_ in _BEING:
        clauses += [each for each in noun.head.children if each.dep_ == "ccomp"]
    for each in clauses:
        that = any(part.dep_ == "mark" and part.lower_ == "that" for part in each.children)
        if that and each.dep_ in ("acl", "ccomp") and each.i > noun.i:
            yield _reach(each)


_BEING = words("is was are were be been seemed remained meant")

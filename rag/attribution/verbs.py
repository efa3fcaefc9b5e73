"""Verbs of saying, judging and wishing, and what must follow them for something to be said."""

from __future__ import annotations

import re

from rag.attribution.grammar import DAY, SPACE, WORD, any_of
from rag.attribution.subjects import Kind
from rag.language.saying import PARTICIPLES, PLURAL, SAID
from rag.language.word_lists import words
from rag.language.words import word_list

__all__ = [
    "NOUN_FOLLOWS",
    "STANCE",
    "VERB",
    "after_addressee",
    "agrees",
    "closes",
    "is_complement",
    "is_judging",
    "is_stance",
]

VERB = re.compile(rf"(?<![\w-]){any_of(SAID.keys() | PARTICIPLES)}(?![\w-])")

_CLOSES = re.compile(r"\s*(?:,|[.?!…)”\"’]*\s*\Z|(?:on|in|at)\s[^,;:“\"]{1,40}\Z)")
_COMPLEMENT = re.compile(
    r"\s*(?:,\s*)?(?:that\b|how\b|why\b|whether\b|if\b|what\b|[:“\"‘«\x01]|"
    r"(?:he|she|they|there|it (?:\w+ed|is|was|has|had|will|would|can|could|may|did|does))\b)"
)
_THAT = re.compile(r"\s*(?:,\s*)?(?:that\b|how\b|why\b|whether\b|if\b|what\b|[:“\"‘«\x01])")
# With a pronoun after them they say nothing yet: "asked her", "welcomed them".
_OF_PEOPLE = words("advised appealed asked asks spoke welcomed welcomes")
_NO_MORE = words("call called calls put puts")
_EMPTY = re.compile(
    r"\s+(?:nothing|little|goodbye|hello|so|no more|as much|yes|no|otherwise)\b[^,]*\Z"
)
# What may follow these verbs besides “that” and a quotation.
_ALSO: dict[str, re.Pattern[str]] = {
    verb: re.compile(pattern)
    for verbs, pattern in {
        "asked asks": r"\s(?:[^,.;]{2,80}?\sto\s|for\s)",
        "denied denies": (
            r"\s(?:any\b|having\b|\w+ing\b|this\b|(?:the|such|these|all"
            r"|those)\s(?:\w+\s)?(?:alleg|accus|charg|claim|report))"
        ),
        "rejected": (
            r"\s(?:the|such|these|all|those)\s(?:\w+\s)?(?:alleg|accus|charg|claim|report"
            r"|critic|sugges)"
        ),
        "called calls": r"\s(?:for\s(?!\d)|on\s|upon\s|(?:[^\s,.;]+\s){1,7}?(?:an?\b|“))",
        "put puts": r"\sit\b(?=[,:]|\s+(?:in|on|at|to)\b)",
        "pointed": r"\s(?:out\b|to\s)",
        "spoke boasted": r"\s(?:of|about)\s",
        "appealed": r"\sfor\s",
        "welcomed welcomes": r"\s(?:the|this|that|these|an?|\w+ing)\s",
        "expressed expresses": r"\s",
        "advised": r"\s[^,.;]{2,80}?\s(?:to|that|against)\s",
        "claimed": r"\s(?:to|responsibility)\s",
        "confirmed": r"\sthe (?:death|arrest|report|detention|incident)",
        "offered": (
            r"\s(?:\w+\s){0,2}?(?:sympath\w+|condolences|thanks|apolog\w+|congratulations"
            r"|assurances)\b"
        ),
        "repeated repeats": (
            r"\s(?:his|her|its|their|the|an?|earlier)\s(?:\w+\s){0,2}?(?:accusation|appeal"
            r"|call|charge|claim|demand|offer|pledge|promise|request|view|warning)s?\b"
        ),
    }.items()
    for verb in verbs.split()
}
# Of a thing as well: "they observe the law", "a court held a session".
_THINKING = words("held found finds observed observes suggested suggests concluded")

_ADDRESSEE = re.compile(
    rf"(?:{SPACE}(?!that\b|how\b|why\b|it\b)(?:{WORD}|\d+)(?:['’]s)?,?){{1,9}}?"
    rf"(?={SPACE}(?:that|how|why|whether|if|to)\b|\s*[:“\"‘«.;!?]|,|\s*$|"
    rf"{SPACE}(?:on|in|at|after|during|by){SPACE}|{SPACE}(?:he|she|it|they|there|his|her|its|their)\b)"
)
_TO_WHOM = re.compile(r"\sto (?:the |a |his |her )?\w+(?=[:,]|\sthat\b)")
NOUN_FOLLOWS = re.compile(
    rf"{SPACE}(?!(?:in|on|at|of|from|for|by|with|to|as|and|or|but|who|that|which|there|the|an?|some|"
    r"many|he|she|it|they|his|her|its|their|is|was|are|were|has|had|have|about|after|before|during|"
    r"more|most|at|both|all|no|nearly|only)\b)[a-z]"
)
"""After a name: a noun to which the name belongs, as in "the Oxford museum"."""
# Nothing more, or how, when, where and to whom it was said.
_ADJUNCT_FOLLOWS = re.compile(
    rf"\s*(?:$|[.!?…)”\"’\]]|(?:in|at|on|during|to|after|before|by|from|about|of|through|via|for|as|"
    rf"when|while|with|last|this|earlier|later|recently|yesterday|today|{DAY})\b)"
)
# "declared when he took office that …": the clause between has no comma, and what is said "that".
_CLAUSE_BETWEEN = re.compile(
    r"\s(?:when|after|before|while|as)\s(?:he|she|it|they|the|\w+ing)\b[^,.;:“\"]{2,90}?\sthat\s"
    r"(?!(?:is|was|were|are|has|had|have|would|will|can|could)\b)"
)


def agrees(verb: str, kind: Kind) -> bool:
    """Whether a present-tense verb has the number of its subject: "claims" is a noun as well."""
    if verb in PLURAL:
        return kind == "many"
    singular = verb.endswith("s") and not verb.endswith("ss")
    return not (singular and kind == "many")


def closes(sentence: str, verb: re.Match[str], end: int) -> bool:
    """Whether nothing is said after the verb, whose addressee ends at ``end``: ", he said."""
    if SAID.get(verb[0]) == "that":
        # In "In May, they agreed to pay" the comma before ends no speech.
        return _CLOSES.match(sentence, end) is not None
    if _ADJUNCT_FOLLOWS.match(sentence, end) is not None:
        return True
    # After "In May, Kozak said, “…" the quotation is what he said.
    return re.match(r",(?!\s*[“\"‘«\x01])", sentence[end:]) is not None


def after_addressee(sentence: str, verb: re.Match[str]) -> int:
    """Where those to whom it is said are named to the end, or the end of the verb."""
    if verb[0] in {"told", "tells", "informed", "assured", "reminded"}:
        found = _ADDRESSEE.match(sentence, verb.end())
        return found.end() if found else verb.end()
    found = _TO_WHOM.match(sentence, verb.end())
    return found.end() if found else verb.end()


def is_complement(sentence: str, verb: re.Match[str], end: int) -> bool:
    """Whether what stands at ``end``, after a verb and its addressee, can be what is said."""
    rest = sentence[end:]
    if not re.search(r"[\w\x01:]", rest) or _EMPTY.match(rest):
        return bool(re.match(r"\s*:", rest))
    if verb[0] in _THINKING:
        return bool(re.match(r"\sthat\s|\s?[:,]\s*[“\"‘«\x01]", rest))
    if _CLAUSE_BETWEEN.match(rest):
        return True
    if also := _ALSO.get(verb[0]):
        other = _THAT if verb[0] in _OF_PEOPLE else _COMPLEMENT
        return bool(also.match(rest) or (verb[0] not in _NO_MORE and other.match(rest)))
    if SAID.get(verb[0]) == "any":
        return not re.match(r"\s*(?:[.;?!)]|,(?!\s*[“\"‘«\x01]))", rest)
    found = re.match(
        r"(?:\s*,?\s*(?:on|in|at|during)\s(?:[A-Z0-9]|an?\b|the\b)[^,:“]{2,60}?)?"
        r"(?=\s*(?:that\b|[:“\"‘«\x01]))",
        rest,
    )
    return bool(_COMPLEMENT.match(rest) or found)


# Verbs of judging, wishing and giving figures. "Duque found the process fragile" is an account of
# what Duque said where the text reports what he said; of anybody else it may be what the writer
# knows. So they count only for those to whom a verb of saying gives words in the same section; a
# body judges in public or not at all, so that its judgements always count.
_JUDGED = rf"(?:{any_of(word_list('judgements'))}|\w{{3,}}(?:able|ible|ful|ous|less))"
_JUDGEMENT = (
    r"\s(?!(?:that|his|her|its|their|for|on|upon)\s\w+\s(?:of|in)\b)[^.;:“”\"]{2,160}?\s"
    r"(?:(?:too|very|far|so|quite|rather|more|most|less)\s)*"
    rf"(?<!the\s)(?<!\ban\s)(?<!\ba\s){_JUDGED}(?=\s*[.,;]|\s*$|\s(?:and|but|in|for|to)\b)"
)
_NUMBER = r"(?:\w+\s){0,3}?[$€£]?(?:\d|one\b|two\b|three\b|zero\b|half\b)"
_OUTLOOK = (
    r"(?:answer|chance|danger|hope|need|opportunity|problem|reason|result|risk|sign|solution|"
    r"threat|way)s?\b"
)
_PATTERNS: dict[str, str] = {
    "gave gives": r"\s[^.;:“”\"]{2,120}?\sas\s",
    "put puts": rf"\s[^.;:“”\"]{{2,120}}?\sat\s{_NUMBER}",
    "compared compares": r"\s[^.;:“”\"]{2,120}?\s(?:to|with)\s",
    "listed lists": r"\s(?![^.;:]{2,80}?\sas\b)(?=\w)",
    "named names": r"\s[^.;:“”\"]{2,120}?\sas\s",
    "saw sees": (
        rf"\s(?:in\s|no\s|only\s|[^.;:“”\"]{{2,120}}?\sas\s|[^.;:,]{{2,80}}?\s?\b{_OUTLOOK})"
    ),
    "found finds called calls": _JUDGEMENT,
    "considered considers": _JUDGEMENT,
    "regarded regards": r"\s[^.;:“”\"]{2,120}?\sas\s",
    "wanted wants": r"\s(?:[^.;:“”\"]{2,120}?\s)?to\s",
    "hoped hopes": r"\s(?:that|for|to)\s",
    "believed believes thought thinks": r"\s(?:that|in|it|the|an?)\s",
    "feared fears": r"\s(?:that|for|the|an?)\s",
    "expected expects": r"\s(?:that\s|[^.;:“”\"]{2,120}?\sto\s)",
    "doubted doubts": r"\s(?:that|whether|if|the)\s",
    "endorsed endorses supported supports opposed opposes favored favoured": (
        r"\s(?:an?|the|this|that|these|those|any|all)\s"
    ),
    "mourned honored honoured saluted applauded commended commends": r"\s\w",
    "proposed proposes": (
        r"\s(?:to\s(?!(?:her|him)\b|[A-Z])|that\s|an?\s|the\s|more\s|\w+ing\s|\w+s\s|\w+\s\w+s\s)"
    ),
    "invited invites": r"\s[^.;:“”\"]{2,120}?\sto\s",
}
# Without "did not": "Observers did not regard the vote as fair" is a view too.
_PLAIN = {
    "believe": "believed",
    "call": "called",
    "consider": "considered",
    "endorse": "endorsed",
    "expect": "expected",
    "find": "found",
    "regard": "regarded",
    "see": "saw",
    "support": "supported",
    "want": "wanted",
}
_JUDGING = words("found finds called calls considered considers regarded regards")
_FOLLOWS = {
    verb: re.compile(pattern) for verbs, pattern in _PATTERNS.items() for verb in verbs.split()
}

STANCE = re.compile(
    rf"(?<![\w-])(?:{'|'.join(sorted(_FOLLOWS, key=len, reverse=True))}|"
    rf"(?:did|do|does)\snot\s(?:{'|'.join(_PLAIN)}))(?![\w-])"
)
"""Verbs of judging, wishing and giving figures."""


def is_stance(sentence: str, verb: re.Match[str]) -> bool:
    """Whether what follows the verb is judged, wished for, proposed, or a figure given."""
    return _FOLLOWS[_past(verb)].match(sentence, verb.end()) is not None


def is_judging(verb: re.Match[str]) -> bool:
    """Whether the verb judges, which a body can only do in public: "the Union found it calm"."""
    return _past(verb) in _JUDGING


def _past(verb: re.Match[str]) -> str:
    last = verb[0].split()[-1]
    return _PLAIN.get(last, last)

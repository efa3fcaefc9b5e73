"""Verbs of saying, and what must follow them for something to be said."""

from __future__ import annotations

import re

from rag.attribution.phrases import DAY, SPACE, WORD, any_of
from rag.attribution.subjects import Kind
from rag.language.saying import BEFORE_SUBJECT, PARTICIPLES, PLURAL, SAID
from rag.language.word_lists import words

__all__ = [
    "NOUN_FOLLOWS",
    "VERB",
    "after_addressee",
    "agrees",
    "closes",
    "is_complement",
    "is_participle",
    "may_invert",
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
_ALSO = {
    "asked": re.compile(r"\s(?:[^,.;]{2,80}?\sto\s|for\s)"),
    "asks": re.compile(r"\s(?:[^,.;]{2,80}?\sto\s|for\s)"),
    "denied": re.compile(
        r"\s(?:any\b|having\b|\w+ing\b|this\b|(?:the|such|these|all|those)\s(?:\w+\s)?(?:alleg|accus|charg|claim|report))"
    ),
    "rejected": re.compile(
        r"\s(?:the|such|these|all|those)\s(?:\w+\s)?(?:alleg|accus|charg|claim|report|critic|sugges)"
    ),
    "called": re.compile(r"\s(?:for\s(?!\d)|on\s|upon\s|(?:[^\s,.;]+\s){1,7}?(?:an?\b|“))"),
    "put": re.compile(r"\sit\b(?=[,:]|\s+(?:in|on|at|to)\b)"),
    "pointed": re.compile(r"\s(?:out\b|to\s)"),
    "spoke": re.compile(r"\s(?:of|about)\s"),
    "appealed": re.compile(r"\sfor\s"),
    "welcomed": re.compile(r"\s(?:the|this|that|these|an?|\w+ing)\s"),
    "expressed": re.compile(r"\s"),
    "expresses": re.compile(r"\s"),
    "advised": re.compile(r"\s[^,.;]{2,80}?\s(?:to|that|against)\s"),
    "claimed": re.compile(r"\s(?:to|responsibility)\s"),
    "confirmed": re.compile(r"\sthe (?:death|arrest|report|detention|incident)"),
}
_ALSO["boasted"] = re.compile(r"\s(?:of|about)\s")
_ALSO["offered"] = re.compile(
    r"\s(?:\w+\s){0,2}?(?:sympath\w+|condolences|thanks|apolog\w+|congratulations|assurances)\b"
)
_ALSO["repeated"] = re.compile(
    r"\s(?:his|her|its|their|the|an?|earlier)\s(?:\w+\s){0,2}?"
    r"(?:accusation|appeal|call|charge|claim|demand|offer|pledge|promise|request|view|warning)s?\b"
)
_ALSO |= {"repeats": _ALSO["repeated"]}
_ALSO |= {"welcomes": _ALSO["welcomed"]}
_ALSO |= {"puts": _ALSO["put"]}
_ALSO |= {"denies": _ALSO["denied"], "calls": _ALSO["called"]}
# Of a thing as well: "they observe the law", "a court held a session".
_THINKING = words("held found finds observed observes suggested suggests concluded")

_ADDRESSEE = re.compile(
    rf"(?:{SPACE}(?!that\b|how\b|why\b|it\b)(?:{WORD}|\d+)(?:['’]s)?,?){{1,9}}?"
    rf"(?={SPACE}(?:that|how|why|whether|if|to)\b|\s*[:“\"‘«.;!?]|,|\s*$|"
    rf"{SPACE}(?:on|in|at|after|during|by){SPACE}|{SPACE}(?:he|she|it|they|there|his|her|its|their)\b)"
)
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


def is_participle(verb: str) -> bool:
    """Whether a verb is a form such as "saying"."""
    return verb in PARTICIPLES


def may_invert(verb: str) -> bool:
    """Whether a verb can stand before its subject: "said Kozak"."""
    return verb in BEFORE_SUBJECT


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
    found = re.compile(r"\sto (?:the |a |his |her )?\w+(?=[:,]|\sthat\b)").match(
        sentence, verb.end()
    )
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

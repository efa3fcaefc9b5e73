"""Verbs of judging, wishing and giving figures: words of somebody who is being heard anyway.

"Duque found the process fragile" is an account of what Duque said where the text reports what he
said; of anybody else it may be what the writer knows. So these count only for those to whom a
verb of saying gives words in the same section. A body judges in public or not at all, and so its
judgements always count.
"""

from __future__ import annotations

import re

from rag.language.word_lists import words

__all__ = ["STANCE", "is_judging", "is_stance"]

_JUDGED = (
    "(?:"
    + "|".join(
        sorted(
            words(
                "absent alarming appalling bad calm clear correct credible critical dangerous "
                "difficult disappointing effective encouraging essential excessive fair false "
                "fragile free frightening good grave helpful inadequate insufficient "
                "intolerable just late legitimate misleading necessary positive premature "
                "promising repressive right serious shocking slow small strong transparent "
                "troubling true unfair unjust urgent vital weak worrying wrong"
            )
        )
    )
    + r"|\w{3,}(?:able|ible|ful|ous|less))"
)
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

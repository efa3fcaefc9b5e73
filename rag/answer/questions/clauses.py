"""The clause of a question that asks, without what leads to it, and what a list is asked of.

"Sorry, could you tell me, in 2018, how many people were displaced?" asks "how many people were
displaced"; what stands before it does not change what kind of answer it wants.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from rag.language.sentences import split_sentences
from rag.language.words import ASKING, AUXILIARIES, alternatives, is_plural
from rag.store import analyse, content_terms

_WH: Final = alternatives(ASKING)
_AUX: Final = alternatives(AUXILIARIES)
_POLITE: Final = re.compile(
    r"""^(?:
        (?:ok|okay|well|so|oh|wow|hi|hello|hey|thanks?(?:\ you)?(?:\ (?:very|so)\ much|\ a\ lot)?|
           sorry|great|good|i\ see|no|yes|yeah|oops|by\ the\ way|also|now|then|and|but|or|please|
           finally|next|actually|again|in\ that\ case)\b[\s,.!:;–—-]+ |
        (?:(?:can|could|would|will)\ you\ (?:please\ |kindly\ )?)
           (?:tell|explain\ to|remind|inform)\ (?:me|us)\b[\s,:]* |
        (?:(?:can|could|would|will)\ you\ (?:please\ |kindly\ )?)
           (?:explain|say)\s+(?=(?:what|which|who|when|where|why|how)\b) |
        do\ you\ (?:happen\ to\ )?(?:know|remember)\b[\s,:]+ |
        do\ you\ think\ (?:that\ )?(?=\S) |
        (?:please\s+)?(?:tell|remind|inform)\ (?:me|us)\b[\s,:]* |
        (?:i|we)(?:\ (?:want|need|wish|would\ like)|['’]d\ (?:like|love))
           \ to\ (?:know|ask|understand|learn|find\ out|see)\b[\s,:]* |
        (?:i|we)(?:\ am|['’]m|\ was)\ (?:wondering|curious|asking|interested\ to\ know)\b[\s,:]* |
        i\ wonder\b[\s,:]* |
        i\ mean(?:t)?(?:\ to\ ask)?\b[\s,:]* |
        (?:please\s+)?(?:explain|find\ out|check|show\ me)
           \s+(?=(?:what|which|who|when|where|why|how|whether|if)\b)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_BEGINS: Final = re.compile(rf"(?:{_WH}|{_AUX}|whether|what's|who's|where's|how's)\b", re.I)
_FRONTED: Final = re.compile(
    r"^(?:in|on|at|during|since|until|by|under|with|for|of|to|from|as|after|before|about|into|"
    r"through|over|among|between|within|per|according|besides|apart|given|if|when|while|although|"
    r"because|where|once|based|against|toward|towards)\b",
    re.IGNORECASE,
)
_PREPOSITION: Final = re.compile(
    r"^(?:about |exactly |roughly )?(?P<word>in|on|at|during|since|until|by|under|with|for|of|to|"
    r"from|as of|after|before|about|into|through|over|among|between|within|per|according to|"
    r"against|towards?)\s+$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Clause:
    """What asks, as it is written, with the preposition that governs its question word."""

    text: str
    preposition: str | None = None


def _without_preamble(text: str) -> str:
    """The text without polite beginnings such as "thanks, do you know"."""
    while (found := _POLITE.match(text)) and found.end() < len(text.rstrip(" ?.!")):
        text = text[found.end() :]
    return text


def asking_clause(question: str) -> Clause:
    """The clause that asks: of the first sentence that is a question, or else of the last one."""
    listed = [question[start:end] for start, end in split_sentences(question)] or [""]
    bare = [_without_preamble(each) for each in listed]
    asks = [
        text
        for text, each in zip(bare, listed, strict=True)
        if each.rstrip("\"”')").endswith("?") or _BEGINS.match(text)
    ]
    return _core(asks[0] if asks else bare[-1])


def _core(text: str) -> Clause:
    """The clause from its question word or auxiliary, if something stands in front."""
    if _BEGINS.match(text) and not _subordinate(text):
        return Clause(text)
    if not _FRONTED.match(text):
        return Clause(text)
    for found in re.finditer(rf"\b(?:{_WH})\b|(?<=,\s)(?:{_AUX})\b", text, re.IGNORECASE):
        if found.start() == 0 or (found[0].lower() == "when" and not _after_break(text, found)):
            continue
        before = text[: found.start()]
        governs = _PREPOSITION.search(_last_words(before))
        return Clause(text[found.start() :], governs["word"].lower() if governs else None)
    return Clause(text)


def _subordinate(text: str) -> bool:
    """Whether it begins with a clause such as "When Kozak spoke, …" that asks nothing."""
    first = re.match(r"(?:when|where|while|if)\s+(\S+)", text, re.IGNORECASE)
    if first is None or first[1].lower() in AUXILIARIES:
        return False
    return bool(re.search(rf",\s+(?:{_WH}|{_AUX})\b", text, re.IGNORECASE))


def _after_break(text: str, found: re.Match[str]) -> bool:
    before = text[: found.start()].rstrip()
    return before.endswith(",") or bool(_PREPOSITION.search(_last_words(before + " ")))


def _last_words(text: str) -> str:
    words = text.split()
    if words[-2:-1] and words[-2].lower() in ("as", "according"):
        return " ".join(words[-2:]) + " "
    return (words[-1] if words else "") + " "


# Questions for a list, which a few sentences answer in part.

_WORD: Final = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_LIST: Final = re.compile(
    r"(?:which|what|list|name)\s+(?:(?:all|of|the|other|these|documents?)\s+)*(?P<listed>[^\W\d_]+)\s",
    re.IGNORECASE,
)


def search_words(question: str) -> str:
    """The words of a question that say what it is about, in their order."""
    content = set(content_terms(question))
    return " ".join(word for word in _WORD.findall(question) if content & set(analyse(word)))


def listed_words(question: str) -> str | None:
    """What the things that a question asks to be listed have in common; None for other questions.

    Of "Which countries mention small island states?" it is "small island states".
    """
    found = _LIST.match(question.strip())
    if found is None or not is_plural(found["listed"]):
        return None
    words = search_words(question[found.end() :])
    return words if len(words.split()) > 1 else None

"""What kind of answer a question asks for, by the form of its asking clause."""

from __future__ import annotations

import re
from typing import Final

from rag.questions.clauses import Clause, without_preamble
from rag.questions.comparing import is_comparison
from rag.questions.speech import Speech
from rag.questions.words import AUXILIARIES, alternatives, is_plural
from rag.reading.wordlists import words
from rag.schema import QuestionKind

__all__ = ["kind_of"]

_AUX: Final = alternatives(AUXILIARIES)
_IN_DOCUMENTS: Final = (
    r"(?:reports?|documents?|texts?|articles?|passages?|transcripts?|speech(?:es)?|sources?|"
    r"statements?|interviews?|files?|pages?|sentences?|paragraphs?|books?|papers?|chapters?|"
    r"editions?|briefings?|stud(?:y|ies)|surveys?|collection|sections?)"
)

_SUMMARY: Final = re.compile(
    r"^(?:(?:can|could|would)\s+(?:you|i|we)\s+(?:please\s+)?)?(?:please\s+)?"
    r"(?:summari[sz]e|sum\s+up|outline|recap)\b|"
    r"\b(?:an?|the|short|brief|quick)\s+(?:summary|overview|synopsis|outline)\s+of\b|"
    r"^(?:summary|overview|synopsis)\b|"
    rf"^what(?:\s+(?:is|are|was|were)|'s)\s+(?:the|this|that|these|those)\s+"
    rf"(?:[\w'-]+\s+){{0,4}}?{_IN_DOCUMENTS}\b.{{0,60}}?\s+about$|"
    rf"^what\s+(?:does|do|did)\s+(?:the|this|that|these)\s+.{{0,60}}?{_IN_DOCUMENTS}"
    r"\b.{0,60}?\s+(?:cover|deal\s+with|contain)$|"
    r"^what(?:\s+(?:is|are|was|were)|'s)\s+the\s+(?:main|key|most\s+important|central|principal)\s+"
    r"(?:points?|findings?|messages?|conclusions?|topics?|themes?|takeaways?)\s+(?:of|in|from)\s+"
    rf"(?:\S+\s+){{0,5}}?{_IN_DOCUMENTS}\b",
)

_MENTION: Final = (
    r"(?:mention\w*|sa(?:y|ys|id)|sp(?:eak|eaks|oke|oken)|talk\w*|refer\w*|call(?:s|ed)?\s+for|"
    r"call(?:s|ed)?\s+(?:on|upon)|rais(?:e|es|ed)|address\w*|use[sd]?|quot\w+|cit(?:e|es|ed)|"
    r"name[sd]?|discuss\w*|criticis\w*|criticiz\w*|condemn\w*|describ\w*|argu\w+|warn\w*|"
    r"express\w*|demand\w*|prais\w+|thank\w*|touch\w*|br(?:ing|ings|ought)\s+up)"
)
_SPEAKING: Final = (
    r"(?:speakers?|countries|states|nations|delegations?|delegates?|leaders?|presidents?|"
    r"ministers?|prime\s+ministers|officials?|governments?|members?|representatives?|"
    r"ambassadors?|witnesses|participants?|authors?|people|politicians?|heads\s+of\s+\w+)"
)
_COUNT: Final = re.compile(
    rf"^how\s+(?:many\s+times|often|frequently)\s+(?:{_AUX})\s+.*\b{_MENTION}\b|"
    r"^how\s+(?:many\s+times|often|frequently)\s+(?:does|do|did|is|are)\s+.*\b"
    r"(?:occur|appear|come\s+up)s?\b.*\b(?:report|document|text|speech|collection|transcript)|"
    rf"^(?:in\s+)?how\s+many\s+(?:of\s+(?:the|these|those)\s+)?(?:\w+\s+){{0,2}}?{_IN_DOCUMENTS}\b"
    rf".*\b(?:{_MENTION}|deal\w*|contain\w*|report|includ\w+|concern|cover|are\s+there)\b|"
    rf"^how\s+many\s+(?:of\s+(?:the|these|those)\s+)?(?:\w+\s+){{0,2}}?{_SPEAKING}\s+"
    rf"(?:(?:have|had|also)\s+)*{_MENTION}\b(?!\s+by\b)|"
    r"^how\s+many\s+(?:\w+\s+)?(?:mentions|references|occurrences)\b|"
    r"^count\s+(?:the|how|all|every)\b|"
    r"\b(?:number|count)\s+of\s+(?:times|mentions|occurrences|"
    r"(?:reports|documents|speakers|speeches|countries)\s+(?:that|which|who)\s+"
    rf"(?:{_MENTION}))",
)

_MEASURED: Final = (
    "number numbers percentage percent proportion share fraction ratio rate amount age "
    "population cost costs price budget size temperature length height width depth weight distance "
    "toll total circulation salary income revenue speed capacity duration quantity majority "
    "density area volume wage gdp score elevation altitude attendance turnout"
)
_NUMBER: Final = re.compile(
    r"^how\s+(?:many|much|old|long|far|tall|large|big|high|deep|fast|wide|heavy|often|thick|hot|"
    r"cold|frequently|expensive)\b(?!\s+ago\b)|"
    rf"^(?:what|which)\s+(?:[\w'-]+\s+){{0,2}}?(?:{alternatives(words(_MEASURED))})\s+"
    rf"(?:of|{_AUX}|per|in)\b|"
    rf"^what(?:\s+(?:is|are|was|were)|'s)\s+(?:the|its|their|his|her|[\w'.-]+(?:\s[\w'.-]+){{0,3}}'s?)\s+"
    r"(?:(?!name|reason|meaning)[\w'-]+\s+){0,3}?"
    rf"(?:{alternatives(words(_MEASURED))})(?:\s+(?:of|for|in|per|at|on|between|from|to|during|"
    rf"given|that|among|under|according)\b|$)|"
    r"\b(?:by|of)\s+how\s+(?:many|much)\b|,?\s+in\s+(?:percent|per\s+cent|numbers)$|"
    r"(?!^)\bhow\s+(?:many|much|old|long|far)(?:$|\s+\w+(?:\s+\w+)?\s+(?:per|in|of|from)\b|\s+\w+$)",
)
_NO_NUMBER: Final = re.compile(
    r"\b(?:number|area|rate|total|share|price|size)\s+(?:called|named|known)\b|"
    r"^how\s+(?:far|long|much)\s+(?:did|does|do)\s+.*\b(?:agree|support)\b|"
    r"\b(?:phone|telephone|contact|account|atomic|natural|prime|real)\s+number"
)
_DATE: Final = re.compile(
    r"^when(?!\s+(?:\w+ing)\b)|^how\s+long\s+ago\b|"
    r"^(?:what|which)\s+(?:exact\s+|calendar\s+)?(?:year|years|date|dates|day|days|month|months|"
    rf"century|decade|period|time)\s+(?:of|{_AUX}|in|on|[a-z]+)\b|"
    r"^(?:what|which)\s+(?:year|date|day|month|century|decade)$|"
    r"^what(?:\s+(?:is|was|are|were)|'s)\s+(?:the|his|her|its|their)\s+(?:\w+\s+){0,3}?"
    r"(?:date|year|birthday|deadline)s?\b|"
    r"\b(?:in|on|since)\s+(?:what|which)\s+(?:year|date|day|month|century|decade)\b|\bwhen$|"
    r"\b(?:in\s+)?what\s+year$",
)

_LISTS: Final = re.compile(
    r"^(?:please\s+)?(?:list|enumerate)\b|"
    r"^(?:please\s+)?(?:(?:can|could)\s+you\s+)?(?:name|give(?:\s+me)?|mention)\s+(?:"
    r"(?:all|some|any|two|three|four|five|six|\d+|at\s+least|a\s+few)\s+(?:\w+\s+){0,3}?\w+s\b|"
    r"(?:the\s+names|examples)\s+of\b)|^(?:please\s+)?name\s+the\s+(?:\w+\s+){0,3}?\w+s\b|"
    r"^(?:what|which)\s+(?:(?:is|are|were|was)\s+)?(?:the\s+)?(?:\w+\s+){0,2}?"
    r"(?:kinds|types|sorts|forms|examples)\s+of\b|"
    r"^(?:what|who)\s+all\b|"
    r"^(?:what|who|which)(?:\s+(?:are|were)|'re)\s+(?:(?:all|some|any|both)\s+(?:of\s+)?)?"
    r"(?:the|his|her|its|their|these|those|some|other|\d+|two|three|four|five|six|seven|eight|"
    r"[\w'.-]+(?:\s[\w'.-]+){0,2}'s?)\s+|"
    r"^(?:what|which|who)\s+else\b",
)
_DEFINES: Final = re.compile(r"\b(?:called|known\s+as|named|made\s+of|used\s+for|like|about)$")
_WHAT_NOUN: Final = re.compile(
    r"^(?P<asks>what|which)\s+(?:(?:other|main|new|different|major|specific|particular|important|"
    r"additional|further|certain|of\s+the(?:se)?|\d+|two|three|four|five|six)\s+)*"
    r"(?P<noun>(?:[\w'-]+\s+){0,2}?[\w'-]+)(?:\s+(?P<next>[\w']+).*)?$"
)
_NO_HEAD: Final = AUXILIARIES | words(
    "in on at of for from to by with about behind over under near above below around through into "
    "after before against that who whose which and or as the a an his her its"
)
# Singular verbs that follow "what" at once: "what causes floods", not "what causes are there".
_ACTS: Final = words(
    "happens causes makes means leads drives determines touches helps keeps gives goes comes "
    "lives counts works begins starts ends exists remains results lies sets takes becomes seems "
    "looks separates defines describes controls prevents allows requires needs affects produces "
    "forbids holds says wants"
)
_YES_NO: Final = re.compile(
    rf"^(?:{_AUX}|whether|if)\b|,?\s*(?:right|correct|isn't\s+it|(?:do|did|does|is|are|was|were)n't"
    r"\s+(?:they|it|he|she|we|you))$",
)
_REQUEST: Final = re.compile(
    r"^(?:can|could|would|will)\s+you\s+(?:please\s+|kindly\s+)?(?!also\b)\w+"
)


# "Which president said that it did more harm than good" compares nobody.
_THAT: Final = re.compile(r"^(?:who|which\s+\w+)\s+(?:\w+\s+){1,2}that\b")


def kind_of(question: str, clause: Clause, speech: Speech) -> QuestionKind:
    """The kind of answer that is asked for; ``clause`` and ``speech`` are those of ``question``."""
    text = clause.lower
    bare = without_preamble(question).lower().rstrip(" ?.!")
    if _SUMMARY.search(text) or _SUMMARY.search(bare):
        return "summary"
    if _COUNT.search(text) or (clause.preposition == "in" and _COUNT.search(f"in {text}")):
        return "count"
    if is_comparison(clause) and not (speech.kind == "who-said" and _THAT.match(text)):
        return "comparison"
    if speech.kind is not None:
        return speech.kind
    plain = _plain_kind(text, clause)
    return "said-about" if plain == "fact" and speech.speaker else plain


def _plain_kind(text: str, clause: Clause) -> QuestionKind:
    if _DATE.search(text):
        return "date"
    if _NUMBER.search(text) and not _NO_NUMBER.search(text):
        return "number"
    if _is_list(clause):
        return "list"
    if _YES_NO.search(text) and not _REQUEST.match(text):
        return "yes-no"
    if (match := _REQUEST.match(text)) is not None:
        return "list" if _LISTS.match(text[match.start() :]) else "fact"
    return "fact"


def _is_list(clause: Clause) -> bool:
    text = clause.lower
    if _LISTS.search(text):
        if text.startswith("what") and text.endswith("ing"):
            return False  # "What are the guards wearing?"
        return not _DEFINES.search(text) and _plural_follows(text)
    match = _WHAT_NOUN.match(text)
    if match is None:
        return False
    head = _head(clause.text)
    if head is None:
        return False
    noun, following, first = head
    if not is_plural(noun) or (noun in _ACTS and (match["asks"] == "what" or not first)):
        return False
    if following in _AFTER_PLURAL or noun in _COMMON:
        return True
    return match["asks"] == "which" and (first or not _object_follows(following, text))


def _object_follows(word: str, text: str) -> bool:
    """Whether the word before was a verb: "which leader regards people", "which team plays at"."""
    if word in _NO_HEAD:
        return not re.search(rf"\b{re.escape(word)}\b.*\s(?:{_AUX})\s", text)
    return not word or is_plural(word)


_AFTER_PLURAL: Final = AUXILIARIES | words("of that")
_COMMON: Final = words(
    "things people countries groups factors reasons measures steps rights places cities animals "
    "companies ways problems issues challenges conditions languages events parts areas states "
    "organizations organisations methods changes reforms countries men women children"
)


def _head(text: str) -> tuple[str, str, bool] | None:
    """The plural that "what" or "which" asks for, the word after it, and whether it comes first."""
    listed = re.findall(r"[\w'’-]+", text)[1:]
    for at, written in enumerate(listed[:6]):
        word = written.lower().replace("’", "'")
        following = listed[at + 1].lower() if at + 1 < len(listed) else ""
        if word in _NO_HEAD:
            return None
        if is_plural(word) and not (written[0].isupper() and following not in AUXILIARIES):
            return word, following, at == 0
        if following in AUXILIARIES:
            return None
    return None


def _plural_follows(text: str) -> bool:
    """After "what are the": a plural before the next clause; "what is the" asks for one thing."""
    match = re.match(r"^(?:what|who|which)(?:\s+(?:are|were)|'re)\s+(?P<rest>.*)$", text)
    if match is None:
        return True
    listed = re.findall(r"[\w'-]+", match["rest"])[:8]
    at = next((at for at, word in enumerate(listed) if is_plural(word)), None)
    return at is not None and not (at + 1 < len(listed) and listed[at + 1].endswith("ing"))

"""A question of a conversation, made to stand alone, by English grammar and no model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rag.questions.asked import DASH
from rag.questions.clauses import sentences, without_preamble
from rag.questions.names import Known, people, years
from rag.questions.places import places, tokens
from rag.questions.pronouns import name_pronouns
from rag.questions.substitution import put_into
from rag.questions.turns import Turn
from rag.questions.words import ASKING, AUXILIARIES, alternatives

__all__ = ["is_elliptic", "stand_alone"]

_AUX: Final = alternatives(AUXILIARIES)
_CONNECTIVE: Final = re.compile(r"^(?:and|but|or|so|then)\b[\s,]*", re.IGNORECASE)
_BARE: Final = re.compile(
    r"^(?P<asks>why(?:\s+not)?|how(?:\s+so|\s+come)?|when|where|who|whom|by\s+whom|since\s+when|"
    r"until\s+when|for\s+how\s+long|how\s+many|how\s+much|how\s+often|how\s+long|which(?:\s+ones?)?|"
    r"what\s+for|in\s+what\s+way|really|is\s+that\s+(?:so|true|right)|are\s+you\s+sure|says\s+who|"
    r"according\s+to\s+whom|on\s+what\s+grounds|for\s+what\s+reason|for\s+example|such\s+as)\W*$",
    re.IGNORECASE,
)
_ELSE: Final = re.compile(
    r"^(?P<asks>what|who|where|when|how|anything|anyone|anybody|something)\s+else\W*$", re.I
)
_MORE: Final = re.compile(
    r"^(?:(?:please\s+)?(?:can|could|would)\s+you\s+)?(?:please\s+)?(?:(?:tell|give)\s+me\s+)?"
    r"(?:some\s+)?(?:more|go\s+on|continue|elaborate|more\s+details?|more\s+about\s+(?:it|that|this)|"
    r"any\s+(?:more|others?|examples?)|and)\W*$",
    re.IGNORECASE,
)
_WHAT_ABOUT: Final = re.compile(r"^(?:what|how)\s+(?:about|of)\s+(?P<rest>.+)$", re.IGNORECASE)
_MEANT: Final = re.compile(
    r"^(?:(?:no|oops|sorry|well|actually)\b[\s,.!]*)*(?:i\s+(?:mean|meant)|i(?:\s+am|['’]m)\s+"
    r"(?:talking\s+about|asking\s+(?:about|for|more)|referring\s+to|interested\s+(?:in|to\s+know"
    r"\s+about)))\b[\s,:]*(?P<rest>.+)$",
    re.IGNORECASE,
)
_CLAUSE: Final = re.compile(
    rf"^(?:(?:in|on|at|to|for|from|of|by|with|since|until|under|during|about)\s+)?"
    rf"(?:{alternatives(ASKING)}|{_AUX})\b",
    re.IGNORECASE,
)
_COMMAND: Final = re.compile(
    r"^(?:please\s+)?(?:list|name|give|tell|show|explain|describe|summari[sz]e|compare|count|"
    r"discuss|find|quote|outline)\b",
    re.IGNORECASE,
)
_ADJUNCT: Final = re.compile(rf"^(?:when|where|why|how)\s+(?P<rest>(?:{_AUX})\b.+)$", re.IGNORECASE)
_GRAFTED: Final = ("why", "when", "where", "how", "since when", "until when", "by whom")
_LONGEST_FRAGMENT: Final = 8
_LONGEST_CARRIED: Final = 300


def stand_alone(question: str, turns: Sequence[Turn], *, known: Known) -> tuple[str, bool]:
    """The question as it can be asked by itself, and whether it needed the conversation.

    What can be named is named: "What did he say?" becomes "What did Kozak say?". Of an ellipsis
    the previous question is completed: "And in Ethiopia?". Where neither is possible the previous
    question follows behind a dash: "Why? — Who resigned in 2018?". A question that is complete
    stays as it is.
    """
    if not turns or not question:
        return question, False
    rest = _CONNECTIVE.sub("", question)
    last = turns[-1]
    if whole := _completed(rest or question, last):
        return whole, True
    if _BARE.match(rest) or _ELSE.match(rest) or _MORE.match(rest or question):
        return _carried(_capital(rest) or question, last), True
    if len(sentences(question)) == 1 and (fragment := _fragment(question, rest, known)):
        whole_question = put_into(last, fragment, known=known)
        return whole_question or _carried(question, last), True
    return _named(question, rest, turns, known)


def _named(question: str, rest: str, turns: Sequence[Turn], known: Known) -> tuple[str, bool]:
    meant = _MEANT.match(question)
    if meant and not _CLAUSE.match(_after_to_ask(meant["rest"])):
        return _carried(question, turns[-1]), True
    named = name_pronouns(question, turns, known=known)
    text = _capital(_CONNECTIVE.sub("", named.text)) if named.changed else question
    joined = rest != question and not _names_something(rest, known) and not named.changed
    if named.open or joined or (len(sentences(question)) > 1 and _begins_short(question)):
        return _carried(text, turns[-1]), True
    return text, named.changed


def _after_to_ask(rest: str) -> str:
    return re.sub(r"^to\s+ask\s+|^(?:if|whether)\s+", "", rest, flags=re.IGNORECASE)


def _begins_short(question: str) -> bool:
    """Whether the first of several sentences is itself an ellipsis: "What about pricing? Is …"."""
    first = sentences(question)[0]
    return bool(_WHAT_ABOUT.match(_CONNECTIVE.sub("", first)))


def _completed(rest: str, last: Turn) -> str | None:
    """After "Did Kozak resign?", "Why?" is "Why did Kozak resign?"; "What else" likewise."""
    before = last.question
    if found := _BARE.match(rest):
        asks = " ".join(found["asks"].lower().split())
        if asks in _GRAFTED and (clause := _after_asking(before)):
            return f"{_capital(asks)} {clause}"
    if (found := _ELSE.match(rest)) and before.lower().startswith(found["asks"].lower() + " "):
        asks = found["asks"].lower()
        if not before.lower().startswith(f"{asks} else"):
            return f"{_capital(asks)} else {before[len(asks) :].strip()}"
    return None


def _after_asking(before: str) -> str | None:
    """The clause from its auxiliary on, where an adverb of the question can change."""
    bare = without_preamble(before)
    if found := _ADJUNCT.match(bare):
        return found["rest"]
    if re.match(rf"(?:{_AUX})\b", bare, re.IGNORECASE) and bare.rstrip().endswith("?"):
        return bare[0].lower() + bare[1:]
    return None


def _fragment(question: str, rest: str, known: Known) -> str | None:
    """The phrase that a question without a clause consists of; None for a whole question."""
    rest = rest.strip(" ?.!")
    if found := _WHAT_ABOUT.match(rest):
        return found["rest"] if len(found["rest"].split()) <= 2 * _LONGEST_FRAGMENT else None
    if not rest or len(rest.split()) > _LONGEST_FRAGMENT or _CLAUSE.match(rest):
        return None
    if _COMMAND.match(rest) or without_preamble(rest) != rest:
        return None
    if rest != question.strip(" ?.!"):
        return None if _begins_clause(rest) else rest
    named = places(rest, known=known.countries)
    only_names = bool(named or years(rest)) and len(tokens(rest)) <= 4
    led = re.match(r"(?:in|for|from|under|during|by|about|on)\s", rest, re.IGNORECASE)
    return rest if only_names or (led and question.rstrip().endswith("?")) else None


def _begins_clause(rest: str) -> bool:
    """Whether it is a statement and no phrase: "And they won?", "But it is true"."""
    return bool(
        re.match(rf"(?:i|you|he|she|it|we|they|this|that|there)\b|\S+\s+(?:{_AUX})\b", rest, re.I)
    )


def _names_something(rest: str, known: Known) -> bool:
    """Whether the question has a name of its own, and so a subject."""
    named = places(rest, known=known.countries)
    capitals = [token for token in tokens(rest)[1:] if token.text[0].isupper()]
    return bool(named or capitals or people(rest, named=named, speakers=known.speakers))


def _carried(question: str, last: Turn) -> str:
    before = last.asked.standalone
    if DASH in before and is_elliptic(last.question):
        before = before.split(DASH, 1)[1]
    if len(before) > _LONGEST_CARRIED:
        before = last.question[:_LONGEST_CARRIED]
    if before.split(DASH, 1)[0] == question:
        return before
    ended = _capital(question if question[-1:] in "?.!" else f"{question}?")
    return f"{ended}{DASH}{before}"


def is_elliptic(question: str) -> bool:
    """Whether the question has no clause of its own: "Why?", "And Djibouti?"."""
    rest = _CONNECTIVE.sub("", question)
    if _BARE.match(rest) or _ELSE.match(rest) or _MORE.match(rest) or _WHAT_ABOUT.match(rest):
        return True
    short = len(rest.split()) <= _LONGEST_FRAGMENT
    return short and not _CLAUSE.match(without_preamble(rest)) and not _COMMAND.match(rest)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

"""Questions for somebody's words: whose they are, and what they are about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from rag.answer.questions.clauses import Clause
from rag.answer.questions.names import surnames
from rag.language.places import tokens
from rag.language.saying import (
    ASKED,
    ASKED_OBJECT,
    ASKED_PARTICIPLES,
    WHO_SAID,
    WHO_SAID_OF,
    WHO_SAID_THAT,
)
from rag.language.word_lists import words
from rag.language.words import (
    ASKED_DOCUMENTS,
    AUXILIARIES,
    FUNCTION_WORDS,
    MONTHS_AND_DAYS,
    OBJECT_PRONOUNS,
    ROLES,
    SAYING_NOUNS,
    alternatives,
)

_AUX: Final = alternatives(AUXILIARIES)
_SAY: Final = alternatives(ASKED)
_ABOUT: Final = r"about|on|of|regarding|concerning"
# "What does the report say": after an article a verb of the list is a noun.
_NO_ARTICLE: Final = (
    r"(?<!\bthe )(?<!\ba )(?<!\bits )(?<!\bhis )(?<!\bher )(?<!\btheir )(?<!\bthis )(?<!\bthat )"
    r"(?<!\d )(?<!['’]s )"
)
_VERB: Final = rf"{_NO_ARTICLE}(?-i:{_SAY})\b(?!\s+(?-i:{_SAY})\b)"
_ADVERB: Final = r"(?:(?:also|later|publicly|ever|first|actually|not|each|then|really)\s+)*"

# "What did Kozak say about engagement", "How has the minister described the law"
_SAYS: Final = re.compile(
    rf"^(?P<asked>what|how|why)(?:\s+(?:else|exactly|precisely))?\s+(?P<aux>{_AUX})\s+"
    rf"(?P<speaker>.+?)\s+{_ADVERB}(?:(?:have|had)\s+to\s+)?"
    rf"(?P<verb>{_VERB}|(?-i:{alternatives(ASKED_PARTICIPLES)})\b)(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
# "Did Kozak mention Hong Kong"
_WHETHER: Final = re.compile(
    rf"^(?:did|does|do|has|have|had)\s+(?P<speaker>.+?)\s+{_ADVERB}"
    rf"(?P<verb>{_VERB}|(?:dis)?agreed?\b|object(?:ed)?\s+to\b)(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
# "Does the report say that soldiers fired", "Is it reported that soldiers fired"
_CLAIMED: Final = re.compile(
    rf"^(?:(?:do|does|did)\s+(?P<document>.+?)\s+{_ADVERB}{_VERB}|(?:is|was)\s+it\s+(?:also\s+)?"
    r"(?:said|written|reported|stated|mentioned|claimed)(?:\s+in\s+[^,?]+?)?)(?:\s+anywhere)?\s+"
    r"(?:that|whether|if)\s+(?P<claim>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
# "How many people does Azerbaijan say were killed"
_INSIDE: Final = re.compile(
    r"\b(?:did|does|do|has|have)\s+(?P<speaker>[^,?]+?)\s+"
    rf"{_NO_ARTICLE}(?:say|says|said|claim|claimed|think|believe|report|reported|estimate|estimated|allege)\b"
    rf"(?!\s+(?-i:{_SAY})\b)",
    re.IGNORECASE,
)
# "What is Armenia's position on the accords", "What was the reaction of Armenia to it"
_NOUNS: Final = alternatives(SAYING_NOUNS)
_OWN: Final = re.compile(
    rf"^(?:what|how)(?:\s+(?:is|was|are|were)|'s|’s)\s+(?P<speaker>[^?]+?)(?:['’]s?)\s+"
    rf"(?:own\s+|official\s+|main\s+)?(?:{_NOUNS})"
    rf"(?:\s+(?:{_ABOUT}|to|towards?|for)\s+(?P<topic>.+))?$",
    re.IGNORECASE,
)
_NOUN_OF: Final = re.compile(
    rf"^(?:what|how)(?:\s+(?:is|was|are|were)|'s|’s)\s+the\s+(?:\w+\s+)?(?:{_NOUNS})\s+of\s+"
    rf"(?P<speaker>[^?]+?)(?:\s+(?:{_ABOUT}|to|towards?)\s+(?P<topic>.+))?$",
    re.IGNORECASE,
)
_TAKES: Final = re.compile(
    rf"^what\s+(?:\w+\s+)?(?:{_NOUNS})\s+(?:did|does|do|has|have)\s+(?P<speaker>.+?)\s+"
    r"(?:take|taken|have|had|hold|held|give|given|gave|express|expressed|make|made)\b"
    rf"(?:\s+(?:{_ABOUT}|to|towards?|for)\s+(?P<topic>.+))?",
    re.IGNORECASE,
)
# "What is said about women", "What do the documents have on women"
_PASSIVE: Final = re.compile(
    r"^(?:what|how\s+much)(?:\s+else)?\s+(?:(?:is|are|was|were|has\s+been|have\s+been|had\s+been)"
    r"(?:\s+also|\s+there)?\s+(?:said|written|reported|stated|mentioned|told|known)|"
    r"(?:is|was)\s+there(?=\s+about)|"
    rf"(?:do|does|did)\s+(?:\w+\s+){{1,3}}?(?:{alternatives(ASKED_DOCUMENTS)})\s+(?:have|contain|find|show))\s+"
    rf"(?:{_ABOUT})\s+(?P<topic>.+?)(?:\s+by\s+(?P<speaker>[A-Z][^?]*))?$",
    re.IGNORECASE,
)
_ACCORDING: Final = (
    re.compile(
        r"^(?:according\s+to|in\s+the\s+(?:opinion|view|words|eyes)\s+of|if\s+you\s+ask|"
        r"going\s+by)\s+(?P<speaker>[^?]+?),?\s+(?=(?:what|which|who|whom|when|where|why|how|"
        rf"{_AUX})\b)",
        re.IGNORECASE,
    ),
    re.compile(
        r"[\s,](?:according\s+to|in\s+the\s+(?:opinion|view|words|eyes)\s+of|if\s+you\s+ask|"
        r"going\s+by)\s+(?P<speaker>[^?,]+?)[?.\s]*$",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:^|[\s,])in\s+(?P<speaker>[^?,]{2,60}?)['’]s?\s+(?:opinion|view|words|eyes|account)\b",
        re.IGNORECASE,
    ),
)

# Who says anything at all; of the second kind only with what they say behind it.
_WHO_SAID: Final = re.compile(
    r"^(?:who|(?:which|what)\s+(?P<which>[^?]{2,40}?)(?<!['’]))(?:\s+(?:else|exactly))?(?:\s+(?:has|have|had|is|was|were))?"
    r"(?:\s+(?:also|ever|publicly|first))?\s+(?:"
    rf"(?:{alternatives(WHO_SAID)}|quoted)\b|(?:{alternatives(WHO_SAID_OF)})\b|"
    rf"(?:{alternatives(WHO_SAID_THAT)})\s+(?=that\b|how\b|why\b|whether\b|what\b)|"
    r"(?:spoke|speaks?|talks?|talked|complains?|writes?|wrote)\s+(?:about|of|on)\b|"
    r"(?:calls?|called|calling)\s+(?:for|on|upon)\b|charge[sd]?\b(?=.*\b(?:with|of)\s+\w+ing\b)|"
    r"wants?\b(?=.*\sto\s)|wanted\b(?=.*\sto\s)|"
    r"(?:reject|dismiss|den)\w*\s+(?:the\s+|any\s+|all\s+)?(?:claim|charge|allegation|accusation|"
    r"criticism)s?\b|(?:asks?|asked|urge[sd]?)\b(?=\s+[^?]{2,40}?\s+(?:not\s+)?to\s+\w))"
    r"(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_WHOSE: Final = re.compile(
    rf"^(?:whose\s+(?:{_NOUNS})\b|whose\s+quot\w+|whom?\b.*\b(?:according|quoted)\b)|"
    r"\baccording\s+to\s+whom\b|\bsaid\s+by\s+whom\b|\bby\s+whom\b.*\b(?:said|claimed|told)\b",
    re.IGNORECASE,
)

_ADDRESSEE: Final = re.compile(
    r"^\s*(?:to\s+)?(?:the\s+)?(?:\d{4}\s+)?(?:press|reporters?|journalists?|assembly|un|"
    r"general assembly|united nations|parliament|council|security council|congress|public|"
    r"audience|court|media|commission|committee)\b",
    re.IGNORECASE,
)
_PREPOSED: Final = re.compile(rf"^(?P<object>.*?)(?:^|\s)(?:{_ABOUT})\s+(?P<topic>\S.*)$", re.I)
_TOWARDS: Final = re.compile(r"^\s*(?:to|for|against|towards?|with|upon)\s+(?P<topic>\S.*)$", re.I)
_DATE_ONLY: Final = re.compile(
    rf"^(?:the\s+)?(?:\d|{alternatives(MONTHS_AND_DAYS)})[\w\s,.-]{{0,20}}$", re.IGNORECASE
)
_THIRD_PERSON: Final = words("he she they it")
_PLAINLY_SAYING: Final = words(
    "say said tell told claim claimed argue argued mention mentioned speak spoken talk complain"
)
_LEADING: Final = words("the a an and so but also exactly")
# "according to the Emirates in 2018", "according to Georgia's 2017 address"
_WHEN_OR_WHERE_SAID: Final = re.compile(
    r"\s+in\s+\d{4}$|['’]s?\s+(?:\d{4}\s+)?(?:address|speech|statement|testimony)$"
)
# A phrase with one of these is two clauses: "had X done it when Y spoke".
_JOINING: Final = words("when before after while because since whether if")


@dataclass(frozen=True, slots=True)
class Speech:
    """Whose words are asked for, about what, and whether the question is for the words or for who.

    ``kind`` is None where the words only limit another question: "how many, according to X".
    ``of_document``: they are those of a document, and of nobody in it.
    """

    speaker: str | None = None
    topic: str | None = None
    kind: Literal["who-said", "said-about"] | None = None
    of_document: bool = False


def speech_of(question: str, clause: Clause, *, speakers: frozenset[str] = frozenset()) -> Speech:
    """What the question says of somebody's words; nothing is set if it is not about words."""
    text = clause.text.rstrip(" ?.!")
    if found := _who(text, clause):
        return found
    for pattern in _ACCORDING:
        match = pattern.search(question)
        if match and (speaker := _speaker(match["speaker"], speakers)) is not None:
            return Speech(speaker)
    for pattern in (_SAYS, _TAKES, _OWN, _NOUN_OF, _PASSIVE):
        if (match := pattern.match(text)) and (said := _said(match, pattern, speakers)):
            return said
    if (match := _CLAIMED.match(text)) and _is_of_documents(match["document"]):
        return Speech(topic=_clean(match["claim"]), of_document=True)
    if (match := _WHETHER.match(text)) and (speaker := _speaker(match["speaker"], speakers)):
        return Speech(speaker, _topic(match["verb"], match["rest"]))
    if (match := _INSIDE.search(text)) and (speaker := _speaker(match["speaker"], speakers)):
        return Speech(speaker)
    return Speech()


def _who(text: str, clause: Clause) -> Speech | None:
    if _WHOSE.search(text) or (clause.preposition == "according to" and text[:3].lower() == "who"):
        return Speech(kind="who-said")
    match = _WHO_SAID.match(text)
    if match is None or (match["which"] and not _may_speak(match["which"])):
        return None
    rest = re.sub(r"^(?:that\s+|about\s+|:\s*)", "", _without_addressee(match["rest"]))
    return Speech(topic=rest.strip(" ,") or None, kind="who-said")


def _may_speak(subject: str) -> bool:
    """Whether "which …" asks for people or countries, not for a document."""
    heads = {token.key.removesuffix("s") for token in tokens(subject)}
    if heads & ASKED_DOCUMENTS or heads & AUXILIARIES:
        return False
    singular = {"countrie", "country", "state", "leader", "politician", "people", "person", "side"}
    return bool(heads & (ROLES | _ENDING_IN_IE | singular))


_ENDING_IN_IE: Final = words("partie ministrie companie authoritie secretarie delegation speaker")


def _said(
    match: re.Match[str], pattern: re.Pattern[str], speakers: frozenset[str]
) -> Speech | None:
    groups = match.groupdict()
    named = groups["speaker"]
    speaker = _speaker(named, speakers) if named else None
    if pattern is _SAYS:
        if not _acts(match) or _is_pronoun(named):
            return None
        if speaker is None and not (_tells(named) or match["verb"] in _PLAINLY_SAYING):
            return None
        of_document = speaker is None and bool(_keys(named) & ASKED_DOCUMENTS)
        topic = _topic(match["verb"], match["rest"])
        return Speech(speaker, topic, "said-about", of_document)
    if pattern is not _PASSIVE and speaker is None:
        return None
    topic = groups["topic"]
    return Speech(speaker, _clean(topic) if topic else None, "said-about")


# "Why did the minister recall the envoy", "why did Congress ask for a report" are after the reason
# of an act, not after words.
_ACTS: Final = ("recall", "ask", "answer", "repl", "advise", "recommend", "submit")


def _acts(match: re.Match[str]) -> bool:
    """Whether the subject is the one who speaks: "what was he told" is about another."""
    if match["asked"].lower() != "what" and match["verb"].lower().startswith(_ACTS):
        return False
    being = match["aux"].lower() in ("is", "are", "was", "were", "am")
    return being == (match["verb"].lower() in ASKED_PARTICIPLES) and not re.search(
        rf"\b(?:{_AUX}|be|been|to|that|which|who)\b", match["speaker"]
    )


def _tells(subject: str) -> bool:
    """Whether a subject that is no name can have words: a document, a pronoun."""
    return bool(_keys(subject) & (ASKED_DOCUMENTS | _THIRD_PERSON))


def _is_of_documents(subject: str | None) -> bool:
    """Whether a claim is looked for in documents, of whatever person; "it is said" is so, too."""
    return subject is None or bool(_keys(subject) & ASKED_DOCUMENTS)


def _keys(phrase: str) -> set[str]:
    return {token.key for token in tokens(phrase)}


def _is_pronoun(phrase: str) -> bool:
    return phrase.split()[0].lower() in OBJECT_PRONOUNS


def _topic(verb: str, rest: str) -> str | None:
    """What the words are about: after "about" or "that", or the object of the verb."""
    rest = _without_addressee(rest)
    if not rest or rest.startswith(","):
        return None
    if match := re.match(r"that\s+(?P<topic>.+)$", rest, re.IGNORECASE):
        return _clean(match["topic"])
    if verb.lower() in ASKED_OBJECT and not re.match(rf"(?:{_ABOUT})\b", rest, re.IGNORECASE):
        found = _PREPOSED.match(rest) if rest.lower().startswith(("a wish", "concern")) else None
        return _clean(found["topic"] if found else rest)
    match = _PREPOSED.match(rest) or _TOWARDS.match(rest)
    if verb.lower().startswith(("react", "respond", "repl")):
        match = _TOWARDS.match(rest) or match
    between = match.groupdict().get("object", "") if match else ""
    if match is None or len(between.split()) > 5 or set(between.lower().split()) & AUXILIARIES:
        return None
    return _clean(match["topic"])


def _without_addressee(rest: str) -> str:
    return _ADDRESSEE.sub("", rest).strip()


def _clean(topic: str) -> str | None:
    topic = topic.strip(' ?.,!"“”')
    return None if not topic or _DATE_ONLY.match(topic) else topic


def _speaker(phrase: str, speakers: frozenset[str]) -> str | None:
    """The phrase as the name of a person or body, or their role; None for anything else."""
    phrase = re.sub(r"^(?:both|also|exactly)\s+|['’]s?$|\s+there$", "", phrase.strip(" ,;:"))
    phrase = _WHEN_OR_WHERE_SAID.sub("", phrase)
    keys = [token.key for token in tokens(phrase)]
    if not keys or len(keys) > 9 or keys[0] in OBJECT_PRONOUNS | {"it", "there", "that", "this"}:
        return None
    if _JOINING & set(keys):
        return None
    if {key for key in keys if key not in FUNCTION_WORDS} & ASKED_DOCUMENTS:
        return None
    if surnames(speakers) & set(keys):
        return phrase
    named = [token for token in tokens(phrase) if token.text[0].isupper()]
    if any(token.key not in _LEADING and not token.text.isdecimal() for token in named):
        return phrase
    if {*keys, *(key.removesuffix("s") for key in keys)} & ROLES:
        return phrase
    # A single word in lower case without an article: in English, a name typed in haste.
    typed_in_haste = len(keys) == 1 and phrase.islower() and not keys[0].endswith("s")
    return phrase if typed_in_haste and keys[0] not in FUNCTION_WORDS else None

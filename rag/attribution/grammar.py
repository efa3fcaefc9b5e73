"""Patterns for noun phrases that can speak, for adverbials, and for where clauses begin.

They are matched against one sentence at a time, at places where a clause can begin, and so stay
short; nested repetitions are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cached_property

from rag.language.sentences import ABBREVIATED_TITLES
from rag.language.words import (
    BODIES,
    DAYS_AND_MONTHS,
    DOCUMENTS,
    MANY,
    NEVER_NAMES,
    PERSONS,
    TITLES,
)

__all__ = [
    "ACCORDING",
    "BOUNDARY",
    "DAY",
    "DIRECT",
    "JOINT",
    "NAME",
    "NAMES",
    "OPENINGS",
    "PERSON_NOUN",
    "RELATIVE",
    "SPACE",
    "SUBJECT",
    "VIEW",
    "WITH_ASIDE",
    "WITH_LONG_ASIDE",
    "WORD",
    "Late",
    "any_of",
]


class Late:
    """A pattern that is compiled when it is first needed: all of them together take a second.

    Where none of ``needs`` stands in a text, in small letters or capitals, nothing can match.
    """

    def __init__(self, pattern: str, *, needs: tuple[str, ...] = ()) -> None:
        self._pattern = pattern
        self._needs = needs

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The pattern itself."""
        return re.compile(self._pattern)

    def on(self, text: str) -> re.Pattern[str]:
        """The pattern, or one that never matches if that is plain from a look at ``text``."""
        if self._needs:
            lowered = text.lower()
            if not any(each in lowered for each in self._needs):
                return _NEVER
        return self.compiled


_NEVER = re.compile(r"(?!)")


def any_of(words: Collection[str]) -> str:
    """A pattern of any of ``words``, the longest first."""
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return "(?:" + "|".join(map(re.escape, ordered)) + ")"


def _capitals() -> str:
    """Capitals of the alphabets of Europe, as ranges: patterns with them are compiled sooner."""
    ranges: list[list[int]] = []
    for code in (*range(0x41, 0x5B), *range(0xC0, 0x590), *range(0x1E00, 0x1F00)):
        if not chr(code).isupper():
            continue
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(chr(a) if a == b else f"{chr(a)}-{chr(b)}" for a, b in ranges)


_UPPER = _capitals()
SPACE = r"[ \u00a0\u2009\u202f]+"
WORD = r"[^\W_](?:\w|[-‑.'’](?=\w))*"

# Names: "Michael G. Kozak", "von der Leyen", "al-Shabaab", "U.S.", "Ministry of Foreign Affairs".
_SHORT = (
    rf"(?:(?:[{_UPPER}]\.){{2,}}|"
    rf"{any_of(ABBREVIATED_TITLES)}\.)"
)
_CAPITAL = (
    rf"(?:{_SHORT}|[{_UPPER}]\.|"
    rf"(?:[Aa]l|[Ee]l|[Aa]s|[Aa]sh|[Aa]n|[Aa]r|[Aa]t)[-‑][{_UPPER}]\w+|"
    rf"[{_UPPER}]\w*(?:[-‑'’](?!s\b)\w+)*(?:\.(?:com|info|net|news|org)\b)?)"
)
_PARTICLE = (
    r"(?:de la|de los|de las|de|da|dos|do|das|del|della|di|du|la|le|van der|van den|van|von der|"
    r"von|der|den|ter|ten|bin|ibn|bint|ben|ould|ag|al|el|zu|y|e)"
)
_SIMPLE_NAME = rf"{_CAPITAL}(?:{SPACE}(?:{_PARTICLE}{SPACE})?{_CAPITAL}){{0,6}}"
_HEADED = "(?:" + "|".join(sorted(word.capitalize() for word in BODIES | TITLES)) + ")"
NAME = (
    rf"(?:(?:{_CAPITAL}{SPACE}){{0,4}}{_HEADED}{SPACE}(?:of|for){SPACE}(?:the{SPACE})?{_SIMPLE_NAME}"
    rf"(?:{SPACE}of{SPACE}(?:the{SPACE})?{_SIMPLE_NAME})?"
    rf"|(?:{_PARTICLE}{SPACE})?{_SIMPLE_NAME})"
)

NAMES = Late(rf"(?<![\w-])(?:{NAME})")
"""Every run of capitals that may be a name."""

# Noun phrases that can speak: "a senior official of the ministry", "human rights groups".
_DETERMINER = (
    r"(?i:the|a|an|this|that|these|those|its|his|her|their|our|one of the|some of the|many of the|"
    r"most of the|a number of|dozens of|hundreds of|some|many|most|several|various|numerous|other|"
    r"another|both|two|three|four|five|six|seven|eight|nine|ten|one|all|at least one)"
)
_NO_MODIFIER = (
    r"(?!(?i:of|for|from|to|at|in|on|with|by|near|against|about|into|over|under|after|before|and|"
    r"or|but|nor|that|which|who|whom|whose|what|as|while|when|where|because|if|than|is|are|was|"
    r"were|be|been|being|has|have|had|do|does|did|will|would|could|can|may|might|must|should|not|"
    r"no|never|he|she|they|it|we|i|you|there|so|said|says|told|tells|the|a|an)\b(?![-‑]))"
)
_MODIFIER = rf"{_NO_MODIFIER}(?:{_SHORT}|{WORD}|\d(?:[\d,.]*\d)?)(?:['’”](?=\s))?"
_NO_NAME = any_of(frozenset(word.capitalize() for word in NEVER_NAMES))
_SPEAKING = any_of(PERSONS | MANY | BODIES | DOCUMENTS)
_NOUN = (
    rf"(?:{_DETERMINER}{SPACE})?(?:{_MODIFIER}{SPACE}){{0,6}}(?P<head>(?i:{_SPEAKING}))(?![\w’'”-])"
)
_NAMED = (
    rf"(?P<before>(?:{_DETERMINER}{SPACE})?"
    rf"(?:(?:{_MODIFIER}{SPACE}){{0,5}}?(?P<role>(?i:{any_of(PERSONS | BODIES | MANY)})),?"
    rf"{SPACE})??)"
    rf"(?P<name>(?!{_NO_NAME}\b(?!{SPACE}[{_UPPER}])){NAME})(?![\w’'”])"
    rf"(?!(?<=\.){SPACE}[{_UPPER}])"
)
DAY = "(?:" + "|".join(sorted(word.capitalize() for word in DAYS_AND_MONTHS)) + ")"
_TIME = (
    rf"(?:(?:on|in|late|early|last|this|since){SPACE}){{0,2}}"
    rf"(?:{DAY}(?:{SPACE}\d{{1,2}})?(?:,?{SPACE}\d{{4}},?)?|\d{{1,2}}{SPACE}{DAY}(?:{SPACE}\d{{4}})?|"
    r"yesterday|today|tonight|week|month|year|(?:19|20)\d\d)"
)
_OCCASION = (
    rf"(?:in|at|on|during|through|via|by|after|before){SPACE}"
    rf"(?:(?!and\b|that\b|who\b){WORD}{SPACE}){{0,6}}?"
    r"(?:statement|interview|conference|briefing|report|speech|address|letter|tweet|post|e-?mail|"
    r"meeting|testimony|telephone|phone|hearing|ruling|article|television|radio|reply|response|"
    r"message|memo|trial|court|visit|Twitter|Facebook|survey|release|remarks|reporters|case)s?"
)
_TAIL = (
    rf"(?:{SPACE}(?!{_TIME}|{_OCCASION})(?:of|for|from|to|at|in|with|on|near|within|inside|outside|"
    r"by|representing|familiar with|close to|who|(?:interviewed|cited|quoted|released|published|"
    r"issued|written|led|obtained|reviewed|contacted|headed|prepared|based)"
    rf"(?:{SPACE}(?:by|in|on|last|this|at))?){SPACE}(?:{_DETERMINER}{SPACE})?{_MODIFIER}"
    rf"(?:{SPACE}{_MODIFIER}){{0,6}}?)"
)
_CORE = rf"(?:{_NAMED}|{_NOUN})(?P<tail>{_TAIL}{{0,3}}?)"
_PRONOUN = r"(?P<pronoun>(?i:he|she|they|it))"
SUBJECT = rf"(?:{_PRONOUN}|{_CORE})"

PERSON_NOUN = Late(
    rf"\b{_DETERMINER}{SPACE}(?:{_MODIFIER}{SPACE}){{0,5}}?(?P<head>{any_of(PERSONS)})(?![\w-])"
)
"""A person who is not named: "the former minister", "a witness"."""

_ADVERB = (
    r"(?:also|later|then|now|once|further|again|still|too|therefore|thus|however|himself|herself|"
    r"itself|themselves|even|have|has|had|always|often|first|all|both|since|already|earlier|"
    r"instead|in turn|for (?:his|her|its|their) part|\w+ly|went on to|continued to)"
)
_ADVERBIAL = (
    rf"(?:{_ADVERB}|{_TIME}|{_OCCASION}|"
    rf"(?:in|at|from|on){SPACE}{_CAPITAL}(?:{SPACE}{_CAPITAL}){{0,2}})"
)
_GAP = rf"(?:{SPACE}{_ADVERBIAL}|,{SPACE}(?:{_ADVERB}|{_TIME}|{_OCCASION}|in turn),){{0,4}}{SPACE}"
_ASIDE_BEGINS = r"(?!(?:and|or|but|that|while|as|when|because|so|if|although)\b)"

DIRECT = Late(SUBJECT + _GAP)
"""A subject and all that stands between it and its verb."""

WITH_ASIDE = Late(
    rf"{SUBJECT}(?P<aside>,{SPACE}{_ASIDE_BEGINS}(?:[^,;:“”\"\x01]|,(?=\d{{3}})){{2,160}},)(?:{SPACE}{_ADVERBIAL}){{0,3}}{SPACE}",
    needs=(",",),
)
"""The same with something between commas after the subject: "Kozak, the ambassador, said"."""

WITH_LONG_ASIDE = Late(
    rf"{SUBJECT}(?P<aside>,{SPACE}{_ASIDE_BEGINS}(?=[a-z])(?:(?!\b(?:was|were|is|are|said|says|told|"
    rf"has|have|had|will|would|but)\b)[^;:“”\"\x01]){{2,240}},)(?:{SPACE}{_ADVERBIAL}){{0,3}}{SPACE}",
    needs=(",",),
)
"""The same with commas inside what stands between; only to be trusted at a sentence's start."""

RELATIVE = Late(rf"{SUBJECT},{SPACE}who(?P<gap>{_GAP})", needs=("who",))
OPENINGS = tuple(Late(rf"(?:{_PRONOUN}|{kind})(?={SPACE}[a-z])") for kind in (_NOUN, _NAMED))
"""Subjects with which a sentence may open; a word in small letters follows."""

_UNGROUPED = re.sub(r"\?P<\w+>", "?:", _CORE)
JOINT = Late(
    rf"(?P<joint>{_UNGROUPED}(?:,{SPACE}{_UNGROUPED}){{0,4}},?{SPACE}and{SPACE}{_UNGROUPED}){_GAP}",
    needs=("and",),
)
"""Several who say the same: "Kozak and Pompeo said"."""

# "In May 2019 Kozak said": what only tells when has no comma after it.
_WHEN = rf"^(?:(?:on|in|late|early|since|by|during){SPACE}){{1,2}}{_TIME}{SPACE}"
BOUNDARY = re.compile(
    rf"{_WHEN}|^|(?<=\.){SPACE}(?=(?:he|she|they|it)\b)|[,;:(\[“”\"‘«»—–]{SPACE}?|(?<=\x01)['’]{SPACE}?|(?<=\s)-{SPACE}|"
    r"\b(?P<word>that|and|or|but|as|while|although|though|because|when|after|before|since|where|which|"
    r"whereas|how|why|so|yet|until|said|says|stated|noted|argued|claimed|added|alleged|insisted)"
    rf"{SPACE}",
    re.IGNORECASE,
)
"""A place where a clause can begin; the subject stands at its end."""

_WORDS_OF = rf"(?i:in{SPACE}the{SPACE}(?:words|view|opinion|judge?ment|estimation){SPACE}of)"
_OWNER = (
    rf"(?:(?P<whose>(?i:his|her|their|its))|"
    rf"(?P<owner>{NAME}|the{SPACE}(?:{_MODIFIER}{SPACE}){{0,3}}?{WORD})['’]s?)"
)
ACCORDING = Late(
    rf"\b(?:(?i:according{SPACE}to){SPACE}{SUBJECT}"
    rf"|{_WORDS_OF}{SPACE}{SUBJECT.replace('?P<', '?P<of_')}"
    rf"|(?i:in|by|on){SPACE}{_OWNER}"
    rf"{SPACE}(?:own{SPACE})?(?:words|view|opinion|account|telling|judge?ment|estimation|estimate))"
    rf"(?=[\s,.;:?!)—–]|$)(?!{SPACE}of\b)",
    needs=("according", "words", "view", "opinion", "judg", "estimat", "account", "telling"),
)

VIEW = re.compile(
    r"To (?P<pronoun>him|her|them),? (?:the|this|that|it|these|those|an?|such)\b[^,.;:“\"]{0,60}? "
    r"(?:is|was|are|were|seemed|remained|meant)\b"
)
"""An opinion by its holder: "To him the dispute was a question of rights"."""

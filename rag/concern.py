"""Whether a sentence, or a passage, concerns the proper names of a question.

What the FARC handed over is no answer to what the ELN handed over, however like it is otherwise.
A name may stand there in other words: "the UN" is "the United Nations", "the Assembly" the
"General Assembly", "Zürich" is "Zurich", "The Hague" one of its courts, and "Washington", where it
acts, the United States. All but the last two is decided by letters alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA

from rag.questions import Asked
from rag.questions.capitals import bodies_at, country_of
from rag.questions.places import Token, country_key, places, tokens
from rag.questions.proper_names import ProperName, is_acronym
from rag.questions.words import FUNCTION_WORDS, ROLES, TITLES
from rag.reading.wordlists import words
from rag.schema import Evidence, Hit, QuestionKind

__all__ = ["bear_on_names", "concerns", "lacks_setting", "touches_topic", "unconcerned"]

_PARTICLES: Final = words("of the and for on in to de la del des du le y")
# They stand in many names and tell none from another.
_COMMON: Final = words(
    "united national international general north south east west northern southern eastern western "
    "central new great high state federal republic world"
)
_JOINED: Final = re.compile(r"(?:['’]s?)?[\s\-]+")
_LONGEST_ACRONYM: Final = 6
_BEGINNING: Final = 4  # letters that a name and what is called after it share at least
_PARAGRAPH: Final = "\n\n"
_SUFFIX: Final = 4
_ENDING: Final = 2  # letters in which they differ at most, of the shorter one


# Both sides of a comparison have names of their own; the others are not answered by one sentence.
_WHOLE: Final[frozenset[QuestionKind]] = frozenset(("comparison", "summary", "count"))


def bear_on_names(asked: Asked, evidence: Sequence[Evidence]) -> list[bool]:
    """Which sentences concern the proper names that a question is about, in their near context.

    That is the sentence, its paragraph, its heading, title and speaker. Of several names all are
    wanted or, where no sentence concerns them all, as many as any does. What only tells where or
    when it was need not be repeated.
    """
    names = [] if asked.kind in _WHOLE else [each for each in asked.names if not each.setting]
    if not names:
        return [True] * len(evidence)
    found = [sum(_is_concerned(name, each.hit, _near(each)) for name in names) for each in evidence]
    most = max(found, default=0)
    return [0 < each == most for each in found]


def lacks_setting(asked: Asked, evidence: Evidence) -> bool:
    """Whether a sentence does not concern a name that tells where or when it was."""
    names = [] if asked.kind in _WHOLE else [each for each in asked.names if each.setting]
    return any(not _is_concerned(name, evidence.hit, _near(evidence)) for name in names)


def touches_topic(asked: Asked, evidence: Evidence) -> bool:
    """Whether a sentence's paragraph has any word of what somebody's words are to be about."""
    topic = [token.key for token in tokens(asked.topic or "")]
    telling = [key for key in topic if key not in FUNCTION_WORDS]
    paragraph, section = _paragraph(evidence), evidence.hit.passage.section or ""
    found, _ = _of(f"{section}\n{paragraph}")
    return not telling or any(_alike(key, other) for key in telling for other in found)


def unconcerned(asked: Asked, hits: Sequence[Hit]) -> tuple[str, ...]:
    """The proper names of a question that no passage concerns."""
    return tuple(
        name.text
        for name in asked.names
        if not any(_is_concerned(name, hit, _words_of(hit)) for hit in hits)
    )


def _is_concerned(name: ProperName, hit: Hit, text: str) -> bool:
    if any(concerns(text, each) for each in (name.text, *bodies_at(name.text))):
        return True
    country = None if name.setting else country_of(name.text)
    if country is None:
        return False
    there = {place.country for place in places(text)} | {hit.metadata.country or ""}
    return country_key(country) in set(map(country_key, there))


def _words_of(hit: Hit) -> str:
    """Title, section and text of a passage."""
    passage = hit.passage
    parts = (hit.title, passage.section, passage.text)
    return "\n".join(part for part in parts if part)


def _near(evidence: Evidence) -> str:
    """The paragraph in which a sentence stands, and what that stands under."""
    passage, metadata = evidence.hit.passage, evidence.hit.metadata
    above = (evidence.hit.title, metadata.speaker, passage.section, passage.speaker)
    return "\n".join(part for part in (*above, _paragraph(evidence)) if part)


def _paragraph(evidence: Evidence) -> str:
    passage = evidence.hit.passage
    start = passage.text.rfind(_PARAGRAPH, 0, evidence.start - passage.start) + 1
    end = passage.text.find(_PARAGRAPH, evidence.end - passage.start)
    return passage.text[start : None if end < 0 else end]


def concerns(text: str, name: str) -> bool:
    """Whether the text has the name: in full, by its telling words, or as its initials.

    >>> concerns("The UN sent a mission.", "United Nations")
    True
    >>> concerns("The European Union sent one.", "EU")
    True
    >>> concerns("The FARC handed over its weapons.", "ELN")
    False
    """
    keys, initials = _of(text)
    asked = [token.key for token in tokens(name) if token.key not in _PARTICLES]
    short = "".join(key[0] for key in asked)
    if len(asked) > 1 and short in keys:
        return True
    if len(asked) == 1 and is_acronym(name) and _bare(name) in initials:
        return True
    telling = [key for key in asked if key not in _COMMON | TITLES | ROLES] or asked
    found = sum(any(_alike(key, other) for other in keys) for key in telling)
    return 2 * found >= len(telling)


def _bare(name: str) -> str:
    """Of "ELN's", "NGOs" and "U.N." the letters that stand for words, folded."""
    return "".join(sign for sign in name if sign.isupper()).casefold()


def _alike(key: str, other: str) -> bool:
    """Whether one may be the other, or be called after it: "Tigray" and "Tigrayans"."""
    if key == other or key.removesuffix("s") == other.removesuffix("s"):
        return True
    shorter = min(len(key), len(other))
    if shorter >= _BEGINNING and (key.startswith(other) or other.startswith(key)):
        return abs(len(key) - len(other)) <= _SUFFIX  # "Asia" and "Asian"
    if shorter <= _BEGINNING:
        return False
    same = max(_BEGINNING, shorter - _ENDING)
    return key[:same] == other[:same] or OSA.distance(key, other, score_cutoff=1) <= 1


@lru_cache(maxsize=4096)
def _of(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The folded words of a text, and the initials of its runs of words.

    Runs of two are those of words with capitals; of more, all that no mark interrupts.
    """
    listed = tokens(text)
    keys = {token.key for token in listed}
    keys |= {_bare(token.text) for token in listed if is_acronym(token.text)}
    initials: set[str] = set()
    run: list[Token] = []
    end = 0
    for token in listed:
        if not _JOINED.fullmatch(text[end : token.start]):
            run = []
        end = token.end
        if token.key in _PARTICLES:
            continue
        run = [*run[1 - _LONGEST_ACRONYM :], token]
        for length in range(2, len(run) + 1):
            last = run[-length:]
            if length > 2 or all(each.text[0].isupper() for each in last):
                initials.add("".join(each.key[0] for each in last))
    return frozenset(keys), frozenset(initials)

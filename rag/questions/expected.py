"""What a sentence must have in it to answer: a number, a time, and not others who are counted.

Six civilians are no answer to "how many soldiers", however like everything else is.
"""

from __future__ import annotations

import re
from typing import Final

from rag.questions.asked import Asked
from rag.questions.words import AUXILIARIES, folded
from rag.reading.wordlists import words

__all__ = ["lacks_expected"]

# "How many variants are there?" is answered by naming them, too: articles and "several" count.
_NUMBER: Final = re.compile(
    r"\d|\b(?:(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|"
    r"thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion|dozen|half|"
    r"third|quarter|pair|couple)s?|first|second|fourth|fifth|both|several|few|many|once|twice|"
    r"double|triple|single|an?|none?|nobody|most|majority|some|all|every|each)\b",
    re.IGNORECASE,
)
_TIME: Final = re.compile(
    r"\d|\b(?:january|february|march|april|may|june|july|august|september|october|november|"
    r"december|(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:centur|decade|year|month|week|day|"
    r"night|hour|minute|season|age|era|epoch|period|time|dynast|reign|anniversar)\w*|today|"
    r"yesterday|tomorrow|morning|noon|evening|ago|summer|winter|spring|autumn|fall|recent|recently|"
    r"annual|annually|easter|christmas|ramadan|eve|(?:\w+\s)?war|renaissance|when|whenever|while|"
    r"once|upon|until|during|since)\b",
    re.IGNORECASE,
)

# "When is ice cream dangerous to eat?" has a circumstance for an answer, not a date.
_CONDITION: Final = re.compile(
    r"\bwhen\s+(?:is|are|do|does|can|could|should|may|might|must|would)\b", re.IGNORECASE
)

_PEOPLE: Final = tuple(
    words(group)
    for group in (
        "soldier soldiers troops serviceman servicemen servicewomen conscript conscripts recruit "
        "recruits military army officer officers peacekeeper peacekeepers helmets",
        "policeman policemen policewoman policewomen police officer officers",
        "fighter fighters rebel rebels militant militants insurgent insurgents guerrilla "
        "guerrillas terrorist terrorists combatant combatants ex-combatant ex-combatants soldier "
        "soldiers",
        "civilian civilians villager villagers",
        "journalist journalists reporter reporters correspondent correspondents blogger bloggers "
        "cameraman cameramen photographer photographers editor editors",
        "child children minor minors infant infants baby babies boy boys girl girls pupil pupils",
        "woman women girl girls mother mothers wife wives",
        "refugee refugees migrant migrants asylum-seeker asylum-seekers returnee returnees",
        "prisoner prisoners detainee detainees inmate inmates convict convicts",
        "protester protesters protestor protestors demonstrator demonstrators",
        "lawyer lawyers attorney attorneys judge judges magistrate magistrates prosecutor "
        "prosecutors",
        "doctor doctors nurse nurses medic medics physician physicians paramedic paramedics",
        "teacher teachers professor professors student students pupil pupils",
        "activist activists defender defenders campaigner campaigners",
        "minister ministers lawmaker lawmakers legislator legislators deputy deputies senator "
        "senators mp mps parliamentarian parliamentarians",
        "worker workers employee employees labourer labourers laborers miner miners farmer farmers",
    )
)
_ANYBODY: Final = words(
    "people person persons individual individuals others man men citizen citizens member members "
    "resident residents inhabitant inhabitants victim victims casualty casualties"
)
_LISTED: Final = frozenset[str]().union(*_PEOPLE)
_NAMED: Final = 3  # words after a number among which those stand who are counted
_HOW_MANY: Final = re.compile(r"\bhow\s+many\b(?:\s+of\s+(?:the|these|those)\b)?", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W_][\w-]*(?:[.,]\d+)*")
_QUANTITY: Final = re.compile(
    r"\d[\d.,]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|\w+ty|dozens?|"
    r"hundreds?|thousands?|millions?|several|no"
)
_BEFORE: Final = words("of in on at by from for with to among")


def lacks_expected(asked: Asked, sentence: str) -> bool:
    """Whether a sentence has no number or no time where one is asked for, or counts others."""
    if asked.kind == "date":
        return not (_CONDITION.search(asked.standalone) or _TIME.search(sentence))
    if asked.kind != "number":
        return False
    return _NUMBER.search(sentence) is None or _counts_others(asked.standalone, sentence)


def _counts_others(question: str, sentence: str) -> bool:
    """Whether all who are counted in a sentence are of another kind than those asked for."""
    wanted = _groups(_asked_for(question))
    if not wanted:
        return False
    written = [folded(each) for each in _WORD.findall(sentence)]
    if any(each in group for group in wanted for each in written):
        return False
    counted = {
        word
        for at, each in enumerate(written)
        if _QUANTITY.fullmatch(each)
        for word in written[at + 1 : at + 1 + _NAMED]
    }
    return bool(counted & _LISTED) and not counted & _ANYBODY


def _asked_for(question: str) -> str | None:
    """Those whom "how many" counts: "soldiers" of "how many Azerbaijani soldiers were killed"."""
    found = _HOW_MANY.search(question)
    named = None
    for each in _WORD.findall(question[found.end() :])[:6] if found else ():
        word = folded(each)
        if word in AUXILIARIES or word in _BEFORE:
            break
        named = word if word in _LISTED else named
    return named


def _groups(word: str | None) -> list[frozenset[str]]:
    return [group for group in _PEOPLE if word in group]

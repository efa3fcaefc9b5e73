"""Questions that set things side by side, and which things these are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from rag.questions.clauses import Clause
from rag.questions.words import ASKING, AUXILIARIES, FUNCTION_WORDS, alternatives

__all__ = ["is_comparison", "sides"]

_COMPARES: Final = re.compile(
    r"^(?:please\s+)?(?:compare|contrast)\b|\b(?:compare[sd]?|comparison)\b.*\b(?:to|with|between|and)\b|"
    r"\bhow\s+(?:do|does|did)\b.+\b(?:compare|differ)\b|\bdiffer(?:s|ed)?\b|"
    r"\b(?:versus|vs)\b\.?|"
    r"\b(?:difference|differences|similarit(?:y|ies)|distinction|contrast)\s+(?:is\s+there\s+)?"
    r"(?:exists?\s+)?between\b|\b(?:difference|differences)\b.*\bfrom\b|"
    r"\bin\s+common\b|\bunlike\b.+\?|"
    r"\bdifferent\s+(?:from|than)\b",
    re.IGNORECASE,
)
_CHANGES: Final = re.compile(
    r"\b(?:change|changed|changes|develop|developed|evolve|evolved|shift|shifted|grow|grew|grown|"
    r"rise|rose|risen|fall|fell|fallen|increase|increased|decrease|decreased|decline|declined|"
    r"improve|improved|worsen|worsened|move|moved)\b.*"
    r"\b(?:between\s+\S*\d{4}\s+and|from\s+\S*\d{4}\s+to|since\s+\d{4}\s*$|over\s+the\s+years|over\s+time)",
    re.IGNORECASE,
)
_NOT_MEASURES: Final = (
    r"(?:\d|once|ever|half|before|usual|one|two|three|four|five|six|seven|eight|nine|ten|a\b|an\b|any\b|normal|average|"
    r"expected|possible|just|other|others\b|previously|what\b|he\b|she\b|it\b|they\b|i\b|we\b|all\b|"
    r"most\b|never\b)"
)
_THAN: Final = re.compile(
    r"\b(?:more|less|fewer|better|worse|(?!other|rather|rather|whether|further)\w{2,}er|earlier)\b"
    rf"(?:\s+\S+){{0,8}}?\s+than\s+(?:(?:in|for|under|during|at|on|of|to|by|those|that|the)\s+)*"
    rf"(?!{_NOT_MEASURES})\w|\bmore\b.{{0,40}}\bthan\s+in\s+\d{{4}}\b",
    re.IGNORECASE,
)
_SAME: Final = re.compile(
    r"\b(?:the\s+)?same\b.*\b(?:as\s+(?:in|under|for|that|those)\b|in\s+both\b|both\b)|"
    r"\bsame\b.*\bin\s+(?:his|her|its|their|the)\s+(?:two|three)\b|"
    r"\bunder\s+.+\s+and\s+(?:under|after|before)\s+|"
    r"\b(?:(?:do|did|does|have)\s+(?:the\s+(?:two|three|four)|both)\s.*|each\s+)\b(?:say|treat|"
    r"describe|see|call|think|want|react|respond|tell|propose|view)\b",
    re.IGNORECASE,
)
_BOTH: Final = re.compile(r"\bboth\s+(?:[A-Z]\S*|\d{4})(?:\s[A-Z]\S*)*\s+and\s+(?:in\s+)?[A-Z\d]")
_YEARS: Final = re.compile(
    r"\b(?:in|of|for|during)\s+(?:\w+\s+)?\d{4}\s+and\s+(?:again\s+)?(?:in\s+)?(?:\w+\s+)?\d{4}\b",
    re.I,
)
_TWICE_ACCORDING: Final = re.compile(
    r"\baccording\s+to\s+(?P<one>[^,?]+?),?\s+and\s+(?:according\s+)?to\s+(?P<other>[^,?]+)", re.I
)
_COUNTED_AND: Final = re.compile(r"\bbetween\s+(?:\w+\s+)?\d{4}\s+and\b", re.IGNORECASE)

_SPLIT: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?P<one>[\w'’.\- ]+?)\s+(?:versus|vs\.?)\s+(?P<other>[\w'’.\- ]+)",
        r"\bbetween\s+(?P<one>.+?)\s+and\s+(?P<other>.+)",
        r"\b(?:compare|contrast)\s+(?P<one>.+?)\s+(?:and|with|to|versus|against)\s+(?P<other>.+)",
        r"\bhow\s+(?:do|does|did)\s+(?P<one>.+?)\s+(?:compare|differ)\s+(?:to|with|from)\s+(?P<other>.+)",
        r"\bhow\s+(?:do|does|did)\s+(?P<one>.+?)\s+and\s+(?P<other>.+?)\s+(?:compare|differ)\b",
        r"^(?:is|are|was|were|does|do|did)\s+(?P<one>.+?)\s+different\s+(?:from|than)\s+(?P<other>.+)",
        r"^how\s+(?:is|are|was|were)\s+(?P<one>.+?)\s+(?:and\s+(?P<both>.+?)\s+)?different"
        r"(?:\s+(?:from|than)\s+(?P<other>.+))?$",
        r"^(?:is|are|was|were)\s+(?P<one>.+?)\s+(?:more|less|\w+er)\b.*?\bthan\s+(?P<other>.+)",
    )
)
_ENDS_SIDE: Final = re.compile(
    rf"\s+(?:in|on|for|about|by|when|if|with|as|from|according|at|under|regarding|"
    rf"{alternatives(ASKING | AUXILIARIES)})\s.*$|[,;:?].*$",
    re.IGNORECASE,
)
_LEADING: Final = re.compile(r"^(?:the|a|an|in|of|what|how|under|using|both)\s+", re.IGNORECASE)


def is_comparison(clause: Clause) -> bool:
    """Whether two or more things are to be set side by side."""
    text = clause.text.rstrip(" ?.!")
    if any(each.search(text) for each in (_COMPARES, _CHANGES, _SAME, _BOTH, _THAN)):
        return True
    if _TWICE_ACCORDING.search(text):
        return True
    return bool(_YEARS.search(text)) and not _COUNTED_AND.search(text)


def sides(
    question: str,
    clause: Clause,
    *,
    countries: Sequence[str],
    years: Sequence[int],
    people: Sequence[str],
) -> tuple[str, ...]:
    """The things that a comparison sets side by side; empty where that is not plain.

    Named things are preferred, those of one kind together: years, countries, people.
    """
    text = clause.text.rstrip(" ?.!")
    if match := _TWICE_ACCORDING.search(question):
        return (match["one"].strip(), match["other"].strip())
    kinds = (tuple(map(str, years)), tuple(countries), tuple(people))
    if joined := _joined(text, kinds[0]):
        return joined
    beside = [found for named in kinds[1:] if (found := _joined(text, named))]
    if beside:  # the subject comes before what it is compared on
        return min(beside, key=lambda found: text.find(found[0]))
    for named in kinds:
        if len(named) > 1:
            return named
    for pattern in _SPLIT:
        if match := pattern.search(text):
            one, other = match["one"], match.groupdict().get("both") or match["other"]
            if other and (found := (_side(one), _side(other)))[0] and found[1]:
                return found
    return _names_joined(question)


def _joined(text: str, named: Sequence[str]) -> tuple[str, ...]:
    """Those of the names that "and", "to" and the like put directly beside one another."""
    for one, other in pairwise(named):
        between = (
            rf"{re.escape(one)}(?:['’]s?)?\s*(?:,|and|or|versus|vs\.?|than|to|with|from|,\s*and)\s+"
            rf"(?:(?:in|for|of|the|under|to|from|that|again|by|on)\s+)*{re.escape(other)}\b"
        )
        if re.search(between, text, re.IGNORECASE):
            return tuple(named)
    return ()


def _side(text: str) -> str:
    text = _LEADING.sub("", text.strip(' ,;"“”'))
    return _ENDS_SIDE.sub("", text).strip(' ,;"“”')


def _names_joined(question: str) -> tuple[str, ...]:
    """Two names with capitals that "and" or "or" joins."""
    name = r"(?:[A-Z][\w'’.-]*)(?:\s[A-Z][\w'’.-]*)*"
    for match in re.finditer(rf"(?P<one>{name})\s+(?:and|or|than)\s+(?P<other>{name})", question):
        words = [word for word in match["one"].split() if word.lower() not in FUNCTION_WORDS]
        if words:
            return (" ".join(words), match["other"].rstrip("."))
    return ()

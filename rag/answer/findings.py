"""Questions for what somebody found, read in the words with which the documents tell of it.

"What did the commission find about the fire" is answered by a report of the commission that says
"the inquiry established that …", and names the commission seldom or never.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from rag.answer.questions.clauses import asking_clause
from rag.language.words import DOCUMENTS, alternatives
from rag.schema import Hit
from rag.store import content_terms

# The verbs in each form that is used here: after "did", and where a document tells of it.
_VERBS: Final = {
    "conclude": "concluded concludes",
    "determine": "determined determines",
    "discover": "discovered discovers",
    "establish": "established establishes",
    "find": "found finds",
    "identify": "identified identifies",
    "reveal": "revealed reveals",
    "uncover": "uncovered uncovers",
}
_OF_FORM: Final = {form: verb for verb, forms in _VERBS.items() for form in (verb, *forms.split())}
_FORMS: Final = alternatives(frozenset(_OF_FORM))
_ASKED: Final = re.compile(
    r"^what(?:\s+else)?\s+(?:did|does|do|has|have|had)\s+(?P<finder>\S.{0,80}?)\s+"
    rf"(?:{_FORMS})(?:\s+out)?\s+(?P<about>about|on|of|regarding|concerning)\s+(?P<matter>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
# "The investigation did not establish", "the report also found"
_TOLD: Final = re.compile(
    rf"\b(?:the|this|our)\s+(?P<work>{alternatives(DOCUMENTS)})\s+"
    rf"(?:(?:did|does|has|have|had|could|not|also|further|therefore)\s+){{0,3}}(?P<verb>{_FORMS})\b",
    re.IGNORECASE,
)
_LEAST: Final = 2  # places in the passages found that tell so


def findings_asked(question: str) -> tuple[str, str] | None:
    """Who found something, and about what; None if the question is not for that.

    >>> findings_asked("What did the commission find about the fire?")
    ('the commission', 'the fire')
    """
    found = _ASKED.match(asking_clause(question).text.rstrip(" ?.!"))
    return (found["finder"], found["matter"]) if found else None


def with_findings_as_written(question: str, hits: Sequence[Hit]) -> str:
    """The question with the finder and the verb as the passages found tell of findings.

    The words of a document count where it names the finder, and only where they are more usual in
    it than the finder with such a verb.
    """
    asked = findings_asked(question)
    terms = set(content_terms(asked[0])) if asked else set()
    if asked is None or not terms:
        return question
    counts = [
        _told(terms, [hit for hit in hits if hit.passage.document_id == each])
        for each in dict.fromkeys(hit.passage.document_id for hit in hits)
    ]
    formulas = max(counts, key=Counter.total, default=Counter())
    if formulas.total() < _LEAST:
        return question
    (work, verb), _ = formulas.most_common(1)[0]
    return f"What did the {work} {verb} about {asked[1]}?"


def _told(finder: set[str], hits: Sequence[Hit]) -> Counter[tuple[str, str]]:
    """How often some passages of one document say "the inquiry found" in which words."""
    known = [hits[0].title, hits[0].metadata.author or "", *(hit.passage.text for hit in hits)]
    if not any(finder <= set(content_terms(text)) for text in known):
        return Counter()
    texts = [hit.passage.text for hit in hits]
    own = sum(
        finder <= set(content_terms(match["before"]))
        for text in texts
        for match in re.finditer(rf"(?P<before>[^.;]{{1,60}}?)\s(?:{_FORMS})\b", text)
    )
    told = Counter(
        (match["work"].lower(), _OF_FORM[match["verb"].lower()])
        for text in texts
        for match in _TOLD.finditer(text)
    )
    return told if told.total() > own else Counter()

"""What can be said of an answer's statements without gold evidence: whose words, how distinct."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, utils

from rag.language.person_names import same_person

if TYPE_CHECKING:
    from rag.schema import Answer, Citation, Statement

__all__ = ["attribution", "repetitions"]

_SAME = 90.0


def attribution(answer: Answer, speaker: str) -> tuple[float, float, float]:
    """Whether the answer gives the words of ``speaker``, each 1 or 0.

    The first says that the first statement has a citation that carries the speaker, the second
    that every statement has one (both 0 without statements), the third that a citation of some
    statement carries the name of anybody else.
    """
    cited = [_citations(statement, answer.citations) for statement in answer.statements]
    right = [any(_carries(each, speaker) for each in citations) for citations in cited]
    other = any(
        each.speaker is not None and not _carries(each, speaker)
        for citations in cited
        for each in citations
    )
    return float(bool(right) and right[0]), float(bool(right) and all(right)), float(other)


def _citations(statement: Statement, citations: Sequence[Citation]) -> list[Citation]:
    return [each for each in citations if each.number in statement.citations]


def _carries(citation: Citation, speaker: str) -> bool:
    return citation.speaker is not None and same_person(citation.speaker, speaker)


def repetitions(statements: Sequence[Statement]) -> int:
    """How many statements repeat one before them.

    One repeats another at 90 or more of 100 by RapidFuzz's ``token_ratio``: it compares words
    without regard to order, case and punctuation, and gives 100 if all words of one are in the
    other. A changed figure or a "not" in a long sentence does not make it distinct.
    """
    texts = [utils.default_process(statement.text) for statement in statements]
    return sum(
        any(fuzz.token_ratio(text, before, score_cutoff=_SAME) for before in texts[:number])
        for number, text in enumerate(texts)
    )

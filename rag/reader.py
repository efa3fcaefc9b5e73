"""Evidence to an extractive answer, word for word, or an abstention with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rag.attribution import Attributed
from rag.citing import attribution, cite
from rag.schema import Answer, Citation, Document, Evidence, QuestionKind, Statement
from rag.storage import analyse

__all__ = ["Chosen", "answer_text", "choose", "compose"]


@dataclass(frozen=True, slots=True)
class _Cut:
    """When a further sentence belongs to the answer.

    Its probability must reach ``floor`` and ``share`` of the best one's; ``most`` limits the
    number of sentences, as a multiple of what the settings allow.
    """

    floor: float
    share: float
    most: float = 1.0


# Where F1 of the cited characters was best on questions with several evidence sentences
# (`benchmarks/fit_evidence.py` prints the curve); a number, a date or a yes mostly stands in one.
# A list is better too long than without an item, and so are passages that are given because
# counting them is refused.
_CUT: Final = _Cut(0.2, 0.45)
_CUTS: Final[Mapping[QuestionKind, _Cut]] = {
    "number": _Cut(0.3, 0.5),
    "date": _Cut(0.3, 0.5),
    "yes-no": _Cut(0.25, 0.45),
    "list": _Cut(0.12, 0.3, 1.5),
    "count": _Cut(0.1, 0.2, 1.5),
    "said-about": _Cut(0.12, 0.25, 1.25),
}

# Two sentences that share so many of their words make one point.
_SAME: Final = 0.75


@dataclass(frozen=True, slots=True)
class Chosen:
    """A sentence that the answer will quote: whose words it has, and its side of a comparison."""

    evidence: Evidence
    attributed: Attributed | None = None
    side: str | None = None


def choose(
    evidence: Sequence[Evidence], *, most: int, kind: QuestionKind = "fact"
) -> list[Evidence]:
    """The sentences that make up the answer, in the order in which they are shown.

    The best comes first, then the others of its document in reading order, then those of other
    documents, by the best sentence of each. ``evidence`` is ordered best first. Of sentences
    that make the same point in the same words, the best is kept.
    """
    cut = _CUTS.get(kind, _CUT)
    kept: list[Evidence] = []
    points: list[frozenset[str]] = []
    for each in evidence:
        if len(kept) >= most * cut.most or (kept and each.score < _needed(kept[0], cut)):
            break
        point = frozenset(analyse(each.text))
        if not any(_same(point, other) for other in points):
            kept.append(each)
            points.append(point)
    documents = list(dict.fromkeys(each.hit.passage.document_id for each in kept))
    rest = sorted(
        kept[1:],
        key=lambda each: (documents.index(each.hit.passage.document_id), each.start),
    )
    return kept[:1] + rest


def _needed(best: Evidence, cut: _Cut) -> float:
    return max(cut.floor, cut.share * best.score)


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    return one == other or len(one & other) > _SAME * len(one | other)


def compose(
    draft: Answer, chosen: Sequence[Chosen], documents: Mapping[str, Document]
) -> Iterator[Answer]:
    """Grow ``draft`` by one quoted statement at a time; the last snapshot has them all.

    ``documents`` holds the documents of ``chosen`` by id. Every statement is a quote with one
    citation, taken from the document's own characters.
    """
    statements: list[Statement] = []
    citations: list[Citation] = []
    for number, each in enumerate(chosen, start=1):
        citation = cite(
            each.evidence,
            documents[each.evidence.hit.passage.document_id],
            number=number,
            speaker=each.attributed.speaker if each.attributed else None,
            reported=each.attributed is not None and each.attributed.reported,
        )
        citations.append(citation)
        statements.append(Statement(citation.quote, "quote", (number,), "verbatim", each.side))
        yield replace(
            draft,
            statements=tuple(statements),
            citations=tuple(citations),
            text=answer_text(statements, citations),
        )


def answer_text(statements: Sequence[Statement], citations: Sequence[Citation]) -> str:
    """The answer as plain text: one line a statement, attributed, with footnote marks."""
    by_number = {citation.number: citation for citation in citations}
    return "\n".join(
        f"{', '.join(attribution(by_number[statement.citations[0]]))}: {_quoted(statement.text)} "
        + "".join(f"[{number}]" for number in statement.citations)
        for statement in statements
    )


def _quoted(text: str) -> str:
    """In quotation marks, unless the words bring their own at both ends."""
    return text if text[:1] in '“"«' and text[-1:] in '”"»' else f"“{text}”"

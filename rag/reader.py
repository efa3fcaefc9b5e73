"""Evidence to an extractive answer, word for word, or an abstention with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from rag.citing import attribution, cite
from rag.schema import Answer, Citation, Document, Evidence, Statement

__all__ = ["NOT_ANSWERED", "answer_text", "choose", "compose"]

NOT_ANSWERED = "The reports in this collection do not answer that."

# A further sentence is part of the answer when its probability reaches both this floor and this
# share of the best one's: where F1 of the cited characters was best on questions with several
# evidence sentences (`benchmarks/fit_evidence.py` prints the curve).
_FLOOR = 0.15
_SHARE_OF_BEST = 0.35


def choose(evidence: Sequence[Evidence], *, most: int) -> list[Evidence]:
    """The sentences that make up the answer, in the order in which they are shown.

    The best comes first, then the others of its document in reading order, then those of other
    documents, by the best sentence of each. ``evidence`` is ordered best first. Of sentences
    that say the same word for word, the best is kept.
    """
    kept: list[Evidence] = []
    for each in evidence:
        if len(kept) == most or (kept and each.score < _needed(kept[0])):
            break
        if _bare(each.text) not in {_bare(other.text) for other in kept}:
            kept.append(each)
    documents = list(dict.fromkeys(each.hit.passage.document_id for each in kept))
    rest = sorted(
        kept[1:],
        key=lambda each: (documents.index(each.hit.passage.document_id), each.start),
    )
    return kept[:1] + rest


def _needed(best: Evidence) -> float:
    return max(_FLOOR, _SHARE_OF_BEST * best.score)


def _bare(text: str) -> str:
    return " ".join(text.casefold().split())


def compose(
    draft: Answer, chosen: Sequence[Evidence], documents: Mapping[str, Document]
) -> Iterator[Answer]:
    """Grow ``draft`` by one quoted statement at a time; the last snapshot has them all.

    ``documents`` holds the documents of ``chosen`` by id. Every statement is a quote with one
    citation, taken from the document's own characters.
    """
    statements: list[Statement] = []
    citations: list[Citation] = []
    for number, each in enumerate(chosen, start=1):
        citation = cite(each, documents[each.hit.passage.document_id], number=number)
        citations.append(citation)
        statements.append(Statement(citation.quote, "quote", (number,), "verbatim"))
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

"""Chosen sentences to an extractive answer, word for word, each with its footnote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from rag.answer.records import Chosen
from rag.answer.standing import start_with_context
from rag.cite import attribution, cite_characters, quoted
from rag.schema import Answer, Citation, Document, Statement

__all__ = ["answer_text", "compose"]


def compose(
    draft: Answer, chosen: Sequence[Chosen], documents: Mapping[str, Document]
) -> Iterator[Answer]:
    """Grow ``draft`` by one quoted statement at a time; the last snapshot has them all.

    ``documents`` holds the documents of ``chosen`` by id; what is of any other is left out. Every
    statement is a quote with one citation, taken from the document's own characters.
    """
    statements: list[Statement] = []
    citations: list[Citation] = []
    found = ((each, documents.get(each.evidence.hit.passage.document_id)) for each in chosen)
    there = ((each, document) for each, document in found if document is not None)
    quoted_from = {(each.evidence.hit.passage.document_id, each.evidence.start) for each in chosen}
    for number, (each, document) in enumerate(there, start=1):
        passage = each.evidence.hit.passage
        start = each.evidence.start
        before = start_with_context(document, passage, start, each.evidence.end)
        citation = cite_characters(
            document,
            start if (document.id, before) in quoted_from else before,
            each.evidence.end,
            number=number,
            passage_id=passage.id,
            section=passage.section,
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
        f"{', '.join(attribution(by_number[statement.citations[0]]))}: {quoted(statement.text)} "
        + "".join(f"[{number}]" for number in statement.citations)
        for statement in statements
    )

"""Chosen sentences to an extractive answer, word for word, each with its footnote."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from rag.answer.records import Chosen
from rag.cite.answers import Answer, Statement
from rag.cite.citations import attribution, cite_characters, quoted
from rag.schema import Citation, Document, Passage

_POINTS_BACK: Final = re.compile(r"(?:this|that|these|those|it|he|she|they|such)\b", re.IGNORECASE)
_SHORT: Final = 8  # words; longer sentences mostly say what they point at


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
        before = _start_with_context(document, passage, start, each.evidence.end)
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


def _start_with_context(document: Document, passage: Passage, start: int, end: int) -> int:
    """Where a quotation begins so that a short sentence that points back has what it points at.

    That is the sentence before it, in the same paragraph and by the same speaker; otherwise the
    sentence itself.
    """
    text = document.text[start:end]
    if not _POINTS_BACK.match(text) or len(text.split()) >= _SHORT:
        return start
    before = max((one for one in passage.sentences if one[1] <= start), default=None)
    if before is None or "\n\n" in document.text[before[1] : start]:
        return start
    same_speaker = document.turn_at(before[0]) == document.turn_at(start)
    return before[0] if same_speaker else start

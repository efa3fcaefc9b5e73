"""Quotations in a statement, and whether they stand in a text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.errors import QueryError
from rag.verification.claims.reading import read
from rag.verification.drafts import find_quotations
from rag.verification.places import contains_verbatim

__all__ = ["missing_quotation", "quotations", "stands", "without_quotations"]

_MARKED = re.compile(r"\s?\[\d{1,3}\]")


def quotations(statement: str) -> list[str]:
    """The quotations of a statement, without their marks."""
    return [statement[start:end] for start, end in find_quotations(statement)]


def without_quotations(statement: str) -> str:
    """The statement with every quotation blanked out, each other character in its place."""
    for start, end in find_quotations(statement):
        statement = statement[:start] + " " * (end - start) + statement[end:]
    return statement


def missing_quotation(statement: str, texts: Sequence[str]) -> str | None:
    """The first quotation of the statement that stands in none of the texts."""
    bare = [*texts, *(_MARKED.sub("", text) for text in texts if _MARKED.search(text))]
    for quotation in quotations(statement):
        if not any(stands(quotation, text) for text in bare):
            return quotation
    return None


def stands(quotation: str, text: str) -> bool:
    """Whether a quotation stands in a text word for word; a single word in any case."""
    try:
        return contains_verbatim(quotation, text) is not None
    except QueryError:
        wanted = [word.lower for word in read(quotation) if word.is_word]
        found = [word.lower for word in read(text) if word.is_word]
        return any(found[at : at + len(wanted)] == wanted for at in range(len(found)))

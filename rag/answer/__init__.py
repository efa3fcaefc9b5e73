"""From a question to an answer, one stage a file, in the order in which a question passes them.

understand → retrieve → rank → attribute → decide → compose; with a language model ``generation/``
writes sentences in place of the composition, and ``check/`` looks each of them up. Each stage takes
one of the records of :mod:`rag.answer.records` and returns the next;
:mod:`rag.answer.chatbot` strings them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.answer.chatbot import Chatbot, open_chatbot
from rag.answer.records import Parts
from rag.answer.retrieve import parse_condition

if TYPE_CHECKING:
    from rag.answer.llama_index import FootnoteRetriever

__all__ = ["Chatbot", "FootnoteRetriever", "Parts", "open_chatbot", "parse_condition"]


def __getattr__(name: str) -> object:
    # LlamaIndex takes seconds to import: only for those who use it.
    if name == "FootnoteRetriever":
        from rag.answer.llama_index import FootnoteRetriever

        return FootnoteRetriever
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

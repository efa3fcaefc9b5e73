"""Ask every gold question and judge the answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from rag.chatbot import Chatbot
from rag.evaluation.gold import GoldQuestion
from rag.evaluation.measures import Scores, score
from rag.schema import Answer, Document

__all__ = ["evaluate"]


def evaluate(
    chatbot: Chatbot,
    questions: Sequence[GoldQuestion],
    *,
    on_answer: Callable[[GoldQuestion, Answer, Scores], None] | None = None,
) -> list[Scores]:
    """Scores of all questions, in their order.

    ``on_answer`` is called after each question. The answers are those that users get: they come
    from :meth:`Chatbot.ask`. Loading the model counts to no question.
    """
    chatbot.warm_up()
    # Sources of identical files lead to the same document.
    ids = {source.source: source.document_id for source in chatbot.index.catalog.sources().values()}
    judged: list[Scores] = []
    for question in questions:
        began = time.perf_counter()
        *_, answer = chatbot.ask(
            question.question, history=question.messages, where=question.conditions
        )
        milliseconds = 1000 * (time.perf_counter() - began)
        scores = score(question, answer, _documents(chatbot, ids, question, answer), milliseconds)
        judged.append(scores)
        if on_answer:
            on_answer(question, answer, scores)
    return judged


def _documents(
    chatbot: Chatbot, ids: dict[str, str], question: GoldQuestion, answer: Answer
) -> dict[str, Document]:
    """The documents that are expected or cited, by source."""
    sources = {item.source for item in question.evidence}
    sources.update(citation.source for citation in answer.citations)
    found = ((source, chatbot.document(ids[source])) for source in sources if source in ids)
    return {source: document for source, document in found if document is not None}

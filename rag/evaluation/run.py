"""Ask every gold question and judge the answers."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rag.answer import Chatbot
from rag.cite.answers import Answer
from rag.evaluation.failures import Outcome, judge
from rag.evaluation.gold import GoldQuestion
from rag.evaluation.measures import Scores
from rag.schema import Document


def evaluate(chatbot: Chatbot, questions: Sequence[GoldQuestion]) -> list[Scores]:
    """Scores of all questions, in their order. Loading the models counts to no question."""
    chatbot.warm_up()
    judged = outcomes(chatbot, questions, sources=sources_of(chatbot))
    return [each.scores for each in judged]


def sources_of(chatbot: Chatbot) -> dict[str, str]:
    """The document id of every source; sources of identical files lead to the same document."""
    return {each.source: each.document_id for each in chatbot.index.sources().values()}


def outcomes(
    chatbot: Chatbot, questions: Iterable[GoldQuestion], *, sources: Mapping[str, str]
) -> Iterator[Outcome]:
    """Ask one question after the other, and judge each answer as it comes.

    The answers are those that users get: the last ones of ``chatbot.ask``. ``sources`` tells the
    document id of every source in the index.
    """
    for question in questions:
        began = time.perf_counter()
        *_, answer = chatbot.ask(
            question.question, history=question.messages, where=question.conditions
        )
        milliseconds = 1000 * (time.perf_counter() - began)
        documents = _documents(chatbot, sources, question, answer)
        yield judge(question, answer, documents, milliseconds)


def _documents(
    chatbot: Chatbot, ids: Mapping[str, str], question: GoldQuestion, answer: Answer
) -> dict[str, Document]:
    """The documents that are expected or cited, by source."""
    sources = {item.source for item in question.evidence}
    sources.update(citation.source for citation in answer.citations)
    found = ((source, chatbot.document(ids[source])) for source in sources if source in ids)
    return {source: document for source, document in found if document is not None}


def sample(questions: Sequence[GoldQuestion], count: int) -> list[GoldQuestion]:
    """At most ``count`` of the questions, evenly from every kind; always the same ones.

    They are put in the order of their kinds, and taken at equal distances from there.
    """
    if count >= len(questions):
        return list(questions)
    by_kind = sorted(range(len(questions)), key=lambda each: (questions[each].kind or "", each))
    taken = sorted(by_kind[number * len(questions) // count] for number in range(count))
    return [questions[each] for each in taken]

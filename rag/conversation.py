"""Question and conversation to query, without a language model.

A follow-up such as "and in 2018?" retrieves nothing by itself. It is searched for as it stands and
together with the previous question and the start of its answer; the scores of the two add up. So
a change of subject still finds its own passages.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.retrieval import Query
from rag.schema import Message

__all__ = ["build_query"]

_ANSWER_WORDS = 40

# Recall on multi-turn questions is flat between 0.5 and 1; the lower keeps new subjects on top.
_CONTEXT_WEIGHT = 0.5


def build_query(question: str, history: Sequence[Message] = ()) -> Query:
    """The texts to search for: the question, and with a history also the question in context.

    >>> build_query("Why?", [Message("user", "Who resigned?"), Message("assistant", "Mr. B.")]).text
    'Who resigned? Mr. B. Why?'
    """
    question = " ".join(question.split())
    asked = [message.content for message in history if message.role == "user"]
    answered = [message.content for message in history if message.role == "assistant"]
    if not asked:
        return Query(((question, 1.0),))
    before = [asked[-1], *(answered[-1].split()[:_ANSWER_WORDS] if answered else ())]
    context = " ".join(" ".join(before).split())
    return Query(((question, 1.0), (f"{context} {question}", _CONTEXT_WEIGHT)))

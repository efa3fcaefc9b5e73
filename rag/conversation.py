"""Question and conversation to query, without a language model.

A follow-up such as "and in 2018?" retrieves nothing by itself. It is searched for as it stands and
together with the previous question and the start of its answer; the scores of the two add up. So
a change of subject still finds its own passages.

A question for what somebody said of something is also searched for by that something alone: the
name of a speaker stands all over what they said, and would drown it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.retrieval import Query
from rag.schema import Message

__all__ = ["build_query", "one_line"]

_ANSWER_WORDS = 40
_TOPIC_WEIGHT = 0.5
_REPORTED = re.compile(
    r"^(?:and |so )?(?:what|how|why) (?:did|do|does|has|have|had|was|were|is) .+? "
    r"(?:say|said|tell|told|report|reported|state|stated|claim|claimed|think|thought|write|written|"
    r"announce|announced|argue|argued|mention|mentioned|explain|explained|comment|commented)\b.*? "
    r"(?:about|on|of|regarding|concerning) (?P<topic>[^?]+?)[?. ]*$",
    re.IGNORECASE,
)

# Recall on multi-turn questions is flat between 0.5 and 1; the lower keeps new subjects on top.
_CONTEXT_WEIGHT = 0.5


def build_query(question: str, history: Sequence[Message] = ()) -> Query:
    """The texts to search for: the question, what it is about, and the question in context.

    >>> build_query("Why?", [Message("user", "Who resigned?"), Message("assistant", "Mr. B.")]).text
    'Who resigned? Mr. B. Why?'
    """
    question = one_line(question)
    texts = [(question, 1.0)]
    if reported := _REPORTED.match(question):
        texts.append((reported["topic"], _TOPIC_WEIGHT))
    asked = [message.content for message in history if message.role == "user"]
    answered = [message.content for message in history if message.role == "assistant"]
    if asked:
        before = [asked[-1], *(answered[-1].split()[:_ANSWER_WORDS] if answered else ())]
        context = one_line(" ".join(before))
        texts.append((f"{context} {question}", _CONTEXT_WEIGHT))
    return Query(tuple(texts))


def one_line(text: str) -> str:
    """The text with single spaces; halves of surrogate pairs, which no model reads, replaced."""
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())

"""Question and conversation to query, without a language model.

A follow-up such as "and in 2018?" retrieves nothing by itself. It is made to stand alone where
grammar can do that, and searched for together with the previous question and the start of its
answer; the scores of the two add up. So a change of subject still finds its own passages.

A question for what somebody said of something is also searched for by that something alone: the
name of a speaker stands all over what they said, and would drown it.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.questions import Asked, Known, one_line, parts, understand
from rag.retrieval import Query
from rag.schema import Message

__all__ = ["build_query", "one_line"]

_ANSWER_WORDS = 40
_TOPIC_WEIGHT = 0.5

# Recall on multi-turn questions is flat between 0.5 and 1; the lower keeps new subjects on top.
_CONTEXT_WEIGHT = 0.5


def build_query(
    question: str, history: Sequence[Message] = (), *, known: Known | None = None
) -> Query:
    """The texts to search for: the question, what it is about, and the question in context.

    ``Query.text`` is the question as it can be asked by itself; ``known`` are the names that the
    collection has.

    >>> build_query("And in 2018?", [Message("user", "Who resigned in 2017?")]).text
    'Who resigned in 2018?'
    """
    asked = understand(question, history, known=known)
    # What a question carries behind a dash is context, and weighs no more than that.
    proper, carried = parts(asked.standalone)
    texts = [(proper, 1.0)]
    if _is_topic(asked, proper):
        texts.append((asked.topic or "", _TOPIC_WEIGHT))
    # A question that brings its own context was asked again by itself.
    earlier = () if parts(one_line(question))[1] else history
    if context := _context(earlier, carried):
        texts.append((f"{context} {proper}", _CONTEXT_WEIGHT))
    return Query(tuple(texts), asked)


def _is_topic(asked: Asked, proper: str) -> bool:
    """Whether the question is for what was said of something, which it names itself."""
    about = asked.kind in ("said-about", "comparison") and asked.topic
    return bool(about and about in proper and about != proper)


def _context(history: Sequence[Message], carried: str | None) -> str:
    """What was said before: the previous question and the start of its answer."""
    asked = [one_line(message.content) for message in history if message.role == "user"]
    answered = [message.content for message in history if message.role == "assistant"]
    before = carried.replace(" — ", " ") if carried else "".join(asked[-1:])
    if asked and answered:
        before = f"{before} {' '.join(answered[-1].split()[:_ANSWER_WORDS])}"
    return one_line(before)

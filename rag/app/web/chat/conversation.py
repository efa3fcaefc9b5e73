"""The conversation on the page: what happens when a question is asked, edited or stopped.

The messages come from the browser, so only their roles and texts are used. No function here
touches a component of Gradio.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rag import patience
from rag.answer import Chatbot
from rag.app.api.tools import ILL_FORMED
from rag.app.threads import in_threads
from rag.app.web.chat.answer_markdown import answer_markdown, inline, searching
from rag.app.web.chat.plain_history import STATUS, failure, plain_history, plain_text
from rag.app.web.chat.reopened import stopped
from rag.app.web.chat.saved_conversations import saved_answer, saved_failure
from rag.app.web.shared.fair_queue import FairQueue
from rag.app.web.shared.http import Refused
from rag.cite.answers import Answer, Message
from rag.errors import RagError
from rag.language.finished_messages import in_readers_language
from rag.language.translation import N_, _
from rag.language.words import well_formed
from rag.schema import Condition

LONGEST_QUESTION = 2_000
"""Characters of a question, at most."""
REMEMBERED = 20
"""Messages of the conversation that are given along with a question, at most."""
_LONGEST_MESSAGE = 200_000
_MOST_MESSAGES = 1000  # of a conversation, the last ones
_WENT_WRONG = N_(
    "Something went wrong while the reports were being searched. The conversation is kept; "
    "ask again, and if it happens again see what the program has logged."
)

log = logging.getLogger(__name__)


def received_messages(given: object) -> list[Message]:
    """The messages that the browser sent: role and text, and nothing else."""
    messages = []
    for message in given[-_MOST_MESSAGES:] if isinstance(given, list) else ():
        if not isinstance(message, Mapping):
            continue
        content = message.get("content")
        parts = content if isinstance(content, list) else [content]
        texts = [part if isinstance(part, str) else _text(part) for part in parts]
        text = well_formed("\n\n".join(one for one in texts if one)[:_LONGEST_MESSAGE])
        role = message.get("role")
        if role in ("user", "assistant") and text:
            messages.append(Message(role, text))
    return messages


def _text(part: object) -> str:
    if isinstance(part, Mapping) and part.get("type") == "text":
        text = part.get("text")
        return text if isinstance(text, str) else ""
    return ""


def last_question(messages: Sequence[Message], index: int) -> tuple[list[Message], str]:
    """The conversation up to the last question at or before ``index``, and that question."""
    asked = next(
        (at for at in range(min(index, len(messages) - 1), -1, -1) if messages[at].role == "user"),
        None,
    )
    if asked is None:
        return [], ""
    return list(messages[:asked]), plain_text(messages[asked]).content


def answer_index(messages: Sequence[Message], number: object) -> int | None:
    """The index of the message with the answer of this number, counted from 0; None without."""
    answers = [at for at, message in enumerate(messages) if message.role == "assistant"]
    if isinstance(number, bool) or not isinstance(number, int):
        return None
    return answers[number] if 0 <= number < len(answers) else None


@dataclass(frozen=True, slots=True)
class Asking:
    """A question, with what stands before it.

    ``earlier`` is the conversation that the answer is appended to. The question is read together
    with ``context``: all of ``earlier``, or less of it. With ``alone`` it is read by itself.
    """

    question: str
    earlier: Sequence[Message]
    where: Sequence[Condition] = ()
    context: Sequence[Message] | None = None
    alone: bool = False

    @property
    def history(self) -> list[Message]:
        """The messages that the question is read together with, as plain text."""
        context = self.earlier if self.context is None else self.context
        return [] if self.alone else plain_history(context, most=REMEMBERED)


@dataclass(frozen=True, slots=True)
class Replied:
    """The conversation with an answer at its end, and the answer as the browser saves it."""

    messages: list[Message]
    saved: dict[str, Any]


async def reply(
    chatbot: Chatbot, asking: Asking, *, seconds: float = patience.DEFAULT_SECONDS, note: str = ""
) -> AsyncIterator[Replied]:
    """Ask, and yield the conversation with the answer growing at its end.

    A ``note`` is added to those of an answer from the reports.

    An error becomes the answer; it is never raised. It is one if nothing comes for ``seconds``.
    """
    question, where, alone, history = asking.question, asking.where, asking.alone, asking.history
    told = "\n".join((question, *(each.value for each in where)))
    if ill_formed := told != well_formed(told):
        question, where = well_formed(question), ()
    asked = [*asking.earlier, Message("user", inline(question))]

    def replied(content: str, saved: dict[str, Any]) -> Replied:
        return Replied([*asked, Message("assistant", content)], saved)

    def failed(words: str) -> Replied:
        saved = saved_failure(question, words, where=where, alone=alone)
        return replied(failure(inline(words)), saved)

    if ill_formed:
        yield failed(_(ILL_FORMED))
        return
    draft = Answer(question, question, final=False)
    yield replied(searching(), saved_answer(draft, where=where, alone=alone))
    try:
        answers = chatbot.ask(question, history=history, where=where)
        async for each in in_threads(answers, seconds):
            noted = note and each.final and not each.is_reply
            answer = replace(each, notes=(*each.notes, note)) if noted else each
            content = answer_markdown(answer, where=where, alone=alone)
            yield replied(content, saved_answer(answer, where=where, alone=alone))
    except RagError as error:
        yield failed(in_readers_language(error))
    except Exception:
        log.exception("the question could not be answered")
        yield failed(_(_WENT_WRONG))


async def in_turn(
    queue: FairQueue,
    visitor: str | None,
    asking: Asking,
    replies: AsyncIterator[Replied],
    *,
    begin: Callable[[], None] = lambda: None,
) -> AsyncIterator[Replied]:
    """The replies, when it is the turn of ``visitor``; an error in words if too much waits.

    ``begin`` is called first, and may refuse.
    """
    try:
        begin()
        async with queue.place(visitor):
            async for replied in replies:
                yield replied
    except Refused as refused:
        words, question = in_readers_language(refused), well_formed(asking.question)
        asked = [*asking.earlier, Message("user", inline(question))]
        content = failure(inline(words))
        saved = saved_failure(question, words, where=asking.where, alone=asking.alone)
        yield Replied([*asked, Message("assistant", content)], saved)


def as_stopped(messages: Sequence[Message]) -> list[Message]:
    """The conversation with its last answer marked as stopped."""
    if not messages or messages[-1].role != "assistant":
        return list(messages)
    # A line that says what is being done is no part of an answer.
    begun = STATUS.sub("", messages[-1].content)
    so_far = f"{begun}\n\n{stopped()}" if begun else stopped()
    return [*messages[:-1], Message("assistant", so_far)]

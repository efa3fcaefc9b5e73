"""The conversation on the page: what happens when a question is asked, edited or stopped.

The messages come from the browser, so only their roles and texts are believed. No function here
touches a component of Gradio.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from rag import patience
from rag.app.web.chat.answer_markdown import answer_markdown, question_markdown
from rag.app.web.chat.conversations import STOPPED
from rag.app.web.chat.inline import inline
from rag.app.web.chat.plain_history import FAILED, STATUS, plain_history, plain_text
from rag.app.web.chat.saved_conversations import Kept, kept_answer, kept_failure
from rag.app.web.chat.threads import in_thread
from rag.errors import RagError
from rag.schema import Answer, Condition, Document, DocumentInfo, Hit, Message

__all__ = [
    "LONGEST_QUESTION",
    "REMEMBERED",
    "Asking",
    "Chatbot",
    "Replied",
    "answered",
    "before",
    "believed",
    "reply",
    "shown",
    "stopped",
]

LONGEST_QUESTION = 2_000
"""Characters of a question, at most."""
REMEMBERED = 20
"""Messages of the conversation that are given along with a question, at most."""
_LONGEST_MESSAGE = 200_000
_SEARCHING = "_Searching the reports …_"
_WENT_WRONG = (
    "Something went wrong while the reports were being searched. The conversation is kept; "
    "ask again, and if it happens again see what the program has logged."
)

log = logging.getLogger(__name__)


class Chatbot(Protocol):
    """What the page needs of :class:`rag.answer.Chatbot`."""

    def search(
        self, query: str, *, count: int = 10, where: Sequence[Condition] = ()
    ) -> Sequence[Hit]:
        """The passages that bear on a query, best first."""
        ...

    @property
    def abstain_below(self) -> float:
        """The confidence under which it abstains."""
        ...

    def ask(
        self, question: str, *, history: Sequence[Message] = (), where: Sequence[Condition] = ()
    ) -> Iterable[Answer]:
        """Ever fuller answers; the last one is final."""
        ...

    def document(self, document_id: str) -> Document | None:
        """The document with this id."""
        ...

    def documents(self) -> tuple[DocumentInfo, ...]:
        """Everything in the collection."""
        ...


def believed(messages: object) -> list[Message]:
    """The messages that the browser sent: role and text kept, everything else dropped."""
    kept = []
    for message in messages if isinstance(messages, list) else ():
        if not isinstance(message, Mapping):
            continue
        content = message.get("content")
        parts = content if isinstance(content, list) else [content]
        texts = [part if isinstance(part, str) else _text(part) for part in parts]
        text = "\n\n".join(one for one in texts if one)[:_LONGEST_MESSAGE]
        if message.get("role") == "user" and text:
            kept.append(Message("user", text))
        elif message.get("role") == "assistant" and text:
            kept.append(Message("assistant", text))
    return kept


def _text(part: object) -> str:
    if isinstance(part, Mapping) and part.get("type") == "text":
        text = part.get("text")
        return text if isinstance(text, str) else ""
    return ""


def shown(messages: Iterable[Message]) -> list[dict[str, str]]:
    """The messages as the chat takes them."""
    return [{"role": message.role, "content": message.content} for message in messages]


def before(messages: Sequence[Message], index: int) -> tuple[list[Message], str]:
    """The conversation up to the last question at or before ``index``, and that question."""
    asked = next(
        (at for at in range(min(index, len(messages) - 1), -1, -1) if messages[at].role == "user"),
        None,
    )
    if asked is None:
        return [], ""
    return list(messages[:asked]), plain_text(messages[asked]).content


def answered(messages: Sequence[Message], number: object) -> int | None:
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
    """The conversation with an answer at its end, and the answer as the browser keeps it."""

    messages: list[Message]
    kept: Kept


async def reply(
    chatbot: Chatbot, asking: Asking, *, seconds: float = patience.DEFAULT_SECONDS
) -> AsyncIterator[Replied]:
    """Ask, and yield the conversation with the answer growing at its end.

    An error becomes the answer; it is never raised. It is one if nothing comes for ``seconds``.
    """
    question, where, alone, history = asking.question, asking.where, asking.alone, asking.history
    asked = [*asking.earlier, Message("user", question_markdown(question))]

    def replied(content: str, kept: Kept) -> Replied:
        return Replied([*asked, Message("assistant", content)], kept)

    def failed(words: str) -> Replied:
        kept = kept_failure(question, words, where=where, alone=alone)
        return replied(f"{FAILED} {inline(words)}", kept)

    draft = Answer(question, question, final=False)
    yield replied(_SEARCHING, kept_answer(draft, where=where, alone=alone))
    try:
        asked_for = lambda: chatbot.ask(question, history=history, where=where)  # noqa: E731
        async for answer in in_thread(asked_for, seconds=seconds):
            shown_answer = answer_markdown(answer, where=where, alone=alone)
            yield replied(shown_answer, kept_answer(answer, where=where, alone=alone))
    except RagError as error:
        yield failed(str(error))
    except Exception:
        log.exception("the question could not be answered")
        yield failed(_WENT_WRONG)


def stopped(messages: Sequence[Message]) -> list[Message]:
    """The conversation with its last answer marked as stopped."""
    if not messages or messages[-1].role != "assistant":
        return list(messages)
    # A line that says what is being done is no part of an answer.
    begun = STATUS.sub("", messages[-1].content)
    so_far = f"{begun}\n\n{STOPPED}" if begun else STOPPED
    return [*messages[:-1], Message("assistant", so_far)]

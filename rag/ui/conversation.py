"""The conversation on the page: what happens when a question is asked, edited or stopped.

The messages come from the browser, so only their roles and texts are believed. No function here
touches a component of Gradio.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Protocol

from rag.errors import RagError
from rag.schema import Answer, Condition, Document, DocumentInfo, Message
from rag.ui.render import answer_markdown, inline, plain_text, question_markdown
from rag.ui.threads import in_thread

__all__ = [
    "LONGEST_QUESTION",
    "Chatbot",
    "before",
    "believed",
    "reply",
    "shown",
    "stopped",
]

LONGEST_QUESTION = 2_000
"""Characters; a longer question is not asked."""
_REMEMBERED = 20
_LONGEST_MESSAGE = 200_000
_SEARCHING = "_Searching the reports …_"
_FAILED = (
    "Something went wrong while the reports were being searched. The conversation is kept; "
    "ask again, and if it happens again see what the program has logged."
)

log = logging.getLogger(__name__)


class Chatbot(Protocol):
    """What the page needs of :class:`rag.chatbot.Chatbot`."""

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


async def reply(
    chatbot: Chatbot, question: str, *, earlier: Sequence[Message], where: Sequence[Condition]
) -> AsyncIterator[list[Message]]:
    """Ask, and yield the conversation with the answer growing at its end.

    An error becomes the answer; it is never raised.
    """
    asked = [*earlier, Message("user", question_markdown(question))]
    history = [plain_text(message) for message in earlier][-_REMEMBERED:]
    yield [*asked, Message("assistant", _SEARCHING)]
    try:
        async for answer in in_thread(lambda: chatbot.ask(question, history=history, where=where)):
            yield [*asked, Message("assistant", answer_markdown(answer, where=where))]
    except RagError as error:
        yield [*asked, Message("assistant", f"**That did not work.** {inline(str(error))}")]
    except Exception:
        log.exception("the question could not be answered")
        yield [*asked, Message("assistant", f"**That did not work.** {_FAILED}")]


def stopped(messages: Sequence[Message]) -> list[Message]:
    """The conversation after its last answer was stopped: what had come stays, and says so."""
    if not messages or messages[-1].role != "assistant":
        return list(messages)
    so_far = messages[-1].content
    # A line of status alone, in italics, is no part of an answer.
    begun = "" if so_far.startswith("_") and "\n" not in so_far else f"{so_far}\n\n"
    return [
        *messages[:-1],
        Message("assistant", f"{begun}_Stopped before the answer was complete._"),
    ]

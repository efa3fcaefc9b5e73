"""Conversations that the browser keeps: list, bar over the chat, and messages to the script.

The server keeps nothing of them. It tells the page of each answer as it grows, and looks up again
what the page asks it to reopen; see :mod:`rag.app.web.chat.saved_conversations`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from rag.app.web.chat.answer_markdown import answer_markdown, question_markdown
from rag.app.web.chat.inline import inline
from rag.app.web.chat.plain_history import FAILED
from rag.app.web.chat.saved_conversations import Kept, Lookup, kept_turns, reopened
from rag.cite import STYLES
from rag.html import render
from rag.schema import Message

__all__ = ["STOPPED", "bar_html", "conversation_id", "list_html", "messages_of", "told"]

STOPPED = "_Stopped before the answer was complete._"
"""The line under an answer that was stopped or interrupted."""


def list_html() -> str:
    """The list of conversations as it stands on the page before its script fills it."""
    return render("app/web/chat/conversations.html")


def bar_html() -> str:
    """The bar over the chat, before its script fills it."""
    return render("app/web/chat/conversation_bar.html", styles=STYLES.values())


def conversation_id(given: object) -> str:
    """The id of the conversation that is shown, from what the page has; empty if it has none."""
    try:
        told = json.loads(given) if isinstance(given, str) else None
    except (ValueError, RecursionError):
        return ""
    found = told.get("talk") if isinstance(told, dict) else None
    return found if isinstance(found, str) and re.fullmatch(r"[\w-]{1,64}", found, re.A) else ""


def told(talk: str, **words: object) -> str:
    """A message to the page's script about a conversation, as JSON without markup."""
    return json.dumps({"talk": talk, **words}, ensure_ascii=True).replace("<", "\\u003c")


def messages_of(turns: object, document: Lookup) -> tuple[list[Message], int]:
    """A kept conversation as messages of the chat, and how many of its quotations are gone.

    Raises:
        RagError: the index cannot be read.
    """
    messages: list[Message] = []
    gone = 0
    kept = kept_turns(turns)
    for question, content, lost in _pairs(kept, document):
        messages += [Message("user", question), Message("assistant", content)]
        gone += lost
    return messages, gone


def _pairs(turns: list[Kept], document: Lookup) -> Iterable[tuple[str, str, int]]:
    for turn in reopened(turns, document):
        question = question_markdown(turn.answer.question)
        if turn.failure is not None:
            yield question, f"{FAILED} {inline(turn.failure)}", 0
            continue
        content = answer_markdown(turn.answer, where=turn.where, alone=turn.alone, gone=turn.gone)
        if not turn.complete:
            begun = content if turn.answer.statements or turn.gone else ""
            content = f"{begun}\n\n{STOPPED}".strip()
        yield question, content, len(turn.gone)

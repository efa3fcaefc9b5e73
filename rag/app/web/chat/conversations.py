"""The conversations of this browser: their list, the bar over the chat, and what is told to them.

The server keeps nothing of them. It tells the page of each answer as it grows, and looks up again
what the page asks it to reopen; see :mod:`rag.app.web.chat.saved_conversations`.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable

from rag.app.web.chat.answer_markdown import answer_markdown, question_markdown
from rag.app.web.chat.inline import inline
from rag.app.web.chat.plain_history import FAILED
from rag.app.web.chat.saved_conversations import Kept, Lookup, kept_turns, reopened
from rag.cite import STYLES
from rag.schema import Message

__all__ = ["BAR", "CONVERSATIONS", "STOPPED", "conversation_id", "messages_of", "told"]

STOPPED = "_Stopped before the answer was complete._"
"""Stands under what has come of an answer that was stopped or interrupted."""

_FORMATS = (
    ("md", "Markdown"),
    ("docx", "Word"),
    ("html", "Web page"),
    ("json", "JSON"),
)

CONVERSATIONS = """
<section class="talks" aria-labelledby="talks-title">
  <h2 id="talks-title" tabindex="-1">Conversations</h2>
  <p class="talks-empty">None yet. A conversation is named after its first question and kept in
    this browser only.</p>
  <label class="talks-search" hidden><span class="visually-hidden">Search conversations</span>
    <input type="search" maxlength="200" autocomplete="off" placeholder="Search conversations">
  </label>
  <p class="talks-none" role="status"></p>
  <ul class="talks-list"></ul>
  <p class="talks-kept" hidden>Kept in this browser only.
    <button type="button" class="as-link" data-talk="clear">Delete all …</button></p>
  <dialog class="sheet" aria-labelledby="talks-clear-title">
    <form method="dialog">
      <h2 id="talks-clear-title" tabindex="-1">Delete all conversations?</h2>
      <p class="talks-clear-words"></p>
      <div class="sheet-bar">
        <button type="submit" class="primary danger" data-talk="clear-now">Delete all</button>
        <button type="submit" class="plain">Keep</button>
      </div>
    </form>
  </dialog>
</section>
"""


def _bar() -> str:
    formats = "".join(
        f'<button type="button" class="plain" data-export="{name}">{html.escape(label)}</button>'
        for name, label in _FORMATS
    )
    styles = "".join(
        f'<option value="{each.name}">{html.escape(each.title)}</option>'
        for each in STYLES.values()
    )
    return f"""
<div class="talk-notice" role="status"></div>
<div class="talk-bar" hidden>
  <h2 class="talk-title"></h2>
  <div class="export">
    <button type="button" class="plain" data-talk="export" aria-expanded="false"
      aria-controls="export-menu">Export</button>
    <div id="export-menu" class="export-menu" role="group" aria-label="Export" hidden>
      <p>This conversation, with its quotations and references</p>
      <label>References in <select name="style">{styles}</select></label>
      <div class="export-formats">{formats}</div>
    </div>
  </div>
  <button type="button" class="plain" data-talk="new">New conversation</button>
</div>
"""


BAR = _bar()


def conversation_id(given: object) -> str:
    """The id of the conversation that is shown, from what the page has; empty if it has none."""
    try:
        told = json.loads(given) if isinstance(given, str) else None
    except (ValueError, RecursionError):
        return ""
    found = told.get("talk") if isinstance(told, dict) else None
    return found if isinstance(found, str) and re.fullmatch(r"[\w-]{1,64}", found, re.A) else ""


def told(talk: str, **words: object) -> str:
    """What the page's script is told about a conversation, as JSON without markup."""
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

"""Chat messages without their Markdown, as history for the next question."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from rag.app.web.chat.answer_markdown import ALONE, ALSO, WHY
from rag.cite.answers import Message
from rag.language.translation import _

_FAILED = '<span class="undone">'
STATUS = re.compile(r"(?:^|\n\n)_[^_\n]*_$", re.MULTILINE)
"""A line that says what is being done, or that it was stopped."""

# Nothing of a document, a question or a model can look like these: it is escaped. Elements that
# stand inside one another are not among them.
_BLOCKS = ("cited", "listing", "all-passages", "nearest", "footing", "judging")
_ENDS = (ALSO, WHY, *(f'<div class="{each}">' for each in _BLOCKS))
_LEFT_OUT = re.compile(
    r'<div class="(?:searched|searched alone|note|remark|reply|suggested|written|filtered|'
    r'not-found|gone)">'
    r"\n\n.*?\n\n</div>"
    r'|<span class="support">.*?</span>'
    r"|^#### [^\n]*$",
    re.DOTALL | re.MULTILINE,
)
_ELEMENT = re.compile(r"</?(?:div|bdi|span|button)\b[^<>]*>")


def failure(words: str) -> str:
    """An error message, ``words`` of Markdown, that stands in place of an answer."""
    told = _("That did not work.")
    return f"{_FAILED}**{told}**</span> {words}"


def plain_text(message: Message) -> Message:
    """A message of the chat as plain history: its words, without footnotes, lists or markup.

    Of an answer there remain the quotations, each under the line that says whose it is, and the
    generated sentences of which nothing was not found; of a message in place of an answer, nothing.
    """
    text = message.content
    if message.role == "assistant":
        text = "" if text.startswith(_FAILED) else _said(text)
    return Message(message.role, html.unescape(_ELEMENT.sub("", text)).strip())


def _said(text: str) -> str:
    """The statements of an answer, without links, headings and lists."""
    for beginning in _ENDS:
        text = text.split(beginning, 1)[0]
    text = STATUS.sub("", _LEFT_OUT.sub("", text))
    text = re.sub(r"\N{NO-BREAK SPACE}?\[\[\d+\]\]\(#src=[\w.-]+(?: \"[^\"]*\")?\)", "", text)
    text = re.sub(r"^(?:> |### )", "", text, flags=re.MULTILINE).replace("**", "")
    text = _ELEMENT.sub("", text)
    return re.sub(r"(?<![ \t])[ \t]*\n\s*", "\n", text)


def plain_history(messages: Sequence[Message], *, most: int) -> list[Message]:
    """The last ``most`` messages as plain history; those without words are left out."""
    plain = (plain_text(message) for message in messages)
    return [message for message in plain if message.content][-most:]


def asked_alone(messages: Sequence[Message], index: int) -> bool:
    """Whether the last question at or before ``index`` was asked without the conversation."""
    asked = [at for at, one in enumerate(messages[: index + 1]) if one.role == "user"]
    answers = messages[asked[-1] + 1 : asked[-1] + 2] if asked else ()
    return any(ALONE in one.content for one in answers if one.role == "assistant")

"""A question and its conversation to what is asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from rag.questions.asked import DASH, Asked, read
from rag.questions.followups import is_elliptic, stand_alone
from rag.questions.names import Known
from rag.questions.turns import Turn
from rag.questions.words import one_line
from rag.schema import Message

__all__ = ["parts", "understand"]

# As far back as a chain of follow-ups may reach, and as much of one question as is read.
_QUESTIONS: Final = 6
_LONGEST: Final = 2000
# A question that carries the one before, as it is shown and may be asked again.
_CARRYING: Final = re.compile(rf"^(?P<question>[^—]*[?.!]){DASH}(?P<before>.*\S)$")


_ASKS_OTHERWISE: Final = re.compile(
    r"^(?:and\s+|but\s+)?(?:why|how|when|where|who|by|since|until|for|which|is|are)\b", re.I
)


def understand(
    question: str, history: Sequence[Message] = (), *, known: Known | None = None
) -> Asked:
    """What a question asks, with the conversation before it.

    Deterministic, and fast enough for every keystroke; never raises. A question in the form that
    ``standalone`` has when it carries the question before ("Why? — Who resigned?") is understood
    as after that question, whatever ``history`` says.
    """
    known = known or Known()
    text = one_line(question)
    proper, before = parts(text)
    turns = _turns([Message("user", before)] if before else history, known)
    standalone, follow_up = stand_alone(proper[:_LONGEST], turns, known=known)
    if before or not follow_up:
        standalone = text
    return _read(text, standalone, follow_up or bool(before), known)


def parts(text: str) -> tuple[str, str | None]:
    """A question proper, and the one that it carries behind a dash, if it does."""
    found = _CARRYING.match(text)
    return (found["question"], found["before"]) if found else (text, None)


def _turns(history: Sequence[Message], known: Known) -> list[Turn]:
    """The last questions of the conversation, each understood after those before it."""
    asked = [at for at, message in enumerate(history) if message.role == "user"][-_QUESTIONS:]
    turns: list[Turn] = []
    for at, end in pairwise([*asked, len(history)]):
        text = one_line(history[at].content[:_LONGEST])
        if not text:
            continue
        proper, before = parts(text)
        standalone, follow_up = stand_alone(proper, turns, known=known)
        whole = text if before else standalone
        answer = "\n".join(
            message.content for message in history[at + 1 : end] if message.role == "assistant"
        )
        turns.append(Turn(_read(text, whole, follow_up, known), answer))
    return turns


def _read(text: str, standalone: str, follow_up: bool, known: Known) -> Asked:
    """Read it; a question without a clause of its own asks as the one that it carries does."""
    proper, carried = parts(standalone)
    asks = (
        carried if carried and is_elliptic(proper) and not _ASKS_OTHERWISE.match(proper) else None
    )
    return read(
        text,
        standalone=standalone,
        proper=parts(asks)[0] if asks else proper,
        known=known,
        follow_up=follow_up,
    )

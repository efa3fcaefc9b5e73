"""Every word that is sent to a language model.

Passages, questions and conversations are material to work on, never instructions. They reach a
prompt through :func:`_between` alone: between tags with a code that none of them can know, and
with what could be taken for a tag, or for a sign that steers a model, rewritten.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from rag.cite.answers import Message
from rag.schema import Hit

NOT_IN_PASSAGES = "The passages do not answer this question."
REPLY_TOKENS = 1024
"""How long a reply may be."""

_FILE = resources.files("rag.answer.generation") / "instructions.txt"
_INSTRUCTIONS = _FILE.read_text("utf-8").strip().format(NOT_IN_PASSAGES=NOT_IN_PASSAGES)
_BEFORE_QUESTION = "Answer the question from the passages, and cite a passage after each sentence."

# Roughly what a token is, in bytes: fewer for other languages than English, on the safe side.
_BYTES_PER_TOKEN = 3
_LONGEST_TURN = 1500
_TURNS = 4

_TAG = re.compile(r"[<＜﹤](?=[/／|!?\s]*[a-zA-Zａ-ｚＡ-Ｚ|])")
_STEERING = re.compile(r"(?i)\[(/?\s*(?:inst|system|sys|user|assistant))\s*\]|<<|>>|\|>")
_NUMBERED = re.compile(r"[\[［【〔](\^?\d{1,3}(?:\s{0,9}[,;–-]\s{0,9}\d{1,3})*)[\]］】〕]")
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_TAGS = {"<<": "‹‹", ">>": "››", "|>": "|›"}


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent: the instructions, and the question with the passages.

    ``passages`` is how many of the hits are in it, the best first; they are numbered from 1.
    """

    instructions: str
    request: str
    passages: int


def write(
    question: str, hits: Sequence[Hit], *, history: Sequence[Message] = (), tokens: int
) -> Prompt:
    """The prompt for a question; passages that do not fit in ``tokens`` are left out, worst first.

    The best passage is always there, cut if it has to be.
    """
    code = _code(question, hits, history)
    conversation = _conversation(history, code)
    asked = f"{_between('question', question, code)}\n\n{_BEFORE_QUESTION}"
    instructions = _INSTRUCTIONS.replace("CODE", code)
    room = (tokens - REPLY_TOKENS) * _BYTES_PER_TOKEN
    room -= _bytes(instructions) + _bytes(conversation) + _bytes(asked)
    shown: list[str] = []
    for number, hit in enumerate(hits, start=1):
        passage = _passage(number, hit, code)
        if shown and _bytes(passage) > room:
            break
        shown.append(passage)
        room -= _bytes(passage)
    passages = f"<passages-{code}>\n" + "\n".join(shown) + f"\n</passages-{code}>"
    request = "\n\n".join(part for part in (passages, conversation, asked) if part)
    return Prompt(instructions, request, len(shown))


def _code(question: str, hits: Sequence[Hit], history: Sequence[Message]) -> str:
    """A hash of the question and of all texts: one that held it would have to hold its own hash."""
    told = (question, *(each.content for each in history), *(each.passage.text for each in hits))
    return hashlib.sha256("\0".join(told).encode("utf-8", "replace")).hexdigest()[:16]


def _between(tag: str, text: str, code: str, *, number: int | None = None) -> str:
    """Material in its place in a prompt; a passage has a ``number`` by which it is cited."""
    told, mark = ("", "") if number is None else (f' number="{number}"', f"[{number}] ")
    return f"<{tag}-{code}{told}>\n{mark}{neutral(text)}\n</{tag}-{code}>"


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _passage(number: int, hit: Hit, code: str) -> str:
    metadata, passage = hit.metadata, hit.passage
    told = (hit.title, metadata.date, passage.section, passage.speaker)
    about = "; ".join(dict.fromkeys(" ".join(each.split()) for each in told if each))
    return _between("passage", f"{about}\n{passage.text}", code, number=number)


def _conversation(history: Sequence[Message], code: str) -> str:
    turns = [
        f"{message.role}: {' '.join(message.content.split())[:_LONGEST_TURN]}"
        for message in history[-_TURNS:]
        if message.content.strip()
    ]
    return _between("conversation", "\n".join(turns), code) if turns else ""


def neutral(text: str) -> str:
    """``text`` without anything that could end the tags around it or steer a model.

    A tag's ``<`` becomes ``‹``, a citation mark of the text itself (``[12]``) gets round brackets;
    signs that steer and signs without a width are dropped. Letters and figures stay as they are.
    """
    text = _CONTROL.sub("", text)
    text = _STEERING.sub(lambda sign: _TAGS.get(sign[0]) or f"({sign[1]})", text)
    text = _TAG.sub("‹", text)
    return _NUMBERED.sub(r"(\1)", text)


_REFUSAL = re.compile(
    r"(?i)^(?:unfortunately,? |i(?:'m| am) sorry,? (?:but )?)?(?:"
    r"(?:none of )?(?:the|these|this)? ?(?:given |provided |available |supplied )?"
    r"(?:passages?|context|excerpts?|information provided|provided information|provided text)\b"
    r"[^.]{0,40}?\b(?:do|does|did)(?: not|n't)\s+(?:\w+\s+){0,2}?"
    r"(?:answer|contain|say|mention|provide|address|include|specify|state|give|tell|offer)\b"
    r"|none of the (?:\w+ )?passages\b"
    r"|i (?:cannot|can't|could not|am unable to) (?:\w+ )?(?:answer|find)\b"
    r"|there is no (?:\w+ )?(?:information|mention|answer) [^.]{0,60}\b(?:passages?|context)\b)"
)


def is_refusal(sentence: str) -> bool:
    """Whether a sentence says that the passages do not answer, in these or in a model's words."""
    bare = " ".join(sentence.split()).strip("\"'“”*_ ")
    asked = _bare(NOT_IN_PASSAGES)
    return _bare(bare).startswith(asked[:-9]) or _REFUSAL.match(bare.replace("’", "'")) is not None


def _bare(text: str) -> str:
    return re.sub(r"[^a-z ]", "", text.lower()).strip()


_RUN = 6


def repeats_instructions(sentence: str) -> bool:
    """Whether six words in a row stand in the instructions, or most of a shorter sentence does."""
    mine, theirs = _words(sentence), _words(f"{_INSTRUCTIONS}\n{_BEFORE_QUESTION}")
    length = min(_RUN, len(mine))
    if length < 4:
        return False
    runs = {tuple(theirs[at : at + length]) for at in range(len(theirs) - length + 1)}
    return any(tuple(mine[at : at + length]) in runs for at in range(len(mine) - length + 1))


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())

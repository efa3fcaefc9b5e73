"""What of a pasted text is looked up: its quotations, its sentences, or all of it as one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rag.errors import QueryError
from rag.language.sentences import split_sentences
from rag.language.translation import _, n_
from rag.quotes.drafts import find_quotations, quoted_words

LONGEST_TEXT = 300_000
"""Characters of a text, at most."""
MOST_PIECES = 500
"""Quotations or sentences that are looked up in one go."""
_LONGEST_QUOTATION = 10_000
_A_SENTENCE_OR_TWO = 100  # words

How = Literal["auto", "whole", "quotations", "sentences"]

_BREAK = re.compile(r"\n[ \t\r]*\n")
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Piece:
    """Words to look up, the characters ``[start, end)`` of the text (in code points).

    With ``perhaps`` the result is of interest only if they are found.
    """

    text: str
    start: int
    end: int
    perhaps: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """The pieces in their order, and a sentence on what was left out, if anything was."""

    pieces: tuple[Piece, ...]
    note: str | None = None


def choose(text: str, how: How) -> Chosen:
    """The pieces of a text.

    ``auto`` takes what is in quotation marks, or else the whole text. In a sentence or two that
    hold a quotation, the whole may itself be quoted from a report, so it is a piece as well.

    Raises:
        QueryError: the text is empty or too long, or has nothing of the kind.
    """
    if not _WORD.search(text):
        raise QueryError(
            _("there are no words to look for: paste a quotation, a sentence or a draft")
        )
    if len(text) > LONGEST_TEXT:
        raise QueryError(
            _(
                "the text has {length} characters, and {most} is the most: check it in parts, "
                "chapter by chapter",
                length=len(text),
                most=LONGEST_TEXT,
            )
        )
    if how == "sentences":
        return _first([Piece(text[a:b], a, b) for a, b in split_sentences(text) if b > a])
    if how == "whole":
        return Chosen((_whole(text),))
    found = [Piece(quoted_words(text, span), *span) for span in find_quotations(text)]
    if how == "quotations" or len(text) > _LONGEST_QUOTATION:
        return _first(found)
    if not found:
        return Chosen((_whole(text),))
    if _is_short(text) and _WORD.search(_outside(text, found)):
        start = len(text) - len(text.lstrip())
        whole = Piece(text.strip(), start, start + len(text.strip()), perhaps=True)
        return Chosen((whole, *found))
    return _first(found)


def _whole(text: str) -> Piece:
    words = text.strip()
    if len(words) > _LONGEST_QUOTATION:
        raise QueryError(
            n_(
                "this is too long for one quotation ({count} character): let every sentence of it "
                "be checked",
                "this is too long for one quotation ({count} characters): let every sentence of "
                "it be checked",
                len(words),
            )
        )
    start = len(text) - len(text.lstrip())
    return Piece(words, start, start + len(words))


def _first(pieces: list[Piece]) -> Chosen:
    """At most ``MOST_PIECES`` pieces with words, and a note on those that were left out."""
    pieces = [each for each in pieces if _WORD.search(each.text)]
    if not pieces:
        raise QueryError(
            _(
                "there are no quotation marks or block quotes in the text: let every sentence of "
                "it be checked instead"
            )
        )
    if len(pieces) <= MOST_PIECES:
        return Chosen(tuple(pieces))
    left_out = len(pieces) - MOST_PIECES
    note = _(
        "Only the first {first} of {all} are checked; {left_out} are not. Check the rest of the "
        "text by itself.",
        first=MOST_PIECES,
        all=len(pieces),
        left_out=left_out,
    )
    return Chosen(tuple(pieces[:MOST_PIECES]), note)


def _is_short(text: str) -> bool:
    return len(text.split()) <= _A_SENTENCE_OR_TWO and not _BREAK.search(text.strip())


def _outside(text: str, pieces: list[Piece]) -> str:
    parts, at = [], 0
    for piece in pieces:
        parts.append(text[at : piece.start])
        at = piece.end
    return "".join([*parts, text[at:]])

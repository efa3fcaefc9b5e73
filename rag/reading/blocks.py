"""What every reader makes first: the blocks of a document, which are then put together.

A block is a paragraph, a heading, a list item or a row of a table. Putting them together is the
same for all formats, so that ``Reading.text`` looks the same whatever the file was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rag.reading.turns import find_turns
from rag.schema import Heading, Metadata, Reading

__all__ = ["BETWEEN", "Block", "assemble", "clean"]

BETWEEN = "\n\n"

_SPACES = re.compile("[ \t\n\v\f\r\x85\u2028\u2029]+")
# Controls, halves of surrogate pairs, and codes that are no characters.
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or with ``level`` (1 is the outermost) a heading.

    ``labelled`` says that it begins with a bold label, colon included, as a speaker's does.
    """

    text: str
    level: int | None = None
    labelled: bool = False


def clean(text: str) -> str:
    """``text`` as one line: white space collapsed, control characters gone, the rest as it is.

    No-break and thin spaces inside the line stay.
    """
    return _SPACES.sub(" ", _NOT_TEXT.sub("", text)).strip()


def assemble(
    blocks: Iterable[Block], *, metadata: Metadata | None = None, warnings: tuple[str, ...] = ()
) -> Reading:
    """Join ``blocks`` with blank lines; empty ones are left out.

    Finds the speaker turns, and warns of characters that are lost.
    """
    parts: list[str] = []
    headings: list[Heading] = []
    labelled: list[int] = []
    offset = 0
    for block in blocks:
        text = clean(block.text)
        if not text:
            continue
        if block.level is not None:
            headings.append(Heading(block.level, offset, offset + len(text)))
        if block.labelled:
            labelled.append(offset)
        parts.append(text)
        offset += len(text) + len(BETWEEN)
    whole = BETWEEN.join(parts)
    if unknown := whole.count("\ufffd"):
        warnings = (*warnings, f"{unknown} unreadable characters are shown as \ufffd")
    return Reading(
        text=whole,
        metadata=metadata or Metadata(),
        headings=tuple(headings),
        turns=find_turns(whole, headings=headings, labelled=labelled),
        warnings=warnings,
    )

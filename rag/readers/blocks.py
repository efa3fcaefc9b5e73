"""What every reader makes first: the blocks of a document, which are then put together.

A block is a paragraph, a heading, a list item or a row of a table. Putting them together is the
same for all formats, so that ``Reading.text`` looks the same whatever the file was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rag.readers.transcripts import find_turns
from rag.schema import Heading, Metadata, Page, PageKind, Reading

__all__ = ["BETWEEN", "Block", "PageStart", "assemble", "clean", "hidden_parts"]
__all__ += ["is_labelled"]

BETWEEN = "\n\n"

_SPACES = re.compile("[ \t\n\v\f\r\x85\u2028\u2029]+")
# Controls, halves of surrogate pairs, and codes that are no characters.
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class PageStart:
    """A page, slide or row begins ``at`` so many characters into the text of a block."""

    kind: PageKind = "page"
    label: str | None = None
    at: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or with ``level`` (1 is the outermost) a heading.

    ``labelled`` says that it begins with a bold label, colon included, as a speaker's does.
    ``starts`` are the pages that begin in it, in order; a block without text may carry some too,
    as a page with nothing but a picture does.
    """

    text: str
    level: int | None = None
    labelled: bool = False
    starts: tuple[PageStart, ...] = ()


def clean(text: str) -> str:
    """``text`` as one line: white space collapsed, control characters gone, the rest as it is.

    No-break and thin spaces inside the line stay.
    """
    return _SPACES.sub(" ", _NOT_TEXT.sub("", text)).strip()


def is_labelled(pieces: Iterable[tuple[str, bool]]) -> bool:
    """Whether a paragraph begins with a bold label and its colon, bold or not.

    ``pieces`` are its text in order, each with whether it is bold.
    """
    label = ""
    for text, bold in pieces:
        if bold or not text.strip():
            label += text
            continue
        label = label.strip()
        return label.find(":") == len(label) - 1 or (":" not in label and text[0] == ":")
    return label.strip().find(":") == len(label.strip()) - 1


def hidden_parts(kind: str, names: Sequence[str], where: str) -> tuple[str, ...]:
    """The warning that slides or sheets (``kind``) of these names are hidden; empty for none."""
    if not names:
        return ()
    listed = ", ".join(names)
    if len(names) == 1:
        return (f"{kind} {listed} is hidden {where} and was read all the same",)
    return (f"{kind}s {listed} are hidden {where} and were read all the same",)


def assemble(
    blocks: Iterable[Block],
    *,
    metadata: Metadata | None = None,
    warnings: tuple[str, ...] = (),
    spoken: bool = True,
) -> Reading:
    """Join ``blocks`` with blank lines; empty ones are left out, but not the pages they begin.

    Finds the speaker turns, unless nobody can be speaking (not ``spoken``), and warns of
    characters that are lost. There are pages if any block begins one; they are numbered from 1
    and cover the whole text.
    """
    parts: list[str] = []
    headings: list[Heading] = []
    labelled: list[int] = []
    starts: list[tuple[PageStart, int]] = []
    waiting: list[PageStart] = []
    offset = 0
    for block in blocks:
        text = clean(block.text)
        if not text:
            waiting.extend(block.starts)
            continue
        starts.extend((start, offset) for start in waiting)
        waiting = []
        for start in block.starts:
            rest = clean(block.text[start.at :])
            if rest:
                starts.append((start, offset + len(text) - len(rest)))
            else:
                waiting.append(start)
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
        pages=tuple(_pages([*starts, *((start, len(whole)) for start in waiting)], len(whole))),
        headings=tuple(headings),
        turns=find_turns(whole, headings=headings, labelled=labelled) if spoken else (),
        warnings=warnings,
    )


def _pages(starts: Sequence[tuple[PageStart, int]], end: int) -> Iterator[Page]:
    """Pages without gaps: each ends where the next begins, the first has what stands before it."""
    offsets = [0, *(offset for _, offset in starts[1:]), end]
    for at, (start, _) in enumerate(starts):
        yield Page(at + 1, start.label, offsets[at], offsets[at + 1], start.kind)

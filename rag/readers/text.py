"""Plain text: paragraphs out of lines, however the lines were broken.

A line on which the next word would not have fitted was broken by the width, and its paragraph goes
on; any other line ends its paragraph. So hard-wrapped text is joined, text with one paragraph to a
line stays as it is, and title blocks and lists keep their lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rag.readers.blocks import Block, assemble, clean, split_where
from rag.readers.captions import captions_in
from rag.readers.decoding import decode
from rag.readers.hyphens import Vocabulary, join_lines
from rag.readers.line_numbers import without_line_numbers
from rag.readers.page_heads import without_page_heads
from rag.readers.talk import chat_in
from rag.readers.timed_turns import with_turns_apart
from rag.readers.transcripts import starts_with_label
from rag.schema import Metadata, Reading

# Lines are wrapped by a width between these; a longer line is a paragraph of its own.
_NARROWEST, _WIDEST = 40, 110

# So many of a group's line ends must come from the width for the group to count as wrapped.
_MOST_WRAPPED = 0.8

_BROKEN_WORD = re.compile(r"[^\W\d_][-‐\xad]$")
_LINE_ENDS = re.compile("[\n\v\x85\u2028]")
_PARAGRAPH_ENDS = re.compile("[\f\u2029\x1c\x1d]")
_LIST_ITEM = re.compile(r"(?:[-*•‣▪·–—]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxlIVXL]{1,5})[.)])\s+\S")
_SECTION = re.compile(r"\s*<section>\s*(?P<title>.*?)\s*(?:</section>)?\s*", re.IGNORECASE)
_NUMBERED = re.compile(
    r"(?:(?:Section|Chapter|Part|Article|Annex|Appendix)\s+(?:\d+|[IVXLC]+|[A-Z])\b"
    r"|(?P<decimal>\d{1,2}(?:\.\d{1,2}){1,3})\.?\s+[^\W\d_])"
)

# A shorter line may be one of a list or a title; so few lines are printed between two pages.
_SHORTEST_LINE, _LONGEST_LINE, _MOST_BETWEEN = 30, 200, 3
_GOES_ON = ",-‐–—)]’'\"”»%"
_PAGE_NUMBER = re.compile(r"[-–—\[(]?\s?(?:page )?\d{1,4}\s?[-–—\])]?", re.IGNORECASE)

_LONGEST_TITLE, _LONGEST_HEADING = 150, 120

# A longer line is a title only if most of its words are capitalised: it may be a broken sentence.
_LONGEST_PLAIN_TITLE, _MOST_WORDS = 60, 0.7
_SENTENCE = re.compile(r"[a-z]{3}[.?!] [A-Z]|(?:^|\s)I\s+[a-z]")

# In a document that is mostly in capitals, capitals say nothing.
_MOST_CAPITALS = 0.3


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """A paragraph as one line; ``alone`` if blank lines, or the ends, stand on both sides.

    An ``aside`` stood inside a sentence, as what is printed between two pages does.
    """

    text: str
    alone: bool
    aside: bool = False


def read_text(content: bytes, name: str) -> Reading:
    """Read plain text; the title is its first line, if that is short and stands alone.

    Captions and exported chats under this name are read as what they are.
    """
    text = decode(content, name)
    if talk := captions_in(text) or chat_in(text):
        return talk
    text = without_line_numbers(without_page_heads(text))
    paragraphs = _mended(list(_paragraphs(with_turns_apart(text))))
    title = _title(paragraphs)
    blocks = list(_headed(paragraphs, title))
    return assemble(blocks, metadata=Metadata(title=title))


def _paragraphs(text: str) -> Iterator[_Paragraph]:
    """The paragraphs of plain text, whose lines may be broken by a width, with words, or not."""
    groups = list(_groups(text))
    lines = [line for group in groups for line in group]
    vocabulary = Vocabulary.of(lines)
    width = _width([line for group in groups if len(group) > 1 for line in group])
    for group in groups:
        parts = list(_split(group, width))
        for part in parts:
            joined = clean(join_lines(part, vocabulary))
            if joined:
                yield _Paragraph(joined, alone=len(parts) == 1)


def _mended(paragraphs: Sequence[_Paragraph]) -> list[_Paragraph]:
    """The paragraphs, those joined that are one although blank lines cut a sentence in two.

    The numbers and running heads of pages that stood in between come after that paragraph.
    """
    vocabulary = Vocabulary.of([each.text for each in paragraphs])
    mended: list[_Paragraph] = []
    at = 0
    while at < len(paragraphs):
        parts, between = [paragraphs[at].text], list[_Paragraph]()
        first, at = paragraphs[at], at + 1
        while _is_unfinished(parts) and (gap := _gap(paragraphs[at : at + _MOST_BETWEEN + 1])) >= 0:
            between += paragraphs[at : at + gap]
            parts.append(paragraphs[at + gap].text)
            at += gap + 1
        mended.append(replace(first, text=join_lines(parts, vocabulary)))
        mended += [replace(each, aside=True) for each in between]
    return mended


def _is_unfinished(parts: Sequence[str]) -> bool:
    """Whether the last sentence of a paragraph, given in parts, has no end."""
    first, last = parts[0], parts[-1][-_LONGEST_LINE:]
    if len(parts) == 1 and (
        len(first) < _SHORTEST_LINE or _in_capitals(last) or _LIST_ITEM.match(first)
    ):
        return False
    opens = not first[0].islower() or _SENTENCE.search(last) is not None
    return opens and (last[-1].isalnum() or last[-1] in _GOES_ON)


def _gap(following: Sequence[_Paragraph]) -> int:
    """How many paragraphs stand before the one that goes on in lower case; -1 if there is none.

    They can only be what is printed at the end and the beginning of a page, with its number.
    """
    for gap, paragraph in enumerate(following):
        text = paragraph.text
        if text[0].islower() and not _LIST_ITEM.match(text) and not starts_with_label(text):
            is_page_end = any(_PAGE_NUMBER.fullmatch(each.text) for each in following[:gap])
            return gap if not gap or is_page_end else -1
        if len(text) > _LONGEST_PLAIN_TITLE or text[-1] in ".?!:;":
            return -1
    return -1


def _groups(text: str) -> Iterator[list[str]]:
    """Lines that no blank line separates; a line of section markup is a group of its own."""
    for part in _PARAGRAPH_ENDS.split(text):
        group: list[str] = []
        for line in _LINE_ENDS.split(part):
            if line.strip() and not _SECTION.match(line):
                group.append(line.expandtabs(4).rstrip())
                continue
            if group:
                yield group
            group = []
            if line.strip():
                yield [line]
        if group:
            yield group


def _width(lines: Sequence[str]) -> int:
    """The width by which lines were wrapped: that of the longest but for a few."""
    lengths = sorted(len(line) for line in lines if len(line) <= _WIDEST)
    return lengths[int(0.98 * (len(lengths) - 1))] if lengths else 0


def _split(group: list[str], width: int) -> Iterator[list[str]]:
    """The paragraphs in a group of lines."""
    if len(group) > 3:
        width = min(width, max(map(len, group)))
    indents = [_indent(line) for line in group]
    has_margin = indents.count(min(indents)) > len(group) // 2

    def begins(line: str, following: str) -> bool:
        return _begins_paragraph(line, following, has_margin=has_margin)

    inner = [_is_wrapped(*pair, width) for pair in pairwise(group) if not begins(*pair)]
    if width < _NARROWEST or sum(inner) < _MOST_WRAPPED * max(1, len(inner)):
        return ([line] for line in group)
    return split_where(
        group, lambda part, line: begins(part[-1], line) or not _is_wrapped(part[-1], line, width)
    )


def _is_wrapped(line: str, following: str, width: int) -> bool:
    word = following.split(maxsplit=1)[0]
    if _BROKEN_WORD.search(line) and word[0].islower():
        return len(line) <= _WIDEST
    return len(line) <= _WIDEST and len(line) + 1 + len(word) > width


def _begins_paragraph(line: str, following: str, *, has_margin: bool) -> bool:
    """Whether ``following`` begins a new paragraph whatever the width."""
    if starts_with_label(following.strip()) or _LIST_ITEM.match(following.strip()):
        return True
    is_set_in = has_margin and _indent(following) >= _indent(line) + 2
    return is_set_in and not _LIST_ITEM.match(line.strip())


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _title(paragraphs: Sequence[_Paragraph]) -> str | None:
    if len(paragraphs) < 2 or not paragraphs[0].alone:
        return None
    match = _SECTION.fullmatch(paragraphs[0].text)
    if match:
        return clean(match["title"]) or None
    line = paragraphs[0].text
    return line if _is_title(line) and not paragraphs[1].text[0].islower() else None


def _is_title(line: str) -> bool:
    if len(line) > _LONGEST_TITLE or line.endswith((".", ",", ";", ":", "!", "…")):
        return False
    if _SENTENCE.search(line) or _LIST_ITEM.match(line) or starts_with_label(line):
        return False
    words = [word for word in line.split() if len(word) > 3 and word[0].isalpha()]
    capitalised = sum(word[0].isupper() for word in words)
    return len(line) <= _LONGEST_PLAIN_TITLE or capitalised >= _MOST_WORDS * len(words)


def _headed(paragraphs: Sequence[_Paragraph], title: str | None) -> Iterator[Block]:
    outermost = 1 if title is None else 2
    capitals = sum(_in_capitals(paragraph.text) for paragraph in paragraphs)
    capitals_tell = capitals <= max(1, _MOST_CAPITALS * len(paragraphs))
    for at, paragraph in enumerate(paragraphs):
        match = _SECTION.fullmatch(paragraph.text)
        text = match["title"] if match else paragraph.text
        if paragraph.aside:
            yield Block(text, aside=True)
        elif at == 0 and title is not None:
            yield Block(text, 1)
        elif match:
            yield Block(text, outermost)
        elif paragraph.alone and at < len(paragraphs) - 1:
            yield Block(text, _level(text, outermost, capitals_tell=capitals_tell))
        else:
            yield Block(text)


def _level(text: str, outermost: int, *, capitals_tell: bool) -> int | None:
    """The level of the heading that a line on its own is, or None for a paragraph."""
    if len(text) > _LONGEST_HEADING or text.endswith((".", ",", ";", "!", "…")):
        return None
    numbered = _NUMBERED.match(text)
    if numbered:
        return outermost + (numbered["decimal"] or "").count(".")
    if not capitals_tell or starts_with_label(text) or _LIST_ITEM.match(text):
        return None
    return outermost if _in_capitals(text) else None


def _in_capitals(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    return len(letters) >= 4 and all(letter.isupper() for letter in letters)

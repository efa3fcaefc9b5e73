"""All statements of one document, as the index of statements lists them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from rag.language.person_names import person_name
from rag.schema import AttributedStatement, Document, How

RECITED = re.compile(
    r"""(?:“[^“”]+”?|"[^"]+"?|«[^«»]+»?)[.,;]?(?:\s*[(\[][^()\[\]]*[)\]])?[.,;]?"""
)
"""A paragraph that is a quotation from mark to mark, perhaps with where it is from.

One of several paragraphs has no mark at its end.
"""
REMARK = re.compile(r"\s{0,50}+[(\[](?:[^\w()\[\]]{0,9}\w{1,30}){0,4}[^\w()\[\]]{0,9}[)\]][.\s]*+")
"""A remark of whoever wrote a transcript down: "(Laughter.)"."""

_PARAGRAPH = re.compile(r"\S(?:[^\n]*\S)?")
_AND = re.compile(r"(?:,|(?<!\s))\s++and\s++|(?<!\s)\s*+;\s*+")


def all_statements(document: Document) -> list[AttributedStatement]:
    """What is quoted and reported in a document, and its speakers' own words by paragraph.

    Those are the turns of a transcript, or else the text of a speech whose speaker the metadata
    name, or else of a text whose author they name. What several say together each of them says.
    """
    found = {*_once(document.statements or ()), *_own_words(document)}
    each_one = (
        replace(each, speaker=name) for each in found for name in joint_speakers(each.speaker)
    )
    return sorted(each_one, key=lambda each: (each.start, -each.end, each.depth, each.speaker))


def _once(statements: Iterable[AttributedStatement]) -> Iterator[AttributedStatement]:
    """The statements without accounts that are part of a quotation of the same speaker.

    Of "“…,” she told reporters" they are the same words.
    """
    listed = sorted(statements, key=lambda each: (each.start, -each.end))
    reach: dict[str, int] = {}  # where the last quotation of each speaker ends
    for each in listed:
        if each.how == "quoted":
            reach[each.speaker] = max(each.end, reach.get(each.speaker, 0))
        if each.how == "quoted" or each.end > reach.get(each.speaker, 0):
            yield each


def joint_speakers(speaker: str) -> list[str]:
    """Each of the people in "Ana Ruiz and Bo Holm"; of anything else it is the one.

    >>> joint_speakers("Ana Ruiz and Bo Holm"), joint_speakers("the minister and his wife")
    (['Ana Ruiz', 'Bo Holm'], ['the minister and his wife'])
    """
    parts = _AND.split(speaker)
    known = [person_name(part) for part in parts]
    both = len(parts) > 1 and all(
        part[:1].isupper() and len(name.parts) > 1 and not name.description and not name.is_body
        for part, name in zip(parts, known, strict=True)
    )
    return parts if both else [speaker]


def _own_words(document: Document) -> Iterator[AttributedStatement]:
    if document.turns:
        for turn in document.turns:
            yield from _paragraphs(document, turn.start, turn.end, turn.speaker, "turn")
        return
    whole = (0, len(document.text))
    speaker, author = (
        " ".join((name or "").split())
        for name in (document.metadata.speaker, document.metadata.author)
    )
    if speaker:
        yield from _paragraphs(document, *whole, speaker, "metadata")
    elif author:
        yield from _paragraphs(document, *whole, author, "author")


def _paragraphs(
    document: Document, start: int, end: int, speaker: str, how: How
) -> Iterator[AttributedStatement]:
    headings = {each.start: each.end for each in document.headings}
    for found in _PARAGRAPH.finditer(document.text, start, end):
        words = found[0]
        aside = document.is_aside(found.start())
        is_heading = headings.get(found.start(), -1) >= found.end()
        recited = how != "turn" and RECITED.fullmatch(words)
        if not (is_heading or aside or recited or REMARK.fullmatch(words)):
            yield AttributedStatement(*found.span(), speaker, how)

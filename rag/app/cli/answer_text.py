"""An answer as people read it in a terminal, at any width and without colour."""

from __future__ import annotations

import shlex
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from rich.text import Text

from rag.app import text as say
from rag.cite.citations import attribution, page_words, quoted

if TYPE_CHECKING:
    from rich.console import Console

    from rag.cite.answers import Answer, Statement
    from rag.schema import Citation, Condition

_WIDEST = 100
_NARROWEST = 20


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """Words to be wrapped; the first line begins at column ``first``, the others at ``rest``."""

    words: str
    first: int = 0
    rest: int = 0
    style: str = ""


Block = list[_Paragraph]
"""Paragraphs without a line between them; an empty line stands between blocks."""


def print_answer(answer: Answer, *, console: Console, where: Sequence[Condition] = ()) -> None:
    """Print a finished answer with its references, or an abstention with the nearest passages.

    ``where`` are the filters that were on. Nothing is said by style alone, and no line is longer
    than the console is wide, or than can be read well.
    """
    query = say.searched_for(answer)
    if answer.is_reply:
        told = _reply(answer)
    else:
        told = _abstention(answer, where) if answer.abstained else _answer(answer, where)
    blocks = [_plain(f"Searched for: {query}" if query else ""), *told, _suggestions(answer)]
    for at, block in enumerate(filter(None, blocks)):
        if at:
            console.print()
        for paragraph in block:
            _print(paragraph, console)


def _print(paragraph: _Paragraph, console: Console) -> None:
    indent = max(paragraph.first, paragraph.rest)
    width = max(min(console.width, _WIDEST) - indent, _NARROWEST)
    for at, line in enumerate(Text(_harmless(paragraph.words)).wrap(console, width)):
        space = " " * (paragraph.rest if at else paragraph.first)
        console.print(Text(space + line.plain.rstrip(), style=paragraph.style), soft_wrap=True)


def _harmless(words: str) -> str:
    """The words on one line, without the characters that a terminal takes for commands."""
    kept = (mark if unicodedata.category(mark) != "Cc" else " " for mark in words)
    return " ".join("".join(kept).split())


def _plain(words: str) -> Block:
    return [_Paragraph(words)] if words.strip() else []


def reference(citation: Citation) -> str:
    """Where a quotation stands: the document, the page, and the characters in its file."""
    page = None
    if citation.page is not None:
        page = page_words(citation.page, citation.page_label, citation.page_kind)
        page += " (recognised text)" if citation.ocr else ""
    speaker = citation.speaker
    if speaker and citation.reported:
        speaker += " (as reported)"
    parts = (citation.title, citation.publisher, citation.date, speaker, page)
    characters = f"{citation.source}, characters {citation.start}–{citation.end}"
    return ", ".join(part for part in (*parts, citation.section, characters) if part)


# Blocks ---------------------------------------------------------------------------------------


def _answer(answer: Answer, where: Sequence[Condition]) -> Iterator[Block]:
    yield from _cautions(answer)
    yield _plain(say.authorship(answer))
    cited = {citation.number: citation for citation in answer.citations}
    order = say.arranged(answer.statements)
    yield from _statements(order.before, cited)
    for name, statements in order.sides:
        first, *others = _statements(statements, cited)
        yield [_Paragraph(f"== {name} ==", style="bold"), *first]
        yield from others
    yield from _statements(order.after, cited)
    yield _listing(answer)
    yield _plain(say.confidence_sentences(answer))
    yield _plain(f"Only these reports were searched: {say.restricted(where)}." if where else "")
    yield [
        _Paragraph(f"[{each.number}] {reference(each)}", rest=4, style="dim")
        for each in answer.citations
    ]


def _listing(answer: Answer) -> Block:
    told = answer.listing
    if told is None:
        return []
    about = f" --about {shlex.quote(told.about)}" if told.about else ""
    command = f"rag statements --speaker {shlex.quote(told.person or told.speaker)}{about} --all"
    return [*_plain(say.listing_words(answer)), _Paragraph(f"All of them: {command}")]


def _reply(answer: Answer) -> Iterator[Block]:
    yield _plain(answer.text)
    yield [_Paragraph(f"- {say.listed(each)} ({each.source})", 2, 4) for each in answer.documents]


def _suggestions(answer: Answer) -> Block:
    questions = [_Paragraph(f"- {each}", 2, 4) for each in answer.suggestions]
    return [*_plain(say.suggesting(answer)), *questions] if questions else []


def _abstention(answer: Answer, where: Sequence[Condition]) -> Iterator[Block]:
    reason = say.sentence(answer.reason) if answer.reason else ""
    yield [_Paragraph(say.heading(answer), style="bold"), *_plain(reason)]
    yield from _cautions(answer)
    if where:
        words = f"Filters were on: {say.restricted(where)}. No other reports were searched."
        yield _plain(f"{words} Ask without --where to search all.")
    hits = [
        _Paragraph(
            f"- {', '.join(say.place(hit))}: {say.snippet(say.opening(hit.passage.text))}", 2, 4
        )
        for hit in say.nearest(answer)
    ]
    yield [*_plain(say.nearest_heading(answer)), *hits] if hits else []
    yield _plain(say.confidence_sentences(answer))
    yield _plain(say.reminder(answer))


def _cautions(answer: Answer) -> Iterator[Block]:
    return (_plain(note) for note in say.note_words(answer))


def _statements(statements: Sequence[Statement], cited: Mapping[int, Citation]) -> Iterator[Block]:
    """Each statement under the words that say whose it is; one line for a run of the same."""
    for whose, run in groupby(statements, key=lambda each: _whose(each, cited)):
        lines = [line for statement in run for line in _statement(statement, cited)]
        yield [*_plain(whose), *lines]


def _whose(statement: Statement, cited: Mapping[int, Citation]) -> str:
    first = next((cited[number] for number in statement.citations if number in cited), None)
    if statement.kind != "quote" or first is None:
        return ""
    return ", ".join(attribution(first)) + ":"


def _statement(statement: Statement, cited: Mapping[int, Citation]) -> Block:
    marks = "".join(f"[{number}]" for number in statement.citations if number in cited)
    if statement.kind == "quote":
        return [_Paragraph(f"{quoted(_harmless(statement.text))} {marks}", 2, 2)]
    support = f"({say.support_words(statement)})"
    if statement.support == "not_found":
        return [_Paragraph(f"! {statement.text} {marks}", 2, 4), _Paragraph(support, 4, 4)]
    return [_Paragraph(f"{statement.text} {marks} {support}")]

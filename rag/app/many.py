"""Many questions at once: read from a file, asked one by one, and answered as rows of a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rag import patience
from rag.answer import Chatbot
from rag.app.web.shared.places import link
from rag.cite.answers import Answer
from rag.errors import DamagedFile, QueryError, RagError
from rag.export.tables import TableFormat, write_table
from rag.language.finished_messages import in_readers_language
from rag.readers.decoding import check_is_text, decode
from rag.schema import Condition

EACH: Final = ("country", "document", "publisher", "year")
"""What every question can be asked of one by one."""
MOST_QUESTIONS: Final = 2_000
"""Questions of a file, at most."""
_COLUMNS: Final = (
    *("Question", "Asked of", "Answered", "Answer", "Quotation", "Speaker", "Title", "Publisher"),
    *("Date", "Page", "Confidence", "Why not", "Cautions", "File", "First character", "Link"),
)


@dataclass(frozen=True, slots=True)
class Answered:
    """One question, what it was asked of, and its answer or the error in its place."""

    question: str
    scope: str
    answer: Answer | None
    error: str = ""


def questions_in(path: Path) -> list[str]:
    """The questions of a file: the column ``question`` of a CSV file, or else its first column.

    In any other text file each line is a question. Lines without one are left out.

    Raises:
        QueryError: the file cannot be read, has no questions or too many.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise QueryError(f"{path} cannot be read: {error.strerror or error}") from error
    return questions_from(content, str(path))


def questions_from(content: bytes, name: str) -> list[str]:
    """The questions of a file of this name, as :func:`questions_in` reads it.

    Raises:
        QueryError: it is no text, has no questions or too many.
    """
    try:
        check_is_text(content, name)
        text = decode(content, name).lstrip("\ufeff")
        cells = _column_of(text) if name.lower().endswith(".csv") else text.splitlines()
    except (DamagedFile, csv.Error) as error:
        raise QueryError(
            f"{name} cannot be read as questions: {error}; save it as CSV with one question a row"
        ) from error
    found = [question for cell in cells if (question := " ".join(cell.split()))]
    if not found:
        raise QueryError(f"{name} has no questions: write one a line, or a column named question")
    if len(found) > MOST_QUESTIONS:
        raise QueryError(f"{name} has {len(found):,} questions; {MOST_QUESTIONS:,} is the most")
    return found


def _column_of(text: str) -> list[str]:
    """The cells under ``question``, or else the first of each row.

    Where it has no such column with commas, semicolons and tabs are tried, which spreadsheet
    programs set in some countries.
    """
    for mark in (",", ";", "\t"):
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark) if row]
        names = [cell.strip().casefold() for cell in rows[0]] if rows else []
        for name in ("question", "questions"):
            if name in names:
                column = names.index(name)
                return [row[column] for row in rows[1:] if len(row) > column]
    return [row[0] for row in csv.reader(io.StringIO(text, newline="")) if row]


def scopes(
    chatbot: Chatbot, each: str | None, *, where: Sequence[Condition] = ()
) -> list[tuple[str, tuple[Condition, ...]]]:
    """What every question is asked of, named: each value of a field, or once all documents.

    Only of the documents that meet ``where``, which is part of the conditions.
    """
    if each is None:
        return [("", tuple(where))]
    documents = chatbot.index.documents(where)
    field = "source" if each == "document" else each
    # Conditions on one field are alternatives: those of the filters would widen a scope.
    others = tuple(one for one in where if (one.field, one.operator) != (field, "="))
    if each == "document":
        named = [(one.metadata.title or one.source, one.source) for one in documents]
    else:
        values = {str(getattr(one.metadata, each) or "") for one in documents} - {""}
        named = [(value, value) for value in sorted(values, key=str.casefold)]
    return [(name, (*others, Condition(field, "=", value))) for name, value in named]


def answer_each(
    chatbot: Chatbot,
    questions: Sequence[str],
    asked_of: Sequence[tuple[str, tuple[Condition, ...]]],
) -> Iterator[Answered]:
    """Ask every question of each scope, by itself; what fails does not end the others."""
    for question in questions:
        for name, conditions in asked_of:
            try:
                *_, answer = chatbot.ask(question, where=conditions)
            except RagError as error:
                yield Answered(question, name, None, in_readers_language(error))
            else:
                yield Answered(question, name, answer)
            patience.progress()


def answers_table(
    answered: Sequence[Answered], *, format_: TableFormat, address: str = ""
) -> bytes:
    """A row for each quotation of each answer, and one for what is not answered.

    ``address`` is that of the page, to which the links lead; without it they are left out.
    """
    rows = (row for each in answered for row in _rows(each, address))
    return write_table(_COLUMNS, rows, format_=format_)


def _rows(each: Answered, address: str) -> Iterator[tuple[str | int | float | None, ...]]:
    answer = each.answer
    if answer is None:
        yield (each.question, each.scope, "error", *[None] * 8, each.error, *[None] * 4)
        return
    confidence, notes = round(answer.confidence, 3), " ".join(answer.notes)
    if not answer.citations:
        said = "no" if answer.abstained or not answer.text else "yes"
        told = None if answer.abstained else answer.text
        yield (
            *(each.question, each.scope, said, told, *[None] * 6),
            *(confidence, answer.reason, notes, *[None] * 3),
        )
        return
    generated = any(one.kind == "generated" for one in answer.statements)
    for at, cited in enumerate(answer.citations):
        page = cited.page_label or (str(cited.page) if cited.page else None)
        where = link(cited.document_id, cited.start, cited.end)
        yield (
            *(each.question, each.scope, "yes"),
            *(answer.text if generated and not at else None, cited.quote, cited.speaker),
            *(cited.title, cited.publisher, cited.date, page, confidence, None, notes),
            *(cited.source, cited.start, address + where if address else None),
        )

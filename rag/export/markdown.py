"""Exports as Markdown with footnotes.

Every sign of a text that Markdown, HTML or a template language could take for its own has a
backslash before it, which CommonMark takes away again. The record stands in a comment at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from rag.cite.items import one_line
from rag.cite.references import Run
from rag.export.embedded_json import RECORD, to_json
from rag.export.records import Export, ExportedStatement, Quotation
from rag.export.text import CHECKING, TITLE, caption, ocr_warning, state

_MARKUP: Final = re.compile(r"[\\`*_\[\]<>&$~|{}@]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_LINE_START: Final = re.compile(r"^(?:([-+#=])|(\d{1,9})([.)]))")


def to_markdown(export: Export) -> str:
    """The export as a file for people, with its record."""
    return "\n\n".join([*_blocks(export), f"{RECORD}{to_json(export)} -->"]) + "\n"


def _blocks(export: Export) -> Iterator[str]:
    yield f"# {TITLE}"
    yield _escaped(state(export))
    yield _escaped(CHECKING)
    for turn in export.turns:
        yield f"## {_escaped(turn.question) or '…'}"
        for note in turn.notes:
            yield f"*Caution:* {_escaped(note)}"
        for statement in turn.statements:
            yield from _statement(statement)
    if export.sources:
        yield "## Sources"
    for source in export.sources:
        yield (
            f"- {_runs(source.entry)}\n\n"
            f"  File {_escaped(one_line(source.source))}, document {_escaped(source.document_id)}, "
            f"SHA-256 of its text {source.text_sha256}"
        )
    yield from map(_definition, export.quotations)


def _statement(statement: ExportedStatement) -> Iterator[str]:
    if said := caption(statement):
        yield _escaped(said)
    marks = "".join(f"[^{number}]" for number in statement.quotations)
    line = f"{_escaped(statement.text)}{marks}"
    yield f"> {line}" if statement.kind == "quote" else line


def _definition(quotation: Quotation) -> str:
    parts = [_runs(quotation.note), _escaped(ocr_warning(quotation))]
    definition = f"[^{quotation.number}]: {' '.join(filter(None, parts))}"
    if quotation.shown:
        return definition
    return f"{definition}\n\n    > {_escaped(one_line(quotation.quote))}"


def _runs(runs: Sequence[Run]) -> str:
    made = [f"*{_escaped(run.text)}*" if _can_lean(run) else _escaped(run.text) for run in runs]
    return _LINE_START.sub(_escape_start, "".join(made))


def _can_lean(run: Run) -> bool:
    """Whether asterisks around the words make italics, as they do beside letters and digits."""
    text = run.text
    return run.italic and bool(text) and text[0].isalnum() and text[-1].isalnum()


def _escaped(text: str) -> str:
    """One line of Markdown that shows exactly these characters."""
    return _LINE_START.sub(_escape_start, _MARKUP.sub(lambda found: f"\\{found[0]}", text))


def _escape_start(found: re.Match[str]) -> str:
    return f"{found[2] or ''}\\{found[1] or found[3]}"

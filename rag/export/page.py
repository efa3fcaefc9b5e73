"""Exports as one HTML file that holds everything, runs nothing and fetches nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from rag.cite import Run, one_line
from rag.export.embedded_json import to_json
from rag.export.marks import RECORD_ID
from rag.export.records import Export, ExportedStatement, Quotation, Source
from rag.export.text import CHECKING, TITLE, by_number, caption, state, unseen

__all__ = ["to_html"]

_STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 1.05rem/1.55 Georgia, "Times New Roman", serif; max-width: 42rem; margin: 2.5rem auto;
  padding: 0 1.2rem; color: #1c1c1c; background: #fff; overflow-wrap: break-word; }
h1 { font-size: 1.7rem; line-height: 1.2; } h2 { font-size: 1.25rem; margin-top: 2.2rem; }
.state, .said, .file { color: #555; font-size: 0.9rem; }
.unchecked, .note { border-left: 4px solid #9a5b00; padding-left: 0.8rem; }
blockquote { margin: 0.4rem 0 1.1rem; padding-left: 0.9rem; border-left: 3px solid #8a8a8a; }
blockquote p { margin: 0; } sup { line-height: 0; } sup a { padding: 0 0.1em; }
a { color: #0b57a4; } li { margin-bottom: 0.6rem; } .notes { font-size: 0.93rem; }
code { font-size: 0.85em; overflow-wrap: anywhere; }
:target { background: #fff3c4; }
@media (prefers-color-scheme: dark) {
  body { color: #e8e8e8; background: #161616; } .state, .said, .file { color: #b5b5b5; }
  a { color: #8ab8f0; } :target { background: #4a3d00; }
  .unchecked, .note { border-color: #d89a3a; }
}
@media print { body { margin: 0; max-width: none; } }
"""
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"
)


def to_html(export: Export) -> str:
    """The export as a page, with its record in an element that no browser runs."""
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{TITLE}</title>",
            f"<style>{_STYLE}</style>",
            "</head>",
            "<body>",
            *_body(export),
            f'<script type="application/json" id="{RECORD_ID}">{to_json(export)}</script>',
            "</body>",
            "</html>",
            "",
        ]
    )


def _body(export: Export) -> Iterator[str]:
    yield f"<h1>{TITLE}</h1>"
    yield f'<p class="state">{escape(state(export))}</p>'
    yield f'<p class="state">{escape(CHECKING)}</p>'
    for turn in export.turns:
        yield f"<h2>{_isolated(turn.question)}</h2>"
        for note in turn.notes:
            yield f'<p class="note"><strong>Caution:</strong> {_isolated(note)}</p>'
        for statement in turn.statements:
            yield from _statement(statement)
    found = by_number(export)
    if found:
        yield '<section class="notes"><h2>Footnotes</h2><ol>'
        yield from map(_note, found.values())
        yield "</ol></section>"
    if export.sources:
        yield "<section><h2>Sources</h2><ul>"
        yield from map(_source, export.sources)
        yield "</ul></section>"


def _statement(statement: ExportedStatement) -> Iterator[str]:
    if said := caption(statement):
        yield f'<p class="said">{_isolated(said)}</p>'
    marks = "".join(
        f'<sup><a id="mark-{number}" href="#note-{number}" aria-label="Footnote {number}">'
        f"{number}</a></sup>"
        for number in statement.quotations
    )
    words = f"<p>{_isolated(statement.text)}{marks}</p>"
    if statement.kind == "quote":
        yield f'<blockquote class="quotation">{words}</blockquote>'
    elif statement.kind == "unchecked":
        yield f'<div class="unchecked">{words}</div>'
    else:
        yield words


def _note(quotation: Quotation) -> str:
    parts = [f'<span class="reference">{_runs(quotation.note)}</span>', escape(unseen(quotation))]
    if not quotation.shown:
        words = _isolated(one_line(quotation.quote))
        parts.append(f'<blockquote class="quotation"><p>{words}</p></blockquote>')
    number = quotation.number
    parts.append(f'<a href="#mark-{number}" aria-label="Back to the text">↩</a>')
    return f'<li id="note-{number}" value="{number}">{" ".join(filter(None, parts))}</li>'


def _source(source: Source) -> str:
    return (
        f"<li>{_runs(source.entry)}"
        f'<div class="file">File {_isolated(one_line(source.source))}, document '
        f"<code>{escape(source.document_id)}</code>, SHA-256 of its text "
        f"<code>{escape(source.text_sha256)}</code></div></li>"
    )


def _runs(runs: Sequence[Run]) -> str:
    made = [f"<i>{escape(run.text)}</i>" if run.italic else escape(run.text) for run in runs]
    return f"<bdi>{''.join(made)}</bdi>"


def _isolated(text: str) -> str:
    """The text, whose direction of writing changes nothing around it."""
    return f"<bdi>{escape(text)}</bdi>"

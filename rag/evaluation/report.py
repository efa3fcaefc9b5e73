"""An evaluation as a page: figures, plots, and every question with what went wrong.

Everything that was not written here is escaped: questions, documents and names are never markup.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from rag.evaluation.intervals import Interval, intervals, intervals_by_kind
from rag.evaluation.plots import Plot, plots
from rag.evaluation.records import Evaluation
from rag.evaluation.report_questions import Link, no_link, questions_html
from rag.evaluation.summary import Figures, summarise, timings
from rag.evaluation.verdicts import FAILURES

__all__ = ["report_html", "report_page", "report_script", "report_style"]

_HERE = Path(__file__).parent
_TILES = (
    ("R@5", "evidence found in the first 5 passages"),
    ("Hit@1", "first sentence is right"),
    ("evidence F1", "quoted words against the expected ones"),
    ("citation integrity", "quotes that stand where they should"),
    ("attribution accuracy", "words of the right speaker first"),
    ("abstention accuracy", "answered or abstained rightly"),
    ("AUROC", "confidence tells what is answerable"),
)
_OF_KINDS = (
    *("R@5", "evidence F1", "Hit@1", "attribution accuracy"),
    *("refusal accuracy", "abstention accuracy"),
)


def report_page(evaluation: Evaluation) -> str:
    """A page that stands alone: it loads nothing, and may run no script but its own."""
    style = f"{_COLOURS}{report_style()}"
    script = f"{report_script()}\nmountReport(document.querySelector('.evaluation'));\n"
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    title = f"Evaluation on {escape(evaluation.name)}"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{title}</title><style>{style}</style></head>"
        f'<body><main class="evaluation">{report_html(evaluation)}</main>'
        f'<script type="module">{script}</script></body></html>\n'
    )


def report_html(evaluation: Evaluation, *, link: Link = no_link, level: int = 1) -> str:
    """The report as a fragment, whose headings begin at ``level``.

    ``link`` gives the address of a place in a document, where the report can open it.
    """
    scores = evaluation.scores
    summary, bounds = summarise(scores), intervals(scores)
    return "".join(
        (
            _head(evaluation, level),
            _tiles(evaluation, summary, bounds),
            '<div class="plots">',
            *(_figure(each, level) for each in plots(evaluation)),
            "</div>",
            _tables(evaluation, summary, bounds),
            questions_html(evaluation, link=link, level=level),
        )
    )


def report_style() -> str:
    """The style of the report, all of it below ``.evaluation``."""
    return (_HERE / "report.css").read_text("utf-8")


def report_script() -> str:
    """The module that filters the questions; exports ``mountReport(element)``."""
    return (_HERE / "report.js").read_text("utf-8")


_COLOURS = """
:root { --accent: #0b5d7a; --accent-soft: #e8f1f4; --second: #a4500f; --ink: #1d2125;
  --ink-soft: #5a626b; --paper: #ffffff; --shade: #f6f7f8; --line: #dcdfe3; --field: #ffffff;
  --field-line: #8a929a; --caution: #7a4b00; --caution-soft: #fdf4e3; --danger: #a3231f;
  --danger-soft: #fbeceb; --serif: Charter, "Iowan Old Style", Georgia, "DejaVu Serif", serif;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
@media (prefers-color-scheme: dark) { :root { --accent: #7cc4de; --accent-soft: #1c2d34;
  --second: #e8a15c; --ink: #e6e8ea; --ink-soft: #a3abb3; --paper: #16181b; --shade: #1d2024;
  --line: #343a40; --field: #1d2024; --field-line: #6b737b; --caution: #f0c878;
  --caution-soft: #2c2518; --danger: #f2a29c; --danger-soft: #331f1e; } }
body { margin: 0; background: var(--paper); }
main.evaluation { max-width: 1240px; margin: 0 auto; padding: 24px 24px 80px; }
@media (max-width: 640px) { main.evaluation { padding: 16px 16px 60px; } }
"""


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


# The parts ------------------------------------------------------------------------------------


def _head(evaluation: Evaluation, level: int) -> str:
    asked = len(evaluation.outcomes)
    wrong = sum(bool(each.failures) for each in evaluation.outcomes)
    told = (
        f"{asked:,} questions, {asked - wrong:,} with nothing wrong. Answers with a confidence "
        f"under {evaluation.abstain_below:g} are abstained from. What is marked wrong may be right "
        "in words that the gold set does not have: read it."
    )
    cut = ""
    if asked < evaluation.asked:
        cut = (
            f'<p class="cut">Interrupted: {evaluation.asked - asked:,} of {evaluation.asked:,} '
            "questions were not asked.</p>"
        )
    name = f"<bdi>{escape(evaluation.name)}</bdi>"
    return f'<h{level}>Evaluation on {name}</h{level}>{cut}<p class="lead">{told}</p>'


def _tiles(evaluation: Evaluation, summary: Figures, bounds: Mapping[str, Interval]) -> str:
    tiles = [
        f"<div><dt>{name}<small>{words}</small></dt><dd>{_number(summary[name])}"
        f"<small>{_between(bounds.get(name))}</small></dd></div>"
        for name, words in _TILES
        if summary.get(name) is not None
    ]
    total = len(evaluation.outcomes) or 1
    failed = [
        f'<li><button type="button" data-failure="{escape(name)}">{escape(name)}</button>'
        f"<span>{escape(FAILURES[name])}</span><b>{count}</b> "
        f"<small>{count / total:.0%}</small></li>"
        for name, count in evaluation.failures.items()
    ]
    wrong = f'<ul class="failed" aria-label="What went wrong">{"".join(failed)}</ul>'
    return f'<dl class="tiles">{"".join(tiles)}</dl>{wrong if failed else ""}'


def _figure(plot: Plot, level: int) -> str:
    return (
        f'<figure class="plot" data-plot="{plot.name}"><h{level + 1}>{plot.heading}</h{level + 1}>'
        f"{plot.svg}<figcaption>{escape(plot.words)}</figcaption></figure>"
    )


def _tables(evaluation: Evaluation, summary: Figures, bounds: Mapping[str, Interval]) -> str:
    rows = [(name, _number(value), _between(bounds.get(name))) for name, value in summary.items()]
    measures = _table(("measure", "figure", "95 % interval"), rows)
    parts = timings(evaluation.scores)
    taken = _table(("part", "median ms"), [(name, f"{value:.1f}") for name, value in parts.items()])
    return (
        f'<details class="all"><summary>All measures</summary>{measures}{taken}'
        "<p>Intervals are percentile bootstraps over the questions. Where all questions agree they "
        "have no width, which is no certainty.</p></details>"
        f"{_kinds(evaluation)}"
    )


def _kinds(evaluation: Evaluation) -> str:
    groups = evaluation.by_kind()
    if not groups:
        return ""
    bounds = intervals_by_kind(evaluation.scores)
    figures = {kind: summarise(scores) for kind, scores in groups.items()}
    shown = [m for m in _OF_KINDS if any(each[m] is not None for each in figures.values())]
    rows = [
        (
            kind,
            str(each["questions"]),
            *(_with_interval(each[name], bounds[kind].get(name)) for name in shown),
        )
        for kind, each in figures.items()
    ]
    table = _table(("kind", "questions", *shown), rows)
    return f'<details class="all"><summary>By kind of question</summary>{table}</details>'


def _with_interval(value: float | int | None, bounds: Interval | None) -> str:
    return f"{_number(value)} ({_between(bounds)})" if bounds else _number(value)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    lines = (
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f"<td>{escape(each)}</td>" for each in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return (
        '<div class="table" tabindex="0" role="region" aria-label="Figures"><table><thead><tr>'
        f"{head}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def _number(value: float | int | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3f}"


def _between(bounds: Interval | None) -> str:
    return f"{_number(bounds[0])}–{_number(bounds[1])}" if bounds else ""

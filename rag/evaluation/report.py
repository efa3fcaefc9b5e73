"""An evaluation as a page: figures, plots, and every question with what went wrong.

Everything that was not written here is escaped: questions, documents and names are never markup.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from rag.cite import page_reference
from rag.evaluation.comparison import Comparison, Difference
from rag.evaluation.failures import FAILURES, Expected, Outcome
from rag.evaluation.intervals import Interval, intervals, intervals_by_kind
from rag.evaluation.plots import plots
from rag.evaluation.records import Evaluation
from rag.evaluation.summary import Figures, summarise, timings
from rag.html import one_line, render
from rag.schema import Citation, Hit

__all__ = ["Link", "comparison_html", "report_html", "report_page", "report_style"]

Link = Callable[[str, int, int], str | None]
"""The address of the characters ``[start, end)`` of a document; None if there is none."""

_HERE = Path(__file__).parent
_TILES = {
    "R@5": "evidence found in the first 5 passages",
    "Hit@1": "first sentence is right",
    "evidence F1": "quoted words against the expected ones",
    "citation integrity": "quotes that stand where they should",
    "attribution accuracy": "words of the right speaker first",
    "abstention accuracy": "answered or abstained rightly",
    "AUROC": "confidence tells what is answerable",
}
_OF_KINDS = (
    *("R@5", "evidence F1", "Hit@1", "attribution accuracy"),
    *("refusal accuracy", "abstention accuracy"),
)
_HITS = 3
_SNIPPET = 240
_WORST = tuple(FAILURES)


def report_page(evaluation: Evaluation) -> str:
    """A page that stands alone: it loads nothing, and may run no script but its own."""
    style = (_HERE / "report_colours.css").read_text("utf-8") + report_style()
    script = (_HERE / "report.js").read_text("utf-8")
    script += "\nmountReport(document.querySelector('.evaluation'));\n"
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    return render(
        "evaluation/report_page.html",
        name=evaluation.name,
        policy=Markup(policy),  # noqa: S704 - quotation marks and hashes
        style=Markup(style),  # noqa: S704 - our own
        script=Markup(script),  # noqa: S704 - our own
        report=report_html(evaluation),
    )


def report_style() -> str:
    """The style of the report, all of it below ``.evaluation``."""
    return (_HERE / "report.css").read_text("utf-8")


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def report_html(evaluation: Evaluation, *, link: Link = lambda *_: None, level: int = 1) -> Markup:
    """The report as a fragment, whose headings begin at ``level``.

    ``link`` gives the address of a place in a document, where the report can open it.
    """
    summary, bounds = summarise(evaluation.scores), intervals(evaluation.scores)
    right = sum(not each.failures for each in evaluation.outcomes)
    failed = evaluation.failures
    kind_heads, kinds = _kinds(evaluation)
    return render(
        "evaluation/report.html",
        name=evaluation.name,
        level=level,
        asked=len(evaluation.outcomes),
        wanted=evaluation.asked,
        right=right,
        threshold=evaluation.abstain_below,
        tiles=_tiles(summary, bounds),
        failed=failed,
        failures=FAILURES,
        # matplotlib's, without anything that is not a shape or escaped text.
        plots=[
            {"name": each.name, "heading": each.heading, "words": each.words, "svg": _svg(each.svg)}
            for each in plots(evaluation)
        ],
        measures=[
            (name, _number(value), _between(bounds.get(name))) for name, value in summary.items()
        ],
        timings=[(part, f"{value:.1f}") for part, value in timings(evaluation.scores).items()],
        kind_heads=kind_heads,
        kinds=kinds,
        kind_options=[
            ("all", ""),
            *((f"{kind} ({len(each)})", kind) for kind, each in evaluation.by_kind().items()),
        ],
        failure_options=[
            ("all questions", ""),
            ("anything", "*"),
            *((f"{name} ({number})", name) for name, number in failed.items()),
            (f"nothing wrong ({right})", "-"),
        ],
        questions=[_question(each, link) for each in sorted(evaluation.outcomes, key=_severity)],
    )


def _svg(drawn: str) -> Markup:
    return Markup(drawn)  # noqa: S704 - see rag.evaluation.svg


# Figures --------------------------------------------------------------------------------------


def _tiles(summary: Figures, bounds: Mapping[str, Interval]) -> list[dict[str, str]]:
    return [
        {
            "name": name,
            "words": words,
            "number": _number(summary[name]),
            "between": _between(bounds.get(name)),
        }
        for name, words in _TILES.items()
        if summary.get(name) is not None
    ]


def _kinds(evaluation: Evaluation) -> tuple[Sequence[str], list[Sequence[str]]]:
    """The head and the rows of the table of kinds; no rows if there are no kinds."""
    groups = evaluation.by_kind()
    bounds = intervals_by_kind(evaluation.scores) if groups else {}
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
    return ("kind", "questions", *shown), [*rows]


def _with_interval(value: float | int | None, bounds: Interval | None) -> str:
    return f"{_number(value)} ({_between(bounds)})" if bounds else _number(value)


def _number(value: float | int | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3f}"


def _between(bounds: Interval | None) -> str:
    return f"{_number(bounds[0])}–{_number(bounds[1])}" if bounds else ""


# Questions ------------------------------------------------------------------------------------


def _severity(outcome: Outcome) -> tuple[int, float]:
    """Worst first: by the worst failure, then by how sure the answer was."""
    if not outcome.failures:
        return len(_WORST), outcome.scores.confidence
    return _WORST.index(outcome.failures[0]), -outcome.scores.confidence


def _question(outcome: Outcome, link: Link) -> dict[str, Any]:
    answer = outcome.answer
    cited = {each.number: each for each in answer.citations}
    conditions = outcome.question.conditions
    return {
        "outcome": outcome,
        "filters": ", ".join(f"{each.field} {each.operator} {each.value}" for each in conditions),
        "statements": [
            {
                "text": each.text,
                "places": [_citation(cited[n], link) for n in each.citations if n in cited],
            }
            for each in answer.statements
        ],
        "expected": [_expected(each, link) for each in outcome.expected],
        # The first passages, where the answer went wrong.
        "hits": [_hit(each, link) for each in answer.hits[:_HITS]] if outcome.failures else [],
    }


def _citation(citation: Citation, link: Link) -> dict[str, str | None]:
    page = (
        page_reference(citation.page, citation.page_label, citation.page_kind)
        if citation.page
        else ""
    )
    parts = [citation.title, citation.section or "", page, citation.speaker or "speaker unknown"]
    return {
        "words": f"[{citation.number}] {', '.join(filter(None, parts))}",
        "link": link(citation.document_id, citation.start, citation.end),
    }


def _expected(item: Expected, link: Link) -> dict[str, str | None]:
    place = item.place
    address = None
    if place.document_id is not None and place.start is not None and place.end is not None:
        address = link(place.document_id, place.start, place.end)
    if not item.known:
        state = "not in this index"
    elif item.rank is None:
        state = "not retrieved"
    else:
        state = f"retrieved at rank {item.rank}, {'quoted' if item.cited else 'not quoted'}"
    where = item.source + (f", page {item.page}" if item.page is not None else "")
    return {"quote": item.quote, "words": where, "link": address, "state": state}


def _hit(hit: Hit, link: Link) -> dict[str, str | None]:
    passage, text = hit.passage, one_line(hit.passage.text)
    named = ", ".join(filter(None, (hit.title, passage.section)))
    return {
        "words": f"{hit.rank}. {named}",
        "link": link(passage.document_id, passage.start, passage.end),
        "text": text if len(text) <= _SNIPPET else f"{text[: _SNIPPET - 1]}…",
    }


# Comparison -----------------------------------------------------------------------------------


def comparison_html(comparison: Comparison) -> Markup:
    """The measures of two runs with their differences, and the questions that changed sides."""
    return render(
        "evaluation/comparison.html",
        comparison=comparison,
        rows=[_difference(each) for each in comparison.differences if not each.is_none],
        same=", ".join(each.measure for each in comparison.differences if each.is_none),
    )


def _difference(each: Difference) -> Sequence[str]:
    places = 0 if each.measure.startswith("latency") else 3
    bounds = each.interval
    between = f"{bounds[0]:+.{places}f} to {bounds[1]:+.{places}f}" if bounds else ""
    p = "" if each.p is None else "<0.001" if each.p < 0.001 else f"{each.p:.3f}"
    return (
        each.measure,
        f"{each.before:.{places}f}",
        f"{each.after:.{places}f}",
        f"{each.change:+.{places}f}",
        between,
        p,
        {True: "better", False: "worse", None: ""}[each.better],
    )

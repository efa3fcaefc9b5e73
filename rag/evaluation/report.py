"""An evaluation as a page: figures, plots, and every question with what went wrong.

Everything that was not written here is escaped: questions, documents and names are never markup.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from markupsafe import Markup

from rag.cite.citations import page_reference
from rag.evaluation.comparison import Comparison
from rag.evaluation.failures import FAILURES, Outcome
from rag.evaluation.intervals import intervals
from rag.evaluation.measures import Scores
from rag.evaluation.plots import plots
from rag.evaluation.records import Evaluation
from rag.evaluation.summary import summarise, timings
from rag.html import render, source_hash
from rag.language.translation import N_, _, direction, language, p_

Link = Callable[[str, int, int], str | None]
"""The address of the characters ``[start, end)`` of a document; None if there is none."""

_HERE = Path(__file__).parent
_TILES = {
    "R@5": N_("evidence found in the first 5 passages"),
    "Hit@1": N_("first sentence is right"),
    N_("evidence F1"): N_("quoted words against the expected ones"),
    N_("citation integrity"): N_("quotes that stand where they should"),
    N_("attribution accuracy"): N_("words of the right speaker first"),
    N_("abstention accuracy"): N_("answered or abstained rightly"),
    "AUROC": N_("confidence tells what is answerable"),
}
_OF_KINDS = (
    *("R@5", "evidence F1", "Hit@1", "attribution accuracy"),
    *("refusal accuracy", "abstention accuracy"),
)
_NONE = "–"


def report_page(evaluation: Evaluation) -> str:
    """A page that stands alone: it loads nothing, and may run no script but its own."""
    style = (_HERE / "report_colours.css").read_text("utf-8") + report_style()
    script = (_HERE / "report.js").read_text("utf-8")
    script += "\nmountReport(document.querySelector('.evaluation'));\n"
    policy = (
        f"default-src 'none'; style-src {source_hash(style)}; script-src {source_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    return render(
        "evaluation/report_page.html",
        name=evaluation.name,
        lang=language(),
        dir=direction(language()),
        policy=Markup(policy),  # noqa: S704 - quotation marks and hashes
        style=Markup(style),  # noqa: S704 - our own
        script=Markup(script),  # noqa: S704 - our own
        report=report_html(evaluation),
    )


def report_style() -> str:
    """The style of the report, all of it below ``.evaluation``."""
    return (_HERE / "report.css").read_text("utf-8")


def report_html(evaluation: Evaluation, *, link: Link = lambda *_: None, level: int = 1) -> Markup:
    """The report as a fragment, whose headings begin at ``level``.

    ``link`` gives the address of a place in a document, where the report can open it.
    """
    scores, groups, failed = evaluation.scores, evaluation.by_kind(), evaluation.failures
    right = sum(not each.failures for each in evaluation.outcomes)
    figures = _figures(scores)
    return render(
        "evaluation/report.html",
        evaluation=evaluation,
        level=level,
        link=link,
        page_reference=page_reference,
        right=right,
        tiles=_TILES,
        figures=figures,
        measures=[(name, *each) for name, each in figures.items()],
        failures=FAILURES,
        # matplotlib's, without anything that is not a shape or escaped text.
        plots=[(each, Markup(each.svg)) for each in plots(evaluation)],  # noqa: S704
        timings=[(part, f"{value:.1f}") for part, value in timings(scores).items()],
        kinds=_kinds(groups),
        kind_options=[
            (p_("kinds of questions", "all"), ""),
            *((f"{kind} ({len(each)})", kind) for kind, each in groups.items()),
        ],
        failure_options=[
            (_("all questions"), ""),
            (p_("what went wrong", "anything"), "*"),
            *((f"{_(name)} ({number})", name) for name, number in failed.items()),
            (_("nothing wrong ({number})", number=right), "-"),
        ],
        outcomes=sorted(evaluation.outcomes, key=_severity),
    )


def _severity(outcome: Outcome) -> tuple[int, float]:
    """Worst first: by the worst failure, then by how sure the answer was."""
    if not outcome.failures:
        return len(FAILURES), outcome.scores.confidence
    return list(FAILURES).index(outcome.failures[0]), -outcome.scores.confidence


def _figures(scores: Sequence[Scores]) -> dict[str, tuple[str, str]]:
    """Every measure with its figure and its interval, as they are shown."""
    bounds = intervals(scores)
    return {
        name: (_number(value), "–".join(map(_number, bounds.get(name, ()))))
        for name, value in summarise(scores).items()
    }


def _kinds(groups: Mapping[str, Sequence[Scores]]) -> list[Sequence[str]]:
    """The table of kinds, its head first; measures that apply to no kind are left out."""
    figures = {kind: _figures(scores) for kind, scores in groups.items()}
    shown = [name for name in _OF_KINDS if any(each[name][0] != _NONE for each in figures.values())]
    rows = [
        (kind, each["questions"][0], *(_cell(*each[name]) for name in shown))
        for kind, each in figures.items()
    ]
    return [(_("kind"), _("questions"), *map(_, shown)), *rows]


def _cell(figure: str, between: str) -> str:
    return f"{figure} ({between})" if between else figure


def _number(value: float | int | None) -> str:
    if value is None:
        return _NONE
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3f}"


def comparison_html(comparison: Comparison) -> Markup:
    """The measures of two runs with their differences, and the questions that changed sides."""
    return render("evaluation/comparison.html", comparison=comparison)

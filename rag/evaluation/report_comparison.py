"""Two runs side by side, as a fragment of a page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rag.evaluation.comparing import Changed, Comparison, Difference

__all__ = ["comparison_html"]


def comparison_html(comparison: Comparison) -> str:
    """The measures with their differences, and the questions that changed sides. All escaped."""
    earlier, later = (f"<bdi>{escape(name)}</bdi>" for name in comparison.names)
    cautions = "".join(f'<p class="cut">{escape(each)}.</p>' for each in comparison.cautions)
    rows = "".join(_row(each) for each in comparison.differences if not each.is_none)
    same = ", ".join(escape(each.measure) for each in comparison.differences if each.is_none)
    heads = ("measure", "earlier", "this run", "difference", "95 % interval", "p", "")
    head = "".join(f'<th scope="col">{each}</th>' for each in heads)
    return (
        f"<h2>{later} against an earlier run on {earlier}</h2>{cautions}"
        f'<p class="lead">{comparison.questions:,} questions in both. p is from a permutation test '
        "over the questions, adjusted for the number of measures: under 0.05, one run is called "
        "better or worse.</p>"
        '<div class="table" tabindex="0" role="region" aria-label="Differences"><table><thead><tr>'
        f"{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        f"{f'<p>No difference in: {same}.</p>' if same else ''}"
        f"{_changed('Right now, wrong before', comparison.gained)}"
        f"{_changed('Wrong now, right before', comparison.lost)}"
    )


def _row(each: Difference) -> str:
    places = 0 if each.measure.startswith("latency") else 3
    bounds = each.interval
    between = f"{bounds[0]:+.{places}f} to {bounds[1]:+.{places}f}" if bounds else ""
    verdict = {True: "better", False: "worse", None: ""}[each.better]
    p = "" if each.p is None else "&lt;0.001" if each.p < 0.001 else f"{each.p:.3f}"
    return (
        f'<tr><th scope="row">{escape(each.measure)}</th><td>{each.before:.{places}f}</td>'
        f"<td>{each.after:.{places}f}</td><td>{each.change:+.{places}f}</td><td>{between}</td>"
        f'<td>{p}</td><td class="{verdict}">{verdict}</td></tr>'
    )


def _changed(heading: str, changed: Sequence[Changed]) -> str:
    items = "".join(
        f'<li><span dir="auto">{escape(each.question)}</span> '
        f'<span class="badge">{escape(", ".join(each.before or each.after))}</span></li>'
        for each in changed
    )
    listed = f'<ul class="changed">{items}</ul>' if changed else ""
    return f'<details class="all"><summary>{heading}: {len(changed)}</summary>{listed}</details>'

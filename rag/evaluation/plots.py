"""The plots of an evaluation, each an SVG element to stand in a page.

Drawn by matplotlib without its global state, and fitted to a strict page by
:mod:`rag.evaluation.svg`. Every plot has a sentence that says the same in words.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.metrics import precision_recall_curve

from rag.evaluation.intervals import resampled
from rag.evaluation.summary import p95, reliability_curve
from rag.evaluation.svg import ACCENT, INK, LINE, SECOND, SOFT, fitted
from rag.language.translation import _, n_

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rag.evaluation.failures import Outcome
    from rag.evaluation.records import Evaluation

_DRAWING = threading.Lock()
"""matplotlib's settings are global: one plot at a time."""
_SETTINGS: Any = {  # its own type names every setting that there is
    "svg.fonttype": "none",
    "svg.hashsalt": "footnote",
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": SOFT,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "legend.frameon": False,
    "text.parse_math": False,
}
_WIDTH, _HEIGHT = 4.7, 3.0


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot: its heading, what it shows in a sentence, and the SVG element."""

    name: str
    heading: str
    words: str
    svg: str


def plots(evaluation: Evaluation) -> list[Plot]:
    """The plots that the outcomes allow, in the order in which they are shown."""
    if not evaluation.outcomes:
        return []
    drawn = (_retrieval, _reliability, _abstaining, _latency, _kinds)
    return [plot for each in drawn if (plot := each(evaluation)) is not None]


def _draw(name: str, paint: Callable[[Axes], None], *, height: float = _HEIGHT) -> str:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with _DRAWING, rc_context(_SETTINGS):
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        paint(figure.add_subplot())
        written = io.BytesIO()
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    return fitted(written.getvalue(), name)


# The plots ------------------------------------------------------------------------------------


def rank_curve(outcomes: Sequence[Outcome]) -> tuple[list[str], np.ndarray[Any, Any]]:
    """The share of each question's evidence that is found by rank 1, 2, …, with the ids.

    The array has a row for each answerable question with evidence, a column for each rank up to
    the last hit; it may be empty.
    """
    judged = [each for each in outcomes if each.question.answerable and each.expected]
    last = max((len(each.answer.hits) for each in judged), default=0)
    rows = [
        [
            sum(item.rank is not None and item.rank <= rank for item in each.expected)
            / len(each.expected)
            for rank in range(1, last + 1)
        ]
        for each in judged
    ]
    return [each.question.id for each in judged], np.array(rows, float).reshape(len(rows), last)


def _retrieval(evaluation: Evaluation) -> Plot | None:
    found = rank_curve(evaluation.outcomes)[1]
    if not found.size:
        return None
    count, last = found.shape
    ranks = np.arange(1, last + 1)
    mean = found.mean(axis=0)
    drawn = found[resampled(count)].mean(axis=1)
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)

    def paint(axes: Axes) -> None:
        axes.fill_between(ranks, low, high, color=ACCENT, alpha=0.18, linewidth=0)
        axes.plot(ranks, mean, color=ACCENT, marker="o", markersize=4)
        axes.set(xlabel=_("passages looked at"), ylabel=_("evidence found"), ylim=(0, 1.03))
        axes.set_xticks(ranks if last <= 12 else ranks[:: last // 10])

    words = n_(
        "Of the expected evidence, {share} is in the first passage and {more} in the first {last}, "
        "over {count} question; the band is the 95 % interval.",
        "Of the expected evidence, {share} is in the first passage and {more} in the first {last}, "
        "over {count} questions; the band is the 95 % interval.",
        count,
        share=f"{mean[0]:.0%}",
        more=f"{mean[-1]:.0%}",
        last=last,
    )
    return Plot("retrieval", _("Evidence found by rank"), words, _draw("retrieval", paint))


def _reliability(evaluation: Evaluation) -> Plot | None:
    curve = reliability_curve(evaluation.scores)
    sure = [each.confidence for each in curve]
    observed = [each.answerable for each in curve]
    most = max(each.questions for each in curve)
    sizes = [20 + 70 * each.questions / most for each in curve]

    def paint(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=SOFT, linewidth=1, linestyle="--")
        axes.plot(sure, observed, color=ACCENT, linewidth=1)
        axes.scatter(sure, observed, s=sizes, color=ACCENT, zorder=3)
        axes.axvline(evaluation.abstain_below, color=SECOND, linewidth=1)
        axes.set(xlabel=_("confidence"), ylabel=_("share that is answerable"))
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.05))

    words = _(
        "On the dashed line confidence is the probability that the collection answers; under it, "
        "it is too sure. The upright line is the threshold, {threshold}; larger points stand for "
        "more questions.",
        threshold=f"{evaluation.abstain_below:g}",
    )
    heading = _("Reliability of the confidence")
    return Plot("reliability", heading, words, _draw("reliability", paint))


def _abstaining(evaluation: Evaluation) -> Plot | None:
    unanswerable = [not each.answerable for each in evaluation.scores]
    if not any(unanswerable) or all(unanswerable):
        return None
    doubt = [1 - each.confidence for each in evaluation.scores]
    precision, recall, thresholds = precision_recall_curve(unanswerable, doubt)
    under = 1 - thresholds

    def paint(axes: Axes) -> None:
        axes.step(under, precision[:-1], color=ACCENT, where="pre", label=_("precision"))
        dashed = (0, (4, 2))
        axes.step(
            under, recall[:-1], color=SECOND, where="pre", label=_("recall"), linestyle=dashed
        )
        axes.axvline(evaluation.abstain_below, color=SOFT, linewidth=1)
        axes.set(xlabel=_("abstain under this confidence"), ylim=(0, 1.05), xlim=(0, 1.02))
        axes.legend(loc="lower right")

    words = _(
        "Precision is the share of abstentions that are right, recall the share of unanswerable "
        "questions that are abstained from; the upright line is {threshold}.",
        threshold=f"{evaluation.abstain_below:g}",
    )
    return Plot("abstaining", _("Abstaining by threshold"), words, _draw("abstaining", paint))


def _latency(evaluation: Evaluation) -> Plot | None:
    taken = np.sort([each.milliseconds / 1000 for each in evaluation.scores])
    share = np.arange(1, len(taken) + 1) / len(taken)
    half, most = float(np.median(taken)), float(p95(taken))

    def paint(axes: Axes) -> None:
        axes.step(taken, share, color=ACCENT, where="post")
        for value, label in ((half, "p50"), (most, "p95")):
            axes.axvline(value, color=SECOND, linewidth=1)
            axes.annotate(label, (value, 0.03), xytext=(3, 0), textcoords="offset points")
        axes.set(xlabel=_("seconds"), ylabel=_("share answered by then"), ylim=(0, 1.03))
        axes.set_xlim(0, max(float(taken[-1]), 1e-3) * 1.05)

    words = _(
        "Half of the answers took up to {half} s, 95 % up to {most} s.",
        half=f"{half:.2f}",
        most=f"{most:.2f}",
    )
    return Plot("latency", _("Time to the answer"), words, _draw("latency", paint))


def _kinds(evaluation: Evaluation) -> Plot | None:
    right: dict[str, list[bool]] = {}
    for each in evaluation.outcomes:
        if each.question.kind:
            right.setdefault(each.question.kind, []).append(not each.failures)
    if not right:
        return None
    shares = {kind: fmean(right[kind]) for kind in sorted(right)}
    kinds = sorted(shares, key=lambda kind: shares[kind])
    errors: list[tuple[float, float]] = []
    for kind in kinds:
        drawn = np.array(right[kind], float)[resampled(len(right[kind]))].mean(axis=1)
        low, high = np.quantile(drawn, (0.025, 0.975))
        errors.append((shares[kind] - low, high - shares[kind]))

    def paint(axes: Axes) -> None:
        axes.barh(
            [f"{_short(kind)} ({len(right[kind])})" for kind in kinds],
            [shares[kind] for kind in kinds],
            xerr=np.clip(np.array(errors).T, 0, None),
            color=ACCENT,
            height=0.62,
            error_kw={"ecolor": SECOND, "elinewidth": 1.2},
        )
        axes.set(xlim=(0, 1.03), xlabel=_("share with nothing wrong"))
        axes.grid(visible=False, axis="y")

    words = "; ".join(
        _("{kind}: {share} of {all}", kind=kind, share=f"{shares[kind]:.0%}", all=len(right[kind]))
        for kind in kinds[::-1]
    )
    svg = _draw("kinds", paint, height=max(1.4, 0.7 + 0.23 * len(kinds)))
    words = _("{figures}. With 95 % intervals.", figures=words)
    return Plot("kinds", _("Right by kind of question"), words, svg)


def _short(kind: str) -> str:
    # matplotlib's fonts draw nothing here, but its layout measures what it can.
    plain = "".join(mark if mark.isprintable() else " " for mark in kind)
    return plain if len(plain) <= 24 else f"{plain[:23]}…"

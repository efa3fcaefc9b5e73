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
    _, found = rank_curve(evaluation.outcomes)
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
        axes.set(xlabel="passages looked at", ylabel="evidence found", ylim=(0, 1.03))
        axes.set_xticks(ranks if last <= 12 else ranks[:: last // 10])

    words = (
        f"Of the expected evidence, {mean[0]:.0%} is in the first passage and {mean[-1]:.0%} in "
        f"the first {last}, over {count} questions; the band is the 95 % interval."
    )
    return Plot("retrieval", "Evidence found by rank", words, _draw("retrieval", paint))


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
        axes.set(xlabel="confidence", ylabel="share that is answerable")
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.05))

    words = (
        "On the dashed line confidence is the probability that the collection answers; under it, "
        f"it is too sure. The upright line is the threshold, {evaluation.abstain_below:g}; larger "
        "points stand for more questions."
    )
    return Plot("reliability", "Reliability of the confidence", words, _draw("reliability", paint))


def _abstaining(evaluation: Evaluation) -> Plot | None:
    unanswerable = [not each.answerable for each in evaluation.scores]
    if not any(unanswerable) or all(unanswerable):
        return None
    doubt = [1 - each.confidence for each in evaluation.scores]
    precision, recall, thresholds = precision_recall_curve(unanswerable, doubt)
    under = 1 - thresholds

    def paint(axes: Axes) -> None:
        axes.step(under, precision[:-1], color=ACCENT, where="pre", label="precision")
        dashed = (0, (4, 2))
        axes.step(under, recall[:-1], color=SECOND, where="pre", label="recall", linestyle=dashed)
        axes.axvline(evaluation.abstain_below, color=SOFT, linewidth=1)
        axes.set(xlabel="abstain under this confidence", ylim=(0, 1.05), xlim=(0, 1.02))
        axes.legend(loc="lower right")

    words = (
        "Precision is the share of abstentions that are right, recall the share of unanswerable "
        f"questions that are abstained from; the upright line is {evaluation.abstain_below:g}."
    )
    return Plot("abstaining", "Abstaining by threshold", words, _draw("abstaining", paint))


def _latency(evaluation: Evaluation) -> Plot | None:
    taken = np.sort([each.milliseconds / 1000 for each in evaluation.scores])
    share = np.arange(1, len(taken) + 1) / len(taken)
    half, most = float(np.median(taken)), float(p95(taken))

    def paint(axes: Axes) -> None:
        axes.step(taken, share, color=ACCENT, where="post")
        for value, label in ((half, "p50"), (most, "p95")):
            axes.axvline(value, color=SECOND, linewidth=1)
            axes.annotate(label, (value, 0.03), xytext=(3, 0), textcoords="offset points")
        axes.set(xlabel="seconds", ylabel="share answered by then", ylim=(0, 1.03))
        axes.set_xlim(0, max(float(taken[-1]), 1e-3) * 1.05)

    words = f"Half of the answers took up to {half:.2f} s, 95 % up to {most:.2f} s."
    return Plot("latency", "Time to the answer", words, _draw("latency", paint))


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
        axes.set(xlim=(0, 1.03), xlabel="share with nothing wrong")
        axes.grid(visible=False, axis="y")

    words = "; ".join(f"{kind}: {shares[kind]:.0%} of {len(right[kind])}" for kind in kinds[::-1])
    svg = _draw("kinds", paint, height=max(1.4, 0.7 + 0.23 * len(kinds)))
    return Plot("kinds", "Right by kind of question", f"{words}. With 95 % intervals.", svg)


def _short(kind: str) -> str:
    # matplotlib's fonts draw nothing here, but its layout measures what it can.
    plain = "".join(mark if mark.isprintable() else " " for mark in kind)
    return plain if len(plain) <= 24 else f"{plain[:23]}…"

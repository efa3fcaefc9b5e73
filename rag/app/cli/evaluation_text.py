"""An evaluation, and a comparison of two, as the terminal shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from rich.bar import Bar as Block
from rich.markup import escape
from rich.table import Table

from rag.app.cli.terminal import OUT

if TYPE_CHECKING:
    from rag.evaluation.calibration import Bin
    from rag.evaluation.comparison import Changed, Comparison, Difference

_NONE: Mapping[str, tuple[float, float]] = MappingProxyType({})

Figures = Mapping[str, float | int | None]


def _figure(value: float | int | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _interval(bounds: Sequence[float] | None, *, signed: bool = False) -> str:
    sign = "+" if signed else ""
    return f"{bounds[0]:{sign}.3f} to {bounds[1]:{sign}.3f}" if bounds else ""


def show_summary(
    summary: Figures,
    *,
    intervals: Mapping[str, Sequence[float]] = _NONE,
    reliability: Sequence[Bin] = (),
    timings: Mapping[str, float] = MappingProxyType({}),
) -> None:
    """A table of figures with their intervals, the reliability curve as bars, where time goes."""
    table = Table("measure", "value", "95 % interval", box=None)
    for name, value in summary.items():
        table.add_row(name, _figure(value), _interval(intervals.get(name)))
    OUT.print(table)
    if reliability:
        _show_reliability(reliability)
    if timings:
        _show_timings(timings)


_BAR = 20


def _show_reliability(reliability: Sequence[Bin]) -> None:
    table = Table("confidence", "answerable", "", "questions", box=None)
    for each in reliability:
        share = Block(1, 0, each.answerable, width=_BAR)
        table.add_row(
            _figure(each.confidence), _figure(each.answerable), share, str(each.questions)
        )
    OUT.print(table)


def _show_timings(timings: Mapping[str, float]) -> None:
    table = Table("part", "median ms", "share", box=None)
    total = timings.get("total") or sum(timings.values())
    for part, milliseconds in timings.items():
        share = f"{milliseconds / total:.0%}" if total else "–"
        table.add_row(escape(part), f"{milliseconds:.1f}", share)
    OUT.print(table)


_OF_KINDS = {
    "questions": "asked",
    "R@5": "R@5",
    "evidence F1": "F1",
    "Hit@1": "Hit@1",
    "attribution accuracy": "speaker",
    "refusal accuracy": "refusal",
    "distinctness": "distinct",
    "abstention accuracy": "abstention",
}


def show_kinds(by_kind: Mapping[str, Figures]) -> None:
    """The main figures for each kind of question; those that apply to no kind are left out."""
    measures = {
        name: heading
        for name, heading in _OF_KINDS.items()
        if any(summary.get(name) is not None for summary in by_kind.values())
    }
    # Eighty columns hold them all, with the longest name of a kind.
    table = Table("kind", *measures.values(), box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for kind, summary in by_kind.items():
        table.add_row(escape(kind), *(_figure(summary.get(name)) for name in measures))
    OUT.print(table)


def show_failures(failures: Mapping[str, int], *, questions: int) -> None:
    """How many questions failed in each way, worst way first."""
    table = Table("what went wrong", "questions", "share", box=None)
    for name, count in failures.items():
        table.add_row(name, str(count), f"{count / questions:.0%}")
    OUT.print(table if failures else "nothing went wrong")


# Two runs -------------------------------------------------------------------------------------

_SHOWN = 40


def show_comparison(comparison: Comparison) -> None:
    """The measures side by side, with the difference, and the questions that changed sides."""
    for caution in comparison.cautions:
        OUT.print(f"[yellow]note[/yellow] {escape(caution)}")
    OUT.print(f"{comparison.questions} questions in both")
    table = Table("measure", "A", "B", "B − A", "95 % interval", "p", "", box=None)
    for each in comparison.differences:
        if not each.is_none:
            table.add_row(*_difference(each))
    OUT.print(table)
    if same := [each.measure for each in comparison.differences if each.is_none]:
        OUT.print(f"no difference in: {', '.join(same)}")
    OUT.print(
        "p: permutation test over the questions, adjusted for the number of measures "
        "(Benjamini-Hochberg)",
        style="dim",
    )
    _show_changed("Right in B only", comparison.gained)
    _show_changed("Right in A only", comparison.lost)


def _difference(each: Difference) -> tuple[str, ...]:
    verdict = {True: "[green]better[/green]", False: "[red]worse[/red]", None: ""}[each.better]
    p = "" if each.p is None else "<0.001" if each.p < 0.001 else f"{each.p:.3f}"
    change = f"{each.change:+.3f}"
    bounds = _interval(each.interval, signed=True)
    return each.measure, _figure(each.before), _figure(each.after), change, bounds, p, verdict


def _show_changed(heading: str, changed: Sequence[Changed]) -> None:
    OUT.print(f"\n[bold]{heading}: {len(changed)}[/bold]")
    for each in changed[:_SHOWN]:
        failed = ", ".join(each.before or each.after)
        OUT.print(f"  {escape(each.id)}  {escape(each.question)}  [dim]{failed}[/dim]")
    if len(changed) > _SHOWN:
        OUT.print(f"  … and {len(changed) - _SHOWN} more (all with --json)")

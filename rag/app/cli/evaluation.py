"""The commands that measure answers against gold questions, and compare two measurements."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from rag.app.cli.common import IndexOption, JsonOption, app, open_settings, print_json
from rag.app.cli.evaluation_text import show_comparison, show_failures, show_kinds, show_summary
from rag.app.cli.terminal import ERR, OUT
from rag.errors import GoldError, QueryError

if TYPE_CHECKING:
    from rag.evaluation import Bound, Evaluation, Outcome

__all__: list[str] = []

_INTERRUPTED = 130


@app.command()
def evaluate(
    gold: Annotated[Path, typer.Argument(metavar="GOLD.jsonl", help="Gold questions.")],
    index: IndexOption = None,
    predictions: Annotated[
        Path | None, typer.Option(help="Write every answer there as it comes, one JSON a line.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write a page there with plots and every question.")
    ] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Ask only so many, evenly from every kind.")
    ] = None,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(help="Exit with 1 if a measure is less, such as hit@1=0.8; repeatable."),
    ] = None,
    fail_over: Annotated[
        list[str] | None,
        typer.Option(help="The same where less is better, such as 'false abstention=0.2'."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure the answers against gold questions."""
    from rag.evaluation import as_object, misses

    bounds = _bounds(fail_under, fail_over)
    if html:
        _check_writable(html)
    with _written(predictions) as file:
        evaluation, interrupted = _evaluated(gold, index, sample, file)
    told = as_object(evaluation)
    if html:
        from rag.evaluation.report import report_page

        html.write_text(report_page(evaluation), "utf-8", errors="replace")
    if as_json:
        print_json(told)
    else:
        _show(evaluation, told)
    if interrupted:
        count = f"{len(evaluation.outcomes)} of {evaluation.asked} questions"
        ERR.print(f"interrupted: what is told is of {count}, and is kept")
        raise typer.Exit(_INTERRUPTED)
    missed = misses(evaluation, bounds)
    for line in missed:
        ERR.print(f"[red]missed:[/red] {escape(line)}", soft_wrap=True)
    if missed:
        raise typer.Exit(1)


def _bounds(under: list[str] | None, over: list[str] | None) -> list[Bound]:
    from rag.evaluation import parse_bound

    try:
        return [
            *(parse_bound(each) for each in under or ()),
            *(parse_bound(each, at_most=True) for each in over or ()),
        ]
    except QueryError as error:
        raise typer.BadParameter(str(error)) from error


def _check_writable(path: Path) -> None:
    """Fail before the questions are asked, not after, where a file cannot be written."""
    with path.open("a", encoding="utf-8"):
        pass


@contextmanager
def _written(path: Path | None) -> Iterator[TextIO | None]:
    if path is None:
        yield None
        return
    with path.open("w", encoding="utf-8", errors="replace") as file:
        yield file


def _evaluated(
    gold: Path, index: Path | None, count: int | None, file: TextIO | None
) -> tuple[Evaluation, bool]:
    """The evaluation, and whether it was interrupted: then it has the finished outcomes."""
    from rag.answer import open_chatbot
    from rag.evaluation import Evaluation, fingerprint, outcomes, read_gold, sources_of
    from rag.evaluation import sample as sampled

    questions = read_gold(gold)
    if count is not None:
        questions = sampled(questions, count)
    settings = open_settings(index, long=True)
    chatbot = open_chatbot(settings)
    finished: list[Outcome] = []
    interrupted = False
    try:
        with ERR.status("loading the models"):
            chatbot.warm_up()
        asking = outcomes(chatbot, questions, sources=sources_of(chatbot))
        for outcome in _counted(asking, total=len(questions)):
            finished.append(outcome)
            _write(outcome, file)
    except KeyboardInterrupt:
        interrupted = True
    evaluation = Evaluation(
        gold.name, fingerprint(questions), len(questions), chatbot.abstain_below, tuple(finished)
    )
    return evaluation, interrupted


def _counted(asking: Iterable[Outcome], *, total: int) -> Iterator[Outcome]:
    columns = (
        TextColumn("asking"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[wrong]} went wrong"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=ERR, transient=True) as bar:
        task = bar.add_task("", total=total, wrong=0)
        wrong = 0
        for outcome in asking:
            yield outcome
            wrong += bool(outcome.failures)
            bar.update(task, advance=1, wrong=wrong)


def _write(outcome: Outcome, file: TextIO | None) -> None:
    """Write one line and flush it, so that an interrupted run keeps what is finished."""
    from rag.app.json import answer_object

    if file is None:
        return
    told = {
        "id": outcome.question.id,
        **answer_object(outcome.answer),
        "failures": list(outcome.failures),
    }
    file.write(json.dumps(told, ensure_ascii=False) + "\n")
    file.flush()


def _show(evaluation: Evaluation, told: dict[str, Any]) -> None:
    from rag.evaluation import reliability_curve, summarise

    show_summary(
        summarise(evaluation.scores),
        intervals=told["intervals"],
        reliability=reliability_curve(evaluation.scores),
        timings=told["timings p50 ms"],
    )
    if told["by_kind"]:
        show_kinds(told["by_kind"])
    show_failures(evaluation.failures, questions=len(evaluation.outcomes))


@app.command()
def compare(
    before: Annotated[Path, typer.Argument(metavar="A.json", help="'rag evaluate --json' before.")],
    after: Annotated[Path, typer.Argument(metavar="B.json", help="The same, after a change.")],
    as_json: JsonOption = False,
) -> None:
    """Compare two evaluations of the same gold set, question by question."""
    from rag.evaluation import from_object
    from rag.evaluation.comparison import compare as compared

    open_settings(None)
    runs = [from_object(_read_json(path), where=path) for path in (before, after)]
    comparison = compared(*runs)
    if as_json:
        print_json(asdict(comparison))
    else:
        OUT.print(f"A: {escape(str(before))}, B: {escape(str(after))}", soft_wrap=True)
        show_comparison(comparison)


def _read_json(path: Path) -> object:
    try:
        return json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise GoldError(
            f"{path} is not JSON: write it with 'rag evaluate GOLD.jsonl --json > {path.name}'"
        ) from error

"""The commands about gold questions: measure answers, compare runs, check and import questions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from rag.app.cli.common import IndexOption, JsonOption, app, open_settings, print_json
from rag.app.cli.evaluation_text import show_comparison, show_failures, show_kinds, show_summary
from rag.app.cli.terminal import ERR, OUT, visible
from rag.errors import GoldError, QueryError

if TYPE_CHECKING:
    from rag.evaluation.bounds import Bound
    from rag.evaluation.failures import Outcome
    from rag.evaluation.records import Evaluation

_INTERRUPTED = 130

gold_app = typer.Typer(no_args_is_help=True, help="Check gold questions, or import some.")
app.add_typer(gold_app, name="gold")


class Format(StrEnum):
    """The formats of question sets that can be imported."""

    BEIR = "beir"
    SQUAD = "squad"
    CSV = "csv"


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
    from rag.evaluation.bounds import misses
    from rag.evaluation.records import as_object

    bounds = _bounds(fail_under, fail_over)
    if html:
        html.open("a", encoding="utf-8").close()  # fails before the questions are asked, not after
    written = predictions.open("w", encoding="utf-8", errors="replace") if predictions else None
    with written or nullcontext():
        evaluation, interrupted = _evaluated(gold, index, sample, written)
    figures = as_object(evaluation)
    if html:
        from rag.evaluation.report import report_page

        html.write_text(report_page(evaluation), "utf-8", errors="replace")
    if as_json:
        print_json(figures)
    else:
        _show(evaluation, figures)
    if interrupted:
        count = f"{len(evaluation.outcomes)} of {evaluation.asked} questions"
        ERR.print(f"interrupted: what is told is of {count}, and is kept")
        raise typer.Exit(_INTERRUPTED)
    missed = misses(evaluation, bounds)
    for line in missed:
        ERR.print(f"[red]missed:[/red] {escape(line)}")
    if missed:
        raise typer.Exit(1)


def _bounds(under: list[str] | None, over: list[str] | None) -> list[Bound]:
    from rag.evaluation.bounds import parse_bound

    try:
        return [
            *(parse_bound(each) for each in under or ()),
            *(parse_bound(each, at_most=True) for each in over or ()),
        ]
    except QueryError as error:
        raise typer.BadParameter(str(error)) from error


def _evaluated(
    gold: Path, index: Path | None, count: int | None, file: TextIO | None
) -> tuple[Evaluation, bool]:
    """The evaluation, and whether it was interrupted: then it has the finished outcomes."""
    from rag.answer import open_chatbot
    from rag.evaluation.gold import read_gold
    from rag.evaluation.records import Evaluation, fingerprint
    from rag.evaluation.run import outcomes, sources_of
    from rag.evaluation.run import sample as sampled

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
    answer = answer_object(outcome.answer)
    line = {"id": outcome.question.id, **answer, "failures": list(outcome.failures)}
    file.write(json.dumps(line, ensure_ascii=False) + "\n")
    file.flush()


def _show(evaluation: Evaluation, figures: dict[str, Any]) -> None:
    from rag.evaluation.summary import reliability_curve, summarise

    show_summary(
        summarise(evaluation.scores),
        intervals=figures["intervals"],
        reliability=reliability_curve(evaluation.scores),
        timings=figures["timings p50 ms"],
    )
    if figures["by_kind"]:
        show_kinds(figures["by_kind"])
    show_failures(evaluation.failures, questions=len(evaluation.outcomes))


@app.command()
def compare(
    before: Annotated[Path, typer.Argument(metavar="A.json", help="'rag evaluate --json' before.")],
    after: Annotated[Path, typer.Argument(metavar="B.json", help="The same, after a change.")],
    as_json: JsonOption = False,
) -> None:
    """Compare two evaluations of the same gold set, question by question."""
    from rag.evaluation.comparison import compare as compared
    from rag.evaluation.records import from_object

    open_settings(None)
    runs = [from_object(_read_json(path), where=path) for path in (before, after)]
    comparison = compared(*runs)
    if as_json:
        print_json(asdict(comparison))
    else:
        OUT.print(f"A: {escape(str(before))}, B: {escape(str(after))}")
        show_comparison(comparison)


def _read_json(path: Path) -> object:
    try:
        return json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise GoldError(
            f"{path} is not JSON: write it with 'rag evaluate GOLD.jsonl --json > {path.name}'"
        ) from error


@gold_app.command()
def check(
    gold: Annotated[Path, typer.Argument(metavar="GOLD.jsonl", help="Gold questions.")],
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check gold questions against the documents of an index; exits with 3 if any has faults."""
    from rag.evaluation.gold import gold_text
    from rag.evaluation.gold_check import check_gold
    from rag.store import open_store

    opened = open_store(open_settings(index, long=True))
    ids = {each.source: each.document_id for each in opened.sources().values()}
    count, faults = check_gold(
        gold_text(gold),
        document=lambda source: opened.document(ids[source]) if source in ids else None,
        documents=opened.documents,
    )
    if as_json:
        print_json({"questions": count, "faults": [asdict(each) for each in faults]})
    else:
        for each in faults:
            where = f"{gold.name}:{each.line}" + (f" ({each.id})" if each.id else "")
            ERR.print(f"{visible(where)}: {visible(each.words)}")
        lines = len({each.line for each in faults})
        OUT.print(f"{count} questions, {f'{lines} lines with faults' if faults else 'all sound'}")
    if faults:
        raise typer.Exit(3)


@gold_app.command(name="import")
def import_(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="The question set; for beir a folder.")
    ],
    kind: Annotated[Format, typer.Option("--format", help="What it is.")],
    out: Annotated[Path, typer.Option(help="Folder for gold.jsonl and corpus/.")] = Path("gold"),
    split: Annotated[str, typer.Option(help="Of beir: which judgements.")] = "test",
    as_json: JsonOption = False,
) -> None:
    """Make gold questions of a BEIR or SQuAD set or a CSV file, and files of the texts in it."""
    open_settings(None, long=True)
    from rag.evaluation.gold_import import import_gold, write_imported

    imported = import_gold(path, kind=kind.value, split=split)
    gold, corpus = write_imported(imported, out)
    if as_json:
        files = {"gold": str(gold), "corpus": str(corpus) if corpus else None}
        print_json({"questions": len(imported.questions), "texts": len(imported.texts), **files})
        return
    OUT.print(f"{len(imported.questions)} questions in {escape(str(gold))}")
    if corpus:
        OUT.print(f"{len(imported.texts)} texts in {escape(str(corpus))}")
        OUT.print(f"next: rag ingest {escape(str(corpus))} --index INDEX")
    OUT.print(f"then: rag gold check {escape(str(gold))} --index INDEX")

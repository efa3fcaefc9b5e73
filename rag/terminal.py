"""What the commands show to people: progress, answers, figures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table

if TYPE_CHECKING:
    from rag.ingestion import Ingestion, Progress
    from rag.schema import Answer, Citation, DocumentInfo, Hit

__all__ = [
    "ERR",
    "OUT",
    "progress",
    "show_answer",
    "show_documents",
    "show_hit",
    "show_ingestion",
    "show_kinds",
    "show_summary",
    "visible",
]

OUT = Console(highlight=False)
ERR = Console(stderr=True, highlight=False)

Figures = Mapping[str, float | int | None]


@contextmanager
def progress() -> Iterator[Callable[[Progress], None]]:
    """A bar over the bytes to read, with the passages made each second and the time left."""
    began = time.monotonic()
    columns = (
        TextColumn("{task.fields[files]}"),
        BarColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.description}"),
    )
    with Bar(*columns, console=ERR, transient=True) as bar:
        task = bar.add_task("", total=None, files="", rate="")

        def show(done: Progress) -> None:
            seconds = max(time.monotonic() - began, 0.001)
            bar.update(
                task,
                total=max(done.total_size, 1),
                completed=done.size,
                description=escape(done.source[-60:]),
                files=f"{done.files}/{done.total_files} files",
                rate=f"{done.passages / seconds:.0f} passages/s",
            )

        yield show


def show_ingestion(result: Ingestion) -> None:
    """What an ingestion did, counts first, then every file with something to say."""
    counts = (
        ("added", len(result.added)),
        ("updated", len(result.updated)),
        ("unchanged", len(result.unchanged)),
        ("removed", len(result.removed)),
        ("failed", len(result.failed)),
    )
    OUT.print(", ".join(f"{count} {name}" for name, count in counts))
    for source, twin in result.duplicates.items():
        OUT.print(f"  same as {escape(twin)}: {escape(source)}", soft_wrap=True)
    for warning in result.warnings:
        OUT.print(f"  [yellow]note[/yellow] {escape(warning.source)}: {escape(warning.error)}")
    for failure in result.failed:
        ERR.print(
            f"  [red]failed[/red] {escape(visible(failure.source))}: {escape(failure.error)}",
            soft_wrap=True,
        )


def show_documents(documents: Sequence[DocumentInfo]) -> None:
    """A table of documents."""
    table = Table("source", "title", "publisher", "date", "country", "pages", "passages", box=None)
    for each in documents:
        told = each.metadata
        cells = (each.source, told.title, told.publisher, told.date, told.country)
        table.add_row(
            *(escape(visible(cell)) if cell else "–" for cell in cells),
            str(each.pages or "–"),
            str(each.passages),
        )
    OUT.print(table)
    OUT.print(f"{len(documents)} documents")


def visible(name: str) -> str:
    """A file name on one line, whatever characters are in it."""
    return name if name.isprintable() else repr(name)


def show_hit(hit: Hit) -> None:
    """One passage with where it is from."""
    passage = hit.passage
    where = [hit.title, hit.metadata.date, passage.section, passage.speaker]
    if passage.page_start is not None:
        where.append(f"page {passage.page_start}")
    OUT.print(f"[bold]{hit.rank}[/bold]  {hit.score:.3f}  {escape(', '.join(filter(None, where)))}")
    OUT.print(f"[dim]{escape(hit.source)}[/dim]", soft_wrap=True)
    OUT.print(escape(passage.text) + "\n")


def show_answer(answer: Answer) -> None:
    """An answer with its references, or an abstention with the nearest passages."""
    OUT.print(escape(answer.text) + "\n", soft_wrap=True)
    if answer.abstained:
        OUT.print(f"[dim]({escape(answer.reason or '')})[/dim]")
        if answer.hits:
            OUT.print("\nClose, but not an answer:")
        for hit in answer.hits[:3]:
            start = " ".join(hit.passage.text.split())[:200]
            OUT.print(f"  {escape(hit.title)}: [dim]{escape(start)}…[/dim]")
        return
    for citation in answer.citations:
        OUT.print(escape(f"[{citation.number}] {_reference(citation)}"), style="dim")


def _reference(citation: Citation) -> str:
    page = f"page {citation.page}" if citation.page is not None else None
    if page and citation.page_label and citation.page_label != str(citation.page):
        page += f" (printed {citation.page_label})"
    parts = (citation.title, citation.publisher, citation.date, citation.speaker, page)
    place = f"{citation.source}, characters {citation.start}–{citation.end}"
    return ", ".join(part for part in (*parts, citation.section, place) if part)


def _figure(value: float | int | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def show_summary(summary: Figures) -> None:
    """A table of figures."""
    table = Table("measure", "value", box=None)
    for name, value in summary.items():
        table.add_row(name, _figure(value))
    OUT.print(table)


def show_kinds(by_kind: Mapping[str, Figures]) -> None:
    """The main figures for each kind of question."""
    measures = ("questions", "R@1", "R@5", "evidence F1", "Hit@1", "abstention accuracy")
    table = Table("kind", *measures, box=None)
    for kind, summary in by_kind.items():
        table.add_row(escape(kind), *(_figure(summary[name]) for name in measures))
    OUT.print(table)

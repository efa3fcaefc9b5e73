"""What the commands show to people: progress, passages, documents, quotations."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table

from rag.app.cli.answer_text import reference
from rag.html import count as count_words

if TYPE_CHECKING:
    from rag.answer.all_hits import AllHits
    from rag.export.check import CheckedExport
    from rag.ingest.records import Ingestion, Progress
    from rag.quotes.drafts import CheckedQuotation
    from rag.quotes.records import Match, Verification
    from rag.schema import Citation, DocumentInfo, Hit

# Lines are left for the terminal to wrap, so that paths and messages can be copied whole.
OUT = Console(highlight=False, soft_wrap=True)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)

T = TypeVar("T")
_MOST_FAILURES = 100
_MOST_PLACES = 10


@contextmanager
def progress() -> Iterator[Callable[[Progress], None]]:
    """A bar over the bytes to read, with the passages made each second and the time left.

    The time left is what the ingestion estimates; nothing is shown before it can.
    """
    began = time.monotonic()
    columns = (
        TextColumn("{task.fields[files]}"),
        BarColumn(),
        TextColumn("{task.fields[rate]}"),
        TextColumn("{task.fields[left]}"),
        TextColumn("{task.description}"),
    )
    with Bar(*columns, console=ERR, transient=True) as bar:
        task = bar.add_task("", total=None, files="", rate="", left="")

        def show(done: Progress) -> None:
            seconds = max(time.monotonic() - began, 0.001)
            bar.update(
                task,
                total=max(done.total_size, 1),
                completed=done.size,
                description=visible(done.source[-60:]),
                files=f"{done.files}/{done.total_files} files",
                rate=f"{done.passages / seconds:.0f} passages/s" if done.passages else "",
                left=remaining(done.remaining_seconds),
            )

        yield show


def remaining(seconds: float | None) -> str:
    """The time left in words, rounded as coarsely as the estimate deserves; empty if unknown."""
    if seconds is None:
        return ""
    if seconds < 90:
        return f"{max(5, 5 * round(seconds / 5))} s left"
    if seconds < 5400:
        return f"{round(seconds / 60)} min left"
    return f"{seconds / 3600:.1f} h left"


def visible(name: str) -> str:
    """A name or message on one line, whatever characters are in it, escaped for rich."""
    return escape(name if name.isprintable() else repr(name))


def show_ingestion(result: Ingestion) -> None:
    """Print what an ingestion did: counts, then duplicates, warnings and failures by file."""
    from rag.models.parser import can_parse
    from rag.models.registry import PARSER

    parts = ("added", "updated", "unchanged", "removed", "failed")
    OUT.print(", ".join(f"{len(getattr(result, part))} {part}" for part in parts))
    for source, twin in result.duplicates.items():
        OUT.print(f"  same as {visible(twin)}: {visible(source)}")
    for warning in result.warnings:
        _show_warning(warning.source, warning.error)
    if (result.added or result.updated) and not can_parse():
        OUT.print(
            f"  [yellow]note[/yellow] without the model {PARSER.name} nothing tells whose words "
            f"quotations and reported speech are: run '{PARSER.get}'"
        )
    for failure in result.failed[:_MOST_FAILURES]:
        ERR.print(f"  [red]failed[/red] {visible(failure.source)}: {visible(failure.error)}")
    if (more := len(result.failed) - _MOST_FAILURES) > 0:
        ERR.print(f"  … and {more} more; 'rag ingest --json' lists all")


def _show_warning(source: str, warning: str) -> None:
    OUT.print(f"  [yellow]note[/yellow] {visible(source)}: {visible(warning)}")


def show_documents(documents: Sequence[DocumentInfo]) -> None:
    """Print a table of documents, then the warnings of their readers."""
    table = Table("source", "title", "publisher", "date", "country", "pages", "passages", box=None)
    for each in documents:
        known = each.metadata
        cells = (each.source, known.title, known.publisher, known.date, known.country)
        names = (visible(cell) if cell else "–" for cell in cells)
        table.add_row(*names, str(each.pages or "–"), str(each.passages))
    OUT.print(table)
    for each in documents:
        for warning in each.warnings:
            _show_warning(each.source, warning)
    OUT.print(f"{len(documents)} documents")


def show_hit(hit: Hit) -> None:
    """Print one passage with where it is from."""
    passage = hit.passage
    page = None if passage.page_start is None else f"page {passage.page_start}"
    where = (hit.title, hit.metadata.date, passage.section, passage.speaker, page)
    OUT.print(f"[bold]{hit.rank}[/bold]  {hit.score:.3f}  {escape(', '.join(filter(None, where)))}")
    OUT.print(f"[dim]{escape(hit.source)}[/dim]")
    OUT.print(escape(passage.text) + "\n", soft_wrap=False)


def counted(each: Iterable[T], *, of: int, noun: str) -> Iterator[T]:
    """Pass on what comes, with a bar of how many have."""
    columns = (TextColumn("{task.completed} of {task.total} {task.fields[noun]}"), BarColumn())
    with Bar(*columns, TimeRemainingColumn(), console=ERR, transient=True) as bar:
        task = bar.add_task("", total=of, noun=noun)
        for one in each:
            bar.advance(task)
            yield one


def show_all_hits(found: AllHits, *, count: int) -> None:
    """Print how many passages match, by what they can be counted, and the first of them."""
    passages = count_words(found.total, "passage")
    OUT.print(f"[bold]{passages} in {count_words(found.documents, 'document')}[/bold]")
    for name, values in found.facets.items():
        some = ", ".join(f"{value} {number}" for value, number in values[:6])
        more = f", and {len(values) - 6} more" if len(values) > 6 else ""
        if values:
            OUT.print(f"[dim]{name}:[/dim] {escape(some)}{more}")
    OUT.print()
    for rank, each in enumerate(found.matches[:count], start=1):
        hit = each.as_hit(rank)
        page = None if hit.passage.page_start is None else f"page {hit.passage.page_start}"
        where = (hit.title, hit.metadata.date, hit.passage.section, hit.passage.speaker, page)
        OUT.print(f"[bold]{rank}[/bold]  {escape(', '.join(filter(None, where)))}")
        place = f"{hit.source}, characters {each.start}–{each.end}"
        OUT.print(f"[dim]{escape(place)}[/dim]")
        OUT.print(escape(" ".join(each.sentence.split())) + "\n", soft_wrap=False)
    if found.total > count:
        OUT.print("more with -k, all with --export FILE.xlsx")


_FOUND = {
    "verbatim": "[green]verbatim[/green]: it stands in the sources word for word",
    "near": "[yellow]near[/yellow]: it does not stand there like this",
    "not_found": "[red]not found[/red]: it does not stand in the sources",
}


def show_verification(
    verification: Verification, *, refer: Callable[[Citation], str] | None = None
) -> None:
    """Print whether a quotation stands in the sources, each place, and what differs there.

    ``refer`` gives the reference of a place in a style, to be printed with it.
    """
    elsewhere_only = verification.status == "not_found" and verification.elsewhere
    found = _FOUND[verification.status]
    OUT.print("[red]not found[/red] where it was looked for" if elsewhere_only else found)
    if verification.note:
        OUT.print(f"[bold]{escape(verification.note)}[/bold]")
    for match in verification.matches[:_MOST_PLACES]:
        _show_match(match, refer)
    if verification.total > _MOST_PLACES:
        OUT.print(f"… and {verification.total - _MOST_PLACES} more places (all with --json)")
    for heading, matches in (
        ("Elsewhere:", verification.elsewhere[:_MOST_PLACES]),
        ("Closest, but not the same:", verification.closest),
    ):
        if matches:
            OUT.print(heading)
        for match in matches:
            _show_match(match, refer)


def _show_match(match: Match, refer: Callable[[Citation], str] | None) -> None:
    OUT.print(f"  {match.similarity:.3f}  {escape(reference(match.citation))}")
    quote = " ".join(match.citation.quote.split())
    OUT.print(f"  “{escape(quote)}”", style="dim", soft_wrap=False)
    if refer is not None:
        OUT.print(Padding(escape(refer(match.citation)), (0, 0, 0, 2)), soft_wrap=False)
    if match.differences:
        table = Table("yours", "source", box=None, padding=(0, 4))
        for each in match.differences:
            table.add_row(escape(each.yours) or "–", escape(each.source) or "–")
        OUT.print(table)


def show_draft(
    quotations: Sequence[CheckedQuotation], *, refer: Callable[[Citation], str] | None = None
) -> None:
    """Print every quotation of a draft with its check, and how many stand in the sources."""
    for each in quotations:
        line = escape(" ".join(each.text.split()))
        OUT.print(f"“{line}” [dim](characters {each.start}–{each.end})[/dim]", soft_wrap=False)
        show_verification(each.verification, refer=refer)
        OUT.print()
    verbatim = sum(each.verification.status == "verbatim" for each in quotations)
    OUT.print(f"{len(quotations)} quotations, {verbatim} of them verbatim")


_CHECKED = {
    "verbatim": "[green]verbatim[/green]",
    "moved": "[yellow]moved[/yellow]",
    "changed_document": "[red]changed document[/red]",
    "changed_reading": "[yellow]changed reading[/yellow]",
    "edited": "[red]edited[/red]",
    "not_found": "[red]not found[/red]",
    "taken_out": "taken out",
    "unchecked": "[red]unchecked[/red]",
}


def show_checked_export(checked: CheckedExport) -> None:
    """Print every quotation of an export with what has become of it, and how many hold."""
    for item in checked.items:
        number = "added" if item.number is None else f"[{item.number}]"
        status = "[red]wrong place[/red]" if item.pinpoint_changed else _CHECKED[item.status]
        OUT.print(f"{escape(number)} {status}  “{escape(item.words)}”")
        if item.note:
            OUT.print(f"    {escape(item.note)}")
        if item.place is not None and (item.status != "verbatim" or item.number is None):
            OUT.print(f"    {escape(reference(item.place))}", style="dim")
        for each in item.differences:
            yours, source = escape(each.yours) or "–", escape(each.source) or "–"
            OUT.print(f"    yours: {yours}   source: {source}")
    for note in checked.notes:
        OUT.print(f"[bold]{escape(note)}[/bold]")
    holding = sum(item.holds for item in checked.items)
    OUT.print(f"{len(checked.items)} quotations, {holding} of them hold")

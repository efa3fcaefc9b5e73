"""The commands that keep an index sound."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from rag.app.cli.common import IndexOption, JsonOption, app, open_settings, print_json
from rag.app.cli.terminal import ERR, OUT, visible

if TYPE_CHECKING:
    from rag.store.maintenance.check import Finding

# Documents named for one finding; the JSON has all of them.
_NAMED = 5

ForceOption = Annotated[bool, typer.Option("--force", help="Replace what is there.")]


@app.command()
def reindex(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Rebuild passages, vectors, words and statements from the catalog, with the present settings.

    Passages that are cut as before are not embedded again, unless the model is another one. The
    index goes on serving as it is until the new one is complete.
    """
    from rag.store import Index

    opened = Index.open(open_settings(index, long=True), rebuild=True)
    with opened.writing() as writer, ERR.status("rebuilding") as status:
        total, _ = opened.counts()
        for number, document in enumerate(writer.rebuild(), start=1):
            status.update(f"{number}/{total} {visible(document.source)}")
    documents, passages = opened.counts()
    statements = opened.statement_count()
    if as_json:
        print_json({"documents": documents, "passages": passages, "statements": statements})
    else:
        OUT.print(f"rebuilt: {documents} documents, {passages} passages, {statements} statements")


@app.command()
def doctor(
    index: IndexOption = None,
    mend: Annotated[bool, typer.Option("--repair", help="Mend what is found.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare all parts of the index with one another, and say what does not agree."""
    from rag.errors import IndexProblem
    from rag.store.maintenance.check import check
    from rag.store.maintenance.repair import open_damaged, repair

    settings = open_settings(index, long=True)
    with ERR.status("looking"):
        opened, done = open_damaged(settings, mend=mend)
        findings = check(opened)
    # A damaged catalog cannot be counted.
    counted = None if findings else (opened.statement_count(), opened.unread_for_words())
    if findings and mend:
        with ERR.status("mending"):
            outcome = repair(opened, findings)
        done, findings = (*done, *outcome.done), list(outcome.left)
    if as_json:
        listed = [
            {
                "kind": each.kind,
                "message": each.message,
                "count": len(each.ids),
                "documents": list(each.documents),
            }
            for each in findings
        ]
        print_json(
            {
                "sound": not findings,
                "findings": listed,
                "repaired": list(done),
                "statements": counted and counted[0],
                "documents_without_statements": counted and counted[1],
            }
        )
    else:
        _show(findings, done)
        if counted:
            _show_counted(*counted)
    folder = settings.index
    if findings and mend:
        raise IndexProblem(
            f"not all of the index in {folder}/ could be mended: restore a backup with 'rag "
            f"restore FILE --force --index {folder}', or remove the folder and ingest again"
        )
    if findings:
        raise IndexProblem(
            f"the index in {folder}/ is not sound ({len(findings)} findings): run 'rag doctor "
            f"--repair --index {folder}'"
        )


def _show_counted(statements: int, unread: int) -> None:
    """How many statements there are, and how many documents were not gone through for any."""
    OUT.print(f"{statements} statements")
    if unread:
        OUT.print(
            f"[yellow]note[/yellow] {unread} documents were not gone through for who said "
            "what: 'rag reindex' does that"
        )


def _show(findings: list[Finding], done: tuple[str, ...]) -> None:
    for each in done:
        OUT.print(f"[green]mended[/green] {visible(each)}")
    for finding in findings:
        OUT.print(f"[yellow]found[/yellow] {visible(finding.message)}")
        for name in finding.documents[:_NAMED]:
            OUT.print(f"  {visible(name)}")
        if len(finding.documents) > _NAMED:
            OUT.print(f"  and {len(finding.documents) - _NAMED} more")
    if not findings:
        OUT.print("the index is sound")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.")],
    index: IndexOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write the whole index to one file, while others may read it."""
    from rag.store import Index
    from rag.store.maintenance.backup import backup as run

    opened = Index.open(open_settings(index, long=True))
    with ERR.status("writing the backup") as status:
        manifest = run(
            opened,
            file,
            force=force,
            on_progress=lambda done, total: status.update(f"{done}/{total} parts"),
        )
    told = {name: manifest[name] for name in ("documents", "passages", "created")}
    if as_json:
        print_json({"file": str(file), "size": file.stat().st_size, **told})
    else:
        counts = f"{told['documents']} documents, {told['passages']} passages"
        OUT.print(f"{counts} in {escape(str(file))}")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of 'rag backup'.")],
    index: IndexOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make an index of a backup; one that is there is replaced once the new one is complete."""
    from rag.store.maintenance.backup import restore as run

    folder = open_settings(index, long=True).index
    with ERR.status("checking the backup") as status:
        restored = run(
            file,
            folder,
            force=force,
            on_progress=lambda done, total: status.update(f"{done}/{total} documents"),
        )
    if as_json:
        print_json(asdict(restored))
    else:
        OUT.print(
            f"restored: {restored.documents} documents, {restored.passages} passages of "
            f"{restored.created} in {escape(str(folder))}/"
        )

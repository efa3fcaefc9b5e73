"""The commands that keep an index sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from rich.markup import escape

from rag.app.cli.common import IndexOption, JsonOption, app, open_settings, print_json
from rag.app.cli.terminal import ERR, OUT, visible

if TYPE_CHECKING:
    from rag.settings import Settings
    from rag.store.maintenance.check import Finding
    from rag.store.postgres.store import PostgresStore

# Documents named for one finding; the JSON has all of them.
_NAMED = 5

ForceOption = Annotated[bool, typer.Option("--force", help="Replace what is there.")]


@app.command()
def reindex(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Rebuild passages, vectors, words and statements from the catalog, with the present settings.

    Passages that are cut as before are not embedded again, unless the model is another one. The
    index goes on serving as it is until the new one is complete.
    """
    from rag.store import open_store

    opened = open_store(open_settings(index, long=True), rebuild=True)
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

    settings = open_settings(index, long=True)
    examined = _examine_database if settings.store.get_secret_value() else _examine_folder
    findings, done, counted = examined(settings, mend=mend)
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
    if findings and settings.store.get_secret_value():
        raise IndexProblem(
            f"the database is not sound ({len(findings)} findings): restore it from a backup"
            if mend
            else f"the database is not sound ({len(findings)} findings): run 'rag doctor --repair'"
        )
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


_Examined = tuple["Sequence[Finding]", Sequence[str], tuple[int, int] | None]
"""What is found, what was mended, and how many statements and unread documents there are."""


def _examine_folder(settings: Settings, *, mend: bool) -> _Examined:
    from rag.store.maintenance.check import check
    from rag.store.maintenance.repair import open_damaged, repair

    with ERR.status("looking"):
        opened, done = open_damaged(settings, mend=mend)
        findings = check(opened)
    # A damaged catalog cannot be counted.
    counted = None if findings else (opened.statement_count(), opened.unread_for_words())
    if findings and mend:
        with ERR.status("mending"):
            outcome = repair(opened, findings)
        done, findings = (*done, *outcome.done), list(outcome.left)
    return findings, done, counted


def _examine_database(settings: Settings, *, mend: bool) -> _Examined:
    from rag.store import open_store
    from rag.store.postgres.check import check_database, mend_database

    opened = cast("PostgresStore", open_store(settings))
    with ERR.status("looking"):
        findings: Sequence[Finding] = check_database(opened)
    done: Sequence[str] = ()
    if findings and mend:
        with ERR.status("mending"):
            done, findings = mend_database(opened, findings)
    return findings, done, (opened.statement_count(), opened.unread_for_words())


def _show_counted(statements: int, unread: int) -> None:
    """How many statements there are, and how many documents were not gone through for any."""
    OUT.print(f"{statements} statements")
    if unread:
        OUT.print(
            f"[yellow]note[/yellow] {unread} documents were not gone through for who said "
            "what: 'rag reindex' does that"
        )


def _show(findings: Sequence[Finding], done: Sequence[str]) -> None:
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

    opened = Index.open(_of_a_folder(open_settings(index, long=True), "backed up with pg_dump"))
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

    folder = _of_a_folder(open_settings(index, long=True), "restored with pg_restore").index
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


def _of_a_folder(settings: Settings, otherwise: str) -> Settings:
    """The settings, if they are those of a folder.

    Raises:
        SettingsError: they name a database.
    """
    from rag.errors import SettingsError

    if settings.store.get_secret_value():
        raise SettingsError(
            f"RAG_STORE names a database, which is {otherwise} (see docs/newsroom.md): this "
            "command is for the index in a folder"
        )
    return settings


@app.command()
def copy(
    source: Annotated[
        str, typer.Argument(metavar="FROM", help="Folder of an index, or postgresql://…#NAME.")
    ],
    target: Annotated[str, typer.Argument(metavar="TO", help="Where to: the same.")],
    as_json: JsonOption = False,
) -> None:
    """Copy a collection between a folder and a database, without embedding anything anew.

    What is there in the very same form is left as it is, so an interrupted copy can be run again.
    """
    from rag.store import open_store
    from rag.store.copying import copy_documents

    settings = open_settings(None, long=True)
    opened = open_store(_at(settings, source))
    into = open_store(_at(settings, target), create=True, embedding=opened.embedding)
    total, _ = opened.counts()
    with into.writing() as writer, ERR.status("copying") as status:
        for number, document in enumerate(copy_documents(opened, writer), start=1):
            status.update(f"{number}/{total} {visible(document.source)}")
    documents, passages = into.counts()
    if as_json:
        print_json({"copied": total, "documents": documents, "passages": passages})
    else:
        OUT.print(f"copied {total} documents; there are now {documents}, {passages} passages")


def _at(settings: Settings, place: str) -> Settings:
    """The settings for a folder or a database."""
    from pydantic import SecretStr

    if place.startswith(("postgresql:", "postgres:")):
        return settings.model_copy(update={"store": SecretStr(place)})
    return settings.model_copy(update={"store": SecretStr(""), "index": Path(place)})

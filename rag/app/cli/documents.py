"""The commands that change and list the documents of an index."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.app.cli.common import (
    IndexOption,
    JsonOption,
    WhereOption,
    app,
    conditions,
    open_settings,
    print_json,
)
from rag.app.cli.terminal import ERR, OUT, progress, show_documents, show_ingestion, visible
from rag.errors import RagError

if TYPE_CHECKING:
    from rag.ingest.records import Ingestion


@app.command()
def ingest(
    inputs: Annotated[
        list[str], typer.Argument(metavar="PATH|URL…", help="Files, folders, archives, addresses.")
    ],
    index: IndexOption = None,
    sync: Annotated[
        bool,
        typer.Option("--sync", help="Remove documents whose files are gone from the folders."),
    ] = False,
    follow_links: Annotated[
        bool,
        typer.Option("--follow-links", help="Follow links that lead out of the given folders."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Bring the index up to date with files and folders; what is unchanged is skipped."""
    from rag.answer.unread import better_model
    from rag.app.json import ingestion_object
    from rag.ingest.pipeline import check_inputs
    from rag.ingest.pipeline import ingest as run
    from rag.ingest.records import IngestionStopped
    from rag.store import open_store

    settings = open_settings(index, long=True)
    if follow_links:
        settings = settings.model_copy(update={"follow_links": True})
    given = [each if "://" in each else Path(each) for each in inputs]
    check_inputs(given, settings)
    began = time.perf_counter()
    opened = open_store(settings, create=True)
    try:
        with progress() as on_progress:
            result = run(opened, given, settings=settings, sync=sync, on_progress=on_progress)
    except IngestionStopped as stopped:
        ERR.print(_how_far(stopped.done))
        raise typer.Exit(130) from None
    documents, passages = opened.counts()
    seconds = time.perf_counter() - began
    if as_json:
        print_json(
            ingestion_object(result, documents=documents, passages=passages, seconds=seconds)
        )
    else:
        show_ingestion(result)
        OUT.print(f"{documents} documents, {passages} passages in {settings.index}/")
        if words := better_model(opened):
            OUT.print(words)
    if result.failed:
        raise typer.Exit(3)


def _how_far(done: Ingestion) -> str:
    counts = (
        f"{len(done.added)} added, {len(done.updated)} updated, {len(done.unchanged)} unchanged"
    )
    return f"stopped after {counts}: the same command goes on from here"


@app.command("list")
def list_documents(
    index: IndexOption = None,
    where: WhereOption = None,
    metadata: Annotated[
        Path | None,
        typer.Option(
            "--metadata",
            metavar="FILE",
            help="Write their metadata to a new table, to be corrected in a spreadsheet and "
            "ingested again as metadata.csv.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List the documents in the index, with the warnings of their readers."""
    from rag.app.json import document_object
    from rag.readers.metadata.sidecar import write_sidecar
    from rag.store import open_store

    documents = open_store(open_settings(index)).documents(conditions(where))
    if metadata is not None:
        try:
            write_sidecar(metadata, {each.source: each.metadata for each in documents})
        except FileExistsError:
            raise RagError(f"{metadata} is there already: give another name") from None
        except OSError as error:
            raise RagError(f"{metadata} cannot be written: {error.strerror}") from error
    if as_json:
        print_json({"documents": [document_object(document) for document in documents]})
        return
    show_documents(documents)


@app.command()
def edit(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="Source or id of a document.")],
    fields: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FIELD=VALUE…", help="Corrected values; 'FIELD=' for a field that is unknown."
        ),
    ] = None,
    reset: Annotated[
        list[str] | None,
        typer.Option("--reset", metavar="FIELD", help="Take an edit back; repeatable."),
    ] = None,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Correct what is known about a document; edits outlive new versions of its file."""
    from rag.app.json import document_object
    from rag.store import open_store

    changes = _changes(fields or [], reset or [])
    opened = open_store(open_settings(index, long=True))
    row = opened.source(source)
    with opened.writing() as writer:
        document = writer.edit(row.document_id if row else source, changes)
    if as_json:
        print_json(document_object(document))
    else:
        show_documents([document])


def _changes(fields: list[str], reset: list[str]) -> dict[str, str | None]:
    """The edits that are asked for; None takes one back."""
    changes: dict[str, str | None] = dict.fromkeys(reset)
    for each in fields:
        name, equals, value = each.partition("=")
        if not equals or not name.strip():
            raise typer.BadParameter(f"{each!r} is no FIELD=VALUE, such as country=Ethiopia")
        changes[name.strip()] = value
    if not changes:
        raise typer.BadParameter("name a FIELD=VALUE, or --reset FIELD")
    return changes


@app.command()
def remove(
    names: Annotated[
        list[str], typer.Argument(metavar="SOURCE…", help="Sources, folders of sources, or ids.")
    ],
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove documents from the index; the files themselves are not touched."""
    from rag.ingest.pipeline import remove as run
    from rag.store import open_store

    removed = run(open_store(open_settings(index, long=True)), names)
    if as_json:
        print_json({"removed": removed})
    else:
        for source in removed:
            OUT.print(f"removed {visible(source)}")

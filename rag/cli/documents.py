"""The commands that change and list the documents of an index."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from rag.cli.common import (
    IndexOption,
    JsonOption,
    WhereOption,
    app,
    conditions,
    open_settings,
    print_json,
)
from rag.errors import SourceNotFound
from rag.terminal import OUT, progress, show_documents, show_ingestion, visible

__all__: list[str] = []


@app.command()
def ingest(
    paths: Annotated[list[str], typer.Argument(metavar="PATH…", help="Files or folders.")],
    index: IndexOption = None,
    sync: Annotated[
        bool, typer.Option("--sync", help="Remove documents whose files are gone from the folders.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Bring the index up to date with files and folders; what is unchanged is skipped."""
    from rag.contract import ingestion_object
    from rag.ingestion import ingest as run
    from rag.storage import Index

    for path in paths:
        if "://" in path:
            raise SourceNotFound(f"{path} is an address: download it, then ingest the file")
        if not Path(path).exists():
            raise SourceNotFound(f"{path} does not exist: check the path")
    settings = open_settings(index)
    began = time.perf_counter()
    opened = Index.open(settings, create=True)
    with progress() as on_progress:
        result = run(
            opened,
            [Path(path) for path in paths],
            sync=sync,
            max_bytes=settings.max_file_megabytes * 1_000_000,
            on_progress=on_progress,
        )
    documents, passages = opened.catalog.counts()
    seconds = time.perf_counter() - began
    if as_json:
        print_json(
            ingestion_object(result, documents=documents, passages=passages, seconds=seconds)
        )
    else:
        show_ingestion(result)
        OUT.print(f"{documents} documents, {passages} passages in {settings.index}/")
    if result.failed:
        raise typer.Exit(3)


@app.command("list")
def list_documents(
    index: IndexOption = None, where: WhereOption = None, as_json: JsonOption = False
) -> None:
    """List the documents in the index."""
    from rag.contract import document_object
    from rag.storage import Index

    documents = Index.open(open_settings(index)).documents(conditions(where))
    if as_json:
        print_json({"documents": [document_object(document) for document in documents]})
        return
    show_documents(documents)


@app.command()
def remove(
    names: Annotated[
        list[str], typer.Argument(metavar="SOURCE…", help="Sources, folders of sources, or ids.")
    ],
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove documents from the index; the files themselves are not touched."""
    from rag.ingestion import remove as run
    from rag.storage import Index

    removed = run(Index.open(open_settings(index)), names)
    if as_json:
        print_json({"removed": removed})
    else:
        for source in removed:
            OUT.print(f"removed {escape(visible(source))}", soft_wrap=True)

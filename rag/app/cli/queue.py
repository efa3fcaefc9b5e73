"""The commands of the queue of files, which a database has."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from rag import patience
from rag.app.cli.common import JsonOption, app, open_settings, print_json
from rag.app.cli.terminal import ERR, OUT, visible
from rag.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag.ingest.queue import JobQueue, QueuedFile
    from rag.ingest.records import Input
    from rag.settings import Settings

_SHOWN = 20


def put_into_queue(
    inputs: Sequence[Input], settings: Settings, *, sync: bool, as_json: bool
) -> None:
    """Put files into the queue, and say how many."""
    if sync:
        raise SettingsError(
            "--sync removes what is gone, which a queue cannot: run 'rag ingest --sync' without "
            "--queue"
        )
    queued = _open_queue(settings, create=True).put(inputs, settings)
    if as_json:
        print_json(asdict(queued))
        return
    for each in (*queued.failed, *queued.warnings):
        OUT.print(f"[yellow]note[/yellow] {visible(each.source)}: {visible(each.error)}")
    known = f"; {len(queued.known)} wait there already" if queued.known else ""
    OUT.print(f"{len(queued.put)} files wait for 'rag work'{known}")


@app.command()
def work(
    until_empty: Annotated[
        bool, typer.Option("--until-empty", help="End when nothing waits any more.")
    ] = False,
) -> None:
    """Take files out of the database's queue and into the collection; on as many machines as help.

    Ends with Ctrl-C or SIGTERM, after the file at hand. What a worker that is killed leaves behind
    another one does again.
    """
    settings = open_settings(None, long=True)
    queue = _open_queue(settings, create=True)
    from rag.ingest.queue_work import work as run

    patience.keep_watch(settings.patience_seconds)

    def tell(file: QueuedFile) -> None:
        patience.progress()
        if file.state != "reading":
            reason = f": {visible(file.message)}" if file.message else ""
            OUT.print(f"{file.state} {visible(file.source)}{reason}")

    if not until_empty:
        ERR.print("waiting for files; Ctrl-C ends")
    run(queue, settings, until_empty=until_empty, on_file=tell)


@app.command()
def queue(
    forget: Annotated[
        bool, typer.Option("--forget", help="Take files that have ended off the list.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show which files wait in the database's queue, are being read, or have failed."""
    opened = _open_queue(open_settings(None))
    if forget:
        opened.forget()
    counts = opened.counts()
    files = opened.files("reading", "failed", count=10_000)
    if as_json:
        print_json({"counts": counts, "files": [asdict(each) for each in files]})
        return
    OUT.print(", ".join(f"{count} {state}" for state, count in counts.items()) or "nothing waits")
    for each in files[:_SHOWN]:
        where = f" ({escape(each.worker)})" if each.worker else ""
        reason = f": {visible(each.message)}" if each.message else ""
        OUT.print(f"{each.state} {visible(each.source)}{where}{reason}")
    if len(files) > _SHOWN:
        OUT.print(f"and {len(files) - _SHOWN} more (--json has all)")


def _open_queue(settings: Settings, *, create: bool = False) -> JobQueue:
    """The queue of the database that the settings name.

    Raises:
        SettingsError: they name none.
    """
    if not settings.store.get_secret_value():
        raise SettingsError(
            "only a database has a queue: set RAG_STORE=postgresql://… (see docs/newsroom.md), or "
            "leave out --queue"
        )
    from rag.store import open_store

    store = open_store(settings, create=create)
    from rag.ingest.queue import JobQueue
    from rag.store.postgres.store import PostgresStore

    if not isinstance(store, PostgresStore):
        raise SettingsError("only a database has a queue")
    return JobQueue(store)

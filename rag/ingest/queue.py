"""Files that wait in the database until a process on some machine takes them in.

Whoever gives files puts each into the queue as it was discovered; ``rag work`` takes them out, one
at a time, and publishes each in one transaction. The jobs are Procrastinate's: what a worker leaves
behind that dies is done again by another one, once its heartbeat has stopped.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import signal
import socket
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import procrastinate
import psycopg
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.job_context import JobContext

from rag.errors import IndexProblem
from rag.ingest.discover import Collection
from rag.ingest.known_sources import StoredSources
from rag.ingest.pipeline import ingest
from rag.ingest.read import Workers
from rag.ingest.records import Failure, FileReport, Input, Item
from rag.schema import Metadata
from rag.settings import Settings
from rag.store.postgres.connection import Connections, Rows, one
from rag.store.postgres.store import PostgresStore

log = logging.getLogger(__name__)

_QUEUE = "files"
_PEOPLE_LAST = -10  # the priority of telling people apart: after all files that wait
_ATTEMPTS = 8
_HEARTBEAT_SECONDS, _DEAD_SECONDS = 3.0, 15.0
_POLL_SECONDS = 2.0
_ENDED = ("added", "updated", "unchanged", "duplicate", "failed", "cancelled")

State = Literal["waiting", "reading", "added", "updated", "unchanged", "duplicate", "failed"]


@dataclass(frozen=True, slots=True)
class QueuedFile:
    """A file in the queue; ``worker`` is the host and process that reads it, or has read it."""

    number: int
    source: str
    state: State
    message: str | None
    worker: str | None


@dataclass(frozen=True, slots=True)
class Queued:
    """What was put into the queue.

    ``known`` are files that wait there already, with the same content; ``failed`` could not be
    read, and ``warnings`` are about sidecars.
    """

    put: tuple[str, ...]
    known: tuple[str, ...]
    failed: tuple[Failure, ...]
    warnings: tuple[Failure, ...]


class JobQueue:
    """The queue of one collection; safe to share between threads."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store
        self._connections: Connections = store.connections
        self._schema = store.schema
        self._conninfo = store.connections.place.conninfo
        self._prepare()

    def _options(self) -> dict[str, Any]:
        path = f"-c search_path={self._schema}_jobs"
        return {"conninfo": psycopg.conninfo.make_conninfo(self._conninfo, options=path)}

    def _prepare(self) -> None:
        """Make Procrastinate's tables, if they are not there."""
        with self._connections.connection() as connection, connection.transaction():
            connection.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [self._schema]
            )
            name = f"{self._schema}_jobs"
            there = "SELECT to_regclass(%s) IS NOT NULL AS found"
            if one(connection, there, [f'"{name}".procrastinate_jobs'])["found"]:
                return
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{name}"'.encode())
            connection.execute(f'SET LOCAL search_path TO "{name}"'.encode())
            schema = procrastinate.schema.SchemaManager.get_schema()
            connection.execute(schema.encode())

    # Putting files in.

    def put(self, inputs: Sequence[Input], settings: Settings) -> Queued:
        """Put files and folders into the queue, one job for each file.

        A file of a folder is read where it lies, so workers must find it under the same path;
        the bytes of uploads go along.

        Raises:
            LimitExceeded: more files than ``settings.max_files``.
            IndexProblem: the database cannot be reached.
        """
        found = Collection(
            StoredSources(self._store),
            max_files=settings.max_files,
            follow_links=settings.follow_links,
        )
        found.add(inputs)
        put: list[str] = []
        known: list[str] = []
        failed = list(found.failed)
        app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(**self._options()))
        app.open()
        try:
            for item in found.items:
                try:
                    is_new = self._put(app, item)
                except OSError as error:
                    failed.append(Failure(item.source, f"cannot be opened: {error.strerror}"))
                else:
                    (put if is_new else known).append(item.source)
        finally:
            app.close()
        return Queued(tuple(put), tuple(known), tuple(failed), tuple(found.warnings))

    def _put(self, app: procrastinate.App, item: Item) -> bool:
        """Put one file in; False if it waits there already."""
        content = item.path.read_bytes() if item.path is not None else None
        digest = hashlib.sha256(content or item.origin.encode()).hexdigest()
        upload = digest if item.is_upload else None
        with self._connections.connection() as connection:
            if upload is not None and content is not None:
                connection.execute(
                    f'INSERT INTO "{self._schema}".uploads VALUES (%s, %s) '.encode()  # noqa: S608
                    + b"ON CONFLICT DO NOTHING",
                    [upload, content],
                )
            row = one(
                connection,
                f'INSERT INTO "{self._schema}".queued_files (source, item, upload, state) '  # noqa: S608
                "VALUES (%s, %s, %s, 'waiting') RETURNING id",
                [item.source, _encoded(item), upload],
            )
        # One job for a content under a name, however often it is given; and never two of a name at
        # the same time.
        given = hashlib.sha256(_encoded(item).encode()).hexdigest()[:16]
        job = app.configure_task(
            "take_in",
            queue=_QUEUE,
            lock=item.source,
            queueing_lock=f"{item.source} {digest} {given}",
        )
        try:
            job.defer(file=row["id"])
        except AlreadyEnqueued:
            with self._connections.connection() as connection:
                connection.execute(
                    f'DELETE FROM "{self._schema}".queued_files WHERE id = %s'.encode(),  # noqa: S608
                    [row["id"]],
                )
            return False
        return True

    # Looking.

    def counts(self) -> dict[str, int]:
        """How many files are in which state."""
        rows = self._connections.rows(
            f'SELECT state, count(*) AS total FROM "{self._schema}".queued_files GROUP BY state'  # noqa: S608
        )
        return {row["state"]: row["total"] for row in rows}

    def files(self, *states: str, count: int = 100) -> list[QueuedFile]:
        """Files in some states (all if none is named), the latest first."""
        rows = self._connections.rows(
            "SELECT id AS number, source, state, message, worker "  # noqa: S608
            f'FROM "{self._schema}".queued_files WHERE %s OR state = ANY(%s) '
            "ORDER BY id DESC LIMIT %s",
            [not states, list(states), count],
        )
        return [QueuedFile(**row) for row in rows]

    def forget(self) -> int:
        """Take files that have ended off the list; returns how many."""
        rows = self._connections.rows(
            f'DELETE FROM "{self._schema}".queued_files WHERE state = ANY(%s) RETURNING id',  # noqa: S608
            [list(_ENDED)],
        )
        return len(rows)

    # Working.

    def work(
        self,
        settings: Settings,
        *,
        until_empty: bool = False,
        on_file: Callable[[QueuedFile], None] | None = None,
    ) -> None:
        """Take files out of the queue until interrupted, or ``until_empty``.

        Raises:
            IndexProblem: the database cannot be reached, and did not come back.
        """
        self._store.people_are_told_apart_later = True
        worker = f"{socket.gethostname()}:{os.getpid()}"
        with Workers(settings) as readers:
            taking = _Taking(self._store, settings, readers, worker, on_file or (lambda _: None))
            try:
                asyncio.run(self._work(taking, until_empty=until_empty))
            except psycopg.Error as error:
                raise IndexProblem(
                    f"{self._connections.place.shown} was lost ({error}): what was being taken in "
                    "is done again; start the worker once more when the database is back"
                ) from error

    async def _work(self, taking: _Taking, *, until_empty: bool) -> None:
        app = procrastinate.App(connector=procrastinate.PsycopgConnector(**self._options()))
        retry = procrastinate.RetryStrategy(max_attempts=_ATTEMPTS, exponential_wait=2)

        @app.task(name="take_in", queue=_QUEUE, retry=retry, pass_context=True)
        def take_in(context: JobContext, file: int) -> None:
            taking.take_in(file, is_last=(context.job.attempts or 0) >= _ATTEMPTS - 1)

        @app.task(name="tell_people_apart", queue=_QUEUE, retry=retry)
        def tell_people_apart() -> None:
            self._store.tell_people_apart()

        async def people_later() -> None:
            job = app.configure_task(
                "tell_people_apart", queue=_QUEUE, priority=_PEOPLE_LAST, queueing_lock="people"
            )
            with suppress(AlreadyEnqueued):
                await job.defer_async()

        async def take_over() -> None:
            """Do again what workers have left behind that are gone."""
            while True:
                stalled = await app.job_manager.get_stalled_jobs(
                    seconds_since_heartbeat=_DEAD_SECONDS
                )
                for job in stalled:
                    log.warning("job %s of a worker that is gone is done again", job.id)
                    await app.job_manager.retry_job(job)
                await asyncio.sleep(_DEAD_SECONDS / 3)

        stop = asyncio.Event()
        for each in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError, RuntimeError, ValueError):  # not the main thread
                asyncio.get_running_loop().add_signal_handler(each, stop.set)
        async with app.open_async():
            looking = asyncio.create_task(take_over())
            stopped = asyncio.create_task(stop.wait())
            try:
                while not stop.is_set():
                    worker = asyncio.create_task(
                        app.run_worker_async(
                            queues=[_QUEUE],
                            name=taking.worker,
                            concurrency=1,
                            wait=False,
                            listen_notify=False,
                            fetch_job_polling_interval=_POLL_SECONDS,
                            update_heartbeat_interval=_HEARTBEAT_SECONDS,
                            stalled_worker_timeout=_DEAD_SECONDS,
                            install_signal_handlers=False,
                            delete_jobs="successful",
                        )
                    )
                    await asyncio.wait([worker, stopped], return_when="FIRST_COMPLETED")
                    if not worker.done():
                        worker.cancel()  # after the file at hand
                    with suppress(asyncio.CancelledError):
                        await worker
                    if taking.has_published():
                        await people_later()
                    elif until_empty and not await self._is_waiting(app):
                        return
                    else:
                        await asyncio.wait([stopped], timeout=_POLL_SECONDS)
            finally:
                looking.cancel()
                stopped.cancel()

    async def _is_waiting(self, app: procrastinate.App) -> bool:
        """Whether anything waits or is being done, here or elsewhere."""
        waiting = [await app.job_manager.list_jobs_async(status=each) for each in ("todo", "doing")]
        return any(map(list, waiting))


class _Taking:
    """Takes single files in, in the thread of a job."""

    def __init__(
        self,
        store: PostgresStore,
        settings: Settings,
        readers: Workers,
        worker: str,
        on_file: Callable[[QueuedFile], None],
    ) -> None:
        self._store = store
        self._settings = settings
        self._readers = readers
        self._on_file = on_file
        self._has_published = False
        self.worker = worker

    def has_published(self) -> bool:
        """Whether anything was published since this was asked last."""
        found, self._has_published = self._has_published, False
        return found

    def take_in(self, number: int, *, is_last: bool) -> None:
        """Take one file in, and note what became of it; raises what may go better another time."""
        row = self._row(number)
        if row is None:
            return
        item = _decoded(row["item"])
        self._note(number, item, "reading", None)
        try:
            state, message = self._ingest(item, row["upload"])
        except IndexProblem as error:
            if not is_last:
                self._note(number, item, "waiting", str(error))
                raise
            state, message = "failed", str(error)
        self._has_published = True
        self._note(number, item, state, message)
        self._drop_upload(row["upload"])

    def _ingest(self, item: Item, upload: str | None) -> tuple[str, str | None]:
        """State and message of the file, or of the files in an archive all together."""
        with tempfile.TemporaryDirectory(prefix="footnote-queue-") as folder:
            if upload is not None:
                path = Path(folder) / "upload"
                path.write_bytes(self._bytes_of(upload))
                item = replace(item, path=path)
            elif item.path is not None and not item.path.exists():
                return "failed", (
                    f"{item.path} is not there: workers must find files under the same path; mount "
                    "the folder on this machine, or add the file on the page"
                )
            reports: list[FileReport] = []
            result = ingest(
                self._store,
                [item],
                settings=self._settings,
                on_file=reports.append,
                workers=self._readers,
            )
        if result.failed:
            told = "; ".join(f"{each.source}: {each.error}" for each in result.failed[:3])
            return "failed", told
        message = "; ".join(each.error for each in result.warnings[:3]) or None
        for state in ("added", "updated", "duplicates", "unchanged"):
            if getattr(result, state):
                return {"duplicates": "duplicate"}.get(state, state), message
        return "unchanged", message

    def _row(self, number: int) -> Rows | None:
        rows = self._store.connections.rows(
            f'SELECT item, upload FROM "{self._store.schema}".queued_files WHERE id = %s',  # noqa: S608
            [number],
        )
        return rows[0] if rows else None

    def _note(self, number: int, item: Item, state: str, message: str | None) -> None:
        with self._store.connections.connection() as connection:
            connection.execute(
                f'UPDATE "{self._store.schema}".queued_files '.encode()
                + b"SET state = %s, message = %s, worker = %s, "
                + b"ended = CASE WHEN %s THEN now() END WHERE id = %s",
                [state, message, self.worker, state in _ENDED, number],
            )
        known: Any = state
        self._on_file(QueuedFile(number, item.source, known, message, self.worker))

    def _bytes_of(self, upload: str) -> bytes:
        rows = self._store.connections.rows(
            f'SELECT content FROM "{self._store.schema}".uploads WHERE digest = %s',  # noqa: S608
            [upload],
        )
        if not rows:
            raise IndexProblem("the bytes of this upload are gone: add the file again")
        return bytes(rows[0]["content"])

    def _drop_upload(self, upload: str | None) -> None:
        """Let go of the bytes of an upload that no other file waits for."""
        if upload is None:
            return
        schema = f'"{self._store.schema}"'
        with self._store.connections.connection() as connection:
            connection.execute(
                f"DELETE FROM {schema}.uploads WHERE digest = %s AND NOT EXISTS (SELECT 1 FROM "  # noqa: S608
                f"{schema}.queued_files WHERE upload = %s AND NOT state = ANY(%s))".encode(),
                [upload, upload, list(_ENDED)],
            )


def _encoded(item: Item) -> str:
    return json.dumps(
        {
            **asdict(item),
            "path": None if item.path is None else str(item.path.absolute()),
            "given": asdict(item.given),
            "members": {name: asdict(each) for name, each in item.members.items()},
        },
        ensure_ascii=False,
        sort_keys=True,
        default=dict,
    )


def _decoded(text: str) -> Item:
    fields = json.loads(text)
    return Item(
        **{
            **fields,
            "path": None if fields["path"] is None else Path(fields["path"]),
            "given": Metadata(**fields["given"]),
            "members": {name: Metadata(**each) for name, each in fields["members"].items()},
        }
    )

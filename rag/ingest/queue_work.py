"""Taking files out of the queue and into the store, in as many processes as there are."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import procrastinate
import psycopg
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.job_context import JobContext

from rag.errors import IndexProblem
from rag.ingest.pipeline import ingest
from rag.ingest.queue import ENDED, QUEUE, JobQueue, QueuedFile, decoded
from rag.ingest.read import Workers
from rag.ingest.records import FileReport, Item
from rag.settings import Settings
from rag.store.postgres.connection import Rows
from rag.store.postgres.store import PostgresStore

log = logging.getLogger(__name__)

_PEOPLE_LAST = -10  # the priority of telling people apart: after all files that wait
_ATTEMPTS = 8
_HEARTBEAT_SECONDS, _DEAD_SECONDS = 3.0, 15.0
_POLL_SECONDS = 2.0


def work(
    queue: JobQueue,
    settings: Settings,
    *,
    until_empty: bool = False,
    on_file: Callable[[QueuedFile], None] | None = None,
) -> None:
    """Take files out of the queue until interrupted, or ``until_empty``.

    Raises:
        IndexProblem: the database cannot be reached, and did not come back.
    """
    queue.store.people_are_told_apart_later = True
    worker = f"{socket.gethostname()}:{os.getpid()}"
    with Workers(settings) as readers:
        taking = _Taking(queue.store, settings, readers, worker, on_file or (lambda _: None))
        try:
            asyncio.run(_work(queue, taking, until_empty=until_empty))
        except psycopg.Error as error:
            raise IndexProblem(
                f"{queue.store.connections.place.shown} was lost ({error}): what was being taken "
                "in is done again; start the worker once more when the database is back"
            ) from error


async def _work(queue: JobQueue, taking: _Taking, *, until_empty: bool) -> None:
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(**queue.options()))
    retry = procrastinate.RetryStrategy(max_attempts=_ATTEMPTS, exponential_wait=2)

    @app.task(name="take_in", queue=QUEUE, retry=retry, pass_context=True)
    def take_in(context: JobContext, file: int) -> None:
        taking.take_in(file, is_last=(context.job.attempts or 0) >= _ATTEMPTS - 1)

    @app.task(name="tell_people_apart", queue=QUEUE, retry=retry)
    def tell_people_apart() -> None:
        queue.store.tell_people_apart()

    async def people_later() -> None:
        job = app.configure_task(
            "tell_people_apart", queue=QUEUE, priority=_PEOPLE_LAST, queueing_lock="people"
        )
        with suppress(AlreadyEnqueued):
            await job.defer_async()

    async def take_over() -> None:
        """Do again what workers have left behind that are gone."""
        while True:
            stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_DEAD_SECONDS)
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
                        queues=[QUEUE],
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
                elif until_empty and not await _is_waiting(app):
                    return
                else:
                    await asyncio.wait([stopped], timeout=_POLL_SECONDS)
        finally:
            looking.cancel()
            stopped.cancel()


async def _is_waiting(app: procrastinate.App) -> bool:
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
        item = decoded(row["item"])
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
                [state, message, self.worker, state in ENDED, number],
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
                [upload, upload, list(ENDED)],
            )

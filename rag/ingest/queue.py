"""Files that wait in the database until a process on some machine takes them in.

Whoever gives files puts each into the queue as it was discovered; ``rag work`` takes them out, one
at a time, and publishes each in one transaction. The jobs are Procrastinate's: what a worker leaves
behind that dies is done again by another one, once its heartbeat has stopped.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import procrastinate
import psycopg
from procrastinate.exceptions import AlreadyEnqueued

from rag.ingest.discover import Collection
from rag.ingest.known_sources import StoredSources
from rag.ingest.records import Failure, Input, Item
from rag.schema import Metadata
from rag.settings import Settings
from rag.store.postgres.connection import Connections, one
from rag.store.postgres.store import PostgresStore

log = logging.getLogger(__name__)

QUEUE = "files"
"""What Procrastinate calls it."""
ENDED = ("added", "updated", "unchanged", "duplicate", "failed", "cancelled")

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
        self.store = store
        self._connections: Connections = store.connections
        self._schema = store.schema
        self._conninfo = store.connections.place.conninfo
        self._prepare()

    def options(self) -> dict[str, Any]:
        """What Procrastinate connects with."""
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
            StoredSources(self.store),
            max_files=settings.max_files,
            follow_links=settings.follow_links,
        )
        found.add(inputs)
        put: list[str] = []
        known: list[str] = []
        failed = list(found.failed)
        app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(**self.options()))
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
                [item.source, encoded(item), upload],
            )
        # One job for a content under a name, however often it is given; and never two of a name at
        # the same time.
        given = hashlib.sha256(encoded(item).encode()).hexdigest()[:16]
        job = app.configure_task(
            "take_in",
            queue=QUEUE,
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
            [list(ENDED)],
        )
        return len(rows)


def encoded(item: Item) -> str:
    """A file as it was discovered, as JSON."""
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


def decoded(text: str) -> Item:
    """The file that :func:`encoded` was given."""
    fields = json.loads(text)
    return Item(
        **{
            **fields,
            "path": None if fields["path"] is None else Path(fields["path"]),
            "given": Metadata(**fields["given"]),
            "members": {name: Metadata(**each) for name, each in fields["members"].items()},
        }
    )

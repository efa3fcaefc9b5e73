"""The versions of a collection's tables: what each has that the one before has not."""

from __future__ import annotations

from importlib import resources

from rag.errors import IndexMismatch
from rag.store.postgres.connection import Connections, one

_FOLDER = resources.files("rag.store.postgres") / "migrations"


def _migrations() -> list[tuple[int, str]]:
    names = sorted(each.name for each in _FOLDER.iterdir() if each.name.endswith(".sql"))
    return [(int(name[:4]), name) for name in names]


def latest() -> int:
    """The version that this program works with."""
    return _migrations()[-1][0]


def migrate(connections: Connections, schema: str, *, to: int | None = None) -> None:
    """Bring a collection to a version, the latest unless said otherwise; several may try at once.

    Each step is taken whole or not at all. Steps are never taken back: an older program refuses to
    work with a newer collection.

    Raises:
        IndexMismatch: a newer program has migrated it.
    """
    wanted = latest() if to is None else to
    with connections.connection() as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [schema])
        connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'.encode())
        connection.execute(
            f'CREATE TABLE IF NOT EXISTS "{schema}".migrations (number integer PRIMARY KEY, '
            "made timestamptz NOT NULL DEFAULT now())".encode()
        )
        highest = f'SELECT coalesce(max(number), 0) AS number FROM "{schema}".migrations'  # noqa: S608
        there = int(one(connection, highest)["number"])
        if there > latest():
            raise IndexMismatch(
                f"{connections.place.shown} was made by a newer version of Footnote (its tables "
                f"have version {there}, this program knows {latest()}): install that version here"
            )
        for number, name in _migrations():
            if there < number <= wanted:
                script = (_FOLDER / name).read_text("utf-8").replace("{schema}", f'"{schema}"')
                connection.execute(script.encode())
                connection.execute(
                    f'INSERT INTO "{schema}".migrations (number) VALUES (%s)'.encode(),  # noqa: S608
                    [number],
                )

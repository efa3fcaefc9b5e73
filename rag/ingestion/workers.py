"""The processes that read files, and that may crash, hang or grow without harm to this one."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, Final, cast

from rag import errors
from rag.errors import ReaderFailed, ReadingError
from rag.reading import Limits
from rag.reading.codec import OUT_OF_MEMORY, decode_reading, receive, send
from rag.schema import Reading
from rag.settings import Settings

__all__ = ["ReadFile", "Task", "Workers"]

_MOST_WORKERS = 4
_SECONDS_TO_START = 60
# The process ends itself when we have not ended it this long after its time was up.
_GRACE_SECONDS = 15

_ERRORS: Final = {
    kind.__name__: kind
    for kind in (
        ReadingError,
        errors.UnsupportedFormat,
        errors.EmptyDocument,
        errors.DamagedFile,
        errors.LimitExceeded,
        ReaderFailed,
    )
}


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that was read, and what it is."""

    media_type: str
    reading: Reading


class Task:
    """The reading of one file, now or later.

    ``future`` has the :class:`ReadFile`, or raises a :class:`rag.errors.ReadingError`, or
    :class:`concurrent.futures.CancelledError` after :meth:`cancel`.
    """

    future: Future[ReadFile]

    def __init__(self) -> None:
        self.cancelled = False
        self._lock = threading.Lock()
        self._process: _Process | None = None

    def cancel(self) -> None:
        """Read it no further; the process that is reading it ends."""
        with self._lock:
            self.cancelled = True
            if self._process is not None:
                self._process.end()
        self.future.cancel()

    def run(self, process: _Process, content: bytes, name: str) -> ReadFile:
        """Let ``process`` read it."""
        with self._lock:
            if self.cancelled:
                raise CancelledError
            self._process = process
        try:
            return process.read(content, name)
        except ReaderFailed:
            if self.cancelled:
                raise CancelledError from None
            raise
        finally:
            with self._lock:
                self._process = None


class Workers:
    """As many processes as there are files to read at a time, up to four; none before the first.

    Use as a context manager: at its end all processes are gone.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(
            min(os.cpu_count() or 1, _MOST_WORKERS), thread_name_prefix="reading"
        )
        self._lock = threading.Lock()
        self._idle: list[_Process] = []
        self._all: set[_Process] = set()
        self._closed = False

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, content: bytes, *, name: str) -> Task:
        """Have ``content`` read when a process is free; ``name`` is for its type and messages."""
        task = Task()
        task.future = self._threads.submit(self._read, task, content, name)
        return task

    def process_ids(self) -> list[int]:
        """The processes that there are now."""
        with self._lock:
            return [process.pid for process in self._all]

    def close(self) -> None:
        """End all processes; what was not read yet is cancelled."""
        with self._lock:
            self._closed = True
            processes = list(self._all)
        for process in processes:
            process.end()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for process in processes:
            process.close()

    def _read(self, task: Task, content: bytes, name: str) -> ReadFile:
        process, is_new = self._take()
        try:
            try:
                return task.run(process, content, name)
            except (_Crashed, _OutOfMemory):
                if is_new or task.cancelled:
                    raise
            # It may have suffered from the files before: a fresh one decides.
            self._give_back(process)
            process, _ = self._start()
            return task.run(process, content, name)
        finally:
            self._give_back(process)

    def _take(self) -> tuple[_Process, bool]:
        with self._lock:
            while self._idle:
                process = self._idle.pop()
                if process.is_alive:
                    return process, False
                self._all.discard(process)
                process.close()
        return self._start()

    def _start(self) -> tuple[_Process, bool]:
        process = _Process(self._settings)
        with self._lock:
            self._all.add(process)
            if self._closed:
                process.end()
        try:
            process.wait_until_ready()
        except ReaderFailed:
            self._give_back(process)
            raise
        return process, True

    def _give_back(self, process: _Process) -> None:
        with self._lock:
            if process.is_usable and not self._closed:
                if process not in self._idle:
                    self._idle.append(process)
                return
            self._all.discard(process)
        process.close()


class _Crashed(ReaderFailed):
    """The process ended by itself."""


class _OutOfMemory(ReaderFailed):
    """The process was refused the memory it asked for."""


class _Process:
    """One process of :mod:`rag.reading.worker`; used by one thread at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limits = asdict(Limits.of(settings))
        self._out_of_time = False
        self.is_usable = True
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                # -P: no module is taken from the folder that we happen to be in.
                [sys.executable, "-P", "-m", "rag.reading.worker", str(settings.read_megabytes)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,  # Ctrl-C is for us
            )
        except OSError as error:
            raise ReaderFailed(f"no process can be started to read it: {error.strerror}") from error
        self.pid = self._process.pid

    @property
    def is_alive(self) -> bool:
        return self.is_usable and self._process.poll() is None

    def end(self) -> None:
        """Kill it, and wait until it is gone; whoever waits for its answer gets none."""
        self.is_usable = False
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End it, and let go of its pipes."""
        self.end()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # what was still to be written has nowhere to go
                cast("IO[bytes]", pipe).close()

    def wait_until_ready(self) -> None:
        """Wait until it has started, which does not count as reading time."""
        try:
            self._reply(_SECONDS_TO_START, "")
        except ReaderFailed:
            raise ReaderFailed(
                "the process that reads files does not start: see what "
                "'python -m rag.reading.worker 256' says"
            ) from None

    def read(self, content: bytes, name: str) -> ReadFile:
        """Read one file.

        Raises:
            ReadingError: it cannot be read; the message says why.
        """
        seconds = self._settings.read_seconds
        request = {"name": name, "seconds": seconds + _GRACE_SECONDS, "limits": self._limits}
        too_long = f"took longer than {seconds} s: split it, or raise RAG_READ_SECONDS"
        header, body = self._reply(seconds, too_long, request, content)
        match header.get("outcome"):
            case "read":
                return self._decoded(header, body)
            case "memory":
                self.is_usable = False
                raise _OutOfMemory(self._too_much)
            case _:
                kind = _ERRORS.get(str(header.get("error")), ReaderFailed)
                raise kind(str(header.get("message")))

    @property
    def _too_much(self) -> str:
        most = self._settings.read_megabytes
        return f"needed more than {most} MB: split it, or raise RAG_READ_MEGABYTES"

    def _decoded(self, header: dict[str, Any], body: bytes) -> ReadFile:
        try:
            return ReadFile(str(header["media_type"]), decode_reading(body))
        except (ValueError, KeyError) as error:
            self.is_usable = False
            raise ReaderFailed("the reader answered with what is no text of a document") from error

    def _reply(
        self,
        seconds: float,
        too_long: str,
        request: dict[str, object] | None = None,
        content: bytes = b"",
    ) -> tuple[dict[str, Any], bytes]:
        """The answer to ``request``, or to having been started."""
        stdin = cast("BinaryIO", self._process.stdin)
        stdout = cast("BinaryIO", self._process.stdout)
        overdue = threading.Timer(seconds, self._run_out_of_time)
        overdue.daemon = True
        overdue.start()
        try:
            if request is not None:
                send(stdin, request, content)
            reply = receive(stdout, most=self._settings.read_megabytes * 1_000_000)
        except (OSError, ValueError):
            reply = None
        finally:
            overdue.cancel()
        if reply is not None:
            return reply
        self.end()
        if self._out_of_time:
            raise ReaderFailed(too_long)
        if self._process.returncode == OUT_OF_MEMORY:
            raise _OutOfMemory(self._too_much)
        raise _Crashed(
            "the reader crashed on it: open it in the program it is from, and save it anew"
        )

    def _run_out_of_time(self) -> None:
        self._out_of_time = True
        self.is_usable = False
        self._process.kill()


def _environment() -> dict[str, str]:
    """Our own environment; in it, ``rag`` is found where we found it."""
    root = str(Path(errors.__file__).parents[1])
    path = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), root)))
    return {**os.environ, "PYTHONPATH": path}

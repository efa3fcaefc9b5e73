"""Third stage: files are read by processes that may crash, hang or grow without harm to us."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import TypeVar

from rag.errors import ReaderFailed
from rag.ingest.reader_process import Crashed, OutOfMemory, ReaderProcess, environment
from rag.ingest.records import CutOrder, ReadFile
from rag.readers.pdf_view import PageView
from rag.settings import Settings

_MOST_WORKERS = 4

# What has loaded the parser of sentences is kept for the next files; it ends by itself when there
# are none for a while, and with this program.
_parked: list[ReaderProcess] = []
_parking = threading.Lock()

Result = TypeVar("Result")


class Task:
    """The reading of one file, now or later.

    ``future`` has the :class:`ReadFile`, or raises a :class:`rag.errors.ReadingError`, or
    :class:`concurrent.futures.CancelledError` after :meth:`cancel`.
    """

    future: Future[ReadFile]

    def __init__(self) -> None:
        self.cancelled = False
        self._lock = threading.Lock()
        self._process: ReaderProcess | None = None

    def cancel(self) -> None:
        """Read it no further; the process that is reading it ends."""
        with self._lock:
            self.cancelled = True
            if self._process is not None:
                self._process.end()
        self.future.cancel()

    def run(
        self, process: ReaderProcess, content: bytes, name: str, order: CutOrder | None
    ) -> ReadFile:
        """Let ``process`` read it."""
        with self._lock:
            if self.cancelled:
                raise CancelledError
            self._process = process
        try:
            return process.read(content, name, order)
        except ReaderFailed:
            if self.cancelled:
                raise CancelledError from None
            raise
        finally:
            with self._lock:
                self._process = None


class Workers:
    """As many processes as files are read at a time, up to ``most``; none before the first.

    Use as a context manager, or close it: at its end all processes are gone, but for idle ones
    that the next workers in this program take over. With ``waited_for`` they take over none:
    those give way to all else, and somebody waits for what these do.
    """

    def __init__(
        self, settings: Settings, *, most: int = _MOST_WORKERS, waited_for: bool = False
    ) -> None:
        self._settings = settings
        self._waited_for = waited_for
        self._threads = ThreadPoolExecutor(
            min(os.cpu_count() or 1, most), thread_name_prefix="reading"
        )
        self._lock = threading.Lock()
        self._idle: list[ReaderProcess] = []
        self._all: set[ReaderProcess] = set()
        self._left: dict[Hashable, Task] = {}
        self._closed = False

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(
        self, content: bytes, *, name: str, order: Callable[[], CutOrder] | None = None
    ) -> Task:
        """Have ``content`` read when a process is free; ``name`` is for its type and messages.

        With ``order``, which is called in a thread, it is cut and attributed as well.
        """
        task = Task()
        task.future = self._threads.submit(self._read, task, content, name, order)
        return task

    def leave(self, key: Hashable, task: Task) -> None:
        """Let a reading go on, for whoever comes to :meth:`take_up` what has this key."""
        self._left[key] = task

    def take_up(self, key: Hashable) -> Task | None:
        """The reading that was left with this key, if there is one."""
        return self._left.pop(key, None)

    def take_out(self, content: bytes, *, name: str, media_type: str, number: int) -> Future[bytes]:
        """The file ``number`` of those that the reading of ``content`` says are attached to it.

        The future raises :class:`rag.errors.ReadingError` where there is none.
        """
        return self._threads.submit(
            self._done,
            lambda process: process.take_out(content, name, media_type=media_type, number=number),
        )

    def draw(self, content: bytes, *, page: int, width: int) -> Future[bytes]:
        """The picture of a PDF's page, as :func:`rag.readers.pdf.file.page_picture` makes it.

        The future raises :class:`rag.errors.ReadingError` where there is none.
        """
        return self._threads.submit(self._done, lambda process: process.draw(content, page, width))

    def mark(self, content: bytes, *, page: int, text: str, before: str) -> Future[PageView]:
        """A PDF's page and where words stand on it: :func:`rag.readers.pdf_view.page_view`.

        The future raises :class:`rag.errors.ReadingError` if the page cannot be opened.
        """
        words = (text, before)
        return self._threads.submit(self._done, lambda process: process.mark(content, page, words))

    def measure(self, content: bytes) -> Future[list[tuple[float, float]]]:
        """The sizes of a PDF's pages, as :func:`rag.readers.pdf_view.page_sizes` has them.

        The future raises :class:`rag.errors.ReadingError` if the file cannot be opened.
        """
        return self._threads.submit(self._done, lambda process: process.measure(content))

    def warm_up(self) -> Future[None]:
        """Have a process start, if none is there, before it is needed."""
        return self._threads.submit(self._done, lambda _: None)

    def process_ids(self) -> list[int]:
        """The processes that there are now."""
        with self._lock:
            return [process.pid for process in self._all]

    def close(self) -> None:
        """End all processes that are busy; what was not read yet is cancelled."""
        with self._lock:
            self._closed = True
            idle = [each for each in self._idle if each.is_alive]
            self._all.difference_update(idle)
            processes = list(self._all)
        with _parking:
            _parked.extend(idle)
            processes += _parked[:-_MOST_WORKERS]
            del _parked[:-_MOST_WORKERS]
        for process in processes:
            process.end()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for process in processes:
            process.close()

    def _read(
        self, task: Task, content: bytes, name: str, order: Callable[[], CutOrder] | None
    ) -> ReadFile:
        ordered = order() if order is not None else None
        return self._done(
            lambda process: task.run(process, content, name, ordered),
            is_over=lambda: task.cancelled,
        )

    def _done(
        self,
        work: Callable[[ReaderProcess], Result],
        *,
        is_over: Callable[[], bool] = lambda: False,
    ) -> Result:
        """What ``work`` makes of a process; a second one if the first has seen other files."""
        process, is_new = self._take()
        try:
            try:
                return work(process)
            except (Crashed, OutOfMemory):
                if is_new or is_over():
                    raise
            # It may have suffered from the files before: a fresh one decides.
            self._give_back(process)
            process, _ = self._start()
            return work(process)
        finally:
            self._give_back(process)

    def _take(self) -> tuple[ReaderProcess, bool]:
        with self._lock:
            while self._idle:
                process = self._idle.pop()
                if process.is_alive:
                    return process, False
                self._all.discard(process)
                process.close()
        while not self._waited_for and (left := self._unpark()):
            if left.is_alive:
                left.use(self._settings)
                with self._lock:
                    self._all.add(left)
                    if self._closed:
                        left.end()
                return left, False
            left.close()
        return self._start()

    def _unpark(self) -> ReaderProcess | None:
        """A process that other workers have left, with this limit of memory and environment."""
        wanted = self._settings.read_megabytes, environment()
        with _parking:
            for at, process in enumerate(_parked):
                if (process.megabytes, process.environment) == wanted:
                    return _parked.pop(at)
        return None

    def _start(self) -> tuple[ReaderProcess, bool]:
        process = ReaderProcess(self._settings)
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

    def _give_back(self, process: ReaderProcess) -> None:
        with self._lock:
            if process.is_usable and not self._closed:
                if process not in self._idle:
                    self._idle.append(process)
                return
            self._all.discard(process)
        process.close()

"""How long anything may take: the last resort against waiting for ever.

A command that takes too long is ended from outside of Python, because what hangs may have the
interpreter's lock, so that no Python runs any more. A request to a program that goes on serving
gets an error instead, and the thread that it waits for is left behind.
"""

from __future__ import annotations

import faulthandler
import os
import re
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from rag.errors import TookTooLong

DEFAULT_SECONDS: Final = 900

Result = TypeVar("Result")

_PACKAGE = Path(__file__).parent
_FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+) in (?P<name>\S+)')
# Of faulthandler; what we have told before does not begin so.
_OVERDUE = "Timeout ("
_WHERE, _FILE = "<where>", "<file>"
_RENEWED_SECONDS = 1.0  # progress within this time after other progress does not count
_PULSE_SECONDS = 5.0


@dataclass(slots=True)
class _Watch:
    """What is watched for in this process. ``teller`` is where the stacks are written to."""

    command: str
    teller: int
    seconds: float = DEFAULT_SECONDS
    by_progress: bool = False
    renewed: float = 0.0

    def renew(self) -> None:
        """Begin to wait anew."""
        self.renewed = time.monotonic()
        faulthandler.dump_traceback_later(self.seconds, file=self.teller, exit=True)

    def words(self) -> str:
        """The error, with gaps for where it was and for the file with all stacks."""
        what = "got no further" if self.by_progress else "did not end"
        return (
            f"{self.command} {what} within {self.seconds:g} seconds, and was ended at {_WHERE}: "
            "nothing in the index is lost, so run it again. If it needs longer, raise "
            f"RAG_PATIENCE_SECONDS; if it hangs again, report it with {_FILE}"
        )


_watch: _Watch | None = None
_moved = 0.0


def watch(command: str, *, tell: Callable[[str], None]) -> None:
    """End this process with exit code 1 if it is still there after :data:`DEFAULT_SECONDS`.

    ``tell`` is then called in another process, forked now, with words for the user; so nothing may
    run in other threads yet. Where processes cannot be forked, Python's stacks are printed instead.
    """
    global _watch
    _watch = _Watch(command, _forked(tell) if hasattr(os, "fork") else sys.stderr.fileno())
    _begin(_watch)


def expect(seconds: float, *, long: bool = False) -> None:
    """Set how long the command may take or, if it is a ``long`` one, make no progress."""
    if _watch is not None:
        _watch.seconds, _watch.by_progress = seconds, long
        _begin(_watch)


def progress() -> None:
    """Say that something got done, anywhere in this process. Costs next to nothing."""
    global _moved
    _moved = time.monotonic()
    if _watch is None or not _watch.by_progress:
        return
    if _moved - _watch.renewed > min(_RENEWED_SECONDS, _watch.seconds / 4):
        _watch.renew()


def keep_watch(seconds: float) -> None:
    """Watch a program that serves until it is stopped: end it only when Python stands still."""
    expect(seconds, long=True)
    if _watch is not None:
        threading.Thread(target=_beat, args=(_watch,), name="footnote-pulse", daemon=True).start()


def _beat(watched: _Watch) -> None:
    pulse = threading.Event()
    while not pulse.wait(min(_PULSE_SECONDS, watched.seconds / 4)):
        watched.renew()  # which is no progress: work that stands still is to be noticed


def within(seconds: float, work: Callable[[], Result], *, what: str, long: bool = False) -> Result:
    """The result of ``work``, called in a thread of its own, which is left behind if it hangs.

    Raises:
        TookTooLong: it takes longer or, if it is a ``long`` one, nothing in this process makes any
            progress for longer; the message begins with ``what``.
    """
    future: Future[Result] = Future()
    context = copy_context()

    def run() -> None:
        try:
            future.set_result(context.run(work))
        except BaseException as error:
            future.set_exception(error)

    thread = threading.Thread(target=run, name="footnote-request", daemon=True)
    thread.start()
    began = time.monotonic()
    while not future.done():
        left = (max(began, _moved) if long else began) + seconds - time.monotonic()
        if left <= 0:
            raise too_long(what, seconds, thread=thread.ident)
        wait_for([future], timeout=left)
    return future.result()


def too_long(what: str, seconds: float, *, thread: int | None = None) -> TookTooLong:
    """The error of a request, with the place in the program where ``thread`` is."""
    frame = sys._current_frames().get(thread) if thread else None
    frames = []
    while frame is not None:
        code = frame.f_code
        frames.append((code.co_filename, str(frame.f_lineno), code.co_name))
        frame = frame.f_back
    where = f" at {_place(frames)}" if frames else ""
    return TookTooLong(
        f"{what} was not done within {seconds:g} seconds, and was given up{where}: try again. If "
        "it happens again, start the program anew, or raise RAG_PATIENCE_SECONDS"
    )


def _begin(watched: _Watch) -> None:
    if hasattr(os, "fork"):
        with suppress(OSError):  # somebody has ended the process that would tell
            os.write(watched.teller, f"{watched.words()}\n".encode())
    watched.renew()


def _forked(tell: Callable[[str], None]) -> int:
    """Start the process that tells; it ends with this one. The end of the pipe to write to."""
    read, write = os.pipe()
    if os.fork():
        os.close(read)
        return write
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for each in {write, 0, 1} - {read}:  # who reads our output must not wait for this process
            with suppress(OSError):  # whoever started us had closed it
                os.close(each)
        _tell_overdue(read, tell)
    finally:
        os._exit(0)


def _tell_overdue(read: int, tell: Callable[[str], None]) -> None:
    with os.fdopen(read, encoding="utf-8", errors="replace") as pipe:
        told, overdue, stacks = pipe.read().partition(_OVERDUE)
    if not overdue:
        return
    # The main thread is the last; it may wait for another, which the file tells of.
    last = stacks.rpartition("Thread 0x")[2]
    place = _place([(each["file"], each["line"], each["name"]) for each in _FRAME.finditer(last)])
    with tempfile.NamedTemporaryFile(
        "w", prefix="footnote-stacks-", suffix=".txt", delete=False
    ) as file:
        file.write(overdue + stacks)
    tell(told.splitlines()[-1].replace(_WHERE, place).replace(_FILE, file.name))


def _place(frames: list[tuple[str, str, str]]) -> str:
    """The innermost frame that is ours, or else the innermost one."""
    ours = [each for each in frames if Path(each[0]).is_relative_to(_PACKAGE)]
    for file, line, name in (ours or frames)[:1]:
        shown = Path(file).relative_to(_PACKAGE.parent) if ours else Path(file)
        return f"{shown.as_posix()}, line {line}, in {name}"
    return "a place that is not known"

"""One process that reads files, seen from the program that started it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, BinaryIO, Final, TypeVar, cast

from rag import errors, patience
from rag.errors import ReaderFailed, ReadingError
from rag.ingest.records import ReadFile
from rag.readers import Limits
from rag.readers.codec import OUT_OF_MEMORY, decode_page_view, decode_reading, receive, send
from rag.readers.limits import child_environment
from rag.readers.pdf.boxes import PageView
from rag.settings import Settings

__all__ = ["Crashed", "OutOfMemory", "ReaderProcess"]

_SECONDS_TO_START = 60
# The process ends itself when we have not ended it this long after its time was up.
_GRACE_SECONDS = 15
_PAGE_SECONDS = 30  # longest that drawing a page may take: somebody is waiting for it

Result = TypeVar("Result")

# What the process may say is wrong with a file; anything else that it says is not believed.
_ERRORS: Final = {each.__name__: each for each in ReadingError.__subclasses__()}


class Crashed(ReaderFailed):
    """The process ended by itself."""


class OutOfMemory(ReaderFailed):
    """The process was refused the memory it asked for."""


class ReaderProcess:
    """One process of :mod:`rag.readers.worker`; to be used by one thread at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limits = asdict(Limits.of(settings))
        self._out_of_time = False
        self.is_usable = True
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                # -P: no module is taken from the folder that we happen to be in.
                [sys.executable, "-P", "-m", "rag.readers.worker", str(settings.read_megabytes)],
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
        """Whether it can be asked."""
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
                "'python -m rag.readers.worker 256' says"
            ) from None

    def read(self, content: bytes, name: str) -> ReadFile:
        """Read one file.

        Raises:
            ReadingError: it cannot be read; the message says why.
        """
        seconds = self._settings.read_seconds
        too_long = f"took longer than {seconds} s: split it, or raise RAG_READ_SECONDS"
        request = {"task": "read", "name": name, "limits": self._limits}
        header, body = self._ask(request, content, seconds=seconds, too_long=too_long)
        return self._believed(
            lambda: ReadFile(str(header["media_type"]), decode_reading(body)), "text of a document"
        )

    def take_out(self, content: bytes, name: str, *, media_type: str, number: int) -> bytes:
        """The bytes of the file that is attached to another, by its number in the reading.

        Raises:
            ReadingError: it cannot be taken out; the message says why.
        """
        request = {"task": "take out", "name": name, "media_type": media_type, "number": number}
        return self._ask_for_page(request, content)[1]

    def draw(self, content: bytes, page: int, width: int) -> bytes:
        """The picture of a page.

        Raises:
            ReadingError: it cannot be drawn; the message says why.
        """
        request = {"task": "draw", "page": page, "width": width}
        _, picture = self._ask_for_page(request, content)
        return self._believed(lambda: _png(picture), "picture")

    def mark(self, content: bytes, page: int, words: tuple[str, str]) -> PageView:
        """Where words stand on a page, given with the page's text before them.

        Raises:
            ReadingError: it cannot be told; the message says why.
        """
        request = {"task": "mark", "page": page, "words": words}
        _, body = self._ask_for_page(request, content)
        return self._believed(lambda: decode_page_view(body), "place on a page")

    def _ask_for_page(
        self, request: Mapping[str, object], content: bytes
    ) -> tuple[dict[str, Any], bytes]:
        seconds = min(_PAGE_SECONDS, self._settings.read_seconds)
        too_long = f"the page took longer than {seconds} s: open the file in its own program"
        return self._ask(request, content, seconds=seconds, too_long=too_long)

    def _ask(
        self, request: Mapping[str, object], content: bytes, *, seconds: float, too_long: str
    ) -> tuple[dict[str, Any], bytes]:
        """The answer to a request, unless it is that there is none."""
        timed = {**request, "seconds": seconds + _GRACE_SECONDS}
        header, body = self._reply(seconds, too_long, timed, content)
        match header.get("outcome"):
            case "done":
                return header, body
            case "memory":
                self.is_usable = False
                raise OutOfMemory(self._too_much)
            case _:
                kind = _ERRORS.get(str(header.get("error")), ReadingError)
                raise kind(str(header.get("message")))

    @property
    def _too_much(self) -> str:
        most = self._settings.read_megabytes
        return f"needed more than {most} MB: split it, or raise RAG_READ_MEGABYTES"

    def _believed(self, decode: Callable[[], Result], kind: str) -> Result:
        """What the process answered with, if it is what was asked for."""
        try:
            return decode()
        except (ValueError, KeyError) as error:
            self.is_usable = False
            raise ReaderFailed(f"the reader answered with what is no {kind}") from error

    def _reply(
        self,
        seconds: float,
        too_long: str,
        request: Mapping[str, object] | None = None,
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
            patience.progress()
        if reply is not None:
            return reply
        self.end()
        if self._out_of_time:
            raise ReaderFailed(too_long)
        if self._process.returncode == OUT_OF_MEMORY:
            raise OutOfMemory(self._too_much)
        raise Crashed(
            "the reader crashed on it: open it in the program it is from, and save it anew"
        )

    def _run_out_of_time(self) -> None:
        self._out_of_time = True
        self.is_usable = False
        self._process.kill()


def _png(content: bytes) -> bytes:
    """The content, which has to be a PNG.

    Raises:
        ValueError: it is not.
    """
    if not content.startswith(b"\x89PNG\r\n\x1a\n"):
        raise ValueError("no PNG")
    return content


def _environment() -> dict[str, str]:
    """What a program that reads files may know, with the place where we found ``rag``."""
    root = str(Path(errors.__file__).parents[1])
    path = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), root)))
    return child_environment(PYTHONPATH=path)

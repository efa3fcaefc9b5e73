"""One process that reads files, seen from the program that started it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, BinaryIO, Final, TypeVar, cast

from rag import errors, patience
from rag.errors import LimitExceeded, ReaderFailed, ReadingError
from rag.ingest.records import CutOrder, ReadFile
from rag.language.finished_messages import later
from rag.models.parser import parser_folder
from rag.readers import Limits
from rag.readers.codec import (
    OUT_OF_MEMORY,
    TooLong,
    decode_cut_file,
    decode_page_sizes,
    decode_page_view,
    receive,
    send,
)
from rag.readers.limits import check_size, child_environment
from rag.readers.passages import Cutting
from rag.readers.pdf_view import PageView
from rag.settings import Settings

_SECONDS_TO_START = 60
_SECONDS_TO_LOAD = 120  # a tokenizer, or the parser of sentences
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
    """One process of :mod:`rag.ingest.worker`; to be used by one thread at a time."""

    def __init__(self, settings: Settings) -> None:
        self._out_of_time = False
        self._prepared: Cutting | None = None
        self._may_load = True
        self.is_usable = True
        self.megabytes = settings.read_megabytes
        self.environment = environment()
        self.use(settings)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                # -P: no module is taken from the folder that we happen to be in.
                [sys.executable, "-P", "-m", "rag.ingest.worker", str(settings.read_megabytes)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self.environment,
                start_new_session=True,  # Ctrl-C is for us
            )
        except OSError as error:
            raise ReaderFailed(f"no process can be started to read it: {error.strerror}") from error
        self.pid = self._process.pid

    def use(self, settings: Settings) -> None:
        """Keep to the limits of these settings from now on; they allow it the same memory."""
        self._settings = settings
        self._limits = Limits.of(settings)

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
                "the process that reads files does not start: see what 'python -m "
                "rag.ingest.worker 256' says"
            ) from None

    def read(self, content: bytes, name: str, order: CutOrder | None = None) -> ReadFile:
        """Read one file and, with ``order``, cut it and find out whose words are in it.

        Raises:
            ReadingError: it cannot be read; the message says why.
        """
        seconds = self._settings.read_seconds
        too_long = later(f"took longer than {seconds} s: split it, or raise RAG_READ_SECONDS")
        request = {"task": "read", "name": name, "limits": asdict(self._limits)}
        if order is not None:
            self._prepare(order.cutting)
            target = order.cutting.target if order.cutting.tokenizer else None
            given = asdict(order.given)
            request["cut"] = {"document_id": order.document_id, "given": given, "target": target}
        header, body = self._ask(request, content, seconds=seconds, too_long=too_long)
        found = self._believed(lambda: decode_cut_file(body), "text of a document")
        check_size(found.reading, found.passages or (), found.statements or (), limits=self._limits)
        return ReadFile(
            str(header.get("media_type")),
            found.reading,
            found.passages,
            found.statements,
            found.speakers,
            is_attributed=order is not None,
        )

    def take_out(self, content: bytes, name: str, *, media_type: str, number: int) -> bytes:
        """The bytes of the file that is attached to another, by its number in the reading.

        Raises:
            ReadingError: it cannot be taken out; the message says why.
        """
        request = {"task": "take out", "name": name, "media_type": media_type, "number": number}
        return self._ask_for_page(request, content)[1]

    def _prepare(self, cutting: Cutting) -> None:
        """Have it load what files are cut with, which counts neither as their time nor memory."""
        if self._prepared == cutting:
            return
        folder = parser_folder()
        request = {"task": "prepare", "parser": str(folder) if folder else None}
        what = f"a tokenizer was not loaded within {_SECONDS_TO_LOAD} s: try again"
        content = (cutting.tokenizer or "").encode()
        self._ask(request, content, seconds=_SECONDS_TO_LOAD, too_long=what)
        self._prepared = cutting

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

    def measure(self, content: bytes) -> list[tuple[float, float]]:
        """The width and height of each page.

        Raises:
            ReadingError: the file cannot be opened; the message says why.
        """
        _, body = self._ask_for_page({"task": "measure"}, content)
        return self._believed(lambda: decode_page_sizes(body), "list of sizes")

    def _ask_for_page(
        self, request: Mapping[str, object], content: bytes
    ) -> tuple[dict[str, Any], bytes]:
        seconds = min(_PAGE_SECONDS, self._settings.read_seconds)
        too_long = later(f"the page took longer than {seconds} s: open the file in its own program")
        return self._ask(request, content, seconds=seconds, too_long=too_long)

    def _ask(
        self, request: Mapping[str, object], content: bytes, *, seconds: float, too_long: str
    ) -> tuple[dict[str, Any], bytes]:
        """The answer to a request, unless it is that there is none."""
        timed = {**request, "seconds": seconds + _GRACE_SECONDS}
        try:
            header, body = self._reply(seconds, too_long, timed, content)
        except TooLong:
            self.end()
            most = self._limits.reply_bytes // 1_000_000
            raise LimitExceeded(
                f"comes to more than {most:,} MB of text, headings and names: split it, or raise "
                "RAG_MAX_PAGES"
            ) from None
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
        return later(f"needed more than {most} MB: split it, or raise RAG_READ_MEGABYTES")

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
        is_read = request is not None and request["task"] == "read"
        # What else comes is a picture, or a file that is in this one.
        whole = self._settings.read_megabytes * 1_000_000
        most = self._limits.reply_bytes if is_read else whole
        reply = None
        overdue = self._overdue(seconds)
        began, left = time.monotonic(), seconds
        try:
            if request is not None:
                send(stdin, request, content)
            while reply := receive(stdout, most=most):
                match reply[0].get("outcome"):
                    case "loading" if self._may_load:  # once, whatever the file makes it say
                        self._may_load = False
                        left -= time.monotonic() - began
                        overdue.cancel()
                        overdue = self._overdue(_SECONDS_TO_LOAD)
                    case "loaded":
                        began = time.monotonic()
                        overdue.cancel()
                        overdue = self._overdue(max(left, 0.0))
                    case _:
                        break
        except TooLong:
            raise
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

    def _overdue(self, seconds: float) -> threading.Timer:
        timer = threading.Timer(seconds, self._run_out_of_time)
        timer.daemon = True
        timer.start()
        return timer

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


def environment() -> dict[str, str]:
    """What a program that reads files may know, with the place where we found ``rag``."""
    root = str(Path(errors.__file__).parents[1])
    path = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), root)))
    # There is a process for each processor already.
    one = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return child_environment(PYTHONPATH=path, TOKENIZERS_PARALLELISM="false", **one)

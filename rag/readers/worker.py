"""``python -m rag.readers.worker``: a process that reads files, isolated from the program.

A file that makes its reader crash, hang or run out of memory costs only this process. Requests with
the bytes of a file come in on stdin as frames (:mod:`rag.readers.codec`); for each, one frame with
the reading, the picture of a page or the boxes of words on it, or with the error, goes out on
stdout. The process ends when stdin does.
Nothing is imported but :mod:`rag.readers`.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final

from rag.errors import ReadingError
from rag.readers.attachments import attachment
from rag.readers.codec import OUT_OF_MEMORY, encode, receive, send
from rag.readers.limits import Limits
from rag.readers.pdf.boxes import page_view
from rag.readers.pdf.file import page_picture
from rag.readers.registry import media_type_of, read

__all__ = ["main"]

_Request = tuple[dict[str, Any], bytes]

_MOST_BYTES = 1 << 40
"""Requests come from our own program: they are as long as they say."""

_LONGEST_MESSAGE = 600


def main() -> None:
    """Answer requests until stdin ends. The only argument: megabytes that reading may take."""
    requests: queue.SimpleQueue[_Request] = queue.SimpleQueue()
    replies = _replies()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program that started us
    threading.Thread(target=_listen, args=(sys.stdin.buffer, requests), daemon=True).start()
    _limit_memory(int(sys.argv[1]))
    send(replies, {"outcome": "ready"})
    try:
        while True:
            _answer(replies, *requests.get())
    except MemoryError:
        os._exit(OUT_OF_MEMORY)


def _replies() -> BinaryIO:
    """The real stdout; what libraries print goes to stderr instead of between the frames."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return replies


def _listen(stream: BinaryIO, requests: queue.SimpleQueue[_Request]) -> None:
    """Take requests in; when there are no more, end the process, whatever it is doing."""
    try:
        while (request := receive(stream, most=_MOST_BYTES)) is not None:
            requests.put(request)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    os._exit(0)


def _answer(replies: BinaryIO, header: dict[str, Any], content: bytes) -> None:
    _limit_time(header["seconds"])
    try:
        found, body = _TASKS[header["task"]](header, content)
    except ReadingError as error:
        send(replies, _failure(type(error).__name__, str(error)))
    except MemoryError:
        send(replies, {"outcome": "memory"})
    except Exception as error:  # whatever else a reader trips over costs this one file
        reason = f"the reader failed on it ({type(error).__name__}: {error})"
        send(replies, _failure("ReaderFailed", reason))
    else:
        send(replies, {"outcome": "done", **found}, body)
    finally:
        _limit_time(0)


_Reply = tuple[dict[str, object], bytes]


def _read(header: dict[str, Any], content: bytes) -> _Reply:
    name = header["name"]
    media_type = media_type_of(name, content)
    reading = read(content, name=name, media_type=media_type, limits=Limits(**header["limits"]))
    return {"media_type": media_type}, encode(reading)


def _draw(header: dict[str, Any], content: bytes) -> _Reply:
    return {}, page_picture(content, page=header["page"], width_pixels=header["width"])


def _mark(header: dict[str, Any], content: bytes) -> _Reply:
    text, before = header["words"]
    return {}, encode(page_view(content, page=header["page"], text=text, before=before))


def _take_out(header: dict[str, Any], content: bytes) -> _Reply:
    number, media_type = header["number"], header["media_type"]
    return {}, attachment(content, media_type=media_type, name=header["name"], number=number)


_TASKS: Final[dict[str, Callable[[dict[str, Any], bytes], _Reply]]] = {
    "read": _read,
    "draw": _draw,
    "mark": _mark,
    "take out": _take_out,
}


def _failure(error: str, message: str) -> dict[str, object]:
    line = " ".join(message.split())
    short = line if len(line) <= _LONGEST_MESSAGE else line[:_LONGEST_MESSAGE] + "…"
    return {"outcome": "failed", "error": error, "message": short}


def _limit_time(seconds: float) -> None:
    """Let the system end this process after ``seconds``, should nobody else; 0 takes it back.

    A reader that never returns to Python would not notice that the program which started it is
    gone.
    """
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _limit_memory(megabytes: int) -> None:
    """Let allocations fail that go ``megabytes`` beyond what the process has now."""
    try:
        import resource
    except ImportError:  # Windows
        return
    limit = _address_space() + megabytes * 1_000_000
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    except (OSError, ValueError):  # a system that knows the limit but does not keep it
        return


def _address_space() -> int:
    """Bytes of address space in use; a guess where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except (OSError, ValueError):
        return 1_000_000_000
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()

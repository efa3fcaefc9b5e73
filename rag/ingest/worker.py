"""``python -m rag.ingest.worker``: a process that works on files, isolated from the program.

All that takes longer or more memory with what is in a file happens here: reading it, cutting it
into sentences and passages, counting their tokens, finding out whose words they are. A file that
makes this crash, hang or run out of memory costs only this process. Requests with the bytes of a
file come in on stdin as frames (:mod:`rag.readers.codec`); for each, one frame with what the file
came to, the picture of a page or the boxes of words on it, or with the error, goes out on stdout.
The process ends when stdin does, or when it has had nothing to do for a while.

Nothing is imported but :mod:`rag.readers`, until a file is to be cut.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from rag.errors import ReadingError
from rag.language.finished_messages import later
from rag.readers.attachments import attachment
from rag.readers.codec import OUT_OF_MEMORY, CutFile, encode, receive, send
from rag.readers.limits import Limits, bounded, check_size
from rag.readers.pdf.file import page_picture
from rag.readers.pdf_view import page_sizes, page_view
from rag.readers.registry import media_type_of, read
from rag.schema import Document, Metadata, Reading

if TYPE_CHECKING:
    from rag.models.tokenizer import Tokenizer

_Request = tuple[dict[str, Any], bytes]

_MOST_BYTES = 1 << 40
"""Requests come from our own program: they are as long as they say."""

_LONGEST_MESSAGE = 600

_POLITENESS = 10
_IDLE_SECONDS = 300

_tokenizer: Tokenizer | None = None


def main() -> None:
    """Answer requests until stdin ends. The only argument: megabytes that one file may take."""
    requests: queue.SimpleQueue[_Request] = queue.SimpleQueue()
    replies = _replies()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program that started us
    threading.Thread(target=_listen, args=(sys.stdin.buffer, requests), daemon=True).start()
    megabytes = int(sys.argv[1])
    _limit_memory(megabytes)
    send(replies, {"outcome": "ready"})
    tasks: dict[str, _Task] = {**_TASKS, "prepare": partial(_prepare, replies, megabytes)}
    try:
        while True:
            _answer(replies, tasks, *requests.get(timeout=_IDLE_SECONDS))
    except queue.Empty:
        os._exit(0)
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


def _answer(
    replies: BinaryIO, tasks: dict[str, _Task], header: dict[str, Any], content: bytes
) -> None:
    _limit_time(header["seconds"])
    try:
        found, body = tasks[header["task"]](header, content)
    except ReadingError as error:
        send(replies, _failure(type(error).__name__, str(error)))
    except MemoryError:
        send(replies, {"outcome": "memory"})
    except Exception as error:  # whatever else a reader trips over costs this one file
        reason = later(f"the reader failed on it ({type(error).__name__}: {error})")
        send(replies, _failure("ReaderFailed", reason))
    else:
        send(replies, {"outcome": "done", **found}, body)
    finally:
        _limit_time(0)


_Reply = tuple[dict[str, object], bytes]
_Task = Callable[[dict[str, Any], bytes], _Reply]


@cache
def _give_way() -> None:
    """Let somebody's question come before files that are read.

    Somebody waits for a page, too: a process that only draws pages is not held up.
    """
    if hasattr(os, "nice"):
        os.nice(_POLITENESS)


def _read(header: dict[str, Any], content: bytes) -> _Reply:
    _give_way()
    name, limits = header["name"], Limits(**header["limits"])
    media_type = media_type_of(name, content)
    reading = bounded(read(content, name=name, media_type=media_type, limits=limits))
    check_size(reading, limits=limits)
    found = CutFile(reading)
    if header.get("cut"):
        found = _cut(reading, **header["cut"])
        check_size(reading, found.passages or (), found.statements or (), limits=limits)
    return {"media_type": media_type}, encode(found)


def _cut(
    reading: Reading, *, document_id: str, given: dict[str, Any], target: int | None
) -> CutFile:
    """The reading as passages and attributed statements.

    ``given`` are the metadata that count before those in the file. Without ``target`` no passages
    are made.
    """
    from rag.attribution import with_statements
    from rag.readers.metadata.fields import merge_metadata
    from rag.readers.passages import PassageSize, cut_passages

    same = ("text", "pages", "headings", "turns", "tables", "asides", "carried")
    document = Document(
        id=document_id,
        source="",
        media_type="",
        metadata=reading.metadata,
        **{name: getattr(reading, name) for name in same},
    )
    passages = None
    if target is not None and _tokenizer is not None:
        told = merge_metadata(first=Metadata(**given), then=reading.metadata)
        passages = tuple(
            replace(each, id="", document_id="", text="")
            for each in cut_passages(
                replace(document, metadata=told),
                count_tokens=_tokenizer.count,
                size=PassageSize(target),
            )
        )
    attributed = with_statements(document)
    return CutFile(reading, passages, attributed.statements, attributed.speakers)


def _prepare(replies: BinaryIO, megabytes: int, header: dict[str, Any], content: bytes) -> _Reply:
    """Make ready to cut files, with the ``tokenizer.json`` in ``content`` if there is one."""
    global _tokenizer
    from rag.models.parser import use_parser

    _give_way()
    # Spacy would load it, and the parser's model runs without.
    sys.modules.setdefault("torch", None)  # type: ignore[arg-type]
    folder = header["parser"]
    use_parser(Path(folder) if folder else None, loading=partial(_loading, replies, megabytes))
    with _without_limits(megabytes):
        import_module("rag.attribution.section")
        if content:
            from rag.models.tokenizer import Tokenizer

            _tokenizer = Tokenizer(content.decode(), longest=1)
    return {}, b""


@contextmanager
def _loading(replies: BinaryIO, megabytes: int) -> Iterator[None]:
    """Load what belongs to the program: its time and memory are not the file's."""
    send(replies, {"outcome": "loading"})
    with _without_limits(megabytes):
        yield
    send(replies, {"outcome": "loaded"})


@contextmanager
def _without_limits(megabytes: int) -> Iterator[None]:
    left = _limit_time(0)
    _limit_memory(None)
    try:
        yield
    finally:
        _limit_memory(megabytes)
        _limit_time(left)


def _draw(header: dict[str, Any], content: bytes) -> _Reply:
    return {}, page_picture(content, page=header["page"], width_pixels=header["width"])


def _mark(header: dict[str, Any], content: bytes) -> _Reply:
    text, before = header["words"]
    return {}, encode(page_view(content, page=header["page"], text=text, before=before))


def _measure(_: dict[str, Any], content: bytes) -> _Reply:
    return {}, json.dumps(page_sizes(content)).encode()


def _take_out(header: dict[str, Any], content: bytes) -> _Reply:
    number, media_type = header["number"], header["media_type"]
    return {}, attachment(content, media_type=media_type, name=header["name"], number=number)


_TASKS: Final[dict[str, _Task]] = {
    "read": _read,
    "draw": _draw,
    "mark": _mark,
    "measure": _measure,
    "take out": _take_out,
}


def _failure(error: str, message: str) -> dict[str, object]:
    line = " ".join(message.split())
    short = line if len(line) <= _LONGEST_MESSAGE else line[:_LONGEST_MESSAGE] + "…"
    return {"outcome": "failed", "error": error, "message": short}


def _limit_time(seconds: float) -> float:
    """Let the system end this process after ``seconds``, should nobody else; 0 takes it back.

    A reader that never returns to Python would not notice that the program which started it is
    gone. Returns what was left of the limit before.
    """
    if hasattr(signal, "setitimer"):
        return signal.setitimer(signal.ITIMER_REAL, seconds)[0]
    return 0.0


def _limit_memory(megabytes: int | None) -> None:
    """Let allocations fail that go ``megabytes`` beyond what the process has now; None: none."""
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = hard if megabytes is None else _address_space() + megabytes * 1_000_000
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

"""A synchronous iterator, run in a thread of its own and read by asynchronous code."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from typing import TypeVar

from rag import patience

__all__ = ["in_thread"]

Item = TypeVar("Item")


class _End:
    """End of the iterator; with ``error`` if it failed."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error


async def in_thread(
    start: Callable[[], Iterable[Item]], *, seconds: float = patience.DEFAULT_SECONDS
) -> AsyncIterator[Item]:
    """Yield what ``start()`` yields; an exception there is raised here.

    The whole iteration happens in one thread. Closing this iterator, or cancelling the task that
    reads it, takes effect at once; the thread ends at the next item, which is dropped.

    Raises:
        TookTooLong: an item does not come within ``seconds``.
    """
    loop = asyncio.get_running_loop()
    arrived: asyncio.Queue[Item | _End] = asyncio.Queue()
    stopped = threading.Event()

    def put(item: Item | _End) -> None:
        with contextlib.suppress(RuntimeError):  # the loop was closed: nobody is listening
            loop.call_soon_threadsafe(arrived.put_nowait, item)

    def work() -> None:
        try:
            for item in start():
                if stopped.is_set():
                    return
                put(item)
        except Exception as error:
            put(_End(error))
        else:
            put(_End(None))

    async def next_item() -> Item | _End:
        try:
            return await asyncio.wait_for(arrived.get(), seconds)
        except TimeoutError:
            raise patience.too_long("the answer", seconds, thread=thread.ident) from None

    thread = threading.Thread(target=work, name="footnote-answer", daemon=True)
    thread.start()
    try:
        while not isinstance(item := await next_item(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        stopped.set()

"""Answers made in threads, for servers whose event loop must not wait for them."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Iterator
from functools import partial

from anyio import CapacityLimiter, to_thread

from rag import patience
from rag.cite.answers import Answer
from rag.language.translation import _

# Apart from the threads of other requests, which an answer that hangs must not use up.
_ANSWERING = CapacityLimiter(math.inf)


async def in_threads(answers: Iterator[Answer], seconds: float) -> AsyncIterator[Answer]:
    """Yield the answers, each made in a thread; an exception there is raised here.

    Cancelling the task that reads this takes effect at once: the thread is left behind, and what it
    makes is dropped.

    Raises:
        TookTooLong: an answer does not come within ``seconds``.
    """
    following = partial(
        patience.within, seconds, partial(next, answers, None), what=_("the answer")
    )
    while answer := await to_thread.run_sync(following, abandon_on_cancel=True, limiter=_ANSWERING):
        yield answer

"""Tools that wait for their turn in the queue, for servers that call them from an event loop."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

from rag.app.api.errors import WENT_WRONG
from rag.app.web.shared.fair_queue import FairQueue
from rag.app.web.shared.http import Refused
from rag.language.finished_messages import in_readers_language

log = logging.getLogger(__name__)


def in_turn(
    tool: Callable[..., Any],
    queue: FairQueue,
    *,
    caller: Callable[[], str | None],
    raising: Callable[[str], Exception],
    went_wrong: Callable[[], str] = lambda: WENT_WRONG,
    begin: Callable[..., None] = lambda **_: None,
) -> Callable[..., Coroutine[Any, Any, Any]]:
    """A tool, with its signature, that waits for the turn of the caller and runs in a thread.

    ``begin`` is called before, with what is asked as ``question``, and may refuse.
    Errors of the kind that ``raising`` makes pass; any other becomes one, with words for the user.
    """
    passing = type(raising(""))

    @wraps(tool)
    async def call(*given: object, **named: object) -> object:
        try:
            begin(question=str(next(iter((*given, *named.values())), "")))
            return await queue.run(caller(), lambda: tool(*given, **named))
        except Refused as refused:
            raise raising(in_readers_language(refused)) from refused
        except passing:
            raise
        except Exception as error:
            log.exception("a request of another program failed")
            raise raising(went_wrong()) from error

    return call

"""Answers that are being made, and the wish to stop them.

A stopped answer says so itself, as its last update. Were that said by somebody else, an update that
was under way could come after it, and over it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TypeVar

Update = TypeVar("Update")


class Answering:
    """The answers under way, by the page that waits for them. For one event loop."""

    def __init__(self) -> None:
        self._wishes: dict[str, set[asyncio.Event]] = {}

    def stop(self, page: str) -> bool:
        """Stop the answers that this page waits for; tells whether there are any."""
        wishes = self._wishes.get(page, set())
        for wish in wishes:
            wish.set()
        return bool(wishes)

    async def until_stopped(
        self, page: str, updates: AsyncIterator[Update]
    ) -> AsyncIterator[Update | None]:
        """The updates; where it is to stop, at once None and nothing more."""
        wish = asyncio.Event()
        self._wishes.setdefault(page, set()).add(wish)
        wished = asyncio.ensure_future(wish.wait())
        following: asyncio.Future[Update] | None = None
        try:
            while not wish.is_set():
                following = asyncio.ensure_future(anext(updates))
                await asyncio.wait({following, wished}, return_when=asyncio.FIRST_COMPLETED)
                if wish.is_set():
                    break
                try:
                    update = following.result()
                except StopAsyncIteration:
                    return
                yield update
            yield None
        finally:
            self._wishes[page].discard(wish)
            if not self._wishes[page]:
                del self._wishes[page]
            wished.cancel()
            if following is not None and not following.done():
                following.cancel()
                with suppress(asyncio.CancelledError, StopAsyncIteration):
                    await following

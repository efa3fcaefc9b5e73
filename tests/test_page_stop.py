"""Stop: an answer ends at once, and nothing comes after its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from rag.app.web.chat.stopping import Answering


def test_it_ends_at_once_and_what_was_under_way_is_dropped() -> None:
    async def scenario() -> None:
        answering, given_up = Answering(), asyncio.Event()

        async def updates() -> AsyncIterator[int]:
            yield 1
            try:
                await asyncio.Event().wait()
            finally:
                given_up.set()

        seen = []
        async for each in answering.until_stopped("page", updates()):
            seen.append(each)
            if each == 1:
                assert not answering.stop("another page")
                asyncio.get_running_loop().call_soon(answering.stop, "page")
        assert seen == [1, None]
        assert given_up.is_set()
        assert not answering.stop("page")

    asyncio.run(scenario())


def test_what_ends_by_itself_was_not_stopped() -> None:
    async def scenario() -> None:
        async def updates() -> AsyncIterator[int]:
            yield 1
            yield 2

        answering = Answering()
        assert [each async for each in answering.until_stopped("page", updates())] == [1, 2]
        assert not answering.stop("page")

    asyncio.run(scenario())


def test_an_error_of_the_answer_is_passed_on() -> None:
    async def scenario() -> None:
        async def updates() -> AsyncIterator[int]:
            yield 1
            raise ValueError("no answer")

        with pytest.raises(ValueError, match="no answer"):
            [each async for each in Answering().until_stopped("page", updates())]

    asyncio.run(scenario())

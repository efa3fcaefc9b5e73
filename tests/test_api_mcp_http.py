"""The tools over streamable HTTP, called with the protocol's own client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_support import CLOSED, QUESTION
from page_support import REPORTS, Served, make_chatbot, served

from rag.app.api.keys import Keys
from rag.app.api.tools import Tools
from rag.models.embedding import SentenceEmbedding

pytest.importorskip("mcp")


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[Served]:
    made = make_chatbot(tmp_path_factory.mktemp("mcp"), REPORTS, embedding=embedding)
    with served(*made) as running:
        yield running


def assistant(address: str, *, key: str = "", **given: Any) -> AbstractAsyncContextManager[Any]:
    """A client that is connected."""
    import httpx2
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client

    headers = {"authorization": f"Bearer {key}"} if key else {}
    http = httpx2.AsyncClient(headers=headers, timeout=60)
    transport = streamable_http_client(f"{address}mcp", http_client=http)
    return Client(transport, read_timeout_seconds=60, **given)


async def call(client: Any, tool: str, **given: Any) -> Any:
    """What a tool tells: its object, or the words of its error."""
    result = await client.call_tool(tool, given)
    text = result.content[0].text
    return text if result.is_error else json.loads(text)


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_an_assistant_has_the_tools_of_the_command(site: Served, mode: str) -> None:
    site.chatbot.fails = None

    async def talk() -> None:
        async with assistant(site.address, mode=mode) as client:
            tools = (await client.list_tools()).tools
            names = sorted(each.name for each in tools)
            assert names == ["ask", "cite", "documents", "search", "statements"]
            assert all(each.annotations.read_only_hint for each in tools)
            arguments = {each.name: set(each.input_schema["properties"]) for each in tools}
            assert arguments["ask"] == {"question", "history", "where"}
            answer = await call(client, "ask", question=QUESTION)
            assert answer["citations"][0]["quote"] == CLOSED
            found = await call(client, "search", query="prison", where=["source=prisons.txt"])
            assert found == Tools(site.chatbot).search("prison", where=["source=prisons.txt"])
            assert (await call(client, "cite", text=CLOSED))["status"] == "verbatim"
            assert (await call(client, "documents"))["total"] == 2
            assert (await call(client, "statements", speaker="the mayor"))["total"] == 0
            assert "too short" in await call(client, "cite", text="one")
            site.chatbot.fails = RuntimeError("a secret of /srv")
            said = await call(client, "ask", question=QUESTION)
            assert "something went wrong" in said
            assert "secret" not in said

    asyncio.run(talk())


def test_many_assistants_at_once(site: Served) -> None:
    site.chatbot.fails = None

    async def talk() -> list[Any]:
        async with AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(assistant(site.address)) for _ in range(10)]
            return await asyncio.gather(*(call(e, "ask", question=QUESTION) for e in clients))

    answers = asyncio.run(talk())
    assert [each["citations"][0]["quote"] for each in answers] == [CLOSED] * 10


def test_with_keys_assistants_need_one(tmp_path: Path, embedding: SentenceEmbedding) -> None:
    file = tmp_path / "keys"
    key = Keys(file).add("assistant")
    made = make_chatbot(tmp_path, REPORTS, embedding=embedding, api_keys=file)
    with served(*made) as other:
        response = httpx.post(f"{other.address}mcp", json={})
        assert response.status_code == 401
        assert response.json()["error"]["code"] == "unauthorized"

        async def talk() -> int:
            async with assistant(other.address, key=key) as client:
                return int((await call(client, "documents"))["total"])

        assert asyncio.run(talk()) == 2


def test_what_is_no_message_of_the_protocol_is_refused(site: Served) -> None:
    address = f"{site.address}mcp"
    for method in ("GET", "DELETE", "PUT"):
        response = httpx.request(method, address)
        assert response.status_code == 405
        assert response.headers["allow"] == "POST"
        assert response.json()["error"]["code"] == "method_not_allowed"
    headers = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
    for content in (b"{", b"[]", b'"x"', b'{"jsonrpc": "2.0"}', b"[" * 100_000):
        response = httpx.post(address, content=content, headers=headers)
        assert response.status_code in (400, 422), content
    large = httpx.post(address, content=b" " * 5_000_000, headers=headers)
    assert large.status_code == 413
    other_site = httpx.post(address, content=b"{}", headers={**headers, "origin": "http://a.test"})
    assert other_site.json()["error"]["code"] == "forbidden"

"""What other programs may call: Gradio's client over loopback, and an MCP client over stdio."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from page_support import Served, make_chatbot, served

from rag.app.api.tools import LONGEST_QUESTION, Tools
from rag.app.json import answer_object, search_object
from rag.errors import QueryError
from rag.models.embedding import SentenceEmbedding
from rag.settings import Settings

ROOT = Path(__file__).parent.parent
BRIDGE = "The bridge at Orrin collapsed on 9 May 2016 and killed four people."
TEXT = f"The bridge at Orrin\n\n{BRIDGE} It had not been inspected for twelve years."


@pytest.fixture(scope="module")
def collection(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> tuple[Any, Settings]:
    return make_chatbot(
        tmp_path_factory.mktemp("bridge"), {"bridge.txt": TEXT}, embedding=embedding
    )


@pytest.fixture(scope="module")
def site(collection: tuple[Any, Settings]) -> Iterator[Served]:
    with served(*collection) as running:
        yield running


@pytest.fixture(scope="module")
def client(site: Served) -> Client:
    return Client(site.address, verbose=False, download_files=False)


def test_only_the_tools_are_named(client: Client) -> None:
    told = client.view_api(return_format="dict", print_info=False)
    assert isinstance(told, dict)
    expected = ["/ask", "/cite", "/documents", "/search", "/statements"]
    assert sorted(told["named_endpoints"]) == expected
    assert not told["unnamed_endpoints"]


def test_answers_are_the_objects_of_the_command_line(client: Client, site: Served) -> None:
    question = "When did the bridge at Orrin collapse?"
    answer = client.predict(question=question, api_name="/ask")
    *_, expected = site.chatbot.ask(question)
    told = json.loads(json.dumps(answer_object(expected)))
    assert {**answer, "timings_ms": {}} == {**told, "timings_ms": {}}
    assert answer["citations"][0]["quote"] == BRIDGE
    follow_up = client.predict(
        question="Why?",
        history=[{"role": "user", "content": question}],
        where=["source=bridge.txt"],
        api_name="/ask",
    )
    assert follow_up["question"] == "Why?"


def test_documents_and_statements_are_listed(client: Client) -> None:
    listed = client.predict(text="Orrin", api_name="/documents")
    assert [each["source"] for each in listed["documents"]] == ["bridge.txt"]
    assert client.predict(about="airport", api_name="/statements")["total"] == 0


def test_search_and_cite_are_the_objects_of_the_command_line(client: Client, site: Served) -> None:
    tools = Tools(site.chatbot)
    found = client.predict(query="bridge", count=3, api_name="/search")
    assert found == tools.search("bridge", count=3)
    assert found.keys() == search_object("", ()).keys()
    checked = client.predict(text=BRIDGE.replace("four", "forty"), api_name="/cite")
    assert checked["status"] == "near"
    assert checked["matches"][0]["differences"][0]["source"] == "four"
    draft = client.predict(
        text=f"They wrote: “{BRIDGE}”", draft=True, style="apa", api_name="/cite"
    )
    (quotation,) = draft["quotations"]
    assert quotation["status"] == "verbatim"
    assert quotation["matches"][0]["reference"].startswith("The bridge at Orrin. (n.d.).")


@pytest.mark.parametrize(
    ("endpoint", "given", "said"),
    [
        ("/ask", {"question": " "}, "the question is empty"),
        ("/ask", {"question": "x" * (LONGEST_QUESTION + 1)}, "longer than 2000 characters"),
        ("/ask", {"question": "Q", "history": [{"role": "system", "content": "x"}]}, "history"),
        ("/search", {"query": "bridge", "count": 100000}, "from 1 to 100"),
        ("/search", {"query": "bridge", "where": ["nonsense"]}, "nonsense"),
        ("/documents", {"count": 1000}, "from 1 to 200"),
        ("/documents", {"sort": "colour"}, "colour"),
        ("/statements", {"source": "nowhere.txt"}, "no document"),
        ("/cite", {"text": "one"}, "too short"),
        ("/cite", {"text": BRIDGE, "source": "nowhere.txt"}, "there is no source"),
        ("/cite", {"text": BRIDGE, "style": "harvard"}, "choose one of chicago"),
    ],
)
def test_errors_are_told_in_words(
    client: Client, endpoint: str, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(AppError, match=said):
        client.predict(**given, api_name=endpoint)


def test_what_nobody_expected_is_told_in_words_without_its_details(
    client: Client, site: Served
) -> None:
    site.chatbot.fails = RuntimeError("a secret of /srv/reports")
    try:
        with pytest.raises(AppError, match="something went wrong: try again") as told:
            client.predict(question="Which bridge?", api_name="/ask")
    finally:
        site.chatbot.fails = None
    assert "secret" not in str(told.value)


def test_the_tools_bound_what_they_are_given(site: Served) -> None:
    tools = Tools(site.chatbot)
    for history in (["x"], [{"role": "user"}], [{"role": "user", "content": 5}]):
        with pytest.raises(QueryError, match="history"):
            tools.ask("Which bridge?", history=history)  # type: ignore[arg-type]
    with pytest.raises(QueryError, match="filters are at most"):
        tools.search("bridge", where=["country=X"] * 21)


def test_an_assistant_can_search_ask_and_cite(collection: tuple[Any, Settings]) -> None:
    pytest.importorskip("mcp")
    told = asyncio.run(_with_mcp(str(collection[1].index)))
    assert told["tools"] == ["ask", "cite", "documents", "search", "statements"]
    assert told["read_only"] == [True] * 5
    assert told["ask"]["citations"][0]["quote"] == BRIDGE
    assert told["search"]["hits"][0]["source"] == "bridge.txt"
    assert told["cite"]["status"] == "verbatim"
    assert told["documents"]["documents"][0]["source"] == "bridge.txt"
    assert told["statements"]["total"] == 0
    assert "too short" in told["error"]


async def _with_mcp(index: str) -> dict[str, Any]:
    """What a client of the SDK gets that starts the server as an assistant does."""
    from mcp import Client as Assistant
    from mcp import StdioServerParameters

    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "rag.app.cli", "serve", "--mcp", "--index", index],
        env={**os.environ, "PYTHONPATH": str(ROOT), "RAG_ABSTAIN_BELOW": "0"},
    )
    async with Assistant(server, read_timeout_seconds=300) as assistant:
        tools = (await assistant.list_tools()).tools
        calls: dict[str, dict[str, Any]] = {
            "ask": {"question": "When did the bridge at Orrin collapse?"},
            "search": {"query": "bridge", "count": 2},
            "cite": {"text": BRIDGE},
            "documents": {"sort": "date"},
            "statements": {"speaker": "the mayor"},
        }
        told: dict[str, Any] = {}
        for name, given in calls.items():
            result = await assistant.call_tool(name, given)
            assert not result.is_error, result.content
            told[name] = json.loads(result.content[0].text)  # type: ignore[union-attr]
        refused = await assistant.call_tool("cite", {"text": "one"})
        assert refused.is_error
        told["error"] = refused.content[0].text  # type: ignore[union-attr]
        told["tools"] = sorted(each.name for each in tools)
        hints = [each.annotations for each in tools]
        told["read_only"] = [bool(each and each.read_only_hint) for each in hints]
        return told

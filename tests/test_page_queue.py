"""A visitor who asks for much keeps nobody else waiting, and is told where the bounds are."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from page_support import Served, make_chatbot, served
from starlette.requests import Request

from rag.app.web.shared.fair_queue import AT_ONCE, FairQueue, visitor_of
from rag.app.web.shared.http import Refused

QUESTION = "When did the bridge at Orrin collapse?"
TEXT = "The bridge at Orrin\n\nThe bridge at Orrin collapsed on 9 May 2016 and killed four people."


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    chatbot, settings = make_chatbot(tmp_path_factory.mktemp("bridge"), {"bridge.txt": TEXT})
    with served(chatbot, settings) as running:
        yield running


def come_from(address: str) -> dict[str, str]:
    """What a proxy on the same machine says of the visitor that it asks for."""
    return {"x-forwarded-for": address}


def ask(site: Served, question: str, *, visitor: str, session: str) -> dict[str, Any]:
    """What comes of a question that another program asks, as the queue tells."""
    headers = come_from(visitor)
    with httpx.Client(base_url=site.address, headers=headers, timeout=120) as client:
        config = client.get("/config").json()
        number = next(e["id"] for e in config["dependencies"] if e["api_name"] == "ask")
        body = {"data": [question, [], []], "fn_index": number, "session_hash": session}
        assert client.post("/gradio_api/queue/join", json=body).status_code == 200
        address = f"/gradio_api/queue/data?session_hash={session}"
        with client.stream("GET", address) as lines:
            for line in lines.iter_lines():
                told = json.loads(line[6:]) if line.startswith("data: ") else {}
                if told.get("msg") == "process_completed":
                    output: dict[str, Any] = told["output"]
                    return output
    raise AssertionError("the queue never answered")


def test_one_who_asks_much_does_not_keep_another_waiting(site: Served) -> None:
    site.chatbot.pause = 600  # until it is less
    with ThreadPoolExecutor(40) as threads:
        greedy = [
            threads.submit(ask, site, f"{QUESTION} {n}", visitor="10.0.0.1", session=f"a{n}")
            for n in range(30)
        ]
        refused = _first_done(greedy, 6)  # 24 may wait
        other = threads.submit(ask, site, QUESTION, visitor="10.0.0.2", session="b")
        while QUESTION not in (asked := [each[0] for each in list(site.chatbot.asked)]):
            assert not other.done()
        site.chatbot.pause = 0
        assert "statements" in other.result()["data"][0]
        answered = [each.result() for each in greedy]
    assert len(asked) <= AT_ONCE // 2 + 1
    assert all("24 of your requests are waiting" in each["error"] for each in refused)
    assert sum("data" in each and "error" not in each for each in answered) == 24


def _first_done(futures: list[Future[dict[str, Any]]], count: int) -> list[dict[str, Any]]:
    from concurrent.futures import as_completed

    done = as_completed(futures, timeout=120)
    return [next(done).result() for _ in range(count)]


def test_turns_go_from_visitor_to_visitor() -> None:
    async def order() -> list[str]:
        queue, served_to, go = FairQueue(2), list[str](), asyncio.Event()

        async def visit(visitor: str) -> None:
            async with queue.place(visitor):
                await go.wait()
                served_to.append(visitor)

        tasks = [asyncio.create_task(visit(each)) for each in "aaaaaabbc"]
        await asyncio.sleep(0)
        tasks[5].cancel()  # whoever goes away while waiting leaves no gap
        await asyncio.sleep(0)
        go.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        return served_to

    served_to = asyncio.run(order())
    assert sorted(served_to) == list("aaaaabbc")
    assert set(served_to[:4]) == {"a", "b", "c"}


def test_all_together_are_bounded() -> None:
    async def third() -> str:
        queue = FairQueue(1, waiting=1)
        async with queue.place(None):
            waiting = asyncio.create_task(queue.run(None, lambda: None))
            await asyncio.sleep(0)
            with pytest.raises(Refused, match="1 request is waiting") as caught:
                await queue.run("10.0.0.1", lambda: None)
        await waiting
        return str(caught.value)

    assert "try again" in asyncio.run(third())


@pytest.mark.parametrize(
    ("address", "visitor"),
    [
        ("127.0.0.1", None),
        ("::1", None),
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ],
)
def test_a_visitor_is_a_network_address(address: str, visitor: str | None) -> None:
    assert visitor_of(Request({"type": "http", "client": (address, 5), "headers": []})) == visitor


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/lookup/check", {"text": "a " * 5001}, "10,000 is the most"),
        ("/lookup/check", {"text": "a" * 300_000}, "too long"),
        ("/lookup/pieces", {"text": "a " * 200_000}, "300,000"),
    ],
)
def test_what_is_too_long_is_refused_in_words(
    site: Served, path: str, body: dict[str, str], words: str
) -> None:
    with httpx.Client(base_url=site.address, timeout=60) as client:
        answer = client.post(path, json=body)
    assert answer.status_code in (400, 413)
    assert words in answer.json()["error"]

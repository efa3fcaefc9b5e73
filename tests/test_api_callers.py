"""Who may call the API, and what breaks other servers: wrong, huge and many requests."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from api_support import CLOSED, QUESTION, refused
from page_support import REPORTS, Served, make_chatbot, served

from rag.app.api.keys import Keys
from rag.models.embedding import SentenceEmbedding


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[Served]:
    made = make_chatbot(tmp_path_factory.mktemp("hostile"), REPORTS, embedding=embedding)
    with served(*made) as running:
        yield running


@pytest.fixture
def client(site: Served) -> Iterator[httpx.Client]:
    site.chatbot.pause, site.chatbot.fails = 0.0, None
    with httpx.Client(base_url=f"{site.address}api/v1/", timeout=60) as opened:
        yield opened


# Keys and callers ---------------------------------------------------------------------------------


def test_with_keys_nobody_gets_in_without_one(tmp_path: Path, embedding: SentenceEmbedding) -> None:
    file = tmp_path / "keys"
    keys = Keys(file)
    reader, editor = keys.add("reader"), keys.add("editor", "editor")
    made = make_chatbot(tmp_path, REPORTS, embedding=embedding, api_keys=file)
    with served(*made) as other, httpx.Client(base_url=other.address, timeout=60) as client:
        for address in ("api/v1/documents", "api/v1/openapi.json", "v1/models"):
            response = client.get(address)
            assert "rag keys add" in refused(response, 401, "unauthorized")
            assert response.headers["www-authenticate"] == "Bearer"
            assert client.get(address, headers=_bearer(reader)).status_code == 200
        (found, _) = client.get("api/v1/documents", headers=_bearer(reader)).json()["documents"]
        document = f"api/v1/documents/{found['id']}"
        response = client.delete(document, headers=_bearer(reader))
        assert "--role editor" in refused(response, 403, "forbidden")
        # A key says who asks, wherever from.
        far = {**_bearer(editor), "x-forwarded-for": "203.0.113.9"}
        assert client.delete(document, headers=far).status_code == 200
        keys.remove("reader")
        refused(client.get("v1/models", headers=_bearer(reader)), 401, "unauthorized")
        file.write_text("nonsense\n", "utf-8")
        refused(client.get("v1/models", headers=_bearer(editor)), 503, "unavailable")


def test_without_keys_only_this_machine_is_answered(client: httpx.Client) -> None:
    for headers in ({"x-forwarded-for": "203.0.113.9"}, {"forwarded": "for=203.0.113.9"}):
        response = client.get("documents", headers=headers)
        assert "RAG_API_KEYS" in refused(response, 403, "forbidden")
    refused(client.get("documents", headers={"host": "rebound.example"}), 421, "misdirected")
    # Clients of OpenAI cannot be told to send none.
    assert client.get("documents", headers=_bearer("anything")).status_code == 200


def test_pages_of_other_sites_cannot_call_it(client: httpx.Client) -> None:
    for headers in ({"origin": "https://other.example"}, {"sec-fetch-site": "cross-site"}):
        response = client.post("ingest", files={"file": b"x"}, headers=headers)
        assert "another site" in refused(response, 403, "forbidden")
        refused(client.get("documents", headers=headers), 403, "forbidden")
    asks = {"access-control-request-method": "POST", "origin": "https://other.example"}
    refused(client.options("ask", headers=asks), 403, "forbidden")


def _bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


# What breaks other servers ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 422),
        (b"[]", 422),
        (b"null", 422),
        (b'{"question": 5}', 422),
        (b'{"question": "\\ud800"}', 422),
        (b'{"question": "\xff"}', 400),
        (b'{"question": "q", "where": "country=X"}', 422),
        (b'{"question": "q", "history": [{"role": "system", "content": "x"}]}', 422),
        (b'{"question": "   "}', 400),
        (b'{"question": "q", "where": ["nonsense"]}', 400),
        (b'{"question": "q", "where": ["year>=soon"]}', 400),
        (b"[" * 200_000, 400),
        (b'{"question": ' + b"1" * 100_000 + b"}", 400),
        (b'{"question": "' + b"x" * 5_000_000 + b'"}', 413),
    ],
)
def test_wrong_bodies_are_refused_in_words(
    client: httpx.Client, content: bytes, status: int
) -> None:
    response = client.post("ask", content=content, headers={"content-type": "application/json"})
    assert response.status_code == status
    assert len(response.json()["error"]["message"]) < 400


def test_addresses_that_lead_nowhere_are_told_in_the_same_form(site: Served) -> None:
    for address in ("api/v1", "v1", "api/v1/", "api/v1/nowhere", "v1/nowhere", "api/v1/documents/"):
        refused(httpx.get(site.address + address, follow_redirects=False), 404, "not_found")
    # The pattern of a mount ends at a line break.
    broken = httpx.get(f"{site.address}api/v1/documents/a%0Ab", follow_redirects=False)
    refused(broken, 404, "not_found")
    refused(httpx.get(site.address + "api/v1/ask"), 405, "method_not_allowed")


def test_a_body_that_never_ends_is_cut_off(client: httpx.Client) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while True:
            sent += 100_000
            yield b" " * 100_000

    headers = {"content-type": "application/json"}
    with suppress(httpx.WriteError):  # the server has closed the connection by then
        refused(client.post("ask", content=endless(), headers=headers), 413, "too_large")
    assert sent < 30_000_000


def test_many_at_once_are_all_answered(client: httpx.Client) -> None:
    with ThreadPoolExecutor(24) as pool:
        asked = {"question": QUESTION, "stream": False}
        answers = list(pool.map(lambda _: client.post("ask", json=asked), range(24)))
    assert {each.status_code for each in answers} == {200}
    assert {each.json()["answer"] for each in answers} == {answers[0].json()["answer"]}


def test_who_leaves_in_the_middle_leaves_nothing_behind(site: Served, client: httpx.Client) -> None:
    site.chatbot.pause = 30
    body = json.dumps({"question": QUESTION}).encode()
    for _ in range(12):  # more than there are places to work in
        host, port = site.address.removeprefix("http://").rstrip("/").split(":")
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall(
                b"POST /api/v1/ask HTTP/1.1\r\nhost: 127.0.0.1\r\n"
                b"content-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
                % (len(body), body)
            )
            assert connection.recv(15) == b"HTTP/1.1 200 OK"
    site.chatbot.pause = 0
    began = time.monotonic()
    answer = client.post("ask", json={"question": QUESTION, "stream": False}).json()
    assert answer["citations"][0]["quote"] == CLOSED
    assert time.monotonic() - began < 15
    assert threading.active_count() < 100

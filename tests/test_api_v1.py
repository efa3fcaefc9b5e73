"""The versioned API over real HTTP: answers, lists, adding and removing, and its specification."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_support import CLOSED, QUESTION, events, refused
from page_support import REPORTS, Served, make_chatbot, served

from rag.app.api.tools import Tools
from rag.errors import IndexProblem
from rag.models.embedding import SentenceEmbedding

SPEECH = "“The dockers will be heard”, the mayor of Velmora said on Monday."


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, embedding: SentenceEmbedding
) -> Iterator[Served]:
    files = {**REPORTS, "mayor.txt": f"The mayor of Velmora\n\n{SPEECH}"}
    made = make_chatbot(tmp_path_factory.mktemp("api"), files, embedding=embedding)
    with served(*made) as running:
        yield running


@pytest.fixture
def client(site: Served) -> Iterator[httpx.Client]:
    site.chatbot.pause, site.chatbot.fails = 0.0, None
    with httpx.Client(base_url=f"{site.address}api/v1/", timeout=60) as opened:
        yield opened


# Asking -------------------------------------------------------------------------------------------


def test_an_answer_is_the_object_of_the_command_line(site: Served, client: httpx.Client) -> None:
    answer = client.post("ask", json={"question": QUESTION, "stream": False}).json()
    expected = json.loads(json.dumps(Tools(site.chatbot).ask(QUESTION)))
    assert {**answer, "timings_ms": {}} == {**expected, "timings_ms": {}}
    (cited, *_) = answer["citations"]
    text = client.get(f"documents/{cited['document_id']}/text").json()["text"]
    assert cited["quote"] == CLOSED == text[cited["start"] : cited["end"]]


def test_an_answer_is_sent_while_it_grows(site: Served, client: httpx.Client) -> None:
    site.chatbot.pause = 0.5
    began = time.monotonic()
    with client.stream("POST", "ask", json={"question": QUESTION}) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        received, first = "", 0.0
        for chunk in response.iter_text():
            first = first or time.monotonic() - began
            received += chunk
    took = time.monotonic() - began
    *drafts, (name, whole) = events(received)
    assert name == "answer"
    assert drafts
    assert {each for each, _ in drafts} == {"draft"}
    assert all(whole["answer"].startswith(draft["answer"]) for _, draft in drafts)
    assert whole["citations"][0]["quote"] == CLOSED
    assert first < took - 0.4


def test_history_and_filters_count(client: httpx.Client) -> None:
    asked = {
        "question": "How many died there?",
        "history": [{"role": "user", "content": "What of the prison of Tarsk?"}],
        "where": ["source=prisons.txt"],
        "stream": False,
    }
    answer = client.post("ask", json=asked).json()
    assert {hit["source"] for hit in answer["hits"]} == {"prisons.txt"}
    assert "Tarsk" in answer["query"]
    found = client.post("search", json={"query": "fires", "where": ["source=prisons.txt"]}).json()
    assert {hit["source"] for hit in found["hits"]} == {"prisons.txt"}


def test_a_quotation_is_looked_up(client: httpx.Client) -> None:
    checked = client.post("cite", json={"text": CLOSED.replace("eleven", "seven")}).json()
    assert checked["status"] == "near"
    assert checked["matches"][0]["differences"][0]["source"] == "eleven"
    draft = client.post("cite", json={"text": f"Of it: “{CLOSED}”", "draft": True}).json()
    assert [each["status"] for each in draft["quotations"]] == ["verbatim"]


@pytest.mark.parametrize(
    ("failure", "code", "said"),
    [
        (IndexProblem("the disk is full"), "unavailable", "the disk is full"),
        (RuntimeError("a secret of /srv"), "internal_error", "something went wrong"),
    ],
)
def test_what_goes_wrong_on_the_way_is_the_last_event(
    site: Served,
    client: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
    failure: Exception,
    code: str,
    said: str,
) -> None:
    asking = site.chatbot.ask

    def break_off(question: str, **given: Any) -> Iterator[Any]:
        yield next(asking(question, **given))
        raise failure

    monkeypatch.setattr(site.chatbot, "ask", break_off)
    *_, (name, last) = events(client.post("ask", json={"question": QUESTION}).text)
    assert name == "error"
    assert last["error"]["code"] == code
    assert said in last["error"]["message"]
    assert "secret" not in last["error"]["message"]


# Lists --------------------------------------------------------------------------------------------


def test_documents_are_listed_page_by_page(client: httpx.Client) -> None:
    every = client.get("documents", params={"sort": "source"}).json()
    assert [each["source"] for each in every["documents"]] == [
        "harbour.txt",
        "mayor.txt",
        "prisons.txt",
    ]
    second = client.get("documents", params={"sort": "source", "first": 1, "count": 1}).json()
    assert second == {"total": 3, "first": 1, "documents": [every["documents"][1]]}
    only = {"where": ["source=prisons.txt", "source=harbour.txt"], "text": "Tarsk"}
    (found,) = client.get("documents", params=only).json()["documents"]
    assert client.get(f"documents/{found['id']}").json() == found


def test_a_text_is_told_in_ranges(client: httpx.Client) -> None:
    (found,) = client.get("documents", params={"where": "source=prisons.txt"}).json()["documents"]
    address = f"documents/{found['id']}/text"
    whole = client.get(address).json()
    assert whole["end"] == whole["characters"] == found["characters"] == len(whole["text"])
    piece = client.get(address, params={"start": 4, "end": 20}).json()
    assert piece["text"] == whole["text"][4:20]
    beyond = client.get(address, params={"start": 10_000}).json()
    assert (beyond["text"], beyond["start"], beyond["end"]) == ("", 10_000, 10_000)
    assert "start to end" in refused(
        client.get(address, params={"start": 9, "end": 3}), 400, "bad_request"
    )


def test_who_said_what(client: httpx.Client) -> None:
    (person,) = client.get("people", params={"text": "mayor"}).json()["people"]
    for speaker in (person["id"], person["name"]):
        found = client.get("statements", params={"speaker": speaker, "about": "dockers"}).json()
        assert ["The dockers will be heard" in each["text"] for each in found["statements"]] == [
            True
        ]
    assert client.get("statements", params={"about": "airport"}).json()["total"] == 0
    no_source = client.get("statements", params={"source": "nowhere.txt"})
    assert "no document" in refused(no_source, 404, "not_found")


# Changing -----------------------------------------------------------------------------------------


def ended(client: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    """The job when all of it is done."""
    until = time.monotonic() + 90
    while job["state"] != "done":
        assert time.monotonic() < until
        time.sleep(0.1)
        job = client.get(f"jobs/{job['id']}").json()
    return job


def test_a_document_is_added_asked_and_removed(site: Served, client: httpx.Client) -> None:
    files = [
        ("file", ("mill.txt", b"The mill of Ostra\n\nThe mill of Ostra burned down in 1977.")),
        ("file", ("empty.txt", b"")),
        ("file", ("reports/../odd.bin", b"\0\1\2")),
    ]
    opened = client.post("ingest", files=files)
    assert opened.status_code == 202
    job = ended(client, opened.json())
    states = {each["name"]: each["state"] for each in job["files"]}
    assert states == {"mill.txt": "added", "empty.txt": "failed", "reports/odd.bin": "failed"}
    assert all(each["message"] for each in job["files"] if each["state"] == "failed")
    added = job["files"][0]["document_id"]
    answer = client.post("ask", json={"question": "When did the mill burn?", "stream": False})
    assert answer.json()["citations"][0]["document_id"] == added
    assert client.delete(f"documents/{added}").json() == {"removed": ["mill.txt"]}
    refused(client.get(f"documents/{added}"), 404, "not_found")
    assert "page" not in refused(client.delete(f"documents/{added}"), 404, "not_found")
    assert not list(site.library.index.sources_of(added))


def test_addresses_are_fetched_only_where_the_settings_allow_it(client: httpx.Client) -> None:
    response = client.post("ingest", json={"url": "https://www.example.org/report.pdf"})
    assert "RAG_ALLOW_URLS" in refused(response, 400, "bad_request")
    response = client.post("ingest", json={"url": "file:///etc/passwd"})
    assert "no http or https address" in refused(response, 400, "bad_request")


def test_an_address_is_fetched_in_a_job(
    tmp_path: Path, embedding: SentenceEmbedding, site: Served
) -> None:
    made = make_chatbot(tmp_path, REPORTS, embedding=embedding, allow_urls=True)
    with (
        served(*made) as other,
        httpx.Client(base_url=f"{other.address}api/v1/", timeout=60) as client,
    ):
        # The page of this machine must not be reached through the server: it is not public.
        opened = client.post("ingest", json={"url": f"{site.address}source/x"})
        assert opened.status_code == 202
        (file,) = ended(client, opened.json())["files"]
        assert file["name"] == f"{site.address}source/x"
        assert file["state"] == "failed"
        assert "127.0.0.1" in file["message"]


def test_what_is_no_upload_is_refused(client: httpx.Client) -> None:
    assert "multipart" in refused(
        client.post("ingest", content=b"%PDF-"), 415, "unsupported_media_type"
    )
    form = {"content-type": "multipart/form-data; boundary=x"}
    for content in (b"", b"--x--\r\n", b"--x\r\nnonsense", b"\0" * 1000):
        response = client.post("ingest", content=content, headers=form)
        assert response.status_code in (400, 422), content
    refused(
        client.post("ingest", content=b"", headers={"content-type": "multipart/form-data"}),
        400,
        "bad_request",
    )
    refused(client.post("ingest", files={"other": b"x"}), 422, "invalid_request")
    refused(client.get("jobs/0123"), 404, "not_found")


def test_files_beyond_the_limit_are_refused_before_they_are_kept(
    tmp_path: Path, embedding: SentenceEmbedding
) -> None:
    made = make_chatbot(tmp_path, REPORTS, embedding=embedding, max_file_megabytes=1)
    with (
        served(*made) as other,
        httpx.Client(base_url=f"{other.address}api/v1/", timeout=60) as client,
    ):
        whole = client.post("ingest", files={"file": b"x" * 3_000_000})
        assert "RAG_MAX_FILE_MEGABYTES" in refused(whole, 413, "too_large")

        def chunks() -> Iterator[bytes]:
            yield b'--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
            for _ in range(30):
                yield b"x" * 100_000

        form = {"content-type": "multipart/form-data; boundary=x"}
        refused(client.post("ingest", content=chunks(), headers=form), 413, "too_large")
        assert not other.library.adding.jobs()


@pytest.mark.parametrize("editing", ["never", "local", "always"])
def test_who_may_change_the_library_is_as_on_the_page(
    tmp_path: Path, embedding: SentenceEmbedding, editing: str
) -> None:
    made = make_chatbot(tmp_path, REPORTS, embedding=embedding, editing=editing)
    with (
        served(*made) as other,
        httpx.Client(base_url=f"{other.address}api/v1/", timeout=60) as client,
    ):
        (found, _) = client.get("documents").json()["documents"]
        if editing == "never":
            for response in (
                client.delete(f"documents/{found['id']}"),
                client.post("ingest", files={"file": b"x"}),
            ):
                assert "RAG_EDITING=never" in refused(response, 403, "forbidden")
        else:
            assert client.delete(f"documents/{found['id']}").status_code == 200


# The specification --------------------------------------------------------------------------------


def test_the_specification_is_served_and_has_examples(client: httpx.Client) -> None:
    told = client.get("openapi.json").json()
    assert told["servers"] == [{"url": "/api/v1"}]
    for address, operations in told["paths"].items():
        for method, operation in operations.items():
            errors = {status for status in operation["responses"] if int(status) >= 400}
            assert errors, (method, address)
            for status in errors:
                schema = operation["responses"][status]["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Error"}
    asked = told["components"]["schemas"]["AskRequest"]["properties"]["question"]
    answer = client.post("ask", json={"question": asked["examples"][0], "stream": False})
    assert answer.status_code == 200
    assert not client.get("docs").is_success
    assert not client.get("redoc").is_success

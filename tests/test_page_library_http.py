"""The routes of the Library tab over plain HTTP: who may change what, limits, odd names, paging."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from page_support import Served, make_chatbot, served

FILES = {
    f"report-{number:03}.txt": f"Report {number} is about the harbour of town {number}."
    for number in range(60)
}
RUSSIAN = (
    "В марте суд города Ланник освободил редактора после девяти дней ареста. Мэр закрыл рынок, "
    "потому что обвалилась крыша. Двести торговцев лишились мест, и совет обещал им помещение."
)
MARK = {"x-footnote": "library"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    chatbot, settings = make_chatbot(tmp_path_factory.mktemp("towns"), FILES, max_file_megabytes=1)
    with served(chatbot, settings) as running:
        yield running


@pytest.fixture
def client(site: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.address, timeout=30) as made:
        yield made


def post(client: httpx.Client, path: str, body: Any, **headers: str) -> httpx.Response:
    return client.post(f"/library/{path}", json=body, headers={**MARK, **headers})


def announce(client: httpx.Client, *names: str, size: int = 10) -> str:
    answer = post(client, "jobs", {"files": [{"name": name, "size": size} for name in names]})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["job"])


def bring(client: httpx.Client, job: str, number: int, content: Any) -> httpx.Response:
    return client.post(
        "/library/upload", params={"job": job, "file": number}, content=content, headers=MARK
    )


def job_of(client: httpx.Client, job: str) -> dict[str, Any]:
    jobs = client.get("/library/jobs").json()["jobs"]
    return next(one for one in jobs if one["id"] == job)


def ended(client: httpx.Client, job: str) -> dict[str, Any]:
    end = time.monotonic() + 60
    while (found := job_of(client, job))["state"] != "done":
        assert time.monotonic() < end, found
        time.sleep(0.05)
    return found


def sources(client: httpx.Client) -> set[str]:
    found = client.get("/library/documents", params={"text": "", "sort": "added", "descending": 1})
    return {one["source"] for one in found.json()["documents"]}


# Who may ---------------------------------------------------------------------------------------

CHANGES = ["jobs", "upload", "cancel", "forget", "edit", "remove"]


@pytest.mark.parametrize("path", CHANGES)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-footnote": "yes"},
        {**MARK, "origin": "https://evil.example"},
        {**MARK, "origin": "null"},
        {**MARK, "origin": "http://127.0.0.1"},
        {**MARK, "origin": "http://127.0.0.1.evil.example"},
        {**MARK, "sec-fetch-site": "cross-site"},
        {**MARK, "sec-fetch-site": "same-site"},
    ],
)
def test_another_site_cannot_change_anything(
    client: httpx.Client, path: str, headers: dict[str, str]
) -> None:
    answer = client.post(f"/library/{path}", json={}, headers=headers)
    assert answer.status_code == 403
    assert "refused" in answer.json()["error"]


def test_a_form_of_another_site_cannot_upload(client: httpx.Client) -> None:
    answer = client.post(
        "/library/upload",
        files={"file": ("a.txt", b"words")},
        headers={"origin": "https://evil.example"},
    )
    assert answer.status_code == 403


def test_a_preflight_is_not_granted(client: httpx.Client) -> None:
    answer = client.options(
        "/library/remove",
        headers={
            "origin": "https://evil.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "x-footnote",
        },
    )
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/library/documents", "/library/about", "/source/x.0.1"])
@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_a_name_that_leads_here_by_rebinding_is_refused(
    client: httpx.Client, path: str, host: str
) -> None:
    answer = client.get(path, headers={"host": host})
    assert answer.status_code == 421
    assert "this machine only" in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("host", ["localhost", "localhost:9", "127.0.0.1:7860", "[::1]", "[::1]:1"])
def test_names_of_this_machine_are_served(client: httpx.Client, host: str) -> None:
    assert client.get("/library/about", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    ("given", "headers", "reason"),
    [
        ({"editing": "never"}, {}, "RAG_EDITING=never"),
        ({"host": "0.0.0.0"}, {}, "other machines"),
        ({}, {"x-forwarded-for": "203.0.113.7"}, "only from the machine"),
        ({"editing": "always", "host": "0.0.0.0"}, {"x-forwarded-for": "203.0.113.7"}, None),
    ],
)
def test_who_may_not_change_the_library_is_told_why(
    tmp_path: Path, given: dict[str, Any], headers: dict[str, str], reason: str | None
) -> None:
    chatbot, settings = make_chatbot(tmp_path, {"a.txt": "One report about a harbour."}, **given)
    with (
        served(chatbot, settings) as running,
        httpx.Client(base_url=running.address, headers=headers) as client,
    ):
        told = client.get("/library/about").json()["read_only"]
        body = {"documents": [running.chatbot.documents()[0].id]}
        answer = post(client, "remove", body)
        if reason is None:
            assert told is None
            assert answer.status_code == 200
            assert not running.chatbot.documents()
        else:
            assert reason in told
            assert answer.status_code == 403
            assert answer.json()["error"] == told
            assert len(running.chatbot.documents()) == 1


# What may come ---------------------------------------------------------------------------------


def test_a_model_that_finds_more_is_named_to_those_who_may_change_the_library(
    tmp_path: Path,
) -> None:
    texts = {f"{number}.txt": f"{RUSSIAN} Отчёт номер {number}." for number in range(5)}
    for editing, named in (("local", True), ("never", False)):
        (tmp_path / editing).mkdir()
        chatbot, settings = make_chatbot(tmp_path / editing, texts, editing=editing)
        with served(chatbot, settings) as running:
            about = httpx.get(f"{running.address.rstrip('/')}/library/about", timeout=30)
            told = about.json()["better_model"]
        assert ("rag models get multilingual" in told) is named
        assert ("5 documents" in told) is named


def test_a_file_is_received_added_and_shown(site: Served, client: httpx.Client) -> None:
    job = announce(client, "north/border.txt")
    assert (
        bring(client, job, 0, b"The border was closed in June. Lorries waited.").status_code == 200
    )
    (file,) = ended(client, job)["files"]
    assert (file["state"], file["counts"]) == ("added", "1 passage")
    shown = client.get(f"/source/{file['token']}")
    assert "Lorries waited." in shown.text
    found = client.get("/library/documents", params={"text": "NORTH border"}).json()
    assert [one["source"] for one in found["documents"]] == ["north/border.txt"]
    assert any(one.source == "north/border.txt" for one in site.chatbot.documents())


def test_more_bytes_than_allowed_are_refused_as_they_come(client: httpx.Client) -> None:
    job = announce(client, "announced.txt", "with-length.txt", "without-length.txt", size=5)

    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * 100_000

    for number, content in ((1, b"x" * 1_000_001), (2, endless())):
        with suppress(httpx.WriteError):  # the server need not wait for the rest
            assert bring(client, job, number, content).status_code == 413
    post(client, "cancel", {"job": job, "file": 0})
    files = ended(client, job)["files"]
    assert [file["state"] for file in files] == ["failed", "failed", "cancelled"]
    assert all("larger than 1 MB" in file["message"] for file in files[:2])
    too_large = announce(client, "huge.txt", size=2_000_000)
    assert ended(client, too_large)["files"][0]["state"] == "failed"


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("../../../etc/cron.d/evil.txt", "etc/cron.d/evil.txt"),
        ("/etc/evil2.txt", "etc/evil2.txt"),
        ("C:\\Users\\x\\evil3.txt", "C:/Users/x/evil3.txt"),
        ("a/./b//../evil4.txt", "a/b/evil4.txt"),
        ("evil\x005\r\nx.txt", "evil 5 x.txt"),
        ("<img src=x onerror=alert(1)>.txt", "<img src=x onerror=alert(1)>.txt"),
        ("e" * 300 + "/" + "v" * 200 + "il6.txt", None),
    ],
)
def test_a_name_is_a_label_and_never_a_path(
    site: Served, client: httpx.Client, name: str, source: str | None
) -> None:
    job = announce(client, name)
    bring(client, job, 0, f"This document is called {len(name)} {name[-9:-4]!r}.".encode())
    (file,) = ended(client, job)["files"]
    assert file["state"] == "added", file
    assert source in (None, file["source"])
    assert len(file["source"]) <= 400
    assert file["source"] in sources(client)
    assert not list(site.library.adding._staging._root.glob("*/*"))


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("jobs", {"files": []}, 413),
        ("jobs", {"files": [{"name": "", "size": 1}]}, 400),
        ("jobs", {"files": [{"name": "a.txt", "size": -1}]}, 422),
        ("jobs", {"files": [{"name": "a.txt"}]}, 422),
        ("jobs", ["a.txt"], 422),
        ("cancel", {"job": "nothing"}, 404),
        ("forget", {"job": "nothing"}, 404),
        ("edit", {"document": "nothing", "changes": {"title": "x"}}, 404),
        ("edit", {"document": "nothing", "changes": {"source": "x"}}, 400),
        ("edit", {"document": "nothing", "changes": {"title": 5}}, 422),
        ("remove", {"documents": []}, 422),
        ("remove", {"documents": ["nothing"]}, 404),
        ("remove", {"documents": ["nothing"], "also": "this"}, 422),
    ],
)
def test_what_cannot_be_done_is_said_in_words(
    client: httpx.Client, path: str, body: Any, status: int
) -> None:
    answer = post(client, path, body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]


def test_bodies_that_are_no_json_are_refused(client: httpx.Client) -> None:
    for content, kind, status in (
        (b"{}", "text/plain", 415),
        (b"{", "application/json", 422),
        (b"\xff\xfe", "application/json", 422),
        (b'{"documents": ["\\ud800"]}', "application/json", 422),
        (b"[" * 100_000, "application/json", 422),
    ):
        headers = {**MARK, "content-type": kind}
        answer = client.post("/library/remove", content=content, headers=headers)
        assert answer.status_code == status


@pytest.mark.parametrize("given", [{}, {"job": "x"}, {"job": "x", "file": "-1"}, {"file": "1e3"}])
def test_an_upload_that_nobody_announced_is_refused(
    client: httpx.Client, given: dict[str, str]
) -> None:
    answer = client.post("/library/upload", params=given, content=b"x", headers=MARK)
    assert answer.status_code in (400, 404)


def test_a_file_arrives_once(client: httpx.Client) -> None:
    job = announce(client, "once.txt", "never.txt")
    assert bring(client, job, 0, b"Once upon a time in the harbour.").status_code == 200
    assert bring(client, job, 0, b"Twice.").status_code == 404
    post(client, "cancel", {"job": job})
    assert ended(client, job)["state"] == "done"


# The list --------------------------------------------------------------------------------------


def test_the_list_comes_in_pages(client: httpx.Client) -> None:
    seen: list[str] = []
    while True:
        asked = {"text": "report-", "sort": "source", "first": str(len(seen))}
        page = client.get("/library/documents", params=asked).json()
        seen += [one["source"] for one in page["documents"]]
        if not page["documents"]:
            break
        assert len(page["documents"]) <= page["page"] == 50
    assert seen == sorted(FILES)
    assert page["total"] == len(FILES)
    backwards = {"text": "report-", "sort": "source", "descending": "true"}
    first = client.get("/library/documents", params=backwards).json()["documents"][0]
    assert first["source"] == max(FILES)


@pytest.mark.parametrize(
    "asked",
    [
        {"sort": "colour"},
        {"first": -1},
        {"first": 10**12},
        {"text": "x" * 400},
        {"descending": "?"},
    ],
)
def test_nonsense_is_no_question(client: httpx.Client, asked: dict[str, Any]) -> None:
    assert client.get("/library/documents", params=asked).status_code == 422


def test_corrections_show_at_once(client: httpx.Client) -> None:
    document = client.get("/library/documents", params={"text": "report-007"}).json()["documents"][
        0
    ]
    changes = {"country": "Velmora", "date": "2019-05", "title": "<b>Seven</b>\r\n of 9"}
    edited = post(client, "edit", {"document": document["id"], "changes": changes})
    assert edited.status_code == 200, edited.text
    asked = {"country": "velmora", "from": "2019", "to": "2019"}
    (found,) = client.get("/library/documents", params=asked).json()["documents"]
    assert found["id"] == document["id"]
    assert found["title"] == "<b>Seven</b> of 9"
    assert found["date"] == "May 2019"
    assert set(found["edited"]) == {"country", "date", "title"}
    read = client.get(f"/library/read/{document['id']}").json()["values"]
    assert (read["country"], read["date"]) == (None, document["values"]["date"])
    assert ["Velmora", "Velmora"] in client.get("/library/about").json()["country"]
    assert client.get("/library/read/nothing").status_code == 404

"""The trail of who did what, and the limits of how often."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client
from proxy_support import make_indexes, site, write_collections

from rag.app.access.identity import Identity
from rag.app.access.limits import Bucket, TooMany
from rag.app.access.trail import Trail, TrailBroken, read_trail
from rag.errors import SettingsError

FILES = {"dams": {"dam.txt": "The dam of Ilva was raised by four metres in 2014."}}
PAGES = {"dams": {"title": "Dams", "readers": ["*"], "editors": ["user:ed"]}}
QUESTION = "How far was the dam of Ilva raised?"


def headers(user: str) -> dict[str, str]:
    return {"x-forwarded-user": user, "x-footnote": "library"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("rivers")
    make_indexes(made, FILES)
    write_collections(made / "collections.toml", PAGES)
    return made


def given(folder: Path) -> dict[str, Any]:
    return {
        "collections": folder / "collections.toml",
        "auth": "proxy",
        "trusted_proxies": "127.0.0.1",
    }


def lines(path: Path) -> list[dict[str, Any]]:
    return list(read_trail(path))


def do_everything(address: str) -> Iterator[tuple[str, str, str | None, int]]:
    """Do what is recorded; yields what the trail should have: action, user, question, status."""
    with httpx.Client(base_url=f"{address}/c/dams", timeout=60, headers=headers("ada")) as ada:
        document = ada.get("/library/documents").json()["documents"][0]
        ada.get("/search/hits", params={"q": "raised"})
        yield "search", "ada", "raised", 200
        ada.get(f"/source/{document['token']}")
        yield "open", "ada", None, 200
        ada.get("/search/hits.csv", params={"q": "raised"})
        yield "export", "ada", "raised", 200
        body = {"documents": [document["id"]]}
        assert ada.post("/library/remove", json=body).status_code == 403
        yield "refused", "ada", None, 403
    program = Client(f"{address}/c/dams/", headers=headers("ada"), verbose=False)
    assert "four metres" in program.predict(QUESTION, api_name="/ask")["answer"]
    yield "ask", "ada", QUESTION, 200
    with httpx.Client(base_url=f"{address}/c/dams", timeout=60, headers=headers("ed")) as ed:
        job = ed.post("/library/jobs", json={"files": [{"name": "b.txt", "size": 9}]}).json()
        yield "announce", "ed", None, 200
        ed.post("/library/upload", params={"job": job["job"], "file": 0}, content=b"The river")
        yield "add", "ed", None, 200
        changes = {"document": document["id"], "changes": {"title": "The dam"}}
        ed.post("/library/edit", json=changes)
        yield "correct", "ed", None, 200


@pytest.mark.parametrize("questions", [False, True])
def test_the_trail_has_who_did_what(folder: Path, tmp_path: Path, questions: bool) -> None:
    path = tmp_path / "trail.jsonl"
    with site(**given(folder), audit=path, audit_questions=questions) as (address, _):
        expected = list(do_everything(address))
    got = lines(path)
    assert [(e["action"], e["user"], e["status"]) for e in got] == [
        (action, user, status) for action, user, _question, status in expected
    ]
    assert {e["collection"] for e in got} == {"dams"}
    asked = [question if questions else None for _, _, question, _ in expected]
    assert [e.get("question") for e in got] == asked
    assert questions or "raised" not in path.read_text("utf-8")
    by_action = {e["action"]: e["subject"] for e in got}
    assert "b.txt" in by_action["announce"]
    assert by_action["correct"]
    assert "library/remove" in by_action["refused"]


def test_nothing_is_answered_that_cannot_be_recorded(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "trail.jsonl"
    with (
        site(**given(folder), audit=path) as (address, _),
        httpx.Client(base_url=f"{address}/c/dams", timeout=60, headers=headers("ada")) as ada,
    ):
        assert ada.get("/search/hits", params={"q": "raised"}).status_code == 200
        path.unlink()
        path.mkdir()
        answer = ada.get("/search/hits", params={"q": "raised"})
        assert answer.status_code == 503
        assert "cannot be recorded" in answer.json()["error"]
        assert "metres" not in answer.text
        assert ada.get("/library/about").status_code == 200


def test_a_trail_that_cannot_be_written_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="RAG_AUDIT"):
        Trail(tmp_path).check()


@pytest.fixture
def trail(tmp_path: Path) -> Trail:
    made = Trail(tmp_path / "trail.jsonl")
    for number in range(5):
        made.note("open", Identity(f"user {number}"), subject=f"document {number}")
    return made


def test_a_change_of_any_line_is_noticed(trail: Trail) -> None:
    assert [e["number"] for e in lines(trail.path)] == [1, 2, 3, 4, 5]
    whole = trail.path.read_text("utf-8").splitlines(keepends=True)
    for at in range(5):
        changed = [*whole]
        changed[at] = changed[at].replace("user", "uzer", 1)
        swapped = [*whole[:at], *whole[at + 1 :], whole[at]]
        gone = [*whole[:at], *whole[at + 1 :]]
        for other in (changed, swapped, gone):
            if other in (whole, whole[:-1]):
                continue
            trail.path.write_text("".join(other), "utf-8")
            with pytest.raises(TrailBroken, match="line"):
                lines(trail.path)


def test_a_line_that_was_cut_short_is_noticed_and_the_next_is_whole(trail: Trail) -> None:
    with trail.path.open("a") as file:
        file.write('{"number": 6, "ti')
    trail.note("open", Identity("late"))
    assert json.loads(trail.path.read_text("utf-8").splitlines()[-1])["user"] == "late"
    with pytest.raises(TrailBroken, match="line 6"):
        lines(trail.path)


def test_many_writers_make_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "trail.jsonl"
    with ThreadPoolExecutor(8) as pool:
        for number in range(80):
            pool.submit(Trail(path).note, "ask", Identity(f"u{number % 7}"))
    assert [e["number"] for e in lines(path)] == list(range(1, 81))


def test_the_command_shows_the_trail(trail: Trail) -> None:
    def rag(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "rag.app.cli", "audit", str(trail.path), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    shown = rag("--json", "--user", "user 3")
    (line,) = map(json.loads, shown.stdout.splitlines())
    assert line["subject"] == "document 3"
    assert "document 1" in rag().stdout
    assert rag("--since", "2999-01-01").stdout == ""
    content = trail.path.read_text("utf-8")
    trail.path.write_text(content.replace("document 2", "document 9"), "utf-8")
    broken = rag("--json")
    assert broken.returncode == 1
    assert "line 3" in broken.stderr
    assert "Traceback" not in broken.stderr


# Limits ----------------------------------------------------------------------------------------


def test_who_asks_too_often_is_told_when_to_come_back(folder: Path) -> None:
    given_ = {**given(folder), "asks_per_minute": 2, "uploads_per_minute": 1}
    with (
        site(**given_) as (address, _),
        httpx.Client(base_url=f"{address}/c/dams", timeout=60) as client,
    ):
        body = {"question": QUESTION, "scope": "", "where": []}
        for expected in (200, 200, 429):
            answer = client.post("/many/answer", json=body, headers=headers("ada"))
            assert answer.status_code == expected, answer.text
        assert "try again in" in answer.json()["error"]
        assert 1 <= int(answer.headers["retry-after"]) <= 30
        # Another user, and what is no question, are not affected.
        assert client.post("/many/answer", json=body, headers=headers("bo")).status_code == 200
        found = client.get("/search/hits", params={"q": "dam"}, headers=headers("ada"))
        assert found.status_code == 200
        program = Client(f"{address}/c/dams/", headers=headers("ada"), verbose=False)
        with pytest.raises(Exception, match="try again in"):
            program.predict(QUESTION, api_name="/ask")
        for expected in (404, 429):
            sent = client.post(
                "/library/upload?job=none&file=0", content=b"x", headers=headers("ed")
            )
            assert sent.status_code == expected, sent.text


def test_tokens_come_back_over_a_minute() -> None:
    now = [0.0]
    bucket = Bucket(3, clock=lambda: now[0])
    for _ in range(3):
        bucket.take("ann")
    with pytest.raises(TooMany) as caught:
        bucket.take("ann")
    assert caught.value.seconds == 20
    bucket.take("ben")
    now[0] = 20.0
    bucket.take("ann")
    with pytest.raises(TooMany):
        bucket.take("ann")
    now[0] = 1000.0
    for _ in range(3):
        bucket.take("ann")
    with pytest.raises(TooMany):
        bucket.take("ann")

"""What whoever runs the server relies on: health, draining, metrics and logs, of real servers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from rag.settings import Settings

ROOT = Path(__file__).parent.parent
QUESTION = "How many political prisoners were there in Azerbaijan in 2018?"
NO_ANSWER = "Who won the chess olympiad of 1974?"
ID = "balancer-7f3a"


@dataclass(frozen=True)
class Server:
    """A ``rag serve`` of its own."""

    process: subprocess.Popen[str]
    address: str
    log: Path

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.address + path, headers=headers, timeout=60)

    def ready(self) -> httpx.Response:
        """The answer of readyz, once the models are loaded."""
        until = time.monotonic() + 120
        while time.monotonic() < until:
            answer = self.get("/readyz")
            if "being loaded" not in answer.text:
                return answer
            time.sleep(0.1)
        raise AssertionError(self.log.read_text("utf-8"))

    def ask(self, question: str) -> httpx.Response:
        return httpx.post(
            self.address + "/api/v1/ask",
            json={"question": question, "stream": False},
            headers={"x-request-id": ID},
            timeout=120,
        )


@contextmanager
def serving(folder: Path, index: Path, variables: Mapping[str, str] = {}) -> Iterator[Server]:
    """Serve an index until the end of the block."""
    log = folder / "log"
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "rag.app.cli", "serve", "--port", "0", "--index", str(index)],
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **variables},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "http" in line, log.read_text("utf-8")
        yield Server(process, line.split()[-1].rstrip("/"), log)
    finally:
        process.kill()
        process.communicate()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def scraped(port: int) -> dict[str, list[tuple[dict[str, str], float]]]:
    """The samples by their names."""
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30).text
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


@pytest.fixture(scope="module")
def metrics_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, sample_settings: Settings, metrics_port: int
) -> Iterator[Server]:
    """One that counts, logs as JSON, and is below a path."""
    variables = {
        "RAG_METRICS_PORT": str(metrics_port),
        "RAG_LOG_FORMAT": "json",
        "RAG_LLM_KEY": "key-of-the-model-server",
    }
    folder = tmp_path_factory.mktemp("server")
    with serving(folder, sample_settings.index, variables) as started:
        assert started.ready().status_code == 200
        yield started


def test_health_is_told_to_anybody_and_tells_nothing_else(server: Server) -> None:
    alive, ready = server.get("/healthz"), server.get("/readyz")
    assert (alive.status_code, alive.text) == (200, "alive\n")
    assert (ready.status_code, ready.text) == (200, "ready\n")
    assert ready.headers["cache-control"] == "no-store"
    # A balancer asks by whatever name it knows the server.
    assert server.get("/healthz", host="footnote-2.example").status_code == 200
    assert server.get("/", host="footnote-2.example").status_code == 421
    assert httpx.head(server.address + "/readyz").status_code == 200
    assert httpx.post(server.address + "/readyz").status_code == 405


def test_metrics_can_be_scraped_and_tell_nobody_s_question(
    server: Server, metrics_port: int
) -> None:
    before = scraped(metrics_port)
    assert server.ask(QUESTION).json()["abstained"] is False
    assert server.ask(NO_ANSWER).json()["abstained"] is True
    assert server.get("/no/such/thing").status_code == 404
    assert server.get("/source/0123456789abcdef").status_code == 404
    after = scraped(metrics_port)

    def count(
        found: dict[str, list[tuple[dict[str, str], float]]], name: str, **labels: str
    ) -> float:
        return sum(value for has, value in found.get(name, []) if labels.items() <= has.items())

    def rise(name: str, **labels: str) -> float:
        return count(after, name, **labels) - count(before, name, **labels)

    assert rise("footnote_answers_total", outcome="answered") == 1
    assert rise("footnote_answers_total", outcome="abstained") == 1
    ask = {"route": "/api/v1/ask"}
    assert rise("footnote_requests_total", method="POST", status="200", **ask) == 2
    assert rise("footnote_request_seconds_count", **ask) == 2
    assert rise("footnote_request_seconds_sum", **ask) > 0
    assert rise("footnote_requests_total", status="404") == 2
    assert rise("footnote_queue_wait_seconds_count") >= 2
    assert count(after, "footnote_queue_waiting") == 0
    documents = server.get("/api/v1/documents").json()["documents"]
    assert count(after, "footnote_documents") == len(documents) > 0
    assert count(after, "footnote_passages") > len(documents)
    assert count(after, "footnote_store_readable") == 1
    # Ids of documents and what people type would make a series each.
    told = json.dumps(after)
    assert "0123456789abcdef" not in told
    assert "such/thing" not in told
    assert "chess" not in told
    # Not on the page's port.
    assert "footnote_requests" not in server.get("/metrics").text


def test_several_collections_are_told_apart_and_are_below_a_path(
    tmp_path: Path, sample_settings: Settings
) -> None:
    (tmp_path / "collections.toml").write_text(
        "[[collection]]\nname = 'annual'\ntitle = 'Annual reports'\n"
        f"index = '{sample_settings.index}'\nreaders = ['*']\n",
        "utf-8",
    )
    port = free_port()
    variables = {
        "RAG_COLLECTIONS": str(tmp_path / "collections.toml"),
        "RAG_ROOT_PATH": "/reports",
        "RAG_METRICS_PORT": str(port),
    }
    with serving(tmp_path, tmp_path / "unused", variables) as started:
        assert started.ready().status_code == 200
        # A proxy may take the path off, or not.
        for path in ("/readyz", "/reports/readyz"):
            assert httpx.get(httpx.URL(started.address).join(path)).text == "ready\n"
        asked = httpx.post(
            started.address + "/c/annual/api/v1/ask",
            json={"question": QUESTION, "stream": False},
            timeout=120,
        )
        assert asked.json()["abstained"] is False
        found = scraped(port)
    routes = {labels["route"] for labels, _value in found["footnote_requests_total"]}
    assert routes == {"/c/{collection}/api/v1/ask"}
    ((labels, documents),) = found["footnote_documents"]
    assert labels == {"collection": "annual"}
    assert documents > 0
    assert ({"outcome": "answered"}, 1.0) in found["footnote_answers_total"]


def test_uploads_are_counted(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path, tmp_path / "index", {"RAG_METRICS_PORT": str(port)}) as started:
        file = {"file": ("harvest.txt", b"The harvest of Orsk failed in 1921.", "text/plain")}
        answer = httpx.post(started.address + "/api/v1/ingest", files=file, timeout=60)
        assert answer.is_success, answer.text
        assert scraped(port)["footnote_uploads_total"] == [({}, 1.0)]


def test_every_line_of_the_log_is_an_object_without_questions_or_keys(server: Server) -> None:
    assert server.ask(QUESTION).headers["x-request-id"] == ID
    server.get("/api/v1/documents", authorization="Bearer footnote-secret-key")
    server.get("/source/0123456789abcdef?q=chess")
    host, port = server.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"chess, please\r\n\r\n")
        assert b"400" in connection.recv(1000)
    text = server.log.read_text("utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    asked = [each for each in lines if each.get("request_id") == ID][-1]
    assert asked["logger"] == "rag.requests"
    assert asked["level"] == "info"
    assert (asked["method"], asked["route"], asked["status"]) == ("POST", "/api/v1/ask", 200)
    assert asked["milliseconds"] > 0
    assert asked["time"].startswith("20")
    assert {"time", "level", "logger", "message"} <= set.intersection(*map(set, lines))
    assert any(each["logger"] == "uvicorn.error" for each in lines)
    assert len({each["request_id"] for each in lines if "route" in each}) > 1
    for private in ("political", "chess", "footnote-secret-key", "model-server", "0123456789abc"):
        assert private not in text
    # What balancers ask every second is no news.
    assert "healthz" not in text


def test_a_store_that_cannot_be_read_makes_the_server_unready(
    tmp_path: Path, sample_settings: Settings
) -> None:
    index = tmp_path / "index"
    shutil.copytree(sample_settings.index, index)
    with serving(tmp_path, index) as started:
        assert started.ready().status_code == 200
        index.rename(tmp_path / "unplugged")
        time.sleep(1.2)
        answer = started.get("/readyz")
        assert answer.status_code == 503
        assert answer.text == "not ready: the store cannot be read\n"
        assert started.get("/healthz").status_code == 200
        (tmp_path / "unplugged").rename(index)
        time.sleep(1.2)
        assert started.get("/readyz").status_code == 200


def test_models_that_cannot_be_loaded_make_the_server_unready(
    tmp_path: Path, sample_settings: Settings
) -> None:
    with serving(tmp_path, sample_settings.index, {"RAG_CROSS_ENCODER": str(tmp_path)}) as started:
        answer = started.ready()
        assert answer.status_code == 503
        assert answer.text == "not ready: the models cannot be loaded\n"
        assert str(tmp_path) not in answer.text
        assert started.get("/healthz").status_code == 200


def test_on_sigterm_the_server_drains_and_then_ends(
    tmp_path: Path, sample_settings: Settings
) -> None:
    with serving(tmp_path, sample_settings.index, {"RAG_DRAIN_SECONDS": "3"}) as started:
        started.ready()
        answers: list[httpx.Response] = []
        asking = threading.Thread(target=lambda: answers.append(started.ask(QUESTION)))
        asking.start()
        began = time.monotonic()
        started.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        answer = started.get("/readyz")
        assert (answer.status_code, answer.text) == (503, "not ready: the server is about to end\n")
        assert started.get("/healthz").status_code == 200
        # Who has not heard of it yet is still served.
        assert started.ask(NO_ANSWER).json()["abstained"] is True
        asking.join(60)
        assert answers[0].json()["abstained"] is False
        started.process.wait(30)
        assert 3 <= time.monotonic() - began < 15
        assert started.process.returncode == -signal.SIGTERM


def test_a_second_signal_ends_the_draining(tmp_path: Path, sample_settings: Settings) -> None:
    with serving(tmp_path, sample_settings.index, {"RAG_DRAIN_SECONDS": "600"}) as started:
        started.process.send_signal(signal.SIGTERM)
        with suppress(httpx.HTTPError):
            assert started.get("/readyz").status_code == 503
        started.process.send_signal(signal.SIGTERM)
        started.process.wait(30)


def test_a_port_of_the_metrics_that_is_taken_is_told(sample_settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        process = subprocess.run(
            [sys.executable, "-m", "rag.app.cli", "serve", "--port", "0"],
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "RAG_INDEX": str(sample_settings.index),
                "RAG_METRICS_PORT": port,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert process.returncode == 1
    assert "RAG_METRICS_PORT" in process.stderr
    assert "Traceback" not in process.stderr

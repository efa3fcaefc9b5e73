"""Uploads and addresses; what is told of each file; taking back what was asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from ingestion_support import ELECTIONS, PRESS, PRISONS, SETTINGS, contents, found, slow_page

import rag.ingest.fetch
from rag.errors import AddressRefused
from rag.ingest.fetch import Network
from rag.ingest.pipeline import ingest
from rag.ingest.records import FileReport, Upload
from rag.settings import load_settings
from rag.store import Index

OpenIndex = Callable[..., Index]


def upload(folder: Path, name: str, content: str | bytes) -> Upload:
    """A file whose own name has nothing to do with the one it is uploaded under."""
    folder.mkdir(exist_ok=True)
    path = folder / f"upload-{len(list(folder.iterdir()))}"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return Upload(name, path)


class Reports:
    """What ``on_file`` was told."""

    def __init__(self) -> None:
        self.seen: list[FileReport] = []

    def __call__(self, report: FileReport) -> None:
        self.seen.append(report)

    def states(self, name: str) -> list[str]:
        return [report.state for report in self.seen if report.name == name]


# Uploads.


def test_an_upload_is_kept_in_the_index(open_index: OpenIndex, tmp_path: Path) -> None:
    index = open_index()
    given = upload(tmp_path / "in", "2018/prisons.txt", PRISONS)
    assert ingest(index, [given], settings=SETTINGS).added == ["2018/prisons.txt"]
    given.path.unlink()
    (document,) = index.documents()
    assert index.original(document.id) == PRISONS.encode()
    assert found(index, "cells in Baku") == ["2018/prisons.txt"]


def test_an_upload_never_replaces_another_document(open_index: OpenIndex, tmp_path: Path) -> None:
    index = open_index()
    reports = Reports()
    for text in (PRISONS, PRESS, ELECTIONS):
        given = upload(tmp_path / "in", "report.txt", text)
        ingest(index, [given], settings=SETTINGS, on_file=reports)
    assert contents(index)[0] == ["report (2).txt", "report (3).txt", "report.txt"]
    assert [(r.name, r.source) for r in reports.seen if r.state == "added"] == [
        ("report.txt", "report.txt"),
        ("report.txt", "report (2).txt"),
        ("report.txt", "report (3).txt"),
    ]
    again = ingest(index, [upload(tmp_path / "in", "report.txt", PRESS)], settings=SETTINGS)
    assert again.unchanged == ["report (2).txt"]


def test_two_uploads_of_one_name_in_one_go(open_index: OpenIndex, tmp_path: Path) -> None:
    given = [upload(tmp_path / "in", "report.txt", text) for text in (PRISONS, PRESS)]
    result = ingest(open_index(), given, settings=SETTINGS)
    assert result.added == ["report.txt", "report (2).txt"]


def test_a_file_does_not_replace_an_upload_of_its_name(
    open_index: OpenIndex, tmp_path: Path
) -> None:
    index = open_index()
    ingest(index, [upload(tmp_path / "in", "report.txt", PRISONS)], settings=SETTINGS)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "report.txt").write_text(PRESS, "utf-8")
    ingest(index, [folder], settings=SETTINGS, sync=True)
    assert contents(index)[0] == ["folder/report.txt", "report.txt"]
    assert ingest(index, [folder], settings=SETTINGS, sync=True).removed == []


# What is told.


def test_every_file_is_told_of_from_its_beginning_to_its_end(
    open_index: OpenIndex, tmp_path: Path
) -> None:
    reports = Reports()
    folder = tmp_path / "in"
    given = [
        upload(folder, "a.txt", PRISONS),
        upload(folder, "b.txt", b"\x00\x01" * 100),
        upload(folder, "c.txt", PRISONS),
        upload(folder, "d.xyz", "what is this?"),
        upload(folder, "e.txt", PRESS),
    ]
    ingest(open_index(), given, settings=SETTINGS, on_file=reports)
    assert {name: reports.states(name) for name in ("a.txt", "b.txt", "c.txt", "d.xyz")} == {
        "a.txt": ["reading", "embedding", "added"],
        "b.txt": ["reading", "failed"],
        "c.txt": ["duplicate"],
        "d.xyz": ["failed"],
    }
    told = {report.name: report.message for report in reports.seen}
    assert told["c.txt"] == "a.txt"
    assert "text" in (told["b.txt"] or "")
    assert "supported" in (told["d.xyz"] or "")


def test_results_are_in_the_order_of_the_inputs(open_index: OpenIndex, tmp_path: Path) -> None:
    """Whatever the order in which the processes finish: the first file takes them longest."""
    folder = tmp_path / "in"
    texts = [f"{PRISONS} {'The list goes on. ' * 4_000}"]
    texts += [f"{PRESS} Number {number}." for number in range(12)]
    given = [upload(folder, f"{n}.txt", text) for n, text in enumerate(texts)]
    result = ingest(open_index(), given, settings=SETTINGS)
    assert result.added == [f"{number}.txt" for number in range(13)]


def test_a_bad_file_that_comes_twice_fails_twice(open_index: OpenIndex, tmp_path: Path) -> None:
    given = [upload(tmp_path / "in", name, b"\x00\x01" * 100) for name in ("a.txt", "b.txt")]
    result = ingest(open_index(), given, settings=SETTINGS)
    assert [failure.source for failure in result.failed] == ["a.txt", "b.txt"]


# Taking back.


def test_what_is_cancelled_before_or_after_reading_is_not_added(
    open_index: OpenIndex, tmp_path: Path
) -> None:
    """One is not wanted from the start, one no more once it has been read."""
    reports = Reports()
    folder = tmp_path / "in"
    given = [upload(folder, "a.txt", PRISONS), upload(folder, "b.txt", PRESS)]
    given.append(upload(folder, "c.txt", ELECTIONS))
    index = open_index()
    result = ingest(
        index,
        given,
        settings=SETTINGS,
        on_file=reports,
        cancelled=lambda name: (
            name == "a.txt" or (name == "b.txt" and "embedding" in reports.states(name))
        ),
    )
    assert (result.cancelled, result.added) == (["a.txt", "b.txt"], ["c.txt"])
    assert reports.states("a.txt") == ["cancelled"]
    assert reports.states("b.txt") == ["reading", "embedding", "cancelled"]
    assert contents(index)[0] == ["c.txt"]
    assert ingest(index, given, settings=SETTINGS).added == ["a.txt", "b.txt"]


def test_what_is_cancelled_while_it_is_read_is_read_no_further(
    open_index: OpenIndex, tmp_path: Path
) -> None:
    reports = Reports()
    asked: list[str] = []

    def cancelled(name: str) -> bool:
        asked.append(name)
        return name == "slow.html" and asked.count(name) > 6

    given = [
        upload(tmp_path / "in", "slow.html", slow_page()),
        upload(tmp_path / "in", "fine.txt", PRESS),
    ]
    result = ingest(open_index(), given, settings=SETTINGS, on_file=reports, cancelled=cancelled)
    assert (result.cancelled, result.added) == (["slow.html"], ["fine.txt"])
    assert reports.states("slow.html") == ["reading", "cancelled"]


# Addresses.


class _Pages(BaseHTTPRequestHandler):
    pages: dict[str, str]

    def do_GET(self) -> None:
        text = self.pages.get(self.path)
        self.send_response(200 if text else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write((text or "nothing").encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, dict[str, str]]]:
    """A web server on this machine, which fetching is allowed to reach in this test."""
    pages: dict[str, str] = {}
    handler = type("Handler", (_Pages,), {"pages": pages})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    network = Network(permitted=lambda _address, _port: True)
    monkeypatch.setattr(rag.ingest.fetch, "fetch", partial(rag.ingest.fetch.fetch, network=network))
    yield f"http://127.0.0.1:{server.server_port}", pages
    server.shutdown()
    server.server_close()


def page(text: str) -> str:
    paragraphs = "".join(f"<p>{text} It was said {number} times.</p>" for number in range(4))
    return f"<html><head><title>A page</title></head><body><h1>T</h1>{paragraphs}</body></html>"


def test_an_address_is_refused_before_anything_is_done(
    open_index: OpenIndex, tmp_path: Path
) -> None:
    index = open_index()
    (tmp_path / "a.txt").write_text(PRISONS, "utf-8")
    with pytest.raises(AddressRefused, match="RAG_ALLOW_URLS=1"):
        ingest(index, [tmp_path / "a.txt", "https://example.org/report.pdf"], settings=SETTINGS)
    assert index.documents() == ()


def test_an_address_becomes_a_document(
    open_index: OpenIndex, site: tuple[str, dict[str, str]]
) -> None:
    address, pages = site
    settings = load_settings(allow_urls=True)
    pages["/report.html"] = page(PRISONS)
    index = open_index()
    url = f"{address}/report.html"
    result = ingest(index, [url, f"{address}/missing.html"], settings=settings)
    assert result.added == [url]
    assert [failure.source for failure in result.failed] == [f"{address}/missing.html"]
    (document,) = index.documents()
    assert document.metadata.extra["url"] == url
    assert document.metadata.extra["retrieved"]
    assert index.original(document.id) == pages["/report.html"].encode()
    assert ingest(index, [url, url], settings=settings).unchanged == [url]
    pages["/report.html"] = page(PRESS)
    assert ingest(index, [url], settings=settings).updated == [url]
    assert contents(index)[0] == [url]

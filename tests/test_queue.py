"""Files that wait in a database, and the processes that take them in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from pydantic import SecretStr

from rag.errors import SettingsError
from rag.ingest.pipeline import ingest
from rag.ingest.records import Upload
from rag.models.embedding import Embedding
from rag.settings import Settings, load_settings
from rag.store import Index, StatementFilter, open_store
from rag.store.postgres.check import check_database
from rag.store.postgres.store import PostgresStore

pytest.importorskip("procrastinate", reason="the extra postgres brings the queue")
from rag.ingest.queue import JobQueue
from rag.ingest.queue_work import work


@pytest.fixture
def there(database: SecretStr, tmp_path: Path) -> Settings:
    return load_settings(store=database, index=tmp_path / "none")


@pytest.fixture
def store(there: Settings, embedding: Embedding) -> Iterator[PostgresStore]:
    opened = open_store(there, create=True, embedding=embedding)
    assert isinstance(opened, PostgresStore)
    yield opened
    opened.close()


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    (folder / "north").mkdir(parents=True)
    (folder / "a.md").write_text("# Wells\n\nThe well at Kir was dry in May.\n", "utf-8")
    (folder / "north" / "b.txt").write_text(
        "\u201cWe saw no water,\u201d said Ana Ruiz.\n", "utf-8"
    )
    (folder / "north" / "metadata.csv").write_text(
        "file,title,country\nb.txt,Letters,Georgia\n", "utf-8"
    )
    with zipfile.ZipFile(folder / "c.zip", "w") as archive:
        archive.writestr("d.txt", "A bridge fell in Batumi in June.\n")
        archive.writestr("e.txt", "The road to Gori was closed.\n")
    (folder / "damaged.pdf").write_bytes(b"%PDF-1.7 nothing")
    return folder


def worker(settings: Settings) -> subprocess.Popen[str]:
    """A process of its own that takes files in, and tells of each."""
    url = settings.store.get_secret_value()
    command = [sys.executable, "-u", "-m", "rag.app.cli", "work"]
    environment = {**os.environ, "RAG_STORE": url}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def lines(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout is not None
    return process.stdout


def test_what_the_queue_takes_in_is_what_ingestion_takes_in(
    store: PostgresStore, there: Settings, reports: Path, embedding: Embedding, tmp_path: Path
) -> None:
    queue = JobQueue(store)
    queued = queue.put([reports], there)
    assert set(queued.put) == {"a.md", "c.zip", "damaged.pdf", "north/b.txt"}
    assert queue.counts() == {"waiting": 4}
    seen: list[str] = []
    work(queue, there, until_empty=True, on_file=lambda file: seen.append(file.state))
    assert queue.counts() == {"added": 3, "failed": 1}
    (failed,) = queue.files("failed")
    assert failed.source == "damaged.pdf"
    assert failed.message
    assert "reading" in seen

    alone = Index.open(load_settings(index=tmp_path / "alone"), create=True, embedding=embedding)
    ingest(alone, [reports], settings=there)
    assert {**store.sources()} == {**alone.sources()}
    for document_id in alone.names():
        assert store.publication(document_id) == alone.publication(document_id)
    assert store.people() == alone.people()
    assert store.statements(StatementFilter()) == alone.statements(StatementFilter())
    assert check_database(store) == []
    alone.close()


def test_what_waits_is_not_put_in_twice(
    store: PostgresStore, there: Settings, reports: Path
) -> None:
    queue = JobQueue(store)
    queue.put([reports], there)
    (reports / "a.md").write_text("# Wells\n\nThe well at Kir had water in June.\n", "utf-8")
    again = queue.put([reports], there)
    assert again.put == ("a.md",)  # another content
    assert len(again.known) == 3
    work(queue, there, until_empty=True)
    assert store.counts()[0] == 4
    assert queue.put([reports], there).known == ()
    work(queue, there, until_empty=True)
    assert queue.counts()["unchanged"] >= 3
    assert queue.forget() == sum([4, 1, 4])
    assert queue.counts() == {}


def test_the_bytes_of_uploads_go_along(
    store: PostgresStore, there: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "staged"
    path.write_text("The river rose in April, said the ministry.\n", "utf-8")
    queue = JobQueue(store)
    queue.put([Upload("letters/river.txt", path)], there)
    path.unlink()
    work(queue, there, until_empty=True)
    (document,) = store.documents()
    assert document.source == "letters/river.txt"
    assert store.original(document.id) == b"The river rose in April, said the ministry.\n"
    rows = store.connections.rows(f'SELECT count(*) AS left FROM "{store.schema}".uploads')
    assert rows[0]["left"] == 0


def test_a_file_that_this_machine_has_not_is_told(
    store: PostgresStore, there: Settings, reports: Path
) -> None:
    queue = JobQueue(store)
    queue.put([reports / "a.md"], there)
    shutil.rmtree(reports)
    work(queue, there, until_empty=True)
    (failed,) = queue.files("failed")
    assert "mount" in (failed.message or "")


def test_workers_are_killed_and_nothing_is_lost(
    store: PostgresStore, there: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for n in range(24):
        (folder / f"{n:02}.txt").write_text(f"Report {n}. Station {n} was closed.\n", "utf-8")
    queue = JobQueue(store)
    queue.put([folder], there)
    first, second = worker(there), worker(there)
    for _ in range(3):
        lines(first).readline()
    first.kill()  # most likely in the middle of a file
    first.wait()
    third = worker(there)
    for line in lines(second):
        if line.startswith("added 2"):
            break
    second.kill()
    second.wait()
    # What the dead have left behind, the third does once their hearts have stopped.
    work(queue, there, until_empty=True)
    third.terminate()
    assert third.wait(timeout=60) == 0
    # What was published but not yet noted when its worker died is found unchanged.
    counts = queue.counts()
    assert counts["added"] + counts.get("unchanged", 0) == 24
    assert store.counts()[0] == 24
    assert check_database(store) == []
    assert len(store.words("station closed", count=60)) == 24


def test_a_folder_has_no_queue(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "rag.app.cli", "ingest", "--queue", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "RAG_STORE" in done.stderr
    with pytest.raises(SettingsError):
        load_settings(store=SecretStr("postgresql://x"), passage_tokens=1)

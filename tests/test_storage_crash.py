"""Nothing is lost or doubled: killed processes, full disks, two writers, other processes."""

from __future__ import annotations

import ctypes
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import storage_support
from storage_support import (
    CheapEmbedding,
    add,
    assert_agreement,
    numbered,
    open_cheaply,
    samples,
    state,
)

from rag.errors import IndexBusy, IndexProblem
from rag.store import Index
from rag.store.folder.index_versions import CATALOG

SUPPORT = Path(storage_support.__file__)
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(SUPPORT.parent.parent)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def index(folder: Path) -> Iterator[Index]:
    opened = open_cheaply(folder)
    yield opened
    opened.close()


def start_writer(folder: Path, *, version: int = 0) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, SUPPORT, folder, str(version)], env=ENVIRONMENT, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"writing\n"
    return process


def run(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run lines in another process that has ``index`` open."""
    lines = (
        "import sys",
        f"sys.path.insert(0, {str(SUPPORT.parent)!r})",
        "from pathlib import Path",
        "from storage_support import *",
        f"index = open_cheaply(Path({str(folder)!r}))",
        script,
    )
    return subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_writer_killed_at_any_moment_leaves_a_sound_index(folder: Path) -> None:
    """Whatever was under way is finished or undone by the next one, each time on the same index."""
    moments = random.Random(20)
    for number in range(3):
        process = start_writer(folder, version=100 * number)
        time.sleep(moments.uniform(0.0, 2.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
        index = open_cheaply(folder)
        with index.writing():
            pass
        assert_agreement(index)
        versions = {each.source: each for each in index.documents()}
        assert len(versions) == len(index.documents())
        for each in index.kept_originals():
            assert index.original(each) is not None
        index.close()


def test_an_interruption_by_the_keyboard_is_no_harm(folder: Path) -> None:
    process = start_writer(folder)
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=60)
    index = open_cheaply(folder)
    with index.writing():
        pass
    assert_agreement(index)
    index.close()


def test_half_written_files_of_chroma_are_made_anew(index: Index, folder: Path) -> None:
    """Chroma's files as a kill while it writes them leaves them: there, and empty."""
    add(index, *(numbered(each) for each in range(1200)))
    before = state(index)
    index.catalog.begin([numbered(0).id])
    index.close()
    (metadata,) = folder.glob("generations/1/vectors/*/index_metadata.pickle")
    metadata.write_bytes(b"")
    again = open_cheaply(folder)
    assert state(again) == before
    assert_agreement(again)
    again.close()


def test_what_was_interrupted_is_finished_by_opening(index: Index, folder: Path) -> None:
    add(index, *samples())
    before = state(index)
    document_id = index.documents()[0].id
    index.catalog.begin([document_id, "neverpublished"])
    index.vectors.remove([document_id])
    index.lexical.replace([document_id])
    index.originals.put("neverpublished", b"half")
    index.close()
    again = open_cheaply(folder)
    assert again.catalog.unfinished() == {}
    assert state(again) == before
    assert_agreement(again)
    again.close()


def test_a_list_of_deletions_without_its_commit_is_no_obstacle(index: Index, folder: Path) -> None:
    """What Tantivy leaves when it is killed in the middle of a commit."""
    add(index, *samples())
    lexical = folder / "generations" / "1" / "lexical"
    meta = json.loads((lexical / "meta.json").read_text("utf-8"))
    (segment,) = (each["segment_id"].replace("-", "") for each in meta["segments"])
    for number in range(meta["opstamp"], meta["opstamp"] + 20):
        (lexical / f"{segment}.{number}.del").touch()
    with index.writing() as writer:
        writer.remove(["baku.txt"])
    assert_agreement(index)


def test_a_lock_file_that_was_left_behind_locks_nobody_out(index: Index, folder: Path) -> None:
    add(index, *samples())
    for name in ("writer.lock", "generations/1/lexical/.tantivy-writer.lock"):
        assert (folder / name).exists()
    assert (folder / "generations/1/vectors/in-use.lock").exists()
    index.close()
    again = open_cheaply(folder)
    add(again, numbered(1))
    assert_agreement(again)
    again.close()


def test_two_writers_take_turns(index: Index, folder: Path) -> None:
    add(index, *samples())
    with index.writing() as writer:
        told = run(folder, "add(index, numbered(1))")
        writer.remove(["baku.txt"])
    assert "IndexBusy: another process is writing" in told.stderr
    add(index, numbered(1))
    assert index.counts()[0] == 3
    assert_agreement(index)


def test_a_catalog_that_another_program_holds_is_busy(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(index, *samples())
    monkeypatch.setattr("rag.store.folder.catalog_file._BUSY_SECONDS", 0.1)
    impatient = open_cheaply(folder)
    other = sqlite3.connect(folder / "generations" / "1" / CATALOG, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(IndexBusy, match="wait"):
        add(impatient, numbered(1))
    other.execute("ROLLBACK")
    other.close()
    add(impatient, numbered(1))
    assert_agreement(impatient)
    impatient.close()


def test_what_another_process_wrote_is_found_and_kept(index: Index, folder: Path) -> None:
    """Chroma alone would answer from what it has in memory, and write that over the rest.

    More than a thousand are added on both sides, for that is when it writes.
    """
    add(index, *samples())
    vector = CheapEmbedding().embed_passages(["anything"])[0]
    assert index.dense(vector, count=1)
    assert run(folder, "add(index, *(numbered(n) for n in range(1100)))").returncode == 0
    wanted = numbered(1000)
    (stored,) = index.vectors_of(wanted.id).values()
    ((found, similarity),) = index.dense(stored, count=1)
    assert found.startswith(wanted.id)
    assert similarity == pytest.approx(1, abs=1e-4)
    add(index, *(numbered(n, version=1) for n in range(1100, 2200)))
    assert_agreement(index)
    index.close()
    again = open_cheaply(folder)
    assert_agreement(again)
    again.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "mount") or libc.mount(b"none", bytes(place), b"tmpfs", 0, b"size=6m"):
        pytest.skip("mounting a small disk needs the rights of root")
    yield place
    libc.umount2(bytes(place), 2)


def test_a_full_disk_is_told_and_the_next_writer_finishes(small_disk: Path) -> None:
    index = open_cheaply(small_disk / "index")
    add(index, *samples())
    filler = small_disk / "filler"
    room = os.statvfs(small_disk)
    filler.write_bytes(b"x" * (room.f_bavail * room.f_frsize - 300_000))
    written = 0
    with pytest.raises(IndexProblem) as told:  # noqa: PT012 - it depends on the disk when
        for first in range(0, 4000, 50):
            add(index, *(numbered(each) for each in range(first, first + 50)))
            written = first + 50
    assert "disk" in str(told.value)
    assert "\n" not in str(told.value)
    assert "free space" in str(told.value)
    index.close()
    filler.unlink()
    again = open_cheaply(small_disk / "index")
    with again.writing():
        pass
    assert again.catalog.counts()[0] == 3 + written
    assert_agreement(again)
    again.close()


def test_a_file_limit_in_the_middle_is_no_harm(index: Index, folder: Path) -> None:
    """The same for a disk quota: writing fails from some point on, for this process alone."""
    add(index, *samples())
    size = max(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    script = (
        "import resource\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size + 50_000},) * 2)\n"
        "for n in range(0, 2000, 40): add(index, *(numbered(n + k) for k in range(40)))"
    )
    told = run(folder, script)
    assert told.returncode == 1
    assert "IndexProblem" in told.stderr.splitlines()[-1]
    with index.writing():
        pass
    assert_agreement(index)


def test_a_folder_that_cannot_be_written_is_read_all_the_same(small_disk: Path) -> None:
    # In another process, so that nothing is open for writing in this one.
    assert run(small_disk / "index", "add(index, *samples())").returncode == 0
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.mount(b"none", bytes(small_disk), b"tmpfs", 32 | 1, b"") == 0
    reader = open_cheaply(small_disk / "index")
    assert reader.words("newspapers", count=1)
    assert reader.dense(CheapEmbedding().embed_passages(["x"])[0], count=3)
    assert reader.find("vote").total == 1
    with pytest.raises(IndexProblem, match="permissions"), reader.writing():
        pass
    reader.close()

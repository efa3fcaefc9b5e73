"""Ingestion when things go wrong: killed, interrupted, out of space, not alone, fed with damage.

The long forms of the first and the last test are in ``benchmarks/faults.py``, which they run.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ingestion_support import PRESS, PRISONS, SETTINGS, contents

from rag.ingest.pipeline import ingest
from rag.store import Index

ROOT = Path(__file__).parent.parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
POSIX = pytest.mark.skipif(os.name != "posix", reason="only where there are signals and limits")

OpenIndex = Callable[..., Index]


def faults(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "faults.py", *map(str, arguments)],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )


def start_ingest(folder: Path, index: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "rag.app.cli", "ingest", folder, "--index", index, *options],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def many_reports(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        text = f"Report {number}\n\n{PRESS} {PRISONS} It was report {number}.\n\n" * 8
        (folder / f"{number:03}.txt").write_text(text, "utf-8")
    return folder


@POSIX
def test_an_ingestion_that_is_killed_is_finished_by_the_next() -> None:
    process = faults("kills", "--moments", 4, "--documents", 60)
    assert process.returncode == 0, process.stdout + process.stderr
    assert "4 tried, 0 wrong" in process.stdout


def test_damaged_files_are_read_or_named_within_the_limits() -> None:
    process = faults("damaged", "--count", 40, "--line-megabytes", 20)
    assert process.returncode == 0, process.stdout + process.stderr
    assert " 0 wrong" in process.stdout


@POSIX
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_ctrl_c_ends_it_with_one_line_and_the_same_command_goes_on(
    open_index: OpenIndex, tmp_path: Path, options: tuple[str, ...]
) -> None:
    folder = many_reports(tmp_path / "reports", 120)
    process = start_ingest(folder, tmp_path / "index", *options)
    index = None
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        if index is None and (tmp_path / "index" / "current").exists():
            index = open_index()
        if index is not None and index.counts()[0]:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert out == ""
    (line,) = err.strip().splitlines()
    assert "the same command goes on" in line
    assert index is not None
    done = [document.source for document in index.documents()]
    assert 0 < len(done) < 120
    assert f"{len(done)} added" in line
    rest = ingest(index, [folder], settings=SETTINGS)
    assert rest.unchanged == done
    assert len(rest.added) == 120 - len(done)
    assert len(contents(index)[0]) == 120


def test_two_writers_at_once(open_index: OpenIndex, tmp_path: Path) -> None:
    """One of them does the work; the other says that it has to wait, or finds it done."""
    folder = many_reports(tmp_path / "reports", 40)
    processes = [start_ingest(folder, tmp_path / "index", "--json") for _ in range(2)]
    told = [process.communicate(timeout=120) for process in processes]
    codes = [process.returncode for process in processes]
    assert 0 in codes, told
    for code, (out, err) in zip(codes, told, strict=True):
        assert code in (0, 1)
        if code == 1:
            (line,) = err.strip().splitlines()
            assert "wait" in line
        else:
            assert json.loads(out)["documents"] == 40
    assert len(contents(open_index())[0]) == 40


@POSIX
def test_a_full_disk_is_told_in_one_line_and_loses_nothing(
    open_index: OpenIndex, tmp_path: Path
) -> None:
    """After the first documents, no file of this process can grow any more."""
    folder = many_reports(tmp_path / "reports", 150)
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from rag.errors import IndexProblem\n"
        "from rag.ingest.pipeline import ingest\n"
        "from rag.settings import load_settings\n"
        "from rag.store import Index\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "settings = load_settings(index=Path(sys.argv[1]))\n"
        "index = Index.open(settings, create=True)\n"
        "def fill(report):\n"
        "    if report.state == 'added':\n"
        "        resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))\n"
        "try:\n"
        "    ingest(index, [Path(sys.argv[2])], settings=settings, on_file=fill)\n"
        "except IndexProblem as error:\n"
        "    print(error)\n"
    )
    process = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "index", folder],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (process.returncode, process.stderr) == (0, "")
    (line,) = process.stdout.strip().splitlines()
    assert "disk" in line
    index = open_index()
    before = [document.source for document in index.documents()]
    assert 0 < len(before) < 150
    result = ingest(index, [folder], settings=SETTINGS)
    assert result.unchanged == before
    assert len(contents(index)[0]) == 150

"""The commands as a person or a script runs them: in a process of their own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from rag.settings import Settings

ROOT = Path(__file__).parent.parent
COMMANDS = (
    *("ingest", "list", "edit", "remove", "reindex", "doctor", "backup", "restore"),
    *("statements", "people", "search", "ask", "cite", "verify", "evaluate", "compare", "gold"),
    *("models", "serve", "audit", "copy", "keys", "queue", "work"),
)


def rag(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rag.app.cli", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def as_json(*arguments: object) -> dict[str, Any]:
    process = rag(*arguments, "--json")
    assert process.returncode in (0, 3), process.stderr
    value = json.loads(process.stdout)
    assert isinstance(value, dict)
    return value


def one_line_error(process: subprocess.CompletedProcess[str]) -> str:
    assert process.returncode == 1
    assert process.stdout == ""
    assert "Traceback" not in process.stderr
    (line,) = process.stderr.strip().splitlines()
    return line


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "vote.txt").write_text(
        "The vote\n\nObservers called the vote in Tbilisi calm. There were 14 complaints in all."
    )
    (folder / "empty.txt").write_bytes(b"")
    return folder


def test_from_a_folder_to_an_answer(reports: Path, tmp_path: Path) -> None:
    index = ("--index", tmp_path / "index")
    process = rag("ingest", reports, *index, "--json")
    assert process.returncode == 3
    result = json.loads(process.stdout)
    assert result.keys() >= {
        *("added", "updated", "unchanged", "removed", "failed", "documents", "passages", "seconds")
    }
    assert (result["added"], result["documents"], result["passages"]) == (1, 1, 1)
    assert [failure["source"] for failure in result["failed"]] == ["empty.txt"]

    (document,) = as_json("list", *index)["documents"]
    assert (document["source"], document["title"]) == ("vote.txt", "The vote")

    (hit,) = as_json("search", "complaints", "-k", 3, *index)["hits"]
    assert hit["document_id"] == document["id"]
    assert hit["text"].endswith("There were 14 complaints in all.")

    answer = as_json("ask", "How many complaints were there?", *index)
    assert answer.keys() == {
        *("question", "query", "answer", "abstained", "reason", "statements", "citations"),
        *("hits", "confidence", "timings_ms", "kind", "notes", "model", "invented", "judged"),
        *("documents", "suggestions", "listing"),
    }
    first = answer["citations"][0]
    assert first["quote"] == "There were 14 complaints in all."
    start = hit["start"]
    assert hit["text"][first["start"] - start : first["end"] - start] == first["quote"]

    assert as_json("remove", "vote.txt", *index) == {"removed": ["vote.txt"]}
    assert as_json("list", *index)["documents"] == []


def test_people_get_text(reports: Path, tmp_path: Path) -> None:
    index = ("--index", tmp_path / "index")
    process = rag("ingest", reports, *index)
    assert process.returncode == 3
    assert "1 added" in process.stdout
    assert "empty.txt" in process.stderr
    answer = rag("ask", "How many complaints were there?", *index).stdout
    assert "“There were 14 complaints in all.” [1]" in answer
    assert "vote.txt" in rag("list", *index).stdout
    assert "complaints" in rag("search", "complaints", *index).stdout
    assert "1 documents" in rag("reindex", *index).stdout


def test_errors_are_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    missing = tmp_path / "none"
    assert "rag ingest" in one_line_error(rag("ask", "Who?", "--index", missing))
    assert "does not exist" in one_line_error(rag("ingest", missing))
    assert "download" in one_line_error(rag("ingest", "https://example.org/report.pdf"))
    assert "does not exist" in one_line_error(rag("evaluate", missing, "--index", missing))
    assert "RAG_PASSAGE_TOKENS" in one_line_error(
        rag("list", "--index", missing, RAG_PASSAGE_TOKENS="many")
    )
    assert not missing.exists()


def test_wrong_usage_is_exit_code_2(tmp_path: Path) -> None:
    assert rag("ask").returncode == 2
    assert rag("search", "x", "-k", "0", "--index", tmp_path).returncode == 2
    assert rag("fly").returncode == 2


def test_a_history_makes_a_follow_up(sample_settings: Settings, tmp_path: Path) -> None:
    history = tmp_path / "history.json"
    turns = [
        {"role": "user", "content": "How many political prisoners were there in Azerbaijan?"},
        {"role": "assistant", "content": "Estimates ranged from 128 to 156."},
    ]
    history.write_text(json.dumps(turns))
    index = ("--index", sample_settings.index)
    answer = as_json("ask", "Who made these estimates?", "--history", history, *index)
    assert "Azerbaijan" in answer["query"]
    assert answer["hits"][0]["source"] == "azerbaijan-2018-country-report.md"
    history.write_text('{"role": "user"}')
    error = one_line_error(rag("ask", "Who?", "--history", history, *index))
    assert "expected a list" in error


def gold_of(folder: Path, count: int) -> tuple[Path, list[str]]:
    gold = folder / "gold.jsonl"
    lines = (ROOT / "tests" / "gold" / "questions.jsonl").read_text("utf-8").splitlines()[:count]
    gold.write_text("\n".join(lines), "utf-8")
    return gold, lines


def test_evaluate_writes_figures_and_predictions(sample_settings: Settings, tmp_path: Path) -> None:
    gold, lines = gold_of(tmp_path, 6)
    written, page = tmp_path / "predictions.jsonl", tmp_path / "report.html"
    files = ("--predictions", written, "--html", page, "--index", sample_settings.index)
    floors = ("--fail-under", "hit@1=1.01", "--fail-under", "integrity=1.0")
    process = rag("evaluate", gold, *files, *floors, "--json")
    assert process.returncode == 1
    (missed,) = process.stderr.strip().splitlines()
    assert missed.startswith("missed: hit@1 is ")
    figures = json.loads(process.stdout)
    assert figures["questions"] == 6
    assert figures["citation integrity"] == 1.0
    low, high = figures["intervals"]["Hit@1"]
    assert low <= figures["Hit@1"] <= high
    predictions = [json.loads(line) for line in written.read_text("utf-8").splitlines()]
    assert [each["id"] for each in predictions] == [json.loads(line)["id"] for line in lines]
    assert all({"statements", "citations", "hits"} <= each.keys() for each in predictions)
    assert page.read_text("utf-8").startswith("<!doctype html>")
    kept = tmp_path / "run.json"
    kept.write_text(process.stdout, "utf-8")
    compared = as_json("compare", kept, kept)
    assert (compared["questions"], compared["gained"], compared["lost"]) == (6, [], [])
    assert "is not JSON" in one_line_error(rag("compare", kept, gold))


def test_an_interrupted_evaluation_keeps_what_is_finished(
    sample_settings: Settings, tmp_path: Path
) -> None:
    gold, _ = gold_of(tmp_path, 100)
    written = tmp_path / "predictions.jsonl"
    arguments = ("evaluate", gold, "--index", sample_settings.index, "--predictions", written)
    process = subprocess.Popen(
        [sys.executable, "-m", "rag.app.cli", *map(str, arguments), "--json"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while process.poll() is None and not (written.exists() and written.stat().st_size):
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 130, err
    assert "interrupted" in err
    assert "Traceback" not in err
    figures = json.loads(out)
    lines = written.read_text("utf-8").splitlines()
    assert 1 <= len(lines) == figures["questions"] < 100
    assert figures["run"]["complete"] is False


def test_gold_check_names_faults_by_line(sample_settings: Settings, tmp_path: Path) -> None:
    gold, lines = gold_of(tmp_path, 3)
    index = ("--index", sample_settings.index)
    assert "3 questions, all sound" in rag("gold", "check", gold, *index).stdout
    gold.write_text("\n".join([*lines, lines[1]]), "utf-8")
    process = rag("gold", "check", gold, *index)
    assert process.returncode == 3
    assert "gold.jsonl:4" in process.stderr
    assert rag("evaluate", gold, "--fail-under", "hits=1", *index).returncode == 2


def test_the_help_lists_every_command() -> None:
    listed = re.findall(r"│ ([a-z]+) +[A-Z]", rag("--help").stdout)
    assert sorted(listed) == sorted(COMMANDS)

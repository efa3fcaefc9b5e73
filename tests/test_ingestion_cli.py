"""``rag ingest``, ``rag edit`` and ``rag list`` as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import damaged
import pytest
from ingestion_support import PRESS, PRISONS
from typer.testing import CliRunner, Result

from rag.app.cli import app
from rag.app.cli.terminal import remaining


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, with reports; the index goes beside them."""
    monkeypatch.chdir(tmp_path)
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / "press.txt").write_text(PRESS, "utf-8")
    (reports / "year.zip").write_bytes(damaged.packed({"prisons.txt": PRISONS.encode()}))
    return tmp_path


def rag(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_ingest_prints_the_object_that_scripts_rely_on(folder: Path) -> None:
    (folder / "reports" / "empty.txt").write_bytes(b"")
    result = rag("ingest", "reports", "--json")
    assert result.exit_code == 3
    told = json.loads(result.stdout)
    assert told.pop("seconds") > 0
    assert told == {
        "added": 2,
        "updated": 0,
        "unchanged": 0,
        "removed": 0,
        "cancelled": 0,
        "failed": [{"source": "empty.txt", "error": "the file is empty; remove it or replace it"}],
        "warnings": [],
        "duplicates": [],
        "documents": 2,
        "passages": 2,
    }


def test_edit_corrects_and_takes_back(folder: Path) -> None:
    (folder / "reports" / "metadata.csv").write_text("file,country\npress.txt,Kenya\n", "utf-8")
    rag("ingest", "reports")

    def edit(*arguments: str) -> dict[str, object]:
        result = rag("edit", "press.txt", *arguments, "--json")
        assert result.exit_code == 0, result.output
        told = json.loads(result.stdout)
        return {name: told[name] for name in ("title", "date", "country", "edited")}

    assert edit("title=Closed", "date=13 March 2019", "country=") == {
        "title": "Closed",
        "date": "2019-03-13",
        "country": None,
        "edited": ["country", "date", "title"],
    }
    assert edit("--reset", "country", "--reset", "title")["country"] == "Kenya"
    # What was corrected outlives a new version of the file.
    (folder / "reports" / "press.txt").write_text(f"{PRESS} A third was warned.", "utf-8")
    rag("ingest", "reports")
    (document,) = json.loads(rag("list", "--where", "country=Kenya", "--json").stdout)["documents"]
    assert (document["title"], document["date"]) == ("The press", "2019-03-13")


@pytest.mark.parametrize(
    ("arguments", "exit_code"), [((), 2), (("title",), 2), (("=x",), 2), (("title=x",), 1)]
)
@pytest.mark.usefixtures("folder")
def test_edits_that_say_nothing_are_wrong_usage(arguments: tuple[str, ...], exit_code: int) -> None:
    rag("ingest", "reports")
    assert rag("edit", "nothing.txt", *arguments).exit_code == exit_code
    assert json.loads(rag("list", "--json").stdout)["documents"][0]["edited"] == []


def test_list_shows_what_readers_were_not_content_with(folder: Path) -> None:
    (folder / "reports" / "odd.txt").write_bytes(f"{PRISONS} One \ufffd here.".encode())
    rag("ingest", "reports")
    assert "odd.txt: 1 unreadable characters" in rag("list").stdout


def test_metadata_go_to_a_spreadsheet_and_come_back(folder: Path) -> None:
    assert rag("ingest", "reports").exit_code == 0
    table = folder / "metadata.csv"
    assert rag("list", "--metadata", "metadata.csv").exit_code == 0
    lines = table.read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("file,title,publisher,date,country")
    assert {line.partition(",")[0] for line in lines[1:]} == {"press.txt", "year.zip/prisons.txt"}
    assert rag("list", "--metadata", "metadata.csv").exit_code == 1  # it may have been corrected
    table.write_text("file,country\nyear.zip/prisons.txt,Georgia\n", "utf-8")
    assert "1 updated" in rag("ingest", "metadata.csv").stdout
    listed = json.loads(rag("list", "--where", "country=Georgia", "--json").stdout)
    assert [each["source"] for each in listed["documents"]] == ["year.zip/prisons.txt"]


@pytest.mark.usefixtures("folder")
def test_remove_takes_a_whole_archive() -> None:
    rag("ingest", "reports")
    result = rag("remove", "year.zip", "--json")
    assert json.loads(result.stdout) == {"removed": ["year.zip/prisons.txt"]}


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        *((None, ""), (0.0, "5 s left"), (42.0, "40 s left"), (200.0, "3 min left")),
        (9000.0, "2.5 h left"),
    ],
)
def test_the_time_left_is_told_as_roughly_as_it_is_known(seconds: float | None, told: str) -> None:
    assert remaining(seconds) == told

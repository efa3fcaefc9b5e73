"""Keys of other programs: made once, kept as hashes, and refused as soon as they are taken away."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rag.app.api.keys import KeyHolder, Keys
from rag.app.cli import app
from rag.errors import SettingsError
from rag.settings import load_settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys.txt"


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def test_a_key_tells_whose_it_is_and_is_kept_nowhere(file: Path) -> None:
    keys = Keys(file)
    read, edit = keys.add("archive-desk"), keys.add("importer", "editor")
    assert keys.identify(bearer(read)) == KeyHolder("archive-desk", "reader")
    assert keys.identify({"Authorization": f"bearer  {edit} "}) == KeyHolder("importer", "editor")
    kept = file.read_text("utf-8")
    assert read not in kept
    assert edit not in kept
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "given",
    [
        {},
        bearer(""),
        bearer("fn-" + "A" * 43),
        bearer("x" * 100_000),
        bearer("é\ud800"),
        {"authorization": "Basic {key}"},
        {"authorization": "{key}"},
        {"x-api-key": "{key}"},
        {"authorization": "Bearer {key}", "Authorization": "Bearer {key}"},
        {"authorization": "Bearer {digest}"},
    ],
)
def test_nothing_else_is_a_key(file: Path, given: dict[str, str]) -> None:
    keys = Keys(file)
    key = keys.add("archive")
    digest = file.read_text("utf-8").split()[-1]
    filled = {
        name: value.replace("{key}", key).replace("{digest}", digest)
        for name, value in given.items()
    }
    assert keys.identify(filled) is None


def test_a_key_that_was_taken_away_is_refused_at_once(file: Path) -> None:
    serving, other = Keys(file), Keys(file)
    key = other.add("archive")
    assert serving.identify(bearer(key)) is not None
    other.remove("archive")
    assert serving.identify(bearer(key)) is None
    file.unlink()
    assert serving.identify(bearer(key)) is None
    with pytest.raises(SettingsError, match="has no key"):
        other.remove("archive")


def test_a_name_has_one_key(file: Path) -> None:
    keys = Keys(file)
    keys.add("archive")
    with pytest.raises(SettingsError, match="has a key already"):
        keys.add("archive", "editor")
    for name in ("", "two words", "#", "line\nbreak", "x" * 65):
        with pytest.raises(SettingsError, match="cannot be the name"):
            keys.add(name)
    assert keys.holders() == (KeyHolder("archive", "reader"),)


@pytest.mark.parametrize("line", ["archive", "archive owner " + "0" * 64, "archive reader 123"])
def test_a_file_with_a_line_that_is_no_key_lets_nobody_in(file: Path, line: str) -> None:
    keys = Keys(file)
    key = keys.add("desk")
    with file.open("a", encoding="utf-8") as written:
        written.write(f"\n{line}\n")
    with pytest.raises(SettingsError, match="line 4 of the file of keys"):
        keys.identify(bearer(key))


def test_keys_from_the_command_line(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = CliRunner()
    unset = run.invoke(app, ["keys", "list"])
    assert "RAG_API_KEYS" in str(unset.exception)
    monkeypatch.setitem(os.environ, "RAG_API_KEYS", str(file))
    key = json.loads(
        run.invoke(app, ["keys", "add", "importer", "--role", "editor", "--json"]).stdout
    )
    printed = run.invoke(app, ["keys", "add", "desk"])
    assert "shown only now" in printed.output
    assert json.loads(run.invoke(app, ["keys", "list", "--json"]).stdout)["keys"] == [
        {"name": "importer", "role": "editor"},
        {"name": "desk", "role": "reader"},
    ]
    found = Keys.of(load_settings())
    assert found is not None
    assert found.identify(bearer(key["key"])) == KeyHolder("importer", "editor")
    assert found.identify(bearer(printed.stdout.split()[-1])) == KeyHolder("desk", "reader")
    assert run.invoke(app, ["keys", "remove", "importer"]).exit_code == 0
    assert found.identify(bearer(key["key"])) is None

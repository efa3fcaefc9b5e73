"""A backup holds everything, restores without embedding, and a damaged one changes nothing."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from storage_support import (
    PRISONS,
    add,
    assert_agreement,
    document_of,
    numbered,
    open_cheaply,
    samples,
    state,
)
from typer.testing import CliRunner

from rag.app.cli import app
from rag.errors import BackupProblem, IndexBusy, IndexMismatch
from rag.store import Index
from rag.store.files import digest
from rag.store.maintenance.backup import backup, restore

UPLOAD = document_of("upload.txt", f"Uploaded: {PRISONS}", title="Upload")


@pytest.fixture(autouse=True)
def _no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.store.folder.rebuild._GRACE_SECONDS", 0.0)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    opened = open_cheaply(tmp_path / "index")
    add(opened, *samples(), UPLOAD, originals={"upload.txt": UPLOAD.text.encode()})
    with opened.writing() as writer:
        writer.edit(UPLOAD.id, {"country": "Chad"})
    yield opened
    opened.close()


@pytest.fixture
def file(index: Index, tmp_path: Path) -> Path:
    path = tmp_path / "backup.zip"
    backup(index, path)
    return path


def files(folder: Path) -> dict[str, bytes]:
    """All files of a folder but locks and logs, which come and go with reading."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("lock", "-wal", "-shm"))
    }


def test_a_backup_restores_to_the_same_index(index: Index, file: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    restored = restore(
        file, tmp_path / "other", on_progress=lambda done, total: seen.append((done, total))
    )
    assert (restored.documents, seen[-1]) == (4, (4, 4))
    other = open_cheaply(tmp_path / "other")
    assert state(other) == state(index)
    assert other.documents() == index.documents()
    assert other.original(UPLOAD.id) == UPLOAD.text.encode()
    ours, theirs = (next(each.all_vectors()) for each in (index, other))
    assert all(np.array_equal(ours[each], theirs[each]) for each in ours)
    assert other.words("newspapers", count=1) == index.words("newspapers", count=1)
    assert_agreement(other)
    add(other, numbered(1))
    other.close()


def test_an_empty_index_is_backed_up_too(tmp_path: Path) -> None:
    empty = open_cheaply(tmp_path / "empty")
    backup(empty, tmp_path / "empty.zip")
    restore(tmp_path / "empty.zip", tmp_path / "other")
    other = open_cheaply(tmp_path / "other")
    assert other.documents() == ()
    assert_agreement(other)
    empty.close()
    other.close()


def test_the_vectors_can_be_read_by_anyone(index: Index, file: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        catalog = archive.extract("catalog.sqlite", tmp_path)
    with closing(sqlite3.connect(catalog)) as connection:
        rows = connection.execute("SELECT passage_id, vector FROM vectors").fetchall()
    assert len(rows) == index.counts()[1]
    passage_id, vector = rows[2][0], np.frombuffer(rows[2][1], "<f4")
    assert dict(index.vectors.nearest(vector, count=1)) == {passage_id: pytest.approx(1)}


def test_nothing_is_overwritten_unasked(index: Index, file: Path, tmp_path: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(BackupProblem, match="--force"):
        backup(index, file)
    assert file.read_bytes() == before
    backup(index, file, force=True)
    with pytest.raises(BackupProblem, match="does not exist"):
        backup(index, tmp_path / "none" / "backup.zip")
    with pytest.raises(BackupProblem, match="--force"):
        restore(file, index.folder)
    assert [path.name for path in tmp_path.glob(".*")] == []
    assert_agreement(index)


def test_a_backup_replaces_an_index_and_readers_notice(index: Index, file: Path) -> None:
    before = state(index)
    add(index, numbered(1), originals={"0001.txt": numbered(1).text.encode()})
    with index.writing() as writer:
        writer.remove(["upload.txt"])
    restore(file, index.folder, force=True)
    assert state(index) == before
    assert index.original(UPLOAD.id) == UPLOAD.text.encode()
    assert not index.originals.path(numbered(1).id).exists()
    assert_agreement(index)


def test_a_backup_repairs_an_index_that_cannot_be_opened(index: Index, file: Path) -> None:
    before = state(index)
    index.close()
    (index.folder / "generations" / "1" / "catalog.sqlite").write_bytes(b"\xff" * 5000)
    restore(file, index.folder, force=True)
    again = open_cheaply(index.folder)
    assert state(again) == before
    assert_agreement(again)
    again.close()


def test_a_writer_is_waited_for(index: Index, file: Path, tmp_path: Path) -> None:
    with index.writing():
        with pytest.raises(IndexBusy, match="wait"):
            backup(index, tmp_path / "second.zip")
        with pytest.raises(IndexBusy, match="wait"):
            restore(file, index.folder, force=True)


def test_a_backup_of_another_model_restores_as_it_is(index: Index, tmp_path: Path) -> None:
    index.catalog.record_settings({"embedding model": "other-model"})
    backup(index, tmp_path / "other.zip")
    restored = restore(tmp_path / "other.zip", tmp_path / "other")
    assert restored.settings["embedding model"] == "other-model"
    with pytest.raises(IndexMismatch, match="rag reindex"):
        open_cheaply(tmp_path / "other")


def test_an_index_that_is_not_sound_is_not_backed_up(index: Index, tmp_path: Path) -> None:
    index.originals.path(UPLOAD.id).write_bytes(b"damaged")
    with pytest.raises(BackupProblem, match=r"upload\.txt .*rag doctor --repair"):
        backup(index, tmp_path / "backup.zip")
    assert not (tmp_path / "backup.zip").exists()
    assert [path.name for path in tmp_path.glob(".*")] == []


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_backup_changes_nothing(
    index: Index, file: Path, tmp_path: Path, seed: int
) -> None:
    """Bytes changed or cut off anywhere: an error of one line, or the same index after all."""
    before, told = state(index), files(index.folder)
    rng = random.Random(seed)
    content = bytearray(file.read_bytes())
    if seed % 3 == 0:
        del content[rng.randrange(len(content)) :]
    else:
        at = rng.randrange(len(content))
        content[at : at + 8] = rng.randbytes(8)
    broken = tmp_path / "broken.zip"
    broken.write_bytes(content)
    refused = ""
    try:
        restore(broken, index.folder, force=True)
    except BackupProblem as error:
        refused = str(error)
    assert "\n" not in refused
    assert not refused or files(index.folder) == told
    assert state(index) == before
    assert_agreement(index)


Change = Callable[[dict[str, bytes], dict[str, Any]], None]


def rewrite(file: Path, target: Path, change: Change) -> None:
    """A backup that somebody made up: parts and manifest changed, the hashes as they should be."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(parts.pop("manifest.json"))
    change(parts, manifest)
    for name, content in parts.items():
        if name in manifest["parts"]:
            manifest["parts"][name] = {"size": len(content), "sha256": digest(content)}
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        archive.writestr("manifest.json", json.dumps(manifest))


def with_catalog(tmp: Path, *statements: str) -> Change:
    def change(parts: dict[str, bytes], _: dict[str, Any]) -> None:
        path = tmp / "made-up.sqlite"
        path.write_bytes(parts["catalog.sqlite"])
        with closing(sqlite3.connect(path)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()
        parts["catalog.sqlite"] = path.read_bytes()

    return change


def add_part(name: str) -> Change:
    def change(parts: dict[str, bytes], manifest: dict[str, Any]) -> None:
        parts[name] = b"evil"
        manifest["parts"][name] = {}

    return change


def other_format(_: dict[str, bytes], manifest: dict[str, Any]) -> None:
    manifest["format"] = 99


def unlisted_part(parts: dict[str, bytes], _: dict[str, Any]) -> None:
    parts["more"] = b"x"


def no_catalog(parts: dict[str, bytes], manifest: dict[str, Any]) -> None:
    del parts["catalog.sqlite"], manifest["parts"]["catalog.sqlite"]


def pickled_catalog(parts: dict[str, bytes], _: dict[str, Any]) -> None:
    parts["catalog.sqlite"] = b"\x80\x04\x95 a pickle"


@pytest.mark.parametrize(
    "change",
    [
        *(add_part(name) for name in ("../evil", "/evil", "originals/../../evil", "originals/a b")),
        *(other_format, unlisted_part, no_catalog, pickled_catalog),
        add_part("originals/0123456789abcdef"),
        "CREATE TRIGGER t AFTER INSERT ON sources BEGIN DELETE FROM documents; END",
        "CREATE VIEW v AS SELECT 1",
        "UPDATE passages SET start = -5",
        "DELETE FROM sources",
        "DELETE FROM vectors",
        "UPDATE vectors SET vector = 'no numbers'",
        "PRAGMA user_version = 77",
        "DROP TABLE unfinished",
    ],
)
def test_a_made_up_backup_is_refused(
    index: Index, file: Path, tmp_path: Path, change: Change | str
) -> None:
    told = files(index.folder)
    made_up = tmp_path / "made-up.zip"
    rewrite(file, made_up, with_catalog(tmp_path, change) if isinstance(change, str) else change)
    with pytest.raises(BackupProblem) as refused:
        restore(made_up, index.folder, force=True)
    assert "\n" not in str(refused.value)
    assert files(index.folder) == told
    assert list(tmp_path.rglob("evil")) == []


def test_a_part_that_expands_beyond_its_size_is_refused(
    index: Index, file: Path, tmp_path: Path
) -> None:
    """The list of parts says 10 bytes; there are a hundred million."""
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    for part in manifest["parts"].values():
        part["size"] = 10
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in manifest["parts"]:
            archive.writestr(name, b"\0" * 10_000_000)
        archive.writestr("manifest.json", json.dumps(manifest))
    with pytest.raises(BackupProblem, match="manifest"):
        restore(bomb, index.folder, force=True)


def test_what_is_no_backup_is_named(tmp_path: Path) -> None:
    (tmp_path / "note.zip").write_text("hello")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a.txt", "a")
    for name in ("note.zip", "other.zip", "missing.zip"):
        with pytest.raises(BackupProblem, match=name):
            restore(tmp_path / name, tmp_path / "index")
    assert not (tmp_path / "index").exists()


def test_no_room_is_told_and_changes_nothing(
    index: Index, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = files(index.folder)
    usage = shutil.disk_usage(index.folder)._replace(free=1000)
    monkeypatch.setattr("rag.store.folder.index_versions.shutil.disk_usage", lambda _: usage)
    with pytest.raises(Exception, match="MB are needed"):
        restore(file, index.folder, force=True)
    assert files(index.folder) == told


def test_the_commands(index: Index, tmp_path: Path) -> None:
    index.close()
    folder, target, other = index.folder, tmp_path / "b.zip", tmp_path / "other"
    runner = CliRunner()
    written = runner.invoke(app, ["backup", str(target), "--json", "--index", str(folder)])
    assert json.loads(written.stdout)["documents"] == 4
    assert isinstance(
        runner.invoke(app, ["backup", str(target), "--index", str(folder)]).exception, BackupProblem
    )
    restored = runner.invoke(app, ["restore", str(target), "--json", "--index", str(other)])
    assert json.loads(restored.stdout)["documents"] == 4
    listed = runner.invoke(app, ["list", "--json", "--index", str(other)])
    assert len(json.loads(listed.stdout)["documents"]) == 4

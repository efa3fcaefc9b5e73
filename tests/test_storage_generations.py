"""Building anew while others read, switching, and indexes that cannot be opened."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from storage_support import (
    PRISONS,
    CheapEmbedding,
    add,
    assert_agreement,
    document_of,
    numbered,
    open_cheaply,
    samples,
    state,
)

from rag.errors import IndexMismatch, IndexMissing, IndexProblem
from rag.settings import load_settings
from rag.store import Index
from rag.store.folder.index_versions import Layout


@pytest.fixture(autouse=True)
def _no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Readers of other processes are not what is waited for here."""
    monkeypatch.setattr("rag.store.folder.rebuild._GRACE_SECONDS", 0.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


def rebuild(index: Index) -> None:
    with index.writing() as writer:
        for _ in writer.rebuild():
            pass


def generations(folder: Path) -> list[int]:
    return Layout(folder).numbers()


def test_a_rebuilt_index_is_the_same_and_readers_notice(folder: Path) -> None:
    index, reader = open_cheaply(folder), open_cheaply(folder)
    upload = document_of("upload.txt", PRISONS)
    add(index, *samples(), upload, originals={"upload.txt": PRISONS.encode()})
    with index.writing() as writer:
        writer.edit(upload.id, {"title": "By hand", "country": "Chad"})
    before = state(index)
    rebuild(index)
    assert generations(folder) == [2]
    for each in (index, reader):
        assert state(each) == before
        assert each.original(upload.id) == PRISONS.encode()
        assert each.words("newspapers", count=1)
        assert_agreement(each)
    add(reader, numbered(1))
    assert index.counts()[0] == 5
    index.close()
    reader.close()


def test_the_old_one_serves_until_the_new_one_is_complete(folder: Path) -> None:
    index, reader = open_cheaply(folder), open_cheaply(folder)
    add(index, *(numbered(each) for each in range(600)))
    before = state(index)
    with index.writing() as writer:
        building = writer.rebuild()
        next(building)
        assert generations(folder) == [1, 2]
        assert state(reader) == before
        assert reader.words("report", count=1)
        building.close()  # type: ignore[attr-defined]  # what an interruption does
    assert generations(folder) == [1]
    assert state(reader) == before
    assert_agreement(index)
    index.close()
    reader.close()


def test_a_half_built_generation_is_removed_by_the_next_writer(folder: Path) -> None:
    index = open_cheaply(folder)
    add(index, *samples())
    shutil.copytree(folder / "generations" / "1", folder / "generations" / "2")
    (folder / "generations" / "2" / "complete").unlink()
    before = state(index)
    with index.writing():
        pass
    assert generations(folder) == [1]
    assert state(index) == before
    index.close()


def test_searches_go_on_while_the_index_is_switched(folder: Path) -> None:
    index, reader = open_cheaply(folder), open_cheaply(folder)
    add(index, *(numbered(each) for each in range(100)))
    vector = CheapEmbedding().embed_passages(["x"])[0]
    stop, failures, searches = threading.Event(), [], [0]

    def search() -> None:
        while not stop.is_set():
            try:
                found = reader.dense(vector, count=5)
                assert len(reader.passages([each for each, _ in found])) == 5
                assert reader.words("report", count=5)
                searches[0] += 1
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        with index.writing() as writer:
            # Nothing of the old generation is removed while a search may be on it.
            pytest.MonkeyPatch().setattr("rag.store.folder.rebuild._GRACE_SECONDS", 0.5)
            for _ in writer.rebuild():
                pass
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert searches[0] > 3
    index.close()
    reader.close()


def test_a_reader_whose_settings_no_longer_fit_says_so(folder: Path) -> None:
    index = open_cheaply(folder)
    add(index, *samples())
    smaller = Index.open(load_settings(index=folder, passage_tokens=40), rebuild=True)
    smaller.embedding = CheapEmbedding()
    rebuild(smaller)
    assert_agreement(smaller)
    with pytest.raises(IndexMismatch, match="rag reindex"):
        index.documents()
    with pytest.raises(IndexMismatch, match="passage tokens 40"):
        open_cheaply(folder)
    index.close()
    smaller.close()


def test_a_pointer_that_is_lost_is_found_again(folder: Path) -> None:
    index = open_cheaply(folder)
    add(index, *samples())
    before = state(index)
    index.close()
    (folder / "current").write_text("{", "utf-8")
    with pytest.raises(IndexProblem, match="rag doctor --repair"):
        Index.open(load_settings(index=folder))
    again = open_cheaply(folder)
    assert state(again) == before
    again.close()


def test_an_index_that_is_missing_is_not_made_unasked(folder: Path) -> None:
    with pytest.raises(IndexMissing, match="rag ingest"):
        Index.open(load_settings(index=folder))
    assert not folder.exists()


def test_no_room_for_a_second_generation_is_told_before(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = open_cheaply(folder)
    add(index, *samples())
    usage = shutil.disk_usage(folder)._replace(free=1000)
    monkeypatch.setattr("rag.store.folder.index_versions.shutil.disk_usage", lambda _: usage)
    with pytest.raises(IndexProblem, match="MB are needed"):
        rebuild(index)
    assert generations(folder) == [1]
    index.close()


def test_an_index_with_other_tables_is_not_touched(folder: Path) -> None:
    open_cheaply(folder).close()
    with sqlite3.connect(folder / "generations" / "1" / "catalog.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(IndexMismatch, match="rag ingest PATH --index"):
        Index.open(load_settings(index=folder))


def test_the_storage_opens_without_loading_the_model(folder: Path) -> None:
    open_cheaply(folder).close()
    script = (
        "import sys; from pathlib import Path; from rag.settings import load_settings\n"
        "from rag.store import Index\n"
        f"Index.open(load_settings(index=Path({str(folder)!r}))).documents()\n"
        "assert 'torch' not in sys.modules and 'sentence_transformers' not in sys.modules"
    )
    root = Path(__file__).parent.parent
    subprocess.run([sys.executable, "-c", script], cwd=root, check=True)


def test_vectors_in_the_catalog_are_exact(folder: Path) -> None:
    index = open_cheaply(folder)
    (document, *_) = samples()
    add(index, document)
    (stored,) = index.all_vectors()
    passages = {each.id: each for each in index.passages_of(document.id)}
    texts = [f"Cells\n{passages[each].text}" for each in stored]
    assert np.array_equal(np.stack(list(stored.values())), CheapEmbedding().embed_passages(texts))
    index.close()

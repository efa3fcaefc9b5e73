from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from reportlab.pdfgen.canvas import Canvas

from rag.embedding import SentenceEmbedding
from rag.errors import IndexBusy, IndexMismatch, IndexMissing, SourceNotFound
from rag.ingestion import Progress, ingest, remove
from rag.retrieval import Query, retrieve
from rag.schema import Condition
from rag.settings import load_settings
from rag.storage import Index
from rag.storage.lexical import LexicalEntry

OpenIndex = Callable[..., Index]

PRISONS = "Prison conditions\n\nInspectors said that cells in Baku were overcrowded and cold."
PRESS = "The press\n\nTwo newspapers in Addis Ababa were closed, and a radio station was fined."
ELECTIONS = "Elections\n\nObservers called the vote in Tbilisi calm, with few complaints."


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    (folder / "2018").mkdir(parents=True)
    (folder / "prisons.txt").write_text(PRISONS, "utf-8")
    (folder / "2018" / "press.txt").write_text(PRESS, "utf-8")
    return folder


def contents(index: Index) -> tuple[list[str], set[str], set[str]]:
    """Sources, and the passage ids of both derived stores, which must agree with the catalog."""
    known = {
        passage.id
        for document in index.documents()
        for passage in index.catalog.passages_of(document.id)
    }
    assert index.vectors.passage_ids() == known
    assert index.lexical.passage_ids() == known
    assert index.catalog.unfinished() == {}
    return [document.source for document in index.documents()], known, known


def found(index: Index, query: str) -> list[str]:
    return [hit.source for hit in retrieve(index, Query(((query, 1.0),)))]


def test_ingesting_twice_changes_nothing(open_index: OpenIndex, reports: Path) -> None:
    index = open_index()
    first = ingest(index, [reports])
    assert first.added == ["2018/press.txt", "prisons.txt"]
    before = contents(index)
    second = ingest(index, [reports])
    assert (second.added, second.updated, second.failed) == ([], [], [])
    assert second.unchanged == first.added
    assert contents(index) == before


def test_two_fresh_indexes_have_the_same_ids(open_index: OpenIndex, reports: Path) -> None:
    one, two = open_index("one"), open_index("two")
    ingest(one, [reports])
    ingest(two, [reports / "2018" / "press.txt"])
    ingest(two, [reports])
    assert contents(one)[1] == contents(two)[1]


def test_a_changed_file_is_updated_and_its_old_text_is_gone(
    open_index: OpenIndex, reports: Path
) -> None:
    index = open_index()
    ingest(index, [reports])
    (reports / "prisons.txt").write_text(ELECTIONS, "utf-8")
    assert ingest(index, [reports]).updated == ["prisons.txt"]
    assert len(contents(index)[0]) == 2
    assert not any("Baku" in hit.passage.text for hit in retrieve(index, Query((("Baku", 1.0),))))
    assert found(index, "vote in Tbilisi")[0] == "prisons.txt"


def test_changed_metadata_update_the_document_without_a_new_id(
    open_index: OpenIndex, reports: Path
) -> None:
    index = open_index()
    ingest(index, [reports])
    before = contents(index)
    table = "file,title,country,date,session\nprisons.txt,Cells,Azerbaijan,2018-05,73\n"
    (reports / "metadata.csv").write_text(table, "utf-8")
    assert ingest(index, [reports]).updated == ["prisons.txt"]
    assert contents(index) == before
    (document,) = index.documents([Condition("country", "=", "azerbaijan")])
    assert (document.metadata.title, document.metadata.year) == ("Cells", 2018)
    assert [d.id for d in index.documents([Condition("session", "=", "73")])] == [document.id]
    assert index.documents([Condition("year", ">", "2018")]) == ()


def test_sync_removes_what_is_gone_and_nothing_else(
    open_index: OpenIndex, reports: Path, tmp_path: Path
) -> None:
    index = open_index()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "vote.txt").write_text(ELECTIONS, "utf-8")
    ingest(index, [reports, elsewhere])
    (reports / "prisons.txt").unlink()
    assert ingest(index, [reports]).removed == []
    assert ingest(index, [reports], sync=True).removed == ["prisons.txt"]
    assert contents(index)[0] == ["2018/press.txt", "vote.txt"]


def test_two_folders_with_the_same_file_name_are_two_documents(
    open_index: OpenIndex, tmp_path: Path
) -> None:
    index = open_index()
    for year, text in (("2018", PRESS), ("2019", PRISONS)):
        (tmp_path / year).mkdir()
        (tmp_path / year / "report.txt").write_text(text, "utf-8")
        ingest(index, [tmp_path / year])
    assert contents(index)[0] == ["2019/report.txt", "report.txt"]
    again = ingest(index, [tmp_path / "2018", tmp_path / "2019"])
    assert (again.added, again.updated) == ([], [])


def test_the_same_file_twice_is_one_document_and_is_said(
    open_index: OpenIndex, reports: Path
) -> None:
    index = open_index()
    (reports / "twin.txt").write_text(PRISONS, "utf-8")
    result = ingest(index, [reports])
    assert result.duplicates == {"twin.txt": "prisons.txt"}
    assert index.catalog.counts()[0] == 2
    remove(index, ["prisons.txt"])
    assert contents(index)[0] == ["2018/press.txt", "twin.txt"]
    assert ingest(index, [reports]).duplicates == {"prisons.txt": "twin.txt"}


def test_remove_by_source_by_folder_and_by_id(open_index: OpenIndex, reports: Path) -> None:
    index = open_index()
    ingest(index, [reports])
    assert remove(index, ["2018"]) == ["2018/press.txt"]
    (left,) = index.documents()
    with pytest.raises(SourceNotFound, match="rag list"):
        remove(index, [left.id, "nothing.txt"])
    assert remove(index, [left.id]) == ["prisons.txt"]
    assert contents(index)[0] == []
    assert found(index, "prison") == []


def damaged_files(folder: Path) -> dict[str, str]:
    """Files that cannot be read, with a word of the reason that is expected for each."""
    canvas = Canvas(str(folder / "whole.pdf"), invariant=1)
    canvas.drawString(72, 720, "A sentence in a PDF.")
    canvas.save()
    whole = (folder / "whole.pdf").read_bytes()
    (folder / "truncated.pdf").write_bytes(whole[: len(whole) // 2])
    locked = Canvas(str(folder / "locked.pdf"), invariant=1, encrypt="secret")
    locked.drawString(72, 720, "Nobody reads this.")
    locked.save()
    (folder / "empty.txt").write_bytes(b"")
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 20)
    (folder / "data.xyz").write_text("what is this?")
    return {
        "truncated.pdf": "truncated",
        "locked.pdf": "password",
        "empty.txt": "empty",
        "binary.txt": "text",
        "data.xyz": "supported",
    }


def test_damaged_files_are_named_and_the_others_go_on(open_index: OpenIndex, reports: Path) -> None:
    index = open_index()
    expected = damaged_files(reports)
    result = ingest(index, [reports])
    reasons = {failure.source: failure.error for failure in result.failed}
    assert reasons.keys() == expected.keys()
    for source, word in expected.items():
        assert word in reasons[source], reasons[source]
        assert "\n" not in reasons[source]
    assert contents(index)[0] == ["2018/press.txt", "prisons.txt", "whole.pdf"]


def test_a_file_that_can_no_longer_be_read_keeps_its_earlier_version(
    open_index: OpenIndex, reports: Path
) -> None:
    index = open_index()
    ingest(index, [reports])
    before = contents(index)
    (reports / "prisons.txt").write_bytes(b"\x00\x01\x02" * 100)
    assert [failure.source for failure in ingest(index, [reports]).failed] == ["prisons.txt"]
    assert contents(index) == before


def test_a_file_above_the_limit_is_refused(open_index: OpenIndex, reports: Path) -> None:
    result = ingest(open_index(), [reports / "prisons.txt"], max_bytes=10)
    assert "RAG_MAX_FILE_MEGABYTES" in result.failed[0].error


def test_progress_ends_with_everything(open_index: OpenIndex, reports: Path) -> None:
    seen: list[Progress] = []
    ingest(open_index(), [reports], on_progress=seen.append)
    assert [each.files for each in seen] == [0, 1, 2]
    assert seen[-1].size == seen[-1].total_size > 0
    assert seen[-1].passages > 0


def test_what_an_interrupted_writer_left_is_cleared_up(
    open_index: OpenIndex, reports: Path
) -> None:
    """Vectors and words of a document that was never published are gone after the next start."""
    index = open_index()
    ingest(index, [reports])
    before = contents(index)
    index.catalog.begin(["half"])
    index.vectors.put(["half.0-5"], ["half"], np.ones((1, 384), np.float32))
    index.lexical.replace(["half"], [LexicalEntry("half.0-5", "half", "A title", "Baku")])
    assert all(source != "half" for source in found(index, "Baku"))
    with index.writing():
        pass
    assert contents(index) == before


@pytest.mark.parametrize("after_ms", [0, 150, 400, 800])
def test_a_killed_ingestion_is_finished_by_the_next(
    open_index: OpenIndex, tmp_path: Path, after_ms: int
) -> None:
    """The process dies with no chance to clean up; the next run comes to the same index."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number:02}.txt").write_text(
            f"Report {number}\n\n{PRESS} {PRISONS} It was report number {number}.", "utf-8"
        )
    script = (
        "import os, sys, threading, time\n"
        "from pathlib import Path\n"
        "from rag.settings import load_settings\n"
        "from rag.storage import Index\n"
        "import rag.ingestion as ingestion\n"
        "ingestion._BATCH_PASSAGES = 4\n"
        "index = Index.open(load_settings(index=Path(sys.argv[1])), create=True)\n"
        "index.embedding.embed_passages(['warm'])\n"
        "threading.Timer(float(sys.argv[3]), lambda: os.kill(os.getpid(), 9)).start()\n"
        "ingestion.ingest(index, [Path(sys.argv[2])])\n"
        "time.sleep(60)\n"
    )
    killed = tmp_path / "killed"
    process = subprocess.run(
        [sys.executable, "-c", script, killed, folder, str(after_ms / 1000)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        capture_output=True,
        check=False,
    )
    assert process.returncode == -9, process.stderr.decode()
    index, undisturbed = open_index("killed"), open_index("undisturbed")
    ingest(index, [folder])
    ingest(undisturbed, [folder])
    assert contents(index) == contents(undisturbed)


def test_a_second_writer_is_told_to_wait(open_index: OpenIndex, reports: Path) -> None:
    index, other = open_index(), open_index()
    with index.writing(), pytest.raises(IndexBusy, match="wait"):
        ingest(other, [reports])
    assert ingest(other, [reports]).failed == []


def test_a_reader_sees_what_another_process_or_thread_added(
    open_index: OpenIndex, reports: Path
) -> None:
    reader, writer = open_index(), open_index()
    ingest(writer, [reports])
    assert found(reader, "newspapers in Addis Ababa")[0] == "2018/press.txt"


def test_other_settings_are_refused_and_reindex_accepts_them(
    open_index: OpenIndex, reports: Path, tmp_path: Path, embedding: SentenceEmbedding
) -> None:
    (reports / "long.txt").write_text("\n\n".join([PRISONS, PRESS, ELECTIONS] * 6), "utf-8")
    index = open_index()
    ingest(index, [reports])
    before = len(contents(index)[1])
    index.close()
    smaller = load_settings(index=tmp_path / "index", passage_tokens=40)
    with pytest.raises(IndexMismatch, match="rag reindex"):
        Index.open(smaller)
    rebuilt = Index.open(smaller, rebuild=True)
    rebuilt.embedding = embedding
    with rebuilt.writing() as writer:
        assert len(list(writer.rebuild())) == 3
    assert len(contents(rebuilt)[1]) > before
    rebuilt.close()
    Index.open(smaller).close()


def test_an_index_that_is_missing_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="rag ingest"):
        Index.open(load_settings(index=tmp_path / "none"))


def test_a_path_that_is_missing_stops_before_anything_is_done(
    open_index: OpenIndex, reports: Path
) -> None:
    index = open_index()
    with pytest.raises(SourceNotFound, match="does not exist"):
        ingest(index, [reports, reports / "nothing"])
    assert contents(index)[0] == []


def test_names_that_are_data_stay_data(open_index: OpenIndex, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    names = ["line\nbreak.txt", "quote'\"; DROP TABLE documents;.txt", "<b>.txt", "ünïcode.txt"]
    for number, name in enumerate(names):
        (folder / name).write_text(f"{PRESS} Number {number}.", "utf-8")
    index = open_index()
    ingest(index, [folder])
    assert sorted(contents(index)[0]) == sorted(names)
    remove(index, [names[0]])
    assert len(contents(index)[0]) == 3


def test_hidden_files_are_left_alone(open_index: OpenIndex, reports: Path) -> None:
    (reports / ".git").mkdir()
    (reports / ".git" / "note.txt").write_text("hidden")
    (reports / ".DS_Store").write_bytes(b"\x00\x01")
    assert ingest(open_index(), [reports]).failed == []

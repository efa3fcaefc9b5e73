from __future__ import annotations

import hashlib
import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from ingestion_support import ELECTIONS, PRESS, PRISONS, SETTINGS, contents, countries, found, hits
from reportlab.pdfgen.canvas import Canvas
from storage_support import document_of, entry_of

from rag.errors import (
    IndexBusy,
    IndexMismatch,
    IndexMissing,
    LimitExceeded,
    ReadingError,
    SourceNotFound,
)
from rag.ingest.pipeline import ingest, remove
from rag.ingest.records import FileReport, Progress
from rag.ingest.snapshot import read_file
from rag.models.embedding import SentenceEmbedding
from rag.schema import Condition
from rag.settings import load_settings
from rag.store import Index
from rag.store.terms import LexicalEntry

OpenIndex = Callable[..., Index]


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    (folder / "2018").mkdir(parents=True)
    (folder / "prisons.txt").write_text(PRISONS, "utf-8")
    (folder / "2018" / "press.txt").write_text(PRESS, "utf-8")
    return folder


def test_ingesting_twice_changes_nothing(open_index: OpenIndex, reports: Path) -> None:
    index = open_index()
    first = ingest(index, [reports], settings=SETTINGS)
    assert first.added == ["2018/press.txt", "prisons.txt"]
    before = contents(index)
    second = ingest(index, [reports], settings=SETTINGS)
    assert (second.added, second.updated, second.failed) == ([], [], [])
    assert second.unchanged == first.added
    assert contents(index) == before


def test_two_fresh_indexes_have_the_same_ids(open_index: OpenIndex, reports: Path) -> None:
    one, two = open_index("one"), open_index("two")
    ingest(one, [reports], settings=SETTINGS)
    ingest(two, [reports / "2018" / "press.txt"], settings=SETTINGS)
    ingest(two, [reports], settings=SETTINGS)
    assert contents(one)[1] == contents(two)[1]


def test_a_document_of_an_older_index_gets_an_id_of_128_bits(
    open_index: OpenIndex, reports: Path
) -> None:
    file, index = reports / "prisons.txt", open_index()
    with index.writing() as writer:
        older = document_of(file.name, file.read_text("utf-8"))
        assert len(older.id) == 20
        writer.add([entry_of(writer, older, origin=str(file.resolve()))])
    assert ingest(index, [file], settings=SETTINGS).updated == [file.name]
    (found,) = index.documents()
    assert found.id == hashlib.sha256(file.read_bytes()).hexdigest()[:32]


def test_a_changed_file_is_updated_and_its_old_text_is_gone(
    open_index: OpenIndex, reports: Path
) -> None:
    index = open_index()
    ingest(index, [reports], settings=SETTINGS)
    (reports / "prisons.txt").write_text(ELECTIONS, "utf-8")
    assert ingest(index, [reports], settings=SETTINGS).updated == ["prisons.txt"]
    assert len(contents(index)[0]) == 2
    assert not any("Baku" in hit.passage.text for hit in hits(index, "Baku"))
    assert found(index, "vote in Tbilisi")[0] == "prisons.txt"


def test_changed_metadata_update_the_document_without_a_new_id(
    open_index: OpenIndex, reports: Path
) -> None:
    index = open_index()
    ingest(index, [reports], settings=SETTINGS)
    before = contents(index)
    table = "file,title,country,date,session\nprisons.txt,Cells,Azerbaijan,2018-05,73\n"
    (reports / "metadata.csv").write_text(table, "utf-8")
    assert ingest(index, [reports], settings=SETTINGS).updated == ["prisons.txt"]
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
    ingest(index, [reports, elsewhere], settings=SETTINGS)
    (reports / "prisons.txt").unlink()
    assert ingest(index, [reports], settings=SETTINGS).removed == []
    assert ingest(index, [reports], settings=SETTINGS, sync=True).removed == ["prisons.txt"]
    assert contents(index)[0] == ["2018/press.txt", "vote.txt"]


def test_two_folders_with_the_same_file_name_are_two_documents(
    open_index: OpenIndex, tmp_path: Path
) -> None:
    index = open_index()
    for year, text in (("2018", PRESS), ("2019", PRISONS)):
        (tmp_path / year).mkdir()
        (tmp_path / year / "report.txt").write_text(text, "utf-8")
        ingest(index, [tmp_path / year], settings=SETTINGS)
    assert contents(index)[0] == ["2019/report.txt", "report.txt"]
    again = ingest(index, [tmp_path / "2018", tmp_path / "2019"], settings=SETTINGS)
    assert (again.added, again.updated) == ([], [])


def test_the_same_file_twice_is_one_document_and_is_said(
    open_index: OpenIndex, reports: Path
) -> None:
    index = open_index()
    (reports / "twin.txt").write_text(PRISONS, "utf-8")
    result = ingest(index, [reports], settings=SETTINGS)
    assert result.duplicates == {"twin.txt": "prisons.txt"}
    assert index.counts()[0] == 2
    remove(index, ["prisons.txt"])
    assert contents(index)[0] == ["2018/press.txt", "twin.txt"]
    assert ingest(index, [reports], settings=SETTINGS).duplicates == {"prisons.txt": "twin.txt"}


def test_remove_by_source_by_folder_and_by_id(open_index: OpenIndex, reports: Path) -> None:
    index = open_index()
    ingest(index, [reports], settings=SETTINGS)
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
    result = ingest(index, [reports], settings=SETTINGS)
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
    ingest(index, [reports], settings=SETTINGS)
    before = contents(index)
    (reports / "prisons.txt").write_bytes(b"\x00\x01\x02" * 100)
    assert [failure.source for failure in ingest(index, [reports], settings=SETTINGS).failed] == [
        "prisons.txt"
    ]
    assert contents(index) == before


def test_a_file_above_the_limit_is_refused(open_index: OpenIndex, reports: Path) -> None:
    (reports / "large.txt").write_text("a sentence of it. " * 60_000, "utf-8")
    result = ingest(open_index(), [reports], settings=load_settings(max_file_megabytes=1))
    assert [failure.source for failure in result.failed] == ["large.txt"]
    assert "RAG_MAX_FILE_MEGABYTES" in result.failed[0].error
    assert len(result.added) == 2


def test_a_text_of_more_pages_than_allowed_is_refused(open_index: OpenIndex, reports: Path) -> None:
    (reports / "long.txt").write_text("a sentence of it. " * 600, "utf-8")
    result = ingest(open_index(), [reports], settings=load_settings(max_pages=3))
    assert [failure.source for failure in result.failed] == ["long.txt"]
    assert "RAG_MAX_PAGES" in result.failed[0].error


def test_more_files_than_allowed_stop_before_anything_is_done(
    open_index: OpenIndex, reports: Path
) -> None:
    index = open_index()
    with pytest.raises(LimitExceeded, match="RAG_MAX_FILES"):
        ingest(index, [reports], settings=load_settings(max_files=1))
    assert contents(index)[0] == []


def test_progress_ends_with_everything(open_index: OpenIndex, reports: Path) -> None:
    seen: list[Progress] = []
    ingest(open_index(), [reports], settings=SETTINGS, on_progress=seen.append)
    assert seen[0].total_files == seen[-1].total_files == seen[-1].files == 2
    assert [each.files for each in seen] == sorted(each.files for each in seen)
    assert seen[-1].size == seen[-1].total_size > 0
    assert seen[-1].passages == 2
    assert seen[0].remaining_seconds is None
    assert seen[-1].remaining_seconds == 0


def test_changed_metadata_cost_no_reading_and_leave_the_vectors(
    open_index: OpenIndex, reports: Path
) -> None:
    index = open_index()
    ingest(index, [reports], settings=SETTINGS)
    before = vectors(index)
    (reports / "metadata.csv").write_text("file,country\nprisons.txt,Azerbaijan\n", "utf-8")
    states: list[tuple[str, str]] = []

    def note(report: FileReport) -> None:
        states.append((report.source, report.state))

    result = ingest(index, [reports], settings=SETTINGS, on_file=note)
    assert (result.updated, result.unchanged) == (["prisons.txt"], ["2018/press.txt"])
    assert states == [("2018/press.txt", "unchanged"), ("prisons.txt", "updated")]
    assert vectors(index) == before
    assert countries(index) == {"2018/press.txt": None, "prisons.txt": "Azerbaijan"}
    assert ingest(index, [reports], settings=SETTINGS).updated == []


def test_one_unclear_date_costs_no_other_value(open_index: OpenIndex, reports: Path) -> None:
    table = "file,title,date\nprisons.txt,Cells,03/04/2018\n2018/press.txt,Press,2018-05\n"
    (reports / "metadata.csv").write_text(table, "utf-8")
    index = open_index()
    result = ingest(index, [reports], settings=SETTINGS)
    assert [(each.source, each.error[:6]) for each in result.warnings] == [
        ("metadata.csv", "line 2")
    ]
    assert result.failed == []
    assert {
        each.source: (each.metadata.title, each.metadata.date) for each in index.documents()
    } == {
        "prisons.txt": ("Cells", None),
        "2018/press.txt": ("Press", "2018-05"),
    }


def test_a_sidecar_given_by_itself_describes_what_is_there(
    open_index: OpenIndex, reports: Path, tmp_path: Path
) -> None:
    index = open_index()
    ingest(index, [reports], settings=SETTINGS)
    alone = tmp_path / "corrected" / "metadata.csv"
    alone.parent.mkdir()
    alone.write_text("file,country\nprisons.txt,Azerbaijan\nunknown.txt,Fiji\n", "utf-8")
    assert ingest(index, [alone], settings=SETTINGS).updated == ["prisons.txt"]
    assert countries(index) == {"2018/press.txt": None, "prisons.txt": "Azerbaijan"}
    assert ingest(index, [alone], settings=SETTINGS).updated == []


def vectors(index: Index) -> dict[str, bytes]:
    return {
        name: vector.tobytes()
        for document in index.documents()
        for name, vector in index.vectors_of(document.id).items()
    }


def test_the_row_of_a_twin_waits_until_the_document_is_its_own(
    open_index: OpenIndex, reports: Path
) -> None:
    index = open_index()
    (reports / "twin.txt").write_text(PRISONS, "utf-8")
    table = "file,country\nprisons.txt,Azerbaijan\ntwin.txt,Georgia\n"
    (reports / "metadata.csv").write_text(table, "utf-8")
    ingest(index, [reports], settings=SETTINGS)
    assert countries(index) == {"2018/press.txt": None, "prisons.txt": "Azerbaijan"}
    again = ingest(index, [reports], settings=SETTINGS)
    assert again.unchanged == ["2018/press.txt", "prisons.txt", "twin.txt"]
    (reports / "prisons.txt").unlink()
    ingest(index, [reports], settings=SETTINGS, sync=True)
    ingest(index, [reports], settings=SETTINGS)
    assert countries(index) == {"2018/press.txt": None, "twin.txt": "Georgia"}


def test_a_file_that_has_moved_is_not_read_again(open_index: OpenIndex, reports: Path) -> None:
    index = open_index()
    ingest(index, [reports], settings=SETTINGS)
    before = contents(index)[1]
    (reports / "prisons.txt").rename(reports / "cells.txt")
    (reports / "metadata.csv").write_text("file,country\ncells.txt,Azerbaijan\n", "utf-8")
    states: list[str] = []

    def note(report: FileReport) -> None:
        states.append(report.state)

    result = ingest(index, [reports], settings=SETTINGS, sync=True, on_file=note)
    assert (result.added, result.removed) == (["cells.txt"], ["prisons.txt"])
    assert "reading" not in states
    assert contents(index)[1] == before
    assert countries(index) == {"2018/press.txt": None, "cells.txt": "Azerbaijan"}


def test_the_name_in_a_sidecar_may_be_spelt_otherwise(open_index: OpenIndex, reports: Path) -> None:
    """One system writes é as one character, another as two."""
    (reports / "re\u0301publique.txt").write_text(ELECTIONS, "utf-8")
    (reports / "metadata.csv").write_text("file,country\nr\u00e9publique.txt,Georgia\n", "utf-8")
    index = open_index()
    ingest(index, [reports], settings=SETTINGS)
    assert "Georgia" in countries(index).values()


def test_links_are_followed_once_and_never_in_circles(
    open_index: OpenIndex, reports: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "vote.txt").write_text(ELECTIONS, "utf-8")
    (reports / "linked").symlink_to(elsewhere, target_is_directory=True)
    (reports / "2018" / "up").symlink_to(reports, target_is_directory=True)
    (reports / "again").symlink_to(reports / "2018", target_is_directory=True)
    (reports / "broken.txt").symlink_to(reports / "nowhere.txt")
    follow = SETTINGS.model_copy(update={"follow_links": True})
    result = ingest(open_index(), [reports], settings=follow)
    assert result.added == ["2018/press.txt", "linked/vote.txt", "prisons.txt"]
    assert [failure.source for failure in result.failed] == ["broken.txt"]


def test_links_do_not_lead_out_of_the_folder(
    open_index: OpenIndex, reports: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "vote.txt").write_text(ELECTIONS, "utf-8")
    (elsewhere / "metadata.csv").write_text("file,country\nprisons.txt,Georgia\n", "utf-8")
    (reports / "folder").symlink_to(elsewhere, target_is_directory=True)
    (reports / "file.txt").symlink_to(elsewhere / "vote.txt")
    (reports / "metadata.csv").symlink_to(elsewhere / "metadata.csv")
    (reports / "inside.txt").symlink_to(reports / "2018" / "press.txt")
    index = open_index()
    result = ingest(index, [reports], settings=SETTINGS)
    assert result.added == ["2018/press.txt", "prisons.txt"]
    assert "Georgia" not in countries(index).values()
    told = {failure.source: failure.error for failure in result.failed}
    assert told.keys() == {"folder", "file.txt", "metadata.csv"}
    assert all("--follow-links" in error for error in told.values())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_named_pipe_is_named_and_not_waited_for(open_index: OpenIndex, reports: Path) -> None:
    os.mkfifo(reports / "pipe.txt")
    for given in (reports, reports / "pipe.txt"):
        result = ingest(open_index(), [given], settings=SETTINGS)
        assert [failure.source for failure in result.failed] == ["pipe.txt"]
        assert "regular file" in result.failed[0].error


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root can read every folder"
)
def test_a_folder_that_cannot_be_read_is_named_and_loses_nothing(
    open_index: OpenIndex, reports: Path
) -> None:
    index = open_index()
    ingest(index, [reports], settings=SETTINGS)
    (reports / "2018").chmod(0)
    try:
        result = ingest(index, [reports], settings=SETTINGS, sync=True)
    finally:
        (reports / "2018").chmod(0o755)
    assert [failure.source for failure in result.failed] == ["2018"]
    assert result.removed == []


@contextmanager
def meanwhile(step: Callable[[int], None]) -> Iterator[None]:
    """Do ``step`` over and over in a thread."""
    stop = threading.Event()

    def run() -> None:
        for number in itertools.count():
            if stop.is_set():
                return
            step(number)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_file_that_does_not_come_to_rest_is_refused(tmp_path: Path) -> None:
    busy = tmp_path / "busy.txt"
    busy.write_bytes(b"x" * 90_000_000)  # long enough to be touched while it is read
    with (
        meanwhile(lambda number: os.utime(busy, (number, number))),
        pytest.raises(ReadingError, match="changes while it is read"),
    ):
        read_file(busy, most=100_000_000)
    assert len(read_file(busy, most=100_000_000)) == 90_000_000


def test_a_file_that_is_replaced_while_it_is_read_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    versions = [letter * 3_000_000 for letter in (b"a", b"b")]
    path.write_bytes(versions[0])

    def replace(number: int) -> None:
        (tmp_path / "new").write_bytes(versions[number % 2])
        (tmp_path / "new").replace(path)
        time.sleep(0.02)

    with meanwhile(replace):
        seen = {read_file(path, most=10_000_000) for _ in range(20)}
    assert seen <= set(versions)


def test_what_an_interrupted_writer_left_is_cleared_up(
    open_index: OpenIndex, reports: Path
) -> None:
    """Vectors and words of a document that was never published are gone after the next start."""
    index = open_index()
    ingest(index, [reports], settings=SETTINGS)
    before = contents(index)
    index.catalog.begin(["half"])
    index.vectors.put({"half.0-5": np.ones(384, np.float32)})
    index.lexical.replace(["half"], [LexicalEntry("half.0-5", "half", "A title", "Baku")])
    assert all(source != "half" for source in found(index, "Baku"))
    with index.writing():
        pass
    assert contents(index) == before


def test_a_second_writer_is_told_to_wait(open_index: OpenIndex, reports: Path) -> None:
    index, other = open_index(), open_index()
    with index.writing(), pytest.raises(IndexBusy, match="wait"):
        ingest(other, [reports], settings=SETTINGS)
    assert ingest(other, [reports], settings=SETTINGS).failed == []


def test_a_reader_sees_what_another_process_or_thread_added(
    open_index: OpenIndex, reports: Path
) -> None:
    reader, writer = open_index(), open_index()
    ingest(writer, [reports], settings=SETTINGS)
    assert found(reader, "newspapers in Addis Ababa")[0] == "2018/press.txt"


def test_other_settings_are_refused_and_reindex_accepts_them(
    open_index: OpenIndex, reports: Path, tmp_path: Path, embedding: SentenceEmbedding
) -> None:
    (reports / "long.txt").write_text("\n\n".join([PRISONS, PRESS, ELECTIONS] * 6), "utf-8")
    index = open_index()
    ingest(index, [reports], settings=SETTINGS)
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
        ingest(index, [reports, reports / "nothing"], settings=SETTINGS)
    assert contents(index)[0] == []


def test_names_that_are_data_stay_data(open_index: OpenIndex, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    names = ["line\nbreak.txt", "quote'\"; DROP TABLE documents;.txt", "<b>.txt", "ünïcode.txt"]
    for number, name in enumerate(names):
        (folder / name).write_text(f"{PRESS} Number {number}.", "utf-8")
    index = open_index()
    ingest(index, [folder], settings=SETTINGS)
    assert sorted(contents(index)[0]) == sorted(names)
    remove(index, [names[0]])
    assert len(contents(index)[0]) == 3


def test_hidden_files_are_left_alone(open_index: OpenIndex, reports: Path) -> None:
    (reports / ".git").mkdir()
    (reports / ".git" / "note.txt").write_text("hidden")
    (reports / ".DS_Store").write_bytes(b"\x00\x01")
    assert ingest(open_index(), [reports], settings=SETTINGS).failed == []
